// Prefetch: MMU-600AE TRM (by STE[121:120], one ahead, TCU walk caches only, not after a fault, a bypass,
// a speculative or an atomic access) and gem5's into the TBU.
import { afterEach, describe, expect, test } from '@jest/globals';
import { presets, type SmmuOptions, type Transaction, type Translation } from '../../src/index.js';
import { cmd, s1Leaf } from '../support/encode.js';
import { type Machine, SPACIOUS } from '../support/machine.js';
import { stage1 } from '../support/streams.js';
import { DATA, gem5, PAGES, SID, timedMachine } from './timed-machine.js';

let m: Machine;
afterEach(() => m.smmu.dispose());

type Prefetch = { mode: 'off' | 'ste' | 'forward' | 'backward'; target: 'tcu' | 'tbu' };
const withPrefetch = (prefetch: Prefetch, L = 100): SmmuOptions['timing'] => {
  const base = gem5(L) as (typeof presets)['gem5-default']['timing'];
  return { ...base, prefetch };
};

/** STE[121:120] of the stream. */
function setPf(pf: number): void {
  const at = m.steAddress(SID) + 8n;
  m.smmu.memory.write64(at, (m.smmu.memory.read64(at) & ~(3n << 56n)) | (BigInt(pf) << 56n));
  m.command(cmd.cfgiSte(SID));
}
/** A read of a page, and time for what follows it. */
function read(page: bigint, more: Partial<Transaction> = {}): Translation {
  const t = m.translate(SID, page << 12n, more);
  m.smmu.advance(m.smmu.now + 10_000n);
  return t;
}
const prefetches = (): { issued: number; dropped: number; reads: number } => m.smmu.stats().timing!.prefetch;

describe('by the STE, into the TCU (mmu600-agilex5)', () => {
  test.each([
    [0, 0, 0],
    [1, 0, 0],
    [2, 1, 0],
    [3, 0, 1],
  ])('STE[121:120] = %d', async (pf, forward, backward) => {
    m = await timedMachine('mmu600-agilex5', { caches: SPACIOUS });
    setPf(pf);
    expect(read(20n)).toMatchObject({ status: 'ok', hit: 'walk' });
    expect(prefetches().issued).toBe(forward + backward);
    const after = { hits: [0, 0], reads: [0, 0] };
    [21n, 19n].forEach((page, i) => {
      const t = m.translate(SID, page << 12n);
      expect(t.pa).toBe(DATA + (page << 12n));
      after.hits[i] = Number(t.reads.stage1 === 0);
      // Never the TBU: the request went to the TCU.
      expect(['micro-tlb', 'main-tlb']).not.toContain(t.hit);
    });
    expect(after.hits).toEqual([forward, backward]);
  });

  test('a chain of pages: each is there when it is asked for, and asks for the next', async () => {
    m = await timedMachine('mmu600-agilex5', { caches: SPACIOUS });
    setPf(2);
    read(0n);
    for (let page = 1n; page < 10n; page++) expect(read(page).reads.stage1).toBe(0);
    expect(prefetches()).toEqual({ issued: 10, dropped: 0, reads: 10 });
  });

  test('backward stops at address 0', async () => {
    m = await timedMachine('mmu600-agilex5', { caches: SPACIOUS });
    setPf(3);
    read(0n);
    expect(prefetches()).toEqual({ issued: 0, dropped: 0, reads: 0 });
  });
});

describe('what no prefetch follows', () => {
  const start = async (): Promise<void> => {
    m = await timedMachine(withPrefetch({ mode: 'forward', target: 'tcu' }), { caches: SPACIOUS });
  };
  test('a fault', async () => {
    await start();
    expect(read(PAGES + 100n).status).toBe('abort');
    expect(prefetches().issued).toBe(0);
  });
  test.each([{ speculative: true }, { atomic: true }] as Partial<Transaction>[])('%o', async (how) => {
    await start();
    expect(read(3n, how).status).toBe('ok');
    // None is made, and so none dropped.
    expect(prefetches()).toEqual({ issued: 0, dropped: 0, reads: 0 });
  });
  test('a bypassed stream', async () => {
    await start();
    m.ste(9, { Config: 4 });
    expect(m.translate(9, 0x5000n)).toMatchObject({ status: 'ok', pa: 0x5000n });
    m.smmu.advance(m.smmu.now + 10_000n);
    expect(prefetches().issued).toBe(0);
  });
  test('SMMUEN = 0', async () => {
    await start();
    m.cr0(0);
    read(3n);
    expect(prefetches().issued).toBe(0);
  });
});

test('a prefetch that faults records nothing, and fills nothing for its page', async () => {
  m = await timedMachine(withPrefetch({ mode: 'forward', target: 'tcu' }), { caches: SPACIOUS });
  expect(read(PAGES - 1n).status).toBe('ok');
  expect(prefetches()).toMatchObject({ issued: 1 });
  expect(m.smmu.stats().events).toEqual({});
  expect(read(PAGES)).toMatchObject({ status: 'abort', event: { name: 'F_TRANSLATION' } });
});

