import { beforeEach, describe, expect, test } from '@jest/globals';
import { s2Leaf, type S2Leaf, type SteFields } from '../support/encode.js';
import { F_ACCESS, F_ADDR_SIZE, F_PERMISSION, hex, record } from '../support/events.js';
import { Machine, type Id } from '../support/machine.js';
import { stage2 } from '../support/streams.js';

const IPA = 0x3000n;
const PA = 0x9000n;
const AF = 1n << 10n;
const S2AP1 = 1n << 7n;
let m: Machine;
beforeEach(async () => {
  m = await Machine.create({ id: { XNX: 1 } });
});

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
      const out = m.translate(0, IPA, {
        access: write ? 'write' : 'read',
        instruction,
        privileged: isPrivileged,
      });
      const ok = allowed.includes(letter);
      const fault = { input: IPA, write, instruction, privileged: isPrivileged, s2: true, ipa: IPA };
      expect({ isPrivileged, letter, status: out.status, events: m.events().map(hex) }).toEqual({
        isPrivileged,
        letter,
        status: ok ? 'ok' : 'abort',
        events: ok ? [] : [hex(record(F_PERMISSION, fault))],
      });
    }
  }
}

describe('Arm DDI 0487 D8.4 stage 2 permissions', () => {
  // S2AP, XN[1:0], privileged, unprivileged: XN 01 forbids privileged, 11 unprivileged, 10 all execution
  const rows = [0, 1, 2, 3].flatMap((s2ap) => {
    const data = ['', 'r', 'w', 'rw'][s2ap];
    return (
      [
        [0, 'x', 'x'],
        [1, '', 'x'],
        [2, '', ''],
        [3, 'x', ''],
      ] as const
    ).map(([xn, p, u]) => [s2ap, xn, data + p, data + u] as const);
  });
  test.each(rows)('§5.2 S2AP = %i, XN = %i: privileged "%s", unprivileged "%s"', (s2ap, xn, p, u) => {
    stage2(m, 0).map(IPA, PA, s2Leaf({ s2ap, xn }));
    check(p, u);
  });
  test.each([
    [0, 'rwx'],
    [1, 'rwx'],
    [2, 'rw'],
    [3, 'rw'],
  ] as const)('§6.3.4 without IDR3.XNX only bit 54 counts: XN = %i gives "%s"', async (xn, all) => {
    m = await Machine.create({ id: { XNX: 0 } });
    stage2(m, 0).map(IPA, PA, s2Leaf({ xn }));
    check(all, all);
  });
  test('§3.12 F_ADDR_SIZE before F_ACCESS before F_PERMISSION', () => {
    const t = stage2(m, 0, { steFields: { S2PS: 0 } });
    t.map(0n, 1n << 32n, s2Leaf({ af: 0, s2ap: 0 }));
    m.expectFault(F_ADDR_SIZE, { input: 0n, s2: true, ipa: 0n });
    t.map(0x1000n, PA, s2Leaf({ af: 0, s2ap: 0 }));
    m.expectFault(F_ACCESS, { input: 0x1000n, s2: true, ipa: 0x1000n });
    t.map(0x2000n, PA, s2Leaf({ s2ap: 0 }));
    m.expectFault(F_PERMISSION, { input: 0x2000n, s2: true, ipa: 0x2000n });
  });
  test('§7.3.16 an atomic that may write and not read: the record says RnW = 1', () => {
    const t = stage2(m, 0);
    t.map(IPA, PA, s2Leaf({ s2ap: 2 }));
    m.expectFault(F_PERMISSION, { input: IPA, s2: true, ipa: IPA }, { access: 'write', atomic: true });
    t.map(IPA, PA, s2Leaf({ s2ap: 1 }));
    m.expectFault(
      F_PERMISSION,
      { input: IPA, write: true, s2: true, ipa: IPA },
      { access: 'write', atomic: true },
    );
  });
  test('§5.2 PRIVCFG and INSTCFG reach the stage 2 checks', () => {
    stage2(m, 0, { steFields: { PRIVCFG: 3, INSTCFG: 3 } }).map(IPA, PA, s2Leaf({ xn: 1 }));
    m.expectFault(
      F_PERMISSION,
      { input: IPA, privileged: true, instruction: true, s2: true, ipa: IPA },
      { instruction: false, privileged: false },
    );
  });
});

