import { beforeEach, describe, expect, test } from '@jest/globals';
import { s2Leaf, TG0, type Granule } from '../support/encode.js';
import { C_BAD_STE, F_ADDR_SIZE, F_TRANSLATION, F_WALK_EABT } from '../support/events.js';
import { HOLE, LPA_ID, Machine, RAM } from '../support/machine.js';
import { s2sl0, stage2 } from '../support/streams.js';

let m: Machine;
beforeEach(async () => {
  m = await Machine.create();
});
const page = (granule: Granule): bigint => 1n << BigInt(granule);

/** Permitted S2T0SZ by granule and start level: single table, then with concatenation (IHI 0070 §5.2, DDI 0487 D8.2). */
const PERMITTED: [Granule, number, number, number][] = [
  [12, 0, 16, 24],
  [12, 1, 21, 33],
  [12, 2, 30, 42],
  [12, 3, 39, 48],
  [14, 1, 16, 27],
  [14, 2, 24, 38],
  [14, 3, 35, 48],
  [16, 1, 16, 21],
  [16, 2, 18, 34],
  [16, 3, 31, 47],
];
const permitted = PERMITTED.flatMap(([granule, start, first, last]) =>
  Array.from({ length: last - first + 1 }, (_, i) => [granule, start, first + i] as const),
);
const refused = PERMITTED.flatMap(([granule, start, first, last]) => [
  [granule, start, first - 1] as const,
  [granule, start, last + 1] as const,
]);

describe('IHI 0070 §5.2 S2T0SZ, S2SL0 and concatenated tables', () => {
  test.each(permitted)(
    'granule 2^%i, start level %i, S2T0SZ = %i: both ends of the IPA range translate',
    (granule, start, tsz) => {
      const t = stage2(m, 0, { granule, start, tsz });
      const last = (1n << BigInt(64 - tsz)) - page(granule);
      const oa = 0x1234_5670_0000n;
      t.map(0n, oa, s2Leaf());
      if (last !== 0n) t.map(last, oa + 0x8_0000n, s2Leaf());
      expect(m.expectOk(0, 0x40n, oa + 0x40n).reads.stage2).toBe(4 - start);
      if (last !== 0n) m.expectOk(0, last + 0x80n, oa + 0x8_0080n);
      if (tsz > 16) {
        const input = 1n << BigInt(64 - tsz);
        m.expectFault(F_TRANSLATION, { input, s2: true, ipa: input });
      }
    },
  );
  test.each(refused)('granule 2^%i, start level %i, S2T0SZ = %i is ILLEGAL', (granule, start, tsz) => {
    m.ste(0, {
      Config: 6,
      S2AA64: 1,
      S2PS: 5,
      S2T0SZ: tsz,
      S2TG: TG0[granule],
      S2TTB: RAM,
      ...s2sl0(granule, start),
    });
    m.expectFault(C_BAD_STE, { input: 0x1000n });
  });
  test('§3.4 an input beyond the IAS (48 bits) in front of stage 2 alone is a stage 1 F_ADDR_SIZE', () => {
    stage2(m, 0, { tsz: 16, start: 0 });
    m.expectFault(F_ADDR_SIZE, { input: 1n << 48n });
  });
  test('§7.3.13 stage 2 F_TRANSLATION: S2 = 1, CLASS IN, IPA[55:12]', () => {
    stage2(m, 0);
    m.expectFault(F_TRANSLATION, { input: 0x12_3456_7abcn, s2: true, ipa: 0x12_3456_7000n, write: true });
  });
});

describe('IHI 0070 §3.4 stage 2 blocks and descriptors', () => {
  const blocks: [Granule, number, number, number][] = [
    [12, 1, 30, 1],
    [12, 2, 21, 1],
    [14, 2, 25, 2],
    [16, 2, 29, 2],
  ];
  test.each(blocks)('granule 2^%i: a level %i block maps 2^%i bytes', (granule, level, log2, start) => {
    const size = 1n << BigInt(log2);
    stage2(m, 0, { granule, tsz: 25, start }).map(size, 5n * size, s2Leaf(), level);
    expect(m.expectOk(0, 2n * size - 0x40n, 6n * size - 0x40n).pageSize).toBe(size);
    m.expectFault(F_TRANSLATION, { input: 0x1000n, s2: true, ipa: 0x1000n });
  });
  test.each([12, 14, 16] as const)('granule 2^%i: encoding 0b01 at level 3 is invalid', (granule) => {
    stage2(m, 0, { granule, tsz: 25, start: granule === 12 ? 1 : 2 }).raw(0n, 3, s2Leaf() | 1n);
    m.expectFault(F_TRANSLATION, { input: 0n, s2: true, ipa: 0n });
  });
  test('a 4K level 0 block is invalid with 48-bit addresses', () => {
    stage2(m, 0, { tsz: 16, start: 0 }).raw(0n, 0, s2Leaf() | 1n);
    m.expectFault(F_TRANSLATION, { input: 0x1000n, s2: true, ipa: 0x1000n });
  });
  test.each([1, 2, 3])(
    'external abort on a level %i descriptor: F_WALK_EABT with S2 = 1, CLASS IN',
    (level) => {
      const t = stage2(m, 0, { tsz: 25 });
      if (level === 1) m.ste(0, { Config: 6, S2AA64: 1, S2PS: 5, S2T0SZ: 25, S2SL0: 1, S2TTB: HOLE });
      else t.raw(0n, level - 1, HOLE | 3n);
      const input = 5n << BigInt(t.shift(level));
      m.expectFault(F_WALK_EABT, { input, s2: true, cls: 2, fetch: HOLE + 40n });
    },
  );
  test('big-endian tables (S2ENDI)', () => {
    stage2(m, 0, { bigEndian: true }).map(0x1000n, 0x5555_5000n, s2Leaf());
    m.expectOk(0, 0x1000n, 0x5555_5000n);
  });
  test('hierarchical bits of Table descriptors do not exist at stage 2', () => {
    stage2(m, 0, { tableBits: 0x1fn << 59n }).map(0x1000n, 0x5000n, s2Leaf());
    m.expectOk(0, 0x1000n, 0x5000n, { access: 'write' });
    m.expectOk(0, 0x1000n, 0x5000n, { instruction: true });
  });
  test('a contiguous run translates every page of it', () => {
    const t = stage2(m, 0);
    for (let i = 0n; i < 16n; i++) t.map(i << 12n, 0x4_0000_0000n + (i << 12n), s2Leaf({ contiguous: 1 }));
    for (const i of [0n, 7n, 15n]) m.expectOk(0, (i << 12n) + 8n, 0x4_0000_0008n + (i << 12n));
  });
});

