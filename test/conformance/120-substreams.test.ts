import { beforeEach, describe, expect, test } from '@jest/globals';
import { l1cd, s1Leaf, type SteFields } from '../support/encode.js';
import {
  C_BAD_CD,
  C_BAD_STE,
  C_BAD_SUBSTREAMID,
  F_ADDR_SIZE,
  F_CD_FETCH,
  F_STREAM_DISABLED,
} from '../support/events.js';
import { HOLE, Machine, type Id } from '../support/machine.js';
import { MAIR, stage1, stage2 } from '../support/streams.js';

const VA = 0x7_0000n;
let m: Machine;
beforeEach(async () => {
  m = await Machine.create();
});

/** CD `index` of a table maps VA to its own page, so that the output address tells which CD was used. */
const pageOf = (index: number): bigint => 0x1_0000_0000n + BigInt(index) * 0x1000n;
function putCd(at: bigint, index: number): void {
  const t = m.tables({ granule: 12, tsz: 25 });
  t.map(VA, pageOf(index), s1Leaf());
  m.cd(at, { V: 1, AA64: 1, IPS: 5, R: 1, A: 1, MAIR, T0SZ: 25, TTB0: t.root, EPD1: 1 });
}
function linear(count: number, fields: SteFields, indexes: number[]): bigint {
  const table = m.alloc(count * 64, Math.max(64, count * 64));
  for (const i of indexes) putCd(table + BigInt(i) * 64n, i);
  m.ste(0, { Config: 5, S1ContextPtr: table, S1CDMax: Math.log2(count), ...fields });
  return table;
}

describe('IHI 0070 §3.3.2, §5.2 which CD a transaction uses', () => {
  type Row = [
    dss: number,
    ssid: number | undefined,
    what: 'cd0' | 'cd1' | 'cd3' | 'bypass' | 'disabled' | 'bad',
  ];
  const rows: Row[] = [
    [0, undefined, 'disabled'],
    [3, undefined, 'disabled'],
    [1, undefined, 'bypass'],
    [2, undefined, 'cd0'],
    [0, 0, 'cd0'],
    [1, 0, 'cd0'],
    [3, 0, 'cd0'],
    [2, 0, 'disabled'],
    [0, 3, 'cd3'],
    [1, 1, 'cd1'],
    [2, 3, 'cd3'],
    [0, 4, 'bad'],
    [1, 4, 'bad'],
    [2, 0xfffff, 'bad'],
  ];
  test.each(rows)('§5.2 S1DSS = %i, SubstreamID %p, four CDs: %s', (S1DSS, ssid, what) => {
    linear(4, { S1DSS }, [0, 1, 2, 3]);
    const t = ssid === undefined ? {} : { substreamId: ssid };
    if (what === 'disabled') m.expectFault(F_STREAM_DISABLED, { input: VA, ssid });
    else if (what === 'bad') m.expectFault(C_BAD_SUBSTREAMID, { input: VA, ssid });
    else m.expectOk(0, VA, what === 'bypass' ? VA : pageOf(Number(what[2])), t);
  });

  const oneCd: [string, SteFields, Id][] = [
    ['S1CDMax = 0', { S1CDMax: 0, S1DSS: 0 }, {}],
    ['S1CDMax = 0, S1DSS = 0b01 ignored', { S1CDMax: 0, S1DSS: 1 }, {}],
    ['SSIDSIZE = 0', { S1CDMax: 4, S1DSS: 0 }, { SSIDSIZE: 0 }],
  ];
  test.each(oneCd)(
    '§5.2 %s: one CD without a SubstreamID, C_BAD_SUBSTREAMID with one',
    async (_n, fields, id) => {
      m = await Machine.create({ id });
      stage1(m, 0, { steFields: fields }).tables.map(VA, pageOf(0), s1Leaf());
      m.expectOk(0, VA, pageOf(0));
      m.expectFault(C_BAD_SUBSTREAMID, { input: VA, ssid: 5 });
    },
  );
  test.each([4, 6])('§5.2 Config = %i (no stage 1) with a SubstreamID is C_BAD_SUBSTREAMID', (Config) => {
    stage2(m, 0, { steFields: { Config } });
    m.expectFault(C_BAD_SUBSTREAMID, { input: VA, ssid: 0 });
  });
  test('§7.3.22 C_BAD_SUBSTREAMID comes before any stage 2 activity', () => {
    stage2(m, 0);
    expect(m.translate(0, VA, { substreamId: 1 }).reads.stage2).toBe(0);
  });
  test('§3.4.3 S1DSS = 0b01 bypass: an input beyond OAS is a stage 1 F_ADDR_SIZE', () => {
    linear(4, { S1DSS: 1 }, [0]);
    m.expectFault(F_ADDR_SIZE, { input: 1n << 48n });
  });
  test('§5.2 S1DSS = 0b01 bypass fetches no CD', () => {
    m.ste(0, { Config: 5, S1ContextPtr: HOLE, S1CDMax: 2, S1DSS: 1 });
    expect(m.expectOk(0, VA, VA).reads.cd).toBe(0);
  });
  test('§7.3.22 F_STREAM_DISABLED is decided without a CD fetch', () => {
    m.ste(0, { Config: 5, S1ContextPtr: HOLE, S1CDMax: 2, S1DSS: 2 });
    m.expectFault(F_STREAM_DISABLED, { input: VA, ssid: 0 });
  });
});

