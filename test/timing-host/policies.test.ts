// Each value of each policy of the pipeline (docs/timing.md), tight: what is ready at cycle n, and what still waits at n - 1. The
// cycles are sums of the stages of gem5-default: port 1, micro TLB 1, main TLB 3, link 8 each way, configuration cache 3, a walk
// cache 4, walk start 1, evaluation 1, a read of a table 1 + L, leaving for memory 1, then L, response 1.
import { afterEach, describe, expect, test } from '@jest/globals';
import {
  type HazardConfig,
  presets,
  type SmmuOptions,
  type TimingConfig,
  type Transaction,
  type Translation,
} from '../../src/index.js';
import { cmd, s1Leaf } from '../support/encode.js';
import type { Machine } from '../support/machine.js';
import { stage1 } from '../support/streams.js';
import { DATA, SID, gem5, timedMachine } from './timed-machine.js';

const L = 100;
const base = gem5(L) as (typeof presets)['gem5-default']['timing'];
let m: Machine;
afterEach(() => m.smmu.dispose());

/** Submits, and gives the answers in the order of the tickets. */
function all(...transactions: Transaction[]): Translation[] {
  const tickets = transactions.map((t) => m.smmu.submit(t));
  m.smmu.advance(m.smmu.now + 100_000n);
  const done: Translation[] = [];
  expect(m.smmu.poll(done)).toBe(transactions.length);
  return tickets.map((ticket) => done.find((t) => t.ticket === ticket)!);
}
/** Cycles after `from`. */
const after = (from: bigint, ts: readonly Translation[]): number[] =>
  ts.map((t) => Number(t.completion - from));

test('tbu.writeBufferBeats: a write larger than the buffer fits an empty one', async () => {
  m = await timedMachine({ ...base, tbu: { ...base.tbu, portBytes: 16, writeBufferBeats: 4 } });
  const [a, b] = all(
    { streamId: SID, iova: 0x1000n, access: 'write', size: 128, requester: 1 },
    { streamId: SID, iova: 0x1080n, access: 'write', size: 16, requester: 2 },
  );
  expect([a.status, b.status]).toEqual(['ok', 'ok']);
  // The second one's beat finds room when the first one has left.
  expect(b.accepted).toBeGreaterThanOrEqual(a.translated);
});

