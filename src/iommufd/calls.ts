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
import { FaultQueue } from './fault-queue.js';
import { FileTable } from './files.js';
import { type HwInfo, hwInfoOf } from './hw-info.js';
import { NestedHwpt } from './nested-hwpt.js';
import { PagingHwpt } from './paging-hwpt.js';
import { type Invalidation, invalidate } from './invalidate.js';
import { Ioas, type IoasArea } from './ioas.js';
import { FdObject, ObjectTable } from './objects.js';
import { DoorbellPages, msiAddress, SW_MSI_BYTES, SW_MSI_START } from './sw-msi.js';
import {
  IOMMU_IOAS_MAP_FIXED_IOVA,
  IOMMU_IOAS_MAP_READABLE,
  IOMMU_IOAS_MAP_WRITEABLE,
  IOMMU_VEVENTQ_TYPE_ARM_SMMUV3,
  IOMMU_VIOMMU_TYPE_ARM_SMMUV3,
} from './uapi/constants.js';
import { type UserMemory, windowUserMemory } from './user-memory.js';
import { Viommu } from './viommu.js';
import { Veventq } from './veventq.js';

/** How a context is opened. */
export interface IommufdOptions {
  /** The memory that pointers in structures lead into. Default: RAM of the model, by physical address. */
  readonly user?: UserMemory;
}

/** Most events that a queue may be asked to hold. */
const MAX_DEPTH = 2 ** 19;

/** Objects of one open /dev/iommu, and the calls that make and use them. */
export class IommufdCalls {
  readonly iommu: HostIommu<SmmuHardware>;
  /** What pointers in structures lead into. */
  readonly user: UserMemory;
  readonly #objects = new ObjectTable();
  readonly #files = new FileTable();
  readonly #doorbells: DoorbellPages;

  constructor(iommu: HostIommu<SmmuHardware>, options: IommufdOptions = {}) {
    record(options, 'options', ['user']);
    this.iommu = iommu;
    this.user = options.user ?? windowUserMemory(iommu.smmu.memory);
    this.#doorbells = new DoorbellPages(BigInt(2 ** iommu.features.granules[0]));
  }

  /** Ids of the objects there are, oldest first. */
  get ids(): readonly {
    readonly id: number;
    readonly kind: string;
    readonly users: number;
    /** A page table that a virtual SMMU can stand on. */
    readonly nestParent: boolean;
  }[] {
    return this.#objects.all.map((object) => {
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
      device.msiDoorbell === undefined ? undefined : this.#doorbells.placeOf(device.msiDoorbell);
    const { pageBytes } = this.#doorbells;
    return this.#objects.add(new BoundDevice(iommu, device, canwbs, doorbell, pageBytes)).id;
  }

