import * as Cd from '../../assembly/arch/cd.js';
import { addressSizeBits, granuleLog2, granuleLog2Tg1 } from '../../assembly/arch/geometry.js';
import * as Idr0 from '../../assembly/arch/idr0.js';
import * as Ste from '../../assembly/arch/ste.js';
import { addressOf, hex, numberOf, valueOf } from '../base/fields.js';
import { endianProblem, features, type IdRegisters } from './lint-ste.js';

interface Half {
  readonly n: 0 | 1;
  readonly epd: number;
  readonly tsz: number;
  readonly tg: number;
  readonly ttb: number;
}
const HALVES: readonly Half[] = [
  { n: 0, epd: Cd.EPD0, tsz: Cd.T0SZ, tg: Cd.TG0, ttb: Cd.TTB0 },
  { n: 1, epd: Cd.EPD1, tsz: Cd.T1SZ, tg: Cd.TG1, ttb: Cd.TTB1 },
];

function lintHalf(w: readonly bigint[], half: Half, f: ReturnType<typeof features>): string[] {
  const problems: string[] = [];
  const code = numberOf(w, half.tg);
  const g = half.n === 0 ? granuleLog2(code) : granuleLog2Tg1(code);
  if (g === 0 || !f.granule(g))
    problems.push(`TG${half.n} = ${code} is reserved or a granule that IDR5 does not have`);
  const ds = f.ds && numberOf(w, Cd.DS) === 1;
  const least = f.vax >= 1 && (g === 16 || ds) ? 12 : 16;
  const most = f.stt ? (g === 16 ? 47 : 48) : 39;
  const size = numberOf(w, half.tsz);
  if (size < least || size > most) problems.push(`T${half.n}SZ = ${size} is outside ${least}..${most}`);
  const bits = Math.min(addressSizeBits(numberOf(w, Cd.IPS)), f.oas, g === 16 || ds ? 56 : 48);
  const base = addressOf(w, half.ttb);
  if (base >> BigInt(bits) !== 0n) problems.push(`TTB${half.n} = ${hex(base)} needs more than ${bits} bits`);
  return problems;
}

/** Why a CD is invalid or ILLEGAL under its STE (IHI 0070 §5.4.1), one sentence a rule; empty when it is usable. */
export function lintCd(w: readonly bigint[], ste: readonly bigint[], registers: IdRegisters): string[] {
  if (numberOf(w, Cd.V) === 0) return ['V = 0'];
  const f = features(registers);
  const problems: (string | undefined)[] = [];
  const stalls = numberOf(w, Cd.S);
  const nested = (numberOf(ste, Ste.Config) & 6) === 6;
  // EL2 without E2H: one half, no ASID.
  const el2 = f.hyp && !f.e2h && !nested && numberOf(ste, Ste.STRW) === Ste.STRW_EL2;
  const aa64 = numberOf(w, Cd.AA64) === 1;
  if (numberOf(ste, Ste.S1STALLD) === 1 && stalls === 1) problems.push('S = 1, but STE.S1STALLD = 1');
  if (f.termModel === 1 && numberOf(w, Cd.A) === 0) problems.push('A = 0, but IDR0.TERM_MODEL = 1');
  if (f.stallModel === Idr0.STALL_MODEL_TERMINATE_ONLY && stalls === 1)
    problems.push('S = 1, but IDR0.STALL_MODEL = 1');
  if (f.stallModel === Idr0.STALL_MODEL_FORCED && stalls === 0)
    problems.push('S = 0, but IDR0.STALL_MODEL = 2');
  if (!aa64 && !f.aarch32) problems.push('AA64 = 0, but IDR0.TTF has no VMSAv8-32');
  if (aa64 && !f.aarch64) problems.push('AA64 = 1, but IDR0.TTF has no VMSAv8-64');
  if (aa64 && nested && numberOf(ste, Ste.S2AA64) === 0) problems.push('AA64 = 1 over a VMSAv8-32 stage 2');
  const updates = numberOf(w, Cd.HA) === 1 || numberOf(w, Cd.HD) === 1;
  if (aa64 && updates && f.httu === Idr0.HTTU_NONE) problems.push('HA or HD = 1, but IDR0.HTTU = 0');
  if (aa64 && numberOf(w, Cd.HD) === 1 && f.httu === Idr0.HTTU_ACCESS)
    problems.push('HD = 1, but IDR0.HTTU = 1');
  const tables = f.httu === Idr0.HTTU_ACCESS_DIRTY_TABLE && numberOf(w, Cd.HAFT) === 1;
  if (aa64 && tables && numberOf(w, Cd.HA) === 0) problems.push('HAFT = 1 without HA');
  const asid = valueOf(w, Cd.ASID);
  if (!el2 && !f.asid16 && asid > 0xffn)
    problems.push(`ASID = ${hex(asid)} needs 16 bits, but IDR0.ASID16 = 0`);
  // With EL2, TTB1 counts as disabled and EPD0 as 0.
  const used = HALVES.filter((half) => (el2 ? half.n === 0 : numberOf(w, half.epd) === 0));
  if (used.length > 0) problems.push(endianProblem('ENDI', numberOf(w, Cd.ENDI) === 1, f));
  if (aa64) for (const half of used) problems.push(...lintHalf(w, half, f));
  return problems.filter((text) => text !== undefined);
}
