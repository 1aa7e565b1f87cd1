// A hit gives what a walk gives: rights are checked, and a write that has to mark its page dirty marks it, whoever asks. Pages are
// warm before they are asked, and each way of asking is warmed by each.
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { SmmuOptions } from '../../src/index.js';
import { cmd, s1Leaf, s2Leaf, type CdFields, type S1Leaf } from '../support/encode.js';
import { F_PERMISSION, F_TRANSLATION } from '../support/events.js';
import { Machine, SPACIOUS } from '../support/machine.js';
import { nested, stage1, stage2, type Nested } from '../support/streams.js';
import type { Tables } from '../support/tables.js';
import { say, WAYS, type Asked, type Way } from '../support/ways.js';

const VA = 0x12_3000n;
const PA = 0x1_0000_0000n;
const NEW = 0x2_0000_0000n;
const IPA = 0x9_0000_0000n;
/** AP[2] of stage 1: 1 is read-only. S2AP[1] of stage 2: 1 is writable. */
const WRITE_BIT = 1n << 7n;

const full = { entries: 64, ways: 'full', policy: 'lru' } as const;
const KINDS: [string, SmmuOptions['caches']][] = [
  ['all caches', SPACIOUS],
  [
    'TLBs tagged by stream',
    { microTlb: { entries: 8, ways: 8, policy: 'plru' }, mainTlb: { ...full, tag: 'stream' } },
  ],
  ['TLBs tagged by address space', { mainTlb: { ...full, tag: 'context' }, configCache: full }],
];
const WARMED = WAYS.flatMap((warmed) => WAYS.map((way) => [warmed, way] as const));
let m: Machine;

const warm = (way: Way, t: Asked = {}): void => {
  for (const _ of [0, 1, 2])
    expect(say(m, way, 0, VA, t)).toEqual({ status: 'ok', pa: PA, event: undefined });
};
const write = (way: Way): void =>
  expect(say(m, way, 0, VA, { access: 'write' })).toEqual({ status: 'ok', pa: PA, event: undefined });

describe.each(KINDS)('IHI 0070 §3.13.3 dirty state and hits: %s', (_kind, caches) => {
  beforeEach(async () => {
    m = await Machine.create({ caches });
  });
  const clean = { ap: 3, dbm: 1 };
  test.each(WARMED)('stage 1: read by %s, the first write, by %s, marks the page', (warmed, way) => {
    const t = stage1(m, 0, { cdFields: { HA: 1, HD: 1 } }).tables;
    t.map(VA, PA, s1Leaf(clean));
    warm(warmed);
    expect(t.read(VA, 3) & WRITE_BIT).toBe(WRITE_BIT);
    write(way);
    expect(t.read(VA, 3) & WRITE_BIT).toBe(0n);
    write(way);
  });
  test.each(WARMED)('stage 2: read by %s, the first write, by %s, marks the page', (warmed, way) => {
    const t = stage2(m, 0, { steFields: { S2HA: 1, S2HD: 1 } });
    t.map(VA, PA, s2Leaf({ s2ap: 1, dbm: 1 }));
    warm(warmed);
    expect(t.read(VA, 3) & WRITE_BIT).toBe(0n);
    write(way);
    expect(t.read(VA, 3) & WRITE_BIT).toBe(WRITE_BIT);
    write(way);
  });
  test('a leaf that has been marked dirty waits for no further update: the next write hits', () => {
    stage1(m, 0, { cdFields: { HA: 1, HD: 1 } }).tables.map(VA, PA, s1Leaf(clean));
    m.expectOk(0, VA, PA, { access: 'write' });
    expect(m.expectOk(0, VA, PA, { access: 'write' }).reads.stage1).toBe(0);
  });
  test('the same of stage 2', () => {
    stage2(m, 0, { steFields: { S2HA: 1, S2HD: 1 } }).map(VA, PA, s2Leaf({ s2ap: 1, dbm: 1 }));
    m.expectOk(0, VA, PA, { access: 'write' });
    expect(m.expectOk(0, VA, PA, { access: 'write' }).reads.stage2).toBe(0);
  });
  const guest = (): Nested => {
    const n = nested(m, 0, { cdFields: { HA: 1, HD: 1 }, steFields: { S2HA: 1, S2HD: 1 } });
    n.tables.map(VA, IPA, s1Leaf(clean));
    n.s2.map(IPA, PA, s2Leaf({ s2ap: 1, dbm: 1 }));
    return n;
  };
  test.each(WARMED)('both stages: read by %s, the first write, by %s, marks both pages', (warmed, way) => {
    const n = guest();
    warm(warmed);
    write(way);
    expect([n.tables.read(VA, 3) & WRITE_BIT, n.s2.read(IPA, 3) & WRITE_BIT]).toEqual([0n, WRITE_BIT]);
  });
  test.each(WARMED)(
    'a page marked clean again: after TLBI, warmed by %s, the next write, by %s, marks it again',
    (warmed, way) => {
      const t = stage1(m, 0, { cdFields: { HA: 1, HD: 1 } }).tables;
      t.map(VA, PA, s1Leaf(clean));
      warm(warmed, { access: 'write' });
      t.map(VA, PA, s1Leaf(clean));
      m.command(cmd.nhVa(0, 0, VA));
      warm(warmed);
      expect(t.read(VA, 3) & WRITE_BIT).toBe(WRITE_BIT);
      write(way);
      expect(t.read(VA, 3) & WRITE_BIT).toBe(0n);
    },
  );
  test.each(WAYS)('a write that stage 2 refuses leaves the warm page clean, asked by %s', (way) => {
    const n = nested(m, 0, { cdFields: { HA: 1, HD: 1 } });
    n.tables.map(VA, IPA, s1Leaf({ ap: 3 }));
    n.s2.map(IPA, PA, s2Leaf({ s2ap: 1 }));
    warm(way);
    for (const _ of [0, 1])
      expect(say(m, way, 0, VA, { access: 'write' })).toMatchObject({ status: 'abort', event: F_PERMISSION });
    expect(n.tables.read(VA, 3) & WRITE_BIT).toBe(WRITE_BIT);
  });
});

