// Hits against walks at the edges: of an address range, of the top byte, of a contiguous group, of an address space. Whatever a
// cache holds, an address that a walk would refuse is refused, and one address space never answers for another.
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { CacheGeometry, SmmuOptions } from '../../src/index.js';
import { cmd, s1Leaf, s2Leaf, type CdFields, type Granule } from '../support/encode.js';
import { F_ADDR_SIZE, F_TRANSLATION } from '../support/events.js';
import { LPA_ID, Machine, SPACIOUS } from '../support/machine.js';
import { globalLeaf } from '../support/stale.js';
import { nested, stage1, stage2 } from '../support/streams.js';
import { say, WAYS, type Way } from '../support/ways.js';

const PA = 0x1_0000_0000n;
const NEW = 0x2_0000_0000n;
const IPA = 0x9_0000_0000n;
let m: Machine;
beforeEach(async () => {
  m = await Machine.create({ caches: SPACIOUS });
});

/** Until every cache that can hold the answer does. */
const warm = (way: Way, sid: number, iova: bigint, pa: bigint): void => {
  for (const _ of [0, 1, 2]) expect(say(m, way, sid, iova)).toEqual({ status: 'ok', pa, event: undefined });
};

describe('IHI 0070 §3.4.1 the top byte of an address that hits', () => {
  const lower = 0x7f12_3456_7000n;
  const upper = 0xffff_8012_3456_7000n;
  const bitsAbove = [56n, 57n, 58n, 59n, 60n, 61n, 62n, 63n];
  const flips = [...bitsAbove.map((bit) => 1n << bit), 0xff00_0000_0000_0000n];
  const halves: [string, bigint, boolean][] = [
    ['TTB0', lower, false],
    ['TTB1', upper, true],
  ];
  const cases = WAYS.flatMap((way) => halves.map((half) => [way, ...half] as const));
  test.each(cases)('without TBI VA[63:55] are equal, asked by %s: %s', (way, _name, va, up) => {
    stage1(m, 0, { upper: up }).tables.map(va, PA, s1Leaf());
    warm(way, 0, va, PA);
    for (const flip of flips)
      expect(say(m, way, 0, va ^ flip)).toMatchObject({ status: 'abort', event: F_TRANSLATION });
    warm(way, 0, va, PA);
  });
  test.each(cases)('with TBI VA[63:56] are ignored, asked by %s: %s', (way, _name, va, up) => {
    const tbi: CdFields = up ? { TBI1: 1 } : { TBI0: 1 };
    stage1(m, 0, { upper: up, cdFields: tbi }).tables.map(va, PA, s1Leaf());
    warm(way, 0, va, PA);
    for (const flip of flips) expect(say(m, way, 0, va ^ flip).pa).toBe(PA);
  });
  test.each(WAYS)('TBI of one half says nothing of the other, asked by %s', (way) => {
    const s = stage1(m, 0, { cdFields: { TBI0: 1, TBI1: 0, EPD1: 0 } });
    const other = m.tables({ granule: 12, tsz: 16 });
    m.cd(s.cd, { ...s.cdFields, EPD1: 0, T1SZ: 16, TG1: 2, TTB1: other.root });
    s.tables.map(lower, PA, s1Leaf());
    other.map(upper, NEW, s1Leaf());
    warm(way, 0, lower, PA);
    warm(way, 0, upper, NEW);
    expect(say(m, way, 0, lower ^ 0xff00_0000_0000_0000n).pa).toBe(PA);
    expect(say(m, way, 0, upper ^ 0xff00_0000_0000_0000n).event).toBe(F_TRANSLATION);
  });
});

