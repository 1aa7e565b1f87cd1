// The set-associative array behind every cache: 64-bit tags compared two at a time, one payload per entry, replacement as
// configured. Tags and payloads of a set stand together in a row of an even number of ways; a tag of 0 is invalid.
import { base, cacheAt } from '../memory/base';
import { forgetEntry, noteSize } from './census';
import { pickVictim, noteUse, noteFill, makeWayMasks } from './replace';
import {
  C_ENTRIES,
  C_SETS,
  C_SET_MASK,
  C_TAGS,
  C_DATA,
  C_STRIDE,
  C_REPL,
  C_ROW,
  C_MEMO,
  C_SIZE_COUNTS,
  C_COUNTER,
  C_SIZES,
  C_VALID,
  C_GLOBALS,
  C_FRAGMENTS,
  C_FILLS,
  C_EVICTIONS,
  C_INVALIDATED,
  C_CLOCK,
  C_VERSION,
  REPL_SET_BYTES,
  REPL_ENTRY_BYTES,
  H_CACHES,
} from '../abi';

/** Payload of entry i (set * row + way). */
@inline
export function payload(c: usize, i: u32): usize {
  return base + <usize>load<u32>(c, C_DATA) + <usize>(i * load<u32>(c, C_STRIDE));
}

@inline
export function tagAt(c: usize, i: u32): usize {
  return base + <usize>load<u32>(c, C_TAGS) + ((<usize>i) << 3);
}

/** A value to its set; any number of sets. */
@inline
export function toSet(c: usize, value: u64): u32 {
  const mask = load<u32>(c, C_SET_MASK);
  if (mask != u32.MAX_VALUE) return (<u32>value) & mask;
  return <u32>(value % <u64>load<u32>(c, C_SETS));
}

@inline
function memoSlot(tag: u64): usize {
  return (<usize>((tag * 0x9e3779b97f4a7c15) >> 56)) << 1;
}

/** The entry of `set` that carries `tag`, or -1. All ways are compared at once. */
export function probe(c: usize, set: u32, tag: u64): i32 {
  const row = load<u32>(c, C_ROW);
  const first = set * row;
  const tags = tagAt(c, first);
  const wanted = i64x2.splat(<i64>tag);
  if (row <= 4) {
    let hits = i64x2.bitmask(i64x2.eq(v128.load(tags), wanted));
    if (row > 2) hits |= i64x2.bitmask(i64x2.eq(v128.load(tags, 16), wanted)) << 2;
    return hits ? <i32>first + ctz(hits) : -1;
  }
  // Wide sets: a memo by tag hash names the way, the tag decides; it saves comparisons and changes nothing else.
  const memo = load<u32>(c, C_MEMO);
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
  const i = set * load<u32>(c, C_ROW) + pickVictim(c, set);
  if (load<u64>(tagAt(c, i)) != 0) {
    forgetEntry(c, i);
    store<u64>(c, load<u64>(c, C_EVICTIONS) + 1, C_EVICTIONS);
  }
  store<u32>(c, load<u32>(c, C_VALID) + 1, C_VALID);
  store<u64>(tagAt(c, i), tag);
  noteSize(c, tag);
  return filled(c, i);
}

function filled(c: usize, i: u32): usize {
  noteFill(c, i);
  changed(c);
  store<u64>(c, load<u64>(c, C_FILLS) + 1, C_FILLS);
  return payload(c, i);
}

// A payload that is overwritten in place leaves the census of global and fragment entries; its tag stays.
@inline
function forgetPayload(c: usize, i: u32): void {
  forgetEntry(c, i);
  store<u32>(c, load<u32>(c, C_VALID) + 1, C_VALID);
  noteSize(c, load<u64>(tagAt(c, i)));
}

// Whoever remembers what a look-up found compares the version.
@inline
function changed(c: usize): void {
  store<u32>(c, load<u32>(c, C_VERSION) + 1, C_VERSION);
}

/** Removes entry i because a command named it. */
export function remove(c: usize, i: u32): void {
  forgetEntry(c, i);
  store<u64>(tagAt(c, i), 0);
  changed(c);
  store<u64>(c, load<u64>(c, C_INVALIDATED) + 1, C_INVALIDATED);
}

/** Empties the cache and its replacement state; statistics stay. */
export function clearCache(c: usize): void {
  const entries = load<u32>(c, C_ENTRIES);
  changed(c);
  store<u32>(c, 0, C_COUNTER);
  store<u64>(c, 0, C_CLOCK);
  store<u64>(c, 0, C_SIZES);
  store<u32>(c, 0, C_VALID);
  store<u32>(c, 0, C_GLOBALS);
  store<u32>(c, 0, C_FRAGMENTS);
  if (!entries) return;
  const sets = load<u32>(c, C_SETS);
  const slots = sets * load<u32>(c, C_ROW);
  memory.fill(tagAt(c, 0), 0, slots << 3);
  memory.fill(payload(c, 0), 0, slots * load<u32>(c, C_STRIDE));
  memory.fill(base + <usize>load<u32>(c, C_REPL), 0, sets * REPL_SET_BYTES + slots * REPL_ENTRY_BYTES);
  memory.fill(base + <usize>load<u32>(c, C_SIZE_COUNTS), 0, 256);
  const memo = load<u32>(c, C_MEMO);
  if (memo) memory.fill(base + <usize>memo, 0, 512);
  makeWayMasks(c);
}

/** Empties every cache. */
export function clearAllCaches(): void {
  const n = load<u32>(base, H_CACHES);
  for (let i: u32 = 0; i < n; i++) clearCache(cacheAt(i));
}
