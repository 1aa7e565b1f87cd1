/** The guest's view of the SMMU: its devices by the StreamIDs that the guest knows (Linux, iommufd_viommu and iommufd_vdevice). */
import type { IommuDevice } from '../iommu/index.js';
import type { PagingHwpt } from './paging-hwpt.js';
import { FdObject } from './objects.js';
import type { Veventq } from './veventq.js';

/** One virtual SMMU over a stage 2. Its VMID is the stage 2's. */
export class Viommu extends FdObject {
  readonly kind = 'VIOMMU';
  /** By the guest's StreamID. */
  readonly vdevices = new Map<bigint, Vdevice>();
  veventq: Veventq | undefined;

  constructor(readonly parent: PagingHwpt) {
    super();
    parent.users++;
  }

  /** The host's StreamID behind the guest's. */
  readonly sidOf = (streamId: number): number | undefined =>
    this.vdevices.get(BigInt(streamId))?.bound.device.streamIds[0];

  release(): void {
    this.parent.users--;
  }
}

/** The host's side of a device. */
export interface DeviceOfHost {
  readonly device: IommuDevice;
  vdevice: Vdevice | undefined;
}

/** A device as the guest knows it. */
export class Vdevice extends FdObject {
  readonly kind = 'VDEVICE';

  constructor(
    readonly viommu: Viommu,
    readonly bound: DeviceOfHost,
    readonly virtId: bigint,
  ) {
    super();
    viommu.users++;
    viommu.vdevices.set(virtId, this);
    bound.vdevice = this;
  }

  release(): void {
    this.viommu.users--;
    this.viommu.vdevices.delete(this.virtId);
    this.bound.vdevice = undefined;
  }
}
