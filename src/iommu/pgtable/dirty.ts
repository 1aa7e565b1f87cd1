/** Which leaves have been written through, by the state that hardware keeps in them (Arm DDI 0487 D8.5.2; IDR0.HTTU). */
import type { Geometry } from './geometry.js';
import { cleanLo, isDirty, kindOf } from './pte.js';
import type { TableMemory } from './table-memory.js';
import type { UnmappedLeaves } from './unmap.js';
import type { TableWalker } from './walk.js';

/**
 * Leaves of [input, input + bytes) that are dirty, neighbours of one level together. A leaf that reaches beyond the range counts whole.
 * @param clear leaves them clean: what cached them as dirty has to be invalidated
 */
export function dirtyLeaves(
  { stage, entryBytes }: Geometry,
  tables: TableMemory,
  walker: TableWalker,
  { input, bytes, clear }: { readonly input: number; readonly bytes: number; readonly clear: boolean },
): UnmappedLeaves[] {
  const found: { iova: bigint; size: bigint; level: number }[] = [];
  for (let at = input; at < input + bytes;) {
    const { table, index, level } = walker.end(at);
    const size = entryBytes[level];
    const start = at - (at % size);
    at = start + size;
    const halves = { lo: tables.lo(table, index), hi: tables.hi(table, index) };
    if (kindOf(halves.lo, level) !== 'leaf' || !isDirty(stage, halves)) continue;
    if (clear) tables.write(table, index, cleanLo(stage, halves.lo), halves.hi);
    const last = found.at(-1);
    if (last !== undefined && last.level === level && last.iova + last.size === BigInt(start))
      last.size += BigInt(size);
    else found.push({ iova: BigInt(start), size: BigInt(size), level });
  }
  return found;
}
