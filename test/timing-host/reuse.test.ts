// After a CMD_SYNC memory may be used for something else: nothing leaves with an address that an invalidation before it has ended, no walk
// goes on through a table that was given away, no event of the old configuration is recorded (IHI 0070 §3.21.1, §3.21.3, §4.7.3).
// REUSE_SEQUENCES says how many random sequences, REUSE_FIRST the first seed.
import { afterAll, describe, expect, test } from '@jest/globals';
import { Dice } from '../timing/random-cases.js';
import { ReuseWorld } from './reuse-world.js';

const SEQUENCES = Number(process.env.REUSE_SEQUENCES ?? 15);
const FIRST = Number(process.env.REUSE_FIRST ?? 1);
const CHANGES = 14;

const seen = { answered: 0, ok: 0, waits: 0 };
afterAll(() => {
  // What could not fail would prove nothing.
  expect(seen.ok).toBeGreaterThan(SEQUENCES * CHANGES);
  expect(seen.waits).toBeGreaterThan(SEQUENCES);
});

describe('pages, tables and configurations are taken back under traffic', () => {
  const seeds = Array.from({ length: SEQUENCES }, (_, i) => FIRST + i);
  test.each(seeds)('sequence %d', async (seed) => {
    const dice = new Dice(seed);
    const world = await ReuseWorld.create(dice);
    for (let i = 0; i < CHANGES; i++) {
      world.traffic(dice.below(24));
      world.pass(dice.pick(1, 3, 20, 100, 500));
      const change = dice.below(10);
      if (change < 4) world.unmapPage();
      else if (change < 6) world.unlinkTable();
      else if (change < 8) world.unmapGuestPage();
      else world.restartStream();
    }
    world.finish();
    seen.answered += world.answered;
    seen.ok += world.ok;
    seen.waits += world.waits;
    expect({ about: world.about, faults: world.faults }).toEqual({ about: world.about, faults: [] });
  });
});
