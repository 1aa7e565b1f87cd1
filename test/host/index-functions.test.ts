// Index functions 'hash' and 'xor': which sets contexts share must not depend on how software numbers streams, ASIDs and VMIDs. Where 'xor'
// is gem5's own formula (TCU TLB, IPA cache) it is ASID xor VMID (gem5: ARMArchTLB::pickSetIdx).
import { describe, expect, test } from '@jest/globals';
import { type CacheConfig, type CacheGeometry, Smmu } from '../../src/index.js';
import { s1Leaf, s2Leaf } from '../support/encode.js';
import { identification, type Machine, RAM, RAM_BYTES } from '../support/machine.js';
import { nested, stage1 } from '../support/streams.js';
import { Dice } from '../timing/random-cases.js';
import { machineOver } from './machine-over.js';

const TENANTS = 16;
const PAGES = 24;
const ROUNDS = 6;
/** Five times what is needed, so that only an uneven use of sets evicts much. */
const SIZE = { entries: 2048, ways: 8, policy: 'lru' } as const;

interface Names {
  readonly sid: number;
  readonly asid: number;
  readonly vmid: number;
}
const counted = (first: number, equal: boolean): Names[] =>
  Array.from({ length: TENANTS }, (_, i) => ({
    sid: first + i,
    asid: first + i,
    vmid: equal ? first + i : 7,
  }));
const drawn = (seed: number): Names[] => {
  const dice = new Dice(seed);
  const sids = new Set<number>();
  while (sids.size < TENANTS) sids.add(dice.below(256));
  return [...sids].map((sid) => ({ sid, asid: dice.below(65536), vmid: dice.below(65536) }));
};

async function machine(caches: CacheConfig): Promise<Machine> {
  const id = await identification({ SIDSIZE: 8 });
  return machineOver(await Smmu.create({ id, ram: [{ base: RAM, size: RAM_BYTES }], caches, timing: false }));
}

/** Share of look-ups that hit, after a first round, of all tenants with the same addresses. */
async function hitRate(caches: CacheConfig, cache: string, names: readonly Names[]): Promise<number> {
  const m = await machine(caches);
  for (const { sid, asid, vmid } of names) {
    const { tables } = stage1(m, sid, { cdFields: { ASID: asid }, steFields: { S2VMID: vmid } });
    for (let page = 0n; page < BigInt(PAGES); page++) tables.map(page << 12n, RAM, s1Leaf());
  }
  const round = (): void => {
    for (let page = 0; page < PAGES; page++) for (const { sid } of names) m.smmu.lookup(sid, page * 4096, 0);
  };
  round();
  m.smmu.resetStats();
  for (let i = 0; i < ROUNDS; i++) round();
  const { hits, lookups } = m.smmu.stats().caches[cache];
  m.smmu.dispose();
  return hits / lookups;
}

const caches: [string, string, (g: CacheGeometry) => CacheConfig][] = [
  ['the main TLB, by stream', 'tbu0.main', (g) => ({ mainTlb: g })],
  [
    'the main TLB, by address space',
    'tbu0.main',
    (g) => ({ mainTlb: { ...g, tag: 'context' }, configCache: SIZE }),
  ],
  [
    'a walk cache',
    'walk.s1.l3',
    (g) => ({ walkCaches: { s1: [false, false, false, g] }, configCache: SIZE }),
  ],
  ['the unified walk cache', 'walk', (g) => ({ walkCaches: { unified: g }, configCache: SIZE })],
];

describe.each(['hash', 'xor'] as const)('%s', (index) => {
  test.each(caches)('%s: renaming changes the hit rate by noise only', async (_, name, config) => {
    const rates: number[] = [];
    for (const names of [counted(0, true), counted(16, false), counted(1, true), drawn(3), drawn(4)])
      rates.push(await hitRate(config({ ...SIZE, index }), name, names));
    const [low, high] = [Math.min(...rates), Math.max(...rates)];
    expect({ rates, low: low > 0.8, near: high - low < 0.12 }).toMatchObject({ low: true, near: true });
  });
});

test('modulo: equal addresses of all tenants meet in a few sets', async () => {
  const rate = await hitRate({ mainTlb: { ...SIZE, index: 'modulo' } }, 'tbu0.main', counted(0, true));
  expect(rate).toBeLessThan(0.1);
});

test("hash: nested tenants whose ASID is their VMID keep their pages in MMU-700's walk cache", async () => {
  const m = await machine({
    configCache: { entries: 256, ways: 4, policy: 'lru' },
    walkCaches: { unified: { entries: 4096, ways: 8, policy: 'rrip', index: 'hash' } },
  });
  const streams = Array.from({ length: 64 }, (_, i) => i);
  for (const sid of streams) {
    const { tables, s2 } = nested(m, sid, { vmid: sid, cdFields: { ASID: sid } });
    for (let page = 0n; page < 3n; page++) {
      tables.map(page << 12n, 0x1_0000_0000n + (page << 12n), s1Leaf());
      s2.map(0x1_0000_0000n + (page << 12n), RAM, s2Leaf());
    }
  }
  const round = (): void => {
    for (const sid of streams) for (let page = 0; page < 3; page++) m.smmu.lookup(sid, page * 4096, 0);
  };
  round();
  m.smmu.resetStats();
  for (let i = 0; i < 4; i++) round();
  const { reads, transactions } = m.smmu.stats();
  expect((reads.stage1 + reads.stage2) / transactions).toBeLessThan(0.2);
});

test("xor of the TCU's TLB is gem5's: contexts whose ASID xor VMID is equal share sets", async () => {
  const tcuTlb = { ...SIZE, index: 'xor' } as const;
  const same = await hitRate({ tcuTlb, configCache: SIZE }, 'tcu', counted(1, true));
  const names = counted(1, false).map((name) => ({ ...name, asid: 32 * name.asid }));
  const apart = await hitRate({ tcuTlb, configCache: SIZE }, 'tcu', names);
  expect(same).toBeLessThan(0.1);
  expect(apart).toBe(1);
});
