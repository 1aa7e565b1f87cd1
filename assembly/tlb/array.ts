// The set-associative array behind every cache: 64-bit tags, one payload per entry, replacement as configured. Tags and payloads
// of a set stand together in a row of an even number of ways; a tag of 0 is invalid. The tags of up to four ways are compared at
// once; more ways have prints, 16 bits hashed from each tag, compared eight at once, and the tag of a way whose print is right decides.
import { base, cacheAt } from '../memory/base';
import { forgetEntry, forgotPlain, noteSize, sameInCensus, uncount } from './census';
import { pickVictim, noteUse, noteFill, makeWayMasks } from './replace';
import * as Cache from '../abi/cache';
import * as Entry from '../abi/entry';
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

/** What stands for a tag among wide sets' prints; never 0, which is that of no entry. */
@inline
export function printOf(tag: u64): u32 {
  return (<u32>((tag * 0x9e3779b97f4a7c15) >> 48)) | 1;
}

/** Prints of a set. */
@inline
export function printsAt(c: usize, set: u32): usize {
  return base + <usize>load<u32>(c, Cache.PRINTS) + ((<usize>(set * load<u32>(c, Cache.LANES))) << 1);
}

/** Owner of entry i: the number of its address space (tlb/context.ts), 0 for a bypass. */
@inline
export function ownerAt(c: usize, i: u32): usize {
  return base + <usize>load<u32>(c, Cache.OWNERS) + ((<usize>i) << 1);
}

/** The entry whose payload stands at e. */
@inline
export function entryOf(c: usize, e: usize): u32 {
  return <u32>(e - payload(c, 0)) / Entry.BYTES;
}

/** The entry of `set` that carries `tag`, or -1. */
@inline
export function probe(c: usize, set: u32, tag: u64): i32 {
  const row = load<u32>(c, Cache.ROW);
  if (row > 4) return probeWide(c, set, tag);
  const first = set * row;
  const tags = tagAt(c, first);
  const wanted = i64x2.splat(<i64>tag);
  let hits = i64x2.bitmask(i64x2.eq(v128.load(tags), wanted));
  if (row > 2) hits |= i64x2.bitmask(i64x2.eq(v128.load(tags, 16), wanted)) << 2;
  return hits ? <i32>first + ctz(hits) : -1;
}

function probeWide(c: usize, set: u32, tag: u64): i32 {
  const first = set * load<u32>(c, Cache.ROW);
  const tags = tagAt(c, first);
  const lanes = load<u32>(c, Cache.LANES);
  const prints = printsAt(c, set);
  const wanted = i16x8.splat(<i16>printOf(tag));
  for (let way: u32 = 0; way < lanes; way += 8) {
    let hits = i16x8.bitmask(i16x8.eq(v128.load(prints + ((<usize>way) << 1)), wanted));
    for (; hits; hits &= hits - 1) {
      const found = way + <u32>ctz(hits);
      if (load<u64>(tags + ((<usize>found) << 3)) == tag) return <i32>(first + found);
    }
  }
  return -1;
}

// The tag of way `way` of a set, and its print.
@inline
function setTag(c: usize, set: u32, way: u32, tag: u64): void {
  store<u64>(tagAt(c, set * load<u32>(c, Cache.ROW) + way), tag);
  if (load<u32>(c, Cache.LANES))
    store<u16>(printsAt(c, set) + ((<usize>way) << 1), <u16>(tag ? printOf(tag) : 0));
}

/** Tells the replacement policy that entry i was used. */
@inline
export function touch(c: usize, i: u32): void {
  noteUse(c, i);
}

/** Places `tag` in `set` and gives the entry to fill: in place when the tag is there, else over a victim. */
export function place(c: usize, set: u32, tag: u64): u32 {
  const i = probe(c, set, tag);
  if (i < 0) return placeAbsent(c, set, tag);
  // A payload that is overwritten in place leaves the census of global and fragment entries; its tag stays.
  forgetEntry(c, i);
  noteTag(c, tag);
  return filled(c, i);
}

/** As `place`, for a tag that is not in the set. */
export function placeAbsent(c: usize, set: u32, tag: u64): u32 {
  const way = pickVictim(c, set);
  const i = set * load<u32>(c, Cache.ROW) + way;
  const old = load<u64>(tagAt(c, i));
  if (old && sameInCensus(c, old, tag)) {
    store<u64>(c, load<u64>(c, Cache.EVICTIONS) + 1, Cache.EVICTIONS);
    setTag(c, set, way, tag);
    return filled(c, i);
  }
  if (old) {
    forgetEntry(c, i);
    store<u64>(c, load<u64>(c, Cache.EVICTIONS) + 1, Cache.EVICTIONS);
  } else {
    store<u64>(c, load<u64>(c, Cache.INSERTIONS) + 1, Cache.INSERTIONS);
  }
  setTag(c, set, way, tag);
  noteTag(c, tag);
  return filled(c, i);
}

@inline
function noteTag(c: usize, tag: u64): void {
  store<u32>(c, load<u32>(c, Cache.VALID) + 1, Cache.VALID);
  noteSize(c, tag);
}

@inline
function filled(c: usize, i: u32): u32 {
  noteFill(c, i);
  store<u64>(c, load<u64>(c, Cache.FILLS) + 1, Cache.FILLS);
  return i;
}

/** Removes entry i because a command named it. */
export function remove(c: usize, i: u32): void {
  forgetEntry(c, i);
  store<u64>(tagAt(c, i), 0);
  store<u16>(ownerAt(c, i), 0);
  if (load<u32>(c, Cache.LANES)) clearPrint(c, i);
  store<u64>(c, load<u64>(c, Cache.INVALIDATED) + 1, Cache.INVALIDATED);
}

/**
 * The same of a translation with `tag`, in a cache whose census is plain, but for what `removedPlain` does for several. Its tags, owners
 * and `sizeCounts` stand at hand.
 */
@inline
export function removePlain(c: usize, i: u32, tag: u64, tags: usize, owners: usize, counts: usize): void {
  uncount(counts, tag);
  store<u64>(tags + ((<usize>i) << 3), 0);
  store<u16>(owners + ((<usize>i) << 1), 0);
  if (load<u32>(c, Cache.LANES)) clearPrint(c, i);
}

/** n entries have been removed. */
@inline
export function removedPlain(c: usize, n: u32): void {
  if (!n) return;
  forgotPlain(c, n);
  store<u64>(c, load<u64>(c, Cache.INVALIDATED) + <u64>n, Cache.INVALIDATED);
}

function clearPrint(c: usize, i: u32): void {
  const set = i / load<u32>(c, Cache.ROW);
  store<u16>(printsAt(c, set) + ((<usize>(i - set * load<u32>(c, Cache.ROW))) << 1), 0);
}

/** Empties the cache and its replacement state; statistics stay. */
export function clearCache(c: usize): void {
  const entries = load<u32>(c, Cache.ENTRIES);
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
  memory.fill(ownerAt(c, 0), 0, slots << 1);
  if (load<u32>(c, Cache.LANES)) memory.fill(printsAt(c, 0), 0, (sets * load<u32>(c, Cache.LANES)) << 1);
  makeWayMasks(c);
}

/** Empties every cache. */
export function clearAllCaches(): void {
  const n = load<u32>(base, Header.CACHES);
  for (let i: u32 = 0; i < n; i++) clearCache(cacheAt(i));
}
