// A trace in slices: what is put together from them, each statistic by its own rule, and what the trace in one piece gives.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { coreFile } from '../../src/cli/core-file.js';
import { rowsSettingOf, type RunOptions, settingOf } from '../../src/cli/run-as-asked.js';
import { openInput } from '../../src/cli/trace-input.js';
import { runRows } from '../../src/run/run-rows.js';
import type { RunResult } from '../../src/run/result.js';
import { countRows, mergeSlices, runSlice, type SliceResult, sliceRange } from '../../src/run/slices.js';
import { packSlice, SLICE, wholePoints } from '../../src/sweep/slices.js';
import { statistics } from '../../src/stats/printed/statistics.js';
import { isMapping } from '../../src/trace/formats.js';
import type { TraceSource } from '../../src/trace/rows.js';

const { bytes, hash } = coreFile();
const BUILD = { module: bytes, core: hash, version: '' };
const progress = (): void => undefined;

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'smmuv3-slices-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

type Asked = Partial<RunOptions> & { readonly warmup: number };

function optionsOf(asked: Asked): RunOptions {
  return { timing: 'mmu600-agilex5', seed: 3, tableMemory: 2 ** 26, ...asked };
}

async function opened(trace: string, options: RunOptions): Promise<TraceSource> {
  const source = await openInput(trace, options);
  if (isMapping(source)) throw new Error('holds mappings');
  return source;
}

async function inOnePiece(trace: string, asked: Asked): Promise<RunResult> {
  const options = optionsOf(asked);
  const source = await opened(trace, options);
  return await runRows(source, { ...rowsSettingOf(source, options, settingOf(options, BUILD)), progress });
}

async function inSlices(trace: string, asked: Asked, slices: number): Promise<SliceResult[]> {
  const options = optionsOf(asked);
  const rows = await countRows(await opened(trace, options));
  const parts: SliceResult[] = [];
  for (let slice = 0; slice < slices; slice++) {
    const source = await opened(trace, options);
    const setting = { ...rowsSettingOf(source, options, settingOf(options, BUILD)), progress };
    parts.push(await runSlice(source, setting, { slices, warmup: options.warmup, rows }, slice));
    await source.close();
  }
  return parts;
}

/** Traces of every kind of time, in open and closed loop, with time and without. */
const traces = fc.record({
  pattern: fc.constantFrom('random', 'zipf', 'sequential', 'strided', 'ring', 'tenants'),
  count: fc.integer({ min: 300, max: 1500 }),
  seed: fc.integer({ min: 1, max: 1000 }),
  gap: fc.constantFrom('', ',gap=1', ',gap=37', ',gap=4000'),
});
type Trace = typeof traces extends fc.Arbitrary<infer T> ? T : never;
const text = ({ pattern, count, seed, gap }: Trace): string =>
  `gen:${pattern},count=${count},seed=${seed}${gap}`;
const machines = fc.constantFrom<Partial<RunOptions>>(
  { timing: 'off' },
  { outstanding: 8 },
  { outstanding: 3, minGap: 2, requesters: 2 },
  {},
  { nested: true, outstanding: 4 },
  { timing: 'gem5-default', outstanding: 2 },
);
const RUNS = { numRuns: 12 };

describe('how a trace is cut', () => {
  test('every row behind the first warm-up counts once, and each slice has all of its warm-up before it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 0, max: 300 }),
        fc.integer({ min: 0, max: 500 }),
        (slices, warmup, more) => {
          const rows = warmup + slices + more;
          const ranges = Array.from({ length: slices }, (_, i) => sliceRange({ slices, warmup, rows }, i));
          expect(ranges[0]).toMatchObject({ first: 0, counted: warmup });
          ranges.forEach(({ first, counted, end }, i) => {
            expect(counted - first).toBe(warmup);
            expect(end).toBe(i === slices - 1 ? Infinity : ranges[i + 1].counted);
            expect(Math.min(end, rows)).toBeGreaterThan(counted);
          });
        },
      ),
    );
  });

  test('of a sample the last slice ends with it', () =>
    expect(sliceRange({ slices: 2, warmup: 10, rows: 110, sample: true }, 1)).toEqual({
      first: 50,
      counted: 60,
      end: 110,
    }));
});

