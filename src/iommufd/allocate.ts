/** HWPT_ALLOC, VIOMMU_ALLOC, VDEVICE_ALLOC: what is refused, in the kernel's order. */
import { big, hex } from '../base/check.js';
import { IommuError } from '../base/errors.js';
import { acceptVste } from '../iommu/entry/vste.js';
import { BoundDevice } from './device.js';
import { FaultQueue } from './fault-queue.js';
import { NestedHwpt } from './nested-hwpt.js';
import { PagingHwpt } from './paging-hwpt.js';
import { Ioas } from './ioas.js';
import type { ObjectTable } from './objects.js';
import {
  IOMMU_HWPT_ALLOC_DIRTY_TRACKING,
  IOMMU_HWPT_ALLOC_NEST_PARENT,
  IOMMU_HWPT_ALLOC_PASID,
  IOMMU_HWPT_DATA_ARM_SMMUV3,
  IOMMU_HWPT_DATA_NONE,
  IOMMU_HWPT_FAULT_ID_VALID,
  IOMMU_VIOMMU_TYPE_ARM_SMMUV3,
} from './uapi/constants.js';
import { decodeStruct } from './uapi/struct.js';
import { iommuHwptArmSmmuv3 } from './uapi/structs.js';
import { Vdevice, Viommu } from './viommu.js';

/** A page table to be made. */
export interface HwptAllocation {
  readonly devId: number;
  /** An IOAS for tables of the host's; a VIOMMU for a guest's stage 1. */
  readonly ptId: number;
  /** IOMMU_HWPT_* */
  readonly flags?: number;
  /** IOMMU_HWPT_DATA_*. Default: what `data` is for. */
  readonly dataType?: number;
  /** `struct iommu_hwpt_arm_smmuv3`: words 0 and 1 of the guest's STE. */
  readonly data?: Uint8Array | { readonly ste: readonly [bigint, bigint] };
  /** With IOMMU_HWPT_FAULT_ID_VALID. */
  readonly faultId?: number;
}

/** Makes a page table. `dirtyNestParent`: of {@link IommufdOptions}. */
export function allocateHwpt(
  objects: ObjectTable,
  asked: HwptAllocation,
  dirtyNestParent: boolean,
): PagingHwpt | NestedHwpt {
  const { flags = 0, data } = asked;
  const length = data === undefined ? 0 : data instanceof Uint8Array ? data.length : iommuHwptArmSmmuv3.size;
  const dataType = asked.dataType ?? (data === undefined ? IOMMU_HWPT_DATA_NONE : IOMMU_HWPT_DATA_ARM_SMMUV3);
  if ((dataType === IOMMU_HWPT_DATA_NONE) !== (length === 0))
    throw new IommuError('EINVAL', `data_type ${dataType} does not go with ${length} bytes of data`);
  const bound = objects.get(asked.devId, BoundDevice, 'dev_id');
  const table = objects.find(asked.ptId);
  if (table instanceof Ioas) {
    if (length > 0) throw new IommuError('EOPNOTSUPP', 'tables of the host take no data');
    return objects.add(
      allocatePaging(objects, table, bound, { flags, faultId: asked.faultId, dirtyNestParent }),
    );
  }
  if (table instanceof PagingHwpt) {
    throw new IommuError('EOPNOTSUPP', 'on an SMMUv3 a nested page table stands on a VIOMMU');
  }
  if (!(table instanceof Viommu))
    throw new IommuError('EINVAL', `pt_id ${asked.ptId} is no IOAS, page table or VIOMMU`);
  if (table.parent.iommu !== bound.iommu)
    throw new IommuError('EINVAL', 'the device is behind another SMMU than the VIOMMU');
  if ((flags & ~(IOMMU_HWPT_FAULT_ID_VALID | IOMMU_HWPT_ALLOC_PASID)) !== 0)
    throw new IommuError('EOPNOTSUPP', `flags ${hex(flags)} are not for a nested page table`);
  if (length === 0) throw new IommuError('EOPNOTSUPP', "a nested page table needs the guest's STE");
  if ((flags & IOMMU_HWPT_ALLOC_PASID) !== 0)
    throw new IommuError('EOPNOTSUPP', 'an SMMUv3 gives no PASID a nested page table');
  const ste = acceptVste(steOf(dataType, data!));
  return objects.add(new NestedHwpt(table, ste, faultOf(objects, flags, asked.faultId ?? 0)));
}

