// What an invalidation names, kept as a record: the sweep asks it of every entry, and a fill whose transaction began before
// asks it of the entry that it would make (IHI 0070 §3.21.3). The latest Layout.INVALIDATIONS_KEPT stand in a ring by generation.
import { base, generation } from '../memory/base';
import { bits32, pow2 } from '../memory/bits';
import * as Entry from '../abi/entry';
import * as Header from '../abi/header';
import * as Layout from '../abi/layout';
import * as Config from '../request/config';
import * as Substream from '../request/substream';
import { asidKey, asidOf, isAsidKey, isIpaKey, numberOf, vmidOf, worldOf } from './context';
import * as Cr0 from '../arch/cr0';
import * as Idr0 from '../arch/idr0';
import * as Register from '../arch/register';

export const SEL_EL1_S1: u32 = 1; // VA-indexed entries of NS-EL1, combined ones and stage 1 walk entries among them
export const SEL_EL1_S2: u32 = 2; // IPA-indexed entries
export const SEL_EL2: u32 = 4;
export const SEL_EL2_E2H: u32 = 8;

export const ANY_VMID: i32 = -1;
export const ANY_ASID: i32 = -1;
/** Of a CFGI: everything of the streams. */
export const CD_AND_STE: i32 = -1;
/** Of a CFGI: whatever holds a CD. */
export const ANY_CD: i32 = -2;

const ADDRESS_MASK: u64 = (1 << 56) - 1;
const HALF: u64 = 1 << 55;

// A record
const IV_KINDS: i32 = 0; // u32 SEL_*, 0: a CFGI
const IV_VMID: i32 = 4; // i32
const IV_VMID_SHIFT: i32 = 8;
const IV_ASID: i32 = 12; // i32
const IV_KEEP_GLOBAL: i32 = 16;
const IV_RANGED: i32 = 20;
const IV_LEAF: i32 = 24;
const IV_GRANULE: i32 = 28;
const IV_START: i32 = 32; // u64
const IV_END: i32 = 40; // u64, exclusive
const IV_LEVEL: i32 = 48; // i32
const IV_FIRST: i32 = 32; // u32 CFGI: StreamIDs
const IV_LAST: i32 = 36;
const IV_CD: i32 = 40; // i32 CD_AND_STE, ANY_CD, or the index of one

@inline
function recordOf(generation: u32): usize {
  return (
    base +
    Layout.INVALIDATIONS +
    <usize>((generation & (Layout.INVALIDATIONS_KEPT - 1)) * Layout.INVALIDATION_BYTES)
  );
}

// The record of one more invalidation.
function next(): usize {
  store<u32>(base, generation() + 1, Header.GENERATION);
  return recordOf(generation());
}

/** CR0.VMW: low VMID bits that invalidation does not compare (IHI 0070 §6.3.9.1); 5 to 7 act as 0. */
function vmwBits(): u32 {
  const vmw = bits32(load<u32>(base + Layout.REGS, Register.CR0), Cr0.VMW);
  return vmw <= 4 ? vmw : 0;
}

/** Translations of the kinds, narrowed to a VMID and an ASID; `keepGlobal`: not the global ones. */
export function selectTlb(kinds: u32, vmid: i32, asid: i32, keepGlobal: bool): usize {
  const s = next();
  store<u32>(s, kinds, IV_KINDS);
  // Without stage 2 entries carry no VMID and the commands' field is RES0.
  store<i32>(s, bits32(load<u32>(base + Layout.REGS, Register.IDR0), Idr0.S2P) ? vmid : ANY_VMID, IV_VMID);
  store<u32>(s, vmwBits(), IV_VMID_SHIFT);
  store<i32>(s, asid, IV_ASID);
  store<u32>(s, keepGlobal ? 1 : 0, IV_KEEP_GLOBAL);
  store<u32>(s, 0, IV_RANGED);
  return s;
}

/**
 * Narrows s to entries that overlap [start, start + bytes), or cover `start` when bytes is 0. The range ends with its half of the
 * address space (IHI 0070 §4.4.1). leaf: last-level entries only; granuleLog2 0 and level -1: any.
 */
