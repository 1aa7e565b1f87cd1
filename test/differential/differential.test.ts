/**
 * The model against the reference model of test/oracle on random configurations: status, address, permissions, attributes, event
 * words as written to the queue, and memory afterwards. DIFFERENTIAL_CASES says how many cases of TRANSACTIONS each variant
 * runs; `node scripts/proof.mjs differential` runs 10^6 translations in every variant, and DIFFERENTIAL_SEED others than these.
 * DIFFERENTIAL_REPLAY has the seeds of differences that were reported, separated by commas: each runs in every variant.
 */
import { describe, expect, test } from '@jest/globals';
import { presets, type SmmuOptions } from '../../src/index.js';
import { describeDifference, runDifferential } from './differ.js';

/** Of one configuration: making it costs about as much as translating so often. */
const TRANSACTIONS = 192;
/** More than 10^6 translations in all. */
const CASES = Number(process.env['DIFFERENTIAL_CASES'] ?? 800);
const SEED = Number(process.env['DIFFERENTIAL_SEED'] ?? 0);
const REPLAY = process.env['DIFFERENTIAL_REPLAY']?.split(',').map(Number);

function seedsFrom(first: number): number[] {
  return REPLAY ?? Array.from({ length: CASES }, (_, i) => SEED + first + i);
}

const tiny = (tag: 'stream' | 'context') => ({ entries: 4, ways: 2, policy: 'random' as const, tag });
interface Variant extends Pick<SmmuOptions, 'caches' | 'timing'> {
  name: string;
  first: number;
}

const VARIANTS: Variant[] = [
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

describe('random translations agree with the reference model', () => {
  for (const { name, first, ...options } of VARIANTS) {
    test(
      name,
      async () => {
        const seeds = seedsFrom(first);
        const run = await runDifferential(seeds, options, { transactions: TRANSACTIONS });
        process.stderr.write(
          `${name}: ${run.transactions} translations, ${run.differences.length} differences, ${run.stale} cases ended at a stale structure, ${run.shared} at a shared page\n`,
        );
        expect(run.differences.map(describeDifference)).toEqual([]);
        // Rare enough that they cannot hide a fault of the caches: one of 5,600 cases ends as stale, one of 400 at a shared page (a
        // mutated ENDI reads tables in the other byte order).
        expect(run.stale).toBeLessThanOrEqual(Math.ceil(seeds.length / 400));
        expect(run.shared).toBeLessThanOrEqual(Math.ceil(seeds.length / 100));
        expect(run.transactions).toBeGreaterThanOrEqual(
          (seeds.length - run.stale - run.shared) * TRANSACTIONS,
        );
      },
      30 * 60_000,
    );
  }
});
