// Waiting, to the cycle: who waits for what, from when on it counts, and when a source goes on (docs/timing.md). Cycles are those
// of gem5-default, as in policies.test.ts.
import { afterEach, describe, expect, test } from '@jest/globals';
import { presets, type SmmuOptions, type TimingConfig, type Translation } from '../../src/index.js';
import { cmd, s1Leaf } from '../support/encode.js';
import { type Machine, SPACIOUS } from '../support/machine.js';
import { stage1 } from '../support/streams.js';
import { DATA, SID, gem5, timedMachine } from './timed-machine.js';

const L = 100;
const base = gem5(L) as (typeof presets)['gem5-default']['timing'];
let m: Machine;
afterEach(() => m.smmu.dispose());

describe('tcu.walkSlots: a bypassed stream waits for one too', () => {
  const BYPASS = 9;
  const start = async (walkSlots: number): Promise<bigint> => {
    m = await timedMachine({ ...base, tcu: { ...base.tcu, walkSlots } });
    m.ste(BYPASS, { Config: 4 });
    m.translate(SID, 0n);
    m.command(cmd.prefetchConfig(BYPASS));
    m.smmu.advance(m.smmu.now + 5000n);
    m.smmu.resetStats();
    return m.smmu.now + 1000n;
  };
  const both = (from: bigint): number[] => {
    m.smmu.submit({ streamId: SID, iova: 0x5000n, requester: 1, arrival: from });
    m.smmu.submit({ streamId: BYPASS, iova: 0x7000n, requester: 2, arrival: from + 1n });
    m.smmu.advance(from + 5000n);
    const done: Translation[] = [];
    expect(m.smmu.poll(done)).toBe(2);
    return [0x5000n + DATA, 0x7000n].map((pa) => Number(done.find((t) => t.pa === pa)!.completion - from));
  };
  // The walk ends after TLBs 5, link 8, configuration 3, walk cache 4, start 1, read 1 + L, evaluation 1. The bypassed one has
  // its configuration after 1 + 16. Both go up the link then, the walk first; and leave for memory one behind the other.
  const WALK_ENDS = 5 + 8 + 3 + 4 + 1 + (1 + L) + 1;
  test('one slot: it goes on when the walk has ended', async () => {
    const from = await start(1);
    expect(both(from)).toEqual([33 + 2 * L, WALK_ENDS + 1 + 8 + 1 + L + 1]);
    expect(m.smmu.stats().timing!.stalls.walkSlot).toBe(WALK_ENDS - 17);
  });
  test('two slots: it does not wait', async () => {
    const from = await start(2);
    expect(both(from)).toEqual([33 + 2 * L, 1 + 16 + 8 + 1 + L + 1]);
    expect(m.smmu.stats().timing!.stalls.walkSlot).toBe(0);
  });
});

describe('stalls count from the first refusal', () => {
  // Memory that answers at once and evaluation that takes no time: whoever walks has the port again before those that its token
  // woke try, so the second one is refused once for each read of the first.
  test('a port to memory that another takes again and again', async () => {
    const timing: TimingConfig = {
      ...base,
      tcu: { ...base.tcu, evaluate: 0 },
      memory: { ...base.memory, latency: 0, dataLatency: L },
    };
    m = await timedMachine(timing, { caches: { configCache: presets['gem5-default'].caches.configCache } });
    const { tables } = stage1(m, 6, { cdFields: { ASID: 6 } });
    tables.map(0x3000n, DATA, s1Leaf());
    m.translate(SID, 0n);
    m.translate(6, 0x3000n);
    m.smmu.resetStats();
    const from = m.smmu.now + 1000n;
    m.smmu.submit({ streamId: SID, iova: 0n, requester: 1, arrival: from });
    m.smmu.submit({ streamId: 6, iova: 0x3000n, requester: 2, arrival: from + 1n });
    m.smmu.advance(from + 5000n);
    const done: Translation[] = [];
    m.smmu.poll(done);
    // Port 1, link 8, configuration 3, start 1: the first one reads four descriptors from cycle 13 to 17. The second one is a
    // cycle behind and is refused at 14. It reads from 17 to 21.
    expect(done.map((t) => Number(t.translated - from))).toEqual([17 + 8 + 1, 21 + 8 + 1]);
    expect(m.smmu.stats().timing!.stalls.memory).toBe(17 - 14);
  });
  test('a memory port: every read of a second walk waits for what is left of the issue before it', async () => {
    m = await timedMachine({ ...base, memory: { ...base.memory, bytesPerBeat: 16 } });
    m.translate(SID, 0n);
    m.smmu.resetStats();
    const from = m.smmu.now + 1000n;
    // A write of 64 bytes takes the port for four beats; a read right behind it waits for three of them.
    m.smmu.submit({ streamId: SID, iova: 0n, requester: 1, arrival: from, access: 'write', size: 64 });
    m.smmu.submit({ streamId: SID, iova: 0x40n, requester: 2, arrival: from, size: 64 });
    m.smmu.advance(from + 5000n);
    const done: Translation[] = [];
    m.smmu.poll(done);
    // The TBU's port takes the write's four beats and then the read's one: the read is a cycle behind.
    expect(done.map((t) => Number(t.completion - from)).sort()).toEqual([10 + L, 10 + L + 1]);
    expect(m.smmu.stats().timing!.stalls.memory).toBe(3);
  });
});