describe('IHI 0070 §5.3, §5.2 S1Fmt: where CDs stand', () => {
  test.each([0, 3, 19])('linear: CD %i stands at S1ContextPtr + index * 64', (index) => {
    linear(32, { S1DSS: 0 }, [index]);
    m.expectOk(0, VA, pageOf(index), { substreamId: index });
  });
  test('linear: pointer bits below the size of the table count as 0 (chosen)', () => {
    const table = linear(8, { S1DSS: 0 }, [5]);
    m.ste(0, { Config: 5, S1ContextPtr: table + 0x1c0n, S1CDMax: 3 });
    m.expectOk(0, VA, pageOf(5), { substreamId: 5 });
  });
  const twoLevel: [fmt: number, bits: number, cdMax: number, ssid: number][] = [
    [1, 6, 10, 0],
    [1, 6, 10, 63],
    [1, 6, 10, 64],
    [1, 6, 10, 1023],
    [1, 6, 6, 63],
    [1, 6, 4, 15],
    [2, 10, 12, 1023],
    [2, 10, 12, 1024],
    [2, 10, 12, 4095],
    [2, 10, 8, 255],
  ];
  test.each(twoLevel)(
    'two-level, S1Fmt = %i (%i bits a leaf), S1CDMax = %i: CD %i',
    (S1Fmt, bits, S1CDMax, ssid) => {
      const l1 = m.alloc(4096);
      const leaf = m.alloc(64 << bits);
      m.words(l1 + BigInt(ssid >> bits) * 8n, [l1cd(leaf)]);
      putCd(leaf + BigInt(ssid & (2 ** bits - 1)) * 64n, ssid);
      m.ste(0, { Config: 5, S1ContextPtr: l1, S1CDMax, S1Fmt, S1DSS: 0 });
      const out = m.expectOk(0, VA, pageOf(ssid), { substreamId: ssid });
      expect(out.event).toBeUndefined();
    },
  );
  test.each([
    [1, 6, 10, 128],
    [1, 6, 9, 64],
    [2, 10, 14, 128],
  ])(
    'two-level, S1Fmt = %i (%i bits a leaf), S1CDMax = %i: pointer bits below the %i bytes of the table count as 0 (chosen)',
    (S1Fmt, bits, S1CDMax, bytes) => {
      const l1 = m.alloc(4096);
      const leaf = m.alloc(64 << bits);
      m.words(l1, [l1cd(leaf)]);
      putCd(leaf + 5n * 64n, 5);
      const below = BigInt(bytes - 1) & ~63n;
      m.ste(0, { Config: 5, S1ContextPtr: l1 + below, S1CDMax, S1Fmt, S1DSS: 0 });
      m.expectOk(0, VA, pageOf(5), { substreamId: 5 });
    },
  );
  test('§5.3 L2Ptr[15:12] are RES0 with leaves of 64 KB', () => {
    const l1 = m.alloc(4096);
    const leaf = m.alloc(1 << 16);
    m.words(l1, [l1cd(leaf + 0x7000n)]);
    putCd(leaf + 5n * 64n, 5);
    m.ste(0, { Config: 5, S1ContextPtr: l1, S1CDMax: 12, S1Fmt: 2, S1DSS: 0 });
    m.expectOk(0, VA, pageOf(5), { substreamId: 5 });
  });
  test('§5.3 L1CD.V = 0 is C_BAD_SUBSTREAMID with the SubstreamID', () => {
    const l1 = m.alloc(4096);
    m.words(l1, [l1cd(m.alloc(4096), 0)]);
    m.ste(0, { Config: 5, S1ContextPtr: l1, S1CDMax: 10, S1Fmt: 1 });
    m.expectFault(C_BAD_SUBSTREAMID, { input: VA, ssid: 9 });
  });
  test('§3.4.3 L1CD.L2Ptr beyond OAS is C_BAD_SUBSTREAMID', () => {
    const l1 = m.alloc(4096);
    m.words(l1, [l1cd(1n << 48n)]);
    m.ste(0, { Config: 5, S1ContextPtr: l1, S1CDMax: 10, S1Fmt: 1 });
    m.expectFault(C_BAD_SUBSTREAMID, { input: VA, ssid: 9 });
  });
  test('§3.4.3 the same without a SubstreamID (S1DSS = 0b10) reports SubstreamID 0', () => {
    const l1 = m.alloc(4096);
    m.words(l1, [l1cd(1n << 48n)]);
    m.ste(0, { Config: 5, S1ContextPtr: l1, S1CDMax: 10, S1Fmt: 1, S1DSS: 2 });
    m.translate(0, VA);
    m.expectEvents([0x08n, 0n, 0n, 0n]);
  });
  test('§7.3.10 external abort on the CD: F_CD_FETCH with its address in the fourth word', () => {
    m.ste(0, { Config: 5, S1ContextPtr: HOLE, S1CDMax: 4, S1DSS: 0 });
    m.expectFault(F_CD_FETCH, { input: VA, ssid: 3, fetch: HOLE + 3n * 64n });
  });
  test('§7.3.10 external abort on the L1CD: F_CD_FETCH with its address', () => {
    m.ste(0, { Config: 5, S1ContextPtr: HOLE, S1CDMax: 10, S1Fmt: 1, S1DSS: 0 });
    m.expectFault(F_CD_FETCH, { input: VA, ssid: 64 * 3, fetch: HOLE + 24n });
  });
  test('§7.3.10 external abort on the CD of a two-level table', () => {
    const l1 = m.alloc(4096);
    m.words(l1, [l1cd(HOLE)]);
    m.ste(0, { Config: 5, S1ContextPtr: l1, S1CDMax: 10, S1Fmt: 1, S1DSS: 0 });
    m.expectFault(F_CD_FETCH, { input: VA, ssid: 7, fetch: HOLE + 7n * 64n });
  });
  test('§7.3.11 CD.V = 0 is C_BAD_CD with the SubstreamID', () => {
    linear(4, { S1DSS: 0 }, []);
    m.expectFault(C_BAD_CD, { input: VA, ssid: 2 });
  });
  test('§7.3.22 priority: an ILLEGAL STE wins over a bad SubstreamID', () => {
    linear(4, { S1DSS: 0, STRW: 1 }, [0]);
    m.expectFault(C_BAD_STE, { input: VA, ssid: 99 });
  });
});
