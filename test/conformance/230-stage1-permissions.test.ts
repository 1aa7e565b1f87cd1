import { beforeEach, describe, expect, test } from '@jest/globals';
import { s1Leaf, type CdFields, type S1Leaf, type SteFields } from '../support/encode.js';
import { F_PERMISSION, hex, record } from '../support/events.js';
import { Machine, type Id } from '../support/machine.js';
import { stage1 } from '../support/streams.js';

const VA = 0x3000n;
const PA = 0x9000n;
let m: Machine;
beforeEach(async () => {
  m = await Machine.create();
});

/** Letters of what is allowed: r, w, x for privileged accesses, then for unprivileged ones. */
function check(privileged: string, unprivileged: string): void {
  for (const [isPrivileged, allowed] of [
    [true, privileged],
    [false, unprivileged],
  ] as const) {
    for (const [letter, write, instruction] of [
      ['r', false, false],
      ['w', true, false],
      ['x', false, true],
    ] as const) {
      const out = m.translate(0, VA, {
        access: write ? 'write' : 'read',
        instruction,
        privileged: isPrivileged,
      });
      const ok = allowed.includes(letter);
      const expected = ok
        ? []
        : [hex(record(F_PERMISSION, { input: VA, write, instruction, privileged: isPrivileged }))];
      expect({ isPrivileged, letter, status: out.status, events: m.events().map(hex) }).toEqual({
        isPrivileged,
        letter,
        status: ok ? 'ok' : 'abort',
        events: expected,
      });
    }
  }
}

interface Row {
  rule: string;
  leaf: S1Leaf;
  p: string;
  u: string;
  cdFields?: CdFields;
  steFields?: SteFields;
  tableBits?: bigint;
  id?: Id;
}
const APT0 = 1n << 61n; // APTable[0]: no unprivileged access
const APT1 = 1n << 62n; // APTable[1]: no write
const UXNT = 1n << 60n;
const PXNT = 1n << 59n;

