import { describe, expect, test } from '@jest/globals';
import * as at from './fixture.js';
import {
  CD,
  IPA,
  L1,
  L2,
  L3,
  LEAF,
  NESTED,
  S2,
  S2_L1,
  S2_L3,
  S2_LEAF,
  STE_NESTED,
  STE_S1,
  STE_S2,
  VA,
} from './fixture.js';
import { clear, fixture, or, set, translate } from './fixture.js';
import type { Fixture } from './fixture.js';
import type { OracleTxn } from './types.js';

const AP2 = 1n << 7n;
const AF = 1n << 10n;
const DBM = 1n << 51n;
const PXN = 1n << 53n;
const XN = 1n << 54n;

function event(f: Fixture, txn: Partial<OracleTxn>): [bigint, bigint, bigint, bigint] | undefined {
  return translate(f, txn).event?.words;
}

function allowed(f: Fixture, txn: Partial<OracleTxn>): boolean {
  const r = translate(f, txn);
  if (r.outcome !== 'ok') expect(r.event!.words[0] & 0xffn).toBe(0x13n);
  return r.outcome === 'ok';
}

describe('stage 1 permissions (DDI 0487 D8.4)', () => {
  const user = {};
  const userWrite = { write: true };
  const priv = { privileged: true };
  const privWrite = { privileged: true, write: true };
  const userFetch = { instruction: true };
  const privFetch = { instruction: true, privileged: true };
  const ALL = [user, userWrite, priv, privWrite, userFetch, privFetch];
  const rights = (f: Fixture): string => ALL.map((t, i) => (allowed(f, t) ? 'rwRWxX'[i] : '-')).join('');

  test.each<[string, string, (f: Fixture) => void]>([
    ['AP 00', '--RWxX', (f) => set(f, L3, LEAF & ~0x40n)],
    ['AP 01: unprivileged write forbids privileged execution', 'rwRWx-', () => undefined],
    ['AP 10', '--R-xX', (f) => set(f, L3, (LEAF & ~0x40n) | AP2)],
    ['AP 11', 'r-R-xX', (f) => or(f, L3, AP2)],
    ['UXN', 'rwRW--', (f) => or(f, L3, XN)],
    ['PXN on a privileged page', '--RWx-', (f) => set(f, L3, (LEAF & ~0x40n) | PXN)],
    ['APTable 01 at level 1', '--RWxX', (f) => or(f, L1, 1n << 61n)],
    ['APTable 10 at level 1', 'r-R-xX', (f) => or(f, L1, 2n << 61n)],
    ['XNTable and PXNTable at level 2', '--RW--', (f) => (or(f, L2, 3n << 59n), set(f, L3, LEAF & ~0x40n))],
    ['HAD0 makes table bits void', 'rwRWx-', (f) => (or(f, L1, 0xfn << 59n), or(f, CD + 8n, 2n))],
    ['WXN', 'rwRW--', (f) => or(f, CD, 1n << 36n)],
    ['PAN', 'rw--x-', (f) => or(f, CD, 1n << 40n)],
    ['PAN on a page the user may not read', '--RWxX', (f) => (or(f, CD, 1n << 40n), clear(f, L3, 0x40n))],
    [
      'EPAN: the user may execute it',
      '----xX',
      (f) => (or(f, CD, 1n << 40n), or(f, CD + 8n, 1n << 59n), clear(f, L3, 0x40n)),
    ],
    [
      'any-EL2: privilege ignored, AP[1] taken as 1, UXN is XN',
      'r-R---',
      (f) => (or(f, STE_S1 + 8n, 2n << 30n), set(f, L3, (LEAF & ~0x40n) | AP2 | XN)),
    ],
  ])('%s: %s', (_, expected, change) => {
    const f = fixture();
    change(f);
    expect(rights(f)).toBe(expected);
  });

  test('atomics: write is checked first; only a lack of read is RnW=1', () => {
    const none = clear(fixture(), L3, 0x40n);
    expect(event(none, { atomic: true })).toEqual([0x3_0000_0013n, 0x200_0000_0000n, VA, 0n]);
    const s2WriteOnly = clear(fixture(), S2_L3, 0x40n);
    const words = event(s2WriteOnly, { atomic: true, streamId: S2, addr: IPA });
    expect(words).toEqual([0x4_0000_0013n, 0x288_0000_0000n, IPA, 0x80_4020_3000n]);
  });

  test('PRIVCFG and INSTCFG override, and show in the record', () => {
    const f = or(set(fixture(), L3, (LEAF & ~0x40n) | XN), STE_S1 + 8n, (3n << 48n) | (3n << 50n));
    expect(allowed(f, { write: true })).toBe(true);
    clear(f, STE_S1 + 8n, 3n << 48n);
    expect(event(f, {})).toEqual([0x3_0000_0013n, 0x20c_0000_0000n, VA, 0n]);
  });
});

