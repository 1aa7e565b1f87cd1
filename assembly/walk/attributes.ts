// Memory type, shareability and allocation hints through the stages (IHI 0070 §13.1; DDI 0487 D8.6). An attribute set in
// flight is one word: device [14], device type [13:12], outer kind [11:10], inner kind [9:8], outer hints [7:5], inner hints
// [4:2], shareability [1:0]. Kinds order by strength, so that combining is a minimum.
import * as Request from '../abi/request';
import * as Mair from '../arch/mair';
import * as MemAttr from '../arch/mem-attr';
import * as Shareability from '../arch/shareability';
import { bits32, in32 } from '../memory/bits';
import * as AttributeWord from '../request/attribute-word';

const KIND_NC: u32 = 0;
const KIND_WT: u32 = 1;
const KIND_WB: u32 = 2;
// Hints of a level, as Request.ATTRS_HINTS has them
const RA_WA: u32 = 6;
const TRANSIENT: u32 = 1;
const DEVICE: u32 = 1 << 14;

@inline
function deviceType(a: u32): u32 {
  return (a >> 12) & 3;
}
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
function withHints(a: u32, both: u32): u32 {
  return (a & ~0xfc) | (both << 5) | (both << 2);
}
@inline
function shOf(a: u32): u32 {
  return a & 3;
}
@inline
function withSh(a: u32, sh: u32): u32 {
  return (a & ~3) | sh;
}

@inline
function device(type: u32): u32 {
  return DEVICE | (type << 12) | Shareability.OUTER_SHAREABLE;
}

@inline
function normal(ok: u32, ik: u32, oh: u32, ih: u32, sh: u32): u32 {
  return (ok << 10) | (ik << 8) | (oh << 5) | (ih << 2) | sh;
}

@inline
function cacheable(a: u32): bool {
  return !(a & DEVICE) && (outerKind(a) | innerKind(a)) != 0;
}

/** The reserved shareability 1 counts as Non-shareable. */
@inline
function shareability(code: u32): u32 {
  return code == 1 ? Shareability.NON_SHAREABLE : code;
}

/** Device and Normal iNC-oNC are Outer Shareable (§13.1.7). */
@inline
function consistent(a: u32): u32 {
  return cacheable(a) ? a : withSh(a, Shareability.OUTER_SHAREABLE);
}

// Kind and hints of a level of a MAIR byte. Zero is write-through transient (§5.4 MAIR1).
function mairKind(n: u32): u32 {
  if (n == Mair.NC) return KIND_NC;
  return n & Mair.WB ? KIND_WB : KIND_WT;
}

function mairHints(n: u32): u32 {
  if (n == Mair.NC) return 0;
  if (n == 0) return RA_WA | TRANSIENT;
  return ((n & Mair.RW) << 1) | (n & Mair.NON_TRANSIENT ? 0 : TRANSIENT);
}

function fromMair(attr: u32, sh: u32): u32 {
  const o = bits32(attr, Mair.Outer);
  const i = bits32(attr, Mair.Inner);
  if (!o) return device(bits32(attr, Mair.DeviceType));
  return consistent(normal(mairKind(o), mairKind(i), mairHints(o), mairHints(i), shareability(sh)));
}

/** True when MemAttr (without FWB) is Device: [3:2] zero, or one of the reserved codes. */
@inline
export function memAttrIsDevice(code: u32): bool {
  return !bits32(code, MemAttr.Outer) || !bits32(code, MemAttr.Inner);
}

@inline
function memAttrDeviceType(code: u32): u32 {
  return bits32(code, MemAttr.Outer) ? MemAttr.DEVICE_nGnRnE : bits32(code, MemAttr.Inner);
}

/** STE.MemAttr or GBPA.MemAttr as a MAIR byte without hints; reserved codes are Device-nGnRnE. */
export function memAttrToMair(code: u32): u32 {
  if (memAttrIsDevice(code)) return in32(Mair.DeviceType, memAttrDeviceType(code));
  return (
    in32(Mair.Outer, withoutHints(bits32(code, MemAttr.Outer))) |
    in32(Mair.Inner, withoutHints(bits32(code, MemAttr.Inner)))
  );
}

function withoutHints(kind: u32): u32 {
  if (kind == MemAttr.NC) return Mair.NC;
  return kind == MemAttr.WT ? Mair.NON_TRANSIENT : Mair.NON_TRANSIENT | Mair.WB;
}

/** True for a MAIR-style byte that is cacheable at some level. */
export function typeIsCacheable(attr: u32): bool {
  return cacheable(fromMair(attr, 0));
}

