/** What a run of a trace gives: the numbers, and everything that one must know to get them again. */
import type { LatencySummary } from '../../latency.js';
import type { CacheConfig } from '../../presets/cache-config.js';
import type { EffectiveTiming } from '../../presets/timing-config.js';
import type { Smmu } from '../../smmu.js';
import type { ReadCounts, Stats } from '../../stats.js';
import type { Fed } from './feed.js';
import type { TablePlan } from './table-plan.js';

/** Where the transactions came from and how they were offered. */
export interface RunInput {
  readonly trace: string;
  readonly format: string;
  /** Records of the trace that were no transaction. */
  readonly skipped: number;
  readonly warmup: number;
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

export interface CacheCounts {
  readonly lookups: number;
  readonly hits: number;
  readonly misses: number;
  readonly fills: number;
  readonly evictions: number;
}

export interface RunResult {
  /** From the first offer to the last response. */
  readonly cycles: number;
  readonly transactions: number;
  /** Those that did not end ok. */
  readonly faults: number;
  readonly latency: LatencySummary;
  readonly caches: Readonly<Record<string, CacheCounts>>;
  /** Transactions that read a descriptor. */
  readonly walks: number;
  readonly reads: ReadCounts;
  readonly outcomes: Stats['outcomes'];
  readonly hits: Stats['hits'];
  readonly events: Stats['events'];
  readonly commands: Stats['commands'];
  readonly streams: Stats['streams'];
  /** Absent with time off. */
  readonly timing?: Stats['timing'];
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
  build: { readonly caches: CacheConfig | false; readonly core: string; readonly version: string },
): RunResult {
  const stats = smmu.stats();
  return {
    cycles: stats.timing?.cycles ?? 0,
    transactions: fed.transactions,
    faults: fed.faults,
    latency: fed.latency.summary(),
    caches: Object.fromEntries(
      Object.entries(stats.caches).map(([name, { lookups, hits, misses, fills, evictions }]) => [
        name,
        { lookups, hits, misses, fills, evictions },
      ]),
    ),
    walks: stats.walks,
    reads: stats.reads,
    outcomes: stats.outcomes,
    hits: stats.hits,
    events: stats.events,
    commands: stats.commands,
    streams: stats.streams,
    ...(stats.timing === undefined ? {} : { timing: stats.timing }),
    input,
    effectiveTiming: smmu.effectiveTiming,
    effectiveCaches: build.caches,
    core: build.core,
    version: build.version,
  };
}
