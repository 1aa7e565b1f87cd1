/**
 * A trace in slices that run side by side. Each has a device of its own, which is warmed with the rows before the slice; tables,
 * times, requesters and row numbers are those of the whole trace, because the rows before the warm-up are read too, and not
 * offered. What is lost is what a device knew from rows before the warm-up, and that a slice begins and ends with nothing on
 * its way.
 */
import { CaptureError } from '../base/capture-error.js';
import { mergeStats } from '../stats/merge.js';
import { makeRows, type TraceSource } from '../trace/rows.js';
import type { Range } from './feed.js';
import { LatencyCounts } from './latency-counts.js';
import { type RunResult, withHitRates } from './result.js';
import { runRange, type RowsSetting } from './run-rows.js';

/** How a trace is cut. */
export interface Slicing {
  readonly slices: number;
  /** Rows that warm each slice. The first slice begins behind so many. */
  readonly warmup: number;
  /** Rows of the trace. */
  readonly rows: number;
  /** They are its first, and it goes on. */
  readonly sample?: boolean;
}

/** What a slice gives, such that several can be put together. Plain data: it goes between threads, and as JSON into a file. */
export interface SliceResult {
  readonly result: RunResult;
  /** Pairs of a latency and how many transactions had it. */
  readonly latencies: readonly (readonly [latency: number, count: number])[];
  /** Times are those of the whole trace: an open loop that has some. */
  readonly oneClock: boolean;
}

const COUNTED_ROWS = 65536;

/** How many rows a trace has, read to its end where it does not say. */
export async function countRows(source: TraceSource): Promise<number> {
  if (source.total !== undefined) return source.total;
  const rows = makeRows(COUNTED_ROWS);
  let all = 0;
  for (let count = -1; count !== 0; all += count) count = await source.fill(rows, COUNTED_ROWS);
  return all;
}

/** The rows of slice `index`, from 0. The last one ends where the trace does. */
export function sliceRange({ slices, warmup, rows, sample = false }: Slicing, index: number): Range {
  const counted = (i: number): number => warmup + Math.floor(((rows - warmup) * i) / slices);
  const end = index === slices - 1 && !sample ? Infinity : counted(index + 1);
  return { first: counted(index) - warmup, counted: counted(index), end };
}

/** @throws CaptureError when there are fewer rows than slices */
export function checkSlicing(trace: string, { slices, warmup, rows }: Slicing): void {
  const left = Math.max(0, rows - warmup);
  if (left >= slices) return;
  const behind = warmup === 0 ? '' : ` behind the first ${warmup}`;
  throw new CaptureError(
    trace,
    undefined,
    undefined,
    `has ${left === 1 ? 'one transaction' : `${left} transactions`}${behind}, expected at least ${slices} for ${slices} slices`,
  );
}

/** Runs one slice of `source`, which is at its beginning. `setting.warmup`: that of the slicing. */
export async function runSlice(
  source: TraceSource,
  setting: RowsSetting,
  slicing: Slicing,
  index: number,
): Promise<SliceResult> {
  const { result, latency } = await runRange(source, { ...setting, range: sliceRange(slicing, index) });
  return {
    result,
    latencies: [...latency.entries()],
    oneClock: setting.loop === undefined && source.times !== 'none',
  };
}

/** @param parts of all slices, in their order */
export function mergeSlices(parts: readonly SliceResult[], slices: number): RunResult {
  const latencies = new LatencyCounts();
  for (const part of parts) for (const [latency, count] of part.latencies) latencies.add(latency, count);
  const latency = latencies.summary();
  const results = parts.map(({ result }) => result);
  const stats = mergeStats(results, { latency, oneClock: parts.every(({ oneClock }) => oneClock) });
  // Tables and records passed over: the last slice has seen all rows.
  const last = results[results.length - 1];
  return {
    cycles: stats.timing?.cycles ?? 0,
    faults: results.reduce((all, { faults }) => all + faults, 0),
    latency,
    histogram: latencies.buckets(),
    ...stats,
    caches: withHitRates(stats.caches),
    input: { ...last.input, ...(slices === 1 ? {} : { slices }) },
    effectiveTiming: last.effectiveTiming,
    effectiveCaches: last.effectiveCaches,
    core: last.core,
    version: last.version,
  };
}
