/** What a run of a trace gives: the numbers, and everything that one must know to get them again. */
import type { LatencyBucket, LatencySummary } from '../stats/latency.js';
import type { CacheConfig } from '../config/cache-config.js';
import type { Machine } from '../config/overrides.js';
import type { EffectiveTiming } from '../config/timing-config.js';
import type { CoreSource } from '../core/load.js';
import type { Smmu } from '../device/smmu.js';
import type { CacheStats, Stats } from '../stats/stats.js';
import type { Fed } from './feed.js';
import type { Samples } from './samples.js';
import type { TablePlan } from './table-plan.js';

/** Which core and package a result is of. */
export interface Build {
  readonly module: CoreSource;
  /** SHA-256 of core.wasm. */
  readonly core: string;
  readonly version: string;
}

/** What every run needs to know. */
export interface RunSetting {
  readonly machine: Machine;
  /** Start of random replacement. */
  readonly seed: number;
  /** Which TBU a stream goes through; absent: all through TBU 0. */
  readonly tbuOf?: (streamId: number) => number;
  readonly build: Build;
  /** Memory for tables. */
  readonly tableBytes: number;
}

/** Where the transactions came from and how they were offered. */
export interface RunInput {
  readonly trace: string;
  readonly format: string;
  /** Records of the trace that were no transaction. */
  readonly skipped: number;
  readonly warmup: number;
  /** The trace was cut into so many slices, `warmup` rows before each; absent: it was not. */
  readonly slices?: number;
  /** Undefined: open loop. */
  readonly outstanding?: number;
  readonly minGap?: number;
  readonly requesters?: number;
  readonly tables?: TablePlan & {
    readonly streams: number;
    readonly contexts: number;
    readonly pages: object;
  };
  readonly device?: string;
  /** Start of random replacement. */
  readonly seed: number;
}

/** A cache, with the hits of its look-ups; absent: it was not looked up. */
export interface CacheResult extends CacheStats {
  readonly hitRate?: number;
}

/** Everything that is counted, and where it comes from. `timing.latency` is exact. */
export interface RunResult extends Omit<Stats, 'caches'> {
  readonly caches: Readonly<Record<string, CacheResult>>;
  /** From the first offer to the last response; 0 with time off. */
  readonly cycles: number;
  /** Those that did not end ok. */
  readonly faults: number;
  /** Percentiles are exact. */
  readonly latency: LatencySummary;
  /** How many transactions had which latency, in order; those without any left out. Empty with time off. */
  readonly histogram: readonly LatencyBucket[];
  /** What happened in each interval; absent: not asked for. */
  readonly samples?: Samples;
  readonly input: RunInput;
  readonly effectiveTiming: EffectiveTiming | false;
  readonly effectiveCaches: CacheConfig | false;
  /** SHA-256 of core.wasm. */
  readonly core: string;
  readonly version: string;
}

/** Puts a result together. */
export function makeResult(
  smmu: Smmu,
  fed: Fed,
  input: RunInput,
  { machine, build }: Pick<RunSetting, 'machine' | 'build'>,
): RunResult {
  const stats = smmu.stats();
  const latency = fed.latency.summary();
  return {
    cycles: stats.timing?.cycles ?? 0,
    faults: fed.faults,
    latency,
    histogram: fed.latency.buckets(),
    ...stats,
    caches: withHitRates(stats.caches),
    transactions: fed.transactions,
    ...(stats.timing === undefined ? {} : { timing: { ...stats.timing, latency } }),
    input,
    effectiveTiming: smmu.effectiveTiming,
    effectiveCaches: machine.caches,
    core: build.core,
    version: build.version,
  };
}

/** With the share of look-ups that hit. */
export function withHitRates(caches: Stats['caches']): Readonly<Record<string, CacheResult>> {
  return Object.fromEntries(
    Object.entries(caches).map(([name, cache]) => [
      name,
      cache.lookups === 0 ? cache : { ...cache, hitRate: cache.hits / cache.lookups },
    ]),
  );
}
