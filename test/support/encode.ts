// Structures and commands of the SMMU, encoded from the specification's bit positions alone. The tests must not share
// these numbers with the model: a wrong position in assembly/arch has to show as a failing test.

/** [64-bit word, lowest bit, width]; a value is placed at the lowest bit, or kept in place for an address field. */
type Field = readonly [word: number, lsb: number, width: number, inPlace?: 'address'];
type Layout = Readonly<Record<string, Field>>;
export type Fields<L extends Layout> = { [K in keyof L]?: number | bigint };

const mask = (width: number): bigint => (1n << BigInt(width)) - 1n;

export function encode<L extends Layout>(layout: L, words: number, fields: Fields<L>): bigint[] {
  const out = new Array<bigint>(words).fill(0n);
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const field = layout[name];
    if (!field) throw new Error(`no field ${name}`);
    const [word, lsb, width, inPlace] = field;
    const at = BigInt(lsb);
    const bits = inPlace ? (BigInt(value) >> at) & mask(width) : BigInt(value);
    if (bits < 0n || bits > mask(width)) throw new Error(`${name} = ${value} does not fit ${width} bits`);
    out[word] = (out[word] & ~(mask(width) << at)) | (bits << at);
  }
  return out;
}

// IHI 0070 §5.2
export const STE_LAYOUT = {
  V: [0, 0, 1],
  Config: [0, 1, 3],
  S1Fmt: [0, 4, 2],
  S1ContextPtr: [0, 6, 50, 'address'],
  S1CDMax: [0, 59, 5],
  S1DSS: [1, 0, 2],
  S1CIR: [1, 2, 2],
  S1COR: [1, 4, 2],
  S1CSH: [1, 6, 2],
  CONT: [1, 13, 4],
  MEV: [1, 19, 1],
  S2FWB: [1, 25, 1],
  S1STALLD: [1, 27, 1],
  EATS: [1, 28, 2],
  STRW: [1, 30, 2],
  MemAttr: [1, 32, 4],
  MTCFG: [1, 36, 1],
  ALLOCCFG: [1, 37, 4],
  SHCFG: [1, 44, 2],
  NSCFG: [1, 46, 2],
  PRIVCFG: [1, 48, 2],
  INSTCFG: [1, 50, 2],
  S2VMID: [2, 0, 16],
  S2T0SZ: [2, 32, 6],
  S2SL0: [2, 38, 2],
  S2IR0: [2, 40, 2],
  S2OR0: [2, 42, 2],
  S2SH0: [2, 44, 2],
  S2TG: [2, 46, 2],
  S2PS: [2, 48, 3],
  S2AA64: [2, 51, 1],
  S2ENDI: [2, 52, 1],
  S2AFFD: [2, 53, 1],
  S2PTW: [2, 54, 1],
  S2HD: [2, 55, 1],
  S2HA: [2, 56, 1],
  S2S: [2, 57, 1],
  S2R: [2, 58, 1],
  S2HAFT: [2, 59, 1],
  S2SL0_2: [3, 2, 1],
  S2DS: [3, 3, 1],
  S2TTB: [3, 4, 48, 'address'],
} as const satisfies Layout;
export type SteFields = Fields<typeof STE_LAYOUT>;
export const ste = (fields: SteFields): bigint[] => encode(STE_LAYOUT, 8, fields);

