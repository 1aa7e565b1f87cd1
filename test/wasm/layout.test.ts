// What stands in linear memory does not overlap: places are numbers, and two people may choose the same.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import * as abi from '../../assembly/abi.js';

const read = (path: string): string =>
  readFileSync(new URL(`../../assembly/${path}`, import.meta.url), 'utf8');

interface Place {
  name: string;
  at: number;
  bytes: number;
}

/**
 * Constants `PREFIX…: i32 = [TM_STATE +] offset; // type …`. The comment begins with the type: u32, u64, i32, u32[12]; where it
 * does not, four bytes.
 */
function places(text: string, prefix: string): Place[] {
  const pattern = new RegExp(
    `^export const (${prefix}\\w+): i32 = (?:TM_STATE(?: \\+ )?)?(0x[0-9a-f]+|\\d+)?;(?: // [ui](8|16|32|64)(?:\\[(\\d+)\\])?)?`,
    'gm',
  );
  return [...text.matchAll(pattern)].map(([, name, at = '0', bits = '32', count = '1']) => ({
    name,
    at: Number(at),
    bytes: (Number(bits) / 8) * Number(count),
  }));
}

function overlaps(all: Place[]): string[] {
  const sorted = [...all].sort((a, b) => a.at - b.at);
  return sorted.flatMap((place, i) => {
    const next = sorted[i + 1] as Place | undefined;
    return next !== undefined && place.at + place.bytes > next.at ? [`${place.name} and ${next.name}`] : [];
  });
}

test('the search finds an overlap', () => {
  const text =
    'export const T_A: i32 = TM_STATE + 0x10; // u64 one\nexport const T_B: i32 = TM_STATE + 0x14; // u32 two';
  expect(overlaps(places(text, 'T_'))).toEqual(['T_A and T_B']);
});

describe.each([
  ['timing/layout.ts', 'T_', 30],
  ['timing/layout.ts', 'P_', 10],
  ['walk/request.ts', 'M_', 50],
  ['abi.ts', 'H_', 40],
  ['abi.ts', 'Q_', 20],
  ['abi.ts', 'PG_', 10],
  ['abi.ts', 'TS_', 0],
])('%s, %s…', (path, prefix, least) => {
  test('no two overlap', () => {
    const found = places(read(path), prefix);
    expect(found.length).toBeGreaterThanOrEqual(least);
    expect(overlaps(found)).toEqual([]);
  });
});

test('the fixed parts follow each other', () => {
  const parts: [number, number][] = [
    [0, abi.REGS],
    [abi.REGS, abi.REGS_BYTES],
    [abi.REGS_ID, abi.WINDOWS - abi.REGS_ID],
    [abi.WINDOWS, abi.MAX_WINDOWS * abi.WINDOW_BYTES],
    [abi.CACHES, (abi.CACHE_TBU + 2 * abi.MAX_TBUS) * abi.CACHE_BYTES],
    [abi.REQUESTS, 2 * abi.REQUEST_BYTES],
    [abi.COUNTERS, abi.COUNTERS_BYTES],
    [abi.SCRATCH, 64],
    [abi.INVALIDATIONS, abi.INVALIDATIONS_KEPT * abi.INVALIDATION_BYTES],
    [abi.FIXED_END, 0],
  ];
  parts.reduce((end, [at, bytes]) => {
    expect(at).toBeGreaterThanOrEqual(end);
    return at + bytes;
  }, 0);
  expect(abi.CT_CONFIG_READS + 32).toBeLessThanOrEqual(abi.COUNTERS_BYTES);
  expect(abi.TM_STATS + abi.TM_STATS_BYTES).toBeLessThanOrEqual(abi.TM_HISTOGRAM);
  expect(abi.TM_HISTOGRAM + 8 * abi.HISTOGRAM_BUCKETS).toBeLessThanOrEqual(abi.TM_STATE);
});
