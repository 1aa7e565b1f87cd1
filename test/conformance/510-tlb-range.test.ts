import { beforeEach, describe, expect, test } from '@jest/globals';
import { TG_COMMAND, cmd, s1Leaf, s2Leaf, type Command, type Granule } from '../support/encode.js';
import { LPA_ID, Machine, SPACIOUS } from '../support/machine.js';
import { nested, stage1, stage2 } from '../support/streams.js';
import { NEW, OLD, Page, expectGone } from '../support/stale.js';

let m: Machine;
beforeEach(async () => {
  m = await Machine.create({ caches: SPACIOUS, id: { RIL: 1 } });
});
const BASE = 0x4000_0000n;

describe('IHI 0070 §4.4.1 range invalidation', () => {
  const ranges: [Granule, number, number, number][] = [
    [12, 1, 0, 2],
    [12, 7, 0, 8],
    [12, 0, 1, 2],
    [12, 2, 1, 6],
    [12, 31, 0, 32],
    [12, 0, 5, 32],
    [12, 0, 6, 64],
    [14, 1, 0, 2],
    [14, 0, 3, 8],
    [16, 3, 0, 4],
    [16, 1, 2, 8],
  ];
  const kinds: [string, (r: object) => Command][] = [
    ['CMD_TLBI_NH_VA', (r) => cmd.nhVa(0, 0, BASE, r)],
    ['CMD_TLBI_NH_VAA', (r) => cmd.nhVaa(0, BASE, r)],
    ['CMD_TLBI_S2_IPA', (r) => cmd.s2Ipa(0, BASE, r)],
    ['CMD_TLBI_EL2_VA', (r) => cmd.el2Va(0, BASE, r)],
  ];
  const cases = kinds.flatMap(([name, make]) => ranges.map((r) => [name, ...r, make] as const));
  test.each(cases)(
    '§4.4.1 %s, granule 2^%i, NUM = %i, SCALE = %i: %i pages, no more',
    (name, granule, num, scale, count, make) => {
      const size = 1n << BigInt(granule);
      const leaf = name.includes('S2') ? s2Leaf() : s1Leaf();
      const t = name.includes('S2')
        ? stage2(m, 0, { granule, tsz: 25, start: granule === 12 ? 1 : 2 })
        : stage1(m, 0, { granule, tsz: 25, steFields: { STRW: name.includes('EL2') ? 2 : 0 } }).tables;
      const indexes = [-1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 31, 32, 33, 39, 63, 64].filter(
        (i) => granule === 12 || i < 16,
      );
      const pages = indexes.map(
        (i) =>
          new Page(
            m,
            `${i}`,
            0,
            BASE + BigInt(i) * size,
            t,
            leaf,
            3,
            OLD + BigInt(i + 1) * size,
            NEW + BigInt(i + 1) * size,
          ),
      );
      const gone = indexes.filter((i) => i >= 0 && i < count).map(String);
      // TTL = 3 keeps the one-page case legal and names the level of these entries.
      expectGone(pages, gone, () => m.command(make({ tg: TG_COMMAND[granule], num, scale, ttl: 3 })));
    },
  );

  test('§4.4.1 a range does not wrap past the top of the lower half', () => {
    const t = stage1(m, 0).tables;
    const pages = [new Page(m, 'bottom', 0, 0n, t), new Page(m, 'top', 0, 0xffff_ffff_f000n, t)];
    expectGone(pages, ['top'], () =>
      m.command(cmd.nhVa(0, 0, 0xffff_ffff_f000n, { tg: 1, num: 31, scale: 31 })),
    );
  });
  test('§4.4.1 the largest span: 32 * 2^31 granules of 64K', () => {
    const t = stage1(m, 0, { granule: 16 }).tables;
    const pages = [
      new Page(m, 'bottom', 0, 0n, t, s1Leaf(), 3, OLD, NEW),
      new Page(m, 'top', 0, 0xffff_ffff_0000n, t, s1Leaf(), 3, OLD, NEW),
    ];
    expectGone(pages, ['bottom', 'top'], () => m.command(cmd.nhVa(0, 0, 0n, { tg: 3, num: 31, scale: 31 })));
  });
  test('§4.4.1 SCALE has 5 bits without IDR5.DS: bit 25 is RES0', () => {
    const t = stage1(m, 0).tables;
    const pages = [0, 1, 2].map((i) => new Page(m, `${i}`, 0, BASE + (BigInt(i) << 12n), t));
    expectGone(pages, ['0', '1'], () =>
      m.command(cmd.nhVa(0, 0, BASE, { tg: 1, num: 1, scale: 32, ttl: 3 })),
    );
  });
  test('§4.4.1 with IDR5.DS SCALE above 39 behaves as 39', async () => {
    m = await Machine.create({ caches: SPACIOUS, id: { ...LPA_ID, RIL: 1 } });
    const t = stage1(m, 0).tables;
    const pages = [new Page(m, 'bottom', 0, 0n, t), new Page(m, 'top', 0, 0xffff_ffff_f000n, t)];
    expectGone(pages, ['bottom', 'top'], () => m.command(cmd.nhVa(0, 0, 0n, { tg: 1, num: 0, scale: 63 })));
  });
  // A range of so many pages is looked for among all tags, of which VA[39:12] are compared together.
  test.each([
    ['SPACIOUS', SPACIOUS],
    ['sets of four', { mainTlb: { entries: 64, ways: 4, policy: 'round-robin' } }],
  ] as const)(
    '§4.4.1 pages that differ from the range above VA[39] alone stay: %s',
    async (_name, caches) => {
      m = await Machine.create({ caches, id: { RIL: 1 } });
      const t = stage1(m, 0).tables;
      const pages = [0n, 1n, 0x7en].map(
        (high) => new Page(m, `${high}`, 0, (high << 40n) | (BASE + 0x3000n), t),
      );
      expectGone(pages, ['0'], () => m.command(cmd.nhVa(0, 0, BASE, { tg: 1, num: 31, scale: 5 })));
    },
  );
  test('§4.4.1 without IDR3.RIL the range fields are RES0: one address, any entry', async () => {
    m = await Machine.create({ caches: SPACIOUS, id: { RIL: 0 } });
    const t = stage1(m, 0).tables;
    const pages = [0, 1].map((i) => new Page(m, `${i}`, 0, BASE + (BigInt(i) << 12n), t));
    expectGone(pages, ['0'], () => m.command(cmd.nhVa(0, 0, BASE, { tg: 1, num: 7, scale: 3 })));
  });

  // TTL: one 2 MB block and one 4 KB page, both inside the range
  const ttl: [number, string[]][] = [
    [0, ['block', 'page']],
    [1, []],
    [2, ['block']],
    [3, ['page']],
  ];
  test.each(ttl)('§4.4.1 TTL = %i takes leaf entries %j', (level, gone) => {
    const t = stage1(m, 0).tables;
    const pages = [
      new Page(m, 'block', 0, BASE, t, s1Leaf(), 2),
      new Page(m, 'page', 0, BASE + 0x20_0000n, t),
    ];
    expectGone(pages, gone, () => m.command(cmd.nhVa(0, 0, BASE, { tg: 1, num: 1, scale: 9, ttl: level })));
  });
  test('§4.4.1 TG narrows to its granule: entries of another granule stay', () => {
    const t = stage1(m, 0).tables;
    expectGone([new Page(m, 'page', 0, BASE, t)], [], () =>
      m.command(cmd.nhVa(0, 0, BASE, { tg: 3, num: 1, ttl: 3 })),
    );
  });
  test('§4.4.1 TG = 0: any granule, any level, one address', () => {
    const t = stage1(m, 0).tables;
    const u = stage1(m, 1, { granule: 16, cdFields: { ASID: 5 } }).tables;
    const pages = [
      new Page(m, 'block', 0, BASE, t, s1Leaf(), 2),
      new Page(m, '64K', 1, BASE, u, s1Leaf(), 3, OLD, NEW),
    ];
    expectGone(pages, ['block', '64K'], () => m.command(cmd.nhVaa(0, BASE + 0xf000n)));
  });
});

