import { addressSizeBits, granuleLog2, stage2StartLevel, stride } from '../../assembly/arch/geometry.js';
import * as Idr0 from '../../assembly/arch/idr0.js';
import * as Idr1 from '../../assembly/arch/idr1.js';
import * as Idr3 from '../../assembly/arch/idr3.js';
import * as Idr5 from '../../assembly/arch/idr5.js';
import * as Ste from '../../assembly/arch/ste.js';
import { addressOf, hex, numberOf, valueOf } from '../base/fields.js';

/** Registers by lower-case name: idr0, idr1, idr3, idr5, and cr2 (for E2H; 0 when it is left out). */
export type IdRegisters = Readonly<Record<string, number>>;

function id(registers: IdRegisters, name: string, at: number): number {
  return numberOf([BigInt((registers[name] ?? 0) >>> 0)], at);
}

/** Feature values that the legality of STEs and CDs depends on. */
export function features(registers: IdRegisters) {
  const oas = addressSizeBits(id(registers, 'idr5', Idr5.OAS));
  const ttf = id(registers, 'idr0', Idr0.TTF);
  return {
    s1p: id(registers, 'idr0', Idr0.S1P) === 1,
    s2p: id(registers, 'idr0', Idr0.S2P) === 1,
    hyp: id(registers, 'idr0', Idr0.Hyp) === 1,
    cd2l: id(registers, 'idr0', Idr0.CD2L) === 1,
    ats: id(registers, 'idr0', Idr0.ATS) === 1,
    ns1ats: id(registers, 'idr0', Idr0.NS1ATS) === 1,
    vmid16: id(registers, 'idr0', Idr0.VMID16) === 1,
    asid16: id(registers, 'idr0', Idr0.ASID16) === 1,
    httu: id(registers, 'idr0', Idr0.HTTU),
    stallModel: id(registers, 'idr0', Idr0.STALL_MODEL),
    termModel: id(registers, 'idr0', Idr0.TERM_MODEL),
    ttEndian: id(registers, 'idr0', Idr0.TTENDIAN),
    aarch32: (ttf & 1) !== 0,
    aarch64: (ttf & 2) !== 0,
    sidSize: id(registers, 'idr1', Idr1.SIDSIZE),
    e2h: ((registers['cr2'] ?? 0) & 1) === 1,
    ssidSize: id(registers, 'idr1', Idr1.SSIDSIZE),
    stt: id(registers, 'idr3', Idr3.STT) === 1,
    fwb: id(registers, 'idr3', Idr3.FWB) === 1,
    ds: id(registers, 'idr5', Idr5.DS) === 1,
    vax: id(registers, 'idr5', Idr5.VAX),
    oas,
    /** Intermediate address size (IHI 0070 §3.4). */
    ias: Math.max((ttf & 1) !== 0 ? 40 : 0, (ttf & 2) !== 0 ? oas : 0),
    granule(log2: number): boolean {
      if (log2 === 12) return id(registers, 'idr5', Idr5.GRAN4K) === 1;
      if (log2 === 14) return id(registers, 'idr5', Idr5.GRAN16K) === 1;
      return log2 === 16 && id(registers, 'idr5', Idr5.GRAN64K) === 1;
    },
  };
}

type Features = ReturnType<typeof features>;
type Rule = (words: readonly bigint[], f: Features) => string | undefined;

const stage1 = (words: readonly bigint[]): boolean => (numberOf(words, Ste.Config) & 5) === 5;
const stage2 = (words: readonly bigint[]): boolean => (numberOf(words, Ste.Config) & 6) === 6;

/** Whether tables of this endianness can be walked (IDR0.TTENDIAN). */
export function endianProblem(name: string, big: boolean, f: Features): string | undefined {
  if (big && f.ttEndian === Idr0.TTENDIAN_LITTLE)
    return `${name} = 1, but IDR0.TTENDIAN allows little-endian tables only`;
  if (!big && f.ttEndian === Idr0.TTENDIAN_BIG)
    return `${name} = 0, but IDR0.TTENDIAN allows big-endian tables only`;
  return undefined;
}

