// What each invalidation removes: exactly the entries that the command names (IHI 0070 §4.3, §4.4; the tables of scope stand
// in docs/conformance.md). Commands are decoded elsewhere, the selection is selection.ts's; here the caches are swept.
import { base, cacheAt } from '../memory/base';
import { ownerAt, remove, removedPlain, removePlain, tagAt, payload, toSet } from './array';
import { plainCensus, sizeCounts } from './census';
import { keyOf } from './context';
import { makeTag } from './lookup';
import {
  ANY_ASID,
  ANY_CD,
  ANY_VMID,
  CD_AND_STE,
  fits,
  namesConfig,
  namesEntry,
  namesStreamEntry,
  ranged,
  reaches,
  rangeEnd,
  rangeGranule,
  rangeLeaf,
  rangeLevel,
  rangeStart,
  selectRange,
  selectStreams,
  selectTlb,
  soleSpace,
} from './selection';
import * as Cache from '../abi/cache';
import * as CacheIndex from '../abi/cache-index';
import * as Entry from '../abi/entry';
import * as Header from '../abi/header';

/** A tag above its context number: page and size. */
const CONTEXT_BITS: i32 = 14;
/** Ways that have a bit each in one word. */
const MOST_WAYS: u32 = 64;

// The cache after c that exists and holds something; 0: there is none.
@inline
function nextOf(c: usize): usize {
  let k: i32;
  do {
    k = load<i32>(c, Cache.NEXT);
    c = cacheAt(k);
  } while (k && !load<u32>(c, Cache.VALID));
  return k ? c : 0;
}

function sweep(s: usize): void {
  const space = SHORT_CUTS ? soleSpace(s) : -1;
  for (let c = nextOf(cacheAt(CacheIndex.CONFIG)); c; c = nextOf(c)) {
    // Where nothing is global, what belongs to one address space has its number.
    const own = SHORT_CUTS && plainCensus(c) ? space : -1;
    if (!own) continue;
    const slots = load<u32>(c, Cache.SETS) * load<u32>(c, Cache.ROW);
    if (!SHORT_CUTS) sweepSlots(s, c, slots);
    else if (!ranged(s)) {
      if (own > 0) removeOwned(c, slots, own);
      else sweepSlots(s, c, slots);
    } else if (load<u32>(c, Cache.FRAGMENTS))
      sweepSlots(s, c, slots); // goes with addresses of its block that its tag does not cover
    else if (!sweepSets(s, c, slots, own)) sweepTags(s, c, slots, own);
  }
}

function sweepSlot(s: usize, c: usize, i: u32): void {
  const tag = load<u64>(tagAt(c, i));
  if (tag && namesEntry(s, tag, payload(c, i), keyOf(load<u16>(ownerAt(c, i))))) remove(c, i);
}

function sweepSlots(s: usize, c: usize, slots: u32): void {
  for (let i: u32 = 0; i < slots; i++) sweepSlot(s, c, i);
}

// Entry i, if s names it; how many went for which `removedPlain` is due. own: that of `soleSpace` where nothing is global or a fragment,
// else -1.
function sweepOne(s: usize, c: usize, i: u32, own: i32, tags: usize, owners: usize, counts: usize): u32 {
  if (own < 0) {
    sweepSlot(s, c, i);
    return 0;
  }
  const tag = load<u64>(tags + ((<usize>i) << 3));
  if (load<u16>(owners + ((<usize>i) << 1)) != own || !reaches(s, tag, payload(c, i))) return 0;
  removePlain(c, i, tag, tags, owners, counts);
  return 1;
}

// The ways of a pair whose tags are `wanted` above their context numbers.
@inline
function waysOf(tags: usize, wanted: v128): u32 {
  return i64x2.bitmask(i64x2.eq(i64x2.shr_u(v128.load(tags), CONTEXT_BITS), wanted));
}