describe('access flag and dirty state (§3.13)', () => {
  const HA = 1n << 43n;
  const HD = 1n << 42n;

  test('AF=0: F_ACCESS, before F_PERMISSION; AFFD; HA sets it', () => {
    const f = set(fixture(), L3, LEAF & ~AF & ~0x40n);
    expect(event(f, {})).toEqual([0x3_0000_0012n, 0x208_0000_0000n, VA, 0n]);
    const affd = or(set(fixture(), L3, LEAF & ~AF), CD, 1n << 35n);
    expect(translate(affd, {}).outcome).toBe('ok');
    expect(affd.mem.words.get(L3)).toBe(LEAF & ~AF);
    const ha = or(set(fixture(), L3, LEAF & ~AF), CD, HA);
    expect(translate(ha, {}).outcome).toBe('ok');
    expect(ha.mem.words.get(L3)).toBe(LEAF);
  });

  test('HD: a write clears AP[2] of a DBM page, a read does not; HD without HA means nothing', () => {
    const page = LEAF | AP2 | DBM;
    const f = or(set(fixture(), L3, page), CD, HA | HD);
    translate(f, {});
    expect(f.mem.words.get(L3)).toBe(page);
    expect(translate(f, { write: true }).outcome).toBe('ok');
    expect(f.mem.words.get(L3)).toBe(page & ~AP2);
    const hdOnly = or(set(fixture(), L3, page), CD, HD);
    expect(allowed(hdOnly, { write: true })).toBe(false);
  });

  test('a Permission fault updates nothing; HAFT marks the tables all the same', () => {
    const page = (LEAF & ~AF & ~0x40n) | DBM;
    const f = or(or(set(fixture(), L3, page), CD, HA | HD), CD + 8n, 8n);
    expect(allowed(f, { write: true })).toBe(false);
    expect(f.mem.words.get(L3)).toBe(page);
    expect(f.mem.words.get(L2)).toBe(0x3_3403n);
  });

  test('stage 2: AF and S2AP[1] in one update', () => {
    const page = (S2_LEAF & ~AF & ~0x80n) | DBM;
    const f = or(set(fixture(), S2_L3, page), STE_S2 + 16n, 3n << 55n);
    expect(translate(f, { streamId: S2, addr: IPA, write: true }).outcome).toBe('ok');
    expect(f.mem.words.get(S2_L3)).toBe(S2_LEAF | DBM);
  });

  test('nested: the stage 1 update is a write at stage 2, refused with TTRnW=0', () => {
    const f = or(set(fixture(), L3, LEAF & ~AF), CD, HA);
    clear(f, at.NESTED_TABLES, 0x80n);
    // CLASS TT, S2, RnW
    expect(event(f, { streamId: NESTED })).toEqual([0x5_0000_0013n, 0x188_0000_0000n, VA, 0x3_3000n]);
    expect(f.mem.words.get(L3)).toBe(LEAF & ~AF);
    // With dirty state at stage 2 the table's page becomes dirty instead.
    or(or(f, at.NESTED_TABLES, DBM), STE_NESTED + 16n, 3n << 55n);
    expect(translate(f, { streamId: NESTED }).pa).toBe(0xc000_1abcn);
    expect(f.mem.words.get(L3)).toBe(LEAF);
    expect(f.mem.words.get(at.NESTED_TABLES)).toBe(0x7fdn | DBM);
  });

  test('nested: a stage 1 update stays although stage 2 then refuses the output', () => {
    const f = or(set(fixture(), L3, LEAF & ~AF), CD, HA);
    set(f, at.NESTED_OUTPUT, 0n);
    expect(event(f, { streamId: NESTED })).toEqual([0x5_0000_0010n, 0x288_0000_0000n, VA, 0x8000_1000n]);
    expect(f.mem.words.get(L3)).toBe(LEAF);
    // A speculative read leaves no trace.
    set(f, L3, LEAF & ~AF);
    expect(translate(f, { streamId: NESTED, speculative: true }).outcome).toBe('abort');
    expect(f.mem.words.get(L3)).toBe(LEAF & ~AF);
  });
});

