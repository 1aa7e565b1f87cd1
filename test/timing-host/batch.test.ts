import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Batch, TimingConfig, Translation } from '../../src/index.js';
import { resolveOptions } from '../../src/device/options.js';
import { computeMap } from '../../src/core/map.js';
import type { Machine } from '../support/machine.js';
import { gem5, SID, timedMachine } from './timed-machine.js';

let m: Machine;
beforeEach(async () => {
  m = await timedMachine(gem5(100));
});
afterEach(() => m.smmu.dispose());

function pages(rows: number, page: (i: number) => number): Batch {
  const batch = m.smmu.createBatch(rows);
  batch.streamId.fill(SID);
  for (let i = 0; i < rows; i++) batch.iova[i] = BigInt(page(i)) << 12n;
  return batch;
}

const latencies = (batch: Batch): number[] =>
  [...batch.completion].map((at, i) => Number(at - batch.accepted[i]));

describe('batches in time', () => {
  test('rows arrive one cycle apart unless the column says otherwise', () => {
    const batch = pages(4, (i) => i);
    batch.arrival[2] = 1000n;
    m.smmu.translateBatch(batch);
    expect([...batch.accepted]).toEqual([1n, 2n, 1000n, 1001n]);
    expect(latencies(batch).slice(0, 2)).toEqual([749, 749]);
    expect(m.smmu.now).toBe([...batch.completion].reduce((a, b) => (a > b ? a : b)));
  });

  test('start and count; a malformed row is named, those before it are done', () => {
    const batch = pages(6, (i) => i);
    batch.size[4] = 128;
    batch.iova[4] = 0xfc0n;
    expect(() => m.smmu.translateBatch(batch, 5, 1)).toThrow(/^row 4: size 128 at iova 0xfc0 crosses/);
    expect([...batch.completion].map((at) => at > 0n)).toEqual([false, true, true, true, false, false]);
    expect(m.smmu.translateBatch(batch, 1, 5)).toMatchObject({ count: 1, ok: 1 });
  });
});

describe('run: a closed loop', () => {
  test('one outstanding: each waits for the one before', () => {
    const batch = pages(3, () => 0);
    const run = m.smmu.run(batch, { outstanding: 1, firstOffer: 100n });
    expect([...batch.accepted]).toEqual([100n, 850n, 955n]);
    expect(latencies(batch)).toEqual([749, 104, 104]);
    expect(run).toMatchObject({
      count: 3,
      transactions: 3,
      faults: 0,
      start: 100n,
      end: 1059n,
      cycles: 959,
      latency: { p50: 104, p90: 749, p99: 749, p999: 749, max: 749 },
    });
    expect(run.latency.mean).toBeCloseTo((749 + 104 + 104) / 3, 9);
    expect(run.effectiveTiming).toMatchObject({
      clocks: { tcu: 1000, tbu: 1000 },
      memory: { latency: 100, dataLatency: 100 },
      caches: { microTlb: { entries: 32 } },
    });
  });

  test('gaps, requesters and a second run that tells its own times', () => {
    const batch = pages(4, () => 0);
    m.smmu.run(batch, { outstanding: 4, requesters: 4, minGap: 10, firstOffer: 100n }, 4);
    expect([...batch.accepted]).toEqual([100n, 110n, 120n, 130n]);
    const again = m.smmu.run(batch, { outstanding: 4, minGap: 2, firstOffer: 5000n }, 2);
    expect(again).toMatchObject({ start: 5000n, transactions: 2, cycles: 106 });
    expect(m.smmu.stats().timing).toMatchObject({ firstOffer: 100n, lastResponse: 5106n, transactions: 6 });
    expect(m.smmu.run(batch, { outstanding: 1 }, 0)).toMatchObject({ transactions: 0, cycles: 0 });
  });

  test('as many answers may be in flight as memory is slow', async () => {
    const slow = gem5(0) as TimingConfig;
    const dataLatency = 20_000;
    const rows = 15_000;
    const timing = { ...slow, memory: { ...slow.memory, latency: 0, dataLatency } };
    const far = await timedMachine(timing);
    const batch = far.smmu.createBatch(rows);
    batch.streamId.fill(SID);
    const run = far.smmu.run(batch, { outstanding: 1_000_000 });
    // No answer comes before the last row has been accepted: all of them are in flight at once.
    expect(batch.accepted[rows - 1]).toBeLessThan(batch.completion[0]);
    expect(run.ok).toBe(rows);
    // There is room for the event of each, whatever the configuration.
    const { timing: places } = computeMap(
      resolveOptions({ timing: { ...timing, memory: { ...timing.memory, dataLatency: 100_000 } } }).shape,
    );
    expect(places!.nodeCap).toBeGreaterThan(100_000);
    far.smmu.dispose();
  });

  test('what is submitted after a run arrives when it says', () => {
    const batch = pages(2, () => 0);
    m.smmu.run(batch, { outstanding: 1, minGap: 50_000 });
    const at = m.smmu.now + 1000n;
    m.smmu.submit({ streamId: SID, iova: 0n, arrival: at });
    expect(m.smmu.nextEvent()).toBe(at);
    m.smmu.advance(at + 1000n);
    const done: Translation[] = [];
    m.smmu.poll(done);
    expect(done).toMatchObject([{ accepted: at, latency: 104 }]);
  });

  test('faults are counted, and percentiles are exact', () => {
    const batch = pages(1000, (i) => (i % 100 === 7 ? 400 : i % 8));
    const run = m.smmu.run(batch, { outstanding: 16, requesters: 16 });
    expect(run).toMatchObject({ transactions: 1000, faults: 10, ok: 990, abort: 10 });
    const sorted = latencies(batch).sort((a, b) => a - b);
    expect(run.latency).toEqual({
      mean: sorted.reduce((a, b) => a + b) / 1000,
      p50: sorted[499],
      p90: sorted[899],
      p99: sorted[989],
      p999: sorted[998],
      max: sorted[999],
    });
  });
});

describe('stats().timing', () => {
  test('agrees with what the columns say', () => {
    const batch = pages(500, (i) => (i * 37) % 290);
    const run = m.smmu.run(batch, { outstanding: 32, requesters: 32 });
    const { timing } = m.smmu.stats();
    expect(timing).toMatchObject({ transactions: 500, cycles: run.cycles, bytes: 500 * 64 });
    expect(timing!.latency.mean).toBeCloseTo(run.latency.mean, 9);
    expect(timing!.latency.max).toBe(run.latency.max);
    for (const p of ['p50', 'p90', 'p99', 'p999'] as const) {
      expect(timing!.latency[p]).toBeGreaterThanOrEqual(run.latency[p]);
      expect(timing!.latency[p]).toBeLessThanOrEqual(run.latency[p] * (1 + 1 / 64));
    }
    expect(timing!.occupancy.tbuSlots.max).toBe(16);
    expect(timing!.occupancy.tbuSlots.mean).toBeLessThanOrEqual(16);
    expect(timing!.occupancy.walkSlots.max).toBeLessThanOrEqual(16);
    expect(timing!.refused).toBeGreaterThan(0);
    expect(timing!.throughput.transactionsPerCycle).toBeCloseTo(500 / run.cycles, 9);
    m.smmu.resetStats();
    expect(m.smmu.stats().timing).toMatchObject({
      transactions: 0,
      cycles: 0,
      latency: { mean: 0, max: 0 },
      refused: 0,
    });
  });
});
