// What a walk may not leave in a cache because memory does not say yet that it was used (IHI 0070 §3.13, §3.21.1). What is
// cached without its update keeps later walks from making it, so each test asks again and looks into memory.
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Bus } from '../../src/index.js';
import { cmd, s1Leaf, s2Leaf } from '../support/encode.js';
import { F_ACCESS, F_TRANSLATION, F_WALK_EABT } from '../support/events.js';
import { BOTH, S1, S2, expectPage, gatosRequest } from '../support/gatos.js';
import { HOLE, Machine, SPACIOUS } from '../support/machine.js';
import { nested, stage1, stage2 } from '../support/streams.js';
import type { Tables } from '../support/tables.js';
import { say, WAYS } from '../support/ways.js';

const VA = 0x12_3000n;
const PA = 0x1_0000_0000n;
const NEW = 0x2_0000_0000n;
const IPA = 0x9_0000_0000n;
const AF = 1n << 10n;
const S2AP1 = 1n << 7n;
const NOTHING_READ = { ste: 0, cd: 0, stage1: 0, stage2: 0 };
let m: Machine;

const flag = (t: Tables, ia: bigint, level: number): boolean => (t.read(ia, level) & AF) !== 0n;
/** Marks every Table descriptor on the way to `ia` but that of `level`. */
function markTablesBut(t: Tables, ia: bigint, level: number): void {
  for (let l = t.start; l < 3; l++) if (l !== level) t.or(ia, l, AF);
}

describe('IHI 0070 §3.13.1, §3.21.1 a leaf whose access flag is not set', () => {
  beforeEach(async () => {
    m = await Machine.create({ caches: SPACIOUS });
  });
  test.each(WAYS)('stage 1: F_ACCESS, and another page at the next use without TLBI, asked by %s', (way) => {
    const t = stage1(m, 0).tables;
    t.map(VA, PA, s1Leaf({ af: 0 }));
    for (const _ of [0, 1]) expect(say(m, way, 0, VA)).toMatchObject({ status: 'abort', event: F_ACCESS });
    t.map(VA, NEW, s1Leaf());
    expect(say(m, way, 0, VA)).toEqual({ status: 'ok', pa: NEW, event: undefined });
  });
  test.each(WAYS)('stage 2 of a nested output, asked by %s', (way) => {
    const n = nested(m, 0);
    n.tables.map(VA, IPA, s1Leaf());
    n.s2.map(IPA, PA, s2Leaf({ af: 0 }));
    for (const _ of [0, 1]) expect(say(m, way, 0, VA)).toMatchObject({ status: 'abort', event: F_ACCESS });
    n.s2.map(IPA, NEW, s2Leaf());
    expect(say(m, way, 0, VA)).toEqual({ status: 'ok', pa: NEW, event: undefined });
  });
  test.each(WAYS)('§5.4 with AFFD = 1 it counts as set, and may be cached: %s', (way) => {
    const t = stage1(m, 0, { cdFields: { AFFD: 1 } }).tables;
    t.map(VA, PA, s1Leaf({ af: 0 }));
    for (const _ of [0, 1, 2]) expect(say(m, way, 0, VA).pa).toBe(PA);
    expect(m.expectOk(0, VA, PA).reads).toEqual(NOTHING_READ);
  });
});

