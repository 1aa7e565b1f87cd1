/** The forms of a guest's configuration, that of 2018 and today's: text, until it is bound. */
import {
  encodeGuestStageConfig,
  IOMMU_SMMU_S1_ABORTED,
  IOMMU_SMMU_S1_BYPASSED,
  IOMMU_SMMU_S1_DISABLED,
  PASID_TABLE,
  SMMUV3_S1_CFG,
  type GuestStageConfig,
} from '../../../src/iommu/index.js';
import { encodeStruct, structs } from '../../../src/iommufd/index.js';
import { parseNumber } from '../parts/numbers.js';

export const MASKS = {
  DISABLED: [IOMMU_SMMU_S1_DISABLED, 'the guest’s SMMUEN is 0'],
  BYPASSED: [IOMMU_SMMU_S1_BYPASSED, 'the guest’s STE bypasses stage 1'],
  ABORTED: [IOMMU_SMMU_S1_ABORTED, 'the guest’s STE aborts'],
} as const;

/** What is bound: either kind of `struct iommu_guest_stage_config`, or the guest's STE of today's `struct iommu_hwpt_arm_smmuv3`. */
const KINDS = ['smmu_s1', 'pasidt', 'hwpt'] as const;
export type Kind = (typeof KINDS)[number];

export interface ConfigForm {
  readonly kind: Kind;
  /** smmu_s1.flags */
  readonly flags: string;
  readonly cdptr: string;
  readonly asidBits: string;
  readonly version: string;
  readonly basePtr: string;
  readonly pasidBits: string;
  /** Words 0 and 1 of the guest's STE. */
  readonly ste0: string;
  readonly ste1: string;
}

/** V, Config: stage 1 translates (IHI 0070 §5.2). */
const TRANSLATING = 0xbn;
/** S1CIR and S1COR: write-back; S1CSH: inner shareable. */
const WRITE_BACK = '0xd4';

export const firstForm = (cdTable: bigint): ConfigForm => ({
  kind: 'smmu_s1',
  flags: '0',
  cdptr: `0x${cdTable.toString(16)}`,
  asidBits: '16',
  version: '1',
  basePtr: `0x${cdTable.toString(16)}`,
  pasidBits: '2',
  ste0: `0x${(cdTable | TRANSLATING).toString(16)}`,
  ste1: WRITE_BACK,
});

export function formOf(first: ConfigForm, settings: Readonly<Record<string, string>>): ConfigForm {
  const given = Object.fromEntries(Object.entries(settings).filter(([name]) => name in first));
  const form = { ...first, ...given };
  return KINDS.includes(form.kind) ? form : { ...form, kind: first.kind };
}

/** @throws RangeError: one sentence that names the field */
function configOf(form: ConfigForm): GuestStageConfig {
  const number = (text: string, name: string, bits: number): number => Number(parseNumber(text, name, bits));
  if (form.kind === 'smmu_s1')
    return {
      flags: SMMUV3_S1_CFG,
      smmuS1: {
        flags: number(form.flags, 'flags', 8),
        cdptrDma: parseNumber(form.cdptr, 'cdptr_dma', 64),
        asidBits: number(form.asidBits, 'asid_bits', 8),
      },
    };
  return {
    flags: PASID_TABLE,
    pasidt: {
      version: number(form.version, 'version', 32),
      basePtr: parseNumber(form.basePtr, 'base_ptr', 64),
      pasidBits: number(form.pasidBits, 'pasid_bits', 8),
    },
  };
}

/** The bytes that a VMM would hand over, right or wrong. @throws RangeError for what is no number of its field */
export function bytesOf(form: ConfigForm): Uint8Array {
  if (form.kind !== 'hwpt') return encodeGuestStageConfig(configOf(form));
  const ste = [parseNumber(form.ste0, 'ste[0]', 64), parseNumber(form.ste1, 'ste[1]', 64)];
  return encodeStruct(structs.iommuHwptArmSmmuv3, { ste });
}

export const structureOf = (kind: Kind): string =>
  kind === 'hwpt' ? 'struct iommu_hwpt_arm_smmuv3' : 'struct iommu_guest_stage_config';

/** Where each field of the structure lies: the struct's own names. */
export const LAYOUT: Readonly<
  Record<Kind, readonly (readonly [name: string, offset: number, bytes: number])[]>
> = {
  smmu_s1: [
    ['flags', 0, 4],
    ['smmu_s1.flags', 8, 1],
    ['smmu_s1.cdptr_dma', 16, 8],
    ['smmu_s1.asid_bits', 24, 1],
  ],
  pasidt: [
    ['flags', 0, 4],
    ['pasidt.version', 8, 4],
    ['pasidt.bytes', 12, 4],
    ['pasidt.base_ptr', 16, 8],
    ['pasidt.pasid_bits', 24, 1],
  ],
  hwpt: [
    ['ste[0]', 0, 8],
    ['ste[1]', 8, 8],
  ],
};
