/** Calls by number: a structure in, a structure out (Linux, iommufd_fops_ioctl). */
import { hex, show } from '../base/check.js';
import { IommuError } from '../base/errors.js';
import { encodeHwInfo } from './hw-info.js';
import { InvalidationError } from './invalidate.js';
import type { IommufdCalls } from './calls.js';
import * as Constants from './uapi/constants.js';
import { decodeStruct, encodeStruct, storeStruct, type Struct, type StructValues } from './uapi/struct.js';
import * as Structs from './uapi/structs.js';

interface Call {
  readonly shape: Struct;
  run(fd: IommufdCalls, bytes: Uint8Array): void;
}

/** The most bytes that one call copies from user space: 2^19 commands. */
const MAX_COPY = 2 ** 23;

/** A call whose `perform` gets the fields and returns those that change. */
function call<T extends Struct>(
  shape: T,
  perform: (fd: IommufdCalls, values: StructValues<T>) => Partial<StructValues<T>> | undefined,
): Call {
  return {
    shape,
    run(fd, bytes) {
      const changed = perform(fd, decodeStruct(shape, bytes));
      if (changed !== undefined) storeStruct(shape, bytes, changed);
    },
  };
}

const CALLS: Readonly<Record<number, Call>> = {
  [Constants.IOMMU_DESTROY]: call(Structs.iommuDestroy, (fd, { id }) => {
    fd.destroy(id);
    return undefined;
  }),
  [Constants.IOMMU_IOAS_ALLOC]: call(Structs.iommuIoasAlloc, (fd, { flags }) => ({
    outIoasId: fd.ioasAlloc({ flags }),
  })),
  [Constants.IOMMU_IOAS_IOVA_RANGES]: call(Structs.iommuIoasIovaRanges, iovaRanges),
  [Constants.IOMMU_IOAS_ALLOW_IOVAS]: call(Structs.iommuIoasAllowIovas, allowIovas),
  [Constants.IOMMU_IOAS_COPY]: call(
    Structs.iommuIoasCopy,
    (fd, { flags, dstIoasId, srcIoasId, length, dstIova, srcIova }) => ({
      dstIova: fd.ioasCopy({ flags, dstIoasId, srcIoasId, length, dstIova, srcIova }),
    }),
  ),
  [Constants.IOMMU_IOAS_MAP_FILE]: call(
    Structs.iommuIoasMapFile,
    (fd, { flags, ioasId, fd: file, start, length, iova }) => ({
      iova: fd.ioasMapFile({ flags, ioasId, fd: file, start, length, iova }),
    }),
  ),
  [Constants.IOMMU_IOAS_CHANGE_PROCESS]: call(Structs.iommuIoasChangeProcess, (fd, { reserved }) => {
    checkReserved(reserved);
    fd.ioasChangeProcess();
    return undefined;
  }),
  [Constants.IOMMU_OPTION]: call(Structs.iommuOption, (fd, { optionId, op, objectId, val64, reserved }) => {
    checkReserved(reserved);
    return { val64: fd.option({ optionId, op, objectId, val64 }) };
  }),
  [Constants.IOMMU_VFIO_IOAS]: call(Structs.iommuVfioIoas, (fd, { ioasId, op, reserved }) => {
    checkReserved(reserved);
    const found = fd.vfioIoas(op, ioasId);
    return op === Constants.IOMMU_VFIO_IOAS_GET ? { ioasId: found } : undefined;
  }),
  [Constants.IOMMU_HWPT_SET_DIRTY_TRACKING]: call(
    Structs.iommuHwptSetDirtyTracking,
    (fd, { flags, hwptId, reserved }) => {
      checkReserved(reserved);
      fd.hwptSetDirtyTracking(hwptId, flags);
      return undefined;
    },
  ),
  [Constants.IOMMU_HWPT_GET_DIRTY_BITMAP]: call(Structs.iommuHwptGetDirtyBitmap, (fd, v) => {
    const { hwptId, flags, iova, length, pageSize, data } = v;
    checkReserved(v.reserved);
    const query = { hwptId, iova, length, pageSize };
    const keep = Constants.IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR;
    const bitmap = fd.hwptGetDirtyBitmap({ ...query, flags: flags | keep });
    // What is set there stays set: a program gathers over several calls. Nothing is cleared that it has not got.
    const before = copyIn(fd, data, bitmap.length, 'data');
    const both = bitmap.map((byte, i) => byte | before[i]);
    copyOut(fd, data, both, 'data');
    if ((flags & keep) === 0) fd.hwptGetDirtyBitmap(query);
    return undefined;
  }),
  [Constants.IOMMU_HW_QUEUE_ALLOC]: call(
    Structs.iommuHwQueueAlloc,
    (fd, { flags, viommuId, type, index, nestingParentIova, length }) =>
      fd.hwQueueAlloc({ flags, viommuId, type, index, nestingParentIova, length }),
  ),
  [Constants.IOMMU_IOAS_MAP]: call(
    Structs.iommuIoasMap,
    (fd, { ioasId, userVa, length, iova, flags, reserved }) => {
      if (reserved !== 0) throw new IommuError('EOPNOTSUPP', '__reserved must be 0');
      return { iova: fd.ioasMap({ ioasId, userVa, length, iova, flags }) };
    },
  ),
  [Constants.IOMMU_IOAS_UNMAP]: call(Structs.iommuIoasUnmap, (fd, { ioasId, iova, length }) => ({
    length: fd.ioasUnmap(ioasId, iova, length),
  })),
  [Constants.IOMMU_HWPT_ALLOC]: call(Structs.iommuHwptAlloc, (fd, v) => {
    if (v.reserved !== 0 || v.reserved2 !== 0) throw new IommuError('EOPNOTSUPP', '__reserved must be 0');
    const { devId, ptId, flags, dataType, dataLen, dataUptr, faultId } = v;
    // The kernel copies what the data is for only once all else is right.
    if ((dataType === Constants.IOMMU_HWPT_DATA_NONE) !== (dataLen === 0))
      throw new IommuError('EINVAL', `data_type ${dataType} does not go with data_len ${dataLen}`);
    const data = dataLen === 0 ? {} : { data: copyIn(fd, dataUptr, dataLen, 'data_uptr') };
    return { outHwptId: fd.hwptAlloc({ devId, ptId, flags, dataType, faultId, ...data }) };
  }),
  [Constants.IOMMU_GET_HW_INFO]: call(Structs.iommuHwInfo, hwInfo),
  [Constants.IOMMU_HWPT_INVALIDATE]: call(Structs.iommuHwptInvalidate, (fd, v) => {
    const { hwptId, dataType, entryLen, entryNum } = v;
    const empty = entryNum > 0 && (v.dataUptr === 0n || entryLen === 0);
    if (v.reserved !== 0) throw new InvalidationError('EOPNOTSUPP', '__reserved must be 0', 0);
    if (empty) throw new InvalidationError('EINVAL', 'data_uptr and entry_len must not be 0', 0);
    if (entryLen * entryNum > MAX_COPY) throw new InvalidationError('EINVAL', 'too many entries', 0);
    const entries = entryNum === 0 ? [] : copyIn(fd, v.dataUptr, entryLen * entryNum, 'data_uptr');
    return { entryNum: fd.hwptInvalidate({ hwptId, dataType, entryLen, entries }) };
  }),
  [Constants.IOMMU_FAULT_QUEUE_ALLOC]: call(Structs.iommuFaultAlloc, (fd, { flags }) => {
    const made = fd.faultQueueAlloc({ flags });
    return { outFaultId: made.faultId, outFaultFd: made.fd };
  }),
  [Constants.IOMMU_VIOMMU_ALLOC]: call(
    Structs.iommuViommuAlloc,
    (fd, { flags, type, devId, hwptId, dataLen }) => {
      if (dataLen !== 0) throw new IommuError('EOPNOTSUPP', 'an SMMUv3 takes no data');
      return { outViommuId: fd.viommuAlloc({ flags, type, devId, hwptId }) };
    },
  ),
  [Constants.IOMMU_VDEVICE_ALLOC]: call(Structs.iommuVdeviceAlloc, (fd, { viommuId, devId, virtId }) => ({
    outVdeviceId: fd.vdeviceAlloc({ viommuId, devId, virtId }),
  })),
  [Constants.IOMMU_VEVENTQ_ALLOC]: call(Structs.iommuVeventqAlloc, (fd, v) => {
    const { flags, viommuId, type, veventqDepth: depth } = v;
    if (v.reserved !== 0) throw new IommuError('EOPNOTSUPP', '__reserved must be 0');
    const made = fd.veventqAlloc({ flags, viommuId, type, depth });
    return { outVeventqId: made.veventqId, outVeventqFd: made.fd };
  }),
};

