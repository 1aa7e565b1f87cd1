/** What the model is compared with the reference model in: caches and time, each on seeds of its own. */
import { presets, type SmmuOptions } from '../../src/index.js';

/** Making a configuration costs about as much as translating so often. */
const USUAL_TRANSACTIONS = 192;

/** Of one configuration. */
export const TRANSACTIONS = Number(process.env['DIFFERENTIAL_TRANSACTIONS'] ?? USUAL_TRANSACTIONS);

const tiny = (tag: 'stream' | 'context') => ({ entries: 4, ways: 2, policy: 'random' as const, tag });
export interface Variant extends Pick<SmmuOptions, 'caches' | 'timing'> {
  name: string;
  first: number;
}

export const VARIANTS: Variant[] = [
  { name: 'no caches', caches: false, first: 1 },
  { name: 'caches of mmu600-agilex5', caches: 'mmu600-agilex5', first: 1_000_001 },
  { name: 'caches of gem5-default', caches: 'gem5-default', first: 2_000_001 },
  { name: 'caches of mmu700-server', caches: 'mmu700-server', first: 3_000_001 },
  {
    name: 'small context-tagged TLBs',
    caches: {
      microTlb: tiny('context'),
      mainTlb: tiny('context'),
      tcuTlb: tiny('context'),
      configCache: { entries: 2, ways: 1, policy: 'round-robin' },
      ipaCache: { entries: 4, ways: 4, policy: 'lru' },
      walkCaches: false,
    },
    first: 4_000_001,
  },
  // Time changes when a step happens, not what comes of it: one transaction at a time the answers are the same.
  { name: 'timed, gem5-default', timing: 'gem5-default', caches: undefined, first: 5_000_001 },
  {
    name: 'timed, prefetch into the TBU',
    timing: { ...presets['mmu600-agilex5'].timing, prefetch: { mode: 'forward', target: 'tbu' } },
    caches: undefined,
    first: 7_000_001,
  },
  { name: 'timed, mmu600-agilex5', timing: 'mmu600-agilex5', caches: undefined, first: 6_000_001 },
];

/** Cases that may end early, rare enough that they cannot hide a fault of the caches. */
export interface Ended {
  readonly stale: number;
  readonly shared: number;
  readonly queues: number;
}

/**
 * One of 65,000 met the queues, one of 5,600 cases ends as stale, one of 400 at a shared page (a mutated ENDI reads tables in the other
 * byte order).
 */
export function mostEnded(cases: number): Ended {
  const usual = (cases * TRANSACTIONS) / USUAL_TRANSACTIONS;
  return { stale: Math.ceil(usual / 400), shared: Math.ceil(usual / 100), queues: Math.ceil(usual / 5000) };
}
