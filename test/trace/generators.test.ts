import { describe, expect, test } from '@jest/globals';
import { FLAG_WRITE } from '../../src/index.js';
import { GeneratorSource, PATTERNS, parseSpec } from '../../src/trace/index.js';
import { rowsOf } from './support.js';

const PAGE = 4096;

async function iovas(spec: string): Promise<number[]> {
  return (await rowsOf(new GeneratorSource(spec))).map(({ iova }) => iova - 2 ** 40);
}

describe.each(PATTERNS)('%s', (pattern) => {
  const spec = `gen:${pattern},window=1M,count=3000,seed=7,streams=3`;

  test('the same rows in blocks of any length', async () => {
    const all = await rowsOf(new GeneratorSource(spec), 1000);
    expect(await rowsOf(new GeneratorSource(spec), 7)).toEqual(all);
    expect(all).toHaveLength(3000);
  });

  test('inside the window and inside a page, in the streams asked for', async () => {
    const all = await rowsOf(new GeneratorSource(spec));
    for (const { iova, size } of all) {
      expect(iova).toBeGreaterThanOrEqual(2 ** 40);
      expect(iova + size).toBeLessThanOrEqual(2 ** 40 + 2 ** 20);
      expect((iova % PAGE) + size).toBeLessThanOrEqual(PAGE);
    }
    expect(new Set(all.map(({ sid }) => sid))).toEqual(new Set([0, 1, 2]));
  });
});

test('sequential and strided come round', async () => {
  expect(await iovas('gen:sequential,window=192,count=5')).toEqual([0, 64, 128, 0, 64]);
  expect(await iovas('gen:strided,window=12K,stride=4K,count=4')).toEqual([0, 4096, 8192, 0]);
});

test('random: another seed, other addresses; the same seed, the same', async () => {
  const one = await iovas('gen:random,count=100,seed=1');
  expect(await iovas('gen:random,count=100,seed=1')).toEqual(one);
  expect(await iovas('gen:random,count=100,seed=2')).not.toEqual(one);
  // What every machine and every later version draws.
  expect(one.slice(0, 3)).toEqual([0x2f80680, 0x3a1b7c0, one[2]]);
});

test('random is even over the window', async () => {
  const pages = new Float64Array(16);
  for (const iova of await iovas('gen:random,window=64K,count=16000,seed=5')) pages[iova >> 12]++;
  for (const n of pages) expect(Math.abs(n - 1000)).toBeLessThan(150);
});

test('zipf: the most popular page has its share of 1 / H(n)', async () => {
  const pages = new Map<number, number>();
  for (const iova of await iovas('gen:zipf,window=1M,count=20000,seed=5,skew=1'))
    pages.set(iova >> 12, (pages.get(iova >> 12) ?? 0) + 1);
  let harmonic = 0;
  for (let n = 1; n <= 256; n++) harmonic += 1 / n;
  const most = Math.max(...pages.values()) / 20000;
  expect(most).toBeGreaterThan(0.9 / harmonic);
  expect(most).toBeLessThan(1.1 / harmonic);
});

test('ring: a descriptor is read, the packet written, a completion written', async () => {
  const rows = await rowsOf(new GeneratorSource('gen:ring,ring=4,packet=100,count=8,window=64K'));
  expect(rows.slice(0, 4).map(({ flags, size }) => [flags, size])).toEqual([
    [0, 16],
    [FLAG_WRITE, 64],
    [FLAG_WRITE, 36],
    [FLAG_WRITE, 16],
  ]);
  expect(rows[4].iova - rows[0].iova).toBe(16);
  expect(rows[5].iova - rows[1].iova).toBe(2048);
});

test('tenants: bursts', async () => {
  const rows = await rowsOf(new GeneratorSource('gen:tenants,streams=8,burst=5,count=50,window=1M'));
  for (let i = 0; i < 50; i++) expect(rows[i].sid).toBe(rows[i - (i % 5)].sid);
});

test.each([
  [
    'gen:zigzag',
    "gen:zigzag: pattern 'zigzag' is unknown, expected sequential, strided, random, zipf, ring or tenants",
  ],
  ['gen:random,windo=3', "gen:random,windo=3: random has no parameter 'windo', expected count, seed,"],
  ['gen:random,window', "gen:random,window: 'window' says no value, expected window=NUMBER"],
  ['gen:random,count=0', "gen:random,count=0: count (transactions) is '0', expected an integer from 1 to"],
  ['gen:random,count=3x', "count (transactions) is '3x', expected an integer"],
  ['gen:random,stride=3', "random has no parameter 'stride'"],
  ['gen:random,seed=1,seed=2', 'seed stands twice, expected it once'],
  ['gen:random,window=1K,size=2K', 'window 1024 has no room for size 2048, expected more'],
  ['gen:zipf,skew=0.3', "skew (exponent, 0 to 4 in eighths) is '0.3', expected 0 to 4 in eighths"],
])('%s', (spec, sentence) => {
  expect(() => parseSpec(spec)).toThrow(sentence);
});