const rows: Row[] = [
  // AP[2:1], Arm DDI 0487 D8.4; a page that unprivileged code can write is never privileged-executable
  { rule: 'AP = 00', leaf: { ap: 0 }, p: 'rwx', u: 'x' },
  { rule: 'AP = 01', leaf: { ap: 1 }, p: 'rw', u: 'rwx' },
  { rule: 'AP = 10', leaf: { ap: 2 }, p: 'rx', u: 'x' },
  { rule: 'AP = 11', leaf: { ap: 3 }, p: 'rx', u: 'rx' },
  { rule: 'AP = 00, UXN', leaf: { ap: 0, uxn: 1 }, p: 'rwx', u: '' },
  { rule: 'AP = 00, PXN', leaf: { ap: 0, pxn: 1 }, p: 'rw', u: 'x' },
  { rule: 'AP = 01, UXN', leaf: { ap: 1, uxn: 1 }, p: 'rw', u: 'rw' },
  { rule: 'AP = 10, UXN, PXN', leaf: { ap: 2, uxn: 1, pxn: 1 }, p: 'r', u: '' },
  { rule: 'AP = 11, PXN', leaf: { ap: 3, pxn: 1 }, p: 'r', u: 'rx' },
  { rule: 'AP = 11, UXN', leaf: { ap: 3, uxn: 1 }, p: 'rx', u: 'r' },
  { rule: 'WXN, AP = 00', leaf: { ap: 0 }, cdFields: { WXN: 1 }, p: 'rw', u: 'x' },
  { rule: 'WXN, AP = 01', leaf: { ap: 1 }, cdFields: { WXN: 1 }, p: 'rw', u: 'rw' },
  { rule: 'WXN, AP = 10', leaf: { ap: 2 }, cdFields: { WXN: 1 }, p: 'rx', u: 'x' },
  { rule: 'WXN, AP = 11', leaf: { ap: 3 }, cdFields: { WXN: 1 }, p: 'rx', u: 'rx' },
  { rule: 'UWXN has no effect, AP = 00', leaf: { ap: 0 }, cdFields: { UWXN: 1 }, p: 'rwx', u: 'x' },
  { rule: 'PAN, AP = 00', leaf: { ap: 0 }, cdFields: { PAN: 1 }, p: 'rwx', u: 'x' },
  { rule: 'PAN, AP = 01', leaf: { ap: 1 }, cdFields: { PAN: 1 }, p: '', u: 'rwx' },
  { rule: 'PAN, AP = 10', leaf: { ap: 2 }, cdFields: { PAN: 1 }, p: 'rx', u: 'x' },
  {
    rule: 'PAN, AP = 11: data refused, execution not',
    leaf: { ap: 3 },
    cdFields: { PAN: 1 },
    p: 'x',
    u: 'rx',
  },
  {
    rule: 'PAN with APTable[0]: no unprivileged access left',
    leaf: { ap: 1 },
    tableBits: APT0,
    cdFields: { PAN: 1 },
    p: 'rwx',
    u: 'x',
  },
  { rule: 'PAN and WXN, AP = 00', leaf: { ap: 0 }, cdFields: { PAN: 1, WXN: 1 }, p: 'rw', u: 'x' },
  {
    rule: 'EPAN, AP = 00, unprivileged-executable: data refused',
    leaf: { ap: 0 },
    cdFields: { PAN: 1, EPAN: 1 },
    p: 'x',
    u: 'x',
    id: { EPAN: 1 },
  },
  {
    rule: 'EPAN, AP = 00, UXN',
    leaf: { ap: 0, uxn: 1 },
    cdFields: { PAN: 1, EPAN: 1 },
    p: 'rwx',
    u: '',
    id: { EPAN: 1 },
  },
  {
    rule: 'EPAN bit without IDR3.EPAN',
    leaf: { ap: 0 },
    cdFields: { PAN: 1, EPAN: 1 },
    p: 'rwx',
    u: 'x',
    id: { EPAN: 0 },
  },
  { rule: 'APTable[0], AP = 01', leaf: { ap: 1 }, tableBits: APT0, p: 'rwx', u: 'x' },
  { rule: 'APTable[0], AP = 11', leaf: { ap: 3 }, tableBits: APT0, p: 'rx', u: 'x' },
  { rule: 'APTable[1], AP = 00', leaf: { ap: 0 }, tableBits: APT1, p: 'rx', u: 'x' },
  { rule: 'APTable[1], AP = 01', leaf: { ap: 1 }, tableBits: APT1, p: 'rx', u: 'rx' },
  { rule: 'APTable = 11, AP = 01', leaf: { ap: 1 }, tableBits: APT0 | APT1, p: 'rx', u: 'x' },
  { rule: 'UXNTable', leaf: { ap: 3 }, tableBits: UXNT, p: 'rx', u: 'r' },
  { rule: 'PXNTable', leaf: { ap: 3 }, tableBits: PXNT, p: 'r', u: 'rx' },
  {
    rule: 'APTable[1] with WXN: nothing writable, so executable',
    leaf: { ap: 0 },
    tableBits: APT1,
    cdFields: { WXN: 1 },
    p: 'rx',
    u: 'x',
  },
  {
    rule: 'HAD0: hierarchical bits ignored',
    leaf: { ap: 1 },
    tableBits: APT0 | APT1 | UXNT | PXNT,
    cdFields: { HAD0: 1 },
    p: 'rw',
    u: 'rwx',
  },
  {
    rule: 'HAD1 does not concern TTB0',
    leaf: { ap: 1 },
    tableBits: APT0 | APT1,
    cdFields: { HAD1: 1 },
    p: 'rx',
    u: 'x',
  },
  {
    rule: 'HAD0 without IDR3.HAD',
    leaf: { ap: 1 },
    tableBits: APT0 | APT1,
    cdFields: { HAD0: 1 },
    p: 'rx',
    u: 'x',
    id: { HAD: 0 },
  },
  {
    rule: 'PAN with HAD0: APTable has no say',
    leaf: { ap: 1 },
    tableBits: APT0,
    cdFields: { HAD0: 1, PAN: 1 },
    p: '',
    u: 'rwx',
  },
  // any-EL2: one privilege, AP[1] counts as 1, XN is bit 54, bit 53 is ignored
  { rule: 'NS-EL2, AP[2] = 0', leaf: { ap: 0 }, steFields: { STRW: 2 }, p: 'rwx', u: 'rwx' },
  { rule: 'NS-EL2, AP = 01', leaf: { ap: 1 }, steFields: { STRW: 2 }, p: 'rwx', u: 'rwx' },
  { rule: 'NS-EL2, AP[2] = 1', leaf: { ap: 2 }, steFields: { STRW: 2 }, p: 'rx', u: 'rx' },
  { rule: 'NS-EL2, XN', leaf: { ap: 1, uxn: 1 }, steFields: { STRW: 2 }, p: 'rw', u: 'rw' },
  { rule: 'NS-EL2, bit 53 ignored', leaf: { ap: 1, pxn: 1 }, steFields: { STRW: 2 }, p: 'rwx', u: 'rwx' },
  { rule: 'NS-EL2, WXN', leaf: { ap: 1 }, steFields: { STRW: 2 }, cdFields: { WXN: 1 }, p: 'rw', u: 'rw' },
  {
    rule: 'NS-EL2, PAN ignored',
    leaf: { ap: 1 },
    steFields: { STRW: 2 },
    cdFields: { PAN: 1 },
    p: 'rwx',
    u: 'rwx',
  },
  { rule: 'NS-EL2, APTable[1]', leaf: { ap: 1 }, steFields: { STRW: 2 }, tableBits: APT1, p: 'rx', u: 'rx' },
  { rule: 'NS-EL2, XNTable', leaf: { ap: 1 }, steFields: { STRW: 2 }, tableBits: UXNT, p: 'rw', u: 'rw' },
];

