/** The kernel's calls by name, over the driver of the model. */
import { big, integer, record } from '../base/check.js';
import { IommuError } from '../base/errors.js';
import type { HostIommu, IommuDevice, SmmuHardware } from '../iommu/index.js';
import {
  allocateHwpt,
  allocatePaging,
  allocateVdevice,
  allocateViommu,
  type HwptAllocation,
} from './allocate.js';
import { BoundDevice } from './device.js';
import { dirtyBitmap, setDirtyTracking } from './dirty.js';
import { FaultQueue } from './fault-queue.js';
import { type HwInfo, hwInfoOf } from './hw-info.js';
import { NestedHwpt } from './nested-hwpt.js';
import { PagingHwpt } from './paging-hwpt.js';
import { type Invalidation, invalidate } from './invalidate.js';
import { Ioas } from './ioas.js';
import { IoasCalls } from './ioas-calls.js';
import { FdObject } from './objects.js';
import { msiAddress } from './sw-msi.js';
import {
  IOMMU_HW_QUEUE_TYPE_DEFAULT,
  IOMMU_HWPT_DIRTY_TRACKING_ENABLE,
  IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR,
  IOMMU_VEVENTQ_TYPE_ARM_SMMUV3,
  IOMMU_VIOMMU_TYPE_ARM_SMMUV3,
} from './uapi/constants.js';
import { Viommu } from './viommu.js';
import { Veventq } from './veventq.js';

/** Most events that a queue may be asked to hold. */
const MAX_DEPTH = 2 ** 19;

/** Objects of one open /dev/iommu, and the calls that make and use them. */
export class IommufdCalls extends IoasCalls {
  /** Ids of the objects there are, oldest first. */
  get ids(): readonly {
    readonly id: number;
    readonly kind: string;
    readonly users: number;
    /** A page table that a virtual SMMU can stand on. */
    readonly nestParent: boolean;
  }[] {
    return this.objects.all.map((object) => {
      const { id, kind, users } = object;
      return { id, kind, users, nestParent: object instanceof PagingHwpt && object.nestParent };
    });
  }

  /**
   * Gives a device to user space (VFIO_DEVICE_BIND_IOMMUFD); its faults come through queues from now on. It keeps what it is
   * attached to.
   * @param options.iommu the driver of its SMMU. Default: that of this context
   * @param options.canwbs its accesses are coherent whatever they say of themselves. Default true
   * @returns dev_id
   */
  bindDevice(
    device: IommuDevice,
    options: { readonly iommu?: HostIommu<SmmuHardware>; readonly canwbs?: boolean } = {},
  ): number {
    const { iommu = this.iommu, canwbs = true } = options;
    const doorbell =
      device.msiDoorbell === undefined ? undefined : this.doorbells.placeOf(device.msiDoorbell);
    const { pageBytes } = this.doorbells;
    return this.objects.add(new BoundDevice(iommu, device, canwbs, doorbell, pageBytes)).id;
  }

  /** Takes a device back: it is detached first, and its VDEVICE goes. @throws IommuError ENOENT */
  unbindDevice(devId: number): void {
    const bound = this.#device(devId);
    if (bound.attached !== undefined) bound.detach(this.objects);
    if (bound.vdevice !== undefined) this.objects.destroy(bound.vdevice.id);
    bound.release();
    this.objects.forget(bound);
  }

  /**
   * Attaches a device, in place of what it is attached to (VFIO_DEVICE_ATTACH_IOMMUFD_PT).
   * @param ptId a page table; an IOAS stands for a page table of its own
   * @returns id of the page table
   * @throws IommuError ENOENT: unknown id, or a translating STE of a guest and no VDEVICE; EINVAL: another SMMU; EBUSY: PASIDs in use
   */
  attachDevice(devId: number, ptId: number): number {
    const bound = this.#device(devId);
    const table = this.objects.get(ptId, FdObject, 'pt_id');
    if (table instanceof Ioas) return this.#attachIoas(bound, table);
    if (!(table instanceof PagingHwpt || table instanceof NestedHwpt))
      throw new IommuError('EINVAL', `pt_id ${ptId} is a ${table.kind}`);
    bound.attach(table, this.objects);
    return table.id;
  }

  /** Detaches a device: its transactions abort (VFIO_DEVICE_DETACH_IOMMUFD_PT). @throws IommuError ENOENT; EINVAL: not attached */
  detachDevice(devId: number): void {
    this.#device(devId).detach(this.objects);
  }

