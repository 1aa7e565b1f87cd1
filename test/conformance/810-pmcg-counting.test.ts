// What the counter groups count, time off (IHI 0070 §10.2 to §10.4). The expected numbers are counted by hand from the tables and
// caches that each test sets up.
import { beforeEach, describe, expect, test } from '@jest/globals';
import { presets, Smmu, type SmmuOptions } from '../../src/index.js';
import { cmd, s1Leaf, s2Leaf } from '../support/encode.js';
import { Machine, R, RAM } from '../support/machine.js';
import { Counters, P, SPAN } from '../support/pmcg.js';
import { GUEST, nested, stage1, type Stage1 } from '../support/streams.js';

const full = { entries: 64, ways: 'full', policy: 'lru' } as const;
/** Every cache that has an event: micro and main TLB, configuration cache, walk caches of all levels. */
const CACHES: SmmuOptions['caches'] = {
  microTlb: { ...full, entries: 2 },
  mainTlb: full,
  configCache: full,
  walkCaches: { s1: [full, full, full, full], s2: [full, full, full, full] },
};
const SID = 3;
const DATA = RAM + 0x80_0000n;
const PAGE = 0x1000n;
/** Stage 1, 4 KiB, 48 bits: four levels; linear stream table, one CD. */
const COLD = { config: 2, walk: 4 };

let m: Machine;
let s: Stage1;
async function machine(caches: SmmuOptions['caches'], id = {}): Promise<void> {
  m = await Machine.create({ caches, id });
  s = stage1(m, SID);
  for (let page = 0n; page < 16n; page++) s.tables.map(page * PAGE, DATA + page * PAGE, s1Leaf());
}
/** Both stages from level 1, 39 and 40 bits; the guest's tables and CD in one 2 MiB block of stage 2, its page 0 in another. */
function nestedStream(sid: number): void {
  const n = nested(m, sid);
  n.tables.map(0n, GUEST + 0x100_0000n, s1Leaf());
  n.s2.map(GUEST + 0x100_0000n, DATA, s2Leaf(), 2);
}
const tcu = (): Counters => new Counters(m.smmu.pmcg[0]);
const tbu = (): Counters => new Counters(m.smmu.pmcg[1]);