/** Tables of the host's over an IOAS. */
export function allocatePaging(
  objects: ObjectTable,
  ioas: Ioas,
  bound: BoundDevice,
  how: {
    readonly flags?: number;
    readonly faultId?: number;
    readonly automatic?: boolean;
    readonly dirtyNestParent?: boolean;
  },
): PagingHwpt {
  const { flags = 0, faultId = 0, automatic = false, dirtyNestParent = false } = how;
  const nestParent = (flags & IOMMU_HWPT_ALLOC_NEST_PARENT) !== 0;
  // In Linux's driver dirty state and PASIDs are of stage 1's tables; a nest parent, stage 2's, takes no other flag.
  const ofStage1 = IOMMU_HWPT_ALLOC_DIRTY_TRACKING | IOMMU_HWPT_ALLOC_PASID;
  const valid = nestParent
    ? IOMMU_HWPT_ALLOC_NEST_PARENT | (dirtyNestParent ? IOMMU_HWPT_ALLOC_DIRTY_TRACKING : 0)
    : ofStage1 | IOMMU_HWPT_FAULT_ID_VALID;
  if ((flags & ~valid) !== 0)
    throw new IommuError(
      'EOPNOTSUPP',
      `flags ${hex(flags & ~valid)} are not supported${nestParent ? ' with NEST_PARENT' : ''}`,
    );
  const { iommu } = bound;
  const { features } = iommu;
  if (nestParent && !(features.stage1 && features.stage2))
    throw new IommuError('EOPNOTSUPP', 'NEST_PARENT needs both stages (IDR0.S1P, S2P)');
  if ((flags & ofStage1) !== 0 && !features.stage1)
    throw new IommuError('EOPNOTSUPP', 'DIRTY_TRACKING and ALLOC_PASID need stage 1 (IDR0.S1P)');
  const dirty = (flags & IOMMU_HWPT_ALLOC_DIRTY_TRACKING) !== 0;
  if (dirty && !features.dirty)
    throw new IommuError(
      'EOPNOTSUPP',
      'DIRTY_TRACKING needs hardware that keeps dirty state (IDR0.HTTU, COHACC)',
    );
  const fault = faultOf(objects, flags, faultId);
  const type = nestParent ? 'nested' : features.stage1 ? 'dma' : 'stage2';
  const domain = iommu.domainAlloc({ type, dirty, ...(nestParent && features.fwb ? { fwb: true } : {}) });
  try {
    return new PagingHwpt(ioas, iommu, domain, nestParent, fault, automatic);
  } catch (error) {
    iommu.domainFree(domain);
    throw error;
  }
}

function steOf(dataType: number, data: NonNullable<HwptAllocation['data']>): readonly [bigint, bigint] {
  if (dataType !== IOMMU_HWPT_DATA_ARM_SMMUV3)
    throw new IommuError('EINVAL', `data_type must be ARM_SMMUV3 2, not ${dataType}`);
  if (!(data instanceof Uint8Array)) {
    data.ste.forEach((word, i) => big(word, `ste[${i}]`, 0n, (1n << 64n) - 1n));
    return data.ste;
  }
  const { size } = iommuHwptArmSmmuv3;
  if (data.length < size) throw new IommuError('EINVAL', `data has ${size} bytes, not ${data.length}`);
  if (data.subarray(size).some((byte) => byte !== 0))
    throw new IommuError('E2BIG', `data has more than the ${size} bytes that are known`);
  const [word0, word1] = decodeStruct(iommuHwptArmSmmuv3, data).ste;
  return [word0, word1];
}

function faultOf(objects: ObjectTable, flags: number, faultId: number): FaultQueue | undefined {
  if ((flags & IOMMU_HWPT_FAULT_ID_VALID) === 0) return undefined;
  return objects.get(faultId, FaultQueue, 'fault_id');
}

/** Makes a virtual SMMU over a stage 2. */
export function allocateViommu(objects: ObjectTable, type: number, devId: number, hwptId: number): Viommu {
  const bound = objects.get(devId, BoundDevice, 'dev_id');
  const { features } = bound.iommu;
  // What the device writes must not slip past the caches: by the device's own nature, or by force of stage 2.
  const possible = features.stage1 && features.stage2 && (bound.canwbs || features.fwb);
  if (type !== IOMMU_VIOMMU_TYPE_ARM_SMMUV3 || !possible) {
    throw new IommuError(
      'EOPNOTSUPP',
      possible
        ? `type must be ARM_SMMUV3 1, not ${type}`
        : 'the SMMU needs both stages, and S2FWB for a device that is not coherent (IDR0.S1P, S2P, IDR3.FWB)',
    );
  }
  const parent = objects.get(hwptId, PagingHwpt, 'hwpt_id');
  if (!parent.nestParent) throw new IommuError('EINVAL', `hwpt_id ${hwptId} was made without NEST_PARENT`);
  if (parent.iommu !== bound.iommu)
    throw new IommuError('EINVAL', 'the page table is of another SMMU than the device');
  return objects.add(new Viommu(parent));
}

/** Makes a device known to the guest under a StreamID. */
export function allocateVdevice(
  objects: ObjectTable,
  viommuId: number,
  devId: number,
  virtId: bigint,
): Vdevice {
  big(virtId, 'virt_id', 0n, (1n << 64n) - 1n);
  const viommu = objects.get(viommuId, Viommu, 'viommu_id');
  const bound = objects.get(devId, BoundDevice, 'dev_id');
  if (viommu.parent.iommu !== bound.iommu)
    throw new IommuError('EINVAL', 'the device is behind another SMMU than the VIOMMU');
  if (bound.vdevice !== undefined) throw new IommuError('EEXIST', `device ${devId} has a VDEVICE`);
  if (viommu.vdevices.has(virtId)) throw new IommuError('EEXIST', `virt_id ${virtId} is in use`);
  if (bound.device.streamIds.length !== 1)
    throw new IommuError('EOPNOTSUPP', 'a VDEVICE has one StreamID, and the device has several');
  if (virtId >> 32n !== 0n) throw new IommuError('EINVAL', `virt_id ${hex(virtId)} is no StreamID`);
  return objects.add(new Vdevice(viommu, bound, virtId));
}
