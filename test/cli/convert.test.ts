import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
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
