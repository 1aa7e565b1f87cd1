// Memory type, shareability and allocation hints through the stages (IHI 0070 §13.1; DDI 0487 D8.6). An attribute set in
// flight is one word: device [14], device type [13:12], outer kind [11:10], inner kind [9:8], outer hints [7:5], inner hints
// [4:2], shareability [1:0]. Kinds order by strength, so that combining is a minimum.
import * as Mair from '../arch/mair';
import * as AttributeWord from '../request/attribute-word';

const KIND_NC: u32 = 0;
const KIND_WT: u32 = 1;
const KIND_WB: u32 = 2;
const SH_NSH: u32 = 0;
const SH_OSH: u32 = 2;
const SH_ISH: u32 = 3;
const RA_WA: u32 = 6;
const DEVICE: u32 = 1 << 14;

@inline
function outerKind(a: u32): u32 {
  return (a >> 10) & 3;
}
@inline
function innerKind(a: u32): u32 {
  return (a >> 8) & 3;
}
@inline
function outerHints(a: u32): u32 {
  return (a >> 5) & 7;
}
@inline
function innerHints(a: u32): u32 {
  return (a >> 2) & 7;
}

@inline
function device(type: u32): u32 {
  return DEVICE | (type << 12) | SH_OSH;
}

@inline
function normal(ok: u32, ik: u32, oh: u32, ih: u32, sh: u32): u32 {
  return (ok << 10) | (ik << 8) | (oh << 5) | (ih << 2) | sh;
}

@inline
function cacheable(a: u32): bool {
  return !(a & DEVICE) && ((a >> 8) & 15) != 0;
}

/** The reserved shareability 1 counts as Non-shareable. */
@inline
function shareability(code: u32): u32 {
  return code == 1 ? SH_NSH : code;
}

/** Device and Normal iNC-oNC are Outer Shareable (§13.1.7). */
@inline
function consistent(a: u32): u32 {
  return cacheable(a) ? a : (a & ~3) | SH_OSH;
}

// One nibble of a MAIR byte as kind << 3 | hints. Zero is write-through transient (§5.4 MAIR1).
function mairNibble(n: u32): u32 {
  if (n == 4) return KIND_NC << 3;
  if (n == 0) return (KIND_WT << 3) | 7;
  return ((n & 4 ? KIND_WB : KIND_WT) << 3) | ((n & 3) << 1) | (n < 8 ? 1 : 0);
}

function fromMair(attr: u32, sh: u32): u32 {
  if (!(attr & 0xf0)) return device((attr >> 2) & 3);
  const o = mairNibble(attr >> 4);
  const i = mairNibble(attr & 15);
  return consistent(normal(o >> 3, i >> 3, o & 7, i & 7, shareability(sh)));
}

/** True when MemAttr (without FWB) is Device: [3:2] zero, or one of the reserved codes. */
@inline
export function memAttrIsDevice(code: u32): bool {
  return !(code & 12) || !(code & 3);
}

@inline
function memAttrDeviceType(code: u32): u32 {
  return code & 12 ? 0 : code & 3;
}

/** STE.MemAttr or GBPA.MemAttr as a MAIR byte without hints; reserved codes are Device-nGnRnE. */
export function memAttrToMair(code: u32): u32 {
  if (memAttrIsDevice(code)) return memAttrDeviceType(code) << 2;
  return (memAttrNibble(code >> 2) << 4) | memAttrNibble(code & 3);
}

function memAttrNibble(kind: u32): u32 {
  return kind == 1 ? 4 : kind == 2 ? 8 : 12;
}

/** True for a MAIR-style byte that is cacheable at some level. */
export function typeIsCacheable(attr: u32): bool {
  return cacheable(fromMair(attr, 0));
}

@inline
function bothHints(a: u32, b: u32): u32 {
  return (a & b & RA_WA) | ((a | b) & 1);
}

// What comes in: type and shareability, one set of hints for both levels.
function fromInput(attrs: u32): u32 {
  const a = fromMair(attrs & 0xff, (attrs >> 8) & 3);
  if (a & DEVICE) return a;
  const given = cacheable(a) ? (attrs >> 10) & 7 : RA_WA;
  return (a & ~0xfc) | (given << 5) | (given << 2);
}