describe('IHI 0070 §5.2 S2PS', () => {
  const ps: [number, bigint][] = [
    [0, 32n],
    [1, 36n],
    [2, 40n],
    [3, 42n],
    [4, 44n],
  ];
  test.each(ps)('S2PS = %i: an output below 2^%i passes, above is a stage 2 F_ADDR_SIZE', (S2PS, bits) => {
    const t = stage2(m, 0, { steFields: { S2PS } });
    t.map(0x1000n, (1n << bits) - 0x1000n, s2Leaf());
    t.map(0x2000n, 1n << bits, s2Leaf());
    m.expectOk(0, 0x1000n, (1n << bits) - 0x1000n);
    m.expectFault(F_ADDR_SIZE, { input: 0x2000n, s2: true, ipa: 0x2000n });
  });
  test.each([1, 2])('S2PS = 32 bits: a next-level pointer beyond it at level %i is F_ADDR_SIZE', (level) => {
    stage2(m, 0, { steFields: { S2PS: 0 } }).raw(0n, level, (1n << 32n) | 3n);
    m.expectFault(F_ADDR_SIZE, { input: 0x1000n, s2: true, ipa: 0x1000n });
  });
  test('the effective S2PS is capped by OAS', async () => {
    m = await Machine.create({ id: { OAS: 2 } });
    stage2(m, 0, { steFields: { S2PS: 7 } }).map(0x1000n, 1n << 40n, s2Leaf());
    m.expectFault(F_ADDR_SIZE, { input: 0x1000n, s2: true, ipa: 0x1000n });
  });
});

describe('IHI 0070 §3.4, §5.2 52-bit stage 2', () => {
  beforeEach(async () => {
    m = await Machine.create({ id: LPA_ID });
  });
  // Permitted rows that need LPA or LPA2
  const rows: [Granule, number, number, number][] = [
    [12, -1, 12, 12],
    [12, -1, 15, 15],
    [12, 0, 15, 15],
    [12, 0, 12, 12],
    [14, 0, 12, 12],
    [14, 0, 16, 16],
    [14, 1, 15, 15],
    [14, 1, 13, 13],
    [16, 1, 12, 12],
    [16, 1, 15, 15],
  ];
  test.each(rows)('granule 2^%i, start level %i, S2T0SZ = %i', (granule, start, tsz) => {
    const t = stage2(m, 0, { granule, start, tsz, oa52: true });
    const last = (1n << BigInt(64 - tsz)) - page(granule);
    t.map(last, 0xf_edcb_a987_0000n, s2Leaf({ sh: 0 }));
    m.expectOk(0, last + 0x30n, 0xf_edcb_a987_0030n);
    m.expectFault(F_TRANSLATION, { input: 0x1000n, s2: true, ipa: 0x1000n });
  });
  const bad: [Granule, number, number, boolean][] = [
    [12, 0, 15, false],
    [14, 1, 15, false],
    [16, 1, 11, true],
    [12, -1, 11, true],
    [12, -1, 16, true],
    [14, 0, 17, true],
    [14, 0, 16, false],
  ];
  test.each(bad)(
    'granule 2^%i, start level %i, S2T0SZ = %i with S2DS %p is ILLEGAL',
    (granule, start, tsz, ds) => {
      m.ste(0, {
        Config: 6,
        S2AA64: 1,
        S2PS: 6,
        S2T0SZ: tsz,
        S2TG: TG0[granule],
        S2TTB: RAM,
        S2DS: ds ? 1 : 0,
        ...s2sl0(granule, start),
      });
      m.expectFault(C_BAD_STE, { input: 0x1000n });
    },
  );
  test('a 4K level 0 block maps 512 GB with S2DS', () => {
    stage2(m, 0, { tsz: 16, start: 0, oa52: true }).map(1n << 39n, 5n << 39n, s2Leaf({ sh: 0 }), 0);
    m.expectOk(0, (1n << 39n) + 0x40n, (5n << 39n) + 0x40n);
  });
  test('S2DS: shareability from STE.S2SH0', () => {
    stage2(m, 0, { tsz: 16, start: 0, oa52: true, steFields: { S2SH0: 3 } }).map(
      0n,
      0x5000n,
      s2Leaf({ sh: 0 }),
    );
    expect(m.expectOk(0, 0n, 0x5000n).attributes.shareability).toBe(3);
  });
});