// IHI 0070 §5.4
export const CD_LAYOUT = {
  T0SZ: [0, 0, 6],
  TG0: [0, 6, 2],
  IR0: [0, 8, 2],
  OR0: [0, 10, 2],
  SH0: [0, 12, 2],
  EPD0: [0, 14, 1],
  ENDI: [0, 15, 1],
  T1SZ: [0, 16, 6],
  TG1: [0, 22, 2],
  IR1: [0, 24, 2],
  OR1: [0, 26, 2],
  SH1: [0, 28, 2],
  EPD1: [0, 30, 1],
  V: [0, 31, 1],
  IPS: [0, 32, 3],
  AFFD: [0, 35, 1],
  WXN: [0, 36, 1],
  UWXN: [0, 37, 1],
  TBI0: [0, 38, 1],
  TBI1: [0, 39, 1],
  PAN: [0, 40, 1],
  AA64: [0, 41, 1],
  HD: [0, 42, 1],
  HA: [0, 43, 1],
  S: [0, 44, 1],
  R: [0, 45, 1],
  A: [0, 46, 1],
  ASET: [0, 47, 1],
  ASID: [0, 48, 16],
  HAD0: [1, 1, 1],
  E0PD0: [1, 2, 1],
  HAFT: [1, 3, 1],
  TTB0: [1, 4, 48, 'address'],
  EPAN: [1, 59, 1],
  HAD1: [2, 1, 1],
  E0PD1: [2, 2, 1],
  TTB1: [2, 4, 48, 'address'],
  DS: [2, 58, 1],
  MAIR: [3, 0, 64],
} as const satisfies Layout;
export type CdFields = Fields<typeof CD_LAYOUT>;
export const cd = (fields: CdFields): bigint[] => encode(CD_LAYOUT, 8, fields);

/** Level 1 Stream table descriptor, IHI 0070 §5.1. */
export const l1std = (l2Ptr: bigint, span: number): bigint => (l2Ptr & 0x00ff_ffff_ffff_ffc0n) | BigInt(span);
/** Level 1 Context Descriptor, IHI 0070 §5.3. */
export const l1cd = (l2Ptr: bigint, v = 1): bigint => (l2Ptr & 0x00ff_ffff_ffff_f000n) | BigInt(v);

/** Granule encodings differ by place: CD.TG0 and STE.S2TG, CD.TG1, and the TLBI commands' TG. */
export type Granule = 12 | 14 | 16;
export const TG0: Readonly<Record<Granule, number>> = { 12: 0, 16: 1, 14: 2 };
export const TG1: Readonly<Record<Granule, number>> = { 14: 1, 12: 2, 16: 3 };
export const TG_COMMAND: Readonly<Record<Granule, number>> = { 12: 1, 14: 2, 16: 3 };

// VMSAv8-64 leaf attributes, Arm DDI 0487 D8.3
export interface S1Leaf {
  af?: number;
  sh?: number;
  ap?: number; // AP[2:1]
  attrIndx?: number;
  nG?: number;
  pxn?: number;
  uxn?: number;
  dbm?: number;
  contiguous?: number;
}
export function s1Leaf(a: S1Leaf = {}): bigint {
  const { af = 1, sh = 3, ap = 1, attrIndx = 0, nG = 1, pxn = 0, uxn = 0, dbm = 0, contiguous = 0 } = a;
  return (
    (BigInt(uxn) << 54n) |
    (BigInt(pxn) << 53n) |
    (BigInt(contiguous) << 52n) |
    (BigInt(dbm) << 51n) |
    (BigInt(nG) << 11n) |
    (BigInt(af) << 10n) |
    (BigInt(sh) << 8n) |
    (BigInt(ap) << 6n) |
    (BigInt(attrIndx) << 2n)
  );
}
export interface S2Leaf {
  af?: number;
  sh?: number;
  s2ap?: number;
  memAttr?: number;
  xn?: number; // XN[1:0]
  dbm?: number;
  contiguous?: number;
}
export function s2Leaf(a: S2Leaf = {}): bigint {
  const { af = 1, sh = 3, s2ap = 3, memAttr = 0xf, xn = 0, dbm = 0, contiguous = 0 } = a;
  return (
    (BigInt(xn) << 53n) |
    (BigInt(contiguous) << 52n) |
    (BigInt(dbm) << 51n) |
    (BigInt(af) << 10n) |
    (BigInt(sh) << 8n) |
    (BigInt(s2ap) << 6n) |
    (BigInt(memAttr) << 2n)
  );
}

