// The structures as bytes: each image is written by hand from the offsets of the header, fields holding 0x11, 0x22 and so on.
import { describe, expect, test } from '@jest/globals';
import { decodeStruct, encodeStruct, structs, type Struct } from '../../src/iommufd/index.js';
import { image } from './support/machine.js';

const U8 = (...bytes: number[]): Uint8Array => new Uint8Array(bytes);
const joined = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(parts.flatMap((part) => [...part]));

/** Structure, values, image. `size` is filled in. */
const IMAGES: [string, Struct, Record<string, unknown>, Uint8Array][] = [
  ['DESTROY', structs.iommuDestroy, { id: 0x11 }, image(8, 0x11)],
  ['IOAS_ALLOC', structs.iommuIoasAlloc, { flags: 1, outIoasId: 2 }, image(12, 1, 2)],
  [
    'IOAS_ALLOW_IOVAS',
    structs.iommuIoasAllowIovas,
    { ioasId: 1, numIovas: 2, reserved: 3, allowedIovas: 4n },
    image(24, 1, 2, 3, 4n),
  ],
  [
    'IOAS_COPY',
    structs.iommuIoasCopy,
    { flags: 7, dstIoasId: 1, srcIoasId: 2, length: 3n, dstIova: 4n, srcIova: 5n },
    image(40, 7, 1, 2, 3n, 4n, 5n),
  ],
  [
    'IOAS_MAP_FILE',
    structs.iommuIoasMapFile,
    { flags: 7, ioasId: 1, fd: 2, start: 3n, length: 4n, iova: 5n },
    image(40, 7, 1, 2, 3n, 4n, 5n),
  ],
  ['IOAS_CHANGE_PROCESS', structs.iommuIoasChangeProcess, { reserved: 1 }, image(8, 1)],
  [
    'OPTION',
    structs.iommuOption,
    { optionId: 1, op: 2, reserved: 3, objectId: 4, val64: 5n },
    image(24, 1, 0x0003_0002, 4, 5n),
  ],
  ['VFIO_IOAS', structs.iommuVfioIoas, { ioasId: 1, op: 2, reserved: 3 }, image(12, 1, 0x0003_0002)],
  [
    'HWPT_SET_DIRTY_TRACKING',
    structs.iommuHwptSetDirtyTracking,
    { flags: 1, hwptId: 2, reserved: 3 },
    image(16, 1, 2, 3),
  ],
  [
    'HWPT_GET_DIRTY_BITMAP',
    structs.iommuHwptGetDirtyBitmap,
    { hwptId: 1, flags: 2, reserved: 3, iova: 4n, length: 5n, pageSize: 6n, data: 7n },
    image(48, 1, 2, 3, 4n, 5n, 6n, 7n),
  ],
  [
    'HW_QUEUE_ALLOC',
    structs.iommuHwQueueAlloc,
    { flags: 1, viommuId: 2, type: 3, index: 4, outHwQueueId: 5, nestingParentIova: 6n, length: 7n },
    image(40, 1, 2, 3, 4, 5, 6n, 7n),
  ],
  [
    'IOAS_IOVA_RANGES',
    structs.iommuIoasIovaRanges,
    { ioasId: 1, numIovas: 2, reserved: 3, allowedIovas: 4n, outIovaAlignment: 5n },
    image(32, 1, 2, 3, 4n, 5n),
  ],
  [
    'IOAS_MAP',
    structs.iommuIoasMap,
    { flags: 7, ioasId: 1, reserved: 0, userVa: 0x1122_3344_5566_7788n, length: 2n, iova: 3n },
    image(40, 7, 1, 0, 0x1122_3344_5566_7788n, 2n, 3n),
  ],
  ['IOAS_UNMAP', structs.iommuIoasUnmap, { ioasId: 1, iova: 2n, length: 3n }, image(24, 1, 2n, 3n)],
  [
    'HWPT_ALLOC',
    structs.iommuHwptAlloc,
    {
      flags: 1,
      devId: 2,
      ptId: 3,
      outHwptId: 4,
      reserved: 5,
      dataType: 6,
      dataLen: 7,
      dataUptr: 8n,
      faultId: 9,
      reserved2: 10,
    },
    image(48, 1, 2, 3, 4, 5, 6, 7, 8n, 9, 10),
  ],
  [
    'GET_HW_INFO',
    structs.iommuHwInfo,
    {
      flags: 1,
      devId: 2,
      dataLen: 3,
      dataUptr: 4n,
      dataType: 5,
      outMaxPasidLog2: 6,
      reserved: [7, 8, 9],
      outCapabilities: 10n,
    },
    joined(image(40, 1, 2, 3, 4n, 5), U8(6, 7, 8, 9), image(10n)),
  ],
  [
    'HWPT_INVALIDATE',
    structs.iommuHwptInvalidate,
    { hwptId: 1, dataUptr: 2n, dataType: 3, entryLen: 4, entryNum: 5, reserved: 6 },
    image(32, 1, 2n, 3, 4, 5, 6),
  ],
  [
    'FAULT_QUEUE_ALLOC',
    structs.iommuFaultAlloc,
    { flags: 1, outFaultId: 2, outFaultFd: 3 },
    image(16, 1, 2, 3),
  ],
  [
    'VIOMMU_ALLOC',
    structs.iommuViommuAlloc,
    { flags: 1, type: 2, devId: 3, hwptId: 4, outViommuId: 5, dataLen: 6, reserved: 7, dataUptr: 8n },
    image(40, 1, 2, 3, 4, 5, 6, 7, 8n),
  ],
  [
    'VDEVICE_ALLOC',
    structs.iommuVdeviceAlloc,
    { viommuId: 1, devId: 2, outVdeviceId: 3, virtId: 4n },
    image(24, 1, 2, 3, 4n),
  ],
  [
    'VEVENTQ_ALLOC',
    structs.iommuVeventqAlloc,
    { flags: 1, viommuId: 2, type: 3, veventqDepth: 4, outVeventqId: 5, outVeventqFd: 6, reserved: 7 },
    image(32, 1, 2, 3, 4, 5, 6, 7),
  ],
  [
    'iommu_hwpt_arm_smmuv3',
    structs.iommuHwptArmSmmuv3,
    { ste: [0x8004_000bn, 0xd4n] },
    image(0x8004_000bn, 0xd4n),
  ],
  [
    'iommu_hw_info_arm_smmuv3',
    structs.iommuHwInfoArmSmmuv3,
    { flags: 1, reserved: 2, idr: [3, 4, 5, 6, 7, 8], iidr: 9, aidr: 10 },
    image(1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
  ],
  [
    'iommu_viommu_arm_smmuv3_invalidate',
    structs.iommuViommuArmSmmuv3Invalidate,
    { cmd: [0x30n, 1n] },
    image(0x30n, 1n),
  ],
  [
    'iommufd_vevent_header',
    structs.iommufdVeventHeader,
    { flags: 1, sequence: 0x7fff_ffff },
    image(1, 0x7fff_ffff),
  ],
  ['iommu_vevent_arm_smmuv3', structs.iommuVeventArmSmmuv3, { evt: [1n, 2n, 3n, 4n] }, image(1n, 2n, 3n, 4n)],
  [
    'iommu_hwpt_pgfault',
    structs.iommuHwptPgfault,
    { flags: 1, devId: 2, pasid: 3, grpid: 4, perm: 5, reserved: 6, addr: 7n, length: 8, cookie: 9 },
    image(1, 2, 3, 4, 5, 6, 7n, 8, 9),
  ],
  ['iommu_hwpt_page_response', structs.iommuHwptPageResponse, { cookie: 1, code: 1 }, image(1, 1)],
  ['iommu_iova_range', structs.iommuIovaRange, { start: 1n, last: 2n }, image(1n, 2n)],
];

describe('byte images of the structures', () => {
  test.each(IMAGES)('%s', (_, shape, values, bytes) => {
    expect(shape.size).toBe(bytes.length);
    expect(encodeStruct(shape, values as never)).toEqual(bytes);
    expect(decodeStruct(shape, bytes)).toEqual(
      'size' in shape.fields ? { size: shape.size, ...values } : values,
    );
  });

  test('a shorter structure of an older header reads as 0 beyond its end', () => {
    const old = image(24, 1, 2, 3, 4, 5);
    expect(decodeStruct(structs.iommuHwptAlloc, old)).toMatchObject({ ptId: 3, dataType: 0, dataUptr: 0n });
    expect(() => decodeStruct(structs.iommuHwptAlloc, old.subarray(0, 20))).toThrow(
      new RangeError('iommu_hwpt_alloc has at least 24 bytes, not 20'),
    );
  });

  test('a value that its field cannot hold is refused by name', () => {
    expect(() => encodeStruct(structs.iommuDestroy, { id: 2 ** 32 })).toThrow('iommu_destroy.id');
    expect(() => encodeStruct(structs.iommuIoasUnmap, { iova: 1n << 64n })).toThrow('iommu_ioas_unmap.iova');
    expect(() => encodeStruct(structs.iommuHwptArmSmmuv3, { ste: [0n, 0n, 0n] })).toThrow('ste');
  });
});
