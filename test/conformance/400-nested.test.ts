import { beforeEach, describe, expect, test } from '@jest/globals';
import { l1cd, s1Leaf, s2Leaf } from '../support/encode.js';
import {
  CLASS_CD,
  CLASS_IN,
  CLASS_TT,
  C_BAD_CD,
  C_BAD_SUBSTREAMID,
  F_ACCESS,
  F_ADDR_SIZE,
  F_CD_FETCH,
  F_PERMISSION,
  F_TRANSLATION,
  F_WALK_EABT,
} from '../support/events.js';
import { HOLE, Machine, RAM } from '../support/machine.js';
import { GUEST, RAM_TO_GUEST, nested, stage2, type Nested, type NestedOptions } from '../support/streams.js';

const VA = 0x7654_3000n;
const IPA = 0x9_8765_4000n;
const PA = 0x1_2345_6000n;
const AF = 1n << 10n;
let m: Machine;
beforeEach(async () => {
  m = await Machine.create();
});
function working(o: NestedOptions = {}): Nested {
  const n = nested(m, 0, o);
  n.tables.map(VA, IPA, s1Leaf());
  n.s2.map(IPA, PA, s2Leaf());
  return n;
}
/** IPA of a stage 1 descriptor of VA. */
const slotIpa = (n: Nested, level: number): bigint => n.tables.slot(VA, level) + RAM_TO_GUEST;

describe('IHI 0070 §3.4 nested translation', () => {
  test('VA to IPA to PA; offsets pass', () => {
    working();
    m.expectOk(0, VA + 0xabcn, PA + 0xabcn);
    m.expectOk(0, VA, PA, { access: 'write' });
  });
  test('4K, 4 + 4 levels: 4 * (4 + 1) + 4 = 24 descriptor reads, the CD by stage 2 first', async () => {
    m = await Machine.create({ caches: false });
    const n = nested(m, 0, { s1: { tsz: 16 }, s2: { tsz: 16, start: 0 }, ramLevel: 3 });
    n.tables.map(VA, IPA, s1Leaf());
    n.s2.map(IPA, PA, s2Leaf());
    const { reads } = m.expectOk(0, VA, PA);
    expect([reads.ste, reads.cd, reads.stage1, reads.stage2]).toEqual([1, 1, 4, 4 + 4 * 4 + 4]);
  });
  const granules = ([12, 14, 16] as const).flatMap((a) =>
    ([12, 14, 16] as const).map((b) => [a, b] as const),
  );
  test.each(granules)('stage 1 granule 2^%i over stage 2 granule 2^%i', (a, b) => {
    const start = b === 12 ? 1 : 2;
    // RAM by pages of the stage 2 granule, or 2 MB blocks with 4K.
    const n = nested(m, 0, {
      s1: { granule: a },
      s2: { granule: b, tsz: 25, start },
      ramLevel: b === 12 ? 2 : 3,
    });
    n.tables.map(0x8_0000n, 0x9876_0000n, s1Leaf());
    n.s2.map(0x9876_0000n, 0x1_2345_0000n, s2Leaf());
    m.expectOk(0, 0x8_0123n, 0x1_2345_0123n);
  });
  test('a stage 1 block over smaller stage 2 pages: each page its own output', () => {
    const n = nested(m, 0);
    n.tables.map(0n, 0x9_0000_0000n, s1Leaf(), 2);
    n.s2.map(0x9_0000_0000n, PA, s2Leaf());
    n.s2.map(0x9_0000_1000n, PA + 0x10_0000n, s2Leaf());
    m.expectOk(0, 0x10n, PA + 0x10n);
    m.expectOk(0, 0x1010n, PA + 0x10_0010n);
    m.expectFault(F_TRANSLATION, { input: 0x2000n, s2: true, ipa: 0x9_0000_2000n });
    expect(m.expectOk(0, 0n, PA).pageSize).toBe(0x1000n);
  });
  test('a stage 2 block under stage 1 pages', () => {
    const n = nested(m, 0);
    n.tables.map(VA, 0x9_0000_5000n, s1Leaf());
    n.s2.map(0x9_0000_0000n, 0x2_0000_0000n, s2Leaf(), 1);
    m.expectOk(0, VA, 0x2_0000_5000n);
  });
  test('STRW is unused: a nested stream has two halves, ASIDs and privilege', () => {
    working({ steFields: { STRW: 2 } });
    m.expectOk(0, VA, PA);
  });
});

