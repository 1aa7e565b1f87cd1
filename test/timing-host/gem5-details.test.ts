// gem5's preset in two places that closed forms do not reach: the walk caches' one round-robin counter (WalkCache, nextToReplace), and a
// bypassed stream on its way through the TCU's TLB (SMMUTranslationProcess::main).
import { describe, expect, test } from '@jest/globals';
import { presets, Smmu } from '../../src/index.js';
import { machineOver } from '../host/machine-over.js';
import { s1Leaf } from '../support/encode.js';
import { identification, RAM, RAM_BYTES } from '../support/machine.js';
import { stage1 } from '../support/streams.js';
import { gem5, timedMachine } from './timed-machine.js';

const BYPASS = 9;

describe("a bypassed stream and the TCU's TLB", () => {
  test.each([
    ['off: 27 + 2L', false, 227n],
    ['on: its look-up takes 3 cycles more', true, 230n],
  ])('%s', async (_, enabled, cycles) => {
    const { caches } = presets['gem5-default'];
    const tcuTlb = { ...(caches.tcuTlb as object), enabled } as never;
    const m = await timedMachine(gem5(100), { caches: { ...caches, tcuTlb } });
    m.ste(BYPASS, { Config: 4 });
    const { latency, status } = m.smmu.translate({ streamId: BYPASS, iova: 0x1000n });
    expect({ latency: BigInt(latency), status }).toEqual({ latency: cycles, status: 'ok' });
    if (enabled) expect(m.smmu.stats().caches.tcu).toMatchObject({ lookups: 1, misses: 1, fills: 0 });
  });
});

describe('walkCaches.sharedCounter', () => {
  // Levels 1 and 2 of one set and two ways each. Every table is new, so that each walk fills both; from the third on each fill evicts.
  async function readsOfReturns(sharedCounter: boolean): Promise<number[]> {
    const array = { entries: 2, ways: 2, policy: 'round-robin' } as const;
    const smmu = await Smmu.create({
      id: await identification(),
      ram: [{ base: RAM, size: RAM_BYTES }],
      timing: false,
      caches: {
        walkCaches: { s1: [false, array, array], sharedCounter },
        configCache: { entries: 4, ways: 4, policy: 'lru' },
      },
    });
    const m = machineOver(smmu);
    const { tables } = stage1(m, 1);
    const GIB = 1n << 30n;
    for (let i = 0n; i < 4n; i++) tables.map(i * GIB, RAM, s1Leaf());
    const read = (i: bigint): number => smmu.translate({ streamId: 1, iova: i * GIB }).reads.stage1;
    return [read(0n), read(1n), read(2n), read(1n), read(0n)];
  }

  test('each its own: level 1 and level 2 lose the same table', async () => {
    // Walk 2 replaces way 1 (the counter steps first) of both: table 1. It is walked for anew and replaces way 0: table 0.
    expect(await readsOfReturns(false)).toEqual([4, 4, 4, 4, 4]);
  });

  test('one for all: the second fill of a walk replaces the other way', async () => {
    // Walk 2 replaces way 1 of level 1 and way 0 of level 2: table 1 of level 2 is left, which needs one read, and of
    // table 0 level 1, which needs two.
    expect(await readsOfReturns(true)).toEqual([4, 4, 4, 1, 2]);
  });
});
