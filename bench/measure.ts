/**
 * CPU time of two loads, interleaved. On a machine that is shared, wall time and the error bar of one series say little;
 * the ratio of two loads measured in turns in one process hardly moves.
 */

/** Rows of one call: a long first call would stay in V8's baseline code to its end. */
export const CHUNK_ROWS = 65536;

/** Something to be measured. Only `work` is timed. */
export interface Load {
  readonly name: string;
  /** Operations of one call of `work`. */
  readonly operations: number;
  prepare?(): void;
  work(): void;
  /** Compares every answer; `warm`: not among the first calls. @throws Error when one is wrong */
  check(warm: boolean): void;
}

export interface Effort {
  readonly repetitions: number;
  /** Least CPU time of one sample, in milliseconds. */
  readonly sampleMs: number;
}

/** Median of the repetitions, with the least and the greatest. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export interface Comparison {
  /** Operations a second. */
  readonly rate: Spread;
  /** Rate over the reference's rate. */
  readonly ratio: Spread;
  readonly referenceRate: Spread;
}

const WARM_CALLS = 4;

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { median, min: sorted[0], max: sorted[sorted.length - 1] };
}

/** CPU time of the process in microseconds, system calls included. */
function cpu(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

function call(load: Load, warm: boolean): number {
  load.prepare?.();
  const start = cpu();
  load.work();
  const time = cpu() - start;
  load.check(warm);
  return time;
}

/** Calls until the time is up; operations a second. */
function sample(load: Load, sampleMs: number): number {
  let time = 0;
  let calls = 0;
  while (time < 1000 * sampleMs) {
    time += Math.max(call(load, true), 1);
    calls++;
  }
  return (1e6 * calls * load.operations) / time;
}

/** Both loads in turns, both warmed first. */
export function compare(load: Load, reference: Load, effort: Effort): Comparison {
  for (let i = 0; i < WARM_CALLS; i++) {
    call(reference, i > 1);
    call(load, i > 1);
  }
  const rates: number[] = [];
  const references: number[] = [];
  for (let i = 0; i < effort.repetitions; i++) {
    references.push(sample(reference, effort.sampleMs));
    rates.push(sample(load, effort.sampleMs));
  }
  return {
    rate: spread(rates),
    ratio: spread(rates.map((rate, i) => rate / references[i])),
    referenceRate: spread(references),
  };
}

/** One load alone; operations a second. */
export function rateOf(load: Load, effort: Effort): Spread {
  for (let i = 0; i < WARM_CALLS; i++) call(load, i > 1);
  return spread(Array.from({ length: effort.repetitions }, () => sample(load, effort.sampleMs)));
}
