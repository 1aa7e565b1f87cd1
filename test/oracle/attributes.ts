import type { OracleAttrs } from './types.js';

export const NON_CACHEABLE = 0;
export const WRITE_THROUGH = 1;
export const WRITE_BACK = 2;

/** One cache level of a Normal type: cacheability and hints (RA<<2 | WA<<1 | TR). */
export interface Level {
  kind: number;
  hints: number;
}

/** Memory type and shareability as they pass through the stages (§13.1.1). */
export interface Attributes {
  /** Device type 0 nGnRnE … 3 GRE, or undefined for Normal. */
  device?: number | undefined;
  outer: Level;
  inner: Level;
  sh: number;
}

const NSH = 0;
const OSH = 2;
const ISH = 3;
const RA_WA = 0b110;

const NO_LEVEL: Level = { kind: NON_CACHEABLE, hints: 0 };

export function deviceType(device: number, sh = OSH): Attributes {
  return { device, outer: NO_LEVEL, inner: NO_LEVEL, sh };
}

/** SH encodings; the reserved 0b01 is taken as Non-shareable. */
export function decodeSh(code: number): number {
  return code === 1 ? NSH : code;
}

/** One nibble of a MAIR byte with non-zero type: hints are R<<1 | W in the low bits. */
function mairLevel(nibble: number): Level {
  if (nibble === 0b0100) return { kind: NON_CACHEABLE, hints: 0 };
  // An inner nibble of zero is Write-Through transient with R = W = 1 (§5.4 MAIR1).
  if (nibble === 0) return { kind: WRITE_THROUGH, hints: 0b111 };
  const transient = nibble < 0b1000 ? 1 : 0;
  const kind = nibble & 0b0100 ? WRITE_BACK : WRITE_THROUGH;
  return { kind, hints: ((nibble & 3) << 1) | transient };
}

/** A MAIR attribute byte; SMMU_IDR3.MTEPERM = 0, so 0xF0 is no Tagged type (§5.4). */
export function fromMair(attr: number, sh: number): Attributes {
  if (attr >>> 4 === 0) return deviceType((attr >>> 2) & 3);
  return consistentSh({ outer: mairLevel(attr >>> 4), inner: mairLevel(attr & 15), sh: decodeSh(sh) });
}

/** Device and iNC-oNC are Outer Shareable (§13.1.7). */
function consistentSh(a: Attributes): Attributes {
  const uncached = a.device !== undefined || !isCacheable(a);
  return uncached ? { device: a.device, outer: a.outer, inner: a.inner, sh: OSH } : a;
}

function isCacheable(a: Attributes): boolean {
  return a.device === undefined && (a.outer.kind !== NON_CACHEABLE || a.inner.kind !== NON_CACHEABLE);
}

/** The stage 2 MemAttr encoding without FWB; the reserved codes are Device-nGnRnE (§5.2 MemAttr). */
export function fromMemAttr(code: number, sh: number, hints: number): Attributes {
  if (code >>> 2 === 0) return deviceType(code & 3);
  if ((code & 3) === 0) return deviceType(0);
  return { outer: { kind: (code >>> 2) - 1, hints }, inner: { kind: (code & 3) - 1, hints }, sh };
}

/** Override fields as GBPA and the STE spell them (§13.1.4). */
export interface Overrides {
  mtCfg: boolean;
  memAttr: number;
  allocCfg: number;
  shCfg: number;
}

export function incoming(a: OracleAttrs, overrides: Overrides | undefined): Attributes {
  const typed = fromMair(a.memType & 0xff, a.sh & 3);
  // With no cacheable level there are no incoming hints: the defaults of §13.1.3 stand in.
  let hints = isCacheable(typed) ? a.alloc & 7 : RA_WA;
  let type = typed;
  let sh = decodeSh(a.sh & 3);
  if (overrides !== undefined) {
    if (overrides.mtCfg) type = fromMemAttr(overrides.memAttr, sh, 0);
    if (overrides.allocCfg & 8) hints = overrides.allocCfg & 7;
    if (overrides.shCfg !== 1) sh = overrides.shCfg;
  }
  const outer = { kind: type.outer.kind, hints };
  const inner = { kind: type.inner.kind, hints };
  return consistentSh({ device: type.device, outer, inner, sh });
}