describe('DDI 0487 D8.6 a Contiguous group and the input range (IHI 0070 §3.4.1)', () => {
  // Granule, T0SZ with an input range smaller than the group, level of the leaves.
  const small: [Granule, number, number][] = [
    [14, 48, 3],
    [16, 47, 3],
    [12, 42, 2],
  ];
  const cases = WAYS.flatMap((way) => small.map((row) => [way, ...row] as const));
  test.each(cases)(
    'stage 1, asked by %s: granule 2^%i, T0SZ = %i, level %i: no hit beyond the range',
    (way, ...row) => {
      const [granule, tsz, level] = row;
      const t = stage1(m, 0, { granule, tsz }).tables;
      t.map(0n, PA, s1Leaf({ contiguous: 1 }), level);
      warm(way, 0, 0n, PA);
      expect(say(m, way, 0, 1n << BigInt(64 - tsz))).toMatchObject({ status: 'abort', event: F_TRANSLATION });
    },
  );
  test.each(cases)(
    'stage 2, asked by %s: granule 2^%i, S2T0SZ = %i, level %i',
    (way, granule, tsz, level) => {
      const t = stage2(m, 0, { granule, tsz, start: level });
      t.map(0n, PA, s2Leaf({ contiguous: 1 }), level);
      warm(way, 0, 0n, PA);
      expect(say(m, way, 0, 1n << BigInt(64 - tsz))).toMatchObject({ status: 'abort', event: F_TRANSLATION });
    },
  );
  test('a group as large as the range is one entry; one page more would not be', () => {
    const t = stage1(m, 0, { tsz: 48 }).tables;
    for (let page = 0n; page < 16n; page++) t.map(page << 12n, PA + (page << 12n), s1Leaf({ contiguous: 1 }));
    m.expectOk(0, 0n, PA);
    expect(m.expectOk(0, 0xf000n, PA + 0xf000n).reads.stage1).toBe(0);
  });
});

describe('DDI 0487 D8.7.1.1 a Contiguous bit that does not agree with its group counts for nothing', () => {
  const pages = [0n, 1n, 2n, 3n];
  const out = (page: bigint): bigint => PA + (page * 5n + 3n) * 0x1000n;
  test.each(WAYS)('stage 1: each page keeps an output of its own, asked by %s', (way) => {
    const t = stage1(m, 0).tables;
    for (const page of pages) t.map(page << 12n, out(page), s1Leaf({ contiguous: 1 }));
    for (const page of pages) warm(way, 0, page << 12n, out(page));
    for (const page of pages) warm(way, 0, page << 12n, out(page));
  });
  test.each(WAYS)('stage 2: each page keeps an output of its own, asked by %s', (way) => {
    const t = stage2(m, 0);
    for (const page of pages) t.map(page << 12n, out(page), s2Leaf({ contiguous: 1 }));
    for (const page of pages) warm(way, 0, page << 12n, out(page));
    for (const page of pages) warm(way, 0, page << 12n, out(page));
  });
});

describe('DDI 0487 D8.7.1 how many entries a Contiguous group has', () => {
  // Granule, level, entries: 16 pages or blocks of 4 KB; 128 pages or 32 blocks of 16 KB; 32 of 64 KB.
  const groups: [Granule, number, number][] = [
    [12, 3, 16],
    [12, 2, 16],
    [12, 1, 16],
    [14, 3, 128],
    [14, 2, 32],
    [16, 3, 32],
    [16, 2, 32],
  ];
  test.each(groups)('granule 2^%i, level %i: %i, and not one more', (granule, level, entries) => {
    const t = stage1(m, 0, { granule }).tables;
    const bytes = t.leafBytes(level);
    const group = BigInt(entries) * bytes;
    const output = (at: bigint): bigint => 0x40_0000_0000n + at;
    for (const i of [0, 1, entries - 1, entries])
      t.map(BigInt(i) * bytes, output(BigInt(i) * bytes), s1Leaf({ contiguous: 1 }), level);
    m.expectOk(0, 0n, output(0n));
    expect(m.expectOk(0, group - 1n, output(group - 1n), { size: 1 }).reads.stage1).toBe(0);
    expect(m.expectOk(0, group, output(group)).reads.stage1).toBe(1);
  });
});

