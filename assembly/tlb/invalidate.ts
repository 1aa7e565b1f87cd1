// What each invalidation removes: exactly the entries that the command names (IHI 0070 §4.3, §4.4; the tables of scope stand
// in docs/conformance.md). Commands are decoded elsewhere; here is the selection.
import { base, cacheAt } from '../memory/base';
import { bits32, pow2 } from '../memory/bits';
import { remove, tagAt, payload, toSet } from './array';
import {
  C_ENTRIES,
  C_SETS,
  C_ROW,
  C_STRIDE,
  C_TAG_KIND,
  C_INDEX,
  C_FRAGMENTS,
  C_SIZES,
  INDEX_MODULO,
  C_VALID,
  CONFIG_ENTRY_BYTES,
  E_PA,
  E_ID,
  E_STREAM,
  E_SUBSTREAM,
  E_SPANS,
  E_LEVELS,
  EF_GLOBAL,
  EF_LEAF,
  EF_S1,
  H_CACHES,
  H_GENERATION,
  REGS,
  TAG_STREAM,
  CACHE_CONFIG,
} from '../abi';
import { CF_STREAM, CF_CD_INDEX } from './config-fields';
import { R_CR0, R_IDR0 } from '../arch/registers';
import { CR0_VMW } from '../arch/registers';
import { IDR0_S2P } from '../arch/idr';

export const SEL_EL1_S1: u32 = 1; // VA-indexed entries of NS-EL1, combined ones and stage 1 walk entries among them
export const SEL_EL1_S2: u32 = 2; // IPA-indexed entries
export const SEL_EL2: u32 = 4;
export const SEL_EL2_E2H: u32 = 8;

/** Bit of E_ID that marks an IPA-indexed entry; the StreamWorld stands in [33:32]. */
export const EI_IPA: u64 = 1 << 34;
/** Bit of E_ID that marks a bypassed stream: it goes with its configuration alone. */
export const EI_BYPASS: u64 = 1 << 35;

const ADDRESS_MASK: u64 = (1 << 56) - 1;
const HALF: u64 = 1 << 55;
const ANY_VMID: i32 = -1;
const ANY_ASID: i32 = -1;

// The selection of the command at hand.
let selKinds: u32 = 0;
let selVmid: i32 = -1;
let selVmidShift: u32 = 0;
let selAsid: i32 = -1;
let selKeepGlobal: bool = false;
let selRanged: bool = false;
let selStart: u64 = 0;
let selEnd: u64 = 0; // exclusive
let selLeaf: bool = false;
let selGranule: u32 = 0;
let selLevel: i32 = -1;

function bumpGeneration(): void {
  store<u32>(base, load<u32>(base, H_GENERATION) + 1, H_GENERATION);
}

/** CR0.VMW: low VMID bits that invalidation does not compare (IHI 0070 §6.3.9); 5 to 7 act as 0. */
function vmwBits(): u32 {
  const vmw = bits32(load<u32>(base + REGS, R_CR0), CR0_VMW);
  return vmw <= 4 ? vmw : 0;
}

function select(kinds: u32, vmid: i32, asid: i32, keepGlobal: bool): void {
  selKinds = kinds;
  // Without stage 2 entries carry no VMID and the commands' field is RES0.
  selVmid = bits32(load<u32>(base + REGS, R_IDR0), IDR0_S2P) ? vmid : ANY_VMID;
  selVmidShift = vmwBits();
  selAsid = asid;
  selKeepGlobal = keepGlobal;
  selRanged = false;
}

function kindOf(id: u64): u32 {
  if (id & EI_BYPASS) return 0;
  if (id & EI_IPA) return SEL_EL1_S2;
  const world = (<u32>(id >> 32)) & 3;
  return world == 0 ? SEL_EL1_S1 : world == 1 ? SEL_EL2 : SEL_EL2_E2H;
}

function inRange(tag: u64, e: usize): bool {
  const spans = load<u32>(e, E_SPANS);
  const leaf = (load<u64>(e, E_PA) & EF_LEAF) != 0;
  const byIpa = (load<u64>(e, E_ID) & EI_IPA) != 0;
  if (selLeaf && !leaf) return false;
  if (selGranule && spans >> 24 != selGranule) return false;
  if (selLevel >= 0) {
    const levels = load<u32>(e, E_LEVELS);
    const level = <i32>((byIpa ? levels >> 4 : levels) & 15) - 1;
    if (leaf ? level != selLevel : level >= selLevel) return false;
  }
  // A fragment of a stage 1 block goes with any address of the block.
  const own = spans & 0xff;
  const whole = byIpa ? own : max(own, (spans >> 8) & 0xff);
  const start = (((tag >> 20) << 12) >> (<u64>whole)) << (<u64>whole);
  return start < selEnd && start + pow2(whole) > selStart;
}

function named(tag: u64, e: usize): bool {
  const id = load<u64>(e, E_ID);
  const kind = kindOf(id);
  if (!(kind & selKinds)) return false;
  if (selVmid != ANY_VMID && (kind & (SEL_EL1_S1 | SEL_EL1_S2)) != 0) {
    if ((((<u32>id) & 0xffff) ^ (<u32>selVmid)) >> selVmidShift) return false;
  }
  const global = (load<u64>(e, E_PA) & EF_GLOBAL) != 0;
  if (global && selKeepGlobal) return false;
  if (selAsid != ANY_ASID && !global && ((<u32>(id >> 16)) & 0xffff) != <u32>selAsid) return false;
  return !selRanged || inRange(tag, e);
}

