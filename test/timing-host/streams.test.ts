import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { FLAG_WRITE, gem5StatsText, statisticsByName, statisticsText } from '../../src/index.js';
import type { Machine } from '../support/machine.js';
import { s1Leaf } from '../support/encode.js';
import { stage1 } from '../support/streams.js';
import { DATA, gem5, PAGES, SID, timedMachine } from './timed-machine.js';

const OTHER = 6;
const FAR = PAGES << 12n; // not mapped

let m: Machine;
beforeEach(async () => {
  m = await timedMachine(gem5(100));
  const { tables } = stage1(m, OTHER);
  tables.map(0n, DATA, s1Leaf());
});
afterEach(() => m.smmu.dispose());

/** One at a time: a cold read takes 49 + 7L cycles, a hit of the micro TLB 4 + L (gem5's closed forms; L is 100). */
function traffic(): void {
  m.translate(SID, 0n, { size: 64, arrival: 100n });
  m.translate(SID, 0x40n, { size: 128, arrival: 2000n });
  m.translate(SID, 0x80n, { size: 32, arrival: 3000n });
  m.translate(OTHER, 0n, { size: 16, arrival: 4000n });
}

describe('statistics of time by stream', () => {
  test('latency, bytes and throughput of each', () => {
    traffic();
    const { streams, timing } = m.smmu.stats();
    const [own, other] = streams;
    // The device: from the first offer to the answer of the last.
    expect(timing).toMatchObject({ firstOffer: 100n, transactions: 4, bytes: 64 + 128 + 32 + 16 });
    const cycles = timing!.cycles;
    expect(own.timing).toEqual({
      transactions: 3,
      // 104 falls into the bucket 104..107, 749 is the longest.
      latency: { mean: (749 + 104 + 104) / 3, p50: 107, p90: 749, p99: 749, p999: 749, max: 749 },
      histogram: [
        { from: 104, to: 107, count: 2 },
        { from: 736, to: 767, count: 1 },
      ],
      bytes: 64 + 128 + 32,
      throughput: { bytesPerCycle: 224 / cycles, transactionsPerCycle: 3 / cycles },
    });
    expect(other.timing).toMatchObject({
      transactions: 1,
      latency: { mean: Number(m.smmu.now) - 4000, max: Number(m.smmu.now) - 4000 },
      bytes: 16,
    });
    expect(cycles).toBe(Number(m.smmu.now) - 100);
  });

  test('a fault is answered, and moves no bytes', () => {
    m.translate(SID, FAR);
    const [{ timing }] = m.smmu.stats().streams;
    expect(timing).toMatchObject({ transactions: 1, bytes: 0, throughput: { bytesPerCycle: 0 } });
    expect(timing!.latency.max).toBe(Number(m.smmu.now) - 1);
  });

  test('streams add up to the device, and percentiles are those of the columns within 1/16', () => {
    const batch = m.smmu.createBatch(600);
    for (let i = 0; i < 600; i++) {
      batch.streamId[i] = i % 3 === 0 ? OTHER : SID;
      batch.iova[i] = i % 3 === 0 ? 0n : BigInt((i * 37) % 290) << 12n;
      batch.flags[i] = i % 4 === 0 ? FLAG_WRITE : 0;
      batch.requester[i] = i % 16;
    }
    m.smmu.run(batch, { outstanding: 32 });
    const { streams, timing } = m.smmu.stats();
    const sum = (pick: (stream: (typeof streams)[number]) => number): number =>
      streams.reduce((all, stream) => all + pick(stream), 0);
    expect(sum((s) => s.timing!.transactions)).toBe(600);
    expect(sum((s) => s.timing!.bytes)).toBe(timing!.bytes);
    expect(sum((s) => s.timing!.throughput.bytesPerCycle)).toBeCloseTo(timing!.throughput.bytesPerCycle, 9);
    for (const { streamId, timing: own } of streams) {
      const latencies = [...batch.completion]
        .flatMap((at, i) => (batch.streamId[i] === streamId ? [Number(at - batch.accepted[i])] : []))
        .sort((a, b) => a - b);
      expect(own!.latency.max).toBe(latencies.at(-1));
      for (const [p, share] of [
        ['p50', 0.5],
        ['p90', 0.9],
        ['p99', 0.99],
      ] as const) {
        const exact = latencies[Math.ceil(share * latencies.length) - 1];
        expect(own!.latency[p]).toBeGreaterThanOrEqual(exact);
        expect(own!.latency[p]).toBeLessThan(exact * (1 + 1 / 16));
      }
    }
  });

  test('resetStats starts them anew; a restored device has them', () => {
    traffic();
    const before = m.smmu.stats().streams;
    const snapshot = m.smmu.save();
    m.smmu.resetStats();
    expect(m.smmu.stats().streams[0].timing).toMatchObject({
      transactions: 0,
      bytes: 0,
      latency: { max: 0, p99: 0 },
    });
    m.smmu.restore(snapshot);
    expect(m.smmu.stats().streams).toEqual(before);
  });

  test('streams beyond statStreams share one', async () => {
    const few = await timedMachine(gem5(100), { statStreams: 1 });
    few.translate(SID, 0n);
    few.translate(OTHER, 0n);
    few.translate(OTHER, 0n);
    expect(few.smmu.stats().streams.map(({ streamId, timing }) => [streamId, timing?.transactions])).toEqual([
      [SID, 1],
      [undefined, 2],
    ]);
    few.smmu.dispose();
  });

  test('in every form under the same names', () => {
    traffic();
    const stats = m.smmu.stats();
    const own = stats.streams[0].timing!;
    expect(statisticsByName(stats)).toMatchObject({
      'streams.0x5.latency.p50': 107,
      'streams.0x5.latency.mean': own.latency.mean,
      'streams.0x5.bytes': 224,
      'streams.0x5.throughput.bytes': own.throughput.bytesPerCycle,
    });
    expect(gem5StatsText(stats)).toMatch(
      /^system\.smmu\.streams\.0x5\.latency\.p99 +749 +# From acceptance to response, 99 % are not above \(Cycle\)$/m,
    );
    expect(statisticsText(stats)).toMatch(
      /^streams\.0x6\.bytes +16 +bytes +Of transactions that reached memory$/m,
    );
    // For people, the busiest.
    expect(statisticsText(stats, 1)).not.toContain('streams.0x6');
    expect(statisticsText(stats, 1)).toContain('streams.0x5');
  });
});
