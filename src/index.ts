/**
 * smmuv3-wasm: a model of the Arm SMMUv3 (IHI 0070), its core in WebAssembly, for Node and the browser.
 *
 * ```ts
 * const smmu = await Smmu.create();
 * smmu.write32(0x20, 0x1); // SMMU_CR0.SMMUEN
 * const { status, pa } = smmu.translate({ streamId: 0x10, iova: 0x1000n });
 * ```
 */
export { Smmu } from './device/smmu.js';
export { IommuError } from './base/errors.js';
export type { IommuErrorCode } from './base/errors.js';
export { presets } from './config/presets/index.js';
export type { Preset, PresetName } from './config/presets/index.js';
export type {
  CacheConfig,
  CacheGeometry,
  ReplacementPolicy,
  UnifiedWalkCache,
  WalkCachesByLevel,
} from './config/cache-config.js';
export type { EffectiveTiming, HazardConfig, PmcgConfig, TimingConfig } from './config/timing-config.js';
export { timingSchema } from './config/timing-schema.js';
export { applyOverrides } from './config/overrides.js';
export type { Provenance } from './config/presets/provenance.js';
export type { Bus, InterruptSource, WalkAccess } from './core/bus.js';
export type { SmmuOptions } from './device/options.js';
export type { Identification, IdentificationName, IdentificationValues } from './config/identification.js';
export type { RamWindow } from './config/windows.js';
export type { GuestMemory } from './core/guest-memory.js';
export type { Hit } from './core/hit.js';
export type {
  EndedTranslation,
  Resumed,
  TracedTranslation,
  StalledTranslation,
  Transaction,
  Translation,
} from './device/transaction.js';
export type { DmaFault, DmaMapping, DmaOptions, DmaSegment, DmaStatus, DmaTransfer } from './device/dma.js';
export type { MmioImports } from './device/mmio-imports.js';
export type {
  Batch,
  BatchFault,
  BatchSummary,
  ClosedLoop,
  FaultedBatchSummary,
  OfferedRows,
  RunSummary,
} from './device/batch.js';
export type {
  CacheStats,
  CounterGroup,
  Level,
  LevelReads,
  OutcomeCounts,
  ReadCounts,
  Stats,
  StreamStats,
} from './stats/stats.js';
export type { StreamTiming } from './stats/stream-timing.js';
export type { LatencyBucket, LatencySummary } from './stats/latency.js';
export type { Occupancy, Throughput, TimingStats } from './stats/timing-stats.js';
export type { ArchitectedEvent, EventClass, EventName, EventRecord } from './inspect/event.js';
export type { StepKind, TraceStep } from './inspect/steps.js';
export type { CoreSource } from './core/load.js';
export { statistics, statisticsByName } from './stats/printed/statistics.js';
export type { Statistic, Unit } from './stats/printed/statistics.js';
export { statisticsText } from './stats/printed/text.js';
export { gem5StatsText } from './stats/printed/gem5.js';
export { decodeEvent } from './inspect/event.js';
export {
  ATOMIC as FLAG_ATOMIC,
  INSTRUCTION as FLAG_INSTRUCTION,
  PRIVILEGED as FLAG_PRIVILEGED,
  SPECULATIVE as FLAG_SPECULATIVE,
  SSV as FLAG_SSV,
  TRANSLATED as FLAG_TRANSLATED,
  WRITE as FLAG_WRITE,
} from '../assembly/abi/flag.js';
export {
  MAIN as HIT_MAIN,
  MICRO as HIT_MICRO,
  NONE as HIT_NONE,
  TCU as HIT_TCU,
  WALK as HIT_WALK,
  WALK_CACHE as HIT_WALK_CACHE,
} from '../assembly/abi/hit-place.js';
export {
  ABORT as STATUS_ABORT,
  OK as STATUS_OK,
  PENDING as STATUS_PENDING,
  RAZ_WI as STATUS_RAZ_WI,
  STALLED as STATUS_STALLED,
} from '../assembly/abi/status.js';
