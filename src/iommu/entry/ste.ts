/**
 * Stream Table Entries as the driver writes them, one function per kind of attachment (IHI 0070 §5.2; the choice of values
 * is Linux's). Who owns a field: the guest gives S1ContextPtr and the size of its CD table, everything else is the host's.
 */
import * as Idr0 from '../../../assembly/arch/idr0.js';
import * as Idr1 from '../../../assembly/arch/idr1.js';
import * as Shareability from '../../../assembly/arch/shareability.js';
import * as Ste from '../../../assembly/arch/ste.js';
import { bitsOf, maskOf, numberOf } from '../../base/fields.js';
import type { Stage2Registers } from '../pgtable/registers.js';
import { guestStageRequest, PASID_TABLE, type GuestStageConfig } from '../uapi/guest-stage-config.js';
import { emptyEntry, setAddress, setField, type EntryWords } from './fields.js';

/** S1CIR, S1COR: CDs are fetched Write-Back, Read-Allocate. */
const S1C_WB_RA = 1;

/** What the host decides for a stream, whatever is attached to it. */
export interface SteTraits {
  /** IDR1.ATTR_TYPES_OVR: SHCFG exists. */
  attrTypesOvr: boolean;
  /** IDR0.STALL_MODEL is not "never". */
  stallsImplemented: boolean;
  /** Faults of this stream stall. */
  stallEnabled: boolean;
  /** The driver runs the SMMU with CR2.E2H: stage 1 belongs to NS-EL2-E2H. */
  e2h: boolean;
  /** Ste.EATS_* */
  eats: number;
}

/** The traits that follow from the identification registers; `stall` and `eats` are the device's. */
export function steTraits(
  id: { readonly idr0: number; readonly idr1: number },
  device: { stall?: boolean; eats?: number; e2h?: boolean } = {},
): SteTraits {
  const field = (register: number, at: number): number =>
    (register >>> bitsOf(at).lsb) & (2 ** bitsOf(at).width - 1);
  const model = field(id.idr0, Idr0.STALL_MODEL);
  const stallsImplemented = model === Idr0.STALL_MODEL_BOTH || model === Idr0.STALL_MODEL_FORCED;
  return {
    attrTypesOvr: field(id.idr1, Idr1.ATTR_TYPES_OVR) === 1,
    stallsImplemented,
    stallEnabled: model === Idr0.STALL_MODEL_FORCED || (stallsImplemented && device.stall === true),
    e2h: device.e2h === true && field(id.idr0, Idr0.Hyp) === 1,
    eats: device.eats ?? 0,
  };
}

/** A stream's own CD table. */
export interface SteCdTable {
  /** Address of the CD, or of the CD table. */
  s1ContextPtr: bigint;
  /** log2 of the number of CDs; 0: one CD. */
  s1CDMax: number;
  /** Ste.S1FMT_*, default linear. */
  s1Fmt?: number;
  /** Ste.S1DSS_*, default SUBSTREAM0. */
  s1DSS?: number;
}

/** A stage 2 of the host's. */
export interface SteStage2 {
  vmid: number;
  registers: Stage2Registers;
  /** STE.S2FWB: a nest parent on an SMMU with IDR3.FWB. */
  fwb?: boolean;
  /** STE.S2HA and S2HD: hardware notes writes in its leaves. */
  dirty?: boolean;
}

/** Blocked: every transaction aborts, silently. */
export function steAbort(): EntryWords {
  return valid(Ste.CONFIG_ABORT);
}

/** Identity: both stages bypassed. */
export function steBypass(traits: SteTraits): EntryWords {
  const words = valid(Ste.CONFIG_BYPASS);
  if (traits.attrTypesOvr) setField(words, Ste.SHCFG, Ste.SHCFG_INCOMING);
  return words;
}

/** Stage 1 through a CD table of the host's. */
export function steStage1(traits: SteTraits, table: SteCdTable): EntryWords {
  const words = valid(Ste.CONFIG_S1_TRANSLATE_S2_BYPASS);
  setCdTable(words, traits, table);
  setField(words, Ste.EATS, traits.eats);
  setField(words, Ste.STRW, traits.e2h ? Ste.STRW_EL2 : Ste.STRW_EL1);
  if (traits.attrTypesOvr && table.s1DSS === Ste.S1DSS_BYPASS) {
    setField(words, Ste.SHCFG, Ste.SHCFG_INCOMING);
  }
  return words; // S2VMID stays 0, the VMID that the driver keeps for stage 1 alone
}

/** Stage 2 alone. */
export function steStage2(traits: SteTraits, stage2: SteStage2): EntryWords {
  const words = valid(Ste.CONFIG_S1_BYPASS_S2_TRANSLATE);
  const { registers } = stage2;
  setField(words, Ste.EATS, traits.eats);
  if (stage2.fwb === true) setField(words, Ste.S2FWB, 1);
  if (traits.attrTypesOvr) setField(words, Ste.SHCFG, Ste.SHCFG_INCOMING);
  setField(words, Ste.S2VMID, stage2.vmid);
  setField(words, Ste.S2T0SZ, registers.t0sz);
  setField(words, Ste.S2SL0, registers.sl0);
  setField(words, Ste.S2IR0, registers.ir);
  setField(words, Ste.S2OR0, registers.or);
  setField(words, Ste.S2SH0, registers.sh);
  setField(words, Ste.S2TG, registers.tg);
  setField(words, Ste.S2PS, registers.ps);
  setField(words, Ste.S2AA64, 1);
  setField(words, Ste.S2PTW, 1);
  if (stage2.dirty === true) {
    setField(words, Ste.S2HA, 1);
    setField(words, Ste.S2HD, 1);
  }
  setField(words, Ste.S2S, traits.stallEnabled);
  setField(words, Ste.S2R, 1);
  setAddress(words, Ste.S2TTB, registers.ttb);
  return words;
}

