/** A run's results as the page shows and exports them. */
import { statistics } from '../../../src/index.js';
import {
  runDocument,
  toJson,
  type LatencyBucket,
  type ObservedRun,
  type OccupancyName,
  type RunRequest,
} from '../../../src/observe/index.js';
import type { Bucket, RunReport, Series } from './messages.js';

/** Buckets of a histogram: one a cycle below, then so many to each doubling. */
const EXACT = 16;
const PER_DOUBLING = 8;

export function reportOf(run: ObservedRun, trace: string, request: RunRequest, seconds: number): RunReport {
  const { result, samples } = run;
  const column = (name: OccupancyName): number[] => samples.map(({ occupancy }) => occupancy[name]);
  const series: Series = {
    cycle: samples.map(({ cycle }) => cycle),
    occupancy: {
      tbuSlots: column('tbuSlots'),
      tcuSlots: column('tcuSlots'),
      walkSlots: column('walkSlots'),
      walkQueue: column('walkQueue'),
    },
    hitRate: samples.map(({ hitRate }) => hitRate),
  };
  const { timing, set } = request;
  const asked = { timing, ...(set.length === 0 ? {} : { set }) };
  const json = `${toJson(runDocument(result, asked))}\n`;
  return {
    trace,
    request,
    result,
    json,
    csv: csvOf(result),
    buckets: bucketsOf(result.histogram),
    series,
    seconds,
  };
}

/** Every statistic of the run, a line each. */
function csvOf(result: ObservedRun['result']): string {
  const lines = statistics(result).map(
    ({ name, value, unit, description }) => `${name},${value},${unit},"${description.replaceAll('"', '""')}"`,
  );
  return `name,value,unit,description\n${lines.join('\n')}\n`;
}

/** The least latency of the bucket that a latency falls in. */
export function bucketFloor(latency: number): number {
  if (latency < EXACT) return latency;
  const doubling = Math.floor(Math.log2(latency));
  const width = 2 ** doubling / PER_DOUBLING;
  return Math.floor(latency / width) * width;
}

/** The result's histogram in wider buckets, each of which holds whole ones of it; those that are empty left out. */
export function bucketsOf(histogram: readonly LatencyBucket[]): Bucket[] {
  const buckets = new Map<number, number>();
  for (const { from, count } of histogram) {
    const floor = bucketFloor(from);
    buckets.set(floor, (buckets.get(floor) ?? 0) + count);
  }
  return [...buckets].map(([floor, count]) => ({ floor, count }));
}
