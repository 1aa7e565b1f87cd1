import type { CacheConfig } from '../cache-config.js';

/** A guess throughout, named after no product: the least that still is an SMMU with a TLB. */
export const MAIN_TLB_ENTRIES = 16;

/** One small TLB and one configuration entry: misses show at once, and states are easy to reason about. */
export const minimal: CacheConfig = {
  microTlb: false,
  mainTlb: { entries: MAIN_TLB_ENTRIES, ways: 'full', policy: 'lru', latency: 1 },
  tcuTlb: false,
  configCache: { entries: 1, ways: 1, policy: 'lru', latency: 1 },
  walkCaches: false,
  ipaCache: false,
};
