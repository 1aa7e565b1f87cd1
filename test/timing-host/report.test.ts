import { expect, test } from '@jest/globals';
import { gem5StatsText, Smmu, statistics, statisticsByName, statisticsText } from '../../src/index.js';
import { gem5, SID, timedMachine } from './timed-machine.js';

test('statistics by name, as text and as a block of stats.txt', async () => {
  const { smmu } = await timedMachine(gem5(100));
  const batch = smmu.createBatch(100);
  batch.streamId.fill(SID);
  for (let i = 0; i < 100; i++) batch.iova[i] = BigInt(i % 10) << 12n;
  const run = smmu.run(batch, { outstanding: 8 });
  const stats = smmu.stats();

  const list = statistics(stats);
  expect(new Set(list.map(({ name }) => name)).size).toBe(list.length);
  expect(list.every(({ description, unit }) => description !== '' && unit !== ('' as string))).toBe(true);
  expect(statisticsByName(stats)).toMatchObject({
    transactions: 100,
    cycles: run.cycles,
    'latency.max': run.latency.max,
    'caches.tbu0.micro.lookups': stats.caches['tbu0.micro'].lookups,
    'streams.0x5.transactions': 100,
  });

  const lines = statisticsText(stats).trimEnd().split('\n');
  expect(lines).toHaveLength(list.length);
  expect(lines[0]).toMatch(/^transactions {2,}100 {2,}Transactions$/);

  const block = gem5StatsText(stats, 1000);
  expect(block).toMatch(/^\n-{10} Begin Simulation Statistics -{10}\n/);
  expect(block).toMatch(/\n-{10} End Simulation Statistics {3}-{10}\n$/);
  for (const [name, value] of [
    ['system.smmu.device_interfaces0.utlb.totalLookups', stats.caches['tbu0.micro'].lookups],
    ['system.smmu.cfg.totalMisses', stats.caches.config.misses],
    ['system.smmu.walk.totalUpdatesByStageLevel_S1::L2', stats.caches['walk.s1.l2'].fills],
    ['system.smmu.cycles', run.cycles],
  ] as const) {
    const line = block.split('\n').find((text) => text.startsWith(`${name} `));
    expect(line).toMatch(new RegExp(`^\\S+ +${value} +# .+ \\(\\w+\\)$`));
  }
  expect(block).toMatch(/^simFreq +1000000000000 +# /m);
  smmu.dispose();
});

test('without time there are no times', async () => {
  const smmu = await Smmu.create({ timing: false, ram: [{ base: 0n, size: 4096 }] });
  smmu.translate({ streamId: 1, iova: 0n });
  const names = Object.keys(statisticsByName(smmu.stats()));
  expect(names).toContain('transactions');
  expect(names.some((name) => name.startsWith('latency'))).toBe(false);
  expect(gem5StatsText(smmu.stats())).not.toMatch(/simSeconds/);
  smmu.dispose();
});
