/** Where the answer to a transaction was found: HitPlace of the core by name. */
import * as HitPlace from '../../assembly/abi/hit-place.js';

/** The part of the device that answered a transaction; `merged`: another one's translation of the page, shared. */
export type Hit = 'micro-tlb' | 'main-tlb' | 'merged' | 'tcu-tlb' | 'walk-cache' | 'walk' | 'none';

/** Every place and its number, in the order in which a look-up comes to them. */
export const HITS: readonly (readonly [Hit, number])[] = [
  ['micro-tlb', HitPlace.MICRO],
  ['main-tlb', HitPlace.MAIN],
  ['merged', HitPlace.MERGED],
  ['tcu-tlb', HitPlace.TCU],
  ['walk-cache', HitPlace.WALK_CACHE],
  ['walk', HitPlace.WALK],
  ['none', HitPlace.NONE],
];

const NAMES: Hit[] = [];
for (const [name, number] of HITS) NAMES[number] = name;

/** The place that has the number `hit`. */
export function hitName(hit: number): Hit {
  return NAMES[hit] ?? 'none';
}
