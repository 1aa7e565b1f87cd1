/**
 * The model against the reference model of test/oracle on random configurations: status, address, permissions, attributes, event
 * words as written to the queue, and memory afterwards. DIFFERENTIAL_CASES says how many cases of TRANSACTIONS each variant
 * runs; `node scripts/proof.mjs differential` runs 10^6 translations in every variant, and DIFFERENTIAL_SEED others than these.
 * DIFFERENTIAL_REPLAY has the seeds of differences that were reported, separated by commas: each runs in every variant.
 */
import { describe, expect, test } from '@jest/globals';
import { describeDifference, runDifferential } from './differ.js';
import { mostEnded, TRANSACTIONS, VARIANTS } from './variants.js';

/** More than 10^6 translations in all. */
const CASES = Number(process.env['DIFFERENTIAL_CASES'] ?? 800);
const SEED = Number(process.env['DIFFERENTIAL_SEED'] ?? 0);
const REPLAY = process.env['DIFFERENTIAL_REPLAY']?.split(',').map(Number);

function seedsFrom(first: number): number[] {
  return REPLAY ?? Array.from({ length: CASES }, (_, i) => SEED + first + i);
}

describe('random translations agree with the reference model', () => {
  for (const { name, first, ...options } of VARIANTS) {
    test(
      name,
      async () => {
        const seeds = seedsFrom(first);
        const run = await runDifferential(seeds, options, { transactions: TRANSACTIONS });
        process.stderr.write(
          `${name}: ${run.transactions} translations, ${run.differences.length} differences, ${run.stale} cases ended at a stale structure, ${run.shared} at a shared page, ${run.queues} in the queues\n`,
        );
        expect(run.differences.map(describeDifference)).toEqual([]);
        const most = mostEnded(seeds.length);
        expect(run.stale).toBeLessThanOrEqual(most.stale);
        expect(run.shared).toBeLessThanOrEqual(most.shared);
        expect(run.queues).toBeLessThanOrEqual(most.queues);
        expect(run.transactions).toBeGreaterThanOrEqual(
          (seeds.length - run.stale - run.shared - run.queues) * TRANSACTIONS,
        );
      },
      30 * 60_000,
    );
  }
});
