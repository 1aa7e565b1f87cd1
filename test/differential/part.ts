/** A part of the long proof, in a thread of its own (scripts/prove-differential.mjs). */
import { describeDifference, runDifferential } from './differ.js';
import { TRANSACTIONS, VARIANTS } from './variants.js';

export interface Part {
  /** Place in VARIANTS. */
  readonly variant: number;
  /** Seed of the first case. */
  readonly seed: number;
  readonly cases: number;
}

export interface PartResult {
  readonly translations: number;
  readonly stale: number;
  readonly shared: number;
  readonly queues: number;
  /** In words. */
  readonly differences: readonly string[];
}

export default async function run({ variant, seed, cases }: Part): Promise<PartResult> {
  const { name, first, ...options } = VARIANTS[variant];
  const seeds = Array.from({ length: cases }, (_, i) => seed + i);
  const { transactions, stale, shared, queues, differences } = await runDifferential(seeds, options, {
    transactions: TRANSACTIONS,
  });
  return {
    translations: transactions,
    stale,
    shared,
    queues,
    differences: differences.map((one) => `${name} (seeds from ${first}): ${describeDifference(one)}`),
  };
}

export { mostEnded, TRANSACTIONS, VARIANTS } from './variants.js';
