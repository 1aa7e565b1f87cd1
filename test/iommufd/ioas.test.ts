// IOAS_COPY, ALLOW_IOVAS, OPTION, VFIO_IOAS, MAP_FILE, CHANGE_PROCESS and HW_QUEUE_ALLOC: rules in the kernel's order, by name and number.
import { describe, expect, test } from '@jest/globals';
import * as C from '../../src/iommufd/index.js';
import { Iommufd } from '../../src/iommufd/index.js';
import { codeOf, FREE, Host } from '../iommu/support/host.js';
import { image, nesting, PA, SID } from './support/machine.js';

const OK = 'nothing thrown';
const U64 = (1n << 64n) - 1n;
const u32 = (bytes: Uint8Array, at: number): number => new DataView(bytes.buffer).getUint32(at, true);
const u64 = (bytes: Uint8Array, at: number): bigint => new DataView(bytes.buffer).getBigUint64(at, true);

async function context(): Promise<{ h: Host; fd: Iommufd; src: number; dst: number }> {
  const h = await Host.create();
  const fd = new Iommufd(h.iommu);
  const src = fd.ioasAlloc();
  fd.ioasMap({ ioasId: src, userVa: PA, length: 0x4000n, iova: 0x1_0000n });
  fd.ioasMap({ ioasId: src, userVa: PA + 0x10_0000n, length: 0x4000n, iova: 0x1_4000n, flags: 1 | 4 });
  return { h, fd, src, dst: fd.ioasAlloc() };
}

describe('IOAS_COPY', () => {
  test('maps the same memory, across the source’s mappings and from inside them; reading where that is all there is', async () => {
    const { h, fd, src, dst } = await context();
    const devId = fd.bindDevice(h.device(SID));
    fd.attachDevice(devId, dst);
    const at = fd.ioasCopy({
      dstIoasId: dst,
      srcIoasId: src,
      length: 0x3000n,
      srcIova: 0x1_2000n,
      dstIova: 0x9000n,
      flags: 1 | 4,
    });
    expect(at).toBe(0x9000n);
    expect(fd.ioasAreas(dst).map(({ iova, length, pa }) => [iova, length, pa])).toEqual([
      [0x9000n, 0x2000n, PA + 0x2000n],
      [0xb000n, 0x1000n, PA + 0x10_0000n],
    ]);
    expect(h.outcome(SID, 0xa040n)).toBe(`0x${(PA + 0x3040n).toString(16)}`);
    expect(h.outcome(SID, 0xa040n, true)).toBe('abort F_PERMISSION');
    fd.ioasUnmap(src, 0n, U64); // the copy has the memory by itself
    expect(h.outcome(SID, 0xb000n)).toBe(`0x${(PA + 0x10_0000n).toString(16)}`);
    expect(codeOf(() => fd.ioasUnmap(dst, 0xa000n, 0x1000n))).toBe('ENOENT'); // whole mappings only
  });

  test('without FIXED_IOVA the lowest room is chosen; by number it comes back', async () => {
    const { fd, src, dst } = await context();
    const bytes = image(40, 4, dst, src, 0x1000n, 0x77_7000n, 0x1_0000n);
    fd.ioctl(0x3b83, bytes);
    expect(u64(bytes, 24)).toBe(0n);
    const fixed = image(40, 7, dst, src, 0x1000n, 0x77_7000n, 0x1_0000n);
    fd.ioctl(C.IOMMU_IOAS_COPY, fixed);
    expect(u64(fixed, 24)).toBe(0x77_7000n);
  });

  test('refusals in their order', async () => {
    const { fd, src, dst } = await context();
    const code = (...words: (number | bigint)[]): string =>
      codeOf(() => fd.ioctl(0x3b83, image(40, ...words)));
    expect(code(8, 77, 77, U64, 0n, 0n)).toBe('EOPNOTSUPP');
    expect(code(0, 77, 77, U64, 0n, 0n)).toBe('EOVERFLOW');
    expect(code(1, 77, 77, 0x1000n, U64, 0n)).toBe('EOVERFLOW');
    expect(code(1, 77, 77, 0x1000n, 0n, 0n)).toBe('EINVAL'); // neither readable nor writable
    expect(code(5, 77, 77, 0x1000n, 0n, 0n)).toBe('ENOENT');
    expect(code(5, 77, src, 0n, 0n, 0x1_0000n)).toBe('EINVAL');
    expect(code(5, 77, src, 0x1000n, 0n, 0n)).toBe('ENOENT'); // a hole
    expect(code(5, 77, src, 0x9000n, 0n, 0x1_0000n)).toBe('ENOENT'); // past its end
    expect(code(5, 77, src, 0x1000n, 0n, 0x1_0000n)).toBe('ENOENT'); // the destination
    expect(code(7, dst, src, 0x1000n, 0n, 0x1_4000n)).toBe('EPERM'); // mapped without WRITEABLE
    expect(code(5, dst, src, 0x1000n, 0x800n, 0x1_0000n)).toBe('EINVAL');
    expect(code(5, dst, src, 0x1000n, 0x0800_0000n, 0x1_0000n)).toBe('EINVAL'); // reserved
    expect(code(5, dst, src, 0x1000n, 0n, 0x1_0000n)).toBe(OK);
    expect(code(5, dst, src, 0x1000n, 0n, 0x1_0000n)).toBe('EEXIST');
    expect(fd.ioasAreas(dst).length).toBe(1);
  });
});