function combineHints(a: number, b: number): number {
  return (a & b & RA_WA) | ((a | b) & 1);
}

/** Stage 1 replaces type and shareability; only hints of a cacheable input survive, combined (§13.4.2). */
export function applyStage1(input: Attributes, mair: number, sh: number): Attributes {
  const s1 = fromMair(mair, sh);
  const level = (from: Level, to: Level): Level =>
    input.device === undefined && from.kind !== NON_CACHEABLE
      ? { kind: to.kind, hints: combineHints(from.hints, to.hints) }
      : to;
  return { ...s1, outer: level(input.outer, s1.outer), inner: level(input.inner, s1.inner) };
}

function strongerSh(a: number, b: number): number {
  if (a === OSH || b === OSH) return OSH;
  return a === ISH || b === ISH ? ISH : NSH;
}

/** Stage 2 combine, or override with FWB (§13.1.5, §13.1.6; DDI 0487 J1 S2ApplyFWBMemAttrs). */
export function applyStage2(input: Attributes, memAttr: number, shCode: number, fwb: boolean): Attributes {
  const sh = strongerSh(input.sh, decodeSh(shCode));
  const combined = fwb ? forceWriteBack(input, memAttr) : combineTypes(input, memAttr);
  return consistentSh({ ...combined, sh });
}

function combineTypes(input: Attributes, memAttr: number): Attributes {
  const s2 = fromMemAttr(memAttr, NSH, 0);
  if (input.device !== undefined && s2.device !== undefined)
    return deviceType(Math.min(input.device, s2.device));
  if (input.device !== undefined) return input;
  if (s2.device !== undefined) return s2;
  const level = (a: Level, b: Level): Level => ({ kind: Math.min(a.kind, b.kind), hints: a.hints });
  return { outer: level(input.outer, s2.outer), inner: level(input.inner, s2.inner), sh: input.sh };
}

function forceWriteBack(input: Attributes, memAttr: number): Attributes {
  if ((memAttr & 4) === 0) {
    const device = memAttr & 3;
    return deviceType(input.device === undefined ? device : Math.min(device, input.device));
  }
  if ((memAttr & 3) === 3) return input;
  if ((memAttr & 3) === 2) {
    const level = (from: Level): Level => ({
      kind: WRITE_BACK,
      hints: input.device === undefined && from.kind !== NON_CACHEABLE ? from.hints : RA_WA,
    });
    return { outer: level(input.outer), inner: level(input.inner), sh: input.sh };
  }
  if (input.device !== undefined) return input;
  return { outer: NO_LEVEL, inner: NO_LEVEL, sh: input.sh };
}

/** Whether a stage 2 leaf makes a walk's access a Device access, for S2PTW. */
export function stage2IsDevice(memAttr: number, fwb: boolean): boolean {
  return fwb ? (memAttr & 4) === 0 : memAttr >>> 2 === 0 || (memAttr & 3) === 0;
}

/** A level as it leaves the SMMU: no hints without cacheability, no transience without allocation (§13.1.7). */
function outputHints(level: Level): number {
  if (level.kind === NON_CACHEABLE || (level.hints & RA_WA) === 0) return 0;
  return level.hints;
}

function nibble(level: Level): number {
  if (level.kind === NON_CACHEABLE) return 0b0100;
  const hints = outputHints(level);
  const type = level.kind === WRITE_BACK ? 0b0100 : 0;
  return type | (hints & 1 ? 0 : 0b1000) | (hints >>> 1);
}

export function toOutput(a: Attributes): OracleAttrs {
  if (a.device !== undefined) return { memType: a.device << 2, sh: OSH, alloc: 0 };
  const alloc = outputHints(a.outer.kind !== NON_CACHEABLE ? a.outer : a.inner);
  return { memType: (nibble(a.outer) << 4) | nibble(a.inner), sh: consistentSh(a).sh, alloc };
}
