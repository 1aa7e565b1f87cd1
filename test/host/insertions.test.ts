// Insertions are fills of invalid ways, as gem5 counts them: since every valid entry was inserted and only commands remove one, as many
// were inserted as are valid or have been invalidated. Overwriting an entry, its own or another's, is a fill and no insertion.
import { describe, expect, test } from '@jest/globals';
import {
  gem5StatsText,
  presets,
  Smmu,
  statistics,
  statisticsByName,
  type SmmuOptions,
} from '../../src/index.js';
import { cmd } from '../support/encode.js';
import { identification, RAM, RAM_BYTES } from '../support/machine.js';
import { stage1 } from '../support/streams.js';
import { Rng } from '../oracle/random.js';
import { machineOver } from './machine-over.js';

const small = (policy: string, entries = 8, ways: number | 'full' = 2): object => ({ entries, ways, policy });
const configurations: { name: string; caches: SmmuOptions['caches'] }[] = [
  ...(['gem5-default', 'mmu600-agilex5', 'mmu700-server', 'minimal'] as const).map((name) => ({
    name,
    caches: presets[name].caches,
  })),
  ...['round-robin', 'lru', 'plru', 'rrip', 'random'].map((policy) => ({
    name: `small, ${policy}`,
    caches: {
      microTlb: small(policy, 4, 'full'),
      mainTlb: small(policy),
      tcuTlb: small(policy),
      configCache: small(policy, 2, 1),
      walkCaches: { s1: [small(policy), small(policy), small(policy), small(policy)] },
    } as SmmuOptions['caches'],
  })),
];
const both = configurations.flatMap((c) => [
  { ...c, timing: false as const },
  { ...c, timing: 'gem5-default' as const },
]);

describe.each(both)('$name, timing $timing', ({ caches, timing }) => {
  test('insertions are what is valid and what was invalidated', async () => {
    const ram = [{ base: RAM, size: RAM_BYTES }];
    const smmu = await Smmu.create({ id: await identification(), ram, timing, caches, seed: 5 });
    const m = machineOver(smmu);
    const streams = [1, 2, 3, 4];
    for (const sid of streams) {
      const { tables } = stage1(m, sid, { cdFields: { ASID: sid } });
      for (let page = 0n; page < 24n; page++) tables.map(page << 12n, RAM + (page << 12n), 0x741n);
    }
    const rng = new Rng(11);
    const batch = smmu.createBatch(64);
    for (let round = 0; round < 30; round++) {
      for (let i = 0; i < 64; i++) {
        batch.streamId[i] = rng.pick(streams);
        batch.iova[i] = BigInt(rng.between(0, 23)) << 12n;
      }
      // In flight together, several of one page fill the same entry.
      smmu.run(batch, { outstanding: 16 });
      const sid = rng.pick(streams);
      const page = BigInt(rng.between(0, 23)) << 12n;
      const some = [cmd.nhVa(0, sid, page), cmd.nhAsid(0, sid), cmd.cfgiSte(sid), cmd.cfgiCd(sid, 0)];
      if (rng.chance(0.5)) m.command(rng.pick(some));
    }
    let filled = 0;
    for (const [name, cache] of Object.entries(smmu.stats().caches)) {
      filled += cache.fills;
      expect([name, cache.insertions]).toEqual([name, cache.valid + cache.invalidated]);
      expect(cache.insertions + cache.evictions).toBeLessThanOrEqual(cache.fills);
    }
    expect(filled).toBeGreaterThan(30);
    smmu.resetStats();
    expect(Object.values(smmu.stats().caches).every(({ insertions }) => insertions === 0)).toBe(true);
    smmu.dispose();
  });
});

test('one entry written sixteen times is one insertion: text, JSON and the gem5 form say so', async () => {
  const ram = [{ base: RAM, size: RAM_BYTES }];
  const smmu = await Smmu.create({ id: await identification(), ram, timing: 'gem5-default' });
  const m = machineOver(smmu);
  const { tables } = stage1(m, 1);
  for (let page = 0n; page < 16n; page++) tables.map(page << 12n, RAM + (page << 12n), 0x741n);
  const batch = smmu.createBatch(16);
  for (let i = 0; i < 16; i++) {
    batch.streamId[i] = 1;
    batch.iova[i] = BigInt(i) << 12n;
  }
  smmu.run(batch, { outstanding: 16 }); // all of them fetch the configuration before one has filled it
  const stats = smmu.stats();
  expect(stats.caches['config']).toMatchObject({ fills: 16, insertions: 1, evictions: 0, valid: 1 });
  expect(statisticsByName(stats)['caches.config.insertions']).toBe(1);
  expect(statistics(stats).find(({ gem5 }) => gem5 === 'cfg.insertions')).toMatchObject({ value: 1 });
  expect(gem5StatsText(stats)).toMatch(/^system\.smmu\.cfg\.insertions +1 /m);
  expect(gem5StatsText(stats)).toMatch(/^system\.smmu\.cfg\.totalUpdates +16 /m);
  smmu.dispose();
});
