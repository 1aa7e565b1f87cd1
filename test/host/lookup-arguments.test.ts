// lookup and lookupWords give -1 for anything but success: what is no StreamID, address or flags is no translation, with time on and off.
import { describe, expect, test } from '@jest/globals';
import { FLAG_SSV, FLAG_WRITE, Smmu } from '../../src/index.js';

/** With SMMUEN = 0 every address below 2^52 passes: -1 is the argument's doing. */
const NO_NUMBER = [
  NaN,
  Infinity,
  -Infinity,
  0.5,
  4096.5,
  -0.5,
  Number.MIN_VALUE,
  undefined,
  null,
  '4096',
  4096n,
  {},
];
const NO_IOVA = [
  ...NO_NUMBER,
  -1,
  -4096,
  -(2 ** 31),
  -(2 ** 53),
  2 ** 53,
  2 ** 53 + 2,
  2 ** 64,
  Number.MAX_VALUE,
];
const NO_STREAM = [...NO_NUMBER, -1, -(2 ** 31), 2 ** 32, 2 ** 53];
const NO_WORD = [...NO_NUMBER, -(2 ** 31) - 1, 2 ** 32, 2 ** 53];

describe.each([false, 'gem5-default', 'mmu600-agilex5'] as const)('timing %s', (timing) => {
  const device = (): Promise<Smmu> => Smmu.create({ timing });

  test.each([
    ['iova', NO_IOVA, (smmu: Smmu, x: number) => smmu.lookup(1, x, 0)],
    ['streamId', NO_STREAM, (smmu: Smmu, x: number) => smmu.lookup(x, 0x1000, 0)],
    ['flags', NO_WORD, (smmu: Smmu, x: number) => smmu.lookup(1, 0x1000, x)],
    ['streamId of words', NO_STREAM, (smmu: Smmu, x: number) => smmu.lookupWords(x, 0x1000, 0, 0)],
    ['lo', NO_WORD, (smmu: Smmu, x: number) => smmu.lookupWords(1, x, 0, 0)],
    ['hi', NO_WORD, (smmu: Smmu, x: number) => smmu.lookupWords(1, 0x1000, x, 0)],
    ['flags of words', NO_WORD, (smmu: Smmu, x: number) => smmu.lookupWords(1, 0x1000, 0, x)],
  ])('%s: -1, an abort without an event, and nothing else', async (_, values, call) => {
    const smmu = await device();
    expect(smmu.lookup(1, 0x3000, 0)).toBe(0x3000);
    const before = [smmu.now, smmu.stats()];
    for (const value of values) {
      expect([value, call(smmu, value as never)]).toEqual([value, -1]);
      const last = smmu.lastTranslation();
      expect(last).toMatchObject({ status: 'abort', pa: 0n, hit: 'none', latency: 0 });
      expect(last.event).toBeUndefined();
    }
    expect([smmu.now, smmu.stats()]).toEqual(before);
    expect(smmu.lookup(1, 0x4000, 0)).toBe(0x4000);
    smmu.dispose();
  });

  test('what is an address still is: 0 and -0, the last one, words and flags with a sign', async () => {
    const smmu = await device();
    expect(smmu.lookup(0xffff_ffff, 0, 0)).toBe(0);
    expect(smmu.lookup(1, -0, 0) + 0).toBe(0);
    expect(smmu.lookup(1, 2 ** 52 - 1, FLAG_WRITE)).toBe(2 ** 52 - 1);
    expect(smmu.lookup(1, 2 ** 52, 0)).toBe(-1); // beyond the output addresses
    expect(smmu.lookup(1, 0x1000, (0xf_ffff << 12) | FLAG_SSV)).toBe(0x1000); // a negative number
    expect(smmu.lookupWords(1, 0x8000_0000 | 0, 1, 0)).toBe(0x1_8000_0000);
    expect(smmu.lookupWords(1, 0x8000_0000, 1, 0)).toBe(0x1_8000_0000);
    expect(smmu.lookupWords(1, 0, -1, 0)).toBe(-1); // 2^64 - 2^32: beyond
    smmu.dispose();
  });
});

test('each device has functions of its own, which do what the methods do and nobody finds among its fields', async () => {
  const [one, other] = [await Smmu.create(), await Smmu.create({ timing: 'gem5-default' })];
  const { lookup, lookupWords } = one;
  expect(lookup).not.toBe(other.lookup);
  expect([lookup(1, 0x3000, 0), lookupWords(1, 0x3000, 0, 0)]).toEqual([0x3000, 0x3000]);
  expect(Smmu.prototype.lookup.call(other, 1, 0x5000, 0)).toBe(0x5000);
  expect(Smmu.prototype.lookupWords.call(other, 1, 0x5000, 0, 0)).toBe(0x5000);
  expect(Object.keys(one)).toEqual(['id', 'memory', 'effectiveTiming', 'pmcg']);
  one.dispose();
  expect(() => lookup(1, 0x3000, 0)).toThrow(/disposed/);
  other.dispose();
});