describe('Arm DDI 0487 D8.4, IHI 0070 §5.4 stage 1 permissions', () => {
  test.each(rows)('§5.4 $rule: privileged "$p", unprivileged "$u"', async (row) => {
    if (row.id) m = await Machine.create({ id: row.id });
    stage1(m, 0, {
      ...(row.cdFields ? { cdFields: row.cdFields } : {}),
      ...(row.steFields ? { steFields: row.steFields } : {}),
      ...(row.tableBits ? { tableBits: row.tableBits } : {}),
    }).tables.map(VA, PA, s1Leaf(row.leaf));
    check(row.p, row.u);
  });
  test.each([0, 1, 2])('hierarchical bits accumulate from a level %i table alone', (level) => {
    const t = stage1(m, 0).tables;
    t.map(VA, PA, s1Leaf({ ap: 1 }));
    t.or(VA, level, APT1);
    check('rx', 'rx');
  });
  test.each([1, 2])('permissions of a level %i block', (level) => {
    stage1(m, 0).tables.map(0n, 0n, s1Leaf({ ap: 3, uxn: 1 }), level);
    const out = m.translate(0, VA, { access: 'write' });
    expect(out.status).toBe('abort');
    m.expectEvents(record(F_PERMISSION, { input: VA, write: true }));
    m.expectOk(0, VA, VA);
  });
  test('§7.3.16 an atomic needs read and write; without write the record says RnW = 0', () => {
    const t = stage1(m, 0).tables;
    t.map(VA, PA, s1Leaf({ ap: 3 }));
    m.expectFault(F_PERMISSION, { input: VA, write: true }, { access: 'write', atomic: true });
    t.map(0x4000n, PA, s1Leaf({ ap: 1 }));
    m.expectOk(0, 0x4000n, PA, { access: 'write', atomic: true });
  });
  test('§3.4 the result tells what the access may do', () => {
    stage1(m, 0).tables.map(VA, PA, s1Leaf({ ap: 3, uxn: 1 }));
    expect(m.expectOk(0, VA, PA).permissions).toEqual({ read: true, write: false, execute: false });
  });
});
