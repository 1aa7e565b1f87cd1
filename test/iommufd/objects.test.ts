// Objects with the kernel's rules: who holds whom, what is refused, in which order.
import { describe, expect, jest, test } from '@jest/globals';
import {
  IOMMU_HWPT_ALLOC_DIRTY_TRACKING,
  IOMMU_HWPT_ALLOC_NEST_PARENT,
  IOMMU_HWPT_ALLOC_PASID,
  IOMMU_HWPT_FAULT_ID_VALID,
  IOMMU_IOAS_MAP_FIXED_IOVA,
  IOMMU_IOAS_MAP_READABLE,
  Iommufd,
} from '../../src/iommufd/index.js';
import { HostIommu, IommuError } from '../../src/iommu/index.js';
import { codeOf, FREE, Host } from '../iommu/support/host.js';
import { ABORT, BYPASS, IPA, nesting, PA, S1, SID, VSID } from './support/machine.js';

const OK = 'nothing thrown';

describe('IOAS', () => {
  test('maps in every page table over it, old and new; unmap takes whole mappings', async () => {
    const { h, fd, devId, ioasId, parent } = await nesting();
    fd.attachDevice(devId, parent);
    fd.ioasMap({ ioasId, userVa: FREE, length: 8192n, iova: 0x1000n });
    expect(h.outcome(SID, 0x1008n)).toBe(`0x${(FREE + 8n).toString(16)}`);
    expect(h.outcome(SID, IPA)).toBe(`0x${PA.toString(16)}`);
    expect(codeOf(() => fd.ioasUnmap(ioasId, 0x1000n, 4096n))).toBe('ENOENT'); // reaches beyond
    expect(codeOf(() => fd.ioasUnmap(ioasId, 0x10_0000n, 4096n))).toBe('ENOENT'); // nothing there
    expect(fd.ioasUnmap(ioasId, 0n, 0x10_0000n)).toBe(8192n);
    expect(h.outcome(SID, 0x1008n)).toBe('abort F_TRANSLATION');
    expect(fd.ioasUnmap(ioasId, 0n, (1n << 64n) - 1n)).toBe(16n << 20n);
    expect(fd.ioasUnmap(ioasId, 0n, (1n << 64n) - 1n)).toBe(0n);
    expect(fd.ioasAreas(ioasId)).toEqual([]);
  });

  test('without FIXED_IOVA the lowest room is found', async () => {
    const { fd } = await nesting();
    const ioasId = fd.ioasAlloc();
    const map = (length: bigint): bigint => fd.ioasMap({ ioasId, userVa: FREE, length });
    expect([map(4096n), map(8192n), map(4096n)]).toEqual([0n, 0x1000n, 0x3000n]);
    fd.ioasUnmap(ioasId, 0x1000n, 8192n);
    expect([map(12288n), map(4096n)]).toEqual([0x4000n, 0x1000n]);
    expect(map(0x0800_0000n)).toBe(0x0810_0000n); // past the window for MSIs
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['unknown flag', { flags: 8 }, 'EOPNOTSUPP'],
    ['neither readable nor writable', { flags: IOMMU_IOAS_MAP_FIXED_IOVA }, 'EINVAL'],
    ['no length', { length: 0n }, 'EINVAL'],
    ['length 2^64 - 1', { length: (1n << 64n) - 1n }, 'EOVERFLOW'],
    ['misaligned iova', { iova: 0x800n }, 'EINVAL'],
    ['misaligned length', { length: 100n }, 'EINVAL'],
    ['mapped already', { iova: IPA }, 'EEXIST'],
    ['the window for MSIs', { iova: 0x0800_0000n }, 'EINVAL'],
    ['beyond the addresses', { iova: 1n << 60n }, 'EINVAL'],
    ['unknown IOAS', { ioasId: 77 }, 'ENOENT'],
    ['read only', { flags: IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE }, OK],
  ])('IOAS_MAP: %s', async (_, change, code) => {
    const { fd, ioasId } = await nesting();
    const map = { ioasId, userVa: FREE, length: 4096n, iova: 0x5000n, ...change };
    expect(codeOf(() => fd.ioasMap(map))).toBe(code);
  });

  test('a mapping that fails in one page table is in none', async () => {
    const { h, fd, devId, ioasId, parent } = await nesting();
    fd.attachDevice(devId, parent);
    fd.attachDevice(fd.bindDevice(h.device(0x20)), ioasId);
    const map = jest.spyOn(h.iommu, 'map');
    map.mockImplementationOnce((...args) => HostIommu.prototype.map.apply(h.iommu, args));
    map.mockImplementationOnce(() => {
      throw new IommuError('ENOMEM', 'no table');
    });
    expect(codeOf(() => fd.ioasMap({ ioasId, userVa: FREE, length: 4096n, iova: 0x5000n }))).toBe('ENOMEM');
    expect(map).toHaveBeenCalledTimes(2);
    expect(h.outcome(SID, 0x5000n)).toBe('abort F_TRANSLATION');
    expect(fd.ioasAreas(ioasId).length).toBe(1);
  });

  test('IOVA_RANGES: all but the window for MSIs', async () => {
    const { fd, ioasId } = await nesting();
    const { ranges, alignment } = fd.ioasIovaRanges(ioasId);
    expect(alignment).toBe(4096n);
    expect(ranges.map(({ start, last }) => [start, last])).toEqual([
      [0n, 0x07ff_ffffn],
      [0x0810_0000n, (1n << 48n) - 1n],
    ]);
  });
});

