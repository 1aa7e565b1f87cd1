/** Which points of a sweep one process of several has to do. */
import { InputError } from '../base/capture-error.js';

/** Shard `index` of `count`, from 1 on. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

export const WHOLE: Shard = { index: 1, count: 1 };

/** `3/8`, the third of eight. @throws InputError */
export function parseShard(text: string): Shard {
  const found = /^(\d+)\/(\d+)$/.exec(text);
  const [index, count] = found === null ? [NaN, NaN] : [Number(found[1]), Number(found[2])];
  if (!(index >= 1 && index <= count))
    throw new InputError(`--shard '${text}' must be i/n with i from 1 to n, such as 3/8`);
  return { index, count };
}

/**
 * The shard of a task of a Slurm job array, from the variables that Slurm sets (sbatch, "OUTPUT ENVIRONMENT VARIABLES");
 * undefined outside of one. Tasks of an array may begin anywhere and have a step.
 */
export function slurmShard(environment: NodeJS.ProcessEnv): Shard | undefined {
  const read = (name: string): number | undefined => {
    const text = environment[`SLURM_ARRAY_TASK_${name}`];
    return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
  };
  const [id, count, first = 0, step = 1] = [read('ID'), read('COUNT'), read('MIN'), read('STEP')];
  if (id === undefined || count === undefined) return undefined;
  const index = (id - first) / step + 1;
  if (!Number.isInteger(index) || index < 1 || index > count)
    throw new InputError(
      `SLURM_ARRAY_TASK_ID ${id} is not one of ${count} tasks from ${first} in steps of ${step}: say which with --shard i/n`,
    );
  return { index, count };
}

/** Whether point `index` (from 0) is the shard's: points are dealt out in turn, so that neighbours take about as long. */
export function isOf({ index, count }: Shard, point: number): boolean {
  return point % count === index - 1;
}