describe('IHI 0070 §3.13.1 chosen: no contiguous span where hardware manages the access flag', () => {
  const AF = 1n << 10n;
  const run = Array.from({ length: 16 }, (_, i) => BigInt(i) << 12n);
  test.each(WAYS)('stage 1: each page used is marked, no other, asked by %s', (way) => {
    const t = stage1(m, 0, { cdFields: { HA: 1 } }).tables;
    for (const at of run) t.map(at, PA + at, s1Leaf({ af: 0, contiguous: 1 }));
    const used = [0x3000n, 0x4000n, 0xf000n];
    for (const at of used) warm(way, 0, at, PA + at);
    expect(run.filter((at) => (t.read(at, 3) & AF) !== 0n)).toEqual(used);
  });
  test.each(WAYS)('stage 2: each page used is marked, no other, asked by %s', (way) => {
    const t = stage2(m, 0, { steFields: { S2HA: 1 } });
    for (const at of run) t.map(at, PA + at, s2Leaf({ af: 0, contiguous: 1 }));
    const used = [0x3000n, 0x4000n, 0xf000n];
    for (const at of used) warm(way, 0, at, PA + at);
    expect(run.filter((at) => (t.read(at, 3) & AF) !== 0n)).toEqual(used);
  });
});

describe('IHI 0070 §3.4 a block larger than the output size', () => {
  const GB = 1n << 30n;
  beforeEach(async () => {
    m = await Machine.create({ caches: SPACIOUS, id: LPA_ID });
  });
  // A level 0 block of 4K LPA2 has 512 GB; with IPS or S2PS of 32 bits its outputs end at 4 GB. SH is not in the leaf there.
  test.each(WAYS)('stage 1 faults by the whole output address, asked by %s', (way) => {
    const t = stage1(m, 0, { oa52: true, cdFields: { IPS: 0 } }).tables;
    t.map(0n, 0n, s1Leaf({ sh: 0 }), 0);
    expect(say(m, way, 0, 4n * GB).event).toBe(F_ADDR_SIZE);
    warm(way, 0, 4n * GB - 0x1000n, 4n * GB - 0x1000n);
    expect(say(m, way, 0, 4n * GB).event).toBe(F_ADDR_SIZE);
    expect(say(m, way, 0, 511n * GB).event).toBe(F_ADDR_SIZE);
    warm(way, 0, 0n, 0n);
  });
  test.each(WAYS)('stage 2 faults by the whole output address, asked by %s', (way) => {
    const t = stage2(m, 0, { oa52: true, tsz: 16, start: 0, steFields: { S2PS: 0 } });
    t.map(0n, 0n, s2Leaf({ sh: 0 }), 0);
    expect(say(m, way, 0, 4n * GB).event).toBe(F_ADDR_SIZE);
    warm(way, 0, 4n * GB - 0x1000n, 4n * GB - 0x1000n);
    expect(say(m, way, 0, 4n * GB).event).toBe(F_ADDR_SIZE);
    warm(way, 0, 0n, 0n);
  });
});

