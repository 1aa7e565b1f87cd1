/**
 * smmuv3-wasm/iommu: a driver for the SMMU model, shaped like Linux's iommu_ops, with the API that binds a guest's stage 1.
 *
 * ```ts
 * const iommu = await HostIommu.probe(smmu, { pool: { base: 0x4000_0000n, size: 16 << 20 } });
 * const device = iommu.addDevice({ streamIds: [0x10] });
 * const domain = iommu.domainAlloc({ type: 'nested' });
 * iommu.attachDevice(domain, device);
 * iommu.bindGuestStage(domain, device, { flags: SMMUV3_S1_CFG, smmuS1: { flags: 0, cdptrDma, asidBits: 16 } });
 * ```
 */
export { HostIommu } from './host-iommu.js';
export type { ProbeOptions } from './host-iommu.js';
export { IommuError } from '../base/errors.js';
export type { IommuErrorCode } from '../base/errors.js';
export type { GuestMsiBinding } from './attachment.js';
export type { DeviceOptions, IommuDevice } from './device.js';
export type { DomainOptions, DomainType } from './domain.js';
export type { SteUpdate } from './driver.js';
export { busMemory } from './bus-memory.js';
export { guestMemory } from './guest-memory.js';
export type { GuestRam } from './guest-memory.js';
export type { EntryUpdate } from './entry/update.js';
export { PagePool } from './alloc/pages.js';
export { IoPageTable } from './pgtable/io-pgtable.js';
export type { PageTableConfig, UnmapResult } from './pgtable/io-pgtable.js';
export { cdStage1 } from './entry/cd.js';
export type { CommandCounts, SyncMode } from './cmdq.js';
export type { SmmuFeatures } from './features.js';
export type { DriverError } from './gerror.js';
export { GUEST_COMMAND_BLOCK } from './guest-commands.js';
export type { GuestCommandResult, NativeCommand } from './guest-commands.js';
export type { SmmuHardware } from './hardware-port.js';
export type { VirtualSte } from './entry/vste.js';
export { armSmmuOps, iommuBindGuestStage, iommuUnbindGuestStage } from './ops.js';
export type { IommuDomain, IommuOps } from './ops.js';
export type { GuestMsi } from './msi.js';
export * from './fault.js';
export * from './uapi/prot.js';
export {
  decodeGuestStageConfig,
  encodeGuestStageConfig,
  GUEST_STAGE_CONFIG_BYTES,
  IOMMU_SMMU_S1_ABORTED,
  IOMMU_SMMU_S1_BYPASSED,
  IOMMU_SMMU_S1_DISABLED,
  PASID_TABLE,
  PASID_TABLE_CFG_BYTES,
  PASID_TABLE_CFG_VERSION_1,
  SMMUV3_S1_CFG,
} from './uapi/guest-stage-config.js';
export type { GuestStageConfig, PasidTableConfig, SmmuS1Config } from './uapi/guest-stage-config.js';
export {
  IOMMU_CACHE_INV_TYPE_DEV_IOTLB,
  IOMMU_CACHE_INV_TYPE_IOTLB,
  IOMMU_CACHE_INV_TYPE_PASID,
  IOMMU_INV_ADDR_FLAGS_ARCHID,
  IOMMU_INV_ADDR_FLAGS_LEAF,
  IOMMU_INV_ADDR_FLAGS_PASID,
  IOMMU_INV_GRANU_ADDR,
  IOMMU_INV_GRANU_DOMAIN,
  IOMMU_INV_GRANU_PASID,
  IOMMU_INV_PASID_FLAGS_ARCHID,
  IOMMU_INV_PASID_FLAGS_PASID,
} from './invalidate.js';
export type { CacheInvalidateInfo } from './invalidate.js';
