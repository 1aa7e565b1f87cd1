/** `smmuv3 run --slices`: a trace in slices over threads, and how far that is from the trace in one piece. */
import type { RunResult } from '../run/result.js';
import { checkSlicing, mergeSlices, type SliceResult, type Slicing } from '../run/slices.js';
import type { Difference } from '../report/slices-text.js';
import { statistics } from '../stats/printed/statistics.js';
import { coreFile } from './core-file.js';
import { accountFor } from './files/interruption.js';
import { Outputs } from './files/outputs.js';
import type { Output } from './output.js';
import { rateProgress } from './rate-progress.js';
import { inputsOfRun, refuseContradictions, type RunOptions } from './run-as-asked.js';
import { rowsOf } from './run-slice.js';
import { type Job, runJobs } from './sweep/pool.js';
import { inputsOf } from './trace-input.js';
import { version } from './version.js';

export interface SlicesOptions extends RunOptions {
  readonly slices: number;
  /** Threads. */
  readonly jobs: number;
  /** Transactions at the beginning that are run in one piece too. */
  readonly check?: number;
}

/** The first rows of the trace both ways. */
export interface Checked {
  /** Transactions. */
  readonly rows: number;
  readonly differences: readonly Difference[];
}

export interface Sliced {
  readonly result: RunResult;
  /** Absent: not asked for. */
  readonly checked?: Checked;
  /** The page was standard output, which then holds nothing else. */
  readonly tookStdout: boolean;
}

const REPORT = '--report';
const PROGRESS_MS = 100;

/** @throws CaptureError, InputError or WriteError: one sentence */
export async function runSlices(
  output: Output,
  trace: string,
  options: SlicesOptions,
  pageOf: (result: RunResult) => string,
): Promise<Sliced> {
  refuseContradictions(options);
  const { slices, warmup, check } = options;
  const outputs = Outputs.plan(
    [...inputsOf(trace, options), ...inputsOfRun(options)],
    [{ role: REPORT, path: options.report }],
  );
  const rows = await rowsOf(trace, options);
  const slicing = { slices, warmup, rows };
  checkSlicing(trace, slicing);
  const sample =
    check === undefined ? undefined : { slices, warmup, rows: Math.min(check, rows), sample: check < rows };
  if (sample !== undefined) checkSlicing(`the sample of ${trace} for --check`, sample);
  await outputs.open();
  try {
    const result = mergeSlices(await overThreads(output, trace, options, slicing), slices);
    const checked =
      sample === undefined ? undefined : await compared(output, trace, options, { slicing, sample, result });
    await outputs.sink(REPORT)?.write(pageOf(result));
    await outputs.commit();
    return { result, tookStdout: outputs.takeStdout, ...(checked === undefined ? {} : { checked }) };
  } finally {
    outputs.abandon();
  }
}

interface Comparison {
  readonly slicing: Slicing;
  readonly sample: Slicing;
  /** Of all rows. */
  readonly result: RunResult;
}

async function compared(
  output: Output,
  trace: string,
  options: SlicesOptions,
  { slicing, sample, result }: Comparison,
): Promise<Checked> {
  const { slices, rows } = sample;
  const sliced =
    rows === slicing.rows ? result : mergeSlices(await overThreads(output, trace, options, sample), slices);
  const whole = mergeSlices(await overThreads(output, trace, options, { ...sample, slices: 1 }), 1);
  return { rows, differences: differences(whole, sliced) };
}

/** Of every statistic of the device that one of them has. */
export function differences(whole: RunResult, sliced: RunResult): Difference[] {
  const byName = new Map(statistics({ ...sliced, streams: [] }).map(({ name, value }) => [name, value]));
  return statistics({ ...whole, streams: [] }).map(({ name, value }) => ({
    name,
    whole: value,
    sliced: byName.get(name) ?? 0,
  }));
}

/** All slices, in their order. */
async function overThreads(
  output: Output,
  trace: string,
  options: SlicesOptions,
  slicing: Slicing,
): Promise<SliceResult[]> {
  const jobs = Array.from({ length: slicing.slices }, (_, slice): Job => ({
    options,
    cut: { slicing, slice },
    name: '',
  }));
  const found: SliceResult[] = [];
  const bar = rateProgress(output.terminal, 'run');
  let through = 0;
  let timer: NodeJS.Timeout | undefined;
  const withdraw = accountFor(() => `${through} transactions done`);
  try {
    await runJobs(
      jobs,
      { trace, jobs: Math.min(options.jobs, slicing.slices), core: coreFile(), version: version() },
      (at, { slice }) => {
        if (slice !== undefined) found[at] = slice;
      },
      (howFar) => {
        timer = setInterval(() => {
          const { points, transactions } = howFar();
          through = transactions;
          bar.update(points / slicing.slices, transactions);
        }, PROGRESS_MS);
      },
    );
  } finally {
    clearInterval(timer);
    withdraw();
    bar.stop();
  }
  return found;
}
