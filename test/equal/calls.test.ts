/**
 * Single calls have short ways of their own (translate/quick.ts, timing/again.ts, translate/hit-answer.ts), which remember the stream and
 * the way of the last one: `lookup` and `translate` of few pages again and again through both cores, with time and without, and between
 * them whatever may make them forget. EQUAL_FIRST says which case comes first.
 */
import { expect, test } from '@jest/globals';
import { FLAG_PRIVILEGED, FLAG_WRITE, type PresetName, type SmmuOptions } from '../../src/index.js';
import { Rng } from '../oracle/random.js';
import { RAM, RAM_BYTES } from '../support/machine.js';
import { Counters } from '../support/pmcg.js';
import { Dense } from './dense.js';
import { Pair, type Row } from './pair.js';

const FIRST = Number(process.env['EQUAL_FIRST'] ?? 1);
const CASES = 2;
const ROUNDS = 40;

const VARIANTS: readonly (readonly [timing: PresetName | false, caches: SmmuOptions['caches']])[] = [
  [false, 'mmu600-agilex5'],
  [false, 'gem5-default'],
  ['mmu600-agilex5', 'mmu600-agilex5'],
  ['gem5-default', 'gem5-default'],
  ['gem5-default', 'mmu600-agilex5'],
  ['mmu600-agilex5', 'gem5-default'],
];

/** One thing that happens between calls. */
function between(pair: Pair, world: Dense, rng: Rng, timed: boolean): void {
  const { machine } = pair;
  const both = [pair.short, pair.long];
  const kind = rng.below(12);
  if (kind === 0) world.changePages();
  if (kind <= 1) machine.command(...world.commands());
  if (kind === 2) pair.saveAndRestore(rng.chance(0.5));
  if (kind === 3) for (const smmu of both) smmu.resetStats();
  if (kind === 4) {
    machine.cr0(12);
    for (const row of world.rows(3)) pair.one(row, rng.chance(0.5));
    machine.cr0(13);
  }
  if (kind === 5) for (const { pmcg } of both) new Counters(pmcg[0]).countAll(1, 2, 3, 4);
  if (kind === 6) for (const { pmcg } of both) pmcg[0].write32(0xe04, 0);
  const later = BigInt(rng.pick([1, 7, 1000, 2 ** 28]));
  if (kind === 7 && timed) for (const smmu of both) smmu.advance(smmu.now + later);
  if (kind === 8) {
    pair.fill(world.rows(40));
    pair.run('batch', [40]);
  }
  machine.events();
}

test.each(VARIANTS)('calls with time %s and caches of %s', async (timing, caches) => {
  for (let seed = FIRST; seed < FIRST + CASES; seed++) {
    const rng = new Rng(70_000_000 + seed);
    const pair = await Pair.create({ timing, caches, ram: [{ base: RAM, size: RAM_BYTES }] });
    try {
      const world = new Dense(pair.machine, rng, rng.chance(0.7));
      for (let round = 0; round < ROUNDS; round++) {
        const hot = world.rows(rng.pick([1, 2, 16, 40]));
        const translates = rng.pick([0, 0, 0.1, 1]);
        const flagged = rng.chance(0.3);
        for (let n = rng.pick([5, 50, 200]); n > 0; n--) {
          const row = rng.pick(hot);
          const flags = flagged ? rng.pick([0, FLAG_WRITE, FLAG_PRIVILEGED]) : 0;
          const other: Row = { ...row, flags: row.flags | flags, iova: row.iova ^ BigInt(rng.below(64)) };
          pair.one(other, rng.chance(translates));
          expect(pair.short.now).toBe(pair.long.now);
        }
        between(pair, world, rng, timing !== false);
        if (round % 4 === 0) pair.compareState();
        else pair.compareStatistics();
      }
      pair.compareState();
    } catch (error) {
      throw new Error(`case ${seed}: ${(error as Error).message}`, { cause: error });
    } finally {
      pair.dispose();
    }
  }
});