const STAGE1_RULES: readonly Rule[] = [
  (_, f) => (f.s1p ? undefined : 'Config enables stage 1, but IDR0.S1P = 0'),
  (w, f) =>
    numberOf(w, Ste.S1STALLD) === 1 && f.stallModel !== 0
      ? `S1STALLD = 1, but IDR0.STALL_MODEL = ${f.stallModel}`
      : undefined,
  (w, f) => {
    const max = numberOf(w, Ste.S1CDMax);
    return f.ssidSize !== 0 && max > f.ssidSize
      ? `S1CDMax = ${max} is above IDR1.SSIDSIZE = ${f.ssidSize}`
      : undefined;
  },
  (w, f) => {
    const format = numberOf(w, Ste.S1Fmt);
    const used = f.ssidSize !== 0 && numberOf(w, Ste.S1CDMax) !== 0 && (format === 1 || format === 2);
    return used && !f.cd2l ? `S1Fmt = ${format} asks for a 2-level CD table, but IDR0.CD2L = 0` : undefined;
  },
  (w, f) => {
    const bits = stage2(w) ? f.ias : f.oas;
    const pointer = addressOf(w, Ste.S1ContextPtr);
    return pointer >> BigInt(bits) !== 0n
      ? `S1ContextPtr = ${hex(pointer)} needs more than ${bits} bits`
      : undefined;
  },
  (w, f) => {
    const strw = numberOf(w, Ste.STRW);
    return f.hyp && !stage2(w) && (strw & 1) === 1
      ? `STRW = ${strw} is reserved in a Non-secure STE`
      : undefined;
  },
];

/** Stage 2 input size, granule and start level must fit each other (IHI 0070 §5.2, DDI 0487 D8.2). */
function walkConfiguration(w: readonly bigint[], f: Features): string | undefined {
  const g = granuleLog2(numberOf(w, Ste.S2TG));
  if (g === 0 || !f.granule(g))
    return `S2TG = ${numberOf(w, Ste.S2TG)} is reserved or a granule that IDR5 does not have`;
  const t0sz = numberOf(w, Ste.S2T0SZ);
  const ds = f.ds && g !== 16 && numberOf(w, Ste.S2DS) === 1;
  const least = Math.max(g === 16 || ds ? 12 : 16, 64 - f.ias);
  const most = f.stt ? (g === 16 ? 47 : 48) : 39;
  if (t0sz < least || t0sz > most) return `S2T0SZ = ${t0sz} is outside ${least}..${most}`;
  const code = numberOf(w, Ste.S2SL0) | (g === 12 && ds ? numberOf(w, Ste.S2SL0_2) << 2 : 0);
  const level = stage2StartLevel(g, code);
  const reserved = level === -2 || (level === 3 && g === 12 && !f.stt) || (level === 0 && g === 14 && !ds);
  if (reserved) return `S2SL0 = ${code} is reserved for this granule`;
  const minimum = (3 - level) * stride(g) + g + 1;
  const maximum = minimum + stride(g) - 1 + 4;
  const size = 64 - t0sz;
  return size < minimum || size > maximum
    ? `S2T0SZ = ${t0sz} (${size} bits) does not fit a start at level ${level}, which takes ${minimum} to ${maximum} bits`
    : undefined;
}

