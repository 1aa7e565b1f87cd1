import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { smmuv3 } from './run.js';

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'smmuv3-convert-'));
});
afterAll(() => rmSync(directory, { recursive: true }));
const at = (name: string): string => join(directory, name);

describe('smmuv3 convert', () => {
  test('round the formats, compressed or not', async () => {
    // More than one block.
    const trace = 'gen:random,window=1G,count=70000,seed=3,write=40,gap=2,streams=3,ssid=9';
    const route = ['a.csv', 'b.bin', 'c.jsonl.gz', 'd.bin.gz', 'e.csv.gz'].map(at);
    let from = trace;
    for (const to of route) {
      const { code, out, err } = await smmuv3('convert', from, to, '--json');
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(JSON.parse(out)).toMatchObject({ from, to, transactions: 70000, skipped: 0 });
      from = to;
    }
    expect(gunzipSync(readFileSync(at('e.csv.gz'))).equals(readFileSync(at('a.csv')))).toBe(true);
  });

  test("a capture's translations as CSV", async () => {
    const { out } = await smmuv3('convert', 'linux-nested-4k', at('nested.csv'));
    expect(out).toBe(`${at('nested.csv')}: 395 transactions as csv, 199 other records passed over\n`);
    expect(readFileSync(at('nested.csv'), 'utf8').split('\n')[1]).toBe('0xffffd000,24,r,1,24,0,0');
  });

  test.each([
    [16, 'TRANSLATED'],
    [32, 'SPECULATIVE'],
    [64, 'ATOMIC'],
  ])('what text has no column for is not left out: flag %i', async (flag, name) => {
    await smmuv3('convert', 'gen:random,count=3,write=0', at('plain.bin'));
    const bytes = readFileSync(at('plain.bin'));
    const flags = bytes.readUInt32LE(12) + 3 * 16 + 4;
    bytes.writeUInt32LE(flag, flags);
    writeFileSync(at('flagged.bin'), bytes);
    for (const to of ['flagged.csv', 'flagged.jsonl']) {
      const { code, err } = await smmuv3('convert', at('flagged.bin'), at(to));
      expect({ code, err }).toEqual({
        code: 2,
        err: `error: row 1 is ${name}, which no column of text says; expected the binary form\n`,
      });
      expect(existsSync(at(to))).toBe(false);
    }
    expect((await smmuv3('convert', at('flagged.bin'), at('again.bin'))).code).toBe(0);
    const again = readFileSync(at('again.bin'));
    expect(again.readUInt32LE(again.readUInt32LE(12) + 3 * 16 + 4)).toBe(flag);
  });

  test('a clock below a hertz is none', async () => {
    const { code, err } = await smmuv3(
      'convert',
      'data/traces/gem5-packets.ptrc.gz',
      at('slow.csv'),
      '--clock',
      '0.0000009',
    );
    expect({ code, err }).toEqual({
      code: 2,
      err: "error: option '--clock <MHZ>' argument '0.0000009' is invalid. Expected MHz from 0.000001 to 1000000.\n",
    });
  });

  test('nothing half written when a line is bad', async () => {
    const { code, err } = await smmuv3('convert', 'data/traces/gem5-streams.json', at('no.csv'));
    expect(code).toBe(2);
    expect(err).toMatch(/^error: data\/traces\/gem5-streams\.json, line 1, field "default": is no field/);
    expect(existsSync(at('no.csv'))).toBe(false);
  });

  test.each([
    [
      'data/traces/nic.csv',
      'x.txt',
      'its ending says no format, expected .csv, .jsonl or .bin, or the option --to',
    ],
    [
      'data/traces/iommu-tracepoints.txt',
      'x.csv',
      'holds mappings, which no format of transactions can hold',
    ],
  ])('%s to %s', async (from, to, sentence) => {
    const { code, err } = await smmuv3('convert', from, at(to));
    expect(code).toBe(2);
    expect(err).toContain(sentence);
  });
});