describe('IHI 0070 §10.3 architected events', () => {
  beforeEach(() => machine(CACHES));

  test('transactions, misses, walk and configuration accesses of a little traffic', () => {
    const inTcu = tcu().countAll(1, 2, 3, 4, 5);
    const inTbu = tbu().countAll(1, 2, 3, 4, 5);
    m.expectOk(SID, 0n, DATA); // nothing is cached
    m.expectOk(SID, 0x40n, DATA + 0x40n); // micro TLB
    m.expectOk(SID, PAGE, DATA + PAGE); // a descriptor of level 3
    m.expectOk(SID, 2n * PAGE, DATA + 2n * PAGE); // another; page 0 leaves the micro TLB
    m.expectOk(SID, 0n, DATA); // main TLB
    expect(m.translate(SID, 0x1f_0000n).status).toBe('abort'); // one descriptor, invalid
    expect(inTcu.values(5)).toEqual([4, 4, 1, COLD.walk + 3, COLD.config]);
    expect(inTbu.values(5)).toEqual([6, 4, 1, 0, 0]);
  });

  test('§10.3 a request that a walk cache answers whole is no TLB miss of the TCU, but one of the TBU', () => {
    m.expectOk(SID, 0n, DATA);
    stage1(m, 4, { cdFields: s.cdFields }); // another stream with the same tables and ASID
    const inTcu = tcu().countAll(1, 2, 3, 4, 5);
    const inTbu = tbu().countAll(1, 2, 3);
    m.expectOk(4, 0n, DATA);
    expect(inTcu.values(5)).toEqual([1, 0, 1, 0, COLD.config]);
    expect(inTbu.values(3)).toEqual([1, 1, 1]);
  });

  test('§10.3 event 5: level 1 descriptors of stream table and CD table count as the structures do', () => {
    // 2-level CD table with 4 KiB leaves: an L1CD before the CD.
    const l1 = m.alloc(4096);
    const leaf = m.alloc(4096);
    m.words(l1, [leaf | 1n]);
    m.cd(leaf + 64n, s.cdFields);
    m.ste(5, { Config: 5, S1ContextPtr: l1, S1CDMax: 7, S1Fmt: 1, S1DSS: 2 });
    const counters = tcu().countAll(5);
    m.expectOk(5, 0n, DATA, { substreamId: 1 });
    expect(counters.values(1)).toEqual([3]);
  });

  test('§10.3 event 4 of a nested walk: descriptors of both stages, also those on the way to the CD', () => {
    nestedStream(6);
    const counters = tcu().countAll(2, 4, 5);
    expect(m.translate(6, 0n)).toMatchObject({ status: 'ok', reads: { stage1: 3, stage2: 3 } });
    // Stage 2 levels 1 and 2 for the CD, whose 2 MiB block serves the three descriptors of stage 1; level 2 for the output.
    expect(counters.values(3)).toEqual([1, 2 + 3 + 1, 2]);
  });

  test('§10.3 event 4: a hardware update is an access', () => {
    m.cd(s.cd, { ...s.cdFields, HA: 1 });
    s.tables.map(0n, DATA, s1Leaf({ af: 0 }));
    const counters = tcu().countAll(4);
    m.expectOk(SID, 0n, DATA);
    expect(counters.values(1)).toEqual([COLD.walk + 1]);
    expect(s.tables.read(0n, 3) & (1n << 10n)).toBe(1n << 10n);
  });

  test('§10.3 terminated transactions count: a stream that does not exist, a configuration that is illegal', () => {
    const inTcu = tcu().countAll(1, 2, 3, 4, 5);
    const inTbu = tbu().countAll(1, 2, 3);
    expect(m.translate(0xffff, 0n).status).toBe('abort'); // beyond the table: nothing is read
    expect(m.translate(7, 0n).status).toBe('abort'); // STE.V = 0
    expect(inTcu.values(5)).toEqual([2, 0, 2, 0, 1]);
    expect(inTbu.values(3)).toEqual([2, 2, 2]);
  });

  test('§10.3 event 1 counts while SMMUEN is 0, and nothing else does', () => {
    m.cr0(0);
    const inTcu = tcu().countAll(1, 2, 3, 4, 5);
    const inTbu = tbu().countAll(1, 2, 3);
    m.expectOk(SID, 0n, 0n);
    expect([inTcu.values(5), inTbu.values(3)]).toEqual([
      [0, 0, 0, 0, 0],
      [1, 0, 0],
    ]);
  });

  test('§10.3 prefetch commands and ATOS: events 4 and 5, never 1 to 3', () => {
    const inTcu = tcu().countAll(1, 2, 3, 4, 5, 0xa0);
    const inTbu = tbu().countAll(1, 2, 3);
    m.command(cmd.prefetchConfig(SID));
    expect(inTcu.values(6)).toEqual([0, 0, 0, 0, COLD.config, 0]);
    m.command(cmd.prefetchAddr(SID, 0n));
    expect(inTcu.values(6)).toEqual([0, 0, 0, COLD.walk, COLD.config, 1]);
    m.smmu.write64(R.GATOS_SID, BigInt(SID));
    m.smmu.write64(R.GATOS_ADDR, PAGE | (1n << 10n) | (1n << 8n)); // stage 1, read
    m.smmu.write32(R.GATOS_CTRL, 1);
    expect(m.smmu.read64(R.GATOS_PAR) & 1n).toBe(0n);
    expect(inTcu.values(6)).toEqual([0, 0, 0, COLD.walk + 1, COLD.config, 1]);
    expect(inTbu.values(3)).toEqual([0, 0, 0]);
  });

  test('§10.2.1 an overflow by a command’s accesses interrupts', () => {
    tcu()
      .count(0, 5, { from: (1n << 64n) - 1n })
      .interruptOn(0);
    m.command(cmd.prefetchConfig(SID));
    expect(m.interrupts).toEqual(['pmcg']);
    expect(tcu().get(0)).toBe(BigInt(COLD.config - 1));
  });

  test('§10.3 a stalled transaction that is retried counts again', () => {
    m.cd(s.cd, { ...s.cdFields, S: 1 });
    const inTcu = tcu().countAll(1, 2, 3, 4);
    const inTbu = tbu().countAll(1, 2);
    const { stag } = m.translate(SID, 0x10_0000n);
    s.tables.map(0x10_0000n, DATA, s1Leaf());
    m.command(cmd.resume(SID, stag!, 'retry'));
    expect(m.resumed.map(({ outcome }) => outcome.status)).toEqual(['ok']);
    expect(inTcu.values(4)).toEqual([2, 2, 1, COLD.walk + 1]);
    expect(inTbu.values(2)).toEqual([2, 2]);
  });

  test('a speculative read counts as any transaction, and as event 0xa0 of the TCU', () => {
    const inTcu = tcu().countAll(1, 0xa0);
    const inTbu = tbu().countAll(1, 2);
    m.expectOk(SID, 0n, DATA, { speculative: true });
    m.expectOk(SID, PAGE, DATA + PAGE);
    expect([inTcu.values(2), inTbu.values(2)]).toEqual([
      [2, 1],
      [2, 2],
    ]);
  });
});

