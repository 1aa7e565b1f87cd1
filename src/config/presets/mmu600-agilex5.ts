import { documented, guess } from './provenance.js';

const INTEL = 'Intel Agilex 5 HPS TRM (814346)';
const ARM = 'Arm MMU-600AE TRM';
const ONE_A_CYCLE = 'one look-up a cycle';

/** A walk cache of one stage and level. */
const walk = {
  entries: documented(256, `${INTEL}: 256 entries for each of S1L0..S1L3 and S2L0..S2L3`),
  ways: documented(4, `${ARM}: 4-way`),
  policy: documented('round-robin', `${ARM}: round-robin`),
  latency: guess(2, 'not published'),
};

/**
 * Arm MMU-600 as built into Intel's Agilex 5, the one silicon configuration that is published (Hard Processor System TRM,
 * document 814346), the parts that Intel leaves out from the MMU-600AE TRM.
 */
export const mmu600Agilex5Caches = {
  // MMU-600AE TRM: holds configuration and translation
  microTlb: {
    entries: guess(16, 'the vendor says that the micro TLB is fully associative, not how large it is'),
    ways: documented('full', `${ARM}: fully associative`),
    policy: documented('plru', `${INTEL}: utlb_roundrobin 0, so pseudo-LRU`),
    latency: guess(1, 'no look-up latency is published; one cycle is the least'),
  },
  mainTlb: {
    entries: guess(
      512,
      `${ARM} gives ways and policy; the depth is the integrator's, and Intel does not publish it`,
    ),
    ways: documented(4, `${ARM}: 4-way`),
    policy: documented('random', `${ARM}: random replacement`),
    index: guess(
      'hash',
      'not published; with the page alone, devices that map the same addresses would share a few sets; MMU-700’s walk cache takes the stream in',
    ),
    latency: guess(2, 'MMU-500 takes two clocks for a hit at best; MMU-600’s is not published'),
    slots: documented(2, `${ARM}: ${ONE_A_CYCLE} sustained`),
  },
  tcuTlb: documented(false, `${ARM}: the walk caches of level 3 hold the leaf pages`),
  configCache: {
    entries: documented(256, `${INTEL}: 256`),
    ways: documented(4, `${ARM}: 4-way, STE and CD in one entry`),
    policy: guess('round-robin', 'only the walk caches’ policy is published'),
    latency: guess(2, 'not published; taken to be the walk caches’'),
    slots: guess(2, ONE_A_CYCLE),
  },
  walkCaches: { s1: [walk, walk, walk, walk], s2: [walk, walk, walk, walk] },
  ipaCache: documented(false, `${ARM}: the walk caches of stage 2 do its work`),
};
