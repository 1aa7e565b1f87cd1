/** One point of a sweep, or one slice of a trace, in a thread of the pool (src/cli/sweep/pool.ts). */
import { workerData } from 'piscina';
import { CaptureError, InputError } from '../../base/capture-error.js';
import { PLAIN } from '../../replay/text.js';
import type { Build } from '../../run/result.js';
import type { SliceResult, Slicing } from '../../run/slices.js';
import { statisticsByName } from '../../stats/printed/statistics.js';
import type { Output } from '../output.js';
import { type RunOptions, runAsAsked } from '../run-as-asked.js';
import { runSliceAsAsked } from '../run-slice.js';

/** What all threads have. */
export interface Shared {
  /** With the module that the main thread compiled. */
  readonly build: Build;
  readonly trace: string;
  /** Float64 pairs, one for each task: fraction, transactions done. */
  readonly progress: SharedArrayBuffer;
}

/** One slice of a trace. */
export interface Cut {
  readonly slicing: Slicing;
  /** From 0. */
  readonly slice: number;
}

export interface Task {
  readonly index: number;
  readonly options: RunOptions;
  /** Absent: the whole trace. */
  readonly cut?: Cut;
}

/** What a point gives, without what streams have of their own: it would make the rows of a trace with many of them large. */
export interface Finished {
  readonly statistics: Readonly<Record<string, number>>;
  readonly transactions: number;
  /** Of a slice, streams and all. */
  readonly slice?: SliceResult;
}

/** Errors lose their class between threads, so that what is wrong with the input comes as a sentence. */
export type Outcome = Finished | { readonly refusal: string };

const SILENT: Output = { out: () => undefined, err: () => undefined, paint: PLAIN, terminal: undefined };

/** Runs a point or a slice. */
export async function runPoint({ index, options, cut }: Task): Promise<Outcome> {
  const { build, trace, progress } = workerData as Shared;
  const done = new Float64Array(progress);
  const tell = (fraction: number, transactions: number): void => {
    done[2 * index] = fraction;
    done[2 * index + 1] = transactions;
  };
  try {
    const slice =
      cut === undefined
        ? undefined
        : await runSliceAsAsked(trace, options, build, { ...cut, progress: tell });
    const { result } = slice ?? (await runAsAsked(SILENT, trace, options, { build, progress: tell }));
    return {
      statistics: statisticsByName({ ...result, streams: [] }),
      transactions: result.transactions,
      ...(slice === undefined ? {} : { slice }),
    };
  } catch (error) {
    if (error instanceof CaptureError || error instanceof InputError) return { refusal: error.message };
    throw error;
  }
}
