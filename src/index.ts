/**
 * smmuv3-wasm: a model of the Arm SMMUv3 (IHI 0070), its core in WebAssembly, for Node and the browser.
 *
 * ```ts
 * const smmu = await Smmu.create();
 * smmu.write32(0x20, 0x1); // SMMU_CR0.SMMUEN
 * const { status, pa } = smmu.translate({ streamId: 0x10, iova: 0x1000n });
 * ```
 */
export { Smmu } from './smmu.js';
export { IommuError } from './errors.js';
export type { IommuErrorCode } from './errors.js';
export { presets } from './presets/index.js';
export type { Preset, PresetName } from './presets/index.js';
export type {
  CacheConfig,
  CacheGeometry,
  ReplacementPolicy,
  UnifiedWalkCache,
  WalkCachesByLevel,
} from './presets/cache-config.js';
export type { EffectiveTiming, HazardConfig, PmcgConfig, TimingConfig } from './presets/timing-config.js';
export { timingSchema } from './presets/timing-schema.js';
export { applyOverrides } from './presets/overrides.js';
export type { Provenance } from './presets/provenance.js';
export type { Bus, InterruptSource, SmmuOptions, WalkAccess } from './options.js';
export type { Identification, IdentificationName, IdentificationValues } from './identification.js';
export type { RamWindow } from './windows.js';
export type { GuestMemory } from './memory/guest-memory.js';
export type { Hit, Resumed, TracedTranslation, Transaction, Translation } from './transaction.js';
export type { Batch, BatchSummary, ClosedLoop, OfferedRows, RunSummary } from './batch.js';
export type {
  CacheStats,
  CounterGroup,
  Level,
  LevelReads,
  OutcomeCounts,
  ReadCounts,
  Stats,
  StreamStats,
} from './stats.js';
export type { StreamTiming } from './stream-timing.js';
export type { LatencySummary } from './latency.js';
export type { Occupancy, Throughput, TimingStats } from './timing-stats.js';
export type { EventClass, EventRecord } from './inspect/event.js';
export type { StepKind, TraceStep } from './inspect/trace.js';
export type { CoreSource } from './wasm/load.js';
export { statistics, statisticsByName } from './report/statistics.js';
export type { Statistic, Unit } from './report/statistics.js';
export { statisticsText } from './report/text.js';
export { gem5StatsText } from './report/gem5.js';
export { decodeEvent } from './inspect/event.js';
export {
  FLAG_ATOMIC,
  FLAG_INSTRUCTION,
  FLAG_PRIVILEGED,
  FLAG_SPECULATIVE,
  FLAG_SSV,
  FLAG_TRANSLATED,
  FLAG_WRITE,
  HIT_MAIN,
  HIT_MICRO,
  HIT_NONE,
  HIT_TCU,
  HIT_WALK,
  HIT_WALK_CACHE,
  STATUS_ABORT,
  STATUS_OK,
  STATUS_PENDING,
  STATUS_RAZ_WI,
  STATUS_STALLED,
} from '../assembly/abi.js';
