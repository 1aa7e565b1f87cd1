// Slots of the TCU: configuration fetches at once (MMU-700: TCUCFG_CTW_SLOTS), walks at once and the buffer in front of them.
import { describe, expect, test } from '@jest/globals';
import type { presets, SmmuOptions } from '../../src/index.js';
import { s1Leaf } from '../support/encode.js';
import type { Machine } from '../support/machine.js';
import { stage1 } from '../support/streams.js';
import { DATA, gem5, SID, timedMachine } from './timed-machine.js';

const L = 100;
const withTcu = (tcu: object): SmmuOptions['timing'] => {
  const base = gem5(L) as (typeof presets)['gem5-default']['timing'];
  return { ...base, tcu: { ...base.tcu, ...tcu } };
};
/** Reads, one a cycle, each of a requester of its own, until all are answered. */
function together(m: Machine, reads: [sid: number, iova: bigint][]): void {
  m.smmu.advance(10_000n);
  m.smmu.resetStats();
  reads.forEach(([streamId, iova], requester) => m.smmu.submit({ streamId, iova, requester }));
  m.smmu.advance(30_000n);
  expect(m.smmu.poll([])).toBe(reads.length);
}

describe('tcu.configSlots', () => {
  const fetches = async (configSlots: number): Promise<{ m: Machine; ste: number[]; cd: number[] }> => {
    const [ste, cd]: number[][] = [[], []];
    const m = await timedMachine(withTcu({ configSlots }), {
      walkLatency: ({ what, cycle }) => {
        if (what === 'ste') ste.push(cycle);
        if (what === 'cd') cd.push(cycle);
        return L;
      },
    });
    for (const sid of [6, 7]) stage1(m, sid).tables.map(0n, DATA, s1Leaf());
    together(m, [
      [SID, 0n],
      [6, 0x1_0000n],
      [7, 0x2_0000n],
    ]);
    return { m, ste, cd };
  };

  test('no limit: STE reads a cycle apart', async () => {
    const { ste } = await fetches(0);
    expect(ste.map((t) => t - ste[0])).toEqual([0, 1, 2]);
  });

  test('one: the next STE is read in the cycle behind the answer of the CD before it', async () => {
    const { m, ste, cd } = await fetches(1);
    expect(cd.map((t, i) => t - ste[i])).toEqual([L + 1, L + 1, L + 1]);
    expect([ste[1] - cd[0], ste[2] - cd[1]]).toEqual([L + 1, L + 1]);
    // The second came a cycle behind the first, the third two: what they waited besides.
    const whole = 2 * (L + 1);
    expect(m.smmu.stats().timing!.stalls.configSlot).toBe(whole - 1 + (2 * whole - 2));
  });

  test('two: the third waits for the first', async () => {
    const { ste, cd } = await fetches(2);
    expect([ste[1] - ste[0], ste[2] - cd[0]]).toEqual([1, L + 1]);
  });
});

describe('walk slots and the queue in front of them', () => {
  test('how many wait, and for how long: the queue over time is what they waited', async () => {
    const m = await timedMachine(withTcu({ walkSlots: 2 }));
    m.translate(SID, 0n);
    together(
      m,
      [1n, 2n, 3n, 4n, 5n, 6n].map((page) => [SID, page << 12n]),
    );
    const { occupancy, stalls, cycles } = m.smmu.stats().timing!;
    expect(occupancy.walkSlots.max).toBe(2);
    expect(occupancy.walkQueue.max).toBe(4);
    expect(occupancy.tcuSlots.max).toBe(6);
    expect(occupancy.walkQueue.mean * cycles).toBeCloseTo(stalls.walkSlot, 6);
    // A walk of one descriptor: look-up 4, start 1, read 1 + L, evaluation 1. Pairs one after another; of each pair the second came
    // a cycle later, so each waits for a whole number of walks less what it came later than the first of its place.
    const walk = 4 + 1 + 1 + L + 1;
    expect(stalls.walkSlot).toBe(2 * (walk - 2) + 2 * (2 * walk - 4));
    // Six requests each hold a TCU slot from the link down to the end of the link up: 8 + 3 + walk + 8, and what they waited.
    expect(occupancy.tcuSlots.mean * cycles).toBeCloseTo(6 * (8 + 3 + walk + 8) + stalls.walkSlot, 6);
  });
});