describe('a closed loop with unequal clocks', () => {
  // TCU and TBU in MHz; a tick is their common divisor.
  const clocks: [number, number, number, number][] = [
    [600, 400, 2, 3],
    [300, 500, 5, 3],
    [500, 300, 3, 5],
    [700, 400, 4, 7],
    [200, 700, 7, 2],
    [1000, 1000, 1, 1],
  ];
  const cases = clocks.flatMap((pair) => [1, 2, 3, 4, 7].map((latency) => [...pair, latency] as const));
  test.each(cases)(
    'TCU %i MHz, TBU %i MHz (%i and %i ticks), L = %i: the next row comes at the edge after the answer, and a cycle',
    async (tcu, tbu, tcuTicks, tbuTicks, dataLatency) => {
      const timing = { ...base, clocks: { tcu, tbu }, memory: { ...base.memory, latency: 5, dataLatency } };
      m = await timedMachine(timing);
      m.translate(SID, 0n);
      const rows = 9;
      const batch = m.smmu.createBatch(rows);
      batch.streamId.fill(SID);
      const firstOffer = m.smmu.now + 50n;
      m.smmu.run(batch, { outstanding: 1, firstOffer });
      // n cycles last to the nth edge after the edge at or after now.
      const edge = (tick: number, n: number, period: number): number =>
        (Math.ceil(tick / period) + n) * period;
      const cycles = (tick: number): bigint => BigInt(Math.ceil(tick / tcuTicks));
      const expected: [bigint, bigint][] = [];
      let offered = Number(firstOffer) * tcuTicks;
      for (let row = 0; row < rows; row++) {
        // Port and micro TLB on the TBU's clock, leaving and memory on the TCU's, the response on the TBU's.
        let tick = edge(edge(offered, 1, tbuTicks), 1, tbuTicks);
        tick = edge(edge(tick, 1, tcuTicks), dataLatency, tcuTicks);
        tick = edge(tick, 1, tbuTicks);
        expected.push([cycles(offered), cycles(tick)]);
        offered = edge(tick, 1, tcuTicks);
      }
      const got = [...batch.accepted].map((at, i): [bigint, bigint] => [at, batch.completion[i]]);
      expect(got).toEqual(expected);
    },
  );
});

describe('prefetch backward behind what is larger than a page', () => {
  const withBackward: SmmuOptions['timing'] = { ...base, prefetch: { mode: 'backward', target: 'tcu' } };
  const BLOCK = 0x4020_0000n;
  // [what, level of the leaf, contiguous, bytes of the span]
  const spans: [string, number, number, bigint][] = [
    ['a block of 2 MB', 2, 0, 1n << 21n],
    ['a contiguous span of 64 KB', 3, 1, 1n << 16n],
    ['a page', 3, 0, 1n << 12n],
  ];
  test.each(spans)(
    '%s: the page right before it is fetched, nothing else',
    async (_what, level, contiguous, bytes) => {
      m = await timedMachine(withBackward, { caches: SPACIOUS });
      const { tables } = stage1(m, 9, { cdFields: { ASID: 9 } });
      const step = tables.leafBytes(level);
      for (let at = BLOCK; at < BLOCK + bytes; at += step) tables.map(at, at, s1Leaf({ contiguous }), level);
      const before = [BLOCK - 0x1000n, BLOCK - 0x2000n, BLOCK - 0x10_0000n, BLOCK - 0x1f_f000n];
      for (const at of before) tables.map(at, DATA, s1Leaf());
      m.translate(9, BLOCK + bytes - 0x1000n);
      m.smmu.advance(m.smmu.now + 10_000n);
      expect(m.smmu.stats().timing!.prefetch.issued).toBe(1);
      // Speculative reads ask without making prefetches of their own.
      const walked = before.map((iova) => m.translate(9, iova, { speculative: true }).reads.stage1 > 0);
      expect(walked).toEqual([false, true, true, true]);
    },
  );
});
