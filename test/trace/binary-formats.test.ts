import { describe, expect, test } from '@jest/globals';
import { FLAG_WRITE } from '../../src/index.js';
import { GeneratorSource, makeRows, makeWriter, parseStreamMap } from '../../src/trace/index.js';
import { open, read, refusal, rowsOf, sample } from './support.js';

async function binary(rows: number): Promise<Uint8Array> {
  const source = new GeneratorSource(`gen:random,count=${rows},write=50,seed=3,gap=2,ssid=5,streams=3`);
  const writer = makeWriter('binary', { times: 'gap', substreams: true, total: rows, note: 'a test' });
  const block = makeRows(rows);
  const count = await source.fill(block, rows);
  const parts = [writer.head(), writer.rows(block, count)];
  const bytes = new Uint8Array(parts[0].length + parts[1].length);
  bytes.set(parts[0]);
  bytes.set(parts[1], parts[0].length);
  return bytes;
}

describe('the binary form', () => {
  test.each([1, 7, 100])('%i rows come back as they were, in whatever pieces', async (rows) => {
    const expected = await rowsOf(
      new GeneratorSource(`gen:random,count=${rows},write=50,seed=3,gap=2,ssid=5,streams=3`),
    );
    const bytes = await binary(rows);
    expect(bytes.length).toBe(80 + 32 * rows);
    for (const piece of [1, 33, 4096]) {
      const source = await open(bytes, {}, piece);
      expect([source.format, source.times, source.total, source.substreams]).toEqual([
        'binary',
        'gap',
        rows,
        true,
      ]);
      expect(await rowsOf(source, 4)).toEqual(expected);
    }
  });

  test('a row is the columns of a batch', async () => {
    const bytes = await binary(1);
    const view = new DataView(bytes.buffer, 80);
    const [{ iova, flags }] = await read(bytes);
    expect(Number(view.getBigUint64(0, true))).toBe(iova);
    expect([view.getUint32(12, true), view.getUint32(16, true), view.getUint16(20, true)]).toEqual([
      5,
      flags,
      64,
    ]);
  });

  test.each([
    [
      'cut inside a row',
      (b: Uint8Array) => b.slice(0, -5),
      'trace: ends inside row 9, expected rows of 32 bytes.',
    ],
    [
      'rows missing',
      (b: Uint8Array) => b.slice(0, -32),
      'trace, field "rows": holds 9 rows, expected 10 as its header says.',
    ],
    ['another version', (b: Uint8Array) => b.fill(9, 8, 9), 'trace, field "version": got 9, expected 1.'],
    ['another row', (b: Uint8Array) => b.fill(33, 28, 29), 'trace, field "row bytes": got 33, expected 32.'],
    [
      'no header',
      (b: Uint8Array) => b.slice(0, 20),
      'trace, field "header": ends inside its header, expected 64 bytes or more.',
    ],
    [
      'a size that crosses',
      (b: Uint8Array) => b.fill(0xff, 80 + 10 * 20 + 2 * 2, 80 + 10 * 20 + 3 * 2),
      'trace, field "size": of row 2 is 65535, expected a transaction inside one 4 KiB page.',
    ],
    [
      'a flag that is none',
      (b: Uint8Array) => b.fill(0x80, 80 + 10 * 16 + 3 * 4, 80 + 10 * 16 + 3 * 4 + 1),
      'trace, field "flags": of row 3 has 0x80, expected FLAG_* alone.',
    ],
    [
      'a SubstreamID of more than 20 bits',
      (b: Uint8Array) => b.fill(8, 80 + 10 * 16, 80 + 10 * 16 + 1).fill(0xff, 80 + 10 * 12, 80 + 10 * 12 + 4),
      'trace, field "substream_id": of row 0 is 4294967295, expected a number below 2^20.',
    ],
    [
      'a SubstreamID that the header says is none',
      (b: Uint8Array) => b.fill(0, 36, 37),
      'trace, field "flags": of row 0 says SubstreamID, expected none as the header says.',
    ],
  ])('%s', async (_, spoil, sentence) => {
    expect(await refusal(spoil(await binary(10)))).toBe(sentence);
  });

  test('the sample', async () => {
    const rows = await read(sample('ring.bin'));
    expect(rows).toHaveLength(40);
    expect(rows[0]).toMatchObject({ sid: 0x18, size: 16, flags: 0, time: 8 });
  });
});

describe("gem5's packet trace", () => {
  const streams = parseStreamMap(
    '{"ids":{"system.nic":24},"ranges":[{"from":"0x90000000","to":"0x9fffffff","stream":32}]}',
    'map.json',
  );

  test('the sample: requests in cycles of the clock, streams by the map', async () => {
    const source = await open(sample('gem5-packets.ptrc.gz'), { streams });
    const rows = await rowsOf(source);
    expect(rows).toHaveLength(24);
    expect(source.skipped).toBe(1);
    expect(rows.slice(0, 3)).toEqual([
      { iova: 0x80000000, sid: 24, ssid: 0, flags: 0, size: 64, requester: 24, time: 0 },
      { iova: 0x90000000, sid: 32, ssid: 0, flags: 0, size: 64, requester: 32, time: 4 },
      { iova: 0x80000040, sid: 24, ssid: 0, flags: FLAG_WRITE, size: 64, requester: 24, time: 5 },
    ]);
  });

  test('a clock of half the frequency halves the cycles', async () => {
    const rows = await read(sample('gem5-packets.ptrc.gz'), { streams, clock: 500 });
    expect(rows[2].time).toBe(2);
  });

  test('a packet that the map does not name', async () => {
    const map = parseStreamMap('{"ids":{"system.disk":1}}', 'map.json');
    expect(await refusal(sample('gem5-packets.ptrc.gz'), { streams: map })).toBe(
      'trace, packet 1, field "pkt_id": the packet of id 5 (system.nic) at 0x80000000 is in no stream, expected the stream map to name it or a default.',
    );
  });

  test('cut inside a packet', async () => {
    expect(await refusal(sample('gem5-packets.ptrc.gz').slice(0, -3), { streams })).toContain(
      'trace, packet 25: ends inside it',
    );
  });

  test('a map with a wrong field', () => {
    expect(() => parseStreamMap('{"id":{}}', 'map.json')).toThrow(
      'map.json, field "id": is no part of a stream map, expected default, ids, ranges.',
    );
  });
});
