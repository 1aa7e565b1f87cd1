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
  /** Calls that differ and come in turn: a sample is of as many of each. Default: 1. */
  readonly turns?: number;
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
  /** That all of this is done in (processes.ts). */
  readonly processes: number;
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
/** Its turn, among those of the loads. */
const REFERENCE = -1;
/** In one sample, but for what is missing to whole turns. */
const MOST_CALLS = 64;
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

/**
 * Calls until the time is up, or so many are made: what is not timed of a call may take far longer than what is.
 * @returns operations a second, by the mean of the calls in the middle half, which no short disturbance moves
 */
function sample(load: Load, sampleMs: number): number {
  const { turns = 1 } = load;
  const times: number[] = [];
  for (let time = 0; time < 1000 * sampleMs && times.length < MOST_CALLS;) {
    for (let turn = 0; turn < turns; turn++) {
      const taken = Math.max(call(load, true), 1);
      times.push(taken);
      time += taken;
    }
  }
  return (1e6 * load.operations) / middleMean(times);
}

/** Mean of the middle half. */
export function middleMean(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const cut = sorted.length >> 2;
  const middle = sorted.slice(cut, sorted.length - cut);
  return middle.reduce((sum, value) => sum + value, 0) / middle.length;
}

/** Both loads in turns, both warmed first. */
export function compare(load: Load, reference: Load, effort: Effort): Series {
  const [series] = inTurns(load, reference, effort, 1, ([{ ratios }]) => isSteady(ratios, effort.within));
  return series;
}

/**
 * The same load measured as if it were so many, reference and loads in turns, all warmed first.
 * @param isKnown what more repetitions are made for @returns a series of each
 */
export function inTurns(
  load: Load,
  reference: Load,
  effort: Effort,
  loads: number,
  isKnown: (all: readonly Series[]) => boolean,
): Series[] {
  for (let i = 0; i < WARM_CALLS; i++) {
    call(reference, i > 1);
    call(load, i > 1);
  }
  const all = Array.from({ length: loads }, () => ({
    rates: [] as number[],
    ratios: [] as number[],
    references: [] as number[],
  }));
  const order = Array.from({ length: loads }, (_, which) => which);
  order.splice((loads + 1) >> 1, 0, REFERENCE);
  for (let i = 0; i < effort.repetitions || (i < effort.most && !isKnown(all)); i++) {
    const rates: number[] = [];
    let known = 0;
    // There and back, so that each comes as often behind the reference, which leaves the processor's caches otherwise.
    for (const which of i % 2 === 0 ? order : order.toReversed()) {
      if (which === REFERENCE) known = sample(reference, effort.sampleMs);
      else rates[which] = sample(load, effort.sampleMs);
    }
    for (const [which, series] of all.entries()) {
      series.rates.push(rates[which]);
      series.references.push(known);
      series.ratios.push(rates[which] / known);
    }
  }
  return all;
}

/** Of all processes together. */
export function together(all: readonly Series[]): Comparison {
  return {
    rate: spreadOf(all.map(({ rates }) => rates)),
    ratio: spreadOf(all.map(({ ratios }) => ratios)),
    referenceRate: spreadOf(all.map(({ references }) => references)),
  };
}

/** A process counts once, however many repetitions it took: the median of their medians, with the least and the greatest of all. */
export function spreadOf(processes: readonly (readonly number[])[]): Spread {
  const { min, max } = spread(processes.flat());
  return { median: spread(processes.map((values) => spread(values).median)).median, min, max };
}

/** The interval of the median lies within so much of it, relatively. */
export function isSteady(ratios: readonly number[], within: number): boolean {
  const { median, low, high } = medianInterval(ratios, ERROR);
  return high - median <= within * median && median - low <= within * median;
}

/** One load alone; operations a second. */
export function ratesOf(load: Load, effort: Effort): number[] {
  for (let i = 0; i < WARM_CALLS; i++) call(load, i > 1);
  return Array.from({ length: effort.repetitions }, () => sample(load, effort.sampleMs));
}
