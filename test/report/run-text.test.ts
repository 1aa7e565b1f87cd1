// What people see of a run: units, ranges, the screenful, each expectation reckoned by hand.
import { describe, expect, test } from '@jest/globals';
import { histogramLines, rangesOf } from '../../src/report/histogram-text.js';
import { digits, duration, percent, rate, whole } from '../../src/report/quantity.js';
import type { LatencyBucket } from '../../src/stats/latency.js';
import { LatencyCounts } from '../../src/run/latency-counts.js';
import { smmuv3 } from '../cli/run.js';

describe('quantities', () => {
  test.each([
    [749, '749.0 ns'],
    [9999, '9999 ns'],
    [10_000, '10.00 µs'],
    [1_478_303, '1478 µs'],
    [25e6, '25.00 ms'],
    [12e9, '12.00 s'],
    [1.6666, '1.667 ns'],
    [0, '0 ns'],
  ])('%d ns', (nanoseconds, text) => expect(duration(nanoseconds)).toBe(text));

  test('rates, shares, numbers', () => {
    expect([999, 1500, 135_300_000, 2e9].map((value) => rate(value, 'B'))).toEqual([
      '999.0 B/s',
      '1.500 kB/s',
      '135.3 MB/s',
      '2.000 GB/s',
    ]);
    expect([0, 0.0001, 0.0005, 0.123, 1].map(percent)).toEqual([
      '0.0 %',
      '< 0.1 %',
      '0.1 %',
      '12.3 %',
      '100.0 %',
    ]);
    expect([0, 0.0854, 1, 12.345, 123456].map(digits)).toEqual(['0', '0.085', '1.000', '12.35', '123456']);
    expect(whole(1655201)).toBe('1,655,201');
  });
});

describe('buckets of a run', () => {
  test('exact below 128 cycles, less than 1/64 wide above, the last as long as the longest', () => {
    const counts = new LatencyCounts();
    for (const latency of [3, 127, 127, 128, 129, 1000, 2 ** 30, 2 ** 31]) counts.add(latency);
    const buckets = counts.buckets();
    expect(buckets.slice(0, 4)).toEqual([
      { from: 3, to: 3, count: 1 },
      { from: 127, to: 127, count: 2 },
      { from: 128, to: 129, count: 2 },
      { from: 1000, to: 1007, count: 1 },
    ]);
    expect(buckets).toHaveLength(5);
    expect(buckets[4]).toEqual({ from: 2 ** 24, to: 2 ** 31, count: 2 });
  });
});

describe('the histogram in a terminal', () => {
  const flat = (from: number, to: number): LatencyBucket[] =>
    Array.from({ length: to - from + 1 }, (_, i) => ({ from: from + i, to: from + i, count: 1 }));
  const count = (ranges: readonly { count: number }[]): number =>
    ranges.reduce((sum, range) => sum + range.count, 0);

  test('ranges of equal width where the longest is not many times the shortest', () => {
    expect(rangesOf(flat(100, 139), 4)).toEqual([
      { from: 100, to: 109, count: 10 },
      { from: 110, to: 119, count: 10 },
      { from: 120, to: 129, count: 10 },
      { from: 130, to: 139, count: 10 },
    ]);
  });

  test('each a factor wider where it is', () => {
    expect(rangesOf(flat(1, 255), 4).map(({ from, to }) => [from, to])).toEqual([
      [1, 3],
      [4, 15],
      [16, 63],
      [64, 255],
    ]);
  });

  test('what is beyond 99.9 % is one range, and nothing is lost', () => {
    const buckets = [
      ...flat(100, 119).map((bucket) => ({ ...bucket, count: 1000 })),
      { from: 9000, to: 9000, count: 3 },
    ];
    const ranges = rangesOf(buckets, 5);
    expect(ranges.at(-1)).toEqual({ from: 120, to: 9000, count: 3 });
    expect(count(ranges)).toBe(20_003);
  });

  test('one latency is one range, none is none', () => {
    expect(rangesOf([{ from: 749, to: 755, count: 1 }], 12)).toHaveLength(7);
    expect(histogramLines([{ from: 5, to: 5, count: 9 }])).toEqual([`5 … 5  100.0 %  ${'█'.repeat(40)}`]);
    expect(histogramLines([])).toEqual([]);
  });

  test('a bar is never missing where there is something', () => {
    const lines = histogramLines(
      [
        { from: 1, to: 1, count: 100_000 },
        { from: 2, to: 2, count: 1 },
      ],
      2,
    );
    expect(lines[1]).toBe('2 … 2  < 0.1 %  ▏');
  });
});