const STAGE2_RULES: readonly Rule[] = [
  (_, f) => (f.s2p ? undefined : 'Config enables stage 2, but IDR0.S2P = 0'),
  (w, f) => {
    const s = numberOf(w, Ste.S2S);
    if (s === 1 && f.stallModel === Idr0.STALL_MODEL_TERMINATE_ONLY)
      return 'S2S = 1, but IDR0.STALL_MODEL = 1 (terminate only)';
    return s === 0 && f.stallModel === Idr0.STALL_MODEL_FORCED
      ? 'S2S = 0, but IDR0.STALL_MODEL = 2 (stall forced)'
      : undefined;
  },
  (w, f) =>
    numberOf(w, Ste.S2AA64) === 1
      ? f.aarch64
        ? undefined
        : 'S2AA64 = 1, but IDR0.TTF has no VMSAv8-64'
      : f.aarch32
        ? undefined
        : 'S2AA64 = 0, but IDR0.TTF has no VMSAv8-32',
  (w, f) =>
    f.fwb && numberOf(w, Ste.S2FWB) === 1 && numberOf(w, Ste.S2AA64) === 0
      ? 'S2FWB = 1 with VMSAv8-32'
      : undefined,
  (w, f) => {
    const used = numberOf(w, Ste.S2HA) === 1 || numberOf(w, Ste.S2HD) === 1;
    if (used && f.httu === Idr0.HTTU_NONE) return 'S2HA or S2HD = 1, but IDR0.HTTU = 0';
    return numberOf(w, Ste.S2HD) === 1 && f.httu === Idr0.HTTU_ACCESS
      ? 'S2HD = 1, but IDR0.HTTU = 1'
      : undefined;
  },
  (w, f) =>
    f.httu === Idr0.HTTU_ACCESS_DIRTY_TABLE && numberOf(w, Ste.S2HAFT) === 1 && numberOf(w, Ste.S2HA) === 0
      ? 'S2HAFT = 1 without S2HA'
      : undefined,
  (w, f) => (numberOf(w, Ste.S2AA64) === 1 ? walkConfiguration(w, f) : undefined),
  (w, f) => {
    const g = granuleLog2(numberOf(w, Ste.S2TG));
    const wide = g === 16 || (f.ds && numberOf(w, Ste.S2DS) === 1);
    const bits = Math.min(addressSizeBits(numberOf(w, Ste.S2PS)), f.oas, wide ? 56 : 48);
    const base = addressOf(w, Ste.S2TTB);
    return base >> BigInt(bits) !== 0n ? `S2TTB = ${hex(base)} needs more than ${bits} bits` : undefined;
  },
  (w, f) => endianProblem('S2ENDI', numberOf(w, Ste.S2ENDI) === 1, f),
];

function ats(w: readonly bigint[], f: Features): string | undefined {
  if (!f.ats) return undefined;
  const eats = numberOf(w, Ste.EATS);
  const stalls = numberOf(w, Ste.S2S) === 1;
  if (eats === Ste.EATS_TRANS && stage2(w) && stalls) return 'EATS = 1 with S2S = 1';
  if (eats !== Ste.EATS_SPLIT) return undefined;
  if (!(stage1(w) && stage2(w))) return 'EATS = 2 (split-stage ATS) without both stages';
  if (stalls) return 'EATS = 2 with S2S = 1';
  return f.ns1ats ? 'EATS = 2, but IDR0.NS1ATS = 1' : undefined;
}

function vmid(w: readonly bigint[], f: Features): string | undefined {
  const value = valueOf(w, Ste.S2VMID);
  const ignored = !f.s2p || (f.hyp && !stage2(w) && numberOf(w, Ste.STRW) === Ste.STRW_EL2);
  return !ignored && !f.vmid16 && value > 0xffn
    ? `S2VMID = ${hex(value)} needs 16 bits, but IDR0.VMID16 = 0`
    : undefined;
}

/** Why an STE is invalid or ILLEGAL (IHI 0070 §5.2.2), one sentence a rule; empty when it is usable. */
export function lintSte(words: readonly bigint[], registers: IdRegisters): string[] {
  if (numberOf(words, Ste.V) === 0) return ['V = 0'];
  const config = numberOf(words, Ste.Config);
  if ((config & Ste.CONFIG_BIT_ENABLED) === 0 || config === Ste.CONFIG_BYPASS) return [];
  const rules: Rule[] = [
    ...(stage1(words) ? STAGE1_RULES : []),
    ...(stage2(words) ? STAGE2_RULES : []),
    ats,
    vmid,
  ];
  const f = features(registers);
  return rules.map((rule) => rule(words, f)).filter((text) => text !== undefined);
}
