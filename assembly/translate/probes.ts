// The walk caches of stage 1 asked for a straight walk, from the last level up as State.S1_PROBE does; counted only when the walk has
// passed.
import { base, cacheAt } from '../memory/base';
import { add } from '../memory/sum';
import * as Cache from '../abi/cache';
import * as CacheIndex from '../abi/cache-index';
import * as Entry from '../abi/entry';
import * as Header from '../abi/header';
import * as Config from '../request/config';
import { payload, touch } from '../tlb/array';
import { contextMix } from '../tlb/index-mix';
import { find, makeTag } from '../tlb/lookup';
import * as Quiet from '../tlb/quiet';
import { internContexts } from '../walk/fill';

// How stage 1 and stage 2 walks are cached in this device; derived by bindProbes.
export let cached1: bool = false;
export let cached2: bool = false;
export let usable: bool = false;
/** The walk caches of stage 1 of levels 0 to 3 are such as loops know (tlb/quiet.ts). */
export let quiet1: bool = false;

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
  quiet1 = usable;
  for (let level = 0; level < 4; level++) {
    const w = tableCache(level);
    if (route(0, level) != CacheIndex.WALK_S1 + 1 + level || !Quiet.ofFour(w)) quiet1 = false;
    if (load<u32>(w, Cache.INDEX) == Cache.INDEX_XOR) quiet1 = false;
  }
}

/** The walk cache of stage 1 of a level from 0 on, where each level has its own (`quiet1`). */
@inline
export function tableCache(level: i32): usize {
  return cacheAt(CacheIndex.WALK_S1 + 1 + level);
}

/** What these hold from level `start` on is of the size of the level's descriptors with 4 KiB tables, and plain. */
export function takesTables(start: i32): bool {
  for (let level = start; level < 4; level++)
    if (!Quiet.onlyOfSize(tableCache(level), 39 - 9 * <u64>level)) return false;
  return true;
}

// The entry of log2 `size` for va in walk cache w, 0: there is none.
@inline
function entryOf(w: usize, va: u64, size: u64, context: u64, hash: u32): usize {
  const row = Quiet.rowOfWalk(w, va, size, hash);
  const ways = Quiet.waysOf(
    base + <usize>load<u32>(w, Cache.TAGS) + (row << 3),
    makeTag(va, <u32>size, <u32>context),
  );
  return ways ? base + <usize>load<u32>(w, Cache.DATA) + (row + <usize>ctz(ways)) * Entry.BYTES : 0;
}

/** The entry of the last level for the page of va; 0: there is none. */
@inline
export function leafOf(va: u64, context: u64, hash: u32): usize {
  return entryOf(tableCache(3), va, 12, context, hash);
}

/** The entry for va in these that a look-up from level 2 up to `start` meets first; 0: there is none. */
@inline
export function tableOf(start: i32, va: u64, context: u64, hash: u32): usize {
  for (let level = 2; level >= start; level--) {
    const e = entryOf(tableCache(level), va, 39 - 9 * <u64>level, context, hash);
    if (e) return e;
  }
  return 0;
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