describe('IHI 0070 §3.17 global entries under every index function', () => {
  const geometry = (index: CacheGeometry['index']): CacheGeometry => ({
    entries: 64,
    ways: 4,
    policy: 'lru',
    tag: 'context',
    index,
  });
  const kinds: [string, (g: CacheGeometry) => SmmuOptions['caches']][] = [
    ['micro TLB', (microTlb) => ({ microTlb })],
    ['main TLB', (mainTlb) => ({ mainTlb })],
    ['TLB of the TCU', (tcuTlb) => ({ tcuTlb })],
    ['walk cache of level 3', ({ tag: _, ...g }) => ({ walkCaches: { s1: [false, false, false, g] } })],
    ['walk cache of all levels', ({ tag: _, ...g }) => ({ walkCaches: { unified: { ...g, entries: 256 } } })],
  ];
  const cases = (['modulo', 'xor', 'hash'] as const).flatMap((index) =>
    kinds.map(([name, make]) => ({ index, name, make })),
  );
  test.each(cases)(
    '$index, $name: an entry made by one ASID answers every other',
    async ({ index, make }) => {
      m = await Machine.create({ caches: make(geometry(index)) });
      const pages = [0x5000n, 0x12_3000n, 0x7fff_f000n];
      const asids = [0, 1, 2, 3, 0x55, 0x1234, 0xffff];
      const first = stage1(m, 0, { cdFields: { ASID: 7 }, steFields: { S2VMID: 0x21 } });
      for (const va of pages) first.tables.map(va, PA + va, globalLeaf());
      for (const va of pages) m.expectOk(0, va, PA + va);
      asids.forEach((ASID, i) => {
        const at = m.alloc(64);
        m.cd(at, { ...first.cdFields, ASID });
        m.ste(i + 1, { Config: 5, S1ContextPtr: at, S2VMID: 0x21 });
        for (const va of pages) {
          const { reads } = m.expectOk(i + 1, va, PA + va);
          expect([ASID, va, reads.stage1]).toEqual([ASID, va, 0]);
        }
      });
    },
  );
  test.each(cases)('$index, $name: and TLBI_NH_VA of any ASID removes it', async ({ index, make }) => {
    m = await Machine.create({ caches: make(geometry(index)) });
    const va = 0x12_3000n;
    const { tables } = stage1(m, 0, { cdFields: { ASID: 7 }, steFields: { S2VMID: 0x21 } });
    tables.map(va, PA, globalLeaf());
    m.expectOk(0, va, PA);
    tables.map(va, NEW, globalLeaf());
    m.command(cmd.nhVa(0x22, 7, va), cmd.nhAsid(0x21, 7));
    m.expectOk(0, va, PA);
    m.command(cmd.nhVa(0x21, 0x99, va));
    m.expectOk(0, va, NEW);
  });
});

