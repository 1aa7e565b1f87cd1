import { describe, expect, test } from '@jest/globals';
import { Smmu, type SmmuOptions } from '../../src/index.js';
import { R } from '../support/machine.js';

const PAGE = 65536;
const SIZES: SmmuOptions = { caches: 'minimal', timing: false, batchBytes: 4096 };
const CORE = Math.ceil(Smmu.coreBytes(SIZES) / PAGE);

const bytesOf = (memory: WebAssembly.Memory): Uint8Array => new Uint8Array(memory.buffer);

describe('a lent memory', () => {
  test('holds core and windows where the lender said, and nothing else is touched', async () => {
    const memory = new WebAssembly.Memory({ initial: CORE + 4 });
    bytesOf(memory).fill(0xa5);
    const base = 0x4000_0000n;
    const offset = PAGE;
    const coreBase = 3 * PAGE;
    const smmu = await Smmu.create({ ...SIZES, memory, coreBase, ram: [{ base, size: PAGE, offset }] });
    smmu.memory.write32(base + 8n, 0x1234_5678);
    smmu.write32(R.CR0, 1);
    smmu.translate({ streamId: 0, iova: 0n });
    const bytes = bytesOf(memory);
    expect(new DataView(memory.buffer).getUint32(offset + 8, true)).toBe(0x1234_5678);
    expect(smmu.memory.read32(base)).toBe(0xa5a5_a5a5);
    const untouched = [...bytes.subarray(0, offset), ...bytes.subarray(offset + PAGE, coreBase)];
    expect(untouched.every((byte) => byte === 0xa5)).toBe(true);
    const end = coreBase + Smmu.coreBytes(SIZES);
    expect(bytes.subarray(end).every((byte) => byte === 0xa5)).toBe(true);
    smmu.dispose();
  });

  test('two devices live on one memory and share a window', async () => {
    const memory = new WebAssembly.Memory({ initial: 2 * CORE + 1 });
    const ram = [{ base: 0x8000_0000n, size: PAGE, offset: 2 * CORE * PAGE }];
    const a = await Smmu.create({ ...SIZES, memory, coreBase: 0, ram });
    const b = await Smmu.create({ ...SIZES, memory, coreBase: CORE * PAGE, ram });
    a.memory.write64(0x8000_0100n, 0x1122n);
    expect(b.memory.read64(0x8000_0100n)).toBe(0x1122n);
    a.write32(R.CR0, 1);
    expect([a.read32(R.CR0), b.read32(R.CR0)]).toEqual([1, 0]);
    b.translate({ streamId: 1, iova: 0x10n });
    expect([a.stats().transactions, b.stats().transactions]).toEqual([0, 1]);
    a.dispose();
    b.dispose();
  });

  test('views are made again when the lender has grown it', async () => {
    const memory = new WebAssembly.Memory({ initial: CORE + 1 });
    const ram = [{ base: 0n, size: PAGE, offset: CORE * PAGE }];
    const smmu = await Smmu.create({ ...SIZES, memory, ram });
    const batch = smmu.createBatch(2);
    const old = batch.iova;
    batch.iova[1] = 0x2000n;
    smmu.memory.write32(4n, 7);
    memory.grow(1);
    expect(old.length).toBe(0);
    expect(batch.iova[1]).toBe(0x2000n);
    expect(smmu.memory.read32(4n)).toBe(7);
    expect(smmu.translateBatch(batch)).toMatchObject({ count: 2, ok: 2 });
    expect(batch.pa[1]).toBe(0x2000n);
    smmu.dispose();
  });

  test('a window may begin at address 0 of the memory, so that pointers are physical addresses', async () => {
    const memory = new WebAssembly.Memory({ initial: CORE + 2 });
    const ram = [{ base: 0n, size: 2 * PAGE, offset: 0 }];
    const smmu = await Smmu.create({ ...SIZES, memory, coreBase: 2 * PAGE, ram });
    new DataView(memory.buffer).setBigUint64(0, 0x9n, true); // an STE at pointer 0: V, bypass
    smmu.write64(R.STRTAB_BASE, 0n);
    smmu.write32(R.STRTAB_BASE_CFG, 0);
    smmu.write32(R.CR0, 1);
    expect(smmu.translate({ streamId: 0, iova: 0x55n })).toMatchObject({ status: 'ok', pa: 0x55n });
    smmu.dispose();
  });

  test.each<[string, SmmuOptions, RegExp]>([
    [
      'overlap with the core',
      { coreBase: PAGE, ram: [{ base: 0n, size: PAGE + 1, offset: 0 }] },
      /^the core's \d+ bytes at coreBase would begin at 65536 of the lent memory, inside ram\[0\], which ends at 65537$/,
    ],
    [
      'two windows on one place',
      {
        ram: [
          { base: 0n, size: 16, offset: (CORE + 1) * PAGE },
          { base: 64n, size: 16, offset: (CORE + 1) * PAGE + 8 },
        ],
      },
      /^ram\[1\] would begin at \d+ of the lent memory, inside ram\[0\]/,
    ],
    [
      'beyond the end',
      { ram: [{ base: 0n, size: PAGE, offset: (CORE + 3) * PAGE + 1 }] },
      /^ram\[0\] would end at \d+, but the lent memory has \d+ bytes$/,
    ],
  ])('%s is refused, and the memory stays as it was', async (_, options, sentence) => {
    const memory = new WebAssembly.Memory({ initial: CORE + 4 });
    bytesOf(memory).fill(0x5a);
    await expect(Smmu.create({ ...SIZES, memory, ...options })).rejects.toThrow(sentence);
    expect(bytesOf(memory).every((byte) => byte === 0x5a)).toBe(true);
  });
});

