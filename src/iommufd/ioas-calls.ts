/** Address spaces and options: the calls by name. */
import { big, hex, record, truth } from '../base/check.js';
import { IommuError } from '../base/errors.js';
import type { HostIommu, SmmuHardware } from '../iommu/index.js';
import { FileTable } from './files.js';
import { Ioas, type IoasArea, type IovaRange } from './ioas.js';
import { ObjectTable } from './objects.js';
import { DoorbellPages, SW_MSI_BYTES, SW_MSI_START } from './sw-msi.js';
import {
  IOMMU_IOAS_MAP_FIXED_IOVA,
  IOMMU_IOAS_MAP_READABLE,
  IOMMU_IOAS_MAP_WRITEABLE,
  IOMMU_OPTION_HUGE_PAGES,
  IOMMU_OPTION_OP_GET,
  IOMMU_OPTION_OP_SET,
  IOMMU_OPTION_RLIMIT_MODE,
  IOMMU_VFIO_IOAS_CLEAR,
  IOMMU_VFIO_IOAS_GET,
  IOMMU_VFIO_IOAS_SET,
} from './uapi/constants.js';
import { type UserMemory, windowUserMemory } from './user-memory.js';

/** How a context is opened. */
export interface IommufdOptions {
  /** The memory that pointers in structures lead into. Default: RAM of the model, by physical address. */
  readonly user?: UserMemory;
  /** DIRTY_TRACKING is taken with NEST_PARENT: pages that a guest's devices write. Default false, as Linux's driver has it. */
  readonly dirtyNestParent?: boolean;
}

const U64 = (1n << 64n) - 1n;

/** Objects of one open /dev/iommu, and the calls for its address spaces. */
export class IoasCalls {
  readonly iommu: HostIommu<SmmuHardware>;
  /** What pointers in structures lead into. */
  readonly user: UserMemory;
  protected readonly dirtyNestParent: boolean;
  protected readonly objects = new ObjectTable();
  protected readonly files = new FileTable();
  protected readonly doorbells: DoorbellPages;
  /** OPTION RLIMIT_MODE: pinned pages count for the process, not for the user. Nothing is counted here. */
  #rlimitMode = 0n;
  /** The address space that VFIO's own ioctls act on. */
  #vfioIoas: Ioas | undefined;

  constructor(iommu: HostIommu<SmmuHardware>, options: IommufdOptions = {}) {
    record(options, 'options', ['user', 'dirtyNestParent']);
    this.iommu = iommu;
    this.user = options.user ?? windowUserMemory(iommu.smmu.memory);
    this.dirtyNestParent = truth(options.dirtyNestParent, 'dirtyNestParent');
    this.doorbells = new DoorbellPages(BigInt(2 ** iommu.features.granules[0]));
  }

  /** @returns ioas_id */
  ioasAlloc({ flags = 0 }: { readonly flags?: number } = {}): number {
    if (flags !== 0) throw new IommuError('EOPNOTSUPP', `flags must be 0, not ${flags}`);
    const { features } = this.iommu;
    const bits = Math.min(48, features.oasBits);
    const window = { start: SW_MSI_START, last: SW_MSI_START + SW_MSI_BYTES - 1n };
    return this.objects.add(new Ioas(this.doorbells.pageBytes, 1n << BigInt(bits), window)).id;
  }

  /** What of an address space may be mapped: all but the window for MSIs. */
  ioasIovaRanges(ioasId: number): {
    readonly ranges: readonly { readonly start: bigint; readonly last: bigint }[];
    readonly alignment: bigint;
  } {
    const { ranges, alignment } = this.objects.get(ioasId, Ioas, 'ioas_id');
    return { ranges, alignment };
  }

  /** What is mapped, by address. */
  ioasAreas(ioasId: number): readonly IoasArea[] {
    return [...this.objects.get(ioasId, Ioas, 'ioas_id').areas];
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
    const flags = mapFlags(map.flags, map.iova);
    for (const name of ['userVa', 'length'] as const) big(map[name], name, 0n, U64);
    const ioas = this.objects.get(map.ioasId, Ioas, 'ioas_id');
    const pa = this.user.physical?.(map.userVa, map.length) ?? map.userVa;
    const writable = (flags & IOMMU_IOAS_MAP_WRITEABLE) !== 0;
    return ioas.map(placeOf(flags, map.iova), [{ pa, length: map.length, writable, file: false }], flags);
  }