describe('IHI 0070 §7.3.13-§7.3.16 whose fault, CLASS and IPA', () => {
  test('stage 1 invalid descriptor: S2 = 0, CLASS IN, IPA 0', () => {
    nested(m, 0);
    m.expectFault(F_TRANSLATION, { input: VA });
  });
  test('stage 2 fault on the output: S2 = 1, CLASS IN, the IPA', () => {
    const n = nested(m, 0);
    n.tables.map(VA, IPA, s1Leaf());
    m.expectFault(F_TRANSLATION, { input: VA + 0x123n, s2: true, cls: CLASS_IN, ipa: IPA, write: true });
  });
  test.each([1, 2, 3])(
    'stage 2 fault on the level %i descriptor of stage 1: CLASS TT, IPA of the descriptor',
    (level) => {
      const n = working({ ramLevel: 3 });
      n.s2.raw(slotIpa(n, level), 3, 0n);
      m.expectFault(F_TRANSLATION, { input: VA, s2: true, cls: CLASS_TT, ipa: slotIpa(n, level) });
    },
  );
  test('stage 2 fault on the CD: CLASS CD, IPA of the CD', () => {
    const n = working({ ramLevel: 3 });
    n.s2.raw(n.cdIpa, 3, 0n);
    m.expectFault(F_TRANSLATION, { input: VA, s2: true, cls: CLASS_CD, ipa: n.cdIpa });
  });
  test('stage 2 F_ACCESS on the CD fetch', () => {
    const n = working({ ramLevel: 3 });
    n.s2.map(n.cdIpa, n.cd, s2Leaf({ af: 0 }));
    m.expectFault(F_ACCESS, { input: VA, s2: true, cls: CLASS_CD, ipa: n.cdIpa, write: true });
  });
  test('stage 2 F_PERMISSION on a descriptor read needs S2AP[0]; TTRnW = 1', () => {
    const n = working({ ramLevel: 3 });
    n.s2.map(slotIpa(n, 3), n.tables.slot(VA, 3), s2Leaf({ s2ap: 2 }));
    m.expectFault(F_PERMISSION, { input: VA, s2: true, cls: CLASS_TT, ipa: slotIpa(n, 3), ttRead: true });
  });
  test('a descriptor page that stage 2 makes execute-never can be walked', () => {
    const n = working({ ramLevel: 3 });
    n.s2.map(slotIpa(n, 3), n.tables.slot(VA, 3), s2Leaf({ s2ap: 1, xn: 2 }));
    m.expectOk(0, VA, PA);
  });
  test('stage 2 F_ADDR_SIZE on a descriptor', () => {
    const n = working({ ramLevel: 3, steFields: { S2PS: 1 } });
    n.s2.map(slotIpa(n, 3), 1n << 36n, s2Leaf());
    m.expectFault(F_ADDR_SIZE, { input: VA, s2: true, cls: CLASS_TT, ipa: slotIpa(n, 3) });
  });
  test('external abort on a stage 1 descriptor: F_WALK_EABT, S2 = 0, CLASS TT, physical address', () => {
    const n = working({ ramLevel: 3 });
    n.s2.map(slotIpa(n, 3), HOLE, s2Leaf());
    m.expectFault(F_WALK_EABT, { input: VA, fetch: HOLE + (slotIpa(n, 3) & 0xfffn) });
  });
  test('external abort on a stage 2 descriptor for the output: S2 = 1, CLASS IN', () => {
    const n = working();
    n.s2.raw(IPA, 2, HOLE | 3n);
    m.expectFault(F_WALK_EABT, {
      input: VA,
      s2: true,
      cls: CLASS_IN,
      fetch: HOLE + ((IPA >> 12n) & 511n) * 8n,
    });
  });
  test('external abort on a stage 2 descriptor for a stage 1 descriptor: S2 = 1, CLASS TT', () => {
    const n = working({ ramLevel: 3 });
    n.s2.raw(GUEST, 2, HOLE | 3n);
    const at = GUEST + 0x1000n;
    m.cd(n.cd, { ...n.cdFields, TTB0: at });
    // The CD shares the 2 MB of that table: move it behind another level 2 entry.
    const cd = RAM + 0x80_0000n;
    m.cd(cd, { ...n.cdFields, TTB0: at });
    m.ste(0, {
      Config: 7,
      S1ContextPtr: cd + RAM_TO_GUEST,
      S2AA64: 1,
      S2R: 1,
      S2PS: 5,
      S2T0SZ: 24,
      S2SL0: 1,
      S2TTB: n.s2.root,
    });
    m.expectFault(F_WALK_EABT, { input: VA, s2: true, cls: CLASS_TT, fetch: HOLE + 8n });
  });
  test('external abort on the CD behind stage 2: F_CD_FETCH with the physical address', () => {
    const n = working({ ramLevel: 3 });
    n.s2.map(n.cdIpa, HOLE, s2Leaf());
    m.expectFault(F_CD_FETCH, { input: VA, fetch: HOLE + (n.cdIpa & 0xfffn) });
  });
  test('C_BAD_CD of a CD read through stage 2', () => {
    const n = working();
    m.cd(n.cd, { ...n.cdFields, V: 0 });
    m.expectFault(C_BAD_CD, { input: VA });
  });
  test('a stage 2 fault of the CD fetch uses STE.S2R, not the CD', () => {
    const n = working({ ramLevel: 3, steFields: { S2R: 0 } });
    n.s2.raw(n.cdIpa, 3, 0n);
    m.expectSilentAbort(0, VA);
  });
  test('a stage 2 fault of the walk uses STE.S2R whatever CD.R and CD.A say', () => {
    const n = working({ ramLevel: 3, cdFields: { R: 0, A: 0 } });
    n.s2.raw(slotIpa(n, 2), 3, 0n);
    m.expectFault(F_TRANSLATION, { input: VA, s2: true, cls: CLASS_TT, ipa: slotIpa(n, 2) });
  });
});