@inline
function bothHints(a: u32, b: u32): u32 {
  return (a & b & RA_WA) | ((a | b) & TRANSIENT);
}

// What comes in: type and shareability, one set of hints for both levels.
function fromInput(attrs: u32): u32 {
  const a = fromMair(bits32(attrs, Request.ATTRS_TYPE), bits32(attrs, Request.ATTRS_SH));
  if (a & DEVICE) return a;
  return withHints(a, cacheable(a) ? bits32(attrs, Request.ATTRS_HINTS) : RA_WA);
}

// Stage 1 replaces type and shareability; hints of a cacheable input are combined with its own (§13.4.2).
function stage1(a: u32, mair: u32, sh: u32): u32 {
  const s1 = fromMair(mair, sh);
  if (a & DEVICE || s1 & DEVICE) return s1;
  const oh = outerKind(a) ? bothHints(outerHints(a), outerHints(s1)) : outerHints(s1);
  const ih = innerKind(a) ? bothHints(innerHints(a), innerHints(s1)) : innerHints(s1);
  return normal(outerKind(s1), innerKind(s1), oh, ih, shOf(s1));
}

@inline
function strongerShareability(a: u32, b: u32): u32 {
  if (a == Shareability.OUTER_SHAREABLE || b == Shareability.OUTER_SHAREABLE)
    return Shareability.OUTER_SHAREABLE;
  return a == Shareability.INNER_SHAREABLE || b == Shareability.INNER_SHAREABLE
    ? Shareability.INNER_SHAREABLE
    : Shareability.NON_SHAREABLE;
}

function stage2(a: u32, memAttr: u32, sh: u32, fwb: bool): u32 {
  const to = strongerShareability(shOf(a), shareability(sh));
  const t = fwb ? forced(a, memAttr) : combined(a, memAttr);
  return consistent(withSh(t, to));
}

// Device beats Normal, the stronger Device wins; each level takes the weaker cacheability (§13.1.5; DDI 0487 D8.6.5).
function combined(a: u32, memAttr: u32): u32 {
  if (memAttrIsDevice(memAttr)) {
    const type = memAttrDeviceType(memAttr);
    return device(a & DEVICE ? min(type, deviceType(a)) : type);
  }
  if (a & DEVICE) return a;
  return normal(
    min(outerKind(a), bits32(memAttr, MemAttr.Outer) - MemAttr.NC),
    min(innerKind(a), bits32(memAttr, MemAttr.Inner) - MemAttr.NC),
    outerHints(a),
    innerHints(a),
    0,
  );
}

// The code counts without its top bit.
@inline
function isFwb(memAttr: u32, code: u32): bool {
  return bits32(memAttr, MemAttr.Inner) == bits32(code, MemAttr.Inner);
}

// STE.S2FWB (DDI 0487 D8.6.6): 0xx Device, 100 and 101 Normal NC, 110 Normal WB, 111 stage 1's type.
function forced(a: u32, memAttr: u32): u32 {
  if (!bits32(memAttr, MemAttr.FWB_Normal)) {
    const type = bits32(memAttr, MemAttr.Inner);
    return device(a & DEVICE ? min(type, deviceType(a)) : type);
  }
  if (isFwb(memAttr, MemAttr.FWB_S1)) return a;
  if (isFwb(memAttr, MemAttr.FWB_WB)) {
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
  if (kind == KIND_NC) return Mair.NC;
  const h = outputHints(kind, hints);
  return (kind == KIND_WB ? Mair.WB : 0) | (h & TRANSIENT ? 0 : Mair.NON_TRANSIENT) | (h >> 1);
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
  if (a & DEVICE)
    return in32(Mair.DeviceType, deviceType(a)) | in32(Request.ATTRS_SH, Shareability.OUTER_SHAREABLE);
  const ok = outerKind(a);
  const ik = innerKind(a);
  const hints = ok != KIND_NC ? outputHints(ok, outerHints(a)) : outputHints(ik, innerHints(a));
  const type =
    in32(Mair.Outer, outputNibble(ok, outerHints(a))) | in32(Mair.Inner, outputNibble(ik, innerHints(a)));
  return type | in32(Request.ATTRS_SH, shOf(consistent(a))) | in32(Request.ATTRS_HINTS, hints);
}

/** Attributes of a transaction that says nothing: Normal write-back, read and write allocate, Non-shareable (§13.1.3). */
export const DEFAULT_ATTRIBUTES: u32 = Mair.NORMAL_WB | (RA_WA << 10);
