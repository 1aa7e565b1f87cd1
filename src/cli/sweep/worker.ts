/** One point of a sweep in a thread of the pool (src/cli/sweep/pool.ts). */
import { workerData } from 'piscina';
import { CaptureError, InputError } from '../../base/capture-error.js';
import { PLAIN } from '../../replay/text.js';
import type { Build } from '../../run/result.js';
import { statisticsByName } from '../../stats/printed/statistics.js';
import type { Output } from '../output.js';
import { type RunOptions, runTrace } from '../run-trace.js';

/** What all threads have. */
export interface Shared {
  /** With the module that the main thread compiled. */
  readonly build: Build;
  readonly trace: string;
  /** Float64 pairs, one for each point: fraction, transactions done. */
  readonly progress: SharedArrayBuffer;
}

export interface Task {
  readonly index: number;
  readonly options: RunOptions;
}

/** Errors lose their class between threads, so that what is wrong with the input comes as a sentence. */
export type Outcome =
  | { readonly statistics: Readonly<Record<string, number>>; readonly transactions: number }
  | { readonly refusal: string };

const SILENT: Output = { out: () => undefined, err: () => undefined, paint: PLAIN, terminal: undefined };

/** Runs a point. */
export async function runPoint({ index, options }: Task): Promise<Outcome> {
  const { build, trace, progress } = workerData as Shared;
  const done = new Float64Array(progress);
  const tell = (fraction: number, transactions: number): void => {
    done[2 * index] = fraction;
    done[2 * index + 1] = transactions;
  };
  try {
    const { result } = await runTrace(SILENT, trace, options, { build, progress: tell });
    // What streams have of their own would make the rows of a trace with many of them large.
    return { statistics: statisticsByName({ ...result, streams: [] }), transactions: result.transactions };
  } catch (error) {
    if (error instanceof CaptureError || error instanceof InputError) return { refusal: error.message };
    throw error;
  }
}