/** A guest's CD table (its address is an IPA) over the host's stage 2. Event merging keeps a guest from flooding the queue. */
export function steNested(traits: SteTraits, stage2: SteStage2, guest: SteCdTable): EntryWords {
  const words = steStage2(traits, stage2);
  setField(words, Ste.Config, Ste.CONFIG_S1_TRANSLATE_S2_TRANSLATE);
  setCdTable(words, traits, guest);
  setField(words, Ste.MEV, 1);
  return words; // STRW stays NS-EL1: a guest gets no EL2 regime
}

/** The entry that a guest's configuration asks for, with DISABLED and BYPASSED before ABORTED. */
export function steForGuestStage(traits: SteTraits, stage2: SteStage2, config: GuestStageConfig): EntryWords {
  switch (guestStageRequest(config)) {
    case 'bypass':
      return steStage2(traits, stage2);
    case 'abort':
      return steAbort();
    case 'translate':
      return steNested(traits, stage2, guestCdTable(config));
  }
}

/** One CD, or the linear table of 2^pasidBits CDs. */
export function guestCdTable(config: GuestStageConfig): SteCdTable {
  if (config.flags === PASID_TABLE) {
    return { s1ContextPtr: config.pasidt!.basePtr, s1CDMax: config.pasidt!.pasidBits };
  }
  return { s1ContextPtr: config.smmuS1!.cdptrDma, s1CDMax: 0 };
}

/** What a guest may write into dword 0 of a virtual STE: V, Config, S1Fmt, S1ContextPtr[51:6], S1CDMax (Linux, iommufd). */
export const VSTE_WORD0_ALLOWED =
  maskOf(Ste.V) |
  maskOf(Ste.Config) |
  maskOf(Ste.S1Fmt) |
  (maskOf(Ste.S1ContextPtr) & ((1n << 52n) - 1n)) |
  maskOf(Ste.S1CDMax);
/** What a guest may write into dword 1: S1DSS, S1CIR, S1COR, S1CSH, S1STALLD, EATS. */
export const VSTE_WORD1_ALLOWED =
  maskOf(Ste.S1DSS) |
  maskOf(Ste.S1CIR) |
  maskOf(Ste.S1COR) |
  maskOf(Ste.S1CSH) |
  maskOf(Ste.S1STALLD) |
  maskOf(Ste.EATS);

/** Nested, from the two words of a virtual STE whose Config is "stage 1": as today's driver joins them. EATS is the host's. */
export function steNestedFromVste(
  traits: SteTraits,
  stage2: SteStage2,
  vste: readonly [bigint, bigint],
): EntryWords {
  const words = steStage2(traits, stage2);
  words[0] |= vste[0] & VSTE_WORD0_ALLOWED & ~maskOf(Ste.Config);
  words[1] |= vste[1] & VSTE_WORD1_ALLOWED & ~maskOf(Ste.EATS);
  setField(words, Ste.Config, Ste.CONFIG_S1_TRANSLATE_S2_TRANSLATE);
  setField(words, Ste.MEV, 1);
  return words;
}

/** The entry that a guest's STE asks for, of which {@link steNestedFromVste} joins the translating kind. V = 0 aborts. */
export function steForVirtualSte(
  traits: SteTraits,
  stage2: SteStage2,
  vste: readonly [bigint, bigint],
): EntryWords {
  const config = numberOf(vste, Ste.V) === 0 ? Ste.CONFIG_ABORT : numberOf(vste, Ste.Config);
  if (config === Ste.CONFIG_BYPASS) return steStage2(traits, stage2);
  return config === Ste.CONFIG_ABORT ? steAbort() : steNestedFromVste(traits, stage2, vste);
}

function valid(config: number): EntryWords {
  const words = emptyEntry();
  setField(words, Ste.V, 1);
  setField(words, Ste.Config, config);
  return words;
}

function setCdTable(words: EntryWords, traits: SteTraits, table: SteCdTable): void {
  setAddress(words, Ste.S1ContextPtr, table.s1ContextPtr);
  setField(words, Ste.S1CDMax, table.s1CDMax);
  setField(words, Ste.S1Fmt, table.s1Fmt ?? Ste.S1FMT_LINEAR);
  setField(words, Ste.S1DSS, table.s1DSS ?? Ste.S1DSS_SUBSTREAM0);
  setField(words, Ste.S1CIR, S1C_WB_RA);
  setField(words, Ste.S1COR, S1C_WB_RA);
  setField(words, Ste.S1CSH, Shareability.INNER_SHAREABLE);
  setField(words, Ste.S1STALLD, traits.stallsImplemented && !traits.stallEnabled);
}