// A range reaches, for each size present, only the sets of its pages, when the set follows from the page alone. False: that is more
// than to compare all tags.
function sweepSets(s: usize, c: usize, slots: u32, own: i32): bool {
  const row = load<u32>(c, Cache.ROW);
  if (load<u32>(c, Cache.INDEX) != Cache.INDEX_MODULO || row > MOST_WAYS) return false;
  // As many pages as of the smallest size, for each size.
  const smallest = ctz(load<u64>(c, Cache.SIZES)) + 12;
  const reached =
    (((rangeEnd(s) - 1) >> smallest) - (rangeStart(s) >> smallest) + 1) * popcnt(load<u64>(c, Cache.SIZES));
  if (reached * <u64>row > <u64>(slots >> 2)) return false;
  const tags = tagAt(c, 0);
  const owners = ownerAt(c, 0);
  const counts = sizeCounts(c);
  let gone: u32 = 0;
  for (let sizes = load<u64>(c, Cache.SIZES); sizes; sizes &= sizes - 1) {
    const size = ctz(sizes) + 12;
    const last = (rangeEnd(s) - 1) >> size;
    for (let page = rangeStart(s) >> size; page <= last; page++) {
      const first = toSet(c, page) * row;
      const wanted = i64x2.splat(<i64>(makeTag(page << size, <u32>size, 0) >> CONTEXT_BITS));
      let hits: u64 = 0;
      for (let way: u32 = 0; way < row; way += 2)
        hits |= (<u64>waysOf(tags + ((<usize>(first + way)) << 3), wanted)) << (<u64>way);
      for (; hits; hits &= hits - 1)
        gone += sweepOne(s, c, first + <u32>ctz(hits), own, tags, owners, counts);
    }
  }
  removedPlain(c, gone);
  return true;
}

// All tags whose page lies in the range, the largest size that is present allowed for. Of a tag 32 bits are compared, VA[39:12] and
// what stands below: what differs above them is told apart by `inRange`.
function sweepTags(s: usize, c: usize, slots: u32, own: i32): void {
  const largest = 75 - clz(load<u64>(c, Cache.SIZES));
  const start = (rangeStart(s) >> largest) << largest;
  const bytes = (((rangeEnd(s) - 1) >> 12) << 12) + 4096 - start;
  // Unsigned comparisons as signed ones: both sides are moved by half of the numbers.
  const from = i32x4.splat((<i32>(start >> 8)) ^ i32.MIN_VALUE);
  const width = i32x4.splat(bytes >> 40 ? i32.MAX_VALUE : (<i32>(bytes >> 8)) ^ i32.MIN_VALUE);
  const tags = tagAt(c, 0);
  const end = tags + ((<usize>(slots & ~7)) << 3);
  const owners = ownerAt(c, 0);
  const counts = sizeCounts(c);
  let gone: u32 = 0;
  if (own >= 0 && load<u64>(c, Cache.SIZES) == 1 && !load<u32>(c, Cache.LANES)) {
    gone = removePages(s, c, own, tags, end, from, width);
  } else {
    for (let t = nextWithin(tags, end, from, width); t != end; t = nextWithin(t + 64, end, from, width)) {
      const i = <u32>((t - tags) >> 3);
      for (let hits = hitsOf(t, from, width); hits; hits &= hits - 1)
        gone += sweepOne(s, c, i + <u32>ctz(hits), own, tags, owners, counts);
    }
  }
  removedPlain(c, gone);
  for (let i = slots & ~7; i < slots; i++) sweepSlot(s, c, i);
}

// Which of eight tags are in range.
@inline
function hitsOf(t: usize, from: v128, width: v128): u32 {
  return i32x4.bitmask(within(t, from, width)) | (i32x4.bitmask(within(t + 32, from, width)) << 4);
}

// The entries of address space `own` that s names, of eights of tags up to `end`, where all are pages of 4 KiB and no set has prints; how
// many went. What the range is, is at hand for all.
function removePages(s: usize, c: usize, own: i32, tags: usize, end: usize, from: v128, width: v128): u32 {
  const start = (rangeStart(s) >> 12) << 12;
  const length = rangeEnd(s) - start;
  const leaf = rangeLeaf(s);
  const granule = rangeGranule(s);
  const level = rangeLevel(s);
  const owners = ownerAt(c, 0);
  const entries = payload(c, 0);
  const wanted = i16x8.splat(<i16>own);
  let gone: u32 = 0;
  let t = nextWithin(tags, end, from, width);
  while (t != end) {
    const first = (t - tags) >> 3;
    let hits = hitsOf(t, from, width);
    if (!hits) {
      t = nextWithin(t + 64, end, from, width);
      continue;
    }
    hits &= i16x8.bitmask(i16x8.eq(v128.load(owners + (first << 1)), wanted));
    for (; hits; hits &= hits - 1) {
      const k = <usize>ctz(hits);
      const i = first + k;
      const at = t + (k << 3);
      if (((load<u64>(at) >> 20) << 12) - start >= length) continue;
      if (!fits(leaf, granule, level, entries + i * Entry.BYTES, false)) continue;
      store<u64>(at, 0);
      store<u16>(owners + (i << 1), 0);
      gone++;
    }
    t += 64;
  }
  const counts = sizeCounts(c);
  store<u32>(counts, load<u32>(counts) - gone);
  return gone;
}

