import type { CacheConfig, CacheGeometry } from '../cache-config.js';

/** A guess: the vendor says that the micro TLB is fully associative, not how large it is. */
export const MICRO_TLB_ENTRIES = 16;
/** A guess: no look-up latency is published; one cycle is the least. */
export const MICRO_TLB_LATENCY = 1;
/** A guess: the vendor gives ways and policy of the main TLB; its depth is a choice of the integrator that Intel does not publish. */
export const MAIN_TLB_ENTRIES = 512;
/**
 * A guess: not published. With the page alone, devices that map the same addresses would share a few sets; an implementer takes the
 * stream into the index, as MMU-700's walk cache does.
 */
export const MAIN_TLB_INDEX = 'hash';
/** A guess: MMU-500's best case of two clocks for a hit, MMU-600's is not published. */
export const MAIN_TLB_LATENCY = 2;
/** A guess: not published. */
export const WALK_CACHE_LATENCY = 2;
/** A guess: not published; taken to be the walk caches'. */
export const CONFIG_CACHE_LATENCY = 2;
/** A guess: only the walk caches' policy is published. */
export const CONFIG_CACHE_POLICY = 'round-robin';

/** Agilex 5 HPS TRM: 256 entries for each of S1L0..S1L3 and S2L0..S2L3; MMU-600AE TRM: 4-way, round-robin. */
const walk: CacheGeometry = {
  entries: 256,
  ways: 4,
  policy: 'round-robin',
  latency: WALK_CACHE_LATENCY,
};

/**
 * Arm MMU-600 as built into Intel's Agilex 5, the one silicon configuration that is published (Hard Processor System TRM,
 * document 814346), the parts that Intel leaves out from the MMU-600AE TRM. Constants named as a guess are guesses.
 */
export const mmu600Agilex5: CacheConfig = {
  // MMU-600AE TRM: fully associative, holds configuration and translation; Agilex 5: utlb_roundrobin 0, so pseudo-LRU
  microTlb: {
    entries: MICRO_TLB_ENTRIES,
    ways: 'full',
    policy: 'plru',
    latency: MICRO_TLB_LATENCY,
  },
  // MMU-600AE TRM: 4-way, random replacement, one look-up a cycle sustained
  mainTlb: {
    entries: MAIN_TLB_ENTRIES,
    ways: 4,
    policy: 'random',
    index: MAIN_TLB_INDEX,
    latency: MAIN_TLB_LATENCY,
    slots: MAIN_TLB_LATENCY,
  },
  // No TLB of whole translations: the walk caches of level 3 hold the leaf pages (MMU-600AE TRM)
  tcuTlb: false,
  // Agilex 5: 256; MMU-600AE TRM: 4-way, STE and CD in one entry
  configCache: {
    entries: 256,
    ways: 4,
    policy: CONFIG_CACHE_POLICY,
    latency: CONFIG_CACHE_LATENCY,
    slots: CONFIG_CACHE_LATENCY, // one look-up a cycle
  },
  walkCaches: { s1: [walk, walk, walk, walk], s2: [walk, walk, walk, walk] },
  // The walk caches of stage 2 do its work (MMU-600AE TRM)
  ipaCache: false,
};
