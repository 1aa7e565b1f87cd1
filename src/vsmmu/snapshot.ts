/** A virtual SMMU between two runs. */
import { record } from '../base/check.js';
import type { VirtualId } from './identification.js';
import type { SavedRegisters } from './registers.js';

/** Plain numbers, to be stored as JSON. */
export interface VirtualSmmuSnapshot {
  readonly version: 1;
  /** What was announced: the guest has read it. */
  readonly idr: readonly number[];
  readonly aidr: number;
  readonly registers: SavedRegisters;
}

/** @throws TypeError: no snapshot; RangeError: of another identification */
export function checkSnapshot(snapshot: VirtualSmmuSnapshot, id: VirtualId): void {
  record(snapshot, 'snapshot', ['version', 'idr', 'aidr', 'registers']);
  if (snapshot.version !== 1)
    throw new RangeError(`snapshot.version must be 1, not ${String(snapshot.version)}`);
  const names = ['IDR0', 'IDR1', 'IDR2', 'IDR3', 'IDR4', 'IDR5'];
  const differs =
    names.find((_, n) => snapshot.idr[n] !== id.idr[n]) ?? (snapshot.aidr === id.aidr ? '' : 'AIDR');
  if (differs !== '')
    throw new RangeError(
      `snapshot is of an SMMU with another ${differs}: the guest has been told something else`,
    );
  for (const [name, value] of Object.entries(snapshot.registers)) {
    if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff)
      throw new TypeError(`snapshot.registers.${name} must be 32 bits, not ${String(value)}`);
  }
}