describe('HWPT_ALLOC, in the kernel’s order', () => {
  test('paging: flags, ids, data', async () => {
    const { fd, devId, ioasId, parent } = await nesting();
    const alloc = (flags: number, more: object = {}): string =>
      codeOf(() => fd.hwptAlloc({ devId, ptId: ioasId, flags, ...more }));
    expect(alloc(0)).toBe(OK);
    expect(alloc(IOMMU_HWPT_ALLOC_NEST_PARENT)).toBe(OK);
    expect(alloc(IOMMU_HWPT_ALLOC_PASID)).toBe(OK);
    expect(alloc(IOMMU_HWPT_ALLOC_DIRTY_TRACKING)).toBe(OK);
    expect(alloc(IOMMU_HWPT_ALLOC_NEST_PARENT | IOMMU_HWPT_FAULT_ID_VALID)).toBe('EOPNOTSUPP');
    expect(alloc(0x100)).toBe('EOPNOTSUPP');
    expect(alloc(0, { data: { ste: ABORT } })).toBe('EOPNOTSUPP');
    expect(alloc(IOMMU_HWPT_FAULT_ID_VALID, { faultId: 77 })).toBe('ENOENT');
    expect(codeOf(() => fd.hwptAlloc({ devId: 77, ptId: ioasId }))).toBe('ENOENT');
    expect(codeOf(() => fd.hwptAlloc({ devId, ptId: 77 }))).toBe('EINVAL');
    expect(codeOf(() => fd.hwptAlloc({ devId, ptId: devId }))).toBe('EINVAL');
    expect(codeOf(() => fd.hwptAlloc({ devId, ptId: parent, data: { ste: ABORT } }))).toBe('EOPNOTSUPP');
  });

  test('nested: flags before the STE', async () => {
    const { fd, devId, viommuId } = await nesting();
    const alloc = (flags: number, ste: readonly [bigint, bigint] = ABORT): string =>
      codeOf(() => fd.hwptAlloc({ devId, ptId: viommuId, data: { ste }, flags }));
    const bad: [bigint, bigint] = [7n, 0n];
    expect(alloc(IOMMU_HWPT_ALLOC_NEST_PARENT, bad)).toBe('EOPNOTSUPP');
    expect(alloc(IOMMU_HWPT_ALLOC_DIRTY_TRACKING, bad)).toBe('EOPNOTSUPP');
    expect(alloc(IOMMU_HWPT_ALLOC_PASID, bad)).toBe('EOPNOTSUPP');
    expect(alloc(IOMMU_HWPT_FAULT_ID_VALID, bad)).toBe('EIO');
    expect(alloc(IOMMU_HWPT_FAULT_ID_VALID)).toBe('ENOENT');
    expect(alloc(0)).toBe(OK);
  });

  test('NEST_PARENT needs both stages', async () => {
    const h = await Host.create({ id: { S2P: 0, Hyp: 0, VMID16: 0, VMW: 0 } });
    const fd = new Iommufd(h.iommu);
    const devId = fd.bindDevice(h.device());
    const ptId = fd.ioasAlloc();
    expect(codeOf(() => fd.hwptAlloc({ devId, ptId, flags: IOMMU_HWPT_ALLOC_NEST_PARENT }))).toBe(
      'EOPNOTSUPP',
    );
  });
});