describe('the place of a living core is its own', () => {
  const RAM_AT = 3 * CORE * PAGE;
  const ram = [{ base: 0x4000_0000n, size: PAGE, offset: RAM_AT }];
  const lender = (): WebAssembly.Memory => new WebAssembly.Memory({ initial: 4 * CORE + 2 });
  const bytes = Smmu.coreBytes(SIZES);

  test.each<[string, SmmuOptions]>([
    ['on it', { coreBase: CORE * PAGE, ram }],
    ['into its first byte', { coreBase: CORE * PAGE - Math.ceil(bytes / 16) * 16 + 16, ram }],
    ['into its last byte', { coreBase: CORE * PAGE + Math.floor((bytes - 1) / 16) * 16, ram }],
    ['on its window', { coreBase: RAM_AT - PAGE, ram: [{ base: 0n, size: 16, offset: 0 }] }],
    ['a window over it', { coreBase: 0, ram: [{ base: 0n, size: PAGE, offset: CORE * PAGE + 4096 }] }],
    [
      'a window on its last byte',
      { coreBase: 0, ram: [{ base: 0n, size: 16, offset: CORE * PAGE + bytes - 1 }] },
    ],
    [
      'a sparse window over it',
      { coreBase: 0, ram: [{ base: 0n, size: 2 ** 32, sparse: true, pool: PAGE, offset: CORE * PAGE }] },
    ],
  ])('%s: refused while it lives, and again possible when it is disposed of', async (_, options) => {
    const memory = lender();
    const first = await Smmu.create({ ...SIZES, memory, coreBase: CORE * PAGE, ram });
    first.write32(R.CR2, 2);
    first.memory.write32(0x4000_0000n, 7);
    const before = bytesOf(memory).slice();
    const made = Smmu.create({ ...SIZES, memory, ...options });
    await expect(made).rejects.toThrow(RangeError);
    await expect(made).rejects.toThrow(
      /^(the core's \d+ bytes at coreBase|ram\[0\]) would take \d+ to \d+ of the lent memory, where \d+ to \d+ is the (core|RAM) of a device/,
    );
    expect(Buffer.compare(bytesOf(memory), before)).toBe(0);
    expect([first.read32(R.CR2), first.memory.read32(0x4000_0000n)]).toEqual([2, 7]);
    first.dispose();
    first.dispose();
    const second = await Smmu.create({ ...SIZES, memory, ...options });
    expect(second.read32(R.CR2)).toBe(0);
    second.dispose();
  });

  test('of two that are made at the same time one is refused; a failure gives the place back', async () => {
    const memory = lender();
    const options = { ...SIZES, memory, coreBase: 0, ram };
    const both = await Promise.allSettled([Smmu.create(options), Smmu.create(options)]);
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    (both[0] as PromiseFulfilledResult<Smmu>).value.dispose();
    await expect(Smmu.create({ ...options, module: new Uint8Array([1, 2, 3]) })).rejects.toThrow();
    (await Smmu.create(options)).dispose();
  });

  test('beside it, with the same RAM, and at the same place of another memory: as before', async () => {
    const memory = lender();
    const a = await Smmu.create({ ...SIZES, memory, coreBase: 0, ram });
    const b = await Smmu.create({ ...SIZES, memory, coreBase: Math.ceil(bytes / 16) * 16, ram });
    const c = await Smmu.create({ ...SIZES, memory: lender(), coreBase: 0, ram });
    memory.grow(1);
    await expect(Smmu.create({ ...SIZES, memory, coreBase: 0, ram })).rejects.toThrow(RangeError);
    for (const smmu of [a, b, c]) smmu.dispose();
  });
});
