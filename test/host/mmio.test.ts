import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { IommuError, Smmu } from '../../src/index.js';
import { R } from '../support/machine.js';

let smmu: Smmu;
beforeEach(async () => {
  smmu = await Smmu.create({ ram: [{ base: 0x4000_0000n, size: 1 << 20 }], caches: false, timing: false });
});
afterEach(() => smmu.dispose());

describe('registers', () => {
  test('identification registers read as `id` says, unsigned', () => {
    const offsets = { idr0: 0, idr1: 4, idr2: 8, idr3: 0xc, idr4: 0x10, idr5: 0x14, iidr: 0x18, aidr: 0x1c };
    for (const [name, offset] of Object.entries(offsets)) expect(smmu.read32(offset)).toBe(smmu.id[name]);
    expect([0xff0, 0xff4, 0xff8, 0xffc].map((o) => smmu.read32(o))).toEqual([0x0d, 0xf0, 0x05, 0xb1]);
    expect(smmu.read32(0xfe8)).toBe(smmu.id.pidr2);
  });

  test('64-bit registers take both widths, and bit 63 is no sign', () => {
    const base = 0x4000_0000_4000_1005n; // RA and an address
    smmu.write64(R.CMDQ_BASE, base);
    expect(smmu.read64(R.CMDQ_BASE)).toBe(base);
    expect(smmu.read32(R.CMDQ_BASE + 4)).toBe(0x4000_0000);
    smmu.write32(R.CMDQ_BASE + 4, 0);
    expect(smmu.read64(R.CMDQ_BASE)).toBe(0x4000_1005n);
    smmu.write32(R.EVENTQ_CONS, 0x8000_0000);
    expect(smmu.read32(R.EVENTQ_CONS)).toBe(0x8000_0000);
  });

  test('what is no register reads as zero and takes anything', () => {
    for (const offset of [0x58, 0x8000, 0x9000, 0x1_0000, 0x2_0000, 0x21, 0xffff_fffc]) {
      smmu.write32(offset, 0xffff_ffff);
      expect(smmu.read32(offset)).toBe(0);
      smmu.write64(offset, (1n << 64n) - 1n);
      expect(smmu.read64(offset)).toBe(0n);
    }
  });

  test('wrong arguments are named', () => {
    expect(() => smmu.read32(0.5)).toThrow(TypeError);
    expect(() => smmu.read32('0' as never)).toThrow(/^offset must be a number, not '0'$/);
    expect(() => smmu.read64(-4)).toThrow(/^offset must be between 0 and 0xffffffff, not -4$/);
    expect(() => smmu.write32(0, 2 ** 32)).toThrow(
      /^value must be between 0 and 0xffffffff, not 4294967296$/,
    );
    expect(() => smmu.write32(0, 1n as never)).toThrow(TypeError);
    expect(() => smmu.write64(0, 1 as never)).toThrow(/^value must be a bigint, not 1$/);
    expect(() => smmu.write64(0, 1n << 64n)).toThrow(RangeError);
  });
});

describe('life', () => {
  test('reset brings registers, clock and statistics back, and leaves memory', () => {
    smmu.memory.write32(0x4000_0000n, 5);
    smmu.write32(R.CR0, 1);
    smmu.translate({ streamId: 0, iova: 0n });
    smmu.advance(10n);
    smmu.reset();
    expect(smmu.read32(R.CR0)).toBe(0);
    expect(smmu.now).toBe(0n);
    expect(smmu.stats().transactions).toBe(0);
    expect(smmu.read32(0)).toBe(smmu.id.idr0);
    expect(smmu.memory.read32(0x4000_0000n)).toBe(5);
  });

  test('time only moves forward, and nothing is ever under way', () => {
    expect(smmu.now).toBe(0n);
    smmu.advance(5n);
    smmu.advance(5n);
    expect(smmu.now).toBe(5n);
    expect(smmu.nextEvent()).toBeNull();
    expect(() => smmu.advance(4n)).toThrow(RangeError);
    expect(() => smmu.advance(6 as never)).toThrow(TypeError);
  });

  test('after dispose every call is refused', async () => {
    const other = await Smmu.create({ caches: false, timing: false });
    other[Symbol.dispose]();
    for (const call of [
      () => other.read32(0),
      () => other.write32(0, 0),
      () => other.lookup(0, 0, 0),
      () => other.translate({ streamId: 0, iova: 0n }),
      () => other.stats(),
      () => other.save(),
      () => other.createBatch(1),
    ]) {
      expect(call).toThrow(IommuError);
      expect(call).toThrow(/^ENODEV: this device has been disposed of$/);
    }
  });

  test('there is a counter group for the TCU and one for the TBU', () => {
    expect(smmu.pmcg).toHaveLength(2);
  });
});