describe('tbu.hazard: a page that another one fetches already', () => {
  const start = async (hazard: HazardConfig, more: Partial<TimingConfig['tbu']> = {}): Promise<bigint> => {
    const tbu = { ...base.tbu, hazard: { ...base.tbu?.hazard, ...hazard }, ...more };
    m = await timedMachine({ ...base, tbu });
    for (const sid of [6, 7]) stage1(m, sid, { cdFields: { ASID: sid } }).tables.map(0x5000n, DATA, s1Leaf());
    // Configurations, and the walk caches down to level 2.
    m.translate(SID, 0n);
    for (const sid of [6, 7]) m.translate(sid, 0x5000n);
    m.command(cmd.nhVaa(0, 0x5000n, { leaf: 1 }));
    return m.smmu.now + 1000n;
  };
  const first = (arrival: bigint): Transaction => ({ streamId: SID, iova: 0x5000n, requester: 1, arrival });
  /** Its look-up of the main TLB ends `ends` cycles after `from`: port, micro and main TLB take 5. */
  const second = (from: bigint, ends: number, more: Partial<Transaction> = {}): Transaction => ({
    streamId: SID,
    iova: 0x5040n,
    requester: 2,
    arrival: from + BigInt(ends - 5),
    ...more,
  });
  // The first one's answer is in the TBU after 5 + 8 + 3 + 4 + 1 + (1 + L) + 1 + 8 cycles.
  const READY = 31 + L;
  const LEAVE = 1 + L + 1;
  const OWN = 2 + 8 + 3 + 4 + 1 + (1 + L) + 1 + 8 + LEAVE - 2; // from the look-up's end to the response, by a walk

  // When the second one is answered, its look-up ending at n. Of one tick the event made last comes first: the look-up was made
  // after the link's end, so at n = READY it still misses, and at READY + 1 it hits.
  const rows: [HazardConfig['mode'], number, number, Translation['hit'] | undefined][] = [
    ['none', READY - 20, READY - 20 + OWN, 'walk'],
    ['none', READY, READY + OWN, 'walk'],
    ['none', READY + 1, READY + 1 + LEAVE, 'main-tlb'],
    ['sleep', 6, READY + 3 + LEAVE, 'main-tlb'],
    ['sleep', READY - 1, READY + 3 + LEAVE, 'main-tlb'],
    ['sleep', READY, READY + 3 + LEAVE, 'main-tlb'],
    ['sleep', READY + 1, READY + 1 + LEAVE, 'main-tlb'],
    // Shared at no cost; the port to memory takes the first one a cycle earlier.
    ['merge', 6, READY + 1 + LEAVE, 'merged'],
    ['merge', READY - 1, READY + 1 + LEAVE, 'merged'],
    ['merge', READY, READY + 1 + LEAVE, 'merged'],
    ['merge', READY + 1, READY + 1 + LEAVE, 'main-tlb'],
  ];
  test.each(rows)(
    'mode %s, the second looks up at cycle %i: answered at %i',
    async (mode, ends, answer, hit) => {
      const from = await start({ mode });
      const [a, b] = all(first(from), second(from, ends));
      expect([...after(from, [a, b]), b.hit]).toEqual([READY + LEAVE, answer, hit]);
      expect(b.reads.stage1).toBe(mode === 'none' && ends <= READY ? 1 : 0);
    },
  );
  test('mode merge with two ports to memory: both leave in one cycle', async () => {
    const timing = { ...base, memory: { ...base.memory, ports: 2 } };
    m = await timedMachine({
      ...timing,
      tbu: { ...base.tbu, hazard: { ...base.tbu?.hazard, mode: 'merge' } },
    });
    m.translate(SID, 0n);
    const from = m.smmu.now + 1000n;
    expect(after(from, all(first(from), second(from, 6)))).toEqual([READY + LEAVE, READY + LEAVE]);
  });
  test('three merge: they leave in a row, and the page is read once', async () => {
    const from = await start({ mode: 'merge' });
    m.smmu.resetStats();
    const answers = all(first(from), second(from, 6), second(from, 7, { requester: 3 }));
    expect(after(from, answers).sort()).toEqual([0, 1, 2].map((i) => READY + LEAVE + i));
    expect(answers.map((t) => t.reads.stage1)).toEqual([1, 0, 0]);
  });
  test.each(['none', 'sleep', 'merge'] as const)(
    'mode %s: what is waited is counted to the cycle',
    async (mode) => {
      const from = await start({ mode });
      m.smmu.resetStats();
      all(first(from), second(from, 10));
      expect(m.smmu.stats().timing!.stalls.hazard).toBe(mode === 'none' ? 0 : READY - 10);
    },
  );

  describe('compareStream', () => {
    // Another stream with another page at the same address: it finds nothing of its own in the TLBs.
    test.each<[boolean, HazardConfig['mode'], number]>([
      [true, 'sleep', 6 + OWN],
      [false, 'sleep', READY + 3 + OWN],
      [true, 'merge', 6 + OWN],
      [false, 'merge', READY + OWN],
    ])('%s, mode %s: another stream is answered at %i', async (compareStream, mode, answer) => {
      const from = await start({ compareStream, mode });
      const [, b] = all(first(from), second(from, 6, { streamId: 6 }));
      expect(after(from, [b])).toEqual([answer]);
      expect(b.reads.stage1).toBe(1);
    });
    test.each([true, false])('%s: the same stream waits', async (compareStream) => {
      const from = await start({ compareStream });
      expect(after(from, all(first(from), second(from, 6)))[1]).toBe(READY + 3 + LEAVE);
    });
    test.each<[boolean, number]>([
      [true, 6 + OWN],
      [false, READY + 3 + OWN],
    ])('%s: another substream of the stream is answered at %i', async (compareStream, answer) => {
      m = await timedMachine({
        ...base,
        tbu: { ...base.tbu, hazard: { ...base.tbu?.hazard, compareStream } },
      });
      const s = stage1(m, 8);
      s.tables.map(0x5000n, DATA, s1Leaf());
      const table = m.alloc(256, 256);
      for (const ssid of [1n, 2n]) m.cd(table + ssid * 64n, { ...s.cdFields, ASID: Number(ssid) });
      m.ste(8, { Config: 5, S1ContextPtr: table, S1CDMax: 2 });
      for (const substreamId of [1, 2]) m.translate(8, 0x5000n, { substreamId });
      m.command(cmd.nhVaa(0, 0x5000n, { leaf: 1 }));
      const from = m.smmu.now + 1000n;
      const [a, b] = all(
        { ...first(from), streamId: 8, substreamId: 1 },
        second(from, 6, { streamId: 8, substreamId: 2 }),
      );
      expect(after(from, [a, b])).toEqual([READY + LEAVE, answer]);
    });
  });

  describe('wake', () => {
    // Two sleep for one page while another page is answered. Those woken in vain lie down in the order in which they run, and of
    // one tick the one made last runs first: so `any` turns them round once more than `page` does.
    test.each<[HazardConfig['wake'], number, number]>([
      ['page', 1, 0],
      ['any', 0, 1],
    ])('%s: the order of those that wake', async (wake, ...order) => {
      const from = await start({ wake, mode: 'merge' });
      const other = { streamId: SID, iova: 0x9000n, requester: 9, arrival: from - 20n };
      const answers = all(other, first(from), second(from, 6), second(from, 7, { requester: 3 }));
      const [, , b, c] = after(from, answers);
      // With `merge` both are ready at once: the port to memory takes one a cycle, behind the first one's.
      const ready = READY + LEAVE + 1;
      expect([b - ready, c - ready]).toEqual(order);
    });
    test('any: those whose page is still fetched sleep on without a look-up, and wait no cycle less', async () => {
      for (const wake of ['page', 'any'] as const) {
        const from = await start({ wake });
        m.smmu.resetStats();
        const other = { streamId: SID, iova: 0x9000n, requester: 9, arrival: from - 20n };
        const [, , b] = all(other, first(from), second(from, 6));
        expect(after(from, [b])).toEqual([READY + 3 + LEAVE]);
        expect(m.smmu.stats().timing!.stalls.hazard).toBe(READY - 6);
        if (wake === 'page') m.smmu.dispose();
      }
    });
  });
});

