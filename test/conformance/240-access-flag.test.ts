import { beforeEach, describe, expect, test } from '@jest/globals';
import { s1Leaf, s2Leaf, type CdFields, type S1Leaf } from '../support/encode.js';
import { F_ACCESS, F_PERMISSION, F_WALK_EABT } from '../support/events.js';
import { HOLE, Machine, type Id } from '../support/machine.js';
import { nested, stage1, stage2 } from '../support/streams.js';

const VA = 0x3000n;
const PA = 0x9000n;
const AF = 1n << 10n;
const AP2 = 1n << 7n;
let m: Machine;
beforeEach(async () => {
  m = await Machine.create();
});

describe('IHI 0070 §3.13, §5.4 stage 1 Access flag and dirty state', () => {
  interface Row {
    rule: string;
    cd: CdFields;
    leaf: S1Leaf;
    write?: boolean;
    event?: number;
    set?: bigint;
    clear?: bigint;
    tableBits?: bigint;
    id?: Id;
  }
  const rows: Row[] = [
    { rule: 'HA = 0, AFFD = 0, AF = 0: F_ACCESS', cd: {}, leaf: { af: 0 }, event: F_ACCESS },
    { rule: 'AFFD = 1, AF = 0: passes, not written', cd: { AFFD: 1 }, leaf: { af: 0 } },
    { rule: 'HA = 1, AF = 0: AF set by hardware', cd: { HA: 1 }, leaf: { af: 0 }, set: AF },
    { rule: 'HA = 1, AFFD = 1: AFFD ignored, AF set', cd: { HA: 1, AFFD: 1 }, leaf: { af: 0 }, set: AF },
    { rule: 'HA = 1, AF = 1: nothing written', cd: { HA: 1 }, leaf: { af: 1 } },
    { rule: 'HA = 1 with HTTU = 0b01', cd: { HA: 1 }, leaf: { af: 0 }, set: AF, id: { HTTU: 1 } },
    { rule: 'HD = 1, HA = 0 counts as off: F_ACCESS', cd: { HD: 1 }, leaf: { af: 0 }, event: F_ACCESS },
    {
      rule: 'HD = 1, HA = 0: no dirty update',
      cd: { HD: 1 },
      leaf: { ap: 3, dbm: 1 },
      write: true,
      event: F_PERMISSION,
    },
    {
      rule: 'DBM = 1, AP[2] = 1, write: AP[2] cleared',
      cd: { HA: 1, HD: 1 },
      leaf: { ap: 3, dbm: 1 },
      write: true,
      clear: AP2,
    },
    {
      rule: 'DBM = 1, AF = 0, write: both in one update',
      cd: { HA: 1, HD: 1 },
      leaf: { af: 0, ap: 3, dbm: 1 },
      write: true,
      set: AF,
      clear: AP2,
    },
    { rule: 'DBM = 1, read: AP[2] stays', cd: { HA: 1, HD: 1 }, leaf: { ap: 3, dbm: 1 } },
    {
      rule: 'DBM = 0, write: F_PERMISSION',
      cd: { HA: 1, HD: 1 },
      leaf: { ap: 3 },
      write: true,
      event: F_PERMISSION,
    },
    {
      rule: 'DBM = 1, HD = 0, write: F_PERMISSION',
      cd: { HA: 1 },
      leaf: { ap: 3, dbm: 1 },
      write: true,
      event: F_PERMISSION,
    },
    {
      rule: 'DBM = 1, AP[2] = 0, write: nothing to do',
      cd: { HA: 1, HD: 1 },
      leaf: { ap: 1, dbm: 1 },
      write: true,
    },
    {
      rule: 'DBM = 1, AP = 10, unprivileged write: other obstacle, no update',
      cd: { HA: 1, HD: 1 },
      leaf: { ap: 2, dbm: 1 },
      write: true,
      event: F_PERMISSION,
    },
    {
      rule: 'DBM = 1, APTable[1] = 1, write: refused',
      cd: { HA: 1, HD: 1 },
      leaf: { ap: 3, dbm: 1 },
      tableBits: 1n << 62n,
      write: true,
      event: F_PERMISSION,
    },
    {
      rule: 'DBM = 1, APTable[1] = 1 with HAD0: updated',
      cd: { HA: 1, HD: 1, HAD0: 1 },
      leaf: { ap: 3, dbm: 1 },
      tableBits: 1n << 62n,
      write: true,
      clear: AP2,
    },
  ];
  test.each(rows)('IHI 0070 §3.13 $rule', async (row) => {
    if (row.id) m = await Machine.create({ id: row.id });
    const t = stage1(m, 0, {
      cdFields: row.cd,
      ...(row.tableBits ? { tableBits: row.tableBits } : {}),
    }).tables;
    t.map(VA, PA, s1Leaf(row.leaf));
    const before = t.read(VA, 3);
    if (row.event) {
      m.expectFault(row.event, { input: VA, write: row.write ?? false });
    } else {
      m.expectOk(0, VA, PA, { access: row.write ? 'write' : 'read' });
    }
    expect(t.read(VA, 3).toString(16)).toBe(((before | (row.set ?? 0n)) & ~(row.clear ?? 0n)).toString(16));
  });
  test('§3.13 a dirty page is writable to the execute checks: WXN takes away execution', () => {
    const t = stage1(m, 0, { cdFields: { HA: 1, HD: 1, WXN: 1 } }).tables;
    t.map(VA, PA, s1Leaf({ ap: 3, dbm: 1 }));
    m.expectFault(F_PERMISSION, { input: VA, instruction: true });
    expect(t.read(VA, 3) & AP2).toBe(AP2);
  });
  test('§3.13 the update of a block is written where the block stands', () => {
    const t = stage1(m, 0, { cdFields: { HA: 1, HD: 1 } }).tables;
    t.map(0n, 0n, s1Leaf({ af: 0, ap: 3, dbm: 1 }), 2);
    m.expectOk(0, VA, VA, { access: 'write' });
    expect(t.read(0n, 2) & (AF | AP2)).toBe(AF);
  });
  test('§3.13 only the descriptor used is updated, not its contiguous neighbours', () => {
    const t = stage1(m, 0, { cdFields: { HA: 1 } }).tables;
    for (let i = 0n; i < 16n; i++)
      t.map(i * 0x1000n, 0x10_0000n + i * 0x1000n, s1Leaf({ af: 0, contiguous: 1 }));
    m.expectOk(0, VA, 0x10_3000n);
    for (let i = 0n; i < 16n; i++) expect((t.read(i * 0x1000n, 3) & AF) !== 0n).toBe(i === 3n);
  });
  test('§3.13 big-endian tables are updated in their own byte order', () => {
    const t = stage1(m, 0, { bigEndian: true, cdFields: { HA: 1, HD: 1 } }).tables;
    t.map(VA, PA, s1Leaf({ af: 0, ap: 3, dbm: 1 }));
    const before = t.read(VA, 3);
    m.expectOk(0, VA, PA, { access: 'write' });
    expect(t.read(VA, 3)).toBe((before | AF) & ~AP2);
  });
  test('§7.3.12 external abort on the update: F_WALK_EABT at the descriptor', async () => {
    const rom = new Map<number, bigint>();
    m = await Machine.create({
      bus: {
        read: (address, into) => {
          const view = new DataView(into.buffer, into.byteOffset, into.length);
          for (let i = 0; i < into.length; i += 8) view.setBigUint64(i, rom.get(address + i) ?? 0n, true);
          return true;
        },
        write: () => false,
        compareExchange64: () => undefined,
      },
    });
    const s = stage1(m, 0, { cdFields: { HA: 1 } });
    s.tables.raw(VA, 2, HOLE | 3n);
    rom.set(Number(HOLE) + 24, PA | s1Leaf({ af: 0 }) | 3n);
    m.expectFault(F_WALK_EABT, { input: VA, fetch: HOLE + 24n });
  });
  test('§3.13 a dirty page that faults for another reason leaves AP[2] alone', () => {
    const t = stage1(m, 0, { cdFields: { HA: 1, HD: 1 } }).tables;
    t.map(VA, PA, s1Leaf({ ap: 2, dbm: 1 }));
    m.expectFault(F_PERMISSION, { input: VA, write: true });
    expect(t.read(VA, 3) & AP2).toBe(AP2);
  });
  test('§3.14 a speculative read sets AF when it succeeds, and a speculative write aborts without a record', () => {
    const t = stage1(m, 0, { cdFields: { HA: 1, HD: 1 } }).tables;
    t.map(VA, PA, s1Leaf({ af: 0, ap: 3, dbm: 1 }));
    m.expectSilentAbort(0, VA, { speculative: true, access: 'write' });
    expect(t.read(VA, 3) & (AF | AP2)).toBe(AP2);
    m.expectOk(0, VA, PA, { speculative: true });
  });
  test('§3.14 a speculative read that faults aborts without a record, even with A = 0 or S = 1', () => {
    stage1(m, 0, { cdFields: { A: 0 } });
    m.expectSilentAbort(0, VA, { speculative: true });
    stage1(m, 1, { cdFields: { S: 1 } });
    m.expectSilentAbort(1, VA, { speculative: true });
    m.ste(2, { V: 0 });
    m.expectSilentAbort(2, VA, { speculative: true });
  });

  test('§3.13, §5.4 HAFT: every Table descriptor on the path gets AF, and without HAFT none does', async () => {
    for (const HAFT of [0, 1]) {
      m = await Machine.create({ id: { HTTU: 3 } });
      const t = stage1(m, 0, { cdFields: { HA: 1, HAFT } }).tables;
      t.map(VA, PA, s1Leaf({ af: 0 }));
      m.expectOk(0, VA, PA);
      for (const level of [0, 1, 2]) expect(t.read(VA, level) & AF).toBe(HAFT ? AF : 0n);
      expect(t.read(VA, 3) & AF).toBe(AF);
    }
  });
  test('§3.13, §5.2 S2HAFT does the same at stage 2', async () => {
    for (const S2HAFT of [0, 1]) {
      m = await Machine.create({ id: { HTTU: 3 } });
      const t = stage2(m, 0, { steFields: { S2HA: 1, S2HAFT } });
      t.map(VA, PA, s2Leaf({ af: 0 }));
      m.expectOk(0, VA, PA);
      for (const level of [1, 2]) expect(t.read(VA, level) & AF).toBe(S2HAFT ? AF : 0n);
    }
  });
  test('§3.13 HAFT nested: a Table update needs stage 2 write permission, CLASS TT, TTRnW = 0', async () => {
    m = await Machine.create({ id: { HTTU: 3 } });
    const n = nested(m, 0, { ramLevel: 3, cdFields: { HA: 1, HAFT: 1 } });
    n.tables.map(VA, 0x9_0000_0000n, s1Leaf());
    n.s2.map(0x9_0000_0000n, PA, s2Leaf());
    const slot = n.tables.slot(VA, 2);
    n.s2.map(slot + 0x4000_0000n, slot, s2Leaf({ s2ap: 1 }));
    m.expectFault(F_PERMISSION, { input: VA, s2: true, cls: 1, ipa: slot + 0x4000_0000n, ttRead: false });
  });
});