  /**
   * Maps memory of a file; the option `user` says where in the machine that is.
   * @param map.flags as of `ioasMap`
   * @returns where it is mapped
   * @throws IommuError EBADF: `fd` is no memory file; EINVAL: it is a queue's; and as `ioasMap`
   */
  ioasMapFile(map: {
    readonly ioasId: number;
    readonly fd: number;
    readonly start: bigint;
    readonly length: bigint;
    readonly iova?: bigint;
    readonly flags?: number;
  }): bigint {
    record(map, 'map_file', ['ioasId', 'fd', 'start', 'length', 'iova', 'flags']);
    const { fd, start, length } = map;
    const flags = mapFlags(map.flags, map.iova);
    if (map.iova === U64 || length === U64)
      throw new IommuError('EOVERFLOW', `${hex(length)} bytes leave the address space`);
    if ((flags & (IOMMU_IOAS_MAP_READABLE | IOMMU_IOAS_MAP_WRITEABLE)) === 0)
      throw new IommuError('EINVAL', 'flags must have READABLE or WRITEABLE');
    const ioas = this.objects.get(map.ioasId, Ioas, 'ioas_id');
    if (start + length > U64)
      throw new IommuError('EOVERFLOW', `${hex(length)} bytes at ${hex(start)} leave the file`);
    if (this.files.has(fd)) throw new IommuError('EINVAL', `fd ${fd} is a queue, and no memory file`);
    const pa = this.user.file?.(fd, start, length);
    if (pa === undefined) throw new IommuError('EBADF', `fd ${fd} is no memory file`);
    const writable = (flags & IOMMU_IOAS_MAP_WRITEABLE) !== 0;
    return ioas.map(placeOf(flags, map.iova), [{ pa, length, writable, file: true }], flags);
  }

  /**
   * Maps in one address space what another maps; the memory need not be named again.
   * @param copy.dstIova without IOMMU_IOAS_MAP_FIXED_IOVA not looked at
   * @param copy.flags as of `ioasMap`
   * @returns where it is mapped
   * @throws IommuError EOPNOTSUPP: flags; EOVERFLOW; EINVAL; ENOENT: no such IOAS, or a hole in the source; EPERM: WRITEABLE, and the
   *   source was mapped without; EEXIST, ENOSPC, ENOMEM
   */
  ioasCopy(copy: {
    readonly dstIoasId: number;
    readonly srcIoasId: number;
    readonly length: bigint;
    readonly srcIova: bigint;
    readonly dstIova?: bigint;
    readonly flags?: number;
  }): bigint {
    record(copy, 'ioas_copy', ['dstIoasId', 'srcIoasId', 'length', 'srcIova', 'dstIova', 'flags']);
    const { dstIoasId, srcIoasId, length, srcIova, dstIova } = copy;
    const flags = mapFlags(copy.flags, dstIova);
    if (length === U64 || dstIova === U64)
      throw new IommuError('EOVERFLOW', `${hex(length)} bytes leave the address space`);
    if ((flags & (IOMMU_IOAS_MAP_READABLE | IOMMU_IOAS_MAP_WRITEABLE)) === 0)
      throw new IommuError('EINVAL', 'flags must have READABLE or WRITEABLE');
    const pieces = this.objects.get(srcIoasId, Ioas, 'src_ioas_id').pieces(srcIova, length);
    return this.objects.get(dstIoasId, Ioas, 'dst_ioas_id').map(placeOf(flags, dstIova), pieces, flags);
  }

  /**
   * Says where addresses are chosen by `ioasMap` and its like from now on; no range: wherever there is room.
   * @throws IommuError ENOENT; EINVAL: an empty range, or two that overlap; EADDRINUSE: one is reserved. Nothing changes then
   */
  ioasAllowIovas(ioasId: number, ranges: readonly IovaRange[]): void {
    this.objects.get(ioasId, Ioas, 'ioas_id').allow(ranges);
  }

  /**
   * Takes whole mappings away; from 0 with 2^64 - 1 bytes, all.
   * @returns bytes that were mapped
   * @throws IommuError ENOENT: nothing there, or the range ends inside a mapping
   */
  ioasUnmap(ioasId: number, iova: bigint, length: bigint): bigint {
    return this.objects.get(ioasId, Ioas, 'ioas_id').unmap(iova, length);
  }

  /**
   * Hands what is mapped to another process: memory of files can be, memory of a process cannot.
   * @throws IommuError EINVAL: some address space maps memory of a process
   */
  ioasChangeProcess(): void {
    if (this.objects.all.some((object) => object instanceof Ioas && object.ofProcess))
      throw new IommuError('EINVAL', 'memory of a process is mapped: only files can change hands');
  }