describe('tbu.ordered', () => {
  test.each<[boolean, number]>([
    [true, 33 + 2 * L + 1],
    [false, 1 + 4 + L],
  ])('%s: a hit behind a miss of the same requester is answered at %i', async (ordered, answer) => {
    m = await timedMachine({ ...base, tbu: { ...base.tbu, ordered } });
    m.translate(SID, 0n);
    const from = m.smmu.now + 1000n;
    const [a, b] = all(
      { streamId: SID, iova: 0x7000n, requester: 1, arrival: from },
      { streamId: SID, iova: 0n, requester: 1, arrival: from + 1n },
    );
    expect(after(from, [a, b])).toEqual([33 + 2 * L, answer]);
  });
  test('true: a write does not wait for a read', async () => {
    m = await timedMachine(base);
    m.translate(SID, 0n);
    const from = m.smmu.now + 1000n;
    const [, b] = all(
      { streamId: SID, iova: 0x7000n, requester: 1, arrival: from },
      { streamId: SID, iova: 0n, requester: 1, arrival: from + 1n, access: 'write', size: 16 },
    );
    expect(after(from, [b])).toEqual([1 + 4 + L]);
  });
});

describe('tcu.probing with walk caches of unequal latency', () => {
  type Latencies = readonly [number, number, number, number];
  const start = async (probing: 'sequential' | 'parallel', latencies: Latencies, tsz = 16): Promise<void> => {
    const s1 = latencies.map(
      (latency) => ({ entries: 64, ways: 'full', policy: 'lru', latency, slots: 4 }) as const,
    );
    const { configCache } = presets['gem5-default'].caches;
    const caches: SmmuOptions['caches'] = { configCache, walkCaches: { s1 } };
    m = await timedMachine({ ...base, tcu: { ...base.tcu, probing } }, { caches });
    const { tables } = stage1(m, 9, { tsz, cdFields: { ASID: 9 } });
    for (const at of [0n, 1n << 12n, 1n << 21n, 1n << 30n]) tables.map(at, DATA, s1Leaf());
    m.translate(9, 0n);
  };
  // No TLBs: port, link, configuration, probing, start, the reads, link, leaving, memory, response.
  const whole = (probes: number, reads: number): number =>
    1 + 8 + 3 + probes + (reads > 0 ? 1 : 0) + reads * (2 + L) + 8 + 1 + L + 1;
  const LATENCIES: Latencies[] = [
    [2, 3, 5, 11],
    [11, 5, 3, 2],
    [3, 11, 2, 5],
    [5, 2, 11, 3],
  ];
  // An address whose walk meets the cache of level 3, 2, 1 or 0 first, and its reads.
  const targets: [string, bigint, number][] = [
    ['the same page', 0n, 3],
    ['the same table of level 3', 1n << 12n, 2],
    ['the same table of level 2', 1n << 21n, 1],
    ['the same table of level 1', 1n << 30n, 0],
  ];
  const cases = LATENCIES.flatMap((latencies) =>
    targets.map(([what, at, level]) => ({ latencies, what, at, level })),
  );
  test.each(cases)('sequential, $latencies: $what', async ({ latencies, at, level }) => {
    await start('sequential', latencies);
    const probes = latencies.slice(level).reduce((sum, x) => sum + x, 0);
    expect(m.translate(9, at).latency).toBe(whole(probes, 3 - level));
  });
  test.each(cases)('parallel, $latencies: $what', async ({ latencies, at, level }) => {
    await start('parallel', latencies);
    expect(m.translate(9, at).latency).toBe(whole(Math.max(...latencies), 3 - level));
  });
  test.each(LATENCIES)(
    'a walk that starts at level 1 asks no cache of level 0: %i, %i, %i, %i',
    async (...latencies) => {
      await start('parallel', latencies, 25);
      expect(m.translate(9, 1n << 12n).latency).toBe(whole(Math.max(...latencies.slice(1)), 1));
      m.smmu.dispose();
      await start('sequential', latencies, 25);
      expect(m.translate(9, 1n << 12n).latency).toBe(whole(latencies[3] + latencies[2], 1));
    },
  );
});

