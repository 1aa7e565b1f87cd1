/** The points of a sweep over threads: one compiled core for all of them, a device of its own for each point. */
import { Piscina } from 'piscina';
import { InputError } from '../../base/capture-error.js';
import { settingText } from '../../sweep/points.js';
import type { Build } from '../../run/result.js';
import type { CoreFile } from '../core-file.js';
import type { PlannedPoint } from './plan.js';
import type { RunOptions } from '../run-as-asked.js';
import type { Cut, Finished, Outcome, Shared, Task } from './worker.js';

/** How often a point is tried again whose thread died under it, as when memory ran out. */
const RETRIES = 2;

export interface Pool {
  readonly trace: string;
  readonly jobs: number;
  readonly core: CoreFile;
  readonly version: string;
}

/** Something to be run. */
export interface Job {
  readonly options: RunOptions;
  /** Absent: the whole trace. */
  readonly cut?: Cut;
  /** Said before what is refused. */
  readonly name: string;
}

/** What a point gave. */
export interface Done extends Finished {
  readonly point: PlannedPoint;
}

/** How far the jobs are that are under way: jobs (parts of one included), and transactions. */
export type HowFar = () => { readonly points: number; readonly transactions: number };

/**
 * Runs `points`, `jobs` at a time, and hands each to `done` as it comes; `watch` is given what tells how far they are.
 * @throws InputError when a point's trace or options are refused; those that are done have been handed over
 */
export async function runPoints(
  points: readonly PlannedPoint[],
  pool: Pool,
  done: (of: Done) => void,
  watch?: (howFar: HowFar) => void,
): Promise<void> {
  const jobs = points.map(({ index, set, options, cut }): Job => {
    const name = points.length === 1 ? '' : `point ${index} (${settingText(set)}): `;
    return { options, name, ...(cut === undefined ? {} : { cut }) };
  });
  await runJobs(jobs, pool, (at, finished) => done({ point: points[at], ...finished }), watch);
}

/** The same for jobs, which are known by their place in the list. */
export async function runJobs(
  all: readonly Job[],
  { trace, jobs, core, version }: Pool,
  done: (at: number, finished: Finished) => void,
  watch: (howFar: HowFar) => void = () => undefined,
): Promise<void> {
  const build: Build = { module: await WebAssembly.compile(core.bytes), core: core.hash, version };
  // Two numbers of 8 bytes for each job, by its place.
  const progress = new SharedArrayBuffer(16 * all.length);
  const shared: Shared = { build, trace, progress };
  const pool = new Piscina<Task, Outcome>({
    filename: new URL('./worker.js', import.meta.url).href,
    minThreads: jobs,
    maxThreads: jobs,
    workerData: shared,
  });
  const numbers = new Float64Array(progress);
  watch(() => {
    let [whole, transactions] = [0, 0];
    for (let i = 0; i < numbers.length; i += 2) {
      whole += numbers[i];
      transactions += numbers[i + 1];
    }
    return { points: whole, transactions };
  });
  // A thread that fails while it has no job, as one that is ended while it begins, would end the process.
  const broken = new Promise<never>((_, reject) => pool.on('error', reject));
  try {
    const ended = Promise.all(
      all.map(async ({ options, cut, name }, at) => {
        const outcome = await tried(pool, { index: at, options, ...(cut === undefined ? {} : { cut }) });
        if ('refusal' in outcome) throw new InputError(`${name}${outcome.refusal.replace(/\.$/, '')}`);
        numbers[2 * at] = 1;
        done(at, outcome);
      }),
    );
    await Promise.race([ended, broken]);
  } finally {
    await pool.destroy();
  }
}

async function tried(pool: Piscina<Task, Outcome>, task: Task): Promise<Outcome> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await pool.run(task, { name: 'runPoint' });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ERR_WORKER_OUT_OF_MEMORY' || attempt === RETRIES) throw error;
    }
  }
}
