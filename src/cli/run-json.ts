/** A run's result as one document: what was asked for, what came out, every statistic by the name that it has elsewhere. */
import type { Asked } from '../report/run-text.js';
import type { RunResult } from '../run/result.js';
import { statisticsByName } from '../stats/printed/statistics.js';
import type { RunOptions } from './run-trace.js';

export interface RunDocument extends RunResult {
  readonly asked: Asked;
  /** The values of all statistics, by the names of `--stats full`. */
  readonly statistics: Readonly<Record<string, number>>;
}

export function runJson(result: RunResult, options: RunOptions): RunDocument {
  return { asked: askedOf(options), ...result, statistics: statisticsByName(result) };
}

export function askedOf({ timing, caches, set, tbuOf }: RunOptions): Asked {
  return {
    timing,
    ...(caches === undefined ? {} : { caches }),
    ...(set === undefined ? {} : { set }),
    ...(tbuOf === undefined ? {} : { tbuOf }),
  };
}
