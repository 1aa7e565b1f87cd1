// Invalidations and CMD_SYNCs under traffic: the core's engine against the slow simulator, in total cycles and in the cycle at which each
// CMD_SYNC is complete.
// TIMING_COMMAND_CASES says how many cases; TIMING_ROWS and TIMING_FIRST as in random.test.ts.
import { afterAll, describe, expect, test } from '@jest/globals';
import { compare } from './compare.js';
import { commandTimes, plan } from './random-cases.js';

const CASES = Number(process.env.TIMING_COMMAND_CASES ?? 10);
const ROWS = Number(process.env.TIMING_ROWS ?? 1500);
const FIRST = Number(process.env.TIMING_FIRST ?? 1);
const TOTAL = 0.001;

const seen = { syncs: 0, equal: 0 };
afterAll(() => {
  process.stderr.write(
    `${CASES} cases with commands: ${seen.equal} of ${seen.syncs} CMD_SYNCs complete in the same cycle\n`,
  );
  expect(seen.equal).toBe(seen.syncs);
});

describe('the engine against the simulator, commands under traffic', () => {
  const seeds = Array.from({ length: CASES }, (_, i) => FIRST + i);
  test.each(seeds)('case %d', async (seed) => {
    const one = plan(seed, ROWS);
    const timing = { ...one.timing, commands: commandTimes(seed) };
    const { engine, simulator, faults, syncs } = await compare({ ...one, timing }, true);
    expect(faults[0]).toBe(faults[1]);
    expect(syncs[0].length).toBe(syncs[1].length);
    seen.syncs += syncs[0].length;
    seen.equal += syncs[0].filter((at, i) => at === syncs[1][i]).length;
    const off = Math.abs(engine.total - simulator.total) / simulator.total;
    expect({ about: one.about, off, within: off <= TOTAL }).toMatchObject({ within: true });
  });
});