describe('IHI 0070 §3.17 more address spaces than a device has numbers for', () => {
  // Somewhat less than all 16,383, so that they run out among the spaces that come after.
  const SSIDS = 16_340;
  const VA = 0x12_3000n;
  const OTHER = 0x45_6000n;
  /** Uses up the numbers of contexts: each SubstreamID of stream 200 is one, and its invalid STE is never cached. */
  function useUp(way: Way): void {
    if (way !== 'translateBatch') {
      for (let ssid = 0; ssid < SSIDS; ssid++) m.smmu.lookup(200, 0, 8 | (ssid << 12));
      return;
    }
    const batch = m.smmu.createBatch(SSIDS);
    batch.streamId.fill(200);
    batch.flags.fill(8);
    for (let ssid = 0; ssid < SSIDS; ssid++) batch.substreamId[ssid] = ssid;
    m.smmu.translateBatch(batch);
    batch.dispose();
  }
  /** Takes a number now and then, so that what comes after does not take its numbers in the rhythm of before. */
  const shift = (i: number): void => {
    if (i % 5 === 0) m.smmu.lookup(200, 0, 8 | ((SSIDS + i) << 12));
  };
  beforeEach(async () => {
    m = await Machine.create({ caches: SPACIOUS, id: { SSIDSIZE: 20 } });
    m.ste(200, { V: 0 });
  });
  test.each(WAYS)(
    'cached configurations of before are told apart from streams that come after: %s',
    (way) => {
      const spaces = Array.from({ length: 96 }, (_, i) => i);
      const pa = (i: number): bigint => PA + (BigInt(i) << 12n);
      for (const i of spaces) {
        const { tables } = stage1(m, i, { cdFields: { ASID: i + 1 } });
        tables.map(VA, pa(i), s1Leaf());
        tables.map(OTHER, NEW, s1Leaf());
      }
      const [before, after] = [spaces.slice(0, 48), spaces.slice(48)];
      for (const i of before) {
        warm(way, i, VA, pa(i));
        warm(way, i, OTHER, NEW); // by the cached configuration
      }
      // Their translations go, so that nothing but their cached configurations knows their numbers.
      m.command(cmd.nsnhAll(), cmd.el2All());
      useUp(way);
      for (const i of after) {
        shift(i);
        warm(way, i, VA, pa(i));
      }
      for (const i of [...before, ...spaces]) expect([i, say(m, way, i, VA).pa]).toEqual([i, pa(i)]);
    },
  );
  test.each(WAYS)('IPA spaces and nested streams too: %s', (way) => {
    const spaces = Array.from({ length: 64 }, (_, i) => i);
    const pa = (i: number): bigint => PA + (BigInt(i) << 12n);
    for (const i of spaces) {
      if (i % 2 === 0) {
        const t = stage2(m, i, { vmid: i + 1 });
        t.map(VA, pa(i), s2Leaf());
        t.map(OTHER, NEW, s2Leaf());
        continue;
      }
      const n = nested(m, i, { vmid: i + 1 });
      for (const va of [VA, OTHER]) n.tables.map(va, IPA + va, s1Leaf());
      n.s2.map(IPA + VA, pa(i), s2Leaf());
      n.s2.map(IPA + OTHER, NEW, s2Leaf());
    }
    const [before, after] = [spaces.slice(0, 32), spaces.slice(32)];
    for (const i of before) {
      warm(way, i, VA, pa(i));
      warm(way, i, OTHER, NEW);
    }
    m.command(cmd.nsnhAll());
    useUp(way);
    for (const i of after) {
      shift(i);
      warm(way, i, VA, pa(i));
    }
    for (const i of [...before, ...spaces]) expect([i, say(m, way, i, VA).pa]).toEqual([i, pa(i)]);
  });
  test.each(WAYS)('what a TLB still holds keeps its number and answers: %s', (way) => {
    stage1(m, 1, { cdFields: { ASID: 1 } }).tables.map(VA, PA, s1Leaf());
    const { tables } = stage1(m, 2, { cdFields: { ASID: 2 } });
    tables.map(VA, PA, s1Leaf());
    for (const sid of [1, 2]) warm(way, sid, VA, PA);
    useUp(way);
    tables.map(VA, NEW, s1Leaf());
    m.expectOk(2, VA, PA);
    m.command(cmd.nhAsid(0, 2));
    m.expectOk(2, VA, NEW);
    expect(say(m, way, 1, VA).pa).toBe(PA);
  });
  test('all numbers in use: the TLBs are emptied, and answers stay those of the tables', async () => {
    const entries = 32_768;
    const all = 16_384;
    m = await Machine.create({
      caches: { mainTlb: { entries, ways: 4, policy: 'lru' }, configCache: false },
      id: { SSIDSIZE: 20 },
    });
    const { tables, cdFields } = stage1(m, 3);
    const cds = m.alloc(64);
    m.cd(cds, cdFields);
    tables.map(VA, PA, s1Leaf());
    // Every SubstreamID has the one CD: all L1CDs point to a page of equal CDs.
    const leaf = m.alloc(4096, 4096);
    for (let i = 0; i < 64; i++) m.cd(leaf + BigInt(i) * 64n, cdFields);
    const l1 = m.alloc(1 << 11, 1 << 11);
    for (let i = 0; i < 256; i++) m.words(l1 + BigInt(i) * 8n, [leaf | 1n]);
    m.ste(3, { Config: 5, S1ContextPtr: l1, S1CDMax: 14, S1Fmt: 1, S1DSS: 2 });
    const pa = Number(PA);
    let wrong = 0;
    for (let ssid = 1; ssid < all; ssid++) if (m.smmu.lookup(3, Number(VA), 8 | (ssid << 12)) !== pa) wrong++;
    expect(wrong).toBe(0);
    m.expectOk(3, VA, PA);
    for (let ssid = 1; ssid < all; ssid++) if (m.smmu.lookup(3, Number(VA), 8 | (ssid << 12)) !== pa) wrong++;
    expect(wrong).toBe(0);
    tables.map(VA, NEW, s1Leaf());
    m.command(cmd.nsnhAll());
    for (let ssid = 1; ssid < all; ssid++)
      if (m.smmu.lookup(3, Number(VA), 8 | (ssid << 12)) !== Number(NEW)) wrong++;
    expect(wrong).toBe(0);
  });
});