describe('IHI 0070 §3.17, §13 large pages are held whole', () => {
  const sizes: [Granule, number, bigint][] = [
    [12, 1, 1n << 30n],
    [12, 2, 1n << 21n],
    [14, 2, 1n << 25n],
    [16, 2, 1n << 29n],
  ];
  test.each(sizes)(
    'granule 2^%i, level %i block: an entry made at one address answers at another',
    (granule, level, size) => {
      const t = stage1(m, 0, { granule }).tables;
      const page = new Page(m, 'block', 0, size, t, s1Leaf(), level, 8n * size, 16n * size);
      page.warm();
      page.change();
      expect(page.state(size - 0x1000n)).toBe('stale');
      m.command(cmd.nhVa(0, 0, size + size / 2n));
      expect([page.state(), page.state(size - 0x1000n)]).toEqual(['fresh', 'fresh']);
    },
  );
  const runs: [Granule, number][] = [
    [12, 16],
    [14, 128],
    [16, 32],
  ];
  test.each(runs)('granule 2^%i: a contiguous run of %i pages is one entry', (granule, count) => {
    const t = stage1(m, 0, { granule }).tables;
    const size = 1n << BigInt(granule);
    const base = size * BigInt(count);
    const pages = Array.from(
      { length: count },
      (_, i) =>
        new Page(
          m,
          `${i}`,
          0,
          base + BigInt(i) * size,
          t,
          s1Leaf({ contiguous: 1 }),
          3,
          OLD * 4n + BigInt(i) * size,
          NEW * 4n + BigInt(i) * size,
        ),
    );
    pages[1].warm();
    for (const p of pages) p.change();
    expect([pages[0].state(), pages[count - 1].state()]).toEqual(['stale', 'stale']);
    m.command(cmd.nhVa(0, 0, base + size * BigInt(count - 1)));
    expect([pages[0].state(), pages[1].state(), pages[count - 1].state()]).toEqual([
      'fresh',
      'fresh',
      'fresh',
    ]);
  });
  test('a stage 1 block over smaller stage 2 pages: NH_VA of any address of the block removes every part of it', () => {
    const n = nested(m, 0);
    n.tables.map(0n, 0x9_0000_0000n, s1Leaf(), 2);
    for (const i of [0n, 1n, 5n]) n.s2.map(0x9_0000_0000n + i * 0x1000n, OLD + i * 0x1000n, s2Leaf());
    n.s2.map(0xa_0000_0000n, NEW, s2Leaf(), 2);
    for (const i of [0n, 1n, 5n]) m.expectOk(0, i * 0x1000n, OLD + i * 0x1000n);
    n.tables.map(0n, 0xa_0000_0000n, s1Leaf(), 2);
    m.expectOk(0, 0x5000n, OLD + 0x5000n);
    m.command(cmd.nhVa(0, 0, 0x1f_f000n));
    for (const i of [0n, 1n, 5n]) m.expectOk(0, i * 0x1000n, NEW + i * 0x1000n);
  });
});