describe('IHI 0070 §3.3.2, §5.3 nested CD tables', () => {
  test('a two-level CD table: L1CD and CD are both IPAs', () => {
    const n = working();
    const l1 = m.alloc(4096);
    const leaf = m.alloc(4096);
    m.words(l1 + 8n, [l1cd(leaf + RAM_TO_GUEST)]);
    m.cd(leaf + 64n, n.cdFields);
    m.ste(0, {
      Config: 7,
      S1ContextPtr: l1 + RAM_TO_GUEST,
      S1CDMax: 10,
      S1Fmt: 1,
      S2AA64: 1,
      S2R: 1,
      S2PS: 5,
      S2T0SZ: 24,
      S2SL0: 1,
      S2TTB: n.s2.root,
    });
    m.expectOk(0, VA, PA, { substreamId: 65 });
    m.expectFault(C_BAD_SUBSTREAMID, { input: VA, ssid: 0 });
  });
  test('stage 2 fault on the L1CD: CLASS CD with its IPA and the SubstreamID', () => {
    const n = working();
    m.ste(0, {
      Config: 7,
      S1ContextPtr: 0x7000_0000n,
      S1CDMax: 10,
      S1Fmt: 1,
      S2AA64: 1,
      S2R: 1,
      S2PS: 5,
      S2T0SZ: 24,
      S2SL0: 1,
      S2TTB: n.s2.root,
    });
    m.expectFault(F_TRANSLATION, { input: VA, ssid: 65, s2: true, cls: CLASS_CD, ipa: 0x7000_0000n });
  });
  test('S1DSS = 0b01: stage 1 is bypassed, stage 2 translates', () => {
    const n = working();
    const fields = {
      Config: 7,
      S1ContextPtr: 0x7000_0000n,
      S1CDMax: 4,
      S1DSS: 1,
      S2AA64: 1,
      S2R: 1,
      S2PS: 5,
      S2T0SZ: 24,
      S2SL0: 1,
      S2TTB: n.s2.root,
    };
    m.ste(0, fields);
    m.expectOk(0, IPA, PA);
    m.expectFault(F_ADDR_SIZE, { input: 1n << 48n });
    m.expectFault(F_TRANSLATION, { input: 1n << 40n, s2: true, ipa: 1n << 40n });
  });
});

describe('IHI 0070 §3.4.3, §7.3.22 order of nested checks', () => {
  test('stage 1 F_ACCESS comes before any stage 2 translation of the output', () => {
    const n = nested(m, 0);
    n.tables.map(VA, IPA, s1Leaf({ af: 0 }));
    m.expectFault(F_ACCESS, { input: VA });
  });
  test('stage 1 F_PERMISSION comes before a stage 2 fault of the output', () => {
    const n = nested(m, 0);
    n.tables.map(VA, IPA, s1Leaf({ ap: 0 }));
    m.expectFault(F_PERMISSION, { input: VA });
  });
  test('a table pointer beyond IPS is a stage 1 F_ADDR_SIZE, within it but beyond S2T0SZ a stage 2 F_TRANSLATION', () => {
    const n = nested(m, 0, { cdFields: { IPS: 3 } });
    n.tables.raw(VA, 1, (1n << 42n) | 3n);
    m.expectFault(F_ADDR_SIZE, { input: VA });
    n.tables.raw(VA, 1, (1n << 41n) | 3n);
    const index = (VA >> 21n) & 511n;
    m.expectFault(F_TRANSLATION, { input: VA, s2: true, cls: CLASS_TT, ipa: (1n << 41n) + index * 8n });
  });
  test('an output beyond S2T0SZ is a stage 2 F_TRANSLATION, CLASS IN', () => {
    const n = nested(m, 0, { cdFields: { IPS: 5 } });
    n.tables.map(VA, 1n << 44n, s1Leaf());
    m.expectFault(F_TRANSLATION, { input: VA, s2: true, ipa: 1n << 44n });
  });
  test('the permissions of both stages must allow the access', () => {
    const n = nested(m, 0);
    n.tables.map(VA, IPA, s1Leaf({ ap: 1 }));
    n.s2.map(IPA, PA, s2Leaf({ s2ap: 1 }));
    m.expectOk(0, VA, PA);
    m.expectFault(F_PERMISSION, { input: VA, write: true, s2: true, ipa: IPA });
  });
  test('privileged execution of unprivileged-writable stage 1 pages fails at stage 1', () => {
    working();
    m.expectFault(F_PERMISSION, { input: VA, privileged: true, instruction: true });
  });
});