describe('IHI 0070 §3.13.6 HAFT: below a Table descriptor whose flag was left alone nothing is cached', () => {
  beforeEach(async () => {
    m = await Machine.create({ caches: SPACIOUS, id: { ATOS: 1, HTTU: 3 } });
  });
  const oneStage = (): Tables => {
    const t = stage1(m, 0, { cdFields: { HA: 1, HAFT: 1 } }).tables;
    t.map(VA, PA, s1Leaf());
    return t;
  };
  test.each([0, 1, 2])('ATOS with HTTUI, stage 1, level %i: the next access still sets the flag', (level) => {
    const t = oneStage();
    markTablesBut(t, VA, level);
    expectPage(gatosRequest(m, { address: VA, type: S1, httui: true }), PA);
    expect(flag(t, VA, level)).toBe(false);
    m.expectOk(0, VA, PA);
    expect(flag(t, VA, level)).toBe(true);
  });
  test.each([1, 2])('ATOS with HTTUI, stage 2, level %i', (level) => {
    const t = stage2(m, 0, { steFields: { S2HA: 1, S2HAFT: 1 } });
    t.map(VA, PA, s2Leaf());
    markTablesBut(t, VA, level);
    expectPage(gatosRequest(m, { address: VA, type: S2, httui: true }), PA);
    expect(flag(t, VA, level)).toBe(false);
    m.expectOk(0, VA, PA);
    expect(flag(t, VA, level)).toBe(true);
  });
  test.each([0, 1, 2])(
    '§3.14 a speculative read that succeeds sets every flag on the way, level %i too',
    (level) => {
      const t = oneStage();
      markTablesBut(t, VA, level);
      m.expectOk(0, VA, PA, { speculative: true });
      expect([0, 1, 2, 3].map((l) => flag(t, VA, l))).toEqual([true, true, true, true]);
    },
  );
  test.each([0, 1, 2])(
    '§3.14 one that fails sets none, and the next access sets that of level %i',
    (level) => {
      const t = oneStage();
      markTablesBut(t, VA, level);
      const other = VA + 0x1000n;
      m.expectSilentAbort(0, other, { speculative: true });
      expect(flag(t, VA, level)).toBe(false);
      t.map(other, NEW, s1Leaf());
      m.expectOk(0, other, NEW);
      expect(flag(t, VA, level)).toBe(true);
    },
  );
  test.each([1, 2])('§3.14 the same at stage 2, level %i', (level) => {
    const t = stage2(m, 0, { steFields: { S2HA: 1, S2HAFT: 1 } });
    t.map(VA, PA, s2Leaf());
    markTablesBut(t, VA, level);
    const other = VA + 0x1000n;
    m.expectSilentAbort(0, other, { speculative: true });
    expect(flag(t, VA, level)).toBe(false);
    t.map(other, NEW, s2Leaf());
    m.expectOk(0, other, NEW);
    expect(flag(t, VA, level)).toBe(true);
  });
});