  /** Takes a device back: it is detached first, and its VDEVICE goes. @throws IommuError ENOENT */
  unbindDevice(devId: number): void {
    const bound = this.#device(devId);
    if (bound.attached !== undefined) bound.detach(this.#objects);
    if (bound.vdevice !== undefined) this.#objects.destroy(bound.vdevice.id);
    bound.release();
    this.#objects.forget(bound);
  }

  /**
   * Attaches a device, in place of what it is attached to (VFIO_DEVICE_ATTACH_IOMMUFD_PT).
   * @param ptId a page table; an IOAS stands for a page table of its own
   * @returns id of the page table
   * @throws IommuError ENOENT: unknown id, or a translating STE of a guest and no VDEVICE; EINVAL: another SMMU; EBUSY: PASIDs in use
   */
  attachDevice(devId: number, ptId: number): number {
    const bound = this.#device(devId);
    const table = this.#objects.get(ptId, FdObject, 'pt_id');
    if (table instanceof Ioas) return this.#attachIoas(bound, table);
    if (!(table instanceof PagingHwpt || table instanceof NestedHwpt))
      throw new IommuError('EINVAL', `pt_id ${ptId} is a ${table.kind}`);
    bound.attach(table, this.#objects);
    return table.id;
  }

  /** Detaches a device: its transactions abort (VFIO_DEVICE_DETACH_IOMMUFD_PT). @throws IommuError ENOENT; EINVAL: not attached */
  detachDevice(devId: number): void {
    this.#device(devId).detach(this.#objects);
  }

  /** The address that the host programs into the device for its MSIs; null: it has no doorbell. */
  msiAddress(devId: number): bigint | null {
    return msiAddress(this.#device(devId)) ?? null;
  }

  /** @throws IommuError ENOENT: no such object; EBUSY: in use */
  destroy(id: number): void {
    this.#objects.destroy(id);
  }

  /** @returns ioas_id */
  ioasAlloc({ flags = 0 }: { readonly flags?: number } = {}): number {
    if (flags !== 0) throw new IommuError('EOPNOTSUPP', `flags must be 0, not ${flags}`);
    const { features } = this.iommu;
    const bits = Math.min(48, features.oasBits);
    const window = { start: SW_MSI_START, last: SW_MSI_START + SW_MSI_BYTES - 1n };
    return this.#objects.add(new Ioas(this.#doorbells.pageBytes, 1n << BigInt(bits), window)).id;
  }

  /** What of an address space may be mapped: all but the window for MSIs. */
  ioasIovaRanges(ioasId: number): {
    readonly ranges: readonly { readonly start: bigint; readonly last: bigint }[];
    readonly alignment: bigint;
  } {
    const { ranges, alignment } = this.#objects.get(ioasId, Ioas, 'ioas_id');
    return { ranges, alignment };
  }

  /** What is mapped, by address. */
  ioasAreas(ioasId: number): readonly IoasArea[] {
    return [...this.#objects.get(ioasId, Ioas, 'ioas_id').areas];
  }

  /**
   * Maps memory of user space.
   * @param map.userVa where it is for user space; the option `user` says where that is in the machine
   * @param map.iova without IOMMU_IOAS_MAP_FIXED_IOVA not looked at
   * @param map.flags IOMMU_IOAS_MAP_*. Default: FIXED_IOVA when `iova` is there, WRITEABLE, READABLE
   * @returns where it is mapped
   * @throws IommuError as the kernel: EOPNOTSUPP flags, EINVAL, EEXIST, EOVERFLOW, ENOSPC, ENOMEM
   */
  ioasMap(map: {
    readonly ioasId: number;
    readonly userVa: bigint;
    readonly length: bigint;
    readonly iova?: bigint;
    readonly flags?: number;
  }): bigint {
    const fixed = map.iova === undefined ? 0 : IOMMU_IOAS_MAP_FIXED_IOVA;
    const flags = map.flags ?? fixed | IOMMU_IOAS_MAP_WRITEABLE | IOMMU_IOAS_MAP_READABLE;
    const known = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_WRITEABLE | IOMMU_IOAS_MAP_READABLE;
    if ((flags & ~known) !== 0) throw new IommuError('EOPNOTSUPP', `flags ${flags} are not known`);
    for (const name of ['userVa', 'length'] as const) big(map[name], name, 0n, (1n << 64n) - 1n);
    const iova = (flags & IOMMU_IOAS_MAP_FIXED_IOVA) === 0 ? undefined : (map.iova ?? 0n);
    const ioas = this.#objects.get(map.ioasId, Ioas, 'ioas_id');
    const pa = this.user.physical?.(map.userVa, map.length) ?? map.userVa;
    return ioas.map(iova, pa, map.length, flags);
  }

  /**
   * Takes whole mappings away; from 0 with 2^64 - 1 bytes, all.
   * @returns bytes that were mapped
   * @throws IommuError ENOENT: nothing there, or the range ends inside a mapping
   */
  ioasUnmap(ioasId: number, iova: bigint, length: bigint): bigint {
    return this.#objects.get(ioasId, Ioas, 'ioas_id').unmap(iova, length);
  }

  /** @returns id of the page table. @throws IommuError in the kernel's order: see `HwptAllocation` and docs/vsmmu.md */
  hwptAlloc(asked: HwptAllocation): number {
    record(asked, 'hwpt_alloc', ['devId', 'ptId', 'flags', 'dataType', 'data', 'faultId']);
    return allocateHwpt(this.#objects, asked).id;
  }

  /** @throws IommuError ENOENT */
  getHwInfo(devId: number): HwInfo {
    return hwInfoOf(this.#device(devId));
  }

  /** Sends a guest's commands. @returns how many: all. @throws InvalidationError, whose `entryNum` is the kernel's count */
  hwptInvalidate(asked: Invalidation): number {
    record(asked, 'hwpt_invalidate', ['hwptId', 'dataType', 'entries', 'entryLen']);
    return invalidate(this.#objects, asked);
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
    return allocateViommu(this.#objects, type, devId, hwptId).id;
  }

  /** Makes a device known to the guest under a StreamID. @returns vdevice_id. @throws IommuError ENOENT, EINVAL, EEXIST, EOPNOTSUPP */
  vdeviceAlloc(asked: {
    readonly viommuId: number;
    readonly devId: number;
    readonly virtId: bigint;
  }): number {
    record(asked, 'vdevice_alloc', ['viommuId', 'devId', 'virtId']);
    return allocateVdevice(this.#objects, asked.viommuId, asked.devId, asked.virtId).id;
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
    const viommu = this.#objects.get(viommuId, Viommu, 'viommu_id');
    if (viommu.veventq !== undefined)
      throw new IommuError('EEXIST', `VIOMMU ${viommuId} has a queue of this type`);
    const queue = (viommu.veventq = this.#objects.add(new Veventq(viommu, depth)));
    queue.users++; // the file's
    return { veventqId: queue.id, fd: this.#files.open(queue) };
  }

  /** Makes a queue of page requests. */
  faultQueueAlloc({ flags = 0 }: { readonly flags?: number } = {}): {
    readonly faultId: number;
    readonly fd: number;
  } {
    if (flags !== 0) throw new IommuError('EOPNOTSUPP', `flags must be 0, not ${flags}`);
    const queue = this.#objects.add(new FaultQueue());
    queue.users++; // the file's
    return { faultId: queue.id, fd: this.#files.open(queue) };
  }

  /** Whether there is something to read. @throws IommuError EBADF */
  poll(fd: number): boolean {
    return this.#files.get(fd).readable;
  }

  /**
   * Reads whole records from a queue, at most `count` bytes of them; of an empty queue none.
   * @throws IommuError EBADF; EINVAL: a buffer that holds no record
   */
  read(fd: number, count: number): Uint8Array {
    return this.#files.get(fd).read(integer(count, 'count', 0, 0x7fff_ffff));
  }

  /** Writes responses to a fault queue. @returns bytes taken. @throws IommuError EBADF; EINVAL: no response, or an unknown cookie */
  write(fd: number, bytes: Uint8Array): number {
    return this.#files.get(fd).write(bytes);
  }

  /** Has `onReadable` called whenever a record has come; undefined ends it. @throws IommuError EBADF */
  watch(fd: number, onReadable: (() => void) | undefined): void {
    this.#files.get(fd).onReadable = onReadable;
  }

  /** Closes a queue's file: what is in it is gone, page requests are answered INVALID. @throws IommuError EBADF */
  close(fd: number): void {
    this.#files.close(fd);
  }

  #device(devId: number): BoundDevice {
    return this.#objects.get(devId, BoundDevice, 'dev_id');
  }

  #attachIoas(bound: BoundDevice, ioas: Ioas): number {
    const known = this.#objects.all.find(
      (object): object is PagingHwpt =>
        object instanceof PagingHwpt &&
        object.automatic &&
        object.ioas === ioas &&
        object.iommu === bound.iommu,
    );
    const table = known ?? this.#objects.add(allocatePaging(this.#objects, ioas, bound, 0, 0, true));
    bound.attach(table, this.#objects);
    return table.id;
  }
}
