import type { CacheConfig } from '../cache-config.js';

/** A guess: MMU-700 allows 4, 8, 12, 16, 32 or 64. */
export const MICRO_TLB_ENTRIES = 32;
/** A guess: MMU-700 lets the integrator choose, the TRM read names no default. */
export const MICRO_TLB_POLICY = 'plru';
/** A guess: no look-up latency is published; one cycle is the least. */
export const MICRO_TLB_LATENCY = 1;
/** A guess: MMU-700 allows 32 to 65,536 entries and 4, 8 or 16 ways. */
export const MAIN_TLB_ENTRIES = 2048;
/** A guess, see {@link MAIN_TLB_ENTRIES}. */
export const MAIN_TLB_WAYS = 8;
/** A guess: random as in MMU-600. */
export const MAIN_TLB_POLICY = 'random';
/** A guess: not published; as that of the walk cache. */
export const MAIN_TLB_INDEX = 'hash';
/** A guess: two to three cycles. */
export const MAIN_TLB_LATENCY = 3;
/** A guess: MMU-700 allows 8 to 65,536 entries and 4, 8 or 16 ways. */
export const WALK_CACHE_ENTRIES = 8192;
/** A guess, see {@link WALK_CACHE_ENTRIES}. */
export const WALK_CACHE_WAYS = 8;
/** A guess: not published. */
export const WALK_CACHE_LATENCY = 2;
/** A guess: MMU-700 allows 4 to 4096. */
export const CONFIG_CACHE_ENTRIES = 1024;
/** A guess: 4-way and round-robin as in MMU-600; the TRM read names neither. */
export const CONFIG_CACHE_WAYS = 4;
/** A guess: not published. */
export const CONFIG_CACHE_LATENCY = 2;

/**
 * Arm MMU-700 as a server could have it: every size is one that the MMU-700 TRM (101542) allows, the choice among them is
 * ours, since no server's is published. Constants named as a guess are guesses.
 */
export const mmu700Server: CacheConfig = {
  microTlb: {
    entries: MICRO_TLB_ENTRIES,
    ways: 'full',
    policy: MICRO_TLB_POLICY,
    latency: MICRO_TLB_LATENCY,
  },
  mainTlb: {
    entries: MAIN_TLB_ENTRIES,
    ways: MAIN_TLB_WAYS,
    policy: MAIN_TLB_POLICY,
    index: MAIN_TLB_INDEX,
    latency: MAIN_TLB_LATENCY,
    slots: MAIN_TLB_LATENCY, // MMU-700 TRM: one look-up a cycle sustained
  },
  // Leaves live in the walk cache
  tcuTlb: false,
  configCache: {
    entries: CONFIG_CACHE_ENTRIES,
    ways: CONFIG_CACHE_WAYS,
    policy: 'round-robin',
    latency: CONFIG_CACHE_LATENCY,
    slots: CONFIG_CACHE_LATENCY, // one look-up a cycle
  },
  // MMU-700 TRM: one walk cache for all stages and levels, RRIP, an index hash
  walkCaches: {
    unified: {
      entries: WALK_CACHE_ENTRIES,
      ways: WALK_CACHE_WAYS,
      policy: 'rrip',
      index: 'hash',
      latency: WALK_CACHE_LATENCY,
    },
  },
  ipaCache: false,
};