describe('events of MMU-600 and MMU-700, by their numbers', () => {
  beforeEach(() => machine(CACHES));

  test('walk caches by level, look-ups and misses; their RAM reads', () => {
    const levels = tcu().countAll(0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87);
    m.expectOk(SID, 0n, DATA); // all four levels miss
    m.expectOk(SID, PAGE, DATA + PAGE); // level 3 misses, level 2 has the table
    m.expectOk(SID, 2n * PAGE, DATA + 2n * PAGE);
    expect(levels.values(8)).toEqual([1, 1, 1, 1, 3, 1, 3, 3]);
  });

  test('walk caches of stage 2', () => {
    nestedStream(6);
    const counters = tcu().countAll(0x88, 0x8a, 0x8b, 0x8c, 0x8d, 0x8e, 0x8f, 0x90);
    expect(m.translate(6, 0n).status).toBe('ok');
    // Level 3 misses five times: CD, three descriptors, output. Level 2 has the block of the descriptors, level 1 the table of the
    // output's block. Level 0 does not exist.
    expect(counters.values(8)).toEqual([0, 2, 1, 5, 2, 5, 5, 2 + 5 + 5 + 3]); // and three levels of stage 1
  });

  test('configuration cache: look-ups, RAM reads, misses', () => {
    const counters = tcu().countAll(0x92, 0x93, 0x94);
    m.expectOk(SID, 0n, DATA);
    m.expectOk(SID, PAGE, DATA + PAGE);
    expect(counters.values(3)).toEqual([2, 2, 1]);
  });

  test('micro and main TLB: look-ups, misses, RAM reads; translation requests', () => {
    const counters = tbu().countAll(0x80, 0x81, 0x82, 0x83, 0x84, 0x88);
    s.tables.map(0x4000_0000n, DATA & ~0x1f_ffffn, s1Leaf(), 2); // a 2 MiB block
    m.expectOk(SID, 0n, DATA);
    m.expectOk(SID, 0x4000_0000n, DATA & ~0x1f_ffffn);
    m.expectOk(SID, PAGE, DATA + PAGE); // two sizes are in the main TLB: both are tried
    m.expectOk(SID, 2n * PAGE, DATA + 2n * PAGE); // micro TLB: pages 1 and 2
    m.expectOk(SID, 0n, DATA); // main TLB: the smaller size is tried first, and hits
    m.expectOk(SID, 0x4000_0040n, (DATA & ~0x1f_ffffn) + 0x40n); // main TLB: both sizes
    m.expectOk(SID, 0x4000_0080n, (DATA & ~0x1f_ffffn) + 0x80n); // micro TLB
    expect(counters.values(6)).toEqual([6, 4, 1 + 1 + 2 + 2 + 1 + 2, 7, 6, 4]);
  });

  test('a unified walk cache counts the levels down to the one that answered', async () => {
    await machine({ ...CACHES, walkCaches: { unified: full } });
    const levels = tcu().countAll(0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87);
    m.expectOk(SID, 0n, DATA);
    m.expectOk(SID, PAGE, DATA + PAGE);
    expect(levels.values(8)).toEqual([1, 1, 1, 1, 2, 1, 2, 2]);
  });

  test('what the model has no counterpart for counts nothing', () => {
    const inTcu = tcu().countAll(6, 7, 0x91, 0xc0);
    const inTbu = tbu().countAll(6, 7, 0x85, 0x86, 0x87, 0x8b, 0x8c, 0xd0);
    m.expectOk(SID, 0n, DATA, { access: 'write' });
    m.smmu.advance(1000n);
    expect([...inTcu.values(4), ...inTbu.values(8)]).toEqual(Array(12).fill(0));
  });
});