describe('IHI 0070 §6.3.37, §3.14 a leaf that was not marked', () => {
  beforeEach(async () => {
    m = await Machine.create({ caches: SPACIOUS, id: { ATOS: 1 } });
  });
  test('ATOS with HTTUI, stage 1: an access afterwards marks it', () => {
    const t = stage1(m, 0, { cdFields: { HA: 1 } }).tables;
    t.map(VA, PA, s1Leaf({ af: 0 }));
    expectPage(gatosRequest(m, { address: VA, type: S1, httui: true }), PA);
    expect(flag(t, VA, 3)).toBe(false);
    m.expectOk(0, VA, PA);
    expect(flag(t, VA, 3)).toBe(true);
  });
  test('ATOS with HTTUI, stage 2: an access afterwards marks it', () => {
    const t = stage2(m, 0, { steFields: { S2HA: 1 } });
    t.map(VA, PA, s2Leaf({ af: 0 }));
    expectPage(gatosRequest(m, { address: VA, type: S2, httui: true }), PA);
    expect(flag(t, VA, 3)).toBe(false);
    m.expectOk(0, VA, PA);
    expect(flag(t, VA, 3)).toBe(true);
  });
  test('ATOS with HTTUI, both stages: the guest page and the page of its table', () => {
    const n = nested(m, 0, { ramLevel: 3, cdFields: { HA: 1 }, steFields: { S2HA: 1, S2HD: 1 } });
    n.tables.map(VA, IPA, s1Leaf());
    n.s2.map(IPA, PA, s2Leaf({ af: 0 }));
    const table = n.tables.slot(VA, 3) & ~0xfffn;
    n.s2.map(table + 0x4000_0000n, table, s2Leaf({ af: 0 }));
    expectPage(gatosRequest(m, { address: VA, type: BOTH, httui: true }), PA);
    expect([flag(n.s2, IPA, 3), flag(n.s2, table + 0x4000_0000n, 3)]).toEqual([false, false]);
    m.expectOk(0, VA, PA);
    expect([flag(n.s2, IPA, 3), flag(n.s2, table + 0x4000_0000n, 3)]).toEqual([true, true]);
  });
  test('ATOS with HTTUI: a CD read through an unmarked page is no cached configuration', () => {
    const n = nested(m, 0, { ramLevel: 3, steFields: { S2HA: 1 } });
    n.tables.map(VA, IPA, s1Leaf());
    n.s2.map(IPA, PA, s2Leaf());
    const page = n.cdIpa & ~0xfffn;
    n.s2.map(page, page - 0x4000_0000n, s2Leaf({ af: 0 }));
    expectPage(gatosRequest(m, { address: VA, type: BOTH, httui: true }), PA);
    expect(flag(n.s2, page, 3)).toBe(false);
    m.expectOk(0, VA, PA);
    expect(flag(n.s2, page, 3)).toBe(true);
  });
  test('a speculative read that fails at stage 2 leaves the guest page unmarked, and the next access marks it', () => {
    const n = nested(m, 0, { cdFields: { HA: 1 } });
    n.tables.map(VA, IPA, s1Leaf({ af: 0 }));
    m.expectSilentAbort(0, VA, { speculative: true });
    expect(flag(n.tables, VA, 3)).toBe(false);
    n.s2.map(IPA, PA, s2Leaf());
    m.expectOk(0, VA, PA);
    expect(flag(n.tables, VA, 3)).toBe(true);
  });
  test('a speculative read whose permission fails changes no descriptor', () => {
    const n = nested(m, 0, { cdFields: { HA: 1 }, steFields: { S2HA: 1 } });
    n.tables.map(VA, IPA, s1Leaf({ af: 0 }));
    n.s2.map(IPA, PA, s2Leaf({ af: 0, s2ap: 0 }));
    m.expectSilentAbort(0, VA, { speculative: true });
    expect([flag(n.tables, VA, 3), flag(n.s2, IPA, 3)]).toEqual([false, false]);
  });
  test.each(WAYS)('CMD_PREFETCH_ADDR of a page that faults leaves nothing: asked by %s', (way) => {
    const t = stage1(m, 0).tables;
    t.map(VA, PA, s1Leaf({ af: 0 }));
    m.command(cmd.prefetchAddr(0, VA));
    m.expectEvents();
    t.map(VA, NEW, s1Leaf());
    expect(say(m, way, 0, VA).pa).toBe(NEW);
  });
});