export function selectRange(
  s: usize,
  start: u64,
  bytes: u64,
  leaf: bool,
  granuleLog2: u32,
  level: i32,
): void {
  const first = start & ADDRESS_MASK;
  const top = first >= HALF ? ADDRESS_MASK + 1 : HALF;
  const length = bytes ? bytes : 1;
  store<u32>(s, 1, IV_RANGED);
  store<u32>(s, leaf ? 1 : 0, IV_LEAF);
  store<u32>(s, granuleLog2, IV_GRANULE);
  store<u64>(s, first, IV_START);
  store<u64>(s, length > top - first ? top : first + length, IV_END);
  store<i32>(s, level, IV_LEVEL);
}

/** What comes from the STEs of StreamIDs first..last, or from CDs of theirs: `cd`. */
export function selectStreams(first: u32, last: u32, cd: i32): usize {
  const s = next();
  store<u32>(s, 0, IV_KINDS);
  store<u32>(s, first, IV_FIRST);
  store<u32>(s, last, IV_LAST);
  store<i32>(s, cd, IV_CD);
  return s;
}

/**
 * The number of the one address space of EL1 whose entries, global ones left out, the TLBI s names, as far as its range goes; 0: none has
 * it, and there are no such entries. -1: it may name those of several.
 */
export function soleSpace(s: usize): i32 {
  const vmid = load<i32>(s, IV_VMID);
  const asid = load<i32>(s, IV_ASID);
  if (load<u32>(s, IV_KINDS) != SEL_EL1_S1 || vmid < 0 || asid < 0 || load<u32>(s, IV_VMID_SHIFT)) return -1;
  return <i32>numberOf(asidKey(0, vmid, asid));
}

@inline
export function ranged(s: usize): bool {
  return load<u32>(s, IV_RANGED) != 0;
}

@inline
export function rangeStart(s: usize): u64 {
  return load<u64>(s, IV_START);
}

@inline
export function rangeEnd(s: usize): u64 {
  return load<u64>(s, IV_END);
}

// What entries of an address space are to the kinds; 0 for those of a bypassed stream, which go with its configuration alone.
function kindOf(space: u64): u32 {
  if (isIpaKey(space)) return SEL_EL1_S2;
  if (!isAsidKey(space)) return 0;
  const world = worldOf(space);
  return world == 0 ? SEL_EL1_S1 : world == 1 ? SEL_EL2 : SEL_EL2_E2H;
}

@inline
export function rangeLeaf(s: usize): bool {
  return load<u32>(s, IV_LEAF) != 0;
}

@inline
export function rangeGranule(s: usize): u32 {
  return load<u32>(s, IV_GRANULE);
}

@inline
export function rangeLevel(s: usize): i32 {
  return load<i32>(s, IV_LEVEL);
}

@inline
function fitsHints(s: usize, e: usize, byIpa: bool): bool {
  return fits(rangeLeaf(s), rangeGranule(s), rangeLevel(s), e, byIpa);
}

/** Leaf, TG and TTL narrow a range to entries of the last level, of a granule, of a level (IHI 0070 §4.4.1). */
@inline
export function fits(lastOnly: bool, granule: u32, only: i32, e: usize, byIpa: bool): bool {
  const leaf = (load<u32>(e, Entry.FLAGS) & Entry.FLAG_LEAF) != 0;
  if (lastOnly && !leaf) return false;
  if (granule && bits32(load<u32>(e, Entry.SPANS), Entry.SPANS_GRANULE) != granule) return false;
  if (only < 0) return true;
  const levels = load<u32>(e, Entry.LEVELS);
  const next = byIpa ? bits32(levels, Entry.LEVELS_STAGE2) : bits32(levels, Entry.LEVELS_STAGE1);
  const level = <i32>next - 1;
  return leaf ? level == only : level < only;
}

// What is `span` bits wide, and of which the tag's page is a part, overlaps the range.
@inline
function overlaps(from: u64, end: u64, tag: u64, span: u64): bool {
  const start = (((tag >> 20) << 12) >> span) << span;
  return start < end && start + pow2(<u32>span) > from;
}

function inRange(s: usize, tag: u64, e: usize, byIpa: bool): bool {
  // A fragment of a stage 1 block goes with any address of the block.
  const spans = load<u32>(e, Entry.SPANS);
  const own = bits32(spans, Entry.SPANS_ENTRY);
  const whole = byIpa ? own : max(own, bits32(spans, Entry.SPANS_STAGE1));
  return fitsHints(s, e, byIpa) && overlaps(rangeStart(s), rangeEnd(s), tag, <u64>whole);
}