describe('IHI 0070 §3.3, §4.4.1 pages of a stage 2 smaller than a stage 1 table or block', () => {
  test('a 64K stage 1 table on scattered 4K pages: each descriptor is read from its own page', () => {
    const n = nested(m, 0, { ramLevel: 3, s1: { granule: 16, tsz: 25 } });
    const far = 0x300n << 16n; // descriptor 768 of the table: in the second 4K of it
    const near = 0n;
    n.tables.map(near, IPA, s1Leaf());
    n.tables.map(far, IPA + 0x1_0000n, s1Leaf());
    for (const i of [0n, 1n]) n.s2.map(IPA + i * 0x1_0000n, PA + i * 0x1_0000n, s2Leaf());
    // The page that holds the descriptor of `far` moves elsewhere in RAM; its IPA stays.
    const slot = n.tables.slot(far, 3);
    const page = slot & ~0xfffn;
    expect(page).toBe((n.tables.slot(near, 3) & ~0xfffn) + 0x1000n);
    const moved = m.alloc(4096, 4096);
    m.words(moved + (slot & 0xfffn), [m.smmu.memory.read64(slot)]);
    m.words(slot, [0n]);
    n.s2.map(page + 0x4000_0000n, moved, s2Leaf());
    m.expectOk(0, near, PA);
    m.expectOk(0, far, PA + 0x1_0000n);
    m.expectOk(0, near, PA);
  });
  const geometry = { entries: 64, ways: 4, policy: 'lru' } as const;
  const kinds: [string, SmmuOptions['caches']][] = [
    ['micro TLB', { microTlb: { ...geometry, tag: 'context' } }],
    ['main TLB tagged by stream', { mainTlb: { ...geometry, tag: 'stream' } }],
    ['TLB of the TCU', { tcuTlb: { ...geometry, tag: 'context' } }],
    ['walk caches', { walkCaches: { s1: [false, false, geometry, geometry] } }],
  ];
  const cases = WAYS.flatMap((way) => kinds.map(([name, caches]) => ({ way, name, caches })));
  test.each(cases)(
    '§4.4.1 $name with sets: NH_VA of one address takes every piece of the block ($way)',
    async (row) => {
      const { way, caches } = row;
      m = await Machine.create({ caches, id: { RIL: 1 } });
      const n = nested(m, 0);
      const pages = [0n, 1n, 5n, 0x10n, 0x1ffn].map((i) => i << 12n);
      n.tables.map(0n, IPA, s1Leaf(), 2);
      for (const at of pages) n.s2.map(IPA + at, PA + at, s2Leaf());
      n.s2.map(IPA + 0x20_0000n, NEW, s2Leaf(), 2);
      for (const command of [cmd.nhVa(0, 0, 0x2000n), cmd.nhVa(0, 0, 0x2000n, { tg: 1, num: 1 })]) {
        n.tables.map(0n, IPA, s1Leaf(), 2);
        m.command(cmd.nhAll(0));
        for (const at of pages) warm(way, 0, at, PA + at);
        n.tables.map(0n, IPA + 0x20_0000n, s1Leaf(), 2);
        m.command(command);
        for (const at of pages) expect([at, say(m, way, 0, at).pa]).toEqual([at, NEW + at]);
      }
    },
  );
});
