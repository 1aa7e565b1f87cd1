import { describe, expect, test } from '@jest/globals';
import { CD, L0, L2, L3, LEAF, S1, STE_S1, VA, clear, fixture, or, set, translate } from './fixture.js';
import type { Fixture } from './fixture.js';
import type { OracleResult, OracleTxn } from './types.js';

const OK_ATTRS = { memType: 0xff, sh: 3, alloc: 0b110 };
/** RnW, CLASS = IN. */
const READ_IN = 0x208_0000_0000n;
const SID3 = 0x3_0000_0000n;

function expectPa(f: Fixture, txn: Partial<OracleTxn>, pa: bigint): OracleResult {
  const r = translate(f, txn);
  expect(r).toMatchObject({ outcome: 'ok', pa });
  expect(r.event).toBeUndefined();
  return r;
}

function expectEvent(
  f: Fixture,
  txn: Partial<OracleTxn>,
  words: [bigint, bigint, bigint, bigint],
  more: { outcome?: string; record?: boolean } = {},
): void {
  const r = translate(f, txn);
  expect(r.event?.words).toEqual(words);
  expect(r.outcome).toBe(more.outcome ?? 'abort');
  expect(r.event?.record).toBe(more.record ?? true);
}

describe('global bypass (IHI 0070 §3.11, §13.2)', () => {
  test('SMMUEN=0 passes the address, SubstreamID and all, with GBPA attributes', () => {
    const f = fixture();
    f.state.cr0 = 0;
    // SHCFG 3, ALLOCCFG 0b1100 (RA only), MTCFG, MemAttr 0b1010 (oWT iWT)
    f.state.gbpa = 0x3c1a;
    const r = expectPa(f, { addr: 0xf_ffff_ffff_ffffn, ssv: true, ssid: 7 }, 0xf_ffff_ffff_ffffn);
    expect(r.attrs).toEqual({ memType: 0xaa, sh: 3, alloc: 0b100 });
  });

  test('GBPA.ABORT and an address beyond OAS abort in silence', () => {
    const f = fixture();
    f.state.cr0 = 0;
    expect(translate(f, { addr: 1n << 52n })).toMatchObject({ outcome: 'abort' });
    f.state.gbpa |= 1 << 20;
    const r = translate(f, { addr: 0n });
    expect(r.outcome).toBe('abort');
    expect(r.event).toBeUndefined();
  });
});

describe('stream table (§3.3.1, §7.3.3, §7.3.4)', () => {
  test('StreamID beyond the table: C_BAD_STREAMID, recorded by RECINVSID', () => {
    const f = fixture();
    expectEvent(f, { streamId: 16 }, [0x10_0000_0002n, 0n, 0n, 0n]);
    f.state.cr2 = 0;
    expectEvent(f, { streamId: 16 }, [0x10_0000_0002n, 0n, 0n, 0n], { record: false });
  });

  test('two levels: span, SPLIT, masked L2Ptr', () => {
    const f = fixture();
    // SPLIT 8, LOG2SIZE 10; StreamID 256 + 3 through L1STD 1, span 3 (four STEs), pointer 0x10fc0 masked to 0x10f00
    f.state.strtabBase = 0x6_0000n;
    f.state.strtabBaseCfg = 0x1_020a;
    set(f, 0x6_0008n, 0x1_0fc3n);
    set(f, 0x1_0fc0n, 0x2_000bn);
    expectPa(f, { streamId: 259 }, 0x8000_1abcn);
    expectEvent(f, { streamId: 260 }, [0x104_0000_0002n, 0n, 0n, 0n]);
  });

  test('external abort on the STE, and an STE beyond OAS', () => {
    const f = fixture();
    f.mem.aborts.add(STE_S1 + 56n);
    expectEvent(f, { ssv: true, ssid: 5 }, [SID3 | 0x5803n, 0n, 0n, STE_S1]);
    f.state.strtabBase = 0x6_0000n;
    f.state.strtabBaseCfg = 0x1_020a;
    set(f, 0x6_0000n, (1n << 52n) | 3n);
    expectEvent(f, {}, [SID3 | 3n, 0n, 0n, 0xc0n]);
  });

  test('STRTAB_BASE keeps no address bit above OAS (§6.3.24)', () => {
    const f = fixture();
    f.state.strtabBase |= 1n << 52n;
    expectPa(f, {}, 0x8000_1abcn);
  });

  test('V=0 is C_BAD_STE, Config 0b001 aborts in silence', () => {
    expectEvent(set(fixture(), STE_S1, 0n), {}, [SID3 | 4n, 0n, 0n, 0n]);
    const r = translate(set(fixture(), STE_S1, 3n), {});
    expect(r).toMatchObject({ outcome: 'abort' });
    expect(r.event).toBeUndefined();
  });
});