// Which of four tags are in range.
@inline
function within(t: usize, from: v128, width: v128): v128 {
  return i32x4.lt_s(i32x4.sub(v128.shuffle<i32>(v128.load(t, 2), v128.load(t, 14), 0, 2, 5, 7), from), width);
}

// The first of eights of tags from t on of which one is in range, or the end. It calls nothing, so that all it needs is in registers.
function nextWithin(t: usize, end: usize, from: v128, width: v128): usize {
  for (; t != end; t += 64)
    if (v128.any_true(v128.or(within(t, from, width), within(t + 32, from, width)))) break;
  return t;
}

/** All entries of the kinds. */
export function tlbiAll(kinds: u32): void {
  sweep(selectTlb(kinds, ANY_VMID, ANY_ASID, false));
}

/** All entries of the kinds with the VMID, wildcard applied. */
export function tlbiVmid(kinds: u32, vmid: u32): void {
  sweep(selectTlb(kinds, <i32>vmid, ANY_ASID, false));
}

/** Non-global entries with VMID and ASID. */
export function tlbiAsid(kinds: u32, vmid: u32, asid: u32): void {
  sweep(selectTlb(kinds, <i32>vmid, <i32>asid, true));
}

// The entries of address space `own`, where nothing is global.
function removeOwned(c: usize, slots: u32, own: i32): void {
  const wanted = i16x8.splat(<i16>own);
  const tags = tagAt(c, 0);
  const owners = ownerAt(c, 0);
  const counts = sizeCounts(c);
  let gone: u32 = 0;
  // Behind the last owner up to 16 bytes is nothing but zeros.
  for (let i: u32 = 0; i < slots; i += 8) {
    let hits = i16x8.bitmask(i16x8.eq(v128.load(owners + ((<usize>i) << 1)), wanted));
    for (; hits; hits &= hits - 1) {
      const at = i + <u32>ctz(hits);
      removePlain(c, at, load<u64>(tags + ((<usize>at) << 3)), tags, owners, counts);
      gone++;
    }
  }
  removedPlain(c, gone);
}

/** Entries in a range (`selectRange`) with the VMID, and with the ASID unless that is -1 or they are global. */
export function tlbiRange(
  kinds: u32,
  vmid: u32,
  asid: i32,
  start: u64,
  bytes: u64,
  leaf: bool,
  granuleLog2: u32,
  level: i32,
): void {
  const s = selectTlb(kinds, <i32>vmid, asid, false);
  selectRange(s, start, bytes, leaf, granuleLog2, level);
  sweep(s);
}

/** STEs of the StreamIDs first..last, their CDs, and stream-tagged translations. */
export function cfgiSte(first: u32, last: u32): void {
  sweepStreams(selectStreams(first, last, CD_AND_STE));
}

/** The CD of one index. */
export function cfgiCd(sid: u32, ssid: u32): void {
  sweepStreams(selectStreams(sid, sid, <i32>ssid));
}

/** All CDs of a stream. */
export function cfgiCdAll(sid: u32): void {
  sweepStreams(selectStreams(sid, sid, ANY_CD));
}

function sweepStreams(s: usize): void {
  const n = load<u32>(base, Header.CACHES);
  for (let k: u32 = 0; k < n; k++) {
    const c = cacheAt(k);
    if (!load<u32>(c, Cache.ENTRIES) || !load<u32>(c, Cache.VALID)) continue;
    const isConfig = load<u32>(c, Cache.STRIDE) == Entry.CONFIG_BYTES;
    if (!isConfig && load<u32>(c, Cache.TAG_KIND) != Cache.TAG_STREAM) continue;
    const slots = load<u32>(c, Cache.SETS) * load<u32>(c, Cache.ROW);
    for (let i: u32 = 0; i < slots; i++) {
      if (!load<u64>(tagAt(c, i))) continue;
      const e = payload(c, i);
      if (isConfig ? namesConfig(s, e) : namesStreamEntry(s, e)) remove(c, i);
    }
  }
}
