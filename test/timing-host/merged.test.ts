// hazard.mode 'merge': transactions that share the answer of another one are neither hits nor misses, in every form of the statistics.
import { expect, test } from '@jest/globals';
import { presets, type SmmuOptions, type Translation } from '../../src/index.js';
import { statisticsByName } from '../../src/stats/printed/statistics.js';
import { SID, timedMachine } from './timed-machine.js';

const READS = 16;

test('16 reads of one page: 16 look-ups, 1 miss, 15 merged, 1 walk', async () => {
  const { timing, caches } = presets['gem5-default'];
  const merging = { ...timing, tbu: { ...timing.tbu, hazard: { ...timing.tbu!.hazard, mode: 'merge' } } };
  const m = await timedMachine(merging as SmmuOptions['timing'], { caches: { ...caches, microTlb: false } });
  const { smmu } = m;
  smmu.translate({ streamId: SID, iova: 0x20_0000n }); // the configuration is known
  smmu.resetStats();
  for (let i = 0; i < READS; i++) smmu.submit({ streamId: SID, iova: 0x5000n, requester: i });
  smmu.advance(smmu.now + 10_000n);
  const done: Translation[] = [];
  smmu.poll(done);
  expect(done.map(({ hit }) => hit).sort()).toEqual([...new Array<string>(READS - 1).fill('merged'), 'walk']);
  const stats = smmu.stats();
  expect(stats.caches['tbu0.main']).toMatchObject({ lookups: READS, hits: 0, misses: 1, merged: READS - 1 });
  expect(stats.hits).toMatchObject({ merged: READS - 1, 'main-tlb': 0, walk: 1 });
  expect(stats.walks).toBe(1);
  expect(statisticsByName(stats)).toMatchObject({
    'hits.merged': READS - 1,
    'caches.tbu0.main.lookups': READS,
    'caches.tbu0.main.misses': 1,
    'caches.tbu0.main.merged': READS - 1,
    'caches.tbu0.main.hitRate': 0,
  });
});

test('both TLBs: each was asked once, and what comes later hits', async () => {
  const { timing } = presets['mmu600-agilex5'];
  const m = await timedMachine({
    ...timing,
    tbu: { ...timing.tbu, hazard: { ...timing.tbu!.hazard, mode: 'merge' } },
  });
  const { smmu } = m;
  for (let i = 0; i < 4; i++) smmu.submit({ streamId: SID, iova: 0x5000n, requester: i });
  smmu.advance(smmu.now + 10_000n);
  const { caches, hits, transactions } = smmu.stats();
  expect(caches['tbu0.micro']).toMatchObject({ lookups: 4, hits: 0, misses: 1, merged: 3 });
  expect(caches['tbu0.main']).toMatchObject({ lookups: 4, hits: 0, misses: 1, merged: 3 });
  expect({ merged: hits.merged, transactions }).toEqual({ merged: 3, transactions: 4 });
  expect(smmu.translate({ streamId: SID, iova: 0x5000n }).hit).toBe('micro-tlb');
});
