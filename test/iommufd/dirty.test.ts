// Dirty tracking: hardware notes writes in the leaves of either stage, and the bitmap says which pages they were.
import { describe, expect, test } from '@jest/globals';
import * as C from '../../src/iommufd/index.js';
import { Iommufd } from '../../src/iommufd/index.js';
import { Guest } from '../iommu/support/guest.js';
import { codeOf, FREE, Host, type HostOptions } from '../iommu/support/host.js';
import { identification } from '../support/machine.js';
import { cd } from './support/cd.js';
import { image, IPA, PA, SID } from './support/machine.js';

const MB2 = 2n << 20n;

interface Tracked {
  readonly h: Host;
  readonly fd: Iommufd;
  readonly devId: number;
  readonly ioasId: number;
  readonly hwptId: number;
  /** Numbers of the dirty pages of the first 64. */
  dirty(flags?: number): number[];
}

/** 64 pages at IPA, and a 2 MiB block behind them. `stage`: whose tables. */
async function tracked(stage: 1 | 2, options: HostOptions = {}): Promise<Tracked> {
  const h = await Host.create(options);
  const fd = new Iommufd(h.iommu, { dirtyNestParent: stage === 2 });
  const devId = fd.bindDevice(h.device(SID));
  const ioasId = fd.ioasAlloc();
  fd.ioasMap({ ioasId, userVa: PA, length: 0x4_0000n, iova: IPA });
  fd.ioasMap({ ioasId, userVa: PA + MB2, length: MB2, iova: IPA + MB2 });
  const hwptId = fd.hwptAlloc({ devId, ptId: ioasId, flags: 2 | (stage === 2 ? 1 : 0) });
  fd.attachDevice(devId, hwptId);
  const dirty = (flags = 0): number[] =>
    bitsOf(fd.hwptGetDirtyBitmap({ hwptId, iova: IPA, length: 0x4_0000n, pageSize: 0x1000n, flags }));
  return { h, fd, devId, ioasId, hwptId, dirty };
}

const bitsOf = (bitmap: Uint8Array): number[] =>
  [...bitmap].flatMap((byte, i) =>
    [0, 1, 2, 3, 4, 5, 6, 7].filter((n) => (byte >> n) & 1).map((n) => 8 * i + n),
  );

describe.each([1, 2] as const)('stage %i', (stage) => {
  test('a write makes its page dirty, a read does not; asked once it is clean, and the next write counts again', async () => {
    const { h, dirty } = await tracked(stage);
    h.translate(SID, IPA + 0x1000n);
    expect(dirty()).toEqual([]);
    h.translate(SID, IPA + 0x3040n, true);
    h.translate(SID, IPA + 0x11040n, true);
    expect(dirty(C.IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR)).toEqual([3, 17]);
    expect([dirty(), dirty()]).toEqual([[3, 17], []]);
    // The TLB held it as dirty: without an invalidation nothing would be noted.
    h.translate(SID, IPA + 0x3080n, true);
    expect(dirty()).toEqual([3]);
  });

  test('a block is dirty as a whole, by pages of whatever size', async () => {
    const { h, fd, hwptId } = await tracked(stage);
    h.translate(SID, IPA + MB2 + 0x5000n, true);
    const ask = (pageSize: bigint, iova: bigint, length: bigint): number =>
      bitsOf(fd.hwptGetDirtyBitmap({ hwptId, iova, length, pageSize, flags: 1 })).length;
    expect([
      ask(0x1000n, IPA + MB2, MB2),
      ask(0x1_0000n, IPA + MB2, MB2),
      ask(MB2, IPA + MB2, MB2),
      ask(0x1000n, IPA + MB2 + 0x8000n, 0x4000n),
    ]).toEqual([512, 32, 1, 4]);
  });

  test('SET_DIRTY_TRACKING begins with clean pages', async () => {
    const { h, fd, hwptId, dirty } = await tracked(stage);
    h.translate(SID, IPA, true);
    h.translate(SID, IPA + MB2, true);
    fd.ioctl(0x3b8b, image(16, 0, hwptId, 0));
    expect(dirty(1)).toEqual([0]);
    fd.ioctl(0x3b8b, image(16, 1, hwptId, 0));
    expect(dirty(1)).toEqual([]);
    h.translate(SID, IPA, true);
    expect(dirty()).toEqual([0]);
  });

  test('what may only be read stays so, and is never dirty', async () => {
    const { h, fd, ioasId, hwptId } = await tracked(stage);
    fd.ioasMap({ ioasId, userVa: PA, length: 0x1000n, iova: 0x1000n, flags: 5 });
    expect(h.outcome(SID, 0x1000n, true)).toBe('abort F_PERMISSION');
    expect([...fd.hwptGetDirtyBitmap({ hwptId, iova: 0x1000n, length: 0x1000n, pageSize: 0x1000n })]).toEqual(
      [0],
    );
  });
});

test('under a guest: what its DMA writes through both stages is dirty by its guest-physical pages', async () => {
  const { h, fd, devId, hwptId, dirty } = await tracked(2);
  const viommuId = fd.viommuAlloc({ devId, hwptId });
  fd.vdeviceAlloc({ viommuId, devId, virtId: 8n });
  const guest = new Guest(h, IPA, PA, 0x4_0000);
  const table = guest.table();
  table.map(0x7000n, IPA + 0x2_3000n, 0x1000n, 3);
  const pointer = cd(guest, table, false);
  fd.attachDevice(devId, fd.hwptAlloc({ devId, ptId: viommuId, data: { ste: [pointer | 0xbn, 0xd4n] } }));
  expect(h.ste(SID)[2] & (3n << 55n)).toBe(3n << 55n); // S2HA, S2HD
  dirty();
  h.translate(SID, 0x7010n);
  expect(dirty()).toEqual([]);
  h.translate(SID, 0x7010n, true);
  expect(dirty()).toEqual([0x23]);
  h.translate(SID, 0x7020n, true);
  expect(dirty()).toEqual([0x23]);
});

