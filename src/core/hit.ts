/** Where the answer to a transaction was found: HIT_* of assembly/abi.ts by name. */
import { HIT_MAIN, HIT_MICRO, HIT_NONE, HIT_TCU, HIT_WALK, HIT_WALK_CACHE } from '../../assembly/abi.js';

/** The part of the device that answered a transaction. */
export type Hit = 'micro-tlb' | 'main-tlb' | 'tcu-tlb' | 'walk-cache' | 'walk' | 'none';

/** Every place and its number, in the order in which a look-up comes to them. */
export const HITS: readonly (readonly [Hit, number])[] = [
  ['micro-tlb', HIT_MICRO],
  ['main-tlb', HIT_MAIN],
  ['tcu-tlb', HIT_TCU],
  ['walk-cache', HIT_WALK_CACHE],
  ['walk', HIT_WALK],
  ['none', HIT_NONE],
];

const NAMES = new Map(HITS.map(([name, number]) => [number, name]));

/** The place that has the number `hit`. */
export function hitName(hit: number): Hit {
  return NAMES.get(hit) ?? 'none';
}
