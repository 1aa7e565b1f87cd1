/** The largest time: exact up to it, refused beyond it with the row, and the device goes on as if nothing had been offered. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { type Batch, presets, type SmmuOptions } from '../../src/index.js';
import type { Machine } from '../support/machine.js';
import { SID, timedMachine } from './timed-machine.js';

function clocked(tcu: number, tbu: number): SmmuOptions['timing'] {
  return { ...presets['gem5-default'].timing, clocks: { tcu, tbu } };
}

let m: Machine;
afterEach(() => m.smmu.dispose());

function rows(arrivals: readonly bigint[]): Batch {
  const batch = m.smmu.createBatch(arrivals.length);
  arrivals.forEach((arrival, i) => {
    batch.streamId[i] = SID;
    batch.iova[i] = BigInt(i) << 12n;
    batch.size[i] = 64;
    batch.requester[i] = i;
    batch.arrival[i] = arrival;
  });
  return batch;
}

const latencies = ({ accepted, completion }: Batch): bigint[] =>
  [...completion].map((end, i) => end - accepted[i]);

// A cycle of the TCU is as many ticks as their frequencies have in common (docs/timing.md).
describe.each([
  ['1 tick', 1000, 1000, (1n << 63n) - 1n],
  ['3 ticks', 1000, 1500, ((1n << 63n) - 1n) / 3n],
  ['997 ticks', 1000, 997, ((1n << 63n) - 1n) / 997n],
])('a cycle of %s', (_, tcu, tbu, last) => {
  test('an arrival at the last cycle takes as long as the same at cycle 1', async () => {
    m = await timedMachine(clocked(tcu, tbu));
    const early = rows([1n, 2n, 3n]);
    m.smmu.translateBatch(early);
    const expected = latencies(early);
    m.smmu.dispose();
    m = await timedMachine(clocked(tcu, tbu));
    // The same phase of the two clocks.
    const at = last - ((last - 1n) % BigInt(tcu * tbu)) - BigInt(tcu * tbu);
    const late = rows([at, at + 1n, at + 2n]);
    m.smmu.translateBatch(late);
    expect(late.accepted[0]).toBe(at);
    expect(latencies(late)).toEqual(expected);
  });

  test.each([last + 1n, (1n << 63n) + 5n, (1n << 64n) - 1n])(
    'arrival %d is refused with its row',
    async (beyond) => {
      m = await timedMachine(clocked(tcu, tbu));
      const sentence = `row 1: arrival ${beyond} leads beyond cycle ${last}, the last at which a transaction may come`;
      const give: ((batch: Batch) => void)[] = [
        (batch) => m.smmu.translateBatch(batch),
        (batch) => m.smmu.offer(batch),
        (batch) => m.smmu.run(batch, { outstanding: 1 }),
        (batch) => m.smmu.run(batch, { outstanding: 8 }),
        (batch) => m.smmu.offer(batch, { outstanding: 8 }),
      ];
      for (const to of give) {
        const { now } = m.smmu;
        const batch = rows([now + 1n, beyond, 0n]);
        expect(() => to(batch)).toThrow(sentence);
        m.smmu.drain();
        expect(m.smmu.now - now).toBeLessThan(100_000n);
        // The next ones are as fast as ever.
        const after = rows([0n]);
        m.smmu.run(after, { outstanding: 1 });
        expect(latencies(after)[0]).toBeLessThan(1000n);
      }
    },
  );

  test('a gap that leads beyond it from where the loop is', async () => {
    m = await timedMachine(clocked(tcu, tbu));
    m.smmu.advance(last / 2n);
    const half = last / 2n + 10n;
    expect(() => m.smmu.run(rows([0n, half]), { outstanding: 2 })).toThrow(
      `row 1: arrival ${half} leads beyond`,
    );
    const fits = rows([0n, last / 4n]);
    m.smmu.run(fits, { outstanding: 2 });
    expect(fits.accepted[1] - fits.accepted[0]).toBe(last / 4n);
  });

  test('single transactions, advance and a first offer', async () => {
    m = await timedMachine(clocked(tcu, tbu));
    const { smmu } = m;
    const single = { streamId: SID, iova: 0n, arrival: last + 1n };
    expect(() => smmu.translate(single)).toThrow(/^arrival must be between/);
    expect(() => smmu.submit(single)).toThrow(/^arrival must be between/);
    expect(() => smmu.advance(last + 1n)).toThrow(/^to must be between/);
    expect(() => smmu.run(rows([0n]), { outstanding: 1, firstOffer: last + 1n })).toThrow(
      /^source\.firstOffer must be between/,
    );
    const { latency } = smmu.translate({ ...single, arrival: last });
    expect(latency).toBeLessThan(1000);
  });
});