// Stage 1 replaces type and shareability; hints of a cacheable input are combined with its own (§13.4.2).
function stage1(a: u32, mair: u32, sh: u32): u32 {
  const s1 = fromMair(mair, sh);
  if (a & DEVICE || s1 & DEVICE) return s1;
  const oh = outerKind(a) ? bothHints(outerHints(a), outerHints(s1)) : outerHints(s1);
  const ih = innerKind(a) ? bothHints(innerHints(a), innerHints(s1)) : innerHints(s1);
  return normal(outerKind(s1), innerKind(s1), oh, ih, s1 & 3);
}

@inline
function strongerShareability(a: u32, b: u32): u32 {
  if (a == SH_OSH || b == SH_OSH) return SH_OSH;
  return a == SH_ISH || b == SH_ISH ? SH_ISH : SH_NSH;
}

function stage2(a: u32, memAttr: u32, sh: u32, fwb: bool): u32 {
  const to = strongerShareability(a & 3, shareability(sh));
  const t = fwb ? forced(a, memAttr) : combined(a, memAttr);
  return consistent((t & ~3) | to);
}

// Device beats Normal, the stronger Device wins; each level takes the weaker cacheability (§13.1.5; DDI 0487 D8.6.5).
function combined(a: u32, memAttr: u32): u32 {
  if (memAttrIsDevice(memAttr)) {
    const type = memAttrDeviceType(memAttr);
    return device(a & DEVICE ? min(type, (a >> 12) & 3) : type);
  }
  if (a & DEVICE) return a;
  return normal(
    min(outerKind(a), (memAttr >> 2) - 1),
    min(innerKind(a), (memAttr & 3) - 1),
    outerHints(a),
    innerHints(a),
    0,
  );
}

// STE.S2FWB (DDI 0487 D8.6.6): 0xx Device, 100 and 101 Normal NC, 110 Normal WB, 111 stage 1's type.
function forced(a: u32, memAttr: u32): u32 {
  if (!(memAttr & 4)) {
    const type = memAttr & 3;
    return device(a & DEVICE ? min(type, (a >> 12) & 3) : type);
  }
  const how = memAttr & 3;
  if (how == 3) return a;
  if (how == 2) {
    const normalIn = !(a & DEVICE);
    const oh = normalIn && outerKind(a) ? outerHints(a) : RA_WA;
    const ih = normalIn && innerKind(a) ? innerHints(a) : RA_WA;
    return normal(KIND_WB, KIND_WB, oh, ih, 0);
  }
  return a & DEVICE ? a : normal(KIND_NC, KIND_NC, 0, 0, 0);
}

// A level as it leaves: no hints without cacheability, no transience without allocation (§13.1.7).
@inline
function outputHints(kind: u32, hints: u32): u32 {
  return kind == KIND_NC || !(hints & RA_WA) ? 0 : hints;
}

function outputNibble(kind: u32, hints: u32): u32 {
  if (kind == KIND_NC) return 4;
  const h = outputHints(kind, hints);
  return (kind == KIND_WB ? 4 : 0) | (h & 1 ? 0 : 8) | (h >> 1);
}

/** The attributes a transaction leaves with: its own (overrides applied, as Request.ATTRS) and what the stages said (AttributeWord). */
export function finalAttributes(input: u32, stages: u32): u32 {
  let a = fromInput(input);
  if (stages & AttributeWord.S1) a = stage1(a, AttributeWord.mair(stages), AttributeWord.stage1Sh(stages));
  if (stages & AttributeWord.S2)
    a = stage2(
      a,
      AttributeWord.memAttr(stages),
      AttributeWord.stage2Sh(stages),
      (stages & AttributeWord.FWB) != 0,
    );
  if (a & DEVICE) return (((a >> 12) & 3) << 2) | (SH_OSH << 8);
  const ok = outerKind(a);
  const ik = innerKind(a);
  const hints = ok != KIND_NC ? outputHints(ok, outerHints(a)) : outputHints(ik, innerHints(a));
  const type = (outputNibble(ok, outerHints(a)) << 4) | outputNibble(ik, innerHints(a));
  return type | ((consistent(a) & 3) << 8) | (hints << 10);
}

/** Attributes of a transaction that says nothing: Normal write-back, read and write allocate, Non-shareable (§13.1.3). */
export const DEFAULT_ATTRIBUTES: u32 = Mair.NORMAL_WB | (RA_WA << 10);