describe('stage 2 and nested (§3.3.3, §7.3.13)', () => {
  test('concatenated first tables; IPA out of range', () => {
    expect(translate(fixture(), { streamId: S2, addr: IPA })).toMatchObject({
      pa: 0x9000_5456n,
      leafLog2: 12,
    });
    const beyond = 1n << 40n;
    expect(event(fixture(), { streamId: S2, addr: beyond })).toEqual([
      0x4_0000_0010n,
      0x288_0000_0000n,
      beyond,
      beyond,
    ]);
  });

  test.each<[string, bigint]>([
    ['S2T0SZ 20 with level 1', 0x040d_0054_0000_0001n],
    ['S2TG reserved', 0x040d_c058_0000_0001n],
    ['S2AA64=0', 0x0405_0058_0000_0001n],
    ['S2HAFT without S2HA', 0x0c0d_0058_0000_0001n],
    ['S2T0SZ 49', 0x040d_0071_0000_0001n],
  ])('C_BAD_STE: %s', (_, dword2) => {
    const f = set(fixture(), STE_S2 + 16n, dword2);
    expect(event(f, { streamId: S2, addr: IPA })).toEqual([0x4_0000_0004n, 0n, 0n, 0n]);
  });

  test('16 concatenated tables are the most: S2T0SZ 21 with level 1, 43 bits', () => {
    const f = set(fixture(), STE_S2 + 16n, 0x040d_0055_0000_0001n);
    // IPA[42:30] = 0x1fff: the last entry of the last table
    set(f, 0x4_fff8n, 0x7_c000_07fdn);
    expect(translate(f, { streamId: S2, addr: 0x7ff_ffff_fff0n }).pa).toBe(0x7_ffff_fff0n);
  });

  test('S2T0SZ is bounded by OAS: 40 bits allow 24, not 23', () => {
    const f = fixture();
    f.state.idr5 = 0x472;
    expect(translate(f, { streamId: S2, addr: IPA }).pa).toBe(0x9000_5456n);
    set(f, STE_S2 + 16n, 0x040d_0057_0000_0001n);
    expect(event(f, { streamId: S2, addr: IPA })).toEqual([0x4_0000_0004n, 0n, 0n, 0n]);
  });

  test('level 3 first with STT: S2T0SZ 43, 21 bits', () => {
    const f = set(fixture(), STE_S2 + 16n, 0x040d_00eb_0000_0001n);
    set(f, 0x4_0018n, S2_LEAF);
    expect(translate(f, { streamId: S2, addr: 0x3456n }).pa).toBe(0x9000_5456n);
  });

  test('XN[1:0]: 01 forbids privileged, 11 unprivileged, 10 both', () => {
    const fetch = (xn: bigint, privileged: boolean): string =>
      translate(or(fixture(), S2_L3, xn << 53n), { streamId: S2, addr: IPA, instruction: true, privileged })
        .outcome;
    expect([0n, 1n, 2n, 3n].map((xn) => [fetch(xn, false), fetch(xn, true)])).toEqual([
      ['ok', 'ok'],
      ['ok', 'abort'],
      ['abort', 'abort'],
      ['abort', 'ok'],
    ]);
  });

  test('nested success: both stages, the smaller leaf', () => {
    const r = translate(fixture(), { streamId: NESTED });
    expect(r).toMatchObject({ pa: 0xc000_1abcn, leafLog2: 12, reads: { ste: 1, cd: 1, s1: 4, s2: 6 } });
  });

  test('stage 2 faults of the CD fetch and of a descriptor read', () => {
    const cd = set(fixture(), STE_NESTED, 0x4000_000fn);
    expect(event(cd, { streamId: NESTED })).toEqual([0x5_0000_0010n, 0x88_0000_0000n, VA, 0x4000_0000n]);
    const tt = set(fixture(), L2, 0x4000_0003n);
    expect(event(tt, { streamId: NESTED })).toEqual([0x5_0000_0010n, 0x188_0000_0000n, VA, 0x4000_0000n]);
    const stalls = or(tt, STE_NESTED + 16n, 1n << 57n);
    expect(translate(stalls, { streamId: NESTED })).toMatchObject({
      outcome: 'stalled',
      event: { stall: true },
    });
  });

  test('S2PTW: a table in Device memory; TTRnW=1', () => {
    const f = or(clear(fixture(), at.NESTED_TABLES, 0x3cn), STE_NESTED + 16n, 1n << 54n);
    expect(event(f, { streamId: NESTED })).toEqual([0x5_0000_0013n, 0x88_0000_0000n, VA, 0x2_0000n]);
    set(f, STE_NESTED, 0x8002_000fn);
    set(f, at.NESTED_OUTPUT, 0x7fdn);
    expect(event(f, { streamId: NESTED })).toEqual([0x5_0000_0013n, 0x1188_0000_0000n, VA, 0x3_0000n]);
  });

  test('external abort on a stage 2 descriptor', () => {
    const f = fixture();
    f.mem.aborts.add(S2_L1);
    expect(event(f, { streamId: S2, addr: IPA })).toEqual([0x4_0000_000bn, 0x288_0000_0000n, IPA, S2_L1]);
  });
});

