// The set-associative array behind every cache: 64-bit tags compared two at a time, one payload per entry, replacement as
// configured. Tags and payloads of a set stand together in a row of an even number of ways; a tag of 0 is invalid.
import { base, cacheAt } from '../memory/base';
import { forgetEntry, noteSize } from './census';
import { pickVictim, noteUse, noteFill, makeWayMasks } from './replace';
import * as Cache from '../abi/cache';
import * as Header from '../abi/header';

/** Payload of entry i (set * row + way). */
@inline
export function payload(c: usize, i: u32): usize {
  return base + <usize>load<u32>(c, Cache.DATA) + <usize>(i * load<u32>(c, Cache.STRIDE));
}

@inline
export function tagAt(c: usize, i: u32): usize {
  return base + <usize>load<u32>(c, Cache.TAGS) + ((<usize>i) << 3);
}

/** A value to its set; any number of sets. */
@inline
export function toSet(c: usize, value: u64): u32 {
  const mask = load<u32>(c, Cache.SET_MASK);
  if (mask != u32.MAX_VALUE) return (<u32>value) & mask;
  return <u32>(value % <u64>load<u32>(c, Cache.SETS));
}

@inline
function memoSlot(tag: u64): usize {
  return (<usize>((tag * 0x9e3779b97f4a7c15) >> 56)) << 1;
}

/** The entry of `set` that carries `tag`, or -1. All ways are compared at once. */
export function probe(c: usize, set: u32, tag: u64): i32 {
  const row = load<u32>(c, Cache.ROW);
  const first = set * row;
  const tags = tagAt(c, first);
  const wanted = i64x2.splat(<i64>tag);
  if (row <= 4) {
    let hits = i64x2.bitmask(i64x2.eq(v128.load(tags), wanted));
    if (row > 2) hits |= i64x2.bitmask(i64x2.eq(v128.load(tags, 16), wanted)) << 2;
    return hits ? <i32>first + ctz(hits) : -1;
  }
  // Wide sets: a memo by tag hash names the way, the tag decides; it saves comparisons and changes nothing else.
  const memo = load<u32>(c, Cache.MEMO);
  if (memo) {
    const guess = <u32>load<u16>(base + <usize>memo + memoSlot(tag));
    if (guess && guess <= row && load<u64>(tags + ((<usize>(guess - 1)) << 3)) == tag)
      return <i32>(first + guess - 1);
  }
  for (let way: u32 = 0; way < row; way += 2) {
    const hits = i64x2.bitmask(i64x2.eq(v128.load(tags + ((<usize>way) << 3)), wanted));
    if (hits) {
      const found = way + <u32>ctz(hits);
      if (memo) store<u16>(base + <usize>memo + memoSlot(tag), <u16>(found + 1));
      return <i32>(first + found);
    }
  }
  return -1;
}

/** Tells the replacement policy that entry i was used. */
@inline
export function touch(c: usize, i: u32): void {
  noteUse(c, i);
}

/** Places `tag` in `set` and gives its payload to fill: in place when the tag is there, else over a victim. */
export function place(c: usize, set: u32, tag: u64): usize {
  const i = probe(c, set, tag);
  if (i < 0) return placeAbsent(c, set, tag);
  forgetPayload(c, i);
  return filled(c, i);
}

/** As `place`, for a tag that is not in the set. */
export function placeAbsent(c: usize, set: u32, tag: u64): usize {
  const i = set * load<u32>(c, Cache.ROW) + pickVictim(c, set);
  if (load<u64>(tagAt(c, i)) != 0) {
    forgetEntry(c, i);
    store<u64>(c, load<u64>(c, Cache.EVICTIONS) + 1, Cache.EVICTIONS);
  } else {
    store<u64>(c, load<u64>(c, Cache.INSERTIONS) + 1, Cache.INSERTIONS);
  }
  store<u32>(c, load<u32>(c, Cache.VALID) + 1, Cache.VALID);
  store<u64>(tagAt(c, i), tag);
  noteSize(c, tag);
  return filled(c, i);
}

function filled(c: usize, i: u32): usize {
  noteFill(c, i);
  changed(c);
  store<u64>(c, load<u64>(c, Cache.FILLS) + 1, Cache.FILLS);
  return payload(c, i);
}

// A payload that is overwritten in place leaves the census of global and fragment entries; its tag stays.
@inline
function forgetPayload(c: usize, i: u32): void {
  forgetEntry(c, i);
  store<u32>(c, load<u32>(c, Cache.VALID) + 1, Cache.VALID);
  noteSize(c, load<u64>(tagAt(c, i)));
}

// Whoever remembers what a look-up found compares the version.
@inline
function changed(c: usize): void {
  store<u32>(c, load<u32>(c, Cache.VERSION) + 1, Cache.VERSION);
}

/** Removes entry i because a command named it. */
export function remove(c: usize, i: u32): void {
  forgetEntry(c, i);
  store<u64>(tagAt(c, i), 0);
  changed(c);
  store<u64>(c, load<u64>(c, Cache.INVALIDATED) + 1, Cache.INVALIDATED);
}

/** Empties the cache and its replacement state; statistics stay. */
export function clearCache(c: usize): void {
  const entries = load<u32>(c, Cache.ENTRIES);
  changed(c);
  store<u32>(c, 0, Cache.COUNTER);
  store<u64>(c, 0, Cache.CLOCK);
  store<u64>(c, 0, Cache.SIZES);
  store<u32>(c, 0, Cache.VALID);
  store<u32>(c, 0, Cache.GLOBALS);
  store<u32>(c, 0, Cache.FRAGMENTS);
  if (!entries) return;
  const sets = load<u32>(c, Cache.SETS);
  const slots = sets * load<u32>(c, Cache.ROW);
  memory.fill(tagAt(c, 0), 0, slots << 3);
  memory.fill(payload(c, 0), 0, slots * load<u32>(c, Cache.STRIDE));
  memory.fill(
    base + <usize>load<u32>(c, Cache.REPL),
    0,
    sets * Cache.REPL_SET_BYTES + slots * Cache.REPL_ENTRY_BYTES,
  );
  memory.fill(base + <usize>load<u32>(c, Cache.SIZE_COUNTS), 0, 256);
  const memo = load<u32>(c, Cache.MEMO);
  if (memo) memory.fill(base + <usize>memo, 0, 512);
  makeWayMasks(c);
}

/** Empties every cache. */
export function clearAllCaches(): void {
  const n = load<u32>(base, Header.CACHES);
  for (let i: u32 = 0; i < n; i++) clearCache(cacheAt(i));
}