test('one slice gives every number of the trace in one piece', async () => {
  await fc.assert(
    fc.asyncProperty(traces, machines, fc.integer({ min: 0, max: 200 }), async (trace, machine, warmup) => {
      const parts = await inSlices(text(trace), { ...machine, warmup }, 1);
      expect(mergeSlices(parts, 1)).toEqual(await inOnePiece(text(trace), { ...machine, warmup }));
    }),
    RUNS,
  );
});

test('without caches and time nothing is remembered: any slices give what the trace in one piece gives', async () => {
  await fc.assert(
    fc.asyncProperty(
      traces,
      fc.integer({ min: 2, max: 7 }),
      fc.integer({ min: 0, max: 90 }),
      fc.boolean(),
      async (trace, slices, warmup, nested) => {
        const asked = { timing: 'off', caches: 'off', warmup, ...(nested ? { nested } : {}) };
        const { input, ...merged } = mergeSlices(await inSlices(text(trace), asked, slices), slices);
        const { input: ofWhole, ...whole } = await inOnePiece(text(trace), asked);
        expect(merged).toEqual(whole);
        expect(input).toEqual({ ...ofWhole, slices });
      },
    ),
    RUNS,
  );
});

/** Arrivals beyond 2^53, so far from each other that no transaction meets another. */
function sparse(first: bigint, rows: number): string {
  const path = join(directory, `${first}.csv`);
  const lines = Array.from({ length: rows }, (_, i) => {
    const arrival = first + BigInt(i) * 100_000n + BigInt((i * i) % 77);
    return `${arrival},0x${((i % 90) * 4096).toString(16)},${i % 3}`;
  });
  writeFileSync(path, `arrival,iova,stream_id\n${lines.join('\n')}\n`);
  return path;
}

test.each([0n, 2n ** 40n, 2n ** 54n])(
  'arrivals from %d on: cycles of slices are those of the whole',
  async (first) => {
    const asked = { warmup: 50, caches: 'off' };
    const trace = sparse(first, 400);
    const merged = mergeSlices(await inSlices(trace, asked, 5), 5);
    const whole = await inOnePiece(trace, asked);
    expect(whole.timing?.firstOffer).toBe(
      first + 50n * 100_000n + BigInt(2500 % 77) + (first === 0n ? 1n : 0n),
    );
    expect(merged.timing).toEqual(whole.timing);
  },
);

/** A rule for each statistic of the device, reckoned from what the slices print. */
type Values = ReadonlyMap<string, number>;
const sum = (parts: readonly Values[], name: string): number =>
  parts.reduce((all, part) => all + (part.get(name) ?? 0), 0);
const weighted = (parts: readonly Values[], name: string, by: string): number => {
  const over = sum(parts, by);
  const all = parts.reduce((so, part) => so + (part.get(name) ?? 0) * (part.get(by) ?? 0), 0);
  return over === 0 ? 0 : all / over;
};
const RULES: readonly (readonly [RegExp, (parts: readonly Values[], name: string) => number])[] = [
  [/\.valid$/, (parts, name) => parts[parts.length - 1].get(name) ?? 0],
  [
    /^(?:occupancy|commands)\..*\.max$/,
    (parts, name) => Math.max(...parts.map((part) => part.get(name) ?? 0)),
  ],
  [/^occupancy\..*\.mean$/, (parts, name) => weighted(parts, name, 'cycles')],
  [/^commands\.backlog\.mean$/, (parts, name) => weighted(parts, name, 'commands.busyCycles')],
  [/^throughput\.bytes$/, (parts) => sum(parts, 'bytes') / sum(parts, 'cycles')],
  [/^throughput\.transactions$/, (parts) => sum(parts, 'transactions') / sum(parts, 'cycles')],
  [
    /^caches\..*\.hitRate$/,
    (parts, name) => {
      const of = (what: string): string => name.replace('hitRate', what);
      const lookups = sum(parts, of('lookups'));
      return lookups === 0 ? 0 : (lookups - sum(parts, of('misses')) - sum(parts, of('merged'))) / lookups;
    },
  ],
  [
    /^(?:transactions|outcomes\.\w+|hits\.\w+|walks|reads\..*|cycles|bytes|refused|stalls\.\w+|prefetch\.\w+|events|eventsLost|commandErrors|stalled)$/,
    sum,
  ],
  [/^commands\.(?:busyCycles|tbuInvalidations|waitCycles|syncWait)$/, sum],
  [/^caches\..*\.(?:lookups|misses|merged|fills|insertions|evictions|invalidated)$/, sum],
  [/^(?:events|commands)\.[A-Z]/, sum],
];