describe('IHI 0070 §5.2 S2PTW', () => {
  test.each([0, 1])('S2PTW = %i with the stage 1 tables in Device memory', (S2PTW) => {
    const n = working({ ramLevel: 3, steFields: { S2PTW } });
    n.s2.map(slotIpa(n, 3), n.tables.slot(VA, 3), s2Leaf({ memAttr: 1 }));
    if (S2PTW)
      m.expectFault(F_PERMISSION, { input: VA, s2: true, cls: CLASS_TT, ipa: slotIpa(n, 3), ttRead: true });
    else m.expectOk(0, VA, PA);
  });
  test('S2PTW = 1 with the CD in Device memory: CLASS CD', () => {
    const n = working({ ramLevel: 3, steFields: { S2PTW: 1 } });
    n.s2.map(n.cdIpa, n.cd, s2Leaf({ memAttr: 0 }));
    m.expectFault(F_PERMISSION, { input: VA, s2: true, cls: CLASS_CD, ipa: n.cdIpa });
  });
  test('S2PTW = 1: a Device output page is no walk', () => {
    const n = nested(m, 0, { steFields: { S2PTW: 1 } });
    n.tables.map(VA, IPA, s1Leaf());
    n.s2.map(IPA, PA, s2Leaf({ memAttr: 1 }));
    m.expectOk(0, VA, PA);
  });
});

describe('IHI 0070 §3.13 nested hardware update', () => {
  test('a stage 1 Access flag update needs stage 2 write permission: CLASS TT, TTRnW = 0', () => {
    const n = nested(m, 0, { ramLevel: 3, cdFields: { HA: 1 } });
    n.tables.map(VA, IPA, s1Leaf({ af: 0 }));
    n.s2.map(IPA, PA, s2Leaf());
    n.s2.map(slotIpa(n, 3), n.tables.slot(VA, 3), s2Leaf({ s2ap: 1 }));
    m.expectFault(F_PERMISSION, { input: VA, s2: true, cls: CLASS_TT, ipa: slotIpa(n, 3), ttRead: false });
    expect(n.tables.read(VA, 3) & AF).toBe(0n);
  });
  test('with AF already 1 the same table page may be read-only', () => {
    const n = working({ ramLevel: 3, cdFields: { HA: 1, HD: 1 } });
    n.s2.map(slotIpa(n, 3), n.tables.slot(VA, 3), s2Leaf({ s2ap: 1 }));
    m.expectOk(0, VA, PA, { access: 'write' });
  });
  test('the update makes the stage 2 leaf of the table page dirty', () => {
    const n = nested(m, 0, { ramLevel: 3, cdFields: { HA: 1 }, steFields: { S2HA: 1, S2HD: 1 } });
    n.tables.map(VA, IPA, s1Leaf({ af: 0 }));
    n.s2.map(IPA, PA, s2Leaf({ af: 0 }));
    n.s2.map(slotIpa(n, 3), n.tables.slot(VA, 3), s2Leaf({ s2ap: 1, dbm: 1, af: 0 }));
    m.expectOk(0, VA, PA);
    expect(n.tables.read(VA, 3) & AF).toBe(AF);
    expect(n.s2.read(slotIpa(n, 3), 3) & (AF | (1n << 7n))).toBe(AF | (1n << 7n));
    expect(n.s2.read(IPA, 3) & AF).toBe(AF);
  });
  test('a CD fetch sets AF of its stage 2 leaf, never S2AP[1]', () => {
    const n = working({ ramLevel: 3, steFields: { S2HA: 1, S2HD: 1 } });
    n.s2.map(n.cdIpa, n.cd, s2Leaf({ s2ap: 1, dbm: 1, af: 0 }));
    m.expectOk(0, VA, PA);
    expect(n.s2.read(n.cdIpa, 3) & (AF | (1n << 7n))).toBe(AF);
  });
});

describe('IHI 0070 §3.4 stage 2 alone', () => {
  test('no stage 1: the input is the IPA, no TBI, no sign extension', () => {
    stage2(m, 0).map(IPA, PA, s2Leaf());
    m.expectOk(0, IPA, PA);
    m.expectFault(F_ADDR_SIZE, { input: IPA | (0xabn << 56n) });
  });
});