describe('TLBs tagged by context ask for the configuration first', () => {
  test('a request that the micro TLB answers after all is no TLB miss', async () => {
    await machine({ ...CACHES, microTlb: { ...full, tag: 'context' }, mainTlb: { ...full, tag: 'context' } });
    const counters = tbu().countAll(1, 2, 0x88);
    for (let i = 0; i < 3; i++) m.expectOk(SID, 0n, DATA);
    expect(counters.values(3)).toEqual([3, 1, 3]);
  });
});

describe('IHI 0070 §10.2 what enables a counter', () => {
  beforeEach(() => machine(CACHES));
  const one = (): void => void m.expectOk(SID, 0n, DATA);

  test('CR.E, CNTEN and the event, each of them', () => {
    const c = tbu().count(2, 1);
    one();
    c.group.write32(P.CR, 0);
    one();
    c.group.write32(P.CR, 1);
    c.group.write64(P.CNTENCLR0, 4n);
    one();
    c.group.write64(P.CNTENSET0, 4n);
    c.group.write32(P.EVTYPER0 + 8, SPAN | 0x7f);
    one();
    c.group.write32(P.EVTYPER0 + 8, SPAN | 0x101); // not event 1: all 16 bits count
    one();
    expect(c.get(2)).toBe(1n);
    c.group.write32(P.EVTYPER0 + 8, SPAN | 1);
    one();
    expect(c.get(2)).toBe(2n);
  });

  test('counting changes no answer and no statistics, whatever way transactions come in', async () => {
    const other = m;
    await machine(CACHES);
    tbu().countAll(1, 2, 0x83);
    tcu().countAll(4);
    const run = (smmu: Smmu): unknown => {
      const batch = smmu.createBatch(40);
      batch.iova.forEach((_, i) => (batch.iova[i] = BigInt((i * 7) % 16) * PAGE));
      batch.streamId.fill(SID);
      smmu.translateBatch(batch);
      const pa = Array.from({ length: 20 }, (_, i) => smmu.lookup(SID, (i % 5) * 4096, 0));
      return [pa, [...batch.pa], [...batch.status], smmu.stats()];
    };
    expect(run(m.smmu)).toEqual(run(other.smmu));
    expect(tbu().get(0)).toBe(60n);
  });

  test('they agree with the statistics over mixed traffic', async () => {
    await machine(CACHES);
    nestedStream(6);
    stage1(m, 4, { cdFields: s.cdFields });
    const inTcu = tcu().countAll(4, 5, 0x92, 0x94, 0x86, 0x87, 0x8c, 0x8d);
    const inTbu = tbu().countAll(1, 0x80, 0x81, 0x83, 0x84);
    let state = 1;
    for (let i = 0; i < 600; i++) {
      state = (state * 1103515245 + 12345) % 2 ** 31; // any order will do
      const page = BigInt((state >> 8) % 20);
      m.translate([SID, 4, 6, 9][(state >> 20) % 4], page * PAGE, { access: i % 3 ? 'read' : 'write' });
      if (i % 97 === 0) m.command([0x30n, 0n]); // CMD_TLBI_NSNH_ALL
    }
    const { transactions, reads, caches } = m.smmu.stats();
    const of = (name: string): number[] => [caches[name].lookups, caches[name].misses];
    expect(inTbu.values(5)).toEqual([transactions, ...of('tbu0.main'), ...of('tbu0.micro')]);
    expect(inTcu.values(8)).toEqual([
      reads.stage1 + reads.stage2,
      reads.ste + reads.cd,
      ...of('config'),
      ...of('walk.s1.l3'),
      ...of('walk.s2.l2'),
    ]);
    expect(transactions).toBe(600);
  });

  test('hits that have been served the short way before are counted from the first one on', () => {
    const hits = (): void => {
      const batch = m.smmu.createBatch(4);
      batch.streamId.fill(SID);
      m.smmu.translateBatch(batch);
      batch.dispose();
      for (let i = 0; i < 4; i++) m.smmu.lookup(SID, 64 * i, 0);
    };
    hits();
    hits();
    const c = tbu().countAll(1, 0x83, 0x84);
    hits();
    expect(c.values(3)).toEqual([8, 8, 0]);
    c.group.write32(P.CR, 0);
    hits();
    c.group.write32(P.CR, 1);
    hits();
    expect(c.values(3)).toEqual([16, 16, 0]);
  });

  test('Linux: SPAN = 1 and SMR all ones count every stream; half of the range as the start value', () => {
    const half = 1n << 63n;
    const c = tbu().count(0, 1, { from: half });
    one();
    m.translate(99, 0n);
    expect(c.get(0) - half).toBe(2n);
    expect(c.overflowed).toBe(0n);
  });
});

