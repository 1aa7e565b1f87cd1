/**
 * What the guest has asked for a stream: a function of its registers and of its Stream table, without effects (IHI 0070 §3.3.1, §5.1,
 * §5.2). Whatever is not right aborts, as it does on an SMMU.
 */
import * as Gbpa from '../../assembly/arch/gbpa.js';
import * as Idr0 from '../../assembly/arch/idr0.js';
import * as L1std from '../../assembly/arch/l1std.js';
import * as Ste from '../../assembly/arch/ste.js';
import * as Strtab from '../../assembly/arch/strtab.js';
import { maskOf, numberOf, valueOf } from '../base/fields.js';
import { VSTE_WORD0_ALLOWED, VSTE_WORD1_ALLOWED } from '../iommu/entry/ste.js';
import type { VirtualSte } from '../iommu/index.js';
import type { StreamPolicy } from './backend.js';
import type { GuestAccess } from './guest-access.js';
import type { VirtualId } from './identification.js';

/** The registers that decide. */
export interface PolicyRegisters {
  readonly smmuen: boolean;
  readonly gbpa: number;
  readonly strtabBase: bigint;
  readonly strtabBaseCfg: number;
}

/** How faults stall: as the guest's STE says, never, or the host's word does not matter. */
export type StallControl = 'guest' | 'never' | 'absent';

const ABORT: StreamPolicy = { kind: 'abort' };
const BYPASS: StreamPolicy = { kind: 'bypass' };
const ADDRESS = 0x00ff_ffff_ffff_ffc0n;
const WORDS = Ste.BYTES / 8;

/** The policy of a stream. */
export function streamPolicy(
  registers: PolicyRegisters,
  vsid: number,
  id: VirtualId,
  stalls: StallControl,
  memory: GuestAccess,
): StreamPolicy {
  if (!registers.smmuen) {
    return numberOf([BigInt(registers.gbpa)], Gbpa.ABORT) === 1 ? ABORT : BYPASS;
  }
  const ste = readSte(registers, vsid, id, memory);
  if (ste === undefined || numberOf(ste, Ste.V) === 0) return ABORT;
  const config = numberOf(ste, Ste.Config);
  if ((config & Ste.CONFIG_BIT_ENABLED) === 0) return ABORT;
  if (config === Ste.CONFIG_BYPASS) return BYPASS;
  if (steIllegal(ste, id)) return ABORT;
  return { kind: 'translate', ste: canonicalVste(ste, id, stalls) };
}

/** The STE as it stands in the guest's memory; undefined: none can be reached. */
export function readSte(
  { strtabBase, strtabBaseCfg }: Pick<PolicyRegisters, 'strtabBase' | 'strtabBaseCfg'>,
  vsid: number,
  { fields }: VirtualId,
  memory: GuestAccess,
): bigint[] | undefined {
  const cfg = [BigInt(strtabBaseCfg)];
  const size = numberOf(cfg, Strtab.BASE_CFG_LOG2SIZE);
  if (vsid >= 2 ** Math.min(size, fields.SIDSIZE)) return undefined;
  const table = strtabBase & ADDRESS;
  const twoLevel = numberOf(cfg, Strtab.BASE_CFG_FMT) === Strtab.FMT_2LVL && fields.ST_LEVEL === 1;
  // The base is aligned by the literal LOG2SIZE.
  if (!twoLevel) {
    return memory.words(alignDown(table, size + Ste.BYTES_LOG2) + BigInt(vsid) * BigInt(Ste.BYTES), WORDS);
  }
  const named = numberOf(cfg, Strtab.BASE_CFG_SPLIT);
  const split = named === 8 || named === 10 ? named : 6;
  const l1 = alignDown(table, Math.max(6, size - split + L1std.BYTES_LOG2));
  const index = Math.floor(vsid / 2 ** split);
  const descriptor = memory.words(l1 + BigInt(index * L1std.BYTES), 1);
  if (descriptor === undefined) return undefined;
  const span = numberOf(descriptor, L1std.Span);
  if (span === 0 || span > L1std.SPAN_MAX || span > split + 1) return undefined;
  const inner = vsid % 2 ** split;
  if (inner >= 2 ** (span - 1)) return undefined;
  const level2 = alignDown(descriptor[0] & ADDRESS, 5 + span);
  return memory.words(level2 + BigInt(inner * Ste.BYTES), WORDS);
}

/** An STE with V = 1 and Config = 0b1xx that an SMMU as announced must refuse (§5.2.2). */
export function steIllegal(ste: readonly bigint[], { fields }: VirtualId): boolean {
  if (numberOf(ste, Ste.Config) !== Ste.CONFIG_S1_TRANSLATE_S2_BYPASS) return true; // IDR0.S2P is 0
  // Split-stage ATS needs both stages (§5.2, EATS).
  if (fields.ATS === 1 && numberOf(ste, Ste.EATS) === Ste.EATS_SPLIT) return true;
  if (numberOf(ste, Ste.S1STALLD) === 1 && fields.STALL_MODEL !== Idr0.STALL_MODEL_BOTH) return true;
  if (fields.SSIDSIZE === 0) return false;
  const max = numberOf(ste, Ste.S1CDMax);
  const format = numberOf(ste, Ste.S1Fmt);
  const twoLevel = format === Ste.S1FMT_4K_L2 || format === Ste.S1FMT_64K_L2;
  return max > fields.SSIDSIZE || (max > 0 && twoLevel && fields.CD2L === 0);
}

/**
 * The two words that a host is given: what it takes of an STE, cut to what has been announced. Everything else is dropped and is
 * never a reason to fail: guests set fields that the host's kernel would refuse (Linux: SHCFG).
 */
function canonicalVste(ste: readonly bigint[], id: VirtualId, stalls: StallControl): VirtualSte {
  const { fields, oasBits } = id;
  let word0 = ste[0] & VSTE_WORD0_ALLOWED;
  let word1 = ste[1] & VSTE_WORD1_ALLOWED;
  const address = maskOf(Ste.S1ContextPtr);
  word0 &= ~address | ((1n << BigInt(oasBits)) - 1n);
  if (fields.SSIDSIZE === 0) {
    word0 &= ~(maskOf(Ste.S1Fmt) | maskOf(Ste.S1CDMax));
    word1 &= ~maskOf(Ste.S1DSS);
  }
  // Without IDR3.DPT 0b11 is as 0b00 (§5.2, EATS).
  const eats = valueOf(ste, Ste.EATS);
  if (fields.ATS === 0 || eats !== BigInt(Ste.EATS_TRANS)) word1 &= ~maskOf(Ste.EATS);
  if (stalls !== 'guest') word1 &= ~maskOf(Ste.S1STALLD);
  if (stalls === 'never') word1 |= maskOf(Ste.S1STALLD);
  return [word0, word1];
}

/** Whether the host has nothing to change. */
export function samePolicy(a: StreamPolicy | undefined, b: StreamPolicy): boolean {
  if (a?.kind !== b.kind) return false;
  if (a.kind !== 'translate' || b.kind !== 'translate') return true;
  return a.ste[0] === b.ste[0] && a.ste[1] === b.ste[1];
}

function alignDown(address: bigint, bits: number): bigint {
  return (address >> BigInt(bits)) << BigInt(bits);
}