describe('prefetch: ready at its cycle and not the one before', () => {
  type Prefetch = NonNullable<TimingConfig['prefetch']>;
  const { caches } = presets['gem5-default'];
  const { s1, ...walkCaches } = caches.walkCaches as { s1: readonly object[] };
  const withLeaves = { ...caches, walkCaches: { ...walkCaches, s1: [s1[0], s1[1], s1[2], s1[2]] } };
  const pair = async (
    prefetch: Prefetch,
    pf: bigint,
    iova: bigint,
    arrival: bigint,
  ): Promise<Translation> => {
    m = await timedMachine({ ...base, prefetch }, { caches: withLeaves as SmmuOptions['caches'] });
    const at = m.steAddress(SID) + 8n;
    m.smmu.memory.write64(at, m.smmu.memory.read64(at) | (pf << 56n)); // STE[121:120]
    m.translate(SID, 0n);
    const [, other] = all(
      { streamId: SID, iova: 0x4_0000n, requester: 1, arrival: 10_000n },
      { streamId: SID, iova, requester: 2, arrival: 10_000n + arrival },
    );
    return other;
  };
  // From the acceptance: the answer is in the TBU after 5 + 8 + 3 + (4 + 4) + 1 + (1 + L) + 1 + 8, a cycle later the prefetch
  // begins. In the TCU: configuration, levels 3 and 2, start, read, evaluation. Over the link: 8 more each way.
  const BEGIN = 5 + 8 + 3 + 8 + 1 + (1 + L) + 1 + 8 + 1;
  const INTO_TCU = BEGIN + 3 + 8 + 1 + (1 + L) + 1;
  const INTO_TBU = INTO_TCU + 8 + 8;
  const NEXT = 0x4_1000n;
  const BEFORE = 0x3_f000n;
  const modes: [Prefetch['mode'], bigint, bigint][] = [
    ['forward', 0n, NEXT],
    ['backward', 0n, BEFORE],
    ['ste', 2n, NEXT],
    ['ste', 3n, BEFORE],
  ];
  test.each(modes)('%s, STE[121:120] = %i, into the TCU', async (mode, pf, page) => {
    // Its look-up of level 3 ends after port, TLBs, link, configuration and its own 4.
    const lookUp = 1 + 1 + 3 + 8 + 3 + 4;
    const reads: number[] = [];
    for (const early of [0, 1]) {
      const arrival = BigInt(INTO_TCU - lookUp - early);
      reads.push((await pair({ mode, target: 'tcu' }, pf, page, arrival)).reads.stage1);
      if (early === 0) m.smmu.dispose();
    }
    expect(reads).toEqual([0, 1]);
  });
  test.each(modes)('%s, STE[121:120] = %i, into the TBU', async (mode, pf, page) => {
    // Its look-up of the main TLB ends at n: a cycle later it hits, at n it sleeps until n and looks up again.
    const late = await pair({ mode, target: 'tbu' }, pf, page, BigInt(INTO_TBU + 1 - 5));
    expect([late.hit, late.latency]).toEqual(['main-tlb', 5 + 1 + L + 1]);
    m.smmu.dispose();
    const early = await pair({ mode, target: 'tbu' }, pf, page, BigInt(INTO_TBU - 5));
    expect([early.hit, early.latency]).toEqual(['main-tlb', 5 + 3 + 1 + L + 1]);
  });
  test('off: the next page is walked to, whenever', async () => {
    const { reads } = await pair({ mode: 'off', target: 'tcu' }, 2n, NEXT, 5000n);
    expect(reads.stage1).toBe(1);
  });
});