describe('VIOMMU_ALLOC', () => {
  test('flags, type, ids, a page table that is no nest parent', async () => {
    const { fd, devId, ioasId, parent } = await nesting();
    const alloc = (more: object): string => codeOf(() => fd.viommuAlloc({ devId, hwptId: parent, ...more }));
    expect(alloc({ flags: 1, devId: 77 })).toBe('EOPNOTSUPP');
    expect(alloc({ type: 0 })).toBe('EOPNOTSUPP');
    expect(alloc({ type: 2 })).toBe('EOPNOTSUPP');
    expect(alloc({ devId: 77 })).toBe('ENOENT');
    expect(alloc({ hwptId: 77 })).toBe('ENOENT');
    expect(alloc({ hwptId: fd.hwptAlloc({ devId, ptId: ioasId }) })).toBe('EINVAL');
    expect(alloc({})).toBe(OK);
  });

  test('a device that is not coherent needs S2FWB', async () => {
    for (const [FWB, code] of [
      [1, OK],
      [0, 'EOPNOTSUPP'],
    ] as const) {
      const { h, fd, parent } = await nesting({ id: { FWB } });
      const devId = fd.bindDevice(h.device(0x20), { canwbs: false });
      expect(codeOf(() => fd.viommuAlloc({ devId, hwptId: parent }))).toBe(code);
    }
  });
});

describe('VDEVICE_ALLOC', () => {
  test('ids, one each way, several StreamIDs', async () => {
    const { h, fd, devId, viommuId } = await nesting();
    const alloc = (more: object): string =>
      codeOf(() => fd.vdeviceAlloc({ viommuId, devId, virtId: VSID, ...more }));
    expect(alloc({ viommuId: 77 })).toBe('ENOENT');
    expect(alloc({ devId: 77 })).toBe('ENOENT');
    expect(alloc({})).toBe(OK);
    expect(alloc({ virtId: 9n })).toBe('EEXIST'); // the device has one
    const second = fd.bindDevice(h.device(0x20));
    expect(alloc({ devId: second })).toBe('EEXIST'); // virt_id in use
    const several = fd.bindDevice(h.iommu.addDevice({ streamIds: [0x30, 0x31] }));
    expect(alloc({ devId: several, virtId: 10n })).toBe('EOPNOTSUPP');
    expect(alloc({ devId: second, virtId: 9n })).toBe(OK);
  });
});

describe('VEVENTQ_ALLOC and FAULT_QUEUE_ALLOC', () => {
  test('flags, type, depth, one of a type', async () => {
    const { fd, viommuId } = await nesting();
    const alloc = (more: object): string => codeOf(() => fd.veventqAlloc({ viommuId, depth: 4, ...more }));
    expect(alloc({ flags: 1, depth: 0 })).toBe('EOPNOTSUPP');
    expect(alloc({ type: 0 })).toBe('EOPNOTSUPP');
    expect(alloc({ type: 2 })).toBe('EOPNOTSUPP');
    expect(alloc({ depth: 0, viommuId: 77 })).toBe('EINVAL');
    expect(alloc({ depth: 2 ** 19 + 1 })).toBe('EINVAL');
    expect(alloc({ viommuId: 77 })).toBe('ENOENT');
    expect(alloc({ depth: 2 ** 19 })).toBe(OK);
    expect(alloc({})).toBe('EEXIST');
    expect(codeOf(() => fd.faultQueueAlloc({ flags: 1 }))).toBe('EOPNOTSUPP');
  });
});