  /** The address that the host programs into the device for its MSIs; null: it has no doorbell. */
  msiAddress(devId: number): bigint | null {
    return msiAddress(this.#device(devId)) ?? null;
  }

  /** @throws IommuError ENOENT: no such object; EBUSY: in use */
  destroy(id: number): void {
    this.objects.destroy(id);
  }

  /** @returns id of the page table. @throws IommuError in the kernel's order: see `HwptAllocation` and docs/vsmmu.md */
  hwptAlloc(asked: HwptAllocation): number {
    record(asked, 'hwpt_alloc', ['devId', 'ptId', 'flags', 'dataType', 'data', 'faultId']);
    return allocateHwpt(this.objects, asked, this.dirtyNestParent).id;
  }

  /**
   * Begins or ends to look for written pages; at the beginning all are clean.
   * @throws IommuError ENOENT; EOPNOTSUPP: flags, or made without DIRTY_TRACKING
   */
  hwptSetDirtyTracking(hwptId: number, flags: number): void {
    if ((flags & ~IOMMU_HWPT_DIRTY_TRACKING_ENABLE) !== 0)
      throw new IommuError('EOPNOTSUPP', `flags ${flags} are not known`);
    setDirtyTracking(this.objects.get(hwptId, PagingHwpt, 'hwpt_id'), flags !== 0);
  }

  /**
   * Which pages have been written since they were clean, a bit each; they are clean afterwards, but for
   * IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR.
   * @throws IommuError ENOENT; EOPNOTSUPP: flags, or made without DIRTY_TRACKING; EOVERFLOW; EINVAL: not aligned, or a hole
   */
  hwptGetDirtyBitmap(asked: {
    readonly hwptId: number;
    readonly iova: bigint;
    readonly length: bigint;
    readonly pageSize: bigint;
    readonly flags?: number;
  }): Uint8Array {
    record(asked, 'get_dirty_bitmap', ['hwptId', 'iova', 'length', 'pageSize', 'flags']);
    const { hwptId, flags = 0, iova, length, pageSize } = asked;
    if ((flags & ~IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR) !== 0)
      throw new IommuError('EOPNOTSUPP', `flags ${flags} are not known`);
    for (const [name, value] of Object.entries({ iova, length, pageSize }))
      big(value, name, 0n, (1n << 64n) - 1n);
    const hwpt = this.objects.get(hwptId, PagingHwpt, 'hwpt_id');
    return dirtyBitmap(hwpt, { iova, length, pageSize, clear: flags === 0 });
  }

  /**
   * Would give a guest a queue of the hardware's own (Tegra241 CMDQV), which no SMMU here has.
   * @throws IommuError EOPNOTSUPP: flags, type 0, or a VIOMMU whose hardware has no such queues; EINVAL, EOVERFLOW, ENOENT
   */
  hwQueueAlloc(asked: {
    readonly viommuId: number;
    readonly type: number;
    readonly index?: number;
    readonly nestingParentIova: bigint;
    readonly length: bigint;
    readonly flags?: number;
  }): never {
    record(asked, 'hw_queue_alloc', ['viommuId', 'type', 'index', 'nestingParentIova', 'length', 'flags']);
    const { viommuId, type, nestingParentIova: iova, length, flags = 0 } = asked;
    if (flags !== 0 || type === IOMMU_HW_QUEUE_TYPE_DEFAULT)
      throw new IommuError('EOPNOTSUPP', `flags must be 0 and type not 0, not ${flags} and ${type}`);
    if (length === 0n) throw new IommuError('EINVAL', 'length must not be 0');
    if (iova + length > 1n << 64n) throw new IommuError('EOVERFLOW', 'the queue leaves the address space');
    this.objects.get(viommuId, Viommu, 'viommu_id');
    throw new IommuError(
      'EOPNOTSUPP',
      'the SMMU has no queues for guests: they are an extension (Tegra241 CMDQV)',
    );
  }

  /** @throws IommuError ENOENT */
  getHwInfo(devId: number): HwInfo {
    return hwInfoOf(this.#device(devId));
  }

  /** Sends a guest's commands. @returns how many: all. @throws InvalidationError, whose `entryNum` is the kernel's count */
  hwptInvalidate(asked: Invalidation): number {
    record(asked, 'hwpt_invalidate', ['hwptId', 'dataType', 'entries', 'entryLen']);
    return invalidate(this.objects, asked);
  }

  /** Makes a virtual SMMU over a NEST_PARENT page table. @returns viommu_id. @throws IommuError EOPNOTSUPP, ENOENT, EINVAL */
  viommuAlloc(asked: {
    readonly devId: number;
    readonly hwptId: number;
    readonly type?: number;
    readonly flags?: number;
  }): number {
    record(asked, 'viommu_alloc', ['devId', 'hwptId', 'type', 'flags']);
    const { devId, hwptId, type = IOMMU_VIOMMU_TYPE_ARM_SMMUV3, flags = 0 } = asked;
    if (flags !== 0) throw new IommuError('EOPNOTSUPP', `flags must be 0, not ${flags}`);
    return allocateViommu(this.objects, type, devId, hwptId).id;
  }

  /** Makes a device known to the guest under a StreamID. @returns vdevice_id. @throws IommuError ENOENT, EINVAL, EEXIST, EOPNOTSUPP */
  vdeviceAlloc(asked: {
    readonly viommuId: number;
    readonly devId: number;
    readonly virtId: bigint;
  }): number {
    record(asked, 'vdevice_alloc', ['viommuId', 'devId', 'virtId']);
    return allocateVdevice(this.objects, asked.viommuId, asked.devId, asked.virtId).id;
  }

  /** Makes the queue of a virtual SMMU's events. @param asked.depth events that it holds, 1 to 2^19 */
  veventqAlloc(asked: {
    readonly viommuId: number;
    readonly depth: number;
    readonly type?: number;
    readonly flags?: number;
  }): { readonly veventqId: number; readonly fd: number } {
    record(asked, 'veventq_alloc', ['viommuId', 'depth', 'type', 'flags']);
    const { viommuId, depth, type = IOMMU_VEVENTQ_TYPE_ARM_SMMUV3, flags = 0 } = asked;
    if (flags !== 0 || type !== IOMMU_VEVENTQ_TYPE_ARM_SMMUV3)
      throw new IommuError('EOPNOTSUPP', `flags must be 0 and type ARM_SMMUV3 1, not ${flags} and ${type}`);
    integer(depth, 'veventq_depth', 0, 0xffff_ffff);
    if (depth === 0 || depth > MAX_DEPTH)
      throw new IommuError('EINVAL', `veventq_depth must be 1 to ${MAX_DEPTH}, not ${depth}`);
    const viommu = this.objects.get(viommuId, Viommu, 'viommu_id');
    if (viommu.veventq !== undefined)
      throw new IommuError('EEXIST', `VIOMMU ${viommuId} has a queue of this type`);
    const queue = (viommu.veventq = this.objects.add(new Veventq(viommu, depth)));
    queue.users++; // the file's
    return { veventqId: queue.id, fd: this.files.open(queue) };
  }

  /** Makes a queue of page requests. */
  faultQueueAlloc({ flags = 0 }: { readonly flags?: number } = {}): {
    readonly faultId: number;
    readonly fd: number;
  } {
    if (flags !== 0) throw new IommuError('EOPNOTSUPP', `flags must be 0, not ${flags}`);
    const queue = this.objects.add(new FaultQueue());
    queue.users++; // the file's
    return { faultId: queue.id, fd: this.files.open(queue) };
  }

  /** Whether there is something to read. @throws IommuError EBADF */
  poll(fd: number): boolean {
    return this.files.get(fd).readable;
  }

  /**
   * Reads whole records from a queue, at most `count` bytes of them; of an empty queue none.
   * @throws IommuError EBADF; EINVAL: a buffer that holds no record
   */
  read(fd: number, count: number): Uint8Array {
    return this.files.get(fd).read(integer(count, 'count', 0, 0x7fff_ffff));
  }

  /** Writes responses to a fault queue. @returns bytes taken. @throws IommuError EBADF; EINVAL: no response, or an unknown cookie */
  write(fd: number, bytes: Uint8Array): number {
    return this.files.get(fd).write(bytes);
  }

  /** Has `onReadable` called whenever a record has come; undefined ends it. @throws IommuError EBADF */
  watch(fd: number, onReadable: (() => void) | undefined): void {
    this.files.get(fd).onReadable = onReadable;
  }

  /** Closes a queue's file: what is in it is gone, page requests are answered INVALID. @throws IommuError EBADF */
  close(fd: number): void {
    this.files.close(fd);
  }

  #device(devId: number): BoundDevice {
    return this.objects.get(devId, BoundDevice, 'dev_id');
  }

  #attachIoas(bound: BoundDevice, ioas: Ioas): number {
    const known = this.objects.all.find(
      (object): object is PagingHwpt =>
        object instanceof PagingHwpt &&
        object.automatic &&
        object.ioas === ioas &&
        object.iommu === bound.iommu,
    );
    const table = known ?? this.objects.add(allocatePaging(this.objects, ioas, bound, { automatic: true }));
    bound.attach(table, this.objects);
    return table.id;
  }
}
