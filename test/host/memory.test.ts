import { afterEach, describe, expect, test } from '@jest/globals';
import { type RamWindow, Smmu } from '../../src/index.js';

let smmu: Smmu;
afterEach(() => smmu.dispose());

async function memoryOf(...ram: RamWindow[]) {
  smmu = await Smmu.create({ ram, caches: false, timing: false, batchBytes: 0 });
  return smmu.memory;
}

describe('dense windows', () => {
  test('are little-endian, aligned or not, and unsigned', async () => {
    const memory = await memoryOf({ base: 0x8000_0000n, size: 0x2000 });
    memory.write64(0x8000_0003n, 0xfedc_ba98_7654_3210n);
    expect([...memory.read(0x8000_0003n, 8)]).toEqual([0x10, 0x32, 0x54, 0x76, 0x98, 0xba, 0xdc, 0xfe]);
    expect(memory.read64(0x8000_0003n)).toBe(0xfedc_ba98_7654_3210n);
    expect(memory.read32(0x8000_0007n)).toBe(0xfedc_ba98);
    memory.write32(0x8000_1ffcn, 0xffff_ffff);
    expect(memory.read32(0x8000_1ffcn)).toBe(0xffff_ffff);
  });

  test('read is a copy, view is the memory itself', async () => {
    const memory = await memoryOf({ base: 0n, size: 4096 });
    const copy = memory.read(16n, 4);
    const view = memory.view(16n, 4);
    view[0] = 7;
    expect(copy[0]).toBe(0);
    expect(memory.read32(16n)).toBe(7);
  });

  test('accesses may run on into the next window, views may not', async () => {
    const memory = await memoryOf({ base: 0x1000n, size: 0x1000 }, { base: 0x2000n, size: 0x1000 });
    memory.write64(0x1ffcn, 0x1122_3344_5566_7788n);
    expect(memory.read64(0x1ffcn)).toBe(0x1122_3344_5566_7788n);
    expect(memory.read32(0x2000n)).toBe(0x1122_3344);
    expect(() => memory.view(0x1ffcn, 8)).toThrow(/would leave its RAM window after 4 bytes/);
  });

  test.each([[5], ['0x1000'], [undefined], [null]])(
    'an address that is no bigint is named: %p',
    async (pa) => {
      const { memory } = await Smmu.create({ ram: [{ base: 0x1000n, size: 4096 }] });
      for (const call of [
        () => memory.read64(pa as never),
        () => memory.write64(pa as never, 0n),
        () => memory.read32(pa as never),
        () => memory.write32(pa as never, 0),
        () => memory.read(pa as never, 8),
        () => memory.write(pa as never, new Uint8Array(8)),
        () => memory.view(pa as never, 8),
      ])
        expect(call).toThrow(/^pa must be a bigint, not /);
    },
  );

  test('outside is a RangeError that names what there is, and changes nothing', async () => {
    const memory = await memoryOf({ base: 0x1000n, size: 0x1000 });
    expect(() => memory.read32(0x3000n)).toThrow(
      'physical address 0x3000 (4 bytes from there) lies in no RAM window; there is 0x1000..0x1fff',
    );
    expect(() => memory.write64(0x1ffcn, -1n)).toThrow(RangeError);
    expect(() => memory.write(0x1ffcn, new Uint8Array(8).fill(1))).toThrow(/0x2000/);
    expect(memory.read32(0x1ffcn)).toBe(0);
    expect(() => memory.read32(0x1000 as never)).toThrow(/^pa must be a bigint/);
    expect(() => memory.write32(0x1000n, 2 ** 32)).toThrow(RangeError);
    expect(() => memory.read(0x1000n, -1)).toThrow(RangeError);
    expect(() => memory.write(0x1000n, [1] as never)).toThrow(/^bytes must be a Uint8Array/);
  });
});

describe('sparse windows', () => {
  const WIDE: RamWindow = { base: 0n, size: 2 ** 48, sparse: true, pool: 8 * 4096 };

  test('read as zero until written, anywhere in a wide range', async () => {
    const memory = await memoryOf(WIDE);
    expect(memory.read64(0xffff_ffff_f000n)).toBe(0n);
    memory.write64(0xffff_ffff_fff8n, 1n);
    memory.write32(0x1_0000_0000n, 2);
    memory.write32(0n, 3);
    expect(memory.read64(0xffff_ffff_fff8n)).toBe(1n);
    expect(memory.read32(0x1_0000_0000n)).toBe(2);
    expect(memory.read32(0n)).toBe(3);
    expect(memory.read64(0xffff_ffff_eff8n)).toBe(0n);
  });

  test('accesses cross pages, reading makes none', async () => {
    const memory = await memoryOf(WIDE);
    memory.write64(0xffcn, 0x1122_3344_5566_7788n);
    expect(memory.read64(0xffcn)).toBe(0x1122_3344_5566_7788n);
    for (let page = 2n; page < 100n; page++) memory.read64(page << 12n);
    for (let page = 2n; page < 8n; page++) memory.write32(page << 12n, 1);
    expect(() => memory.write32(8n << 12n, 1)).toThrow(/pool of 8 pages of 4 KiB is used up/);
  });

  test('a view brings its page into being and stays inside it', async () => {
    const memory = await memoryOf(WIDE);
    memory.view(0x5000n, 4096)[4095] = 9;
    expect(memory.read(0x5fffn, 1)[0]).toBe(9);
    expect(() => memory.view(0x5ff8n, 16)).toThrow(/would cross a page of its sparse RAM window/);
  });
});
