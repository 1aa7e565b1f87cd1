import { guess } from './provenance.js';

const LEAST = 'named after no product: the least that still is an SMMU with a TLB';

/** One small TLB and one configuration entry: misses show at once, and states are easy to reason about. */
export const minimalCaches = {
  microTlb: guess(false, LEAST),
  mainTlb: {
    entries: guess(16, LEAST),
    ways: guess('full', LEAST),
    policy: guess('lru', LEAST),
    latency: guess(1, LEAST),
  },
  tcuTlb: guess(false, LEAST),
  configCache: {
    entries: guess(1, LEAST),
    ways: guess(1, LEAST),
    policy: guess('lru', LEAST),
    latency: guess(1, LEAST),
  },
  walkCaches: guess(false, LEAST),
  ipaCache: guess(false, LEAST),
};
