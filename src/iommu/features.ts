/** What the identification registers announce (IHI 0070 §6.3.1 to §6.3.8), read once at probe and believed from then on. */
import { granuleLog2 } from '../../assembly/arch/geometry.js';
import * as Idr0 from '../../assembly/arch/idr0.js';
import * as Idr1 from '../../assembly/arch/idr1.js';
import * as Idr3 from '../../assembly/arch/idr3.js';
import * as Idr5 from '../../assembly/arch/idr5.js';
import * as Register from '../../assembly/arch/register.js';
import { IommuError } from '../base/errors.js';
import { numberOf } from '../base/fields.js';
import type { SmmuHardware } from './hardware-port.js';

/** The features of one SMMU, as the driver uses them. */
export interface SmmuFeatures {
  readonly stage1: boolean;
  readonly stage2: boolean;
  /** 8 or 16 (IDR0.ASID16). */
  readonly asidBits: number;
  /** 8 or 16 (IDR0.VMID16). */
  readonly vmidBits: number;
  /** IDR1.SIDSIZE */
  readonly sidBits: number;
  /** IDR1.SSIDSIZE; 0 without stage 1. */
  readonly ssidBits: number;
  /** IDR0.ST_LEVEL */
  readonly twoLevelStreamTable: boolean;
  /** IDR0.CD2L */
  readonly twoLevelCdTable: boolean;
  /** IDR0.STALL_MODEL: no stalls, stalls on request, or stalls always. */
  readonly stalls: 'none' | 'optional' | 'forced';
  /** IDR0.Hyp: EL2 commands exist. */
  readonly hyp: boolean;
  /** IDR0.COHACC */
  readonly coherent: boolean;
  /** IDR0.HTTU >= 2 and coherent walks: leaves tell whether they have been written through. */
  readonly dirty: boolean;
  /** IDR0.MSI */
  readonly msi: boolean;
  /** IDR1.ATTR_TYPES_OVR: STE.SHCFG takes effect. */
  readonly attrTypesOvr: boolean;
  /** IDR3.RIL: TLB invalidation by range. */
  readonly rangeInvalidation: boolean;
  /** IDR3.FWB */
  readonly fwb: boolean;
  /** IDR3.BBML */
  readonly bbml: number;
  /** Output and intermediate address bits, at most 52 (IDR5.OAS). */
  readonly oasBits: number;
  /** Input address bits of one TTB: 48 or 52 (IDR5.VAX). */
  readonly vaBits: number;
  /** log2 of the granules, smallest first (IDR5.GRAN*). */
  readonly granules: readonly number[];
  /** IDR1.CMDQS */
  readonly cmdqLog2Max: number;
  /** IDR1.EVENTQS */
  readonly evtqLog2Max: number;
  /** SMMU_IIDR, SMMU_AIDR */
  readonly iidr: number;
  readonly aidr: number;
}

const OAS_BITS = [32, 36, 40, 42, 44, 48, 52, 56] as const;
/** What the driver's own structures can express. */
const MAX_ADDRESS_BITS = 52;

/**
 * Reads the identification registers.
 * @throws IommuError ENODEV when no driver of this kind could run the SMMU
 */
export function readFeatures(smmu: SmmuHardware): SmmuFeatures {
  const idr0 = register(smmu, Register.IDR0);
  const idr1 = register(smmu, Register.IDR1);
  const idr3 = register(smmu, Register.IDR3);
  const idr5 = register(smmu, Register.IDR5);
  const flag = (words: readonly bigint[], at: number): boolean => numberOf(words, at) !== 0;
  const stage1 = flag(idr0, Idr0.S1P);
  const stage2 = flag(idr0, Idr0.S2P);
  if (!stage1 && !stage2) throw new IommuError('ENODEV', 'IDR0 announces neither stage 1 nor stage 2');
  if ((numberOf(idr0, Idr0.TTF) & 2) === 0) {
    throw new IommuError('ENODEV', 'IDR0.TTF announces no AArch64 translation tables');
  }
  const granules = [Idr5.GRAN4K, Idr5.GRAN16K, Idr5.GRAN64K]
    .map((at, i) => (flag(idr5, at) ? granuleLog2([0, 2, 1][i]) : 0))
    .filter((log2) => log2 !== 0);
  if (granules.length === 0) throw new IommuError('ENODEV', 'IDR5 announces no translation granule');
  return {
    stage1,
    stage2,
    asidBits: flag(idr0, Idr0.ASID16) ? 16 : 8,
    vmidBits: flag(idr0, Idr0.VMID16) ? 16 : 8,
    sidBits: numberOf(idr1, Idr1.SIDSIZE),
    ssidBits: stage1 ? numberOf(idr1, Idr1.SSIDSIZE) : 0,
    twoLevelStreamTable: numberOf(idr0, Idr0.ST_LEVEL) === 1,
    twoLevelCdTable: flag(idr0, Idr0.CD2L),
    stalls: (['optional', 'none', 'forced'] as const)[numberOf(idr0, Idr0.STALL_MODEL)] ?? 'none',
    hyp: flag(idr0, Idr0.Hyp),
    coherent: flag(idr0, Idr0.COHACC),
    dirty: numberOf(idr0, Idr0.HTTU) >= Idr0.HTTU_ACCESS_DIRTY && flag(idr0, Idr0.COHACC),
    msi: flag(idr0, Idr0.MSI),
    attrTypesOvr: flag(idr1, Idr1.ATTR_TYPES_OVR),
    rangeInvalidation: flag(idr3, Idr3.RIL),
    fwb: flag(idr3, Idr3.FWB),
    bbml: numberOf(idr3, Idr3.BBML),
    oasBits: Math.min(OAS_BITS[numberOf(idr5, Idr5.OAS)], MAX_ADDRESS_BITS),
    vaBits: numberOf(idr5, Idr5.VAX) === 0 ? 48 : 52,
    granules,
    cmdqLog2Max: numberOf(idr1, Idr1.CMDQS),
    evtqLog2Max: numberOf(idr1, Idr1.EVENTQS),
    iidr: smmu.read32(Register.IIDR),
    aidr: smmu.read32(Register.AIDR),
  };
}

function register(smmu: SmmuHardware, offset: number): readonly bigint[] {
  return [BigInt(smmu.read32(offset))];
}