test('every statistic by its rule, latencies as those of all transactions together', async () => {
  await fc.assert(
    fc.asyncProperty(
      traces.map((trace): Trace => ({ ...trace, gap: '' })),
      machines,
      fc.integer({ min: 2, max: 5 }),
      fc.integer({ min: 0, max: 50 }),
      async (trace, machine, slices, warmup) => {
        const parts = await inSlices(text(trace), { ...machine, warmup }, slices);
        const merged = mergeSlices(parts, slices);
        expect(merged.transactions).toBe(trace.count - warmup);
        const values = parts.map(
          ({ result }) =>
            new Map(statistics({ ...result, streams: [] }).map(({ name, value }) => [name, value])),
        );
        for (const { name, value } of statistics({ ...merged, streams: [] })) {
          if (name.startsWith('latency.')) continue;
          const rules = RULES.filter(([names]) => names.test(name));
          expect({ name, rules: rules.length }).toEqual({ name, rules: 1 });
          const [[, rule]] = rules;
          expect({ name, off: Math.abs(value - rule(values, name)) > 1e-9 * Math.abs(value) }).toEqual({
            name,
            off: false,
          });
        }
        const all = parts
          .flatMap(({ latencies }) =>
            latencies.flatMap(([latency, count]) => Array<number>(count).fill(latency)),
          )
          .sort((a, b) => a - b);
        const rank = (share: number): number => all[Math.max(1, Math.ceil(all.length * share)) - 1] ?? 0;
        expect(merged.latency).toMatchObject({
          p50: rank(0.5),
          p90: rank(0.9),
          p99: rank(0.99),
          p999: rank(0.999),
          max: rank(1),
        });
        expect(merged.histogram.reduce((so, { count }) => so + count, 0)).toBe(all.length);
      },
    ),
    RUNS,
  );
});

test('streams: all of each, percentiles from their own buckets as those of the whole are', async () => {
  const asked = { warmup: 0, caches: 'off', outstanding: 1 };
  const trace = 'gen:random,count=900,streams=7,seed=5';
  const merged = mergeSlices(await inSlices(trace, asked, 3), 3);
  const whole = await inOnePiece(trace, asked);
  expect(whole.streams).toHaveLength(7);
  // One at a time and without caches each takes what it takes; only the cycles between two slices are not there.
  const comparable = ({ streams }: RunResult): unknown =>
    streams.map(({ timing, ...stream }) => ({ ...stream, timing: { ...timing, throughput: undefined } }));
  expect(comparable(merged)).toEqual(comparable(whole));
  expect(merged.histogram).toEqual(whole.histogram);
});

test('faults and stalls of a recorded device are counted once', async () => {
  const asked = { warmup: 0, timing: 'off', device: 'linux-s1-4k', tableMemory: undefined };
  const merged = mergeSlices(await inSlices('linux-s1-4k', asked, 4), 4);
  const whole = await inOnePiece('linux-s1-4k', asked);
  expect(whole.faults).toBeGreaterThan(0);
  for (const name of ['faults', 'transactions', 'outcomes', 'events', 'eventsCaused', 'stalled'] as const)
    expect({ name, value: merged[name] }).toEqual({ name, value: whole[name] });
  expect(merged.input.skipped).toBe(whole.input.skipped);
});

test('rows of slices come back from a file as they were', async () => {
  const parts = await inSlices('gen:zipf,count=600,streams=3', { warmup: 20, outstanding: 4 }, 3);
  const rows = parts.map((part, index) => ({
    sweep: 'x',
    points: 3,
    index,
    set: { 'tbu.slots': 4, [SLICE]: index },
    point: String(index),
    trace: { name: 't', sha256: '' },
    core: '',
    version: '',
    seed: 0,
    options: { slices: 3, slice: index },
    configuration: { timing: false as const, caches: false as const },
    statistics: {},
    slice: packSlice(part),
  }));
  const read = JSON.parse(JSON.stringify(rows)) as typeof rows;
  const [point, ...others] = wholePoints(read);
  expect(others).toEqual([]);
  expect(point).toMatchObject({ index: 0, points: 1, set: { 'tbu.slots': 4 }, options: { slices: 3 } });
  const expected = statistics({ ...mergeSlices(parts, 3), streams: [] });
  expect(point.statistics).toEqual(Object.fromEntries(expected.map(({ name, value }) => [name, value])));
  expect(wholePoints(read.slice(1))).toEqual([]);
});
