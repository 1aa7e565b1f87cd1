// The walk caches of stage 1 asked for a straight walk, from the last level up as State.S1_PROBE does; counted only when the walk has
// passed.
import { base, cacheAt } from '../memory/base';
import * as Cache from '../abi/cache';
import * as CacheIndex from '../abi/cache-index';
import * as Header from '../abi/header';
import * as Config from '../request/config';
import { payload, touch } from '../tlb/array';
import { contextMix } from '../tlb/index-mix';
import { find } from '../tlb/lookup';
import { internContexts } from '../walk/fill';

// How stage 1 and stage 2 walks are cached in this device; derived by bindProbes.
export let cached1: bool = false;
export let cached2: bool = false;
export let usable: bool = false;

/** Finds out whether the caches are such as straight walks know. Once, when an instance is bound to its region. */
export function bindProbes(): void {
  cached1 = false;
  usable =
    !load<u32>(cacheAt(CacheIndex.TCU), Cache.ENTRIES) &&
    load<u32>(cacheAt(CacheIndex.CONFIG), Cache.ENTRIES) != 0;
  cached2 = load<u32>(cacheAt(CacheIndex.IPA), Cache.ENTRIES) != 0;
  for (let i = 0; i < 5; i++) {
    const n = route(0, i - 1);
    if (n != CacheIndex.NONE) cached1 = true;
    if (n == CacheIndex.WALK_UNIFIED) usable = false;
    if (route(1, i - 1) != CacheIndex.NONE) cached2 = true;
  }
}

/** The walk cache for descriptors of a level, or CacheIndex.NONE; stage2: 0 stage 1, 1 stage 2. */
@inline
export function route(stage2: i32, level: i32): i32 {
  return load<i32>(base + Header.WALK_ROUTE + <usize>((stage2 * 5 + level + 1) << 2));
}

// What answered the last time.
let foundIn: i32 = 0; // walk cache, or NONE
let foundAt: i32 = 0; // its entry
let lowest: i32 = 0; // level of the last look-up

/** Nothing has been asked. */
@inline
export function clearProbes(): void {
  foundIn = CacheIndex.NONE;
}

/** The entry for va of the lowest level that has one, from level 3 up to `start`; 0: none has. */
export function probeTables(c: usize, start: i32, va: u64): usize {
  for (lowest = 3; lowest >= start; lowest--) {
    const n = route(0, lowest);
    if (n == CacheIndex.NONE) continue;
    // As the machine gives the numbers: where the first cache is asked, whatever comes of the walk.
    internContexts(c);
    const w = cacheAt(n);
    const found = find(w, va, load<u32>(c, Config.CONTEXT), load<u32>(c, Config.GLOBAL), contextMix(w, c));
    if (found < 0) continue;
    foundIn = n;
    foundAt = found;
    return payload(w, found);
  }
  return 0;
}

/** Counts these look-ups: misses up to the one that had something. */
export function countProbes(start: i32): void {
  const last = foundIn == CacheIndex.NONE ? start : lowest;
  for (let level = 3; level >= last; level--) {
    const n = route(0, level);
    if (n == CacheIndex.NONE) continue;
    const w = cacheAt(n);
    if (level == lowest && foundIn != CacheIndex.NONE) {
      add(w + Cache.HITS);
      touch(w, foundAt);
    } else add(w + Cache.MISSES);
  }
}

@inline
function add(at: usize): void {
  store<u64>(at, load<u64>(at) + 1);
}