  /**
   * Reads or sets an option.
   * @param asked.optionId IOMMU_OPTION_RLIMIT_MODE of the context, IOMMU_OPTION_HUGE_PAGES of an IOAS
   * @param asked.op IOMMU_OPTION_OP_*
   * @returns its value
   * @throws IommuError EOPNOTSUPP: unknown option or op, an object for RLIMIT_MODE; ENOENT; EINVAL: a value other than 0 and 1, or
   *   HUGE_PAGES 0 when tables hold mappings; EBUSY: RLIMIT_MODE once there are objects
   */
  option(asked: {
    readonly optionId: number;
    readonly op: number;
    readonly objectId?: number;
    readonly val64?: bigint;
  }): bigint {
    record(asked, 'option', ['optionId', 'op', 'objectId', 'val64']);
    const { optionId, op, objectId = 0, val64 = 0n } = asked;
    if (optionId === IOMMU_OPTION_RLIMIT_MODE) {
      if (objectId !== 0) throw new IommuError('EOPNOTSUPP', 'RLIMIT_MODE is of no object');
      if (op === IOMMU_OPTION_OP_GET) return this.#rlimitMode;
      checkOp(op);
      if (this.objects.all.length > 0) throw new IommuError('EBUSY', 'there are objects already');
      return (this.#rlimitMode = zeroOrOne(val64));
    }
    if (optionId !== IOMMU_OPTION_HUGE_PAGES)
      throw new IommuError('EOPNOTSUPP', `option_id ${optionId} is not known`);
    const ioas = this.objects.get(objectId, Ioas, 'object_id');
    if (op === IOMMU_OPTION_OP_GET) return ioas.hugePages ? 1n : 0n;
    checkOp(op);
    if (zeroOrOne(val64) === 0n && ioas.hugePages && ioas.hasTables && ioas.areas.length > 0)
      throw new IommuError('EINVAL', 'page tables hold mappings already');
    ioas.hugePages = val64 === 1n;
    return val64;
  }

  /**
   * Reads, sets or clears the address space that VFIO's own ioctls act on.
   * @param op IOMMU_VFIO_IOAS_*
   * @returns its id; of CLEAR 0
   * @throws IommuError ENODEV: GET, and there is none; ENOENT; EOPNOTSUPP: unknown op
   */
  vfioIoas(op: number, ioasId = 0): number {
    switch (op) {
      case IOMMU_VFIO_IOAS_GET: {
        const ioas = this.#vfioIoas;
        if (ioas === undefined || this.objects.find(ioas.id) !== ioas)
          throw new IommuError('ENODEV', 'no IOAS has been set for VFIO');
        return ioas.id;
      }
      case IOMMU_VFIO_IOAS_SET:
        this.#vfioIoas = this.objects.get(ioasId, Ioas, 'ioas_id');
        return ioasId;
      case IOMMU_VFIO_IOAS_CLEAR:
        this.#vfioIoas = undefined;
        return 0;
      default:
        throw new IommuError('EOPNOTSUPP', `op must be GET 0, SET 1 or CLEAR 2, not ${op}`);
    }
  }
}

/** IOMMU_IOAS_MAP_*; by default all that `iova` calls for. */
function mapFlags(asked: number | undefined, iova: bigint | undefined): number {
  const fixed = iova === undefined ? 0 : IOMMU_IOAS_MAP_FIXED_IOVA;
  const flags = asked ?? fixed | IOMMU_IOAS_MAP_WRITEABLE | IOMMU_IOAS_MAP_READABLE;
  const known = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_WRITEABLE | IOMMU_IOAS_MAP_READABLE;
  if ((flags & ~known) !== 0) throw new IommuError('EOPNOTSUPP', `flags ${flags} are not known`);
  return flags;
}

function placeOf(flags: number, iova = 0n): bigint | undefined {
  return (flags & IOMMU_IOAS_MAP_FIXED_IOVA) === 0 ? undefined : iova;
}

function checkOp(op: number): void {
  if (op !== IOMMU_OPTION_OP_SET) throw new IommuError('EOPNOTSUPP', `op must be SET 0 or GET 1, not ${op}`);
}

function zeroOrOne(value: bigint): bigint {
  if (value !== 0n && value !== 1n) throw new IommuError('EINVAL', `val64 must be 0 or 1, not ${value}`);
  return value;
}