describe('by number', () => {
  test('bits are added to those in memory, and a bad pointer clears nothing', async () => {
    const { h, fd, hwptId, dirty } = await tracked(2);
    h.translate(SID, IPA + 0x2000n, true);
    const ask = (data: bigint): string =>
      codeOf(() => fd.ioctl(0x3b8c, image(48, hwptId, 0, 0, IPA, 0x4_0000n, 0x1000n, data)));
    expect([ask(0x10n), dirty(1)]).toEqual(['EFAULT', [2]]);
    h.smmu.memory.write64(FREE, 0x8000_0000_0000_0001n);
    h.smmu.memory.write64(FREE + 8n, 0x55n);
    expect(ask(FREE)).toBe('nothing thrown');
    expect([h.smmu.memory.read64(FREE), h.smmu.memory.read64(FREE + 8n)]).toEqual([
      0x8000_0000_0000_0005n,
      0x55n,
    ]);
    expect(dirty()).toEqual([]);
  });

  test('refusals in their order', async () => {
    const { fd, devId, ioasId, hwptId } = await tracked(2);
    const plain = fd.hwptAlloc({ devId, ptId: ioasId, flags: 1 });
    const get = (...words: (number | bigint)[]): string =>
      codeOf(() => fd.ioctl(0x3b8c, image(48, ...words)));
    expect(get(77, 2, 0, 1n, 0n, 0n, FREE)).toBe('EOPNOTSUPP');
    expect(get(ioasId, 0, 0, 1n, 0n, 0n, FREE)).toBe('ENOENT');
    expect(get(plain, 0, 0, 0x1000n, (1n << 64n) - 1n, 0n, FREE)).toBe('EOVERFLOW');
    expect(get(plain, 0, 0, 0x1001n, 0x1000n, 0x1000n, FREE)).toBe('EINVAL');
    expect(get(plain, 0, 0, 0x1000n, 0x1000n, 0n, FREE)).toBe('EINVAL');
    expect(get(plain, 0, 0, 0x1000n, 0x1000n, 0x2000n, FREE)).toBe('EINVAL');
    expect(get(plain, 0, 0, IPA, 0x1000n, 0x1000n, FREE)).toBe('EOPNOTSUPP');
    expect(get(hwptId, 0, 0, IPA, 0x8_0000n, 0x1000n, FREE)).toBe('EINVAL'); // a hole
    expect(get(hwptId, 0, 0, 0n, 0n, 0x1000n, FREE)).toBe('EINVAL');
    const set = (...words: number[]): string => codeOf(() => fd.ioctl(0x3b8b, image(16, ...words)));
    expect([set(2, 77, 0), set(1, 77, 0), set(1, plain, 0), set(0, plain, 0)]).toEqual([
      'EOPNOTSUPP',
      'ENOENT',
      'EOPNOTSUPP',
      'EOPNOTSUPP',
    ]);
  });
});

test('as Linux’s driver has it, a nest parent takes no other flag', async () => {
  const h = await Host.create();
  const fd = new Iommufd(h.iommu);
  const devId = fd.bindDevice(h.device(SID));
  const ptId = fd.ioasAlloc();
  const alloc = (flags: number): string => codeOf(() => fd.hwptAlloc({ devId, ptId, flags }));
  expect([1, 2, 8, 10, 3, 9, 11].map(alloc)).toEqual([
    'nothing thrown',
    'nothing thrown',
    'nothing thrown',
    'nothing thrown',
    'EOPNOTSUPP',
    'EOPNOTSUPP',
    'EOPNOTSUPP',
  ]);
  expect(() => new Iommufd(h.iommu, { dirtyNestParent: 1 as never })).toThrow('dirtyNestParent');
});

test('DIRTY_TRACKING and PASIDs need stage 1 (IDR0.S1P)', async () => {
  const id = await identification();
  const h = await Host.create({ smmu: { id: { ...id, idr0: (id.idr0 & ~2) >>> 0 } } });
  const fd = new Iommufd(h.iommu);
  const devId = fd.bindDevice(h.device(SID));
  const ptId = fd.ioasAlloc();
  const alloc = (flags: number): string => codeOf(() => fd.hwptAlloc({ devId, ptId, flags }));
  expect([0, 2, 8].map(alloc)).toEqual(['nothing thrown', 'EOPNOTSUPP', 'EOPNOTSUPP']);
});

test.each([
  ['HTTU 1: the access flag alone', ~(3 << 6), 1 << 6],
  ['no HTTU', ~(3 << 6), 0],
  ['walks that are not coherent', ~(1 << 4), 0],
])('%s: not announced, and refused', async (_, keep, set) => {
  const id = await identification();
  const h = await Host.create({ smmu: { id: { ...id, idr0: ((id.idr0 & keep) | set) >>> 0 } } });
  const fd = new Iommufd(h.iommu, { dirtyNestParent: true });
  const devId = fd.bindDevice(h.device(SID));
  const ptId = fd.ioasAlloc();
  expect(fd.getHwInfo(devId).capabilities & C.IOMMU_HW_CAP_DIRTY_TRACKING).toBe(0n);
  for (const flags of [2, 3]) expect(codeOf(() => fd.hwptAlloc({ devId, ptId, flags }))).toBe('EOPNOTSUPP');
  expect(() => h.iommu.domainAlloc({ type: 'stage2', dirty: true })).toThrow('EOPNOTSUPP');
});