/** Performs a call; what it gives back is stored in `bytes`. */
export function runIoctl(fd: IommufdCalls, nr: number, bytes: Uint8Array): void {
  if (!(bytes instanceof Uint8Array)) throw new TypeError(`bytes must be a Uint8Array, not ${show(bytes)}`);
  const found = CALLS[nr];
  if (found === undefined) throw new IommuError('ENOTTY', `no ioctl has number ${hex(nr)}`);
  const { shape } = found;
  if (bytes.length < 4) throw new IommuError('EFAULT', 'a structure begins with its size, 4 bytes');
  const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  if (size < shape.least)
    throw new IommuError('EINVAL', `${shape.name}.size must be at least ${shape.least}, not ${size}`);
  if (size > bytes.length)
    throw new IommuError('EFAULT', `${shape.name}.size is ${size}, and there are ${bytes.length} bytes`);
  if (bytes.subarray(shape.size, size).some((byte) => byte !== 0))
    throw new IommuError('E2BIG', `${shape.name} has more than the ${shape.size} bytes that are known`);
  try {
    found.run(fd, bytes.subarray(0, size));
  } catch (error) {
    if (error instanceof InvalidationError)
      storeStruct(Structs.iommuHwptInvalidate, bytes, { entryNum: error.entryNum });
    // A number that its field holds and the call has no use for.
    if (error instanceof RangeError) throw new IommuError('EINVAL', error.message);
    throw error;
  }
}