function sweep(): void {
  bumpGeneration();
  const n = load<u32>(base, H_CACHES);
  for (let k: u32 = CACHE_CONFIG + 1; k < n; k++) {
    const c = cacheAt(k);
    if (!load<u32>(c, C_ENTRIES) || !load<u32>(c, C_VALID)) continue;
    if (selRanged && sweepSets(c)) continue;
    sweepSlots(c, 0, load<u32>(c, C_SETS) * load<u32>(c, C_ROW));
  }
}

function sweepSlots(c: usize, first: u32, count: u32): void {
  for (let i = first; i < first + count; i++) {
    const tag = load<u64>(tagAt(c, i));
    if (tag && named(tag, payload(c, i))) remove(c, i);
  }
}

// A range reaches, for each size present, only the sets of its pages, when the set follows from the page alone. False: it
// reaches most of the cache, or fragments of larger blocks may lie anywhere.
function sweepSets(c: usize): bool {
  if (load<u32>(c, C_INDEX) != INDEX_MODULO || load<u32>(c, C_FRAGMENTS)) return false;
  const sets = load<u32>(c, C_SETS);
  const row = load<u32>(c, C_ROW);
  let sizes = load<u64>(c, C_SIZES);
  while (sizes) {
    const size = ctz(sizes) + 12;
    sizes &= sizes - 1;
    const first = selStart >> size;
    const last = (selEnd - 1) >> size;
    if (last - first >= <u64>sets) {
      sweepSlots(c, 0, sets * row);
      return true;
    }
    for (let page = first; page <= last; page++) sweepSlots(c, toSet(c, page) * row, row);
  }
  return true;
}

/** All entries of the kinds. */
export function tlbiAll(kinds: u32): void {
  select(kinds, ANY_VMID, ANY_ASID, false);
  sweep();
}

/** All entries of the kinds with the VMID, wildcard applied. */
export function tlbiVmid(kinds: u32, vmid: u32): void {
  select(kinds, <i32>vmid, ANY_ASID, false);
  sweep();
}

/** Non-global entries with VMID and ASID. */
export function tlbiAsid(kinds: u32, vmid: u32, asid: u32): void {
  select(kinds, <i32>vmid, <i32>asid, true);
  sweep();
}

/** Narrows the next `tlbiRange`: last-level entries only, one granule (log2, 0 any), one leaf level (-1 any). */
export function setRangeHints(leaf: bool, granuleLog2: u32, level: i32): void {
  selLeaf = leaf;
  selGranule = granuleLog2;
  selLevel = level;
}

/**
 * Entries that overlap [start, start + bytes), or cover `start` when bytes is 0; with VMID, and ASID unless -1 or global.
 * The range ends with its half of the address space (IHI 0070 §4.4.1).
 */
export function tlbiRange(kinds: u32, vmid: u32, asid: i32, start: u64, bytes: u64): void {
  select(kinds, <i32>vmid, asid, false);
  selRanged = true;
  selStart = start & ADDRESS_MASK;
  const top = selStart >= HALF ? ADDRESS_MASK + 1 : HALF;
  const length = bytes ? bytes : 1;
  selEnd = length > top - selStart ? top : selStart + length;
  sweep();
}

/** STEs of the StreamIDs first..last, their CDs, and stream-tagged translations. */
export function cfgiSte(first: u32, last: u32): void {
  bumpGeneration();
  sweepStreams(first, last, -1);
}

/** The CD of one index. */
export function cfgiCd(sid: u32, ssid: u32): void {
  bumpGeneration();
  sweepStreams(sid, sid, <i32>ssid);
}

/** All CDs of a stream. */
export function cfgiCdAll(sid: u32): void {
  bumpGeneration();
  sweepStreams(sid, sid, -2);
}

// cd: -1 everything of the streams, -2 whatever holds a CD, else the CD of that index.
function sweepStreams(first: u32, last: u32, cd: i32): void {
  const n = load<u32>(base, H_CACHES);
  for (let k: u32 = 0; k < n; k++) {
    const c = cacheAt(k);
    if (!load<u32>(c, C_ENTRIES) || !load<u32>(c, C_VALID)) continue;
    const isConfig = load<u32>(c, C_STRIDE) == CONFIG_ENTRY_BYTES;
    if (!isConfig && load<u32>(c, C_TAG_KIND) != TAG_STREAM) continue;
    const slots = load<u32>(c, C_SETS) * load<u32>(c, C_ROW);
    for (let i: u32 = 0; i < slots; i++) {
      if (!load<u64>(tagAt(c, i))) continue;
      const e = payload(c, i);
      const sid = isConfig ? load<u32>(e, CF_STREAM) : load<u32>(e, E_STREAM);
      if (sid < first || sid > last) continue;
      const index = isConfig ? load<i32>(e, CF_CD_INDEX) : cdOfEntry(e);
      if (cd == -1 || (cd == -2 ? index >= 0 : index == cd)) remove(c, i);
    }
  }
}

// The CD that a stream-tagged translation came through, -1 for none: a transaction without SubstreamID uses CD 0.
@inline
function cdOfEntry(e: usize): i32 {
  return load<u64>(e, E_PA) & EF_S1 ? <i32>(load<u32>(e, E_SUBSTREAM) & 0xfffff) : -1;
}
