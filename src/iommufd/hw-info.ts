/** GET_HW_INFO: the identification registers as they are. */
import * as Idr0 from '../../assembly/arch/idr0.js';
import * as Register from '../../assembly/arch/register.js';
import { numberOf } from '../base/fields.js';
import type { BoundDevice } from './device.js';
import {
  IOMMU_HW_CAP_DIRTY_TRACKING,
  IOMMU_HW_CAP_PCI_ATS_NOT_SUPPORTED,
  IOMMU_HW_INFO_TYPE_ARM_SMMUV3,
} from './uapi/constants.js';
import { encodeStruct } from './uapi/struct.js';
import { iommuHwInfoArmSmmuv3 } from './uapi/structs.js';

/** What a device's SMMU is. */
export interface HwInfo {
  /** IOMMU_HW_INFO_TYPE_ARM_SMMUV3 */
  readonly dataType: number;
  readonly flags: number;
  /** IDR0 to IDR5. */
  readonly idr: readonly number[];
  readonly iidr: number;
  readonly aidr: number;
  /** PASID bits of the device. */
  readonly maxPasidLog2: number;
  /** IOMMU_HW_CAP_* */
  readonly capabilities: bigint;
}

/** Reads it from the registers. */
export function hwInfoOf({ iommu, device }: BoundDevice): HwInfo {
  const { smmu } = iommu;
  const idr = [0, 1, 2, 3, 4, 5].map((n) => smmu.read32(Register.IDR0 + 4 * n));
  return {
    dataType: IOMMU_HW_INFO_TYPE_ARM_SMMUV3,
    flags: 0,
    idr,
    iidr: smmu.read32(Register.IIDR),
    aidr: smmu.read32(Register.AIDR),
    maxPasidLog2: device.pasidBits,
    capabilities:
      (iommu.features.dirty ? IOMMU_HW_CAP_DIRTY_TRACKING : 0n) |
      (numberOf([BigInt(idr[0])], Idr0.ATS) === 0 ? IOMMU_HW_CAP_PCI_ATS_NOT_SUPPORTED : 0n),
  };
}

/** The payload's bytes. */
export function encodeHwInfo({ flags, idr, iidr, aidr }: HwInfo): Uint8Array {
  return encodeStruct(iommuHwInfoArmSmmuv3, { flags, idr: [...idr], iidr, aidr });
}
