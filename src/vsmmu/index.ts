/**
 * smmuv3-wasm/vsmmu: a virtual SMMUv3 for hypervisors, in front of the driver of the physical one.
 *
 * ```ts
 * const backend = bindBackend(iommu);
 * iommu.map(backend.domain, 0x8000_0000n, 0x4200_0000n, 4 << 20, RW);
 * const vsmmu = await VirtualSmmu.create({ backend, memory: guestMemory(smmu.memory, ram) });
 * vsmmu.addDevice({ vsid: 8, device: iommu.addDevice({ streamIds: [0x10] }) });
 * // the guest's loads and stores: vsmmu.read32(offset), vsmmu.write32(offset, value)
 * ```
 */
export { VirtualSmmu } from './virtual-smmu.js';
export type { VirtualDevice } from './virtual-smmu.js';
export type { VirtualSmmuOptions } from './options.js';
export type { BackendEvent, HostAbilities, StallAnswer, StreamPolicy, VsmmuBackend } from './backend.js';
export { bindBackend } from './bind-backend.js';
export type { BindBackend } from './bind-backend.js';
export { iommufdBackend } from './iommufd-backend.js';
export type { IommufdBackendOptions } from './iommufd-backend.js';
export type { VirtualInterrupt } from './errors-and-wires.js';
export type { OpenField } from './id-fields.js';
export type { AnnouncedId, VirtualId } from './identification.js';
export type { SavedRegisters } from './registers.js';
export type { VirtualSmmuSnapshot } from './snapshot.js';
export type { VirtualSmmuStats } from './stats.js';
export type { OnFailure } from './streams.js';