describe('IOAS_ALLOW_IOVAS', () => {
  const map = (fd: Iommufd, ioasId: number): bigint =>
    fd.ioasMap({ ioasId, userVa: PA, length: 0x1000n, flags: 6 });

  test('addresses are chosen inside, until nothing is named; FIXED_IOVA goes anywhere', async () => {
    const { h, fd, dst } = await context();
    h.smmu.memory.write(FREE, image(0x50_0000n, 0x50_1fffn, 0x40_0800n, 0x40_1fffn));
    fd.ioctl(0x3b82, image(24, dst, 2, 0, FREE));
    expect([map(fd, dst), map(fd, dst), map(fd, dst)]).toEqual([0x40_1000n, 0x50_0000n, 0x50_1000n]);
    expect(codeOf(() => map(fd, dst))).toBe('ENOSPC');
    expect(fd.ioasMap({ ioasId: dst, userVa: PA, length: 0x1000n, iova: 0x9000n })).toBe(0x9000n);
    fd.ioctl(0x3b82, image(24, dst, 0, 0, 0n));
    expect(map(fd, dst)).toBe(0n);
  });

  test('refusals in their order, and then what was allowed stays', async () => {
    const { h, fd, dst } = await context();
    fd.ioasAllowIovas(dst, [{ start: 0x30_0000n, last: 0x3f_ffffn }]);
    const code = (ioasId: number, ...words: bigint[]): string => {
      h.smmu.memory.write(FREE, image(...words));
      return codeOf(() => fd.ioctl(0x3b82, image(24, ioasId, words.length / 2, 0, FREE)));
    };
    expect(codeOf(() => fd.ioctl(0x3b82, image(24, 77, 1, 0, 0n)))).toBe('ENOENT');
    expect(codeOf(() => fd.ioctl(0x3b82, image(24, dst, 1, 0, 0n)))).toBe('EFAULT');
    expect(code(dst, 0x1000n, 0x1000n)).toBe('EINVAL');
    expect(code(dst, 0x1000n, 0x1fffn, 0x1800n, 0x2fffn)).toBe('EINVAL');
    expect(code(dst, 0x0700_0000n, 0x0800_0fffn)).toBe('EADDRINUSE'); // the window for MSIs
    expect(code(dst, 0n, U64)).toBe('EADDRINUSE');
    expect(map(fd, dst)).toBe(0x30_0000n);
  });
});

describe('OPTION', () => {
  const ask = (
    fd: Iommufd,
    optionId: number,
    op: number,
    objectId: number,
    val64: bigint,
  ): string | bigint => {
    const bytes = image(24, optionId, op, objectId, val64);
    const code = codeOf(() => fd.ioctl(0x3b87, bytes));
    return code === OK ? u64(bytes, 16) : code;
  };

  test('RLIMIT_MODE: of the context, and only before there are objects', async () => {
    const h = await Host.create();
    const fd = new Iommufd(h.iommu);
    expect([ask(fd, 0, 1, 0, 9n), ask(fd, 0, 0, 0, 1n), ask(fd, 0, 1, 0, 0n)]).toEqual([0n, 1n, 1n]);
    expect([ask(fd, 0, 0, 7, 1n), ask(fd, 0, 2, 0, 1n), ask(fd, 0, 0, 0, 2n), ask(fd, 2, 1, 0, 0n)]).toEqual([
      'EOPNOTSUPP',
      'EOPNOTSUPP',
      'EINVAL',
      'EOPNOTSUPP',
    ]);
    fd.ioasAlloc();
    expect([ask(fd, 0, 0, 0, 2n), ask(fd, 0, 1, 0, 0n)]).toEqual(['EBUSY', 1n]);
  });

  test('HUGE_PAGES: 0 makes every leaf a page, and comes before tables hold mappings', async () => {
    const { h, fd } = await context();
    const devId = fd.bindDevice(h.device(SID));
    const ioasId = fd.ioasAlloc();
    expect([ask(fd, 1, 1, ioasId, 0n), ask(fd, 1, 0, ioasId, 0n), ask(fd, 1, 1, ioasId, 9n)]).toEqual([
      1n,
      0n,
      0n,
    ]);
    expect([ask(fd, 1, 1, 77, 0n), ask(fd, 1, 0, ioasId, 2n), ask(fd, 1, 2, ioasId, 0n)]).toEqual([
      'ENOENT',
      'EINVAL',
      'EOPNOTSUPP',
    ]);
    fd.attachDevice(devId, ioasId);
    const used = h.iommu.poolUsed;
    fd.ioasMap({ ioasId, userVa: PA, length: 2n << 20n, iova: 2n << 20n });
    expect(h.iommu.poolUsed - used).toBe(3 * 4096); // levels 1 to 3; a block would need no level 3
    expect(h.outcome(SID, (2n << 20n) + 0x5040n)).toBe(`0x${(PA + 0x5040n).toString(16)}`);
    expect(ask(fd, 1, 0, ioasId, 1n)).toBe(1n);
    expect(ask(fd, 1, 0, ioasId, 0n)).toBe('EINVAL');
    expect(fd.ioasUnmap(ioasId, 0n, U64)).toBe(2n << 20n);
  });
});

