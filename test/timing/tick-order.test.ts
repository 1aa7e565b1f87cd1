// What gem5's ten contention traces say of the order of events within a tick, and what they leave open (docs/timing.md): the slow
// simulator with one order or the other against gem5's cycles, and against itself over random traces of 16 cold pages.
// TICK_ORDER_TRACES says how many of these.
import { describe, expect, test } from '@jest/globals';
import { presets } from '../../src/index.js';
import { Tables } from '../../bench/experiments/tables.js';
import { contentionTables, distance, requestsOf, traces } from './contention.js';
import { Dice } from './random-cases.js';
import { type Device, Simulator } from './simulator/index.js';
import type { Request } from './simulator/settings.js';
import { cachesOf, gem5Settings, PlainMemory, streamOf } from './world.js';

const TRACES = Number(process.env.TICK_ORDER_TRACES ?? 100);
const START = 0x100_0000_0000;

function simulator(order: Pick<Device, 'tickOrder' | 'answerOrder'>): Simulator {
  const stage1 = new Tables(new PlainMemory(), 1);
  contentionTables(stage1);
  return new Simulator({
    timing: gem5Settings(100),
    caches: cachesOf(presets['gem5-default'].caches),
    streams: new Map([[0, streamOf({ stage1 }, 0)]]),
    ...order,
  });
}

/** Of each trace the most that an acceptance or a response is off gem5's. */
function off(order: Pick<Device, 'tickOrder' | 'answerOrder'>): number[] {
  return traces.map(({ parts }) => {
    const one = simulator(order);
    return Math.max(
      ...parts.map((part, i) => {
        if (i > 0) one.tbus[0].micro?.cache.clear();
        const source = { requests: requestsOf(part), outstanding: 64, firstOffer: part.rows[0].offered };
        return distance(
          part,
          one.run(source).map(({ accepted, response }) => [accepted, response]),
        ).most;
      }),
    );
  });
}

describe('the ten traces of gem5', () => {
  test.each(['each', 'queue'] as const)('agree in every cycle, answers of memory: %s', (answerOrder) => {
    expect(off({ answerOrder })).toEqual(traces.map(() => 0));
  });
  test('do not when the event made first comes first', () => {
    expect(Math.max(...off({ tickOrder: 'fifo' }))).toBe(29);
  });
});

/** Reads and writes of pages that no cache knows, in one of 2 MiB or far apart, a cycle or a few from each other. */
function coldPages(seed: number): Request[] {
  const dice = new Dice(seed);
  const ids = dice.pick(1, 32);
  const writes = dice.pick(0, 0, 50);
  const near = dice.chance(50);
  return Array.from({ length: 16 }, (_, i) => ({
    va: START + (near ? dice.below(64) * 4096 : dice.below(32) * 2 ** 21),
    sid: 0,
    write: dice.chance(writes),
    size: 64,
    gap: dice.pick(0, 0, 0, 1, 2, 5),
    requester: i % ids,
  }));
}

test('traces of 16 cold pages: how much the order of memory’s answers can matter', () => {
  const seen = { other: 0, one: 0, total: 0 };
  for (let seed = 1; seed <= TRACES; seed++) {
    const requests = coldPages(seed);
    const [a, b] = (['each', 'queue'] as const).map((answerOrder) =>
      simulator({ answerOrder }).run({ requests, outstanding: 64, firstOffer: 100 }),
    );
    const most = Math.max(...a.map(({ response }, i) => Math.abs(response - b[i].response)));
    const [endA, endB] = [a, b].map((times) => Math.max(...times.map(({ response }) => response)) - 100);
    if (most > 0) seen.other++;
    seen.one = Math.max(seen.one, most);
    seen.total = Math.max(seen.total, Math.abs(endA - endB) / endA);
  }
  process.stderr.write(
    `${TRACES} traces of 16 cold pages: ${seen.other} depend on the order of memory's answers, by at most ` +
      `${seen.one} cycles a request and ${(100 * seen.total).toFixed(2)} % in total\n`,
  );
  expect(seen.other).toBeGreaterThan(0);
  expect(seen.one).toBeLessThanOrEqual(40);
  expect(seen.total).toBeLessThanOrEqual(0.03);
});