/** The range of s reaches the entry e by input address, no fragment, whose tag is `tag`. */
@inline
export function reaches(s: usize, tag: u64, e: usize): bool {
  return (
    overlaps(rangeStart(s), rangeEnd(s), tag, ((tag >> 14) & 63) + 12) &&
    fits(rangeLeaf(s), rangeGranule(s), rangeLevel(s), e, false)
  );
}

/** The TLBI s names the translation e, which has `tag` and belongs to the address space of key `space` (IHI 0070 §4.4, §3.17). */
export function namesEntry(s: usize, tag: u64, e: usize, space: u64): bool {
  const global = (load<u32>(e, Entry.FLAGS) & Entry.FLAG_GLOBAL) != 0;
  return namesSpace(s, space, global) && (!ranged(s) || inRange(s, tag, e, isIpaKey(space)));
}

/** The TLBI s names something of the address space of key `space` (tlb/context.ts; 0: of none), whatever its address. */
export function namesSpace(s: usize, space: u64, global: bool): bool {
  const kind = kindOf(space);
  if (!(kind & load<u32>(s, IV_KINDS))) return false;
  const vmid = load<i32>(s, IV_VMID);
  if (vmid != ANY_VMID && (kind & (SEL_EL1_S1 | SEL_EL1_S2)) != 0) {
    if ((vmidOf(space) ^ (<u32>vmid)) >> load<u32>(s, IV_VMID_SHIFT)) return false;
  }
  if (global && load<u32>(s, IV_KEEP_GLOBAL)) return false;
  const asid = load<i32>(s, IV_ASID);
  return asid == ANY_ASID || global || asidOf(space) == <u32>asid;
}

/** The latest invalidation. */
@inline
export function latestInvalidation(): usize {
  return recordOf(generation());
}

/** The invalidation s is a CFGI. */
@inline
export function ofConfiguration(s: usize): bool {
  return !load<u32>(s, IV_KINDS);
}

/** Tag of a translation of the page of va, as far as `namesEntry` looks at it. */
@inline
export function pageTag(va: u64): u64 {
  return ((va & ADDRESS_MASK) >> 12) << 20;
}

/** The CFGI s names what stream `sid` has from its STE, or from CD `index` of it (-1: no CD). */
export function namesCd(s: usize, sid: u32, index: i32): bool {
  if (sid < load<u32>(s, IV_FIRST) || sid > load<u32>(s, IV_LAST)) return false;
  const cd = load<i32>(s, IV_CD);
  return cd == CD_AND_STE || (cd == ANY_CD ? index >= 0 : index == cd);
}

/** The CFGI s names the configuration c (IHI 0070 §4.3). */
export function namesConfig(s: usize, c: usize): bool {
  return namesCd(s, load<u32>(c, Config.STREAM), load<i32>(c, Config.CD_INDEX));
}

/** The CFGI s names the stream-tagged translation e: one without SubstreamID came through CD 0. */
export function namesStreamEntry(s: usize, e: usize): bool {
  const index =
    load<u32>(e, Entry.FLAGS) & Entry.FLAG_S1 ? <i32>Substream.id(load<u32>(e, Entry.SUBSTREAM)) : -1;
  return namesCd(s, load<u32>(e, Entry.STREAM), index);
}

// All invalidations since generation `since` are kept; when they are not, one may have named anything.
@inline
function known(since: u32): bool {
  return generation() - since <= <u32>Layout.INVALIDATIONS_KEPT;
}

/** An invalidation consumed since generation `since` names the translation `image` for va and of `space`, were it in a cache. */
export function entryOvertaken(since: u32, va: u64, image: usize, space: u64, streamTagged: bool): bool {
  if (!known(since)) return true;
  const tag = pageTag(va);
  for (let g = since; g != generation();) {
    const s = recordOf(++g);
    if (
      load<u32>(s, IV_KINDS) ? namesEntry(s, tag, image, space) : streamTagged && namesStreamEntry(s, image)
    )
      return true;
  }
  return false;
}

/** As `entryOvertaken`, for the configuration c. */
export function configOvertaken(since: u32, c: usize): bool {
  if (!known(since)) return true;
  for (let g = since; g != generation();) {
    const s = recordOf(++g);
    if (!load<u32>(s, IV_KINDS) && namesConfig(s, c)) return true;
  }
  return false;
}
