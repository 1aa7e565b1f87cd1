// --interval: what happened in each interval, reckoned from transactions whose times are known.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Samples } from '../../src/run/samples.js';
import { smmuv3 } from './run.js';

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'smmuv3-samples-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

async function samples(...args: string[]): Promise<{ samples: Samples; transactions: number }> {
  return JSON.parse((await smmuv3('run', ...args, '--json')).out) as {
    samples: Samples;
    transactions: number;
  };
}

test('a cold read of 749 cycles, then a hit of 104 at cycle 2000 (gem5’s closed forms)', async () => {
  const trace = join(directory, 'two.csv');
  writeFileSync(trace, 'arrival,iova,stream_id\n0,0x1000,0\n2000,0x1040,1\n');
  const csv = join(directory, 's.csv');
  const { samples: found } = await samples(
    trace,
    '--share-tables',
    '--timing',
    'gem5-default',
    '--interval',
    '500',
    '--samples',
    csv,
  );
  const { rows, streams, interval } = found;
  expect(interval).toBe(500);
  expect(rows.map(({ cycle, transactions, bytes }) => [cycle, transactions, bytes]).slice(0, 4)).toEqual([
    [0, 0, 0],
    [500, 1, 64],
    [1000, 0, 0],
    [1500, 0, 0],
  ]);
  // In flight for all of the first interval, and 249 of 500 cycles of the second.
  expect(rows.slice(0, 3).map(({ inFlight }) => inFlight)).toEqual([1, 249 / 500, 0]);
  expect(rows[1]).toMatchObject({ latencyMean: 749, latencyMax: 749, hits: { walk: 1, 'main-tlb': 0 } });
  expect(streams.map(({ streamId, transactions }) => [streamId, transactions[1]])).toEqual([
    [0, 1],
    [1, 0],
  ]);
  const lines = readFileSync(csv, 'utf8').trimEnd().split('\n');
  expect(lines[0]).toBe(
    'cycle,transactions,bytes,in_flight,latency_mean,latency_max,micro_tlb,main_tlb,merged,tcu_tlb,walk_cache,walk,none',
  );
  expect(lines[2]).toBe('500,1,64,0.498,749,749,0,0,0,0,0,1,0');
  expect(lines).toHaveLength(rows.length + 1);
});

test('sampling changes no result, and the samples add up to it', async () => {
  const args = ['gen:random,count=5000,streams=3,write=30', '--outstanding', '12', '--warmup', '1000'];
  const plain = JSON.parse((await smmuv3('run', ...args, '--json')).out) as object;
  const { samples: found, ...rest } = await samples(...args, '--interval', '300');
  expect(rest).toEqual(plain);
  const sum = (of: (row: Samples['rows'][number]) => number): number =>
    found.rows.reduce((all, row) => all + of(row), 0);
  const { latency, transactions, timing } = plain as {
    latency: { mean: number };
    transactions: number;
    timing: { bytes: number };
  };
  expect(sum((row) => row.transactions)).toBe(transactions);
  expect(sum((row) => row.bytes)).toBe(timing.bytes);
  expect(sum((row) => row.inFlight * 300)).toBeCloseTo(latency.mean * transactions, 3);
});

test.each([
  [['--timing', 'off', '--interval', '5'], '--interval counts cycles: expected it without --timing off'],
  [['--samples', 'x.csv'], '--samples writes what --interval counts: expected --interval with it'],
  [['--interval', '0'], 'Expected a whole number from 1'],
])('%j is refused', async (args, sentence) => {
  const { code, err } = await smmuv3('run', 'gen:random,count=5', ...args);
  expect(code).toBe(2);
  expect(err).toContain(sentence);
});

test('too many intervals', async () => {
  const trace = join(directory, 'far.csv');
  writeFileSync(trace, 'arrival,iova,stream_id\n0,0x1000,0\n900000000,0x1000,0\n');
  const { code, err } = await smmuv3('run', trace, '--interval', '10');
  expect({ code, err }).toEqual({
    code: 2,
    err: 'error: --interval 10 gives more than 200000 samples, expected longer intervals\n',
  });
});
