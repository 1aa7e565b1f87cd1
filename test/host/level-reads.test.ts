import { describe, expect, test } from '@jest/globals';
import { Smmu, type SmmuOptions, statistics, statisticsByName } from '../../src/index.js';
import { s1Leaf, s2Leaf } from '../support/encode.js';
import { identification, LPA_ID, type Machine, RAM, RAM_BYTES } from '../support/machine.js';
import { nested, stage1, stage2 } from '../support/streams.js';
import { machineOver } from './machine-over.js';

const VA = 0x7654_3000n;
const IPA = 0x9_8765_4000n;
const PA = RAM + 0x70_0000n;
const NONE = { 'l-1': 0, l0: 0, l1: 0, l2: 0, l3: 0 };

async function machine(timing: SmmuOptions['timing'], caches: SmmuOptions['caches']): Promise<Machine> {
  const ram = [{ base: RAM, size: RAM_BYTES }];
  return machineOver(await Smmu.create({ id: await identification(LPA_ID), ram, timing, caches }));
}

describe.each<[string, SmmuOptions['timing']]>([
  ['time off', false],
  ['with time', 'gem5-default'],
])('descriptors read by stage and level, %s', (_, timing) => {
  test('stage 1: a page from level 0, a block of level 2, one that ends at level 1', async () => {
    const m = await machine(timing, false);
    const { tables } = stage1(m, 0);
    tables.map(VA, PA, s1Leaf());
    tables.map(0x4020_0000n, PA, s1Leaf(), 2);
    m.translate(0, VA);
    m.translate(0, 0x4020_0000n);
    m.translate(0, 0xc000_0000n); // no table of level 2
    const { readsByLevel, reads } = m.smmu.stats();
    expect(readsByLevel).toEqual({ stage1: { 'l-1': 0, l0: 3, l1: 3, l2: 2, l3: 1 }, stage2: NONE });
    expect(reads.stage1).toBe(9);
    m.smmu.dispose();
  });

  test('52-bit input: level -1 of each stage', async () => {
    const m = await machine(timing, false);
    stage1(m, 0, { tsz: 12, oa52: true }).tables.map(VA, PA, s1Leaf({ sh: 0 }));
    stage2(m, 1, { tsz: 12, start: -1, oa52: true }).map(IPA, PA, s2Leaf({ sh: 0 }));
    m.expectOk(0, VA, PA);
    const once = { 'l-1': 1, l0: 1, l1: 1, l2: 1, l3: 1 };
    expect(m.smmu.stats().readsByLevel).toEqual({ stage1: once, stage2: NONE });
    m.smmu.resetStats();
    m.expectOk(1, IPA, PA);
    expect(m.smmu.stats().readsByLevel).toEqual({ stage1: NONE, stage2: once });
    m.smmu.dispose();
  });

  test('nested: the CD, three descriptors and the output go through stage 2', async () => {
    const m = await machine(timing, false);
    const { tables, s2 } = nested(m, 0); // 39-bit stage 1 from level 1; the guest's RAM by stage 2 blocks of level 2
    tables.map(VA, IPA, s1Leaf());
    s2.map(IPA, PA, s2Leaf());
    m.expectOk(0, VA, PA);
    expect(m.smmu.stats()).toMatchObject({
      readsByLevel: {
        stage1: { 'l-1': 0, l0: 0, l1: 1, l2: 1, l3: 1 },
        stage2: { 'l-1': 0, l0: 0, l1: 1 + 3 + 1, l2: 1 + 3 + 1, l3: 1 },
      },
      reads: { stage1: 3, stage2: 11 },
    });
    expect(statisticsByName(m.smmu.stats())).toMatchObject({
      'reads.stage1.l-1': 0,
      'reads.stage1.l3': 1,
      'reads.stage2.l2': 5,
    });
    m.smmu.dispose();
  });

  test('what a walk cache holds is not read', async () => {
    const m = await machine(timing, 'mmu600-agilex5');
    const { tables } = stage1(m, 0);
    tables.map(VA, PA, s1Leaf());
    tables.map(VA + 0x1000n, PA, s1Leaf());
    m.translate(0, VA);
    m.translate(0, VA + 0x1000n);
    expect(m.smmu.stats().readsByLevel.stage1).toEqual({ 'l-1': 0, l0: 1, l1: 1, l2: 1, l3: 2 });
    m.smmu.dispose();
  });

  test("configuration: each kind of entry apart, by gem5's names too", async () => {
    const m = await machine(timing, false);
    stage1(m, 0).tables.map(VA, PA, s1Leaf());
    stage2(m, 1).map(IPA, PA, s2Leaf());
    m.expectOk(0, VA, PA);
    m.expectOk(0, VA, PA);
    m.expectOk(1, IPA, PA);
    expect(m.smmu.stats().configReads).toEqual({ l1std: 0, ste: 3, l1cd: 0, cd: 2 });
    const named = Object.fromEntries(
      statistics(m.smmu.stats()).flatMap(({ gem5, value }) => (gem5 === undefined ? [] : [[gem5, value]])),
    );
    expect(named).toMatchObject({ steL1Fetches: 0, steFetches: 3, cdL1Fetches: 0, cdFetches: 2 });
    m.smmu.dispose();
  });
});