describe('attributes (§13)', () => {
  const attrs = (f: Fixture, txn: Partial<OracleTxn>): string => {
    const { memType, sh, alloc } = translate(f, txn).attrs;
    return `${memType.toString(16).padStart(2, '0')} ${['NSH', '', 'OSH', 'ISH'][sh]} ${alloc.toString(2).padStart(3, '0')}`;
  };
  const s2 = (memAttr: bigint, fwb = false): Fixture => {
    const f = set(fixture(), S2_L3, (S2_LEAF & ~0x3cn) | (memAttr << 2n));
    return fwb ? or(f, STE_S2 + 8n, 1n << 25n) : f;
  };
  const input = (memType: number, sh = 0, alloc = 0b110): Partial<OracleTxn> => ({
    streamId: S2,
    addr: IPA,
    attrs: { memType, sh, alloc },
  });

  test('stage 1 replaces type and shareability, combines hints of a cacheable input', () => {
    expect(attrs(fixture(), { attrs: { memType: 0xff, sh: 2, alloc: 0b011 } })).toBe('55 ISH 011');
    expect(attrs(fixture(), { attrs: { memType: 0x44, sh: 2, alloc: 0b011 } })).toBe('ff ISH 110');
    expect(attrs(or(fixture(), L3, 4n), {})).toBe('44 OSH 000');
    expect(attrs(or(fixture(), L3, 8n), {})).toBe('04 OSH 000');
  });

  test('stage 2 combines: the weaker cacheability, the stronger Device and shareability', () => {
    expect(attrs(s2(0b1111n), input(0xff))).toBe('ff ISH 110');
    expect(attrs(s2(0b1111n), input(0xff, 2, 0b100))).toBe('ee OSH 100');
    expect(attrs(s2(0b1001n), input(0xff))).toBe('b4 ISH 110');
    expect(attrs(s2(0b0101n), input(0xff))).toBe('44 OSH 000');
    expect(attrs(s2(0b0001n), input(0x08))).toBe('04 OSH 000');
    expect(attrs(s2(0b1111n), input(0x0c))).toBe('0c OSH 000');
  });

  test('FWB: Write-Back by force, NC, pass through', () => {
    expect(attrs(s2(0b0110n, true), input(0x00))).toBe('ff OSH 110');
    expect(attrs(s2(0b0110n, true), input(0xbb, 0, 0b010))).toBe('dd ISH 010');
    expect(attrs(s2(0b0101n, true), input(0xff))).toBe('44 OSH 000');
    expect(attrs(s2(0b0101n, true), input(0x08))).toBe('08 OSH 000');
    expect(attrs(s2(0b0111n, true), input(0xbb))).toBe('bb ISH 110');
    expect(attrs(s2(0b0010n, true), input(0xff))).toBe('08 OSH 000');
  });

  test('STE overrides: MTCFG, ALLOCCFG, SHCFG; nothing without ATTR_TYPES_OVR', () => {
    const f = set(fixture(), STE_S1, 9n);
    // SHCFG 3, ALLOCCFG 0b1010 (WA), MTCFG, MemAttr 0b1011 (oWT iWB)
    set(f, STE_S1 + 8n, 0x315b_0000_0000n);
    const txn = { addr: 0x1000n, attrs: { memType: 0x00, sh: 0, alloc: 0 } };
    expect(attrs(f, txn)).toBe('9d ISH 010');
    f.state.idr1 &= ~(1 << 27);
    expect(attrs(f, txn)).toBe('00 OSH 000');
  });
});
