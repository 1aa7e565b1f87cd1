/** Whether a recorded access wrote: what captures and the traces taken from them read alike. */
import type { Row } from './json-row.js';

/**
 * A bypass forbids nothing, so that only the access itself can say whether it wrote: `rw`, or QEMU's `is_write`. A line without
 * either is a read, as one is where permissions allow both.
 */
export function bypassWrites(row: Row): boolean {
  if (row.has('rw')) return row.oneOf('rw', ['r', 'w']) === 'w';
  return row.has('is_write') && row.truth('is_write');
}