describe('DESTROY: what is held is EBUSY', () => {
  test('inwards-out: queue file, queue, nested tables, VDEVICE, VIOMMU, parent, IOAS', async () => {
    const { h, fd, devId, ioasId, parent, viommuId, nested } = await nesting();
    const vdeviceId = fd.vdeviceAlloc({ viommuId, devId, virtId: VSID });
    const s1 = nested(S1);
    const { veventqId, fd: file } = fd.veventqAlloc({ viommuId, depth: 4 });
    fd.attachDevice(devId, s1);
    const busy = (...ids: number[]): void => {
      for (const id of ids) expect([id, codeOf(() => fd.destroy(id))]).toEqual([id, 'EBUSY']);
    };
    busy(ioasId, parent, viommuId, s1, veventqId, devId);
    fd.close(file);
    fd.destroy(veventqId);
    busy(s1, viommuId);
    fd.attachDevice(devId, parent);
    fd.destroy(s1);
    busy(viommuId, parent, ioasId);
    fd.destroy(vdeviceId);
    fd.destroy(viommuId);
    busy(parent, ioasId);
    fd.detachDevice(devId);
    fd.destroy(parent);
    fd.destroy(ioasId);
    expect(codeOf(() => fd.destroy(ioasId))).toBe('ENOENT');
    expect(fd.ids.map(({ kind }) => kind)).toEqual(['DEVICE']);
    fd.unbindDevice(devId);
    expect(fd.ids).toEqual([]);
    expect(codeOf(() => fd.getHwInfo(devId))).toBe('ENOENT');
    expect(h.outcome(SID, IPA)).toBe('abort silently');
  });

  test('an IOAS attached by itself has a page table while devices use it', async () => {
    const { h, fd, ioasId } = await nesting();
    const a = fd.bindDevice(h.device(0x20));
    const b = fd.bindDevice(h.device(0x21));
    const table = fd.attachDevice(a, ioasId);
    expect(fd.attachDevice(b, ioasId)).toBe(table);
    expect(h.outcome(0x20, IPA)).toBe(`0x${PA.toString(16)}`);
    fd.detachDevice(a);
    expect(fd.ids.some(({ id }) => id === table)).toBe(true);
    fd.detachDevice(b);
    expect(fd.ids.some(({ id }) => id === table)).toBe(false);
    expect(codeOf(() => fd.detachDevice(b))).toBe('EINVAL');
  });

  test('unbind takes the VDEVICE along', async () => {
    const { fd, devId, viommuId, nested } = await nesting();
    const vdeviceId = fd.vdeviceAlloc({ viommuId, devId, virtId: VSID });
    fd.attachDevice(devId, nested(BYPASS));
    fd.unbindDevice(devId);
    expect(codeOf(() => fd.destroy(vdeviceId))).toBe('ENOENT');
    expect(codeOf(() => fd.destroy(viommuId))).toBe('EBUSY'); // the nested table still stands on it
  });
});

describe('GET_HW_INFO', () => {
  test('the identification registers as they are; no ATS', async () => {
    const { h, fd } = await nesting();
    const device = h.device(0x40, { pasidBits: 7 });
    const info = fd.getHwInfo(fd.bindDevice(device));
    const { smmu } = h;
    expect(info.idr).toEqual([0, 4, 8, 0xc, 0x10, 0x14].map((offset) => smmu.read32(offset)));
    expect([info.iidr, info.aidr]).toEqual([smmu.read32(0x18), smmu.read32(0x1c)]);
    expect(info).toMatchObject({ dataType: 2, flags: 0, maxPasidLog2: 7, capabilities: 9n });
  });
});

describe('the window for MSIs', () => {
  test('the doorbell is mapped at 0x0800_0000 in stage 2, once for devices that share it', async () => {
    const { h, fd, parent } = await nesting();
    const doorbell = FREE + 0x12_3040n;
    const a = fd.bindDevice(h.device(0x20, { msiDoorbell: doorbell }));
    const b = fd.bindDevice(h.device(0x21, { msiDoorbell: FREE + 0x20_0040n }));
    expect(fd.msiAddress(a)).toBe(0x0800_0040n);
    expect(fd.msiAddress(b)).toBe(0x0800_1040n);
    fd.attachDevice(a, parent);
    fd.attachDevice(b, parent);
    expect(h.outcome(0x20, 0x0800_0040n, true)).toBe(`0x${doorbell.toString(16)}`);
    expect(h.outcome(0x21, 0x0800_1040n, true)).toBe(`0x${(FREE + 0x20_0040n).toString(16)}`);
    expect(h.outcome(0x20, 0x0800_0040n)).toBe('abort F_PERMISSION'); // written only
    expect(fd.msiAddress(fd.bindDevice(h.device(0x22)))).toBe(null);
  });
});
