// Calls by number: a VMM written against the kernel, its structures and pointers in its own memory.
import { describe, expect, test } from '@jest/globals';
import * as C from '../../src/iommufd/index.js';
import { Iommufd } from '../../src/iommufd/index.js';
import { codeOf, FREE, Host, hexed } from '../iommu/support/host.js';
import { image, IPA, PA, RAM_BYTES, SID } from './support/machine.js';

const OK = 'nothing thrown';
const u32 = (bytes: Uint8Array, at: number): number => new DataView(bytes.buffer).getUint32(at, true);
const u64 = (bytes: Uint8Array, at: number): bigint => new DataView(bytes.buffer).getBigUint64(at, true);

/** A process with 64 KiB at 0x10000, whose guest RAM at 0x7f00_0000_0000 lies at PA. */
async function process(): Promise<{ h: Host; fd: Iommufd; devId: number; memory: Uint8Array }> {
  const h = await Host.create();
  const memory = new Uint8Array(0x1_0000);
  const at = (address: bigint, length: number): number => {
    const offset = Number(address) - 0x1_0000;
    if (offset < 0 || offset + length > memory.length) throw new RangeError('no such address');
    return offset;
  };
  const fd = new Iommufd(h.iommu, {
    user: {
      read: (address, length) => memory.slice(at(address, length), at(address, length) + length),
      write: (address, bytes) => memory.set(bytes, at(address, bytes.length)),
      physical: (address) => address - 0x7f00_0000_0000n + PA,
    },
  });
  return { h, fd, devId: fd.bindDevice(h.device(SID)), memory };
}

describe('a VMM’s start, by number and bytes', () => {
  test('IOAS, map, hw_info, nest parent, VIOMMU, VDEVICE, VEVENTQ, nested, invalidate, destroy', async () => {
    const { h, fd, devId, memory } = await process();
    const call = (nr: number, bytes: Uint8Array): Uint8Array => {
      fd.ioctl(nr, bytes);
      return bytes;
    };
    const ioas = u32(call(0x3b81, image(12, 0, 0)), 8);
    const map = call(0x3b85, image(40, 7, ioas, 0, 0x7f00_0000_0000n, BigInt(RAM_BYTES), IPA));
    expect(u64(map, 32)).toBe(IPA);

    memory.fill(0xee);
    const info = call(0x3b8a, image(40, 0, devId, 48, 0x1_0100n, 0, 0, 0n));
    expect([u32(info, 12), u32(info, 24), u64(info, 32)]).toEqual([40, 2, 9n]);
    expect(u32(memory, 0x108)).toBe(h.smmu.read32(0)); // idr[0] at 8
    expect(u32(memory, 0x100 + 8 + 20)).toBe(h.smmu.read32(0x14)); // idr[5] at 28
    expect(u64(memory, 0x128)).toBe(0n); // the rest of the buffer is cleared
    expect(u32(memory, 0x130)).toBe(0xeeee_eeee); // and nothing beyond it

    const parent = u32(call(0x3b89, image(48, 1, devId, ioas, 0, 0, 0, 0, 0n, 0, 0)), 16);
    const viommu = u32(call(0x3b90, image(40, 0, 1, devId, parent, 0, 0, 0, 0n)), 20);
    expect(u32(call(0x3b91, image(24, viommu, devId, 0, 8n)), 12)).toBeGreaterThan(viommu);
    const queue = call(0x3b93, image(32, 0, viommu, 1, 16, 0, 0, 0));
    expect(fd.read(u32(queue, 24), 4096).length).toBe(0);
    expect(u32(call(0x3b8e, image(16, 0, 0, 0)), 12)).not.toBe(u32(queue, 24));

    memory.set(image(0x8004_000bn, 0xd4n), 0x200);
    const nested = u32(call(0x3b89, image(48, 0, devId, viommu, 0, 0, 2, 16, 0x1_0200n, 0, 0)), 16);
    fd.attachDevice(devId, nested);
    expect(h.ste(SID)[0]).toBe(0x8004_000fn);

    memory.set(image(0x30n, 0n, 0x8_0000_0005n, 1n), 0x300);
    let bytes = new Uint8Array();
    const sent = h.commands(() => {
      bytes = call(0x3b8d, image(32, viommu, 0x1_0300n, 1, 16, 2, 0)) as Uint8Array<ArrayBuffer>;
    });
    expect(hexed(sent)).toEqual(['100000010 0', '456700000005 1', 'fc02046 0']);
    expect(u32(bytes, 24)).toBe(2);

    fd.attachDevice(devId, parent);
    call(0x3b80, image(8, nested));
    expect(u64(call(0x3b86, image(24, ioas, IPA, BigInt(RAM_BYTES))), 16)).toBe(BigInt(RAM_BYTES));
  });

  test('IOVA_RANGES fills what there is room for, and says how many there are', async () => {
    const { fd, memory } = await process();
    const bytes = image(32, fd.ioasAlloc(), 1, 0, 0x1_0000n, 0n);
    fd.ioctl(0x3b84, bytes);
    expect([u32(bytes, 8), u64(bytes, 24)]).toEqual([2, 4096n]);
    expect([u64(memory, 0), u64(memory, 8), u64(memory, 16)]).toEqual([0n, 0x07ff_ffffn, 0n]);
  });
});

