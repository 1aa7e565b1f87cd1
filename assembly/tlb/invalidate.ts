// What each invalidation removes: exactly the entries that the command names (IHI 0070 §4.3, §4.4; the tables of scope stand
// in docs/conformance.md). Commands are decoded elsewhere, the selection is selection.ts's; here the caches are swept.
import { base, cacheAt } from '../memory/base';
import { ownerAt, remove, tagAt, payload, toSet } from './array';
import { asidKey, keyOf, numberOf } from './context';
import { makeTag } from './lookup';
import {
  ANY_ASID,
  ANY_CD,
  ANY_VMID,
  CD_AND_STE,
  namesConfig,
  namesEntry,
  namesStreamEntry,
  ranged,
  SEL_EL1_S1,
  wholeVmid,
  rangeEnd,
  rangeStart,
  selectRange,
  selectStreams,
  selectTlb,
} from './selection';
import * as Cache from '../abi/cache';
import * as CacheIndex from '../abi/cache-index';
import * as Entry from '../abi/entry';
import * as Header from '../abi/header';

/** A tag above its context number: page and size. */
const CONTEXT_BITS: u64 = 14;
const HALF: u64 = 1 << 63;

function sweep(s: usize): void {
  const n = load<u32>(base, Header.CACHES);
  for (let k: u32 = CacheIndex.CONFIG + 1; k < n; k++) {
    const c = cacheAt(k);
    if (!load<u32>(c, Cache.ENTRIES) || !load<u32>(c, Cache.VALID)) continue;
    const slots = load<u32>(c, Cache.SETS) * load<u32>(c, Cache.ROW);
    // A fragment goes with addresses of its block that its tag does not cover.
    if (!SHORT_CUTS || !ranged(s) || load<u32>(c, Cache.FRAGMENTS)) sweepSlots(s, c, slots);
    else if (!sweepSets(s, c, slots)) sweepTags(s, c, slots);
  }
}

@inline
function sweepSlot(s: usize, c: usize, i: u32): void {
  const tag = load<u64>(tagAt(c, i));
  if (tag && namesEntry(s, tag, payload(c, i), keyOf(load<u16>(ownerAt(c, i))))) remove(c, i);
}

function sweepSlots(s: usize, c: usize, slots: u32): void {
  for (let i: u32 = 0; i < slots; i++) sweepSlot(s, c, i);
}

// A range reaches, for each size present, only the sets of its pages, when the set follows from the page alone. False: that is more
// than to compare all tags.
function sweepSets(s: usize, c: usize, slots: u32): bool {
  if (load<u32>(c, Cache.INDEX) != Cache.INDEX_MODULO) return false;
  const row = load<u32>(c, Cache.ROW);
  let reached: u64 = 0;
  for (let sizes = load<u64>(c, Cache.SIZES); sizes; sizes &= sizes - 1) {
    const size = ctz(sizes) + 12;
    reached += ((rangeEnd(s) - 1) >> size) - (rangeStart(s) >> size) + 1;
  }
  if (reached * <u64>row > <u64>(slots >> 2)) return false;
  for (let sizes = load<u64>(c, Cache.SIZES); sizes; sizes &= sizes - 1) {
    const size = ctz(sizes) + 12;
    const last = (rangeEnd(s) - 1) >> size;
    for (let page = rangeStart(s) >> size; page <= last; page++) {
      const first = toSet(c, page) * row;
      const wanted = makeTag(page << size, <u32>size, 0) >> CONTEXT_BITS;
      for (let i = first; i < first + row; i++)
        if (load<u64>(tagAt(c, i)) >> CONTEXT_BITS == wanted) sweepSlot(s, c, i);
    }
  }
  return true;
}

// All tags whose page lies in the range, the largest size that is present allowed for.
function sweepTags(s: usize, c: usize, slots: u32): void {
  const sizes = load<u64>(c, Cache.SIZES);
  if (!sizes) return;
  const largest = 75 - clz(sizes);
  const start = ((rangeStart(s) >> largest) << largest) << 8;
  const end = (((rangeEnd(s) - 1) >> 12) + 1) << 20; // 0: that of the address space
  // Unsigned comparisons as signed ones: both sides are moved by half of the numbers.
  const from = i64x2.splat(<i64>(start + HALF));
  const width = i64x2.splat(<i64>(end - start - 1 - HALF));
  const tags = tagAt(c, 0);
  let i: u32 = 0;
  for (; i + 8 <= slots; i += 8) {
    const t = tags + ((<usize>i) << 3);
    const o0 = i64x2.gt_s(i64x2.sub(v128.load(t), from), width);
    const o1 = i64x2.gt_s(i64x2.sub(v128.load(t, 16), from), width);
    const o2 = i64x2.gt_s(i64x2.sub(v128.load(t, 32), from), width);
    const o3 = i64x2.gt_s(i64x2.sub(v128.load(t, 48), from), width);
    if (i64x2.all_true(v128.and(v128.and(o0, o1), v128.and(o2, o3)))) continue;
    const outside =
      i64x2.bitmask(o0) | (i64x2.bitmask(o1) << 2) | (i64x2.bitmask(o2) << 4) | (i64x2.bitmask(o3) << 6);
    for (let hits = ~outside & 0xff; hits; hits &= hits - 1) sweepSlot(s, c, i + <u32>ctz(hits));
  }
  for (; i < slots; i++) sweepSlot(s, c, i);
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
  const s = selectTlb(kinds, <i32>vmid, <i32>asid, true);
  // One address space of EL1: what belongs to it has its number.
  if (SHORT_CUTS && kinds == SEL_EL1_S1 && wholeVmid(s)) removeOwned(numberOf(asidKey(0, vmid, asid)));
  else sweep(s);
}

// The entries of address space `number` but the global ones; 0: it has no number, and so no entry.
function removeOwned(number: u32): void {
  if (!number) return;
  const wanted = i16x8.splat(<i16>number);
  const n = load<u32>(base, Header.CACHES);
  for (let k: u32 = CacheIndex.CONFIG + 1; k < n; k++) {
    const c = cacheAt(k);
    if (!load<u32>(c, Cache.ENTRIES) || !load<u32>(c, Cache.VALID)) continue;
    const slots = load<u32>(c, Cache.SETS) * load<u32>(c, Cache.ROW);
    const owners = ownerAt(c, 0);
    // Behind the last owner up to 16 bytes is nothing but zeros.
    for (let i: u32 = 0; i < slots; i += 8) {
      let hits = i16x8.bitmask(i16x8.eq(v128.load(owners + ((<usize>i) << 1)), wanted));
      for (; hits; hits &= hits - 1) {
        const at = i + <u32>ctz(hits);
        if (!(load<u32>(payload(c, at), Entry.FLAGS) & Entry.FLAG_GLOBAL)) remove(c, at);
      }
    }
  }
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