describe('IHI 0070 §3.13, §7.3.12 an update that failed', () => {
  /** Words at HOLE that can be read, and changed only while `open`. */
  const rom = new Map<number, bigint>();
  let open = false;
  const bus: Bus = {
    read: (address, into) => {
      const view = new DataView(into.buffer, into.byteOffset, into.length);
      for (let i = 0; i < into.length; i += 8) view.setBigUint64(i, rom.get(address + i) ?? 0n, true);
      return true;
    },
    write: () => false,
    compareExchange64: (address, expected, desired) => {
      if (!open) return undefined;
      const found = rom.get(address) ?? 0n;
      if (found === expected) rom.set(address, desired);
      return found;
    },
  };
  const slot = Number(HOLE) + Number((VA >> 12n) & 511n) * 8;
  beforeEach(async () => {
    rom.clear();
    open = false;
    m = await Machine.create({ caches: SPACIOUS, id: { HTTU: 3 }, bus });
  });
  test.each(WAYS)(
    'stage 1 leaf: F_WALK_EABT each time, and marked as soon as memory lets it, asked by %s',
    (way) => {
      stage1(m, 0, { cdFields: { HA: 1 } }).tables.raw(VA, 2, HOLE | 3n);
      rom.set(slot, PA | s1Leaf({ af: 0 }) | 3n);
      for (const _ of [0, 1])
        expect(say(m, way, 0, VA)).toMatchObject({ status: 'abort', event: F_WALK_EABT });
      open = true;
      expect(say(m, way, 0, VA).pa).toBe(PA);
      expect(rom.get(slot)! & AF).toBe(AF);
    },
  );
  test.each(WAYS)('stage 2 leaf, asked by %s', (way) => {
    stage2(m, 0, { steFields: { S2HA: 1 } }).raw(VA, 2, HOLE | 3n);
    rom.set(slot, PA | s2Leaf({ af: 0 }) | 3n);
    for (const _ of [0, 1]) expect(say(m, way, 0, VA)).toMatchObject({ status: 'abort', event: F_WALK_EABT });
    open = true;
    expect(say(m, way, 0, VA).pa).toBe(PA);
    expect(rom.get(slot)! & AF).toBe(AF);
  });
  test.each(WAYS)('stage 1 Table descriptor under HAFT, asked by %s', (way) => {
    const t = stage1(m, 0, { cdFields: { HA: 1, HAFT: 1 } }).tables;
    t.map(VA, PA, s1Leaf());
    const level3 = t.slot(VA, 3) & ~0xfffn;
    const level2 = Number(HOLE) + Number((VA >> 21n) & 511n) * 8;
    rom.set(level2, level3 | 3n);
    t.raw(VA, 1, HOLE | 3n | AF);
    for (const _ of [0, 1]) expect(say(m, way, 0, VA)).toMatchObject({ status: 'abort', event: F_WALK_EABT });
    expect(rom.get(level2)! & AF).toBe(0n);
    open = true;
    expect(say(m, way, 0, VA).pa).toBe(PA);
    expect(rom.get(level2)! & AF).toBe(AF);
  });
  test.each(WAYS)(
    'dirty state: the clean page stays cached, and each write tries again, asked by %s',
    (way) => {
      stage1(m, 0, { cdFields: { HA: 1, HD: 1 } }).tables.raw(VA, 2, HOLE | 3n);
      rom.set(slot, PA | s1Leaf({ ap: 3, dbm: 1 }) | 3n);
      for (const _ of [0, 1, 2]) expect(say(m, way, 0, VA).pa).toBe(PA);
      for (const _ of [0, 1])
        expect(say(m, way, 0, VA, { access: 'write' })).toMatchObject({
          status: 'abort',
          event: F_WALK_EABT,
        });
      expect(rom.get(slot)! & S2AP1).toBe(S2AP1);
      open = true;
      expect(say(m, way, 0, VA, { access: 'write' }).pa).toBe(PA);
      expect(rom.get(slot)! & S2AP1).toBe(0n);
    },
  );
});

describe('IHI 0070 §3.21.1 an invalid descriptor, by every way', () => {
  beforeEach(async () => {
    m = await Machine.create({ caches: SPACIOUS });
  });
  test.each(WAYS)('stage 1: valid at the next use without TLBI, asked by %s', (way) => {
    const t = stage1(m, 0).tables;
    t.map(VA + 0x1000n, NEW, s1Leaf());
    for (const _ of [0, 1])
      expect(say(m, way, 0, VA)).toMatchObject({ status: 'abort', event: F_TRANSLATION });
    t.map(VA, PA, s1Leaf());
    expect(say(m, way, 0, VA).pa).toBe(PA);
  });
  test.each(WAYS)('stage 2 of a nested output: valid at the next use without TLBI, asked by %s', (way) => {
    const n = nested(m, 0);
    n.tables.map(VA, IPA, s1Leaf());
    for (const _ of [0, 1])
      expect(say(m, way, 0, VA)).toMatchObject({ status: 'abort', event: F_TRANSLATION });
    n.s2.map(IPA, PA, s2Leaf());
    expect(say(m, way, 0, VA).pa).toBe(PA);
  });
});
