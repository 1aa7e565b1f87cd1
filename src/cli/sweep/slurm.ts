/** Slurm's commands, as far as a sweep needs them: a job array submitted, its tasks looked at. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { InputError } from '../../base/capture-error.js';

const call = promisify(execFile);

/** A task of a job array that Slurm still has. */
export interface SlurmTask {
  readonly task: number;
  /** Slurm's word, such as PENDING or RUNNING. */
  readonly state: string;
}

/** Submits a job array of `tasks`. @returns the job's number @throws InputError when sbatch refuses */
export async function submit(
  script: string,
  tasks: readonly number[],
  options: readonly string[],
): Promise<string> {
  const out = await slurm('sbatch', ['--parsable', ...options, `--array=${tasks.join(',')}`, script]);
  return out.trim().split(';')[0];
}

/** The tasks that are waiting or running; none when the job has ended. */
export async function tasksOf(job: string): Promise<SlurmTask[]> {
  let out: string;
  try {
    out = await slurm('squeue', ['--noheader', '--array', `--jobs=${job}`, '--format=%K %T']);
  } catch (error) {
    // Slurm forgets jobs some time after their end.
    if (error instanceof InputError && /Invalid job id/i.test(error.message)) return [];
    throw error;
  }
  return out
    .split('\n')
    .map((line) => /^(\d+) (\S+)$/.exec(line.trim()))
    .flatMap((found) => (found === null ? [] : [{ task: Number(found[1]), state: found[2] }]))
    .filter(({ state }) => !ENDED.has(state));
}

/** States of tasks that squeue still lists for a while after their end. */
const ENDED = new Set([
  'COMPLETED',
  'FAILED',
  'CANCELLED',
  'TIMEOUT',
  'NODE_FAIL',
  'OUT_OF_MEMORY',
  'DEADLINE',
  'BOOT_FAIL',
]);

/** Takes the job back. */
export async function cancel(job: string): Promise<void> {
  await slurm('scancel', [job]);
}

async function slurm(command: string, args: readonly string[]): Promise<string> {
  try {
    return (await call(command, args)).stdout;
  } catch (error) {
    const { code, stderr = '' } = error as NodeJS.ErrnoException & { stderr?: string };
    throw new InputError(
      code === 'ENOENT'
        ? `there is no ${command} on this machine, expected Slurm (Debian: slurm-wlm)`
        : `${command}: ${stderr.trim().split('\n').at(-1) ?? ''}`,
    );
  }
}