describe('IHI 0070 §10.4 StreamID filter', () => {
  /** Counts of one transaction of each of these streams, SMMUEN = 0: event 1 of the TBU. */
  async function counted(filter: number, span: boolean, sids: number[], sidsize = 16): Promise<number[]> {
    m = await Machine.create({ enable: false, id: { SIDSIZE: sidsize } });
    const c = tbu().count(0, 1, { sid: filter, type: span ? SPAN : 0 });
    return sids.filter((sid) => {
      const before = c.get(0);
      m.translate(sid, 0n);
      return c.get(0) !== before;
    });
  }
  const around = (at: number, n: number): number[] => Array.from({ length: 2 * n }, (_, i) => at - n + i);

  test.each([
    ['SPAN = 0: that StreamID alone', 0x42, false, around(0x44, 8), [0x42]],
    ['SPAN = 0: all ones are a StreamID too', 0xffff, false, [0, 0xfffe, 0xffff], [0xffff]],
    ['lowest 0 at bit 0: two', 0x42, true, around(0x44, 8), [0x42, 0x43]],
    ['lowest 0 at bit 1: four', 0x41, true, around(0x44, 8), [0x40, 0x41, 0x42, 0x43]],
    ['lowest 0 at bit 3: sixteen', 0x47, true, around(0x48, 16), around(0x48, 8)],
    ['0 names 0 and 1', 0, true, [0, 1, 2, 3], [0, 1]],
    [
      'all implemented bits 1: every stream',
      0xffff,
      true,
      [0, 1, 0x7fff, 0x8000, 0xffff],
      [0, 1, 0x7fff, 0x8000, 0xffff],
    ],
    [
      'only the top bit 0: every stream',
      0x7fff,
      true,
      [0, 0x7fff, 0x8000, 0xffff],
      [0, 0x7fff, 0x8000, 0xffff],
    ],
    ['the half below the top', 0x3fff, true, [0, 0x7fff, 0x8000], [0, 0x7fff]],
    ['bits that are not implemented do not count', 0xabcd_0042, true, around(0x44, 8), [0x42, 0x43]],
  ] as const)('%s', async (_name, filter, span, sids, passing) => {
    expect(await counted(filter, span, [...sids])).toEqual([...passing]);
  });

  test.each([
    // The three examples of §10.4
    [
      'first example',
      0x001b_f7f7,
      true,
      [0x001b_f7ef, 0x001b_f7f0, 0x001b_f7ff, 0x001b_f800],
      [0x001b_f7f0, 0x001b_f7ff],
    ],
    [
      'second example',
      0x001b_f7f6,
      true,
      [0x001b_f7f5, 0x001b_f7f6, 0x001b_f7f7, 0x001b_f7f8],
      [0x001b_f7f6, 0x001b_f7f7],
    ],
    [
      'third example',
      0x001b_f5ff,
      true,
      [0x001b_f3ff, 0x001b_f400, 0x001b_f7ff, 0x001b_f800],
      [0x001b_f400, 0x001b_f7ff],
    ],
    ['32 bits: all ones', 0xffff_ffff, true, [0, 0x8000_0000, 0xffff_ffff], [0, 0x8000_0000, 0xffff_ffff]],
    ['32 bits: only bit 31 is 0', 0x7fff_ffff, true, [0, 0x8000_0000], [0, 0x8000_0000]],
    [
      '32 bits: bit 30 is the lowest 0',
      0xbfff_ffff,
      true,
      [0x7fff_ffff, 0x8000_0000, 0xffff_ffff],
      [0x8000_0000, 0xffff_ffff],
    ],
  ] as const)('%s', async (_name, filter, span, sids, passing) => {
    expect(await counted(filter, span, [...sids], 32)).toEqual([...passing]);
  });

  test('each counter its own; events of the TCU by the stream that they are for; cycles have no filter', async () => {
    await machine(CACHES);
    stage1(m, 4);
    const c = tcu()
      .count(0, 5, { sid: SID, type: 0 })
      .count(1, 5, { sid: 4, type: 0 })
      .count(2, 5)
      .count(3, 0, { sid: 9, type: 0 });
    const from = m.smmu.now;
    const cycles = (): number => Number(m.smmu.now - from);
    m.translate(SID, 0n);
    m.smmu.advance(m.smmu.now + 7n);
    expect(cycles()).toBeGreaterThanOrEqual(7);
    expect(c.values(4)).toEqual([2, 0, 2, cycles()]);
    m.translate(4, 0n);
    expect(c.values(4)).toEqual([2, 2, 4, cycles()]);
  });

  test('SID_FILTER_TYPE = 1: the filter of counter 0 rules all counters', async () => {
    const { timing } = presets.minimal;
    const smmu = await Smmu.create({
      ram: [{ base: RAM, size: 4096 }],
      timing: { ...timing, pmcg: { ...timing.pmcg, filterPerCounter: false } },
    });
    const c = new Counters(smmu.pmcg[1]).count(0, 1, { sid: SID, type: 0 }).count(1, 1).count(7, 1);
    for (const streamId of [0, SID, SID + 1, SID]) smmu.translate({ streamId, iova: 0n });
    expect([0, 1, 7].map((n) => Number(c.get(n)))).toEqual([2, 2, 2]);
  });

  test('a group for each TBU: streams count where they enter', async () => {
    const ram = [{ base: RAM, size: 4096 }];
    const smmu = await Smmu.create({ ram, timing: false, tbus: 3, tbuOf: (sid) => sid % 3 });
    const groups = smmu.pmcg.slice(1).map((group) => new Counters(group).countAll(1));
    for (const streamId of [0, 1, 2, 3, 4, 6]) smmu.translate({ streamId, iova: 0n });
    expect(groups.map((c) => Number(c.get(0)))).toEqual([3, 2, 1]);
  });
});
