/**
 * CPU time of two loads, interleaved. On a machine that is shared, wall time and the error bar of one series say little;
 * the ratio of two loads measured in turns in one process hardly moves.
 */

import { medianInterval } from './track/median-interval.js';

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
  /** At least. */
  readonly repetitions: number;
  /** More are made, up to so many, until the interval of the median lies within `within` of it. */
  readonly most: number;
  readonly within: number;
  /**
   * Sets of devices that all of this is done with: where memory happens to lie moves a rate by some percent for as long as a device
   * lives, so that one of them tells little of the next.
   */
  readonly instances: number;
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

/** Both loads, repetition for repetition. */
export interface Series {
  readonly rates: readonly number[];
  readonly ratios: readonly number[];
  readonly references: readonly number[];
}

const WARM_CALLS = 4;
/** The chance that a median lies outside of its interval. */
const ERROR = 0.05;

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
export function compare(load: Load, reference: Load, effort: Effort): Series {
  for (let i = 0; i < WARM_CALLS; i++) {
    call(reference, i > 1);
    call(load, i > 1);
  }
  const rates: number[] = [];
  const references: number[] = [];
  const ratios: number[] = [];
  for (let i = 0; i < effort.repetitions || (i < effort.most && !isSteady(ratios, effort.within)); i++) {
    // Which one is first changes, so that what goes on around them meets both alike.
    if (i % 2 === 0) references.push(sample(reference, effort.sampleMs));
    rates.push(sample(load, effort.sampleMs));
    if (i % 2 === 1) references.push(sample(reference, effort.sampleMs));
    ratios.push(rates[i] / references[i]);
  }
  return { rates, ratios, references };
}

/** Of all instances together. */
export function together(all: readonly Series[]): Comparison {
  return {
    rate: spread(all.flatMap(({ rates }) => rates)),
    ratio: spread(all.flatMap(({ ratios }) => ratios)),
    referenceRate: spread(all.flatMap(({ references }) => references)),
  };
}

function isSteady(ratios: readonly number[], within: number): boolean {
  const { median, low, high } = medianInterval(ratios, ERROR);
  return high - median <= within * median && median - low <= within * median;
}

/** One load alone; operations a second. */
export function rateOf(load: Load, effort: Effort): Spread {
  for (let i = 0; i < WARM_CALLS; i++) call(load, i > 1);
  return spread(Array.from({ length: effort.repetitions }, () => sample(load, effort.sampleMs)));
}
