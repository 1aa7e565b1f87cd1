/** A run's result as one document: what was asked for, what came out, every statistic by the name that it has elsewhere. */
import { statisticsByName } from '../stats/printed/statistics.js';
import type { RunResult } from './result.js';

/** What was asked for, as the caller wrote it. */
export interface Asked {
  /** A preset's name, a file's, or 'off'. */
  readonly timing: string;
  /** Another preset's caches, or 'off'. */
  readonly caches?: string;
  /** Changes of single values, `path=value`. */
  readonly set?: readonly string[];
  /** Which TBU a stream goes through. */
  readonly tbuOf?: string;
}

export interface RunDocument extends RunResult {
  readonly asked: Asked;
  /** The values of all statistics, by the names of `--stats full`. */
  readonly statistics: Readonly<Record<string, number>>;
}

export function runDocument(result: RunResult, asked: Asked): RunDocument {
  return { asked, ...result, statistics: statisticsByName(result) };
}
