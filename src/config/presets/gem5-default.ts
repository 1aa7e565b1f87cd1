import type { CacheConfig, CacheGeometry } from '../cache-config.js';

/** gem5 v24.0.0.1, SMMUv3.py: walk_assoc 4, walk_policy rr, walk_lat 4, walk_slots 4, for all levels and both stages. */
const walk = (entries: number): CacheGeometry => ({
  entries,
  ways: 4,
  policy: 'round-robin',
  latency: 4,
  slots: 4,
});

/**
 * The defaults of gem5's SMMUv3 (v24.0.0.1, SMMUv3.py and SMMUv3Cache).
 */
export const gem5Default: CacheConfig = {
  // utlb_entries 32, utlb_assoc 0 (full), utlb_policy rr, utlb_lat 1, utlb_slots 1
  microTlb: { entries: 32, ways: 'full', policy: 'round-robin', latency: 1, slots: 1 },
  // tlb_entries 2048, tlb_assoc 4, tlb_policy rr, tlb_lat 3, tlb_slots 3, index page number mod sets
  mainTlb: { entries: 2048, ways: 4, policy: 'round-robin', latency: 3, slots: 3 },
  // tlb_entries 2048, tlb_assoc 4, tlb_policy rr, tlb_lat 3, tlb_slots 3, tlb_enable off; index mixes ASID and VMID in
  tcuTlb: {
    entries: 2048,
    ways: 4,
    policy: 'round-robin',
    index: 'xor',
    latency: 3,
    slots: 3,
    enabled: false,
  },
  // cfg_entries 64, cfg_assoc 4, cfg_policy rr, cfg_lat 3, cfg_slots 3, index StreamID xor SubstreamID
  configCache: { entries: 64, ways: 4, policy: 'round-robin', latency: 3, slots: 3 },
  // walk_S1L0..2 4, 28, 348; walk_S2L0..2 4, 28, 92. wc_s1_levels and wc_s2_levels 7: the 4 entries of level 3 stay off.
  walkCaches: {
    s1: [walk(4), walk(28), walk(348), { ...walk(4), enabled: false }],
    s2: [walk(4), walk(28), walk(92), { ...walk(4), enabled: false }],
    nonFinalStage2: false, // wc_nonfinal_enable off
    sharedCounter: true, // WalkCache::pickEntryIdxToReplace: one nextToReplace for all of it
  },
  // ipa_entries 128, ipa_assoc 4, ipa_policy rr, ipa_lat 3, ipa_slots 3, ipa_enable off; index mixes the VMID in
  ipaCache: {
    entries: 128,
    ways: 4,
    policy: 'round-robin',
    index: 'xor',
    latency: 3,
    slots: 3,
    enabled: false,
  },
};