describe('VFIO_IOAS', () => {
  test('GET, SET, CLEAR', async () => {
    const { fd, src, dst } = await context();
    const ask = (op: number, ioasId = 0): string | number => {
      const bytes = image(12, ioasId, op);
      const code = codeOf(() => fd.ioctl(0x3b88, bytes));
      return code === OK ? u32(bytes, 4) : code;
    };
    expect([ask(0), ask(1, 77), ask(3)]).toEqual(['ENODEV', 'ENOENT', 'EOPNOTSUPP']);
    expect([ask(1, src), ask(0), ask(1, dst), ask(0)]).toEqual([src, src, dst, dst]);
    expect([ask(2), ask(0)]).toEqual([0, 'ENODEV']);
    ask(1, dst);
    fd.destroy(dst);
    expect(ask(0)).toBe('ENODEV');
  });
});

describe('IOAS_MAP_FILE and IOAS_CHANGE_PROCESS', () => {
  test('memory of a file that `user` has; all else refused in its order', async () => {
    const h = await Host.create();
    const user = {
      read: () => new Uint8Array(),
      write: () => undefined,
      file: (fd: number, start: bigint) => (fd === 40 ? PA + start : undefined),
    };
    const fd = new Iommufd(h.iommu, { user });
    const ioasId = fd.ioasAlloc();
    const queue = fd.faultQueueAlloc().fd;
    const bytes = image(40, 7, ioasId, 40, 0x1000n, 0x2000n, 0x8000n);
    fd.ioctl(0x3b8f, bytes);
    expect(fd.ioasAreas(ioasId).map(({ iova, pa }) => [iova, pa])).toEqual([[0x8000n, PA + 0x1000n]]);
    const code = (...words: (number | bigint)[]): string =>
      codeOf(() => fd.ioctl(0x3b8f, image(40, ...words)));
    expect(code(8, 77, 41, U64, U64, 0n)).toBe('EOPNOTSUPP');
    expect(code(0, 77, 41, U64, U64, 0n)).toBe('EOVERFLOW');
    expect(code(1, 77, 41, U64, 1n, 0n)).toBe('EINVAL');
    expect(code(7, 77, 41, U64, 1n, 0n)).toBe('ENOENT');
    expect(code(7, ioasId, 41, U64, 1n, 0n)).toBe('EOVERFLOW');
    expect(code(7, ioasId, 41, 0n, 0x1000n, 0n)).toBe('EBADF');
    expect(code(7, ioasId, queue, 0n, 0x1000n, 0n)).toBe('EINVAL');
    expect(code(7, ioasId, 40, 0n, 0x1000n, 0x8000n)).toBe('EEXIST');
    expect(code(6, ioasId, 40, 0n, 0x1000n, 0x8000n)).toBe(OK);

    expect(codeOf(() => fd.ioctl(0x3b92, image(8, 0)))).toBe(OK);
    fd.ioasMap({ ioasId, userVa: PA, length: 0x1000n });
    expect(codeOf(() => fd.ioctl(0x3b92, image(8, 0)))).toBe('EINVAL');
  });

  test('a context without files has none', async () => {
    const { fd, dst } = await context();
    expect(() => fd.ioasMapFile({ ioasId: dst, fd: 9, start: 0n, length: 0x1000n })).toThrow(
      'EBADF: fd 9 is no memory file',
    );
  });
});

test('HW_QUEUE_ALLOC: refused as by hardware that has no such queues, whatever the type', async () => {
  const { fd, viommuId } = await nesting();
  const code = (...words: (number | bigint)[]): string => codeOf(() => fd.ioctl(0x3b94, image(40, ...words)));
  expect(code(1, 77, 1, 0, 0, 0n, 0n)).toBe('EOPNOTSUPP');
  expect(code(0, 77, 0, 0, 0, 0n, 0n)).toBe('EOPNOTSUPP');
  expect(code(0, 77, 1, 0, 0, 0n, 0n)).toBe('EINVAL');
  expect(code(0, 77, 1, 0, 0, 1n, U64)).toBe('ENOENT'); // its last byte is the last there is
  expect(code(0, 77, 1, 0, 0, 2n, U64)).toBe('EOVERFLOW');
  expect(code(0, 77, 1, 0, 0, 0n, 0x1000n)).toBe('ENOENT');
  expect(code(0, viommuId, 1, 0, 0, 0x8000_0000n, 0x1000n)).toBe('EOPNOTSUPP');
  expect(() => fd.hwQueueAlloc({ viommuId, type: 1, nestingParentIova: 0n, length: 1n })).toThrow(
    'Tegra241 CMDQV',
  );
});
