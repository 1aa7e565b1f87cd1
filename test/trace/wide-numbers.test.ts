/** Every 64-bit column through every writer and its reader: the same number, whatever it is. */
import { describe, expect, test } from '@jest/globals';
import { makeRows, makeWriter, WRITE_FORMATS, type Times } from '../../src/trace/index.js';
import { decimalText, hexText } from '../../src/trace/words.js';
import { open, refusal } from './support.js';

/** 64-bit numbers, mostly such as lie beside powers of two, where rounding shows. */
function* numbers(seed: number): Generator<bigint> {
  let state = BigInt(seed);
  for (;;) {
    state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffff_ffff_ffff_ffffn;
    const near = 1n << (state >> 58n);
    yield (state & 1n) === 0n ? state : (near + ((state >> 8n) & 7n) - 3n) & 0xffff_ffff_ffff_ffffn;
  }
}

function take(count: number, seed: number): bigint[] {
  const all: bigint[] = [];
  for (const number of numbers(seed)) {
    all.push(number);
    if (all.length === count) break;
  }
  return all;
}

const lo = (value: bigint): number => Number(value & 0xffff_ffffn);
const hi = (value: bigint): number => Number(value >> 32n);
const COUNT = 500;

describe.each(WRITE_FORMATS)('%s', (format) => {
  test.each<Times>(['arrival', 'gap'])('addresses and %s', async (times) => {
    for (let seed = 1; seed <= 4; seed++) {
      const iovas = take(COUNT, seed).map((value) => value & ~0xfffn);
      const stamps = take(COUNT, seed + 100);
      if (times === 'arrival') stamps.sort((a, b) => (a < b ? -1 : 1));
      const rows = makeRows(COUNT);
      iovas.forEach((iova, i) => rows.iovaWords.set([lo(iova), hi(iova)], 2 * i));
      stamps.forEach((stamp, i) => rows.arrivalWords.set([lo(stamp), hi(stamp)], 2 * i));
      rows.size.fill(64);
      const writer = makeWriter(format, { times, substreams: false, total: COUNT, note: '' });
      const bytes = Buffer.concat([writer.head(), writer.rows(rows, COUNT)]);
      const source = await open(new Uint8Array(bytes), {}, 4096);
      const back = makeRows(COUNT);
      expect(await source.fill(back, COUNT)).toBe(COUNT);
      expect(source.times).toBe(times);
      expect(back.iovaWords).toEqual(rows.iovaWords);
      expect(back.arrivalWords).toEqual(rows.arrivalWords);
    }
  });
});

test('words as text', () => {
  for (const value of [0n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 64n - 1n, ...take(COUNT, 7)]) {
    expect(decimalText(lo(value), hi(value))).toBe(value.toString());
    expect(hexText(lo(value), hi(value))).toBe(`0x${value.toString(16)}`);
  }
});

test('JSON Lines: as a number up to 2^53, as a string in decimal or hexadecimal always', async () => {
  const line = (arrival: string): string => `{"iova":0,"stream_id":0,"arrival":${arrival}}`;
  for (const value of [0n, 7n, 2n ** 53n - 1n, ...take(COUNT, 9)]) {
    const spellings = [`"${value}"`, `"0x${value.toString(16)}"`, ...(value < 2n ** 53n ? [`${value}`] : [])];
    for (const spelling of spellings) {
      const source = await open(line(spelling), {}, 4096);
      const rows = makeRows(1);
      await source.fill(rows, 1);
      expect([...rows.arrivalWords]).toEqual([lo(value), hi(value)]);
    }
    if (value >= 2n ** 53n)
      expect(await refusal(line(`${value}`))).toContain(`got ${value}, expected "${value}" in quotes`);
  }
});

test('JSON Lines: a fraction that JSON.parse rounds to a whole number is refused as it stands', async () => {
  const whole = ['4503599627370497.0', '45e2', '45E+2'];
  const rounded = [
    '4503599627370497.5',
    '9007199254740991.4',
    '0.99999999999999999999',
    '1e-400',
    '10e-1',
    '-0.0',
  ];
  for (const spelling of whole)
    expect(await refusal(`{"iova":0,"stream_id":0,"arrival":${spelling}}\nx`)).toContain('line 2: not valid');
  for (const spelling of rounded)
    expect(await refusal(`{"iova":0,"stream_id":0,"arrival":${spelling}}`)).toBe(
      `trace, line 1, field "arrival": got ${spelling}, expected a number of cycles.`,
    );
});

test('a decreasing arrival is refused in every format, exactly', async () => {
  const sentence = /1726500001123456789.*expected 1726500001123456790 or more/;
  expect(await refusal('iova,stream_id,arrival\n0,0,1726500001123456790\n0,0,1726500001123456789\n')).toMatch(
    sentence,
  );
  const rows = makeRows(2);
  for (const [i, value] of [1726500001123456790n, 1726500001123456789n].entries())
    rows.arrivalWords.set([lo(value), hi(value)], 2 * i);
  rows.size.fill(64);
  const writer = makeWriter('binary', { times: 'arrival', substreams: false, total: 2, note: '' });
  const bytes = Buffer.concat([writer.head(), writer.rows(rows, 2)]);
  expect(await refusal(new Uint8Array(bytes))).toMatch(
    /field "arrival": of row 1 is 1726500001123456789, expected/,
  );
});

describe('a binary file with bytes too many', () => {
  test.each([1, 5, 31, 32, 64])('%i more', async (more) => {
    const writer = makeWriter('binary', { times: 'none', substreams: false, total: 2, note: '' });
    const bytes = Buffer.concat([writer.head(), writer.rows(makeRows(2), 2), Buffer.alloc(more)]);
    expect(await refusal(new Uint8Array(bytes))).toBe(
      'trace, field "rows": has more bytes behind its last row, expected 2 rows as its header says.',
    );
  });
});
