/** What the page and the worker that runs a trace say to each other. */
import type { OccupancyName, RunRequest, RunResult } from '../../../src/observe/index.js';

/** A generator, or a file. */
export type TraceChoice = string | File;

export interface RunOrder {
  readonly trace: TraceChoice;
  readonly request: RunRequest;
}

/** A run that has ended well, small enough to be sent. */
export interface RunReport {
  readonly trace: string;
  readonly request: RunRequest;
  readonly result: RunResult;
  /** As `smmuv3 run --json` prints it, to the byte. */
  readonly json: string;
  /** As CSV: name, value, unit, description. */
  readonly csv: string;
  readonly buckets: readonly Bucket[];
  readonly series: Series;
  /** Wall clock of the run. */
  readonly seconds: number;
}

/** Latencies from `floor` up to the next bucket's. */
export interface Bucket {
  readonly floor: number;
  readonly count: number;
}

/** Columns over time. */
export interface Series {
  readonly cycle: readonly number[];
  readonly occupancy: Readonly<Record<OccupancyName, readonly number[]>>;
  readonly hitRate: readonly number[];
}

export type WorkerMessage =
  | { readonly kind: 'progress'; readonly fraction: number; readonly done: number }
  | { readonly kind: 'done'; readonly report: RunReport }
  | { readonly kind: 'failed'; readonly problem: string };
