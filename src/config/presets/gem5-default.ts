import { documented, type Marked } from './provenance.js';

const parameter = <const T>(value: T, text: string): Marked<T> =>
  documented(value, `gem5 v24.0.0.1, SMMUv3.py: ${text}`);
const behaviour = <const T>(value: T, text: string): Marked<T> =>
  documented(value, `gem5 v24.0.0.1, ${text}`);

/** One of the walk caches; `enabled`: whether its level is among wc_s1_levels and wc_s2_levels, which are 7. */
const walk = (entries: number, name: string, enabled = true) => ({
  entries: parameter(entries, `${name} ${entries}`),
  ways: parameter(4, 'walk_assoc 4'),
  policy: parameter('round-robin', 'walk_policy rr'),
  latency: parameter(4, 'walk_lat 4'),
  slots: parameter(4, 'walk_slots 4'),
  ...(enabled ? {} : { enabled: parameter(false, 'wc_s1_levels and wc_s2_levels 7: levels 0 to 2') }),
});

/**
 * The defaults of gem5's SMMUv3 (v24.0.0.1, SMMUv3.py and SMMUv3Cache).
 */
export const gem5DefaultCaches = {
  microTlb: {
    entries: parameter(32, 'utlb_entries 32'),
    ways: parameter('full', 'utlb_assoc 0'),
    policy: parameter('round-robin', 'utlb_policy rr'),
    latency: parameter(1, 'utlb_lat 1'),
    slots: parameter(1, 'utlb_slots 1'),
  },
  mainTlb: {
    entries: parameter(2048, 'tlb_entries 2048'),
    ways: parameter(4, 'tlb_assoc 4'),
    policy: parameter('round-robin', 'tlb_policy rr'),
    latency: parameter(3, 'tlb_lat 3'),
    slots: parameter(3, 'tlb_slots 3'),
  },
  tcuTlb: {
    entries: parameter(2048, 'tlb_entries 2048'),
    ways: parameter(4, 'tlb_assoc 4'),
    policy: parameter('round-robin', 'tlb_policy rr'),
    index: behaviour('xor', 'ARMArchTLB: the index mixes ASID and VMID in'),
    latency: parameter(3, 'tlb_lat 3'),
    slots: parameter(3, 'tlb_slots 3'),
    enabled: parameter(false, 'tlb_enable False'),
  },
  configCache: {
    entries: parameter(64, 'cfg_entries 64'),
    ways: parameter(4, 'cfg_assoc 4'),
    policy: parameter('round-robin', 'cfg_policy rr'),
    latency: parameter(3, 'cfg_lat 3'),
    slots: parameter(3, 'cfg_slots 3'),
  },
  walkCaches: {
    s1: [walk(4, 'walk_S1L0'), walk(28, 'walk_S1L1'), walk(348, 'walk_S1L2'), walk(4, 'walk_S1L3', false)],
    s2: [walk(4, 'walk_S2L0'), walk(28, 'walk_S2L1'), walk(92, 'walk_S2L2'), walk(4, 'walk_S2L3', false)],
    nonFinalStage2: parameter(false, 'wc_nonfinal_enable False'),
    sharedCounter: behaviour(true, 'WalkCache::pickEntryIdxToReplace: one nextToReplace for all of it'),
  },
  ipaCache: {
    entries: parameter(128, 'ipa_entries 128'),
    ways: parameter(4, 'ipa_assoc 4'),
    policy: parameter('round-robin', 'ipa_policy rr'),
    index: behaviour('xor', 'IPACache: the index mixes the VMID in'),
    latency: parameter(3, 'ipa_lat 3'),
    slots: parameter(3, 'ipa_slots 3'),
    enabled: parameter(false, 'ipa_enable False'),
  },
};