describe('smmuv3 run', () => {
  test('a cold read of 64 bytes at 1 GHz: 749 cycles are 749 ns, and 64 bytes in them 0.085 GB/s', async () => {
    const { out } = await smmuv3(
      'run',
      'gen:sequential,count=1',
      '--timing',
      'gem5-default',
      '--set',
      'tbu.slots=8',
    );
    const [title, machine, how, build, ...rest] = out.split('\n');
    expect(title).toBe('gen:sequential,count=1 (generator)');
    expect(machine).toBe('gem5-default with tbu.slots=8');
    expect(how).toBe('open loop; stage 1, 4k pages');
    expect(build).toMatch(/^core [0-9a-f]{16}, version \d+\.\d+\.\d+$/);
    const text = rest.join('\n');
    for (const line of [
      /^cycles +749 cycles +749\.0 ns {3}at 1,000 MHz$/m,
      /^latency\.p99 +749 cycles +749\.0 ns$/m,
      /^throughput\.bytes +0\.085 bytes\/cycle +0\.085 GB\/s$/m,
      /^throughput\.transactions +0\.001 \/cycle +1\.335 M\/s$/m,
      /^transactions +1 +no faults$/m,
      // Four levels of 4 KiB tables.
      /^walks +1 +100\.0 % of them, 4\.000 reads each$/m,
    ])
      expect(text).toMatch(line);
  });

  test('at the preset’s clock: 600 MHz', async () => {
    const { out } = await smmuv3(
      'run',
      'gen:sequential,window=4K,count=2000',
      '--outstanding',
      '1',
      '--warmup',
      '1000',
    );
    const [, cycles, time] = /^latency\.p50 +(\d+) cycles +([\d.]+) ns$/m.exec(out)!;
    expect(Number(time)).toBeCloseTo(Number(cycles) / 0.6, 0);
    expect(out).toContain('at 600 MHz');
    expect(out).toContain('after the first 1,000');
    expect(out).toMatch(/^caches\.\*\.hitRate +tbu0\.micro 100\.0 %$/m);
  });

  test('fits a terminal of 80 columns and 45 lines', async () => {
    for (const args of [
      [
        'gen:random,count=3000,streams=16,write=30',
        '--outstanding',
        '64',
        '--nested',
        '--set',
        'tbu.mainTlb.entries=64',
      ],
      ['gen:random,count=3000', '--timing', 'off'],
      ['data/traces/iommu-tracepoints.txt'],
    ]) {
      const { out } = await smmuv3('run', ...args);
      const lines = out.split('\n');
      expect(lines.length).toBeLessThanOrEqual(45);
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    }
  });

  test('--stats full: nothing that is zero, an empty line between parts', async () => {
    const { out } = await smmuv3(
      'run',
      'gen:sequential,count=10',
      '--timing',
      'gem5-default',
      '--stats',
      'full',
    );
    const rows = out
      .trim()
      .split('\n')
      .filter((line) => line !== '');
    expect(rows.filter((line) => / 0(?:\.0+)? {2}/.test(line))).toEqual([]);
    expect(out).toMatch(/^latency\.p99 +\d+ {2}cycles {7}From acceptance to response, 99 % are not above$/m);
    expect(out).not.toContain('outcomes.abort');
    expect(out).toMatch(/\n\ncaches\.config\.lookups /);
  });

  test('names are equal in all forms; JSON has buckets and hit rates', async () => {
    const args = ['run', 'gen:random,count=500', '--timing', 'gem5-default', '--outstanding', '4'];
    const json = JSON.parse((await smmuv3(...args, '--json', '--set', 'tbu.slots=8')).out) as {
      asked: unknown;
      statistics: Record<string, number>;
      histogram: LatencyBucket[];
      transactions: number;
      caches: Record<string, { hits: number; lookups: number; hitRate: number }>;
    };
    const full = (await smmuv3(...args, '--set', 'tbu.slots=8', '--stats', 'full')).out;
    for (const line of full.split('\n').filter((text) => text !== '')) {
      const [name, value] = line.split(/ +/);
      expect(json.statistics[name]).toBeCloseTo(Number(value), 5);
    }
    expect(json.asked).toEqual({ timing: 'gem5-default', set: ['tbu.slots=8'] });
    expect(json.histogram.reduce((sum, { count }) => sum + count, 0)).toBe(json.transactions);
    const { hits, lookups, hitRate } = json.caches['tbu0.main'];
    expect(hitRate).toBe(hits / lookups);
  });
});

test('no line is wider than 80 columns, whatever was asked for', async () => {
  const changes = ['tbu.mainTlb.entries=1024', 'memory.latency=120', 'tcu.slots=32', 'tcu.front=3'];
  const { out } = await smmuv3(
    ...[
      'run',
      'gen:tenants,count=3000',
      '--outstanding',
      '32',
      '--tbu-of',
      'MOD 2',
      '--nested',
      '--warmup',
      '1000',
    ],
    ...changes.flatMap((change) => ['--set', change]),
  );
  expect(out).toContain('\n  after the first 1,000; 2 TBUs, streams by MOD 2\n');
  for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
});