describe('IHI 0070 §3.13, §5.2 stage 2 Access flag and dirty state', () => {
  interface Row {
    rule: string;
    ste: SteFields;
    leaf: S2Leaf;
    write?: boolean;
    event?: number;
    set?: bigint;
    id?: Id;
  }
  const rows: Row[] = [
    { rule: 'S2HA = 0, S2AFFD = 0, AF = 0: F_ACCESS', ste: {}, leaf: { af: 0 }, event: F_ACCESS },
    { rule: 'S2AFFD = 1, AF = 0: passes, not written', ste: { S2AFFD: 1 }, leaf: { af: 0 } },
    { rule: 'S2HA = 1, AF = 0: AF set', ste: { S2HA: 1 }, leaf: { af: 0 }, set: AF },
    { rule: 'S2HA = 1, S2AFFD = 1: AF set', ste: { S2HA: 1, S2AFFD: 1 }, leaf: { af: 0 }, set: AF },
    {
      rule: 'S2HD = 1, S2HA = 0 counts as off: F_ACCESS',
      ste: { S2HD: 1 },
      leaf: { af: 0 },
      event: F_ACCESS,
    },
    {
      rule: 'S2HD = 1, S2HA = 0: no dirty update',
      ste: { S2HD: 1 },
      leaf: { s2ap: 1, dbm: 1 },
      write: true,
      event: F_PERMISSION,
    },
    {
      rule: 'DBM = 1, S2AP = 01, write: S2AP[1] set',
      ste: { S2HA: 1, S2HD: 1 },
      leaf: { s2ap: 1, dbm: 1 },
      write: true,
      set: S2AP1,
    },
    {
      rule: 'DBM = 1, S2AP = 00, write: S2AP[1] set',
      ste: { S2HA: 1, S2HD: 1 },
      leaf: { s2ap: 0, dbm: 1 },
      write: true,
      set: S2AP1,
    },
    {
      rule: 'DBM = 1, AF = 0, write: both',
      ste: { S2HA: 1, S2HD: 1 },
      leaf: { af: 0, s2ap: 1, dbm: 1 },
      write: true,
      set: AF | S2AP1,
    },
    { rule: 'DBM = 1, read: nothing', ste: { S2HA: 1, S2HD: 1 }, leaf: { s2ap: 1, dbm: 1 } },
    {
      rule: 'DBM = 0, write: F_PERMISSION',
      ste: { S2HA: 1, S2HD: 1 },
      leaf: { s2ap: 1 },
      write: true,
      event: F_PERMISSION,
    },
    {
      rule: 'DBM = 1, S2HD = 0, write: F_PERMISSION',
      ste: { S2HA: 1 },
      leaf: { s2ap: 1, dbm: 1 },
      write: true,
      event: F_PERMISSION,
    },
    {
      rule: 'DBM = 1, S2AP = 11, write: nothing to do',
      ste: { S2HA: 1, S2HD: 1 },
      leaf: { s2ap: 3, dbm: 1 },
      write: true,
    },
  ];
  test.each(rows)('IHI 0070 §3.13 $rule', async ({ ste, leaf, write, event, set }) => {
    const t = stage2(m, 0, { steFields: ste });
    t.map(IPA, PA, s2Leaf(leaf));
    const before = t.read(IPA, 3);
    if (event) m.expectFault(event, { input: IPA, write: write ?? false, s2: true, ipa: IPA });
    else m.expectOk(0, IPA, PA, { access: write ? 'write' : 'read' });
    expect(t.read(IPA, 3).toString(16)).toBe((before | (set ?? 0n)).toString(16));
  });
});

describe('IHI 0070 §5.5 STE.S2R and S2S', () => {
  test.each([
    [0, false],
    [1, true],
  ])('S2R = %i: a stage 2 fault aborts, recorded %p', (S2R, recorded) => {
    stage2(m, 0, { steFields: { S2R } });
    expect(m.translate(0, IPA).status).toBe('abort');
    m.expectEvents(...(recorded ? [record(0x10, { input: IPA, s2: true, ipa: IPA })] : []));
  });
  test('S2R = 0 does not silence F_WALK_EABT', () => {
    stage2(m, 0, { steFields: { S2R: 0, S2TTB: 0x2000_0000n } });
    m.expectFault(0x0b, { input: 0x1000n, s2: true, cls: 2, fetch: 0x2000_0000n });
  });
});
