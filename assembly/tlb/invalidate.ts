// What each invalidation removes: exactly the entries that the command names (IHI 0070 §4.3, §4.4; the tables of scope stand
// in docs/conformance.md). Commands are decoded elsewhere, the selection is selection.ts's; here the caches are swept.
import { base, cacheAt } from '../memory/base';
import { remove, tagAt, payload, toSet } from './array';
import {
  ANY_ASID,
  ANY_CD,
  ANY_VMID,
  CD_AND_STE,
  namesConfig,
  namesEntry,
  namesStreamEntry,
  ranged,
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

function sweep(s: usize): void {
  const n = load<u32>(base, Header.CACHES);
  for (let k: u32 = CacheIndex.CONFIG + 1; k < n; k++) {
    const c = cacheAt(k);
    if (!load<u32>(c, Cache.ENTRIES) || !load<u32>(c, Cache.VALID)) continue;
    if (ranged(s) && sweepSets(s, c)) continue;
    sweepSlots(s, c, 0, load<u32>(c, Cache.SETS) * load<u32>(c, Cache.ROW));
  }
}

function sweepSlots(s: usize, c: usize, first: u32, count: u32): void {
  for (let i = first; i < first + count; i++) {
    const tag = load<u64>(tagAt(c, i));
    if (tag && namesEntry(s, tag, payload(c, i))) remove(c, i);
  }
}

// A range reaches, for each size present, only the sets of its pages, when the set follows from the page alone. False: it
// reaches most of the cache, or fragments of larger blocks may lie anywhere.
function sweepSets(s: usize, c: usize): bool {
  if (load<u32>(c, Cache.INDEX) != Cache.INDEX_MODULO || load<u32>(c, Cache.FRAGMENTS)) return false;
  const sets = load<u32>(c, Cache.SETS);
  const row = load<u32>(c, Cache.ROW);
  let sizes = load<u64>(c, Cache.SIZES);
  while (sizes) {
    const size = ctz(sizes) + 12;
    sizes &= sizes - 1;
    const first = rangeStart(s) >> size;
    const last = (rangeEnd(s) - 1) >> size;
    if (last - first >= <u64>sets) {
      sweepSlots(s, c, 0, sets * row);
      return true;
    }
    for (let page = first; page <= last; page++) sweepSlots(s, c, toSet(c, page) * row, row);
  }
  return true;
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