describe('STE legality (§5.2.2)', () => {
  const BAD_STE: [bigint, bigint, bigint, bigint] = [SID3 | 4n, 0n, 0n, 0n];
  test.each<[string, (f: Fixture) => void]>([
    ['STRW 0b01', (f) => or(f, STE_S1 + 8n, 1n << 30n)],
    ['S1CDMax above SSIDSIZE', (f) => or(f, STE_S1, 21n << 59n)],
    [
      'two-level CD table without CD2L',
      (f) => ((f.state.idr0 &= ~0x8_0000), or(f, STE_S1, (1n << 59n) | 0x10n)),
    ],
    [
      'S1STALLD where stalls are impossible',
      (f) => ((f.state.idr0 |= 1 << 24), or(f, STE_S1 + 8n, 1n << 27n)),
    ],
    [
      '16-bit VMID without VMID16, stage 1 only',
      (f) => ((f.state.idr0 &= ~0x4_0000), set(f, STE_S1 + 16n, 0x100n)),
    ],
    ['S1ContextPtr beyond OAS', (f) => ((f.state.idr5 = 0x75), or(f, STE_S1, 1n << 48n))],
    ['no stage 1', (f) => (f.state.idr0 &= ~2)],
  ])('%s', (_, change) => {
    const f = fixture();
    change(f);
    expectEvent(f, {}, BAD_STE);
  });

  test('ignored: VMID of a stream in EL2, STRW without Hyp', () => {
    const el2 = or(set(fixture(), STE_S1 + 16n, 0x100n), STE_S1 + 8n, 2n << 30n);
    el2.state.idr0 &= ~0x4_0000;
    expectPa(el2, {}, 0x8000_1abcn);
    const noHyp = or(fixture(), STE_S1 + 8n, 3n << 30n);
    noHyp.state.idr0 &= ~0x200;
    expectPa(noHyp, {}, 0x8000_1abcn);
  });
});

