// Clocks that differ: what a TBU does begins at its edges, what the TCU does at the TCU's (docs/timing.md). Times are TCU cycles. The
// stages of a hit of gem5-default: port 1 and micro TLB in TBU cycles; leaving for memory 1 and L in TCU cycles; response 1 in TBU's.
import { afterEach, expect, test } from '@jest/globals';
import { presets, type SmmuOptions } from '../../src/index.js';
import type { Machine } from '../support/machine.js';
import { gem5, SID, timedMachine } from './timed-machine.js';

let m: Machine;
afterEach(() => m.smmu.dispose());

const clocked = (tcu: number, tbu: number, L: number): SmmuOptions['timing'] => {
  const base = gem5(L) as (typeof presets)['gem5-default']['timing'];
  return { ...base, clocks: { tcu, tbu } };
};
const micro = (latency: number): SmmuOptions['caches'] => {
  const { caches } = presets['gem5-default'];
  return { ...caches, microTlb: { ...(caches.microTlb as object), latency } } as SmmuOptions['caches'];
};
/** Latency of a hit that arrives at an even cycle. */
async function hit(timing: SmmuOptions['timing']): Promise<number | undefined> {
  m = await timedMachine(timing);
  m.translate(SID, 0n);
  const arrival = (m.smmu.now / 2n + 1000n) * 2n;
  const { latency, hit: place, accepted } = m.translate(SID, 0n, { arrival });
  expect([place, accepted]).toEqual(['micro-tlb', arrival]);
  return latency;
}

// A TBU cycle is two TCU cycles. Port 2, micro TLB 2, leaving 1, L; then the TBU's next edge, and 2.
test.each([
  [100, 5 + 100 + 1 + 2],
  [101, 5 + 101 + 0 + 2],
  [102, 5 + 102 + 1 + 2],
])(
  'a slower TBU sees an answer after the clock edge that follows it: L = %i, latency %i',
  async (L, latency) => {
    expect(await hit(clocked(1000, 500, L))).toBe(latency);
  },
);

// A TBU cycle is half a TCU cycle. Port and micro TLB 1/2 each, leaving 1, L, response 1/2: a half counts as a whole cycle.
test('a faster TBU: half cycles are rounded up', async () => {
  expect(await hit(clocked(500, 1000, 100))).toBe(1 + 1 + 100 + 1);
});

test('a closed loop sees room a whole TCU cycle after the edge that follows the answer', async () => {
  m = await timedMachine(clocked(500, 1000, 100), { caches: micro(2) });
  m.translate(SID, 0n);
  const batch = m.smmu.createBatch(3);
  batch.streamId.fill(SID);
  m.smmu.run(batch, { outstanding: 1, firstOffer: 10_000n });
  const [accepted, completion] = [[...batch.accepted], [...batch.completion]];
  // Port 1/2, micro TLB 1, to the TCU's edge 1/2; leaving 1, L, response 1/2, which ends in the middle of a cycle.
  const latency = 2n + 1n + 100n + 1n;
  expect(completion.map((end, i) => end - accepted[i])).toEqual([latency, latency, latency]);
  expect(accepted.map((at) => at - accepted[0])).toEqual([0n, latency + 1n, 2n * (latency + 1n)]);
});