describe('IHI 0070 §4.4 Leaf and the walk caches', () => {
  const VA = 0x4000_3000n;
  function twoTables(): { change: () => void } {
    const t = stage1(m, 0).tables;
    t.map(VA, OLD, s1Leaf());
    m.expectOk(0, VA, OLD);
    const other = m.alloc(4096);
    m.words(other + ((VA >> 12n) & 511n) * 8n, [NEW | s1Leaf() | 3n]);
    const at = t.slot(VA, 2);
    return { change: () => m.words(at, [other | 3n]) };
  }
  test('Leaf = 0 takes the cached Table descriptors on the path', () => {
    twoTables().change();
    m.command(cmd.nhVa(0, 0, VA, { leaf: 0 }));
    m.expectOk(0, VA, NEW);
  });
  test('Leaf = 1 takes leaf entries alone: a cached Table descriptor stays', () => {
    twoTables().change();
    m.command(cmd.nhVa(0, 0, VA, { leaf: 1 }));
    m.expectOk(0, VA, OLD);
  });
  test('NH_ASID takes the walk caches of the ASID', () => {
    twoTables().change();
    m.command(cmd.nhAsid(0, 0));
    m.expectOk(0, VA, NEW);
  });
  test('TTL = 2, Leaf = 0: level 2 Table descriptors stay', () => {
    twoTables().change();
    m.command(cmd.nhVa(0, 0, VA & ~0x1f_ffffn, { tg: 1, num: 0, scale: 9, ttl: 2 }));
    m.expectOk(0, VA, OLD);
  });
});
