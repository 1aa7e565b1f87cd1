/**
 * smmuv3-wasm/iommufd: Linux's interface to user space for nested translation, over the driver of `smmuv3-wasm/iommu`.
 *
 * ```ts
 * const fd = new Iommufd(iommu);
 * const devId = fd.bindDevice(iommu.addDevice({ streamIds: [0x10] }));
 * const ioasId = fd.ioasAlloc();
 * fd.ioasMap({ ioasId, userVa: 0x4200_0000n, length: 4n << 20n, iova: 0x8000_0000n });
 * const parent = fd.hwptAlloc({ devId, ptId: ioasId, flags: IOMMU_HWPT_ALLOC_NEST_PARENT });
 * const viommuId = fd.viommuAlloc({ devId, hwptId: parent });
 * fd.vdeviceAlloc({ viommuId, devId, virtId: 8n });
 * fd.attachDevice(devId, fd.hwptAlloc({ devId, ptId: viommuId, data: { ste: [0x8004000bn, 0xd4n] } }));
 * ```
 */
export { Iommufd } from './iommufd.js';
export type { IommufdOptions } from './ioas-calls.js';
export { IommuError } from '../base/errors.js';
export type { IommuErrorCode } from '../base/errors.js';
export type { HwptAllocation } from './allocate.js';
export type { HwInfo } from './hw-info.js';
export { InvalidationError } from './invalidate.js';
export type { Invalidation } from './invalidate.js';
export type { IoasArea, IovaRange } from './ioas.js';
export { SW_MSI_BYTES, SW_MSI_START } from './sw-msi.js';
export type { UserMemory } from './user-memory.js';
export * from './uapi/constants.js';
export { decodeStruct, encodeStruct } from './uapi/struct.js';
export type { Struct, StructField, StructValues } from './uapi/struct.js';
export * as structs from './uapi/structs.js';