test('it is ready at its cycle and not the one before', async () => {
  const L = 500;
  const { caches } = presets['gem5-default'];
  const { s1, ...walkCaches } = caches.walkCaches as { s1: readonly object[] };
  const leaves = { ...caches, walkCaches: { ...walkCaches, s1: [s1[0], s1[1], s1[2], s1[2]] } };
  const timing = withPrefetch({ mode: 'forward', target: 'tcu' }, L);
  const both = async (arrival?: bigint): Promise<Translation[]> => {
    m = await timedMachine(timing, { caches: leaves as SmmuOptions['caches'] });
    m.smmu.submit({ streamId: SID, iova: 0x4000n, requester: 1, arrival: 10_000n });
    if (arrival !== undefined) m.smmu.submit({ streamId: SID, iova: 0x5000n, requester: 2, arrival });
    m.smmu.advance(100_000n);
    const done: Translation[] = [];
    m.smmu.poll(done);
    return done;
  };
  const [first] = await both();
  m.smmu.dispose();
  // The answer has left the TCU a cycle before the transaction has been forwarded. The prefetch begins a cycle after that:
  // configuration 3, levels 3 and 2 of the walk caches 4 each, start 1, read 1 + L, evaluation 1.
  const filled = first.translated - 1n + 1n + 3n + 8n + 1n + BigInt(1 + L) + 1n;
  // The other one's look-up of level 3 ends after port 1, TLBs 1 and 3, link 8, configuration 3, and its own 4.
  const lookup = 20n;
  const reads: number[] = [];
  for (const early of [0n, 1n]) {
    const other = (await both(filled - lookup - early)).find(({ pa }) => pa === DATA + 0x5000n);
    reads.push(other!.reads.stage1);
    if (early === 0n) m.smmu.dispose();
  }
  expect(reads).toEqual([0, 1]);
});

describe('into the TBU (gem5)', () => {
  test('the next page hits the main TLB, and a hit of a prefetched entry fetches the one behind it', async () => {
    m = await timedMachine(withPrefetch({ mode: 'forward', target: 'tbu' }));
    expect(read(0n).hit).toBe('walk');
    for (let page = 1n; page < 10n; page++)
      expect(read(page)).toMatchObject({ hit: 'main-tlb', latency: 107, pa: DATA + (page << 12n) });
    expect(prefetches()).toMatchObject({ issued: 10, dropped: 0 });
  });

  test('what is there already is not fetched again', async () => {
    m = await timedMachine(withPrefetch({ mode: 'backward', target: 'tbu' }));
    read(6n);
    read(8n);
    expect(read(7n).hit).toBe('main-tlb'); // prefetched behind 8; 6 is there
    expect(prefetches()).toMatchObject({ issued: 2, dropped: 1 });
  });

  test('a miss of a page under way sleeps for it', async () => {
    m = await timedMachine(withPrefetch({ mode: 'forward', target: 'tbu' }));
    const first = m.translate(SID, 0n);
    // Right behind the answer: the prefetch of page 1 has begun.
    const second = m.translate(SID, 0x1000n);
    expect(first.hit).toBe('walk');
    expect(second.hit).toBe('main-tlb');
    expect(second.latency).toBeGreaterThan(107);
    expect(m.smmu.stats().timing!.stalls.hazard).toBeGreaterThan(0);
  });
});

test('translate does not wait for a prefetch, nor is it lost', async () => {
  m = await timedMachine(withPrefetch({ mode: 'forward', target: 'tcu' }), { caches: SPACIOUS });
  m.translate(SID, 0n);
  const due = m.smmu.nextEvent();
  expect(due).not.toBeNull();
  const snapshot = m.smmu.save({ ram: true });
  const twin = await timedMachine(withPrefetch({ mode: 'forward', target: 'tcu' }), { caches: SPACIOUS });
  twin.smmu.restore(snapshot);
  for (const device of [m, twin]) {
    device.smmu.advance(device.smmu.now + 5000n);
    expect(device.smmu.nextEvent()).toBeNull();
    expect(device.translate(SID, 0x1000n).reads.stage1).toBe(0);
  }
  twin.smmu.dispose();
});

test('blocks: backward, the page right before the block', async () => {
  m = await timedMachine(withPrefetch({ mode: 'backward', target: 'tcu' }), { caches: SPACIOUS });
  const { tables } = stage1(m, 9);
  const block = 0x4000_0000n;
  tables.map(block, block, s1Leaf(), 2);
  for (const before of [0x1000n, 0x20_0000n]) tables.map(block - before, DATA + before, s1Leaf());
  m.translate(9, block + 0x5000n);
  m.smmu.advance(m.smmu.now + 10_000n);
  expect(m.translate(9, block - 0x1000n)).toMatchObject({ pa: DATA + 0x1000n, reads: { stage1: 0 } });
  expect(m.translate(9, block - 0x20_0000n)).toMatchObject({ pa: DATA + 0x20_0000n, reads: { stage1: 1 } });
});

test('blocks: the next address is behind the block', async () => {
  const seen: number[] = [];
  m = await timedMachine(withPrefetch({ mode: 'forward', target: 'tcu' }), {
    caches: SPACIOUS,
    walkLatency: ({ address, what }) => {
      if (what === 'stage1') seen.push(address & 0xfff);
      return 100;
    },
  });
  const { tables } = stage1(m, 9);
  tables.map(0x4000_0000n, 0x4000_0000n, s1Leaf(), 2);
  m.translate(9, 0x4000_5000n);
  m.smmu.advance(m.smmu.now + 10_000n);
  // Three reads to the block, and one more: the level 2 descriptor next to the block's.
  expect(seen).toEqual([0, 8, 0, 8]);
});