describe.each(KINDS)('DDI 0487 D8.4 rights are checked on every hit: %s', (_kind, caches) => {
  beforeEach(async () => {
    m = await Machine.create({ caches });
  });
  const ACCESSES: Asked[] = [
    {},
    { access: 'write' },
    { instruction: true },
    { privileged: true },
    { access: 'write', privileged: true },
    { instruction: true, privileged: true },
  ];
  // Of the accesses above, in order, which pass: AP, UXN, PXN by hand. A page that unprivileged code may write is never
  // executable for privileged code.
  const rows: [string, S1Leaf, CdFields, string][] = [
    ['AP 01', { ap: 1 }, {}, 'rwxrw-'],
    ['AP 00', { ap: 0 }, {}, '--xrwx'],
    ['AP 10', { ap: 2 }, {}, '--xr-x'],
    ['AP 11', { ap: 3 }, {}, 'r-xr-x'],
    ['AP 11, UXN', { ap: 3, uxn: 1 }, {}, 'r--r-x'],
    ['AP 11, PXN', { ap: 3, pxn: 1 }, {}, 'r-xr--'],
    ['AP 01, WXN', { ap: 1 }, { WXN: 1 }, 'rw-rw-'],
    ['AP 01, PAN', { ap: 1 }, { PAN: 1 }, 'rwx---'],
  ];
  const cases = WAYS.flatMap((way) => rows.map((row) => [way, ...row] as const));
  test.each(cases)('asked by %s: %s', (way, _name, leaf, cdFields, passes) => {
    stage1(m, 0, { cdFields }).tables.map(VA, PA, s1Leaf(leaf));
    const expected = [...passes].map((c) => (c === '-' ? F_PERMISSION : PA));
    // Each access that passes warms the page for all of them.
    ACCESSES.forEach((first, i) => {
      if (passes[i] === '-') return;
      m.command(cmd.nsnhAll());
      warm(way, first);
      const got = ACCESSES.map((access) => {
        const { status, pa, event } = say(m, way, 0, VA, access);
        return status === 'ok' ? pa : event;
      });
      expect(got).toEqual(expected);
    });
  });
  test.each(WAYS)('§5.4 E0PD: unprivileged accesses fault on a warm page, asked by %s', async (way) => {
    m = await Machine.create({ caches, id: { E0PD: 1 } });
    stage1(m, 0, { cdFields: { E0PD0: 1 } }).tables.map(VA, PA, s1Leaf());
    warm(way, { privileged: true });
    for (const _ of [0, 1]) expect(say(m, way, 0, VA).event).toBe(F_TRANSLATION);
    warm(way, { privileged: true });
  });
  test.each(WAYS)(
    '§5.2 PRIVCFG and INSTCFG shape the access before rights are checked, asked by %s',
    (way) => {
      const s = stage1(m, 0, { steFields: { PRIVCFG: 3, INSTCFG: 2 } });
      s.tables.map(VA, PA, s1Leaf({ ap: 0, pxn: 1 }));
      // Privileged data, whatever comes in.
      for (const t of [{}, { instruction: true }, { privileged: true }, { access: 'write' } as const])
        warm(way, t);
      m.ste(0, { Config: 5, S1ContextPtr: s.cd, PRIVCFG: 2 });
      m.command(cmd.cfgiSte(0));
      for (const _ of [0, 1]) expect(say(m, way, 0, VA, { privileged: true }).event).toBe(F_PERMISSION);
    },
  );
  test.each(WAYS)(
    '§4.4.1 a page mapped elsewhere: stale until TLBI, fresh at once after it, asked by %s',
    (way) => {
      const t: Tables = stage1(m, 0).tables;
      t.map(VA, PA, s1Leaf());
      warm(way);
      t.map(VA, NEW, s1Leaf());
      warm(way);
      m.command(cmd.nhVa(0, 0, VA));
      for (const _ of [0, 1, 2]) expect(say(m, way, 0, VA).pa).toBe(NEW);
    },
  );
});
