/** A device in user space's hands: what it is attached to, and who is told of its faults (Linux, iommufd_device). */
import * as Event from '../../assembly/arch/event.js';
import * as EventRecord from '../../assembly/arch/event-record.js';
import { IommuError } from '../base/errors.js';
import { maskOf, placed } from '../base/fields.js';
import {
  FAULT_NOT_HANDLED,
  type HostIommu,
  type IommuDevice,
  type IommuFault,
  type SmmuHardware,
} from '../iommu/index.js';
import { NestedHwpt } from './nested-hwpt.js';
import { PagingHwpt } from './paging-hwpt.js';
import { FdObject, type ObjectTable } from './objects.js';
import { mapDoorbell } from './sw-msi.js';
import type { Vdevice } from './viommu.js';

/** What the guest is told of (Linux, arm_smmu_handle_event); stage 2 is the host's. */
const GUEST_EVENTS: ReadonlySet<number> = new Set([
  Event.C_BAD_STE,
  Event.F_STREAM_DISABLED,
  Event.C_BAD_SUBSTREAMID,
  Event.C_BAD_CD,
  Event.F_TRANSLATION,
  Event.F_ADDR_SIZE,
  Event.F_ACCESS,
  Event.F_PERMISSION,
]);
const STREAM_ID = maskOf(EventRecord.StreamID);

/** One bound device. */
export class BoundDevice extends FdObject {
  readonly kind = 'DEVICE';
  attached: PagingHwpt | NestedHwpt | undefined;
  vdevice: Vdevice | undefined;

  constructor(
    readonly iommu: HostIommu<SmmuHardware>,
    readonly device: IommuDevice,
    /** Its accesses are coherent whatever they say of themselves (Linux, CANWBS). */
    readonly canwbs: boolean,
    /** Place of its doorbell in the window for MSIs. */
    readonly doorbell: number | undefined,
    /** Bytes of a page of that window. */
    readonly pageBytes: bigint,
  ) {
    super();
    // The driver of the device holds it: DESTROY cannot take it away.
    this.users = 1;
    iommu.setFaultHandler(device, (fault) => this.#fault(fault));
  }

  /**
   * Attaches to a page table in place of the present one: no transaction finds the device detached in between.
   * @throws IommuError EINVAL: page table of another SMMU; ENOENT: a translating STE and no VDEVICE; EBUSY: the device uses PASIDs.
   *   It then is attached as before
   */
  attach(hwpt: PagingHwpt | NestedHwpt, objects: ObjectTable): void {
    const former = this.attached;
    const paging = hwpt instanceof NestedHwpt ? hwpt.viommu.parent : hwpt;
    if (paging.iommu !== this.iommu)
      throw new IommuError('EINVAL', 'the page table is of another SMMU than the device');
    mapDoorbell(paging, this);
    if (hwpt instanceof NestedHwpt) {
      if (hwpt.translates && this.vdevice?.viommu !== hwpt.viommu)
        throw new IommuError('ENOENT', 'the virtual SMMU has no VDEVICE for the device');
      this.iommu.attachVirtualSte(paging.domain, this.device, hwpt.ste);
    } else if (paging.domain.type === 'nested') {
      this.iommu.attachVirtualSte(paging.domain, this.device, undefined);
    } else this.iommu.attachDevice(paging.domain, this.device);
    hwpt.users++;
    this.attached = hwpt;
    this.#left(former, objects);
  }

  /** Its transactions abort. */
  detach(objects: ObjectTable): void {
    const former = this.attached;
    if (former === undefined) throw new IommuError('EINVAL', 'the device is not attached');
    const paging = former instanceof NestedHwpt ? former.viommu.parent : former;
    this.iommu.detachDevice(paging.domain, this.device);
    this.attached = undefined;
    this.#left(former, objects);
  }

  release(): void {
    this.iommu.setFaultHandler(this.device, undefined);
  }

  #left(former: PagingHwpt | NestedHwpt | undefined, objects: ObjectTable): void {
    if (former === undefined) return;
    former.users--;
    if (former.fault !== undefined && former.fault !== this.attached?.fault) former.fault.drop(this);
    if (former instanceof PagingHwpt && former.automatic && former.users === 0) objects.destroy(former.id);
  }

  #fault(fault: IommuFault): typeof FAULT_NOT_HANDLED | undefined {
    const { event } = fault;
    const hwpt = this.attached;
    if (event.stall === true) {
      if (hwpt?.fault === undefined) return FAULT_NOT_HANDLED;
      hwpt.fault.report(this, fault);
      return undefined;
    }
    const { vdevice } = this;
    if (!(hwpt instanceof NestedHwpt) || vdevice === undefined || vdevice.viommu !== hwpt.viommu)
      return FAULT_NOT_HANDLED;
    const queue = vdevice.viommu.veventq;
    if (queue === undefined || event.s2 === true || !GUEST_EVENTS.has(event.type)) return FAULT_NOT_HANDLED;
    const [word0, word1, word2, word3] = event.words;
    queue.report([(word0 & ~STREAM_ID) | placed(EventRecord.StreamID, vdevice.virtId), word1, word2, word3]);
    return undefined;
  }
}