function copyIn(fd: IommufdCalls, address: bigint, length: number, name: string): Uint8Array {
  try {
    return fd.user.read(address, length);
  } catch (error) {
    throw new IommuError('EFAULT', `${name} ${hex(address)}: ${(error as Error).message}`);
  }
}

function copyOut(fd: IommufdCalls, address: bigint, bytes: Uint8Array, name: string): void {
  try {
    fd.user.write(address, bytes);
  } catch (error) {
    throw new IommuError('EFAULT', `${name} ${hex(address)}: ${(error as Error).message}`);
  }
}

function checkReserved(reserved: number): void {
  if (reserved !== 0) throw new IommuError('EOPNOTSUPP', '__reserved must be 0');
}

function allowIovas(
  fd: IommufdCalls,
  { ioasId, numIovas, reserved, allowedIovas }: StructValues<typeof Structs.iommuIoasAllowIovas>,
): undefined {
  checkReserved(reserved);
  fd.ioasIovaRanges(ioasId); // ENOENT comes before the ranges are read
  const { size } = Structs.iommuIovaRange;
  const bytes =
    numIovas === 0 ? new Uint8Array() : copyIn(fd, allowedIovas, numIovas * size, 'allowed_iovas');
  fd.ioasAllowIovas(
    ioasId,
    Array.from({ length: numIovas }, (_, i) =>
      decodeStruct(Structs.iommuIovaRange, bytes.subarray(i * size, (i + 1) * size)),
    ),
  );
}

function iovaRanges(
  fd: IommufdCalls,
  { ioasId, numIovas, reserved, allowedIovas }: StructValues<typeof Structs.iommuIoasIovaRanges>,
): Partial<StructValues<typeof Structs.iommuIoasIovaRanges>> {
  if (reserved !== 0) throw new IommuError('EOPNOTSUPP', '__reserved must be 0');
  const { ranges, alignment } = fd.ioasIovaRanges(ioasId);
  ranges.slice(0, numIovas).forEach((range, i) => {
    const at = allowedIovas + BigInt(i * Structs.iommuIovaRange.size);
    copyOut(fd, at, encodeStruct(Structs.iommuIovaRange, range), 'allowed_iovas');
  });
  return { numIovas: ranges.length, outIovaAlignment: alignment };
}

function hwInfo(
  fd: IommufdCalls,
  v: StructValues<typeof Structs.iommuHwInfo>,
): Partial<StructValues<typeof Structs.iommuHwInfo>> {
  if ((v.flags & ~Constants.IOMMU_HW_INFO_FLAG_INPUT_TYPE) !== 0 || v.reserved.some((byte) => byte !== 0))
    throw new IommuError('EOPNOTSUPP', `flags ${hex(v.flags)} are not known`);
  const info = fd.getHwInfo(v.devId);
  const asked = (v.flags & Constants.IOMMU_HW_INFO_FLAG_INPUT_TYPE) === 0 ? 0 : v.dataType;
  if (asked !== Constants.IOMMU_HW_INFO_TYPE_NONE && asked !== info.dataType)
    throw new IommuError('EOPNOTSUPP', `data_type must be ARM_SMMUV3 2, not ${asked}`);
  const payload = encodeHwInfo(info);
  // Whatever of the buffer the kernel has no data for is cleared.
  const buffer = new Uint8Array(Math.min(v.dataLen, MAX_COPY));
  buffer.set(payload.subarray(0, buffer.length));
  if (buffer.length > 0) copyOut(fd, v.dataUptr, buffer, 'data_uptr');
  return {
    dataLen: payload.length,
    dataType: info.dataType,
    outMaxPasidLog2: info.maxPasidLog2,
    outCapabilities: info.capabilities,
  };
}
