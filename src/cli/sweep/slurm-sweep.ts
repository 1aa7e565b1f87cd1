/** A sweep as a job array: written, submitted, followed, gathered; shards that failed are submitted again. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { InputError } from '../../base/capture-error.js';
import { mergeRows } from '../../sweep/merge.js';
import type { SweepRow } from '../../sweep/row.js';
import { isOf } from '../../sweep/shard.js';
import { readRows } from '../../sweep/store.js';
import { accountFor } from '../files/interruption.js';
import type { Output } from '../output.js';
import type { Plan } from './plan.js';
import { cancel, submit, tasksOf } from './slurm.js';
import { sweepProgress } from './sweep-progress.js';

export interface SlurmSweep {
  readonly plan: Plan;
  readonly shards: number;
  /** Where script, logs and the shards' rows stand. */
  readonly folder: string;
  /** Words of the command line that make the same sweep. */
  readonly command: readonly string[];
  /** For sbatch, such as --partition=short. */
  readonly sbatch: readonly string[];
  /** How often shards that have not all their points are submitted again. */
  readonly retries: number;
}

const POLL_MS = 1000;
/** Looks at the queue that may find nothing before the job counts as ended: a controller is slow to list what it has just taken. */
const EMPTY_LOOKS = 2;

/** @returns all rows in order @throws InputError when points are missing after the last attempt */
export async function slurmSweep(output: Output, sweep: SlurmSweep): Promise<readonly SweepRow[]> {
  const { plan, shards, folder, retries } = sweep;
  mkdirSync(folder, { recursive: true });
  const script = join(folder, 'job.sh');
  writeFileSync(script, scriptOf(sweep), { mode: 0o755 });
  const total = plan.points.length;
  const end = sweepProgress(output.terminal, { total, before: doneIn(sweep) }, () => ({
    points: doneIn(sweep),
    transactions: 0,
  }));
  try {
    for (let attempt = 0; ; attempt++) {
      const failed = unfinished(sweep);
      if (failed.length === 0) break;
      if (attempt > retries)
        throw new InputError(
          `shards ${failed.join(', ')} of ${shards} have not all their points after ${attempt} attempts: their logs stand in ${folder}, and the same command goes on`,
        );
      const job = await submit(script, failed, sweep.sbatch);
      output.err(
        `${attempt === 0 ? 'submitted' : 'submitted again'} as job ${job}: ${failed.length} of ${shards} shards\n`,
      );
      await follow(job, sweep);
    }
  } finally {
    end();
  }
  return mergeRows(rowsOf(sweep)).rows;
}

/** Until none of its tasks is left. */
async function follow(job: string, sweep: SlurmSweep): Promise<void> {
  const withdraw = accountFor(() => {
    void cancel(job);
    return `${doneIn(sweep)} of ${sweep.plan.points.length} points stand in ${sweep.folder}; job ${job} is cancelled, and the same command goes on`;
  });
  try {
    for (let empty = 0; empty < EMPTY_LOOKS;) {
      await after(POLL_MS);
      const left = await tasksOf(job);
      empty = left.length === 0 || unfinished(sweep).length === 0 ? empty + 1 : 0;
    }
  } finally {
    withdraw();
  }
}

function fileOf({ folder, shards }: SlurmSweep, shard: number): string {
  return join(folder, `${shard}-of-${shards}.jsonl`);
}

function rowsOf(sweep: SlurmSweep): { file: string; rows: readonly SweepRow[] }[] {
  return Array.from({ length: sweep.shards }, (_, i) => fileOf(sweep, i + 1))
    .filter((file) => existsSync(file))
    .map((file) => ({ file, rows: readRows(file) }));
}

function doneIn(sweep: SlurmSweep): number {
  return rowsOf(sweep).reduce((sum, { rows }) => sum + rows.length, 0);
}

/** Shards that have not all their points. */
function unfinished(sweep: SlurmSweep): number[] {
  const { plan, shards } = sweep;
  const all = Array.from({ length: shards }, (_, i) => i + 1);
  return all.filter((index) => {
    const file = fileOf(sweep, index);
    const there = new Set(existsSync(file) ? readRows(file).map((row) => row.index) : []);
    return plan.points.some(
      (point) => isOf({ index, count: shards }, point.index) && !there.has(point.index),
    );
  });
}

/** Runs one shard, in the folder in which the sweep was asked for. */
function scriptOf({ plan, shards, folder, command }: SlurmSweep): string {
  const main = fileURLToPath(new URL('../main.js', import.meta.url));
  const words = [process.execPath, main, ...command].map(quoted).join(' ');
  return `#!/bin/bash
#SBATCH --job-name=sweep-${plan.name.slice(0, 8)}
#SBATCH --output=${resolve(folder)}/%a.log
#SBATCH --open-mode=append
#SBATCH --chdir=${process.cwd()}
set -eu
exec ${words} --shard "$SLURM_ARRAY_TASK_ID/${shards}" --out ${quoted(resolve(folder))}"/$SLURM_ARRAY_TASK_ID-of-${shards}.jsonl"
`;
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
