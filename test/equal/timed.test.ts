/**
 * Stretches of hits in time (timing/stretch.ts) change nothing: batches at arrival times, offered in pieces and in closed loops,
 * through the core as it is shipped and through the wheel alone, of pipelines at random; with misses, faults, invalidations,
 * changes of tables and restored states between. EQUAL_PIPELINES says how many cases; a failure names the one, which EQUAL_FIRST
 * repeats.
 */
import { describe, test } from '@jest/globals';
import { FLAG_WRITE } from '../../src/index.js';
import { Rng } from '../oracle/random.js';
import { identification, RAM, RAM_BYTES } from '../support/machine.js';
import { Dense } from './dense.js';
import { type Manner, MOST_ROWS, Pair, type Row } from './pair.js';
import { randomPipeline } from './pipelines.js';

const CASES = Number(process.env['EQUAL_PIPELINES'] ?? 40);
const FIRST = Number(process.env['EQUAL_FIRST'] ?? 1);
const BASE = 60_000_000;
const TIMEOUT = 12 * 60 * 60_000;
const MANNERS: readonly Manner[] = ['batch', 'offer', 'loop', 'loop', 'offered loop'];

/** Rows with arrival times, or gaps of a closed loop, of few or many requesters. */
function timed(rows: Row[], now: bigint, loop: boolean, rng: Rng): Row[] {
  const requesters = rng.pick([1, 2, 5, 100]);
  const pattern = rng.pick([0, 0, 0, 0, 1, 2, 3, 4, 5, 6]);
  const writes = rng.pick([0, 0, 0, 0, 0.01, 0.5]);
  const size = rng.pick([0, 1, 64, 200]);
  let at = Number(now);
  return rows.map((row): Row => {
    let arrival = 0;
    if (pattern === 1) arrival = at += rng.below(4);
    if (pattern === 2) arrival = rng.chance(0.1) ? (at += rng.below(300)) : 0;
    if (pattern === 3) arrival = at += rng.pick([0, 0, 0, 0, 30]);
    if (pattern === 4) arrival = at += rng.between(20, 90);
    if (pattern === 5) arrival = at += rng.chance(0.01) ? 20_000 : 1;
    if (pattern === 6) arrival = Math.max(0, at - rng.below(1000));
    if (loop && arrival !== 0) arrival = rng.pick([0, 1, 2, 5, 40]);
    const write = writes > 0 && rng.chance(writes) ? FLAG_WRITE : 0;
    return {
      ...row,
      flags: row.flags | write,
      size: size === 0 ? (row.size ?? 1) : size,
      iova: size === 0 ? row.iova : row.iova & ~0xffn,
      requester: rng.below(requesters),
      arrival,
    };
  });
}

async function runCase(seed: number): Promise<number> {
  const rng = new Rng(seed);
  const id = await identification({ RIL: 1, STALL_MODEL: 1, STALL_MAX: 0, HTTU: 2 });
  const pair = await Pair.create({ ...randomPipeline(rng), id, ram: [{ base: RAM, size: RAM_BYTES }] });
  const { machine } = pair;
  let done = 0;
  try {
    const world = new Dense(machine, rng, rng.chance(0.8));
    for (let step = rng.pick([3, 6, 12]); step > 0; step--) {
      const count = rng.pick([1, 7, 64, 300, 1000, 1000, MOST_ROWS]);
      const pieces = rng.pick([[count], [count], [1], [5, 64], [31, 32, 33], [256]]);
      const chunk = world.rows(count);
      const manner = rng.pick(MANNERS);
      const outstanding = rng.pick([1, 2, 3, 16, 64, 200]);
      const loop = { minGap: rng.pick([0, 0, 0, 3]), requesters: rng.pick([0, 0, 1, 4]) };
      const rows = timed(chunk, pair.short.now, manner.endsWith('loop'), rng);
      // The first time it misses; what comes then finds the TLBs filled, all of it or all but a few rows.
      for (let again = rng.pick([2, 3, 5]); again > 0; again--) {
        pair.fill(rows);
        pair.run(manner, pieces, outstanding, loop, () => {
          if (rng.chance(0.3)) machine.command(...world.commands());
        });
        done += count;
      }
      const kind = rng.below(12);
      if (kind < 3) machine.command(...world.commands());
      if (kind === 3) world.changePages();
      if (kind === 4) pair.compareStatistics();
      if (kind === 5) pair.saveAndRestore(rng.chance(0.5));
      if (kind === 6) for (const smmu of [pair.short, pair.long]) smmu.resetStats();
      const cycles = BigInt(rng.below(9000));
      if (kind === 7) for (const smmu of [pair.short, pair.long]) smmu.advance(smmu.now + cycles);
      machine.events();
    }
    pair.compareState(rng.chance(0.1));
  } catch (error) {
    throw new Error(`case ${seed - BASE}: ${(error as Error).message}`, { cause: error });
  } finally {
    pair.dispose();
  }
  return done;
}

describe('stretches of hits in time give what the wheel gives', () => {
  test(
    'of pipelines at random',
    async () => {
      let rows = 0;
      for (let n = 0; n < CASES; n++) rows += await runCase(BASE + FIRST + n);
      process.stderr.write(`${CASES} pipelines: ${rows} rows, 0 differences\n`);
    },
    TIMEOUT,
  );
});