describe('substreams and CDs (§3.3.2, §5.4)', () => {
  test('SSV without substreams: C_BAD_SUBSTREAMID, which has no SSV bit', () => {
    expectEvent(fixture(), { ssv: true, ssid: 9 }, [SID3 | 0x9008n, 0n, 0n, 0n]);
  });

  test('S1DSS: disabled, bypass, CD 0', () => {
    const f = or(fixture(), STE_S1, 4n << 59n);
    expectEvent(f, {}, [SID3 | 6n, 0n, 0n, 0n]);
    or(f, STE_S1 + 8n, 1n);
    expectPa(f, { addr: 0x1234n }, 0x1234n);
    expectEvent(f, { addr: 1n << 52n }, [SID3 | 0x11n, READ_IN, 1n << 52n, 0n]);
    set(f, STE_S1 + 8n, 0x1000_0000_0002n);
    expectPa(f, {}, 0x8000_1abcn);
    expectEvent(f, { ssv: true }, [SID3 | 6n, 0n, 0n, 0n]);
  });

  test('linear CD table: CD n at 64 n; two levels of 4 KiB: L1CD 1 for SubstreamID 65', () => {
    const linear = or(fixture(), STE_S1, 3n << 59n);
    [0n, 8n, 24n].forEach((o) => set(linear, CD + 0x140n + o, linear.mem.words.get(CD + o)!));
    expectPa(linear, { ssv: true, ssid: 5 }, 0x8000_1abcn);
    const two = or(fixture(), STE_S1, (8n << 59n) | 0x10n);
    [0n, 8n, 24n].forEach((o) => set(two, 0x7_1040n + o, two.mem.words.get(CD + o)!));
    set(two, CD + 8n, 0x7_1001n);
    expectPa(two, { ssv: true, ssid: 65 }, 0x8000_1abcn);
    set(two, CD + 8n, 0x7_1000n);
    expectEvent(two, { ssv: true, ssid: 65 }, [SID3 | 0x4_1008n, 0n, 0n, 0n]);
  });

  test('F_CD_FETCH and C_BAD_CD', () => {
    const f = fixture();
    expectEvent(clear(f, CD, 1n << 31n), { ssv: false }, [SID3 | 0xan, 0n, 0n, 0n]);
    f.mem.aborts.add(CD + 8n);
    expectEvent(f, {}, [SID3 | 9n, 0n, 0n, CD]);
  });

  test.each<[string, (f: Fixture) => void]>([
    ['AA64=0', (f) => clear(f, CD, 1n << 41n)],
    ['T0SZ 15 with 4K and DS=0', (f) => set(f, CD, 0x6205_c000_000fn)],
    ['T1SZ 0 while EPD1=0', (f) => clear(f, CD, 1n << 30n)],
    ['TTB0 beyond IPS', (f) => or(f, CD + 8n, 1n << 48n)],
    ['HAFT without HA', (f) => or(f, CD + 8n, 8n)],
    ['A=0 with TERM_MODEL', (f) => ((f.state.idr0 |= 1 << 26), clear(f, CD, 1n << 46n))],
    ['big-endian tables unsupported', (f) => ((f.state.idr0 |= 2 << 21), or(f, CD, 1n << 15n))],
  ])('C_BAD_CD: %s', (_, change) => {
    const f = fixture();
    change(f);
    expectEvent(f, {}, [SID3 | 0xan, 0n, 0n, 0n]);
  });
});