/** A command: two 64-bit words. */
export type Command = readonly [bigint, bigint];
const sidWord = (op: number, sid: number): bigint => BigInt(op) | (BigInt(sid) << 32n);
interface Range {
  num?: number;
  scale?: number;
  tg?: number;
  ttl?: number;
  leaf?: number;
}
const range0 = (r: Range): bigint => (BigInt(r.num ?? 0) << 12n) | (BigInt(r.scale ?? 0) << 20n);
const range1 = (r: Range, address: bigint): bigint =>
  (address & ~0xfffn) | BigInt(r.leaf ?? 0) | (BigInt(r.ttl ?? 0) << 8n) | (BigInt(r.tg ?? 0) << 10n);
const tag = (vmid: number, asid = 0): bigint => (BigInt(vmid) << 32n) | (BigInt(asid) << 48n);

// IHI 0070 chapter 4
export const cmd = {
  raw: (op: number, dw0 = 0n, dw1 = 0n): Command => [BigInt(op) | dw0, dw1],
  prefetchConfig: (sid: number, ssid?: number): Command => [
    sidWord(1, sid) | (ssid === undefined ? 0n : (1n << 11n) | (BigInt(ssid) << 12n)),
    0n,
  ],
  prefetchAddr: (sid: number, address: bigint, size = 0, stride = 0): Command => [
    sidWord(2, sid),
    (address & ~0xfffn) | BigInt((stride << 5) | size),
  ],
  cfgiSte: (sid: number, leaf = 1): Command => [sidWord(3, sid), BigInt(leaf)],
  cfgiSteRange: (sid: number, range: number): Command => [sidWord(4, sid), BigInt(range)],
  cfgiAll: (): Command => [4n, 31n],
  cfgiCd: (sid: number, ssid: number, leaf = 1): Command => [
    sidWord(5, sid) | (BigInt(ssid) << 12n),
    BigInt(leaf),
  ],
  cfgiCdAll: (sid: number): Command => [sidWord(6, sid), 0n],
  nhAll: (vmid = 0): Command => [0x10n | tag(vmid), 0n],
  nhAsid: (vmid: number, asid: number): Command => [0x11n | tag(vmid, asid), 0n],
  nhVa: (vmid: number, asid: number, va: bigint, r: Range = {}): Command => [
    0x12n | tag(vmid, asid) | range0(r),
    range1(r, va),
  ],
  nhVaa: (vmid: number, va: bigint, r: Range = {}): Command => [0x13n | tag(vmid) | range0(r), range1(r, va)],
  el2All: (): Command => [0x20n, 0n],
  el2Asid: (asid: number): Command => [0x21n | tag(0, asid), 0n],
  el2Va: (asid: number, va: bigint, r: Range = {}): Command => [
    0x22n | tag(0, asid) | range0(r),
    range1(r, va),
  ],
  el2Vaa: (va: bigint, r: Range = {}): Command => [0x23n | range0(r), range1(r, va)],
  s12Vmall: (vmid: number): Command => [0x28n | tag(vmid), 0n],
  s2Ipa: (vmid: number, ipa: bigint, r: Range = {}): Command => [
    0x2an | tag(vmid) | range0(r),
    range1(r, ipa),
  ],
  nsnhAll: (): Command => [0x30n, 0n],
  resume: (sid: number, stag: number, action: 'retry' | 'abort' | 'terminate'): Command => [
    sidWord(0x44, sid) | (action === 'retry' ? 1n << 12n : action === 'abort' ? 1n << 13n : 0n),
    BigInt(stag),
  ],
  stallTerm: (sid: number): Command => [sidWord(0x45, sid), 0n],
  sync: (cs = 0, msiData = 0, msiAddress = 0n): Command => [
    0x46n | (BigInt(cs) << 12n) | (BigInt(msiData) << 32n),
    msiAddress,
  ],
};
