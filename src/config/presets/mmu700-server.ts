import { documented, guess } from './provenance.js';

const ARM = 'Arm MMU-700 TRM (101542)';

/**
 * Arm MMU-700 as a server could have it: every size is one that the MMU-700 TRM (101542) allows, the choice among them is
 * ours, since no server's is published.
 */
export const mmu700ServerCaches = {
  microTlb: {
    entries: guess(32, `${ARM} allows 4, 8, 12, 16, 32 or 64`),
    ways: guess('full', 'as in MMU-600'),
    policy: guess('plru', `${ARM}: the integrator chooses, and no default is named`),
    latency: guess(1, 'no look-up latency is published; one cycle is the least'),
  },
  mainTlb: {
    entries: guess(2048, `${ARM} allows 32 to 65,536`),
    ways: guess(8, `${ARM} allows 4, 8 or 16`),
    policy: guess('random', 'as in MMU-600'),
    index: guess('hash', 'not published; as that of the walk cache'),
    latency: guess(3, 'not published; two to three cycles'),
    slots: documented(3, `${ARM}: one look-up a cycle sustained`),
  },
  tcuTlb: documented(false, `${ARM}: leaves live in the walk cache`),
  configCache: {
    entries: guess(1024, `${ARM} allows 4 to 4096`),
    ways: guess(4, 'as in MMU-600; the TRM read names none'),
    policy: guess('round-robin', 'as in MMU-600; the TRM read names none'),
    latency: guess(2, 'not published'),
    slots: guess(2, 'one look-up a cycle'),
  },
  walkCaches: {
    unified: {
      entries: guess(8192, `${ARM} allows 8 to 65,536`),
      ways: guess(8, `${ARM} allows 4, 8 or 16`),
      policy: documented('rrip', `${ARM}: RRIP`),
      index: documented('hash', `${ARM}: an index hash`),
      latency: guess(2, 'not published'),
    },
  },
  ipaCache: guess(false, 'the walk cache does its work, as in MMU-600'),
};