describe('stage 1 (DDI 0487 D8)', () => {
  test('four levels of 4K', () => {
    const r = expectPa(fixture(), {}, 0x8000_1abcn);
    expect(r).toMatchObject({ attrs: OK_ATTRS, leafLog2: 12, reads: { ste: 1, cd: 1, s1: 4, s2: 0 } });
  });

  test('2 MiB block: low bits of the block address ignored, the offset put in', () => {
    // VA[20:0] = 0x189abc
    const r = expectPa(set(fixture(), L2, 0x8010_0741n), {}, 0x8018_9abcn);
    expect(r.leafLog2).toBe(21);
  });

  test('F_TRANSLATION: invalid descriptor, block at level 0, reserved page type', () => {
    const words: [bigint, bigint, bigint, bigint] = [SID3 | 0x10n, READ_IN, VA, 0n];
    expectEvent(set(fixture(), L2, 0n), {}, words);
    expectEvent(set(fixture(), L0, 0x3_1001n), {}, words);
    expectEvent(set(fixture(), L3, LEAF - 2n), {}, words);
  });

  test('address size: a leaf beyond IPS; its record for a privileged write', () => {
    const f = set(set(fixture(), L3, LEAF | (1n << 40n)), CD, 0x6202_c000_0010n);
    // PnU, RnW=0, CLASS IN
    expectEvent(f, { write: true, privileged: true, instruction: true }, [
      SID3 | 0x11n,
      0x202_0000_0000n,
      VA,
      0n,
    ]);
  });

  test('the range: VA[63:48] of TTB0 must be zero, TBI0 frees [63:56]', () => {
    const tagged = VA | (0xa5n << 56n);
    expectEvent(fixture(), { addr: tagged }, [SID3 | 0x10n, READ_IN, tagged, 0n]);
    const tbi = or(fixture(), CD, 1n << 38n);
    expectPa(tbi, { addr: tagged }, 0x8000_1abcn);
    expectEvent(tbi, { addr: VA | (1n << 48n) }, [SID3 | 0x10n, READ_IN, VA | (1n << 48n), 0n]);
  });

  test('TTB1 with 64K and T1SZ 25: 39 bits, level 2 first', () => {
    const f = set(fixture(), CD, 0x6205_80d9_0010n);
    set(f, CD + 16n, 0x8_0000n);
    // VA[38:29] = 0x3ff, VA[28:16] = 0x1234
    set(f, 0x8_1ff8n, 0x9_0003n);
    set(f, 0x9_91a0n, 0x7777_0743n);
    const r = expectPa(f, { addr: 0xffff_ffff_f234_5678n }, 0x7777_5678n);
    expect(r.leafLog2).toBe(16);
    expectEvent(f, { addr: 0xfff0_0000_0000_0000n }, [SID3 | 0x10n, READ_IN, 0xfff0_0000_0000_0000n, 0n]);
  });

  test('EPD0 and E0PD0', () => {
    const words: [bigint, bigint, bigint, bigint] = [SID3 | 0x10n, READ_IN, VA, 0n];
    expectEvent(or(fixture(), CD, 1n << 14n), {}, words);
    const e0pd = or(fixture(), CD + 8n, 4n);
    expectEvent(e0pd, {}, words);
    expectPa(e0pd, { privileged: true }, 0x8000_1abcn);
  });

  test('LPA2: level -1, address bits 51:50 in descriptor bits 9:8, SH from the CD', () => {
    const f = fixture();
    // T0SZ 12, SH0 OSH, IPS 52; DS
    set(f, CD, 0x6206_c000_200cn);
    set(f, CD + 16n, 1n << 58n);
    // VA[51:48] = 9: entry 9 of the level -1 table
    set(f, 0x3_0048n, 0x3_8003n);
    set(f, 0x3_8120n, 0x3_1003n);
    set(f, L3, 0x2_0000_8000_1443n | 0x300n);
    const r = expectPa(f, { addr: VA | (9n << 48n) }, 0xe_0000_8000_1abcn);
    expect(r.attrs.sh).toBe(2);
  });

  test('64K with 52-bit output: address bits 51:48 in descriptor bits 15:12', () => {
    const f = fixture();
    // T0SZ 22 (level 2 first), TG0 64K, IPS 52; VA[41:29] = 0x1a2, VA[28:16] = 0x1678
    set(f, CD, 0x6206_c000_0056n);
    set(f, 0x3_0d10n, 0x4_0003n);
    set(f, 0x4_b3c0n, 0x5555_a743n);
    expectPa(f, { addr: 0x3456_789abcn }, 0xa_0000_5555_9abcn);
  });

  test('big-endian tables', () => {
    const f = or(fixture(), CD, 1n << 15n);
    set(f, 0x3_0120n, 0x0310_0300_0000_0000n);
    set(f, 0x3_1688n, 0x0320_0300_0000_0000n);
    set(f, 0x3_2598n, 0x0330_0300_0000_0000n);
    set(f, L3, 0x4317_0080_0000_0000n);
    expectPa(f, {}, 0x8000_1abcn);
  });

  test('external abort on a descriptor: F_WALK_EABT, S2=0, CLASS=TT', () => {
    const f = fixture();
    f.mem.aborts.add(L2);
    expectEvent(f, { instruction: true }, [SID3 | 0xbn, 0x10c_0000_0000n, VA, L2]);
  });
});

describe('CD.A, R, S (§5.5)', () => {
  const words: [bigint, bigint, bigint, bigint] = [SID3 | 0x10n, READ_IN, VA, 0n];
  test('A=0: RAZ/WI; R=0: not recorded; S=1: stall, recorded whatever R says', () => {
    const raz = clear(set(fixture(), L3, 0n), CD, 1n << 46n);
    expectEvent(raz, {}, words, { outcome: 'raz-wi' });
    clear(raz, CD, 1n << 45n);
    expectEvent(raz, {}, words, { outcome: 'raz-wi', record: false });
    or(raz, CD, 1n << 44n);
    expectEvent(raz, {}, [words[0], READ_IN | 0x8000_0000n, VA, 0n], { outcome: 'stalled' });
  });

  test('a speculative read that faults aborts without event; a speculative write always', () => {
    const f = set(fixture(), L3, 0n);
    clear(f, CD, 1n << 46n);
    expect(translate(f, { speculative: true }).outcome).toBe('abort');
    expect(translate(f, { speculative: true }).event).toBeUndefined();
    expect(translate(fixture(), { speculative: true, write: true }).outcome).toBe('abort');
    expectPa(fixture(), { speculative: true, streamId: S1 }, 0x8000_1abcn);
  });
});