describe('the rules for every structure', () => {
  test('unknown number: ENOTTY; the kernel’s own are all there', async () => {
    const { fd } = await process();
    for (const nr of [0x3b7f, 0x3b95, 0x80, 0x89, -1])
      expect(codeOf(() => fd.ioctl(nr, image(8, 1)))).toBe('ENOTTY');
    for (let nr = 0x3b80; nr <= 0x3b94; nr++)
      expect([nr, codeOf(() => fd.ioctl(nr, image(4)))]).toEqual([nr, 'EINVAL']); // size 4 is too small
  });

  test('size: too small EINVAL, more than is known E2BIG unless 0, beyond the bytes EFAULT', async () => {
    const { fd } = await process();
    const code = (bytes: Uint8Array): string => codeOf(() => fd.ioctl(C.IOMMU_IOAS_ALLOC, bytes));
    expect(code(image(8, 0, 0))).toBe('EINVAL');
    expect(code(image(12, 0, 0))).toBe(OK);
    expect(code(image(16, 0, 0, 0))).toBe(OK);
    expect(code(image(16, 0, 0, 1))).toBe('E2BIG');
    expect(code(image(16, 0, 0))).toBe('EFAULT');
    expect(code(new Uint8Array(2))).toBe('EFAULT');
  });

  test('a caller of an older header: HWPT_ALLOC of 24 bytes', async () => {
    const { fd, devId } = await process();
    const bytes = image(24, 0, devId, fd.ioasAlloc(), 0, 0);
    fd.ioctl(C.IOMMU_HWPT_ALLOC, bytes);
    expect(u32(bytes, 16)).toBeGreaterThan(0);
  });

  test('a pointer to nothing: EFAULT', async () => {
    const { fd, devId } = await process();
    expect(codeOf(() => fd.ioctl(0x3b8a, image(40, 0, devId, 40, 0x9999_0000n, 0, 0, 0n)))).toBe('EFAULT');
    expect(codeOf(() => fd.ioctl(0x3b89, image(48, 0, devId, 1, 0, 0, 2, 16, 8n, 0, 0)))).toBe('EFAULT');
  });

  test('reserved fields: EOPNOTSUPP', async () => {
    const { fd, devId } = await process();
    const reserved: [number, Uint8Array][] = [
      [0x3b85, image(40, 7, 1, 1, 0n, 4096n, 0n)],
      [0x3b89, image(48, 0, devId, 1, 0, 1, 0, 0, 0n, 0, 0)],
      [0x3b89, image(48, 0, devId, 1, 0, 0, 0, 0, 0n, 0, 1)],
      [0x3b8a, image(40, 2, devId, 0, 0n, 0, 0, 0n)],
      [0x3b8a, image(40, 0, devId, 0, 0n, 0, 0x100, 0n)],
      [0x3b93, image(32, 0, 1, 1, 4, 0, 0, 1)],
      [0x3b84, image(32, 1, 0, 1, 0n, 0n)],
      [0x3b8d, image(32, 1, 0x1_0000n, 1, 16, 1, 1)],
      [0x3b82, image(24, 1, 0, 1, 0n)],
      [0x3b87, image(24, 1, 0x1_0001, 1, 0n)],
      [0x3b88, image(12, 1, 0x1_0000)],
      [0x3b8b, image(16, 0, 1, 1)],
      [0x3b8c, image(48, 1, 0, 1, 0n, 4096n, 4096n, 0n)],
      [0x3b92, image(8, 1)],
    ];
    for (const [nr, bytes] of reserved)
      expect([nr, codeOf(() => fd.ioctl(nr, bytes))]).toEqual([nr, 'EOPNOTSUPP']);
  });

  test('GET_HW_INFO: the type that was asked for must be the one there is', async () => {
    const { fd, devId } = await process();
    const ask = (type: number): string =>
      codeOf(() => fd.ioctl(0x3b8a, image(40, 1, devId, 0, 0n, type, 0, 0n)));
    expect([ask(0), ask(2), ask(1), ask(3)]).toEqual([OK, OK, 'EOPNOTSUPP', 'EOPNOTSUPP']);
  });

  test('entry_num of a failed HWPT_INVALIDATE comes back', async () => {
    const { fd, devId, memory } = await process();
    const ioasId = fd.ioasAlloc();
    const hwptId = fd.hwptAlloc({ devId, ptId: ioasId, flags: 1 });
    const viommu = fd.viommuAlloc({ devId, hwptId });
    memory.set(image(0x30n, 0n, 0x30n, 0n, 0x46n, 0n), 0);
    const run = (bytes: Uint8Array): [string, number] => [
      codeOf(() => fd.ioctl(0x3b8d, bytes)),
      u32(bytes, 24),
    ];
    expect(run(image(32, viommu, 0x1_0000n, 1, 16, 3, 0))).toEqual(['EIO', 2]);
    expect(run(image(32, viommu, 0x1_0000n, 2, 16, 3, 0))).toEqual(['EINVAL', 0]);
    expect(run(image(32, viommu, 0n, 1, 16, 3, 0))).toEqual(['EINVAL', 0]);
    expect(run(image(32, viommu, 0x1_0000n, 1, 0, 3, 0))).toEqual(['EINVAL', 0]);
    expect(run(image(32, 77, 0x1_0000n, 1, 16, 3, 0))).toEqual(['ENOENT', 0]);
    expect(run(image(32, viommu, 0n, 1, 0, 0, 0))).toEqual([OK, 0]);
    expect(run(image(32, viommu, 0x1_0000n, 1, 16, 2, 0))).toEqual([OK, 2]);
  });

  test('pointers lead into RAM of the model when no memory is named', async () => {
    const h = await Host.create();
    const fd = new Iommufd(h.iommu);
    const devId = fd.bindDevice(h.device(SID));
    fd.ioctl(0x3b8a, image(40, 0, devId, 40, FREE, 0, 0, 0n));
    expect(h.smmu.memory.read32(FREE + 8n)).toBe(h.smmu.read32(0));
  });
});
