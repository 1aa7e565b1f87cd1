import { beforeEach, describe, expect, test } from '@jest/globals';
import { s1Leaf, type Granule } from '../support/encode.js';
import { F_TRANSLATION, F_WALK_EABT } from '../support/events.js';
import { HOLE, LPA_ID, Machine } from '../support/machine.js';
import { stage1 } from '../support/streams.js';

let m: Machine;
beforeEach(async () => {
  m = await Machine.create();
});

/** Start level by granule and TxSZ, Arm DDI 0487 D8.2: [granule, first TxSZ, last TxSZ, start level]. */
const START: [Granule, number, number, number][] = [
  [12, 16, 24, 0],
  [12, 25, 33, 1],
  [12, 34, 42, 2],
  [12, 43, 48, 3],
  [14, 16, 16, 0],
  [14, 17, 27, 1],
  [14, 28, 38, 2],
  [14, 39, 48, 3],
  [16, 16, 21, 1],
  [16, 22, 34, 2],
  [16, 35, 47, 3],
];
const sizes = START.flatMap(([granule, first, last, start]) =>
  Array.from({ length: last - first + 1 }, (_, i) => [granule, first + i, start] as const),
);
const page = (granule: Granule): bigint => 1n << BigInt(granule);

describe('IHI 0070 §3.4, Arm DDI 0487 D8.2 stage 1 input sizes and start levels', () => {
  test.each(sizes)(
    'granule 2^%i, TxSZ = %i starts at level %i: both ends of TTB0 and TTB1 translate',
    (granule, tsz, start) => {
      const oa = 0x1234_5670_0000n;
      const last = (1n << BigInt(64 - tsz)) - page(granule);
      const lower = stage1(m, 0, { granule, tsz }).tables;
      expect(lower.start).toBe(start);
      lower.map(0n, oa, s1Leaf());
      if (last !== 0n) lower.map(last, oa + 0x8_0000n, s1Leaf());
      expect(m.expectOk(0, 0x40n, oa + 0x40n).reads.stage1).toBe(4 - start);
      if (last !== 0n) m.expectOk(0, last + 0x80n, oa + 0x8_0080n);
      m.expectFault(F_TRANSLATION, { input: 1n << BigInt(64 - tsz) });

      const upper = stage1(m, 1, { granule, tsz, upper: true }).tables;
      const base = 0xffff_ffff_ffff_ffffn - (1n << BigInt(64 - tsz)) + 1n;
      upper.map(last, oa, s1Leaf());
      m.expectOk(1, 0xffff_ffff_ffff_ffffn - page(granule) + 1n, oa);
      m.expectFault(F_TRANSLATION, { sid: 1, input: base - 0x1000n });
    },
  );
});

describe('IHI 0070 §3.4 blocks', () => {
  const blocks: [Granule, number, number][] = [
    [12, 1, 30],
    [12, 2, 21],
    [14, 2, 25],
    [16, 2, 29],
  ];
  test.each(blocks)(
    'granule 2^%i: a level %i block maps 2^%i bytes, low bits from the input',
    (granule, level, log2) => {
      const va = 3n << BigInt(log2);
      const oa = 5n << BigInt(log2);
      stage1(m, 0, { granule }).tables.map(va, oa, s1Leaf(), level);
      const top = (1n << BigInt(log2)) - 0x40n;
      expect(m.expectOk(0, va + top, oa + top).pageSize).toBe(1n << BigInt(log2));
      m.expectOk(0, va, oa);
      m.expectFault(F_TRANSLATION, { input: va + (1n << BigInt(log2)) });
    },
  );
  test.each(blocks)(
    'granule 2^%i: descriptor bits below a level %i block (2^%i bytes) are ignored',
    (granule, level, log2) => {
      const t = stage1(m, 0, { granule }).tables;
      const oa = 5n << BigInt(log2);
      t.raw(0n, level, oa | s1Leaf() | (1n << BigInt(log2 - 1)) | 1n);
      m.expectOk(0, 0x1000n, oa + 0x1000n);
    },
  );
  const unsupported: [Granule, number][] = [
    [12, 0],
    [14, 1],
    [16, 1],
  ];
  test.each(unsupported)(
    'granule 2^%i: a block encoding at level %i is invalid with 48-bit addresses',
    (granule, level) => {
      stage1(m, 0, { granule }).tables.raw(0n, level, s1Leaf() | 1n);
      m.expectFault(F_TRANSLATION, { input: 0x1000n });
    },
  );
  test.each([12, 14, 16] as const)(
    'granule 2^%i: encoding 0b01 at level 3 is reserved, hence invalid',
    (granule) => {
      stage1(m, 0, { granule }).tables.raw(0n, 3, s1Leaf() | 1n);
      m.expectFault(F_TRANSLATION, { input: 0x40n });
    },
  );
  test.each([1, 2, 3])(
    'an invalid descriptor at level %i is a Translation fault, whatever its other bits',
    (level) => {
      stage1(m, 0).tables.raw(0x1000n, level, 0xffff_ffff_ffff_fffen);
      m.expectFault(F_TRANSLATION, { input: 0x1000n });
    },
  );
  test.each([0, 1, 2, 3])(
    'external abort on the level %i descriptor: F_WALK_EABT, S2 = 0, CLASS = TT',
    (level) => {
      const s = stage1(m, 0);
      if (level === 0) m.cd(s.cd, { ...s.cdFields, TTB0: HOLE });
      else s.tables.raw(0n, level - 1, HOLE | 3n);
      const index = [0n, 0n, 1n, 3n][level];
      const input = (index << BigInt(s.tables.shift(level))) | 0x123n;
      m.expectFault(F_WALK_EABT, { input, fetch: HOLE + index * 8n, write: true });
    },
  );
  test.each([12, 14, 16] as const)(
    'a contiguous run (granule 2^%i) translates every page of it',
    (granule) => {
      const t = stage1(m, 0, { granule }).tables;
      const count = granule === 12 ? 16 : granule === 14 ? 128 : 32;
      for (let i = 0; i < count; i++) {
        t.map(
          BigInt(i) * page(granule),
          0x4_0000_0000n + BigInt(i) * page(granule),
          s1Leaf({ contiguous: 1 }),
        );
      }
      for (const i of [0, 1, count - 1]) {
        const at = BigInt(i) * page(granule) + 0x80n;
        m.expectOk(0, at, 0x4_0000_0000n + at);
      }
      m.expectFault(F_TRANSLATION, { input: BigInt(count) * page(granule) });
    },
  );
  test.each([12, 14, 16] as const)('nT = 1 never faults in an SMMU (granule 2^%i)', (granule) => {
    stage1(m, 0, { granule }).tables.map(0n, 0n, s1Leaf() | (1n << 16n), 2);
    m.expectOk(0, 0x1000n, 0x1000n);
  });
  test('§3.4 software bits [58:55] are ignored', () => {
    stage1(m, 0).tables.map(0n, 0x5000n, s1Leaf() | (0xfn << 55n) | (1n << 63n));
    m.expectOk(0, 0n, 0x5000n);
  });
});

describe('IHI 0070 §5.4 ENDI', () => {
  test.each([12, 14, 16] as const)('big-endian tables, granule 2^%i', (granule) => {
    const t = stage1(m, 0, { granule, bigEndian: true }).tables;
    t.map(0x1_0000n, 0x5555_0000n, s1Leaf());
    m.expectOk(0, 0x1_0040n, 0x5555_0040n);
  });
});

describe('IHI 0070 §3.4.1, §5.4 52-bit addresses', () => {
  const HIGH = 0x9_0000_0000_0000n;
  beforeEach(async () => {
    m = await Machine.create({ id: LPA_ID, ram: [{ base: HIGH, size: 1 << 21 }] });
  });
  test('64K: OA[51:48] come from descriptor bits [15:12], in tables and leaves', () => {
    let next = HIGH;
    const t = stage1(m, 0, {
      granule: 16,
      tsz: 12,
      oa52: true,
      alloc: () => (next += 0x1_0000n),
    }).tables;
    const va = 0x9_1234_5678_0000n;
    t.map(va, 0xf_edcb_a987_0000n, s1Leaf());
    m.expectOk(0, va + 0x10n, 0xf_edcb_a987_0010n);
  });
  test('64K: a level 1 block maps 4 TB when OAS is 52 bits', () => {
    stage1(m, 0, { granule: 16, tsz: 12, oa52: true }).tables.map(1n << 42n, 3n << 42n, s1Leaf(), 1);
    expect(m.expectOk(0, (1n << 42n) + 0x1234n, (3n << 42n) + 0x1234n).pageSize).toBe(1n << 42n);
  });
  test('64K with OAS = 48: descriptor bits [15:12] are RES0 and no address bits', async () => {
    m = await Machine.create();
    const t = stage1(m, 0, { granule: 16 }).tables;
    t.raw(0n, 3, 0x5555_0000n | 0xf000n | s1Leaf() | 3n);
    m.expectOk(0, 0n, 0x5555_0000n);
  });
  const ds: [Granule, number, number][] = [
    [12, 12, -1],
    [12, 15, -1],
    [12, 16, 0],
    [14, 12, 0],
    [14, 15, 0],
    [14, 17, 1],
  ];
  test.each(ds)(
    'LPA2: granule 2^%i, TxSZ = %i starts at level %i; OA[51:50] from bits [9:8]',
    (granule, tsz, start) => {
      let next = HIGH;
      const t = stage1(m, 0, { granule, tsz, oa52: true, alloc: () => (next += 0x4000n) }).tables;
      expect(t.start).toBe(start);
      const va = (1n << BigInt(64 - tsz)) - page(granule);
      t.map(va, 0xe_dcba_9876_4000n, s1Leaf({ sh: 0 }));
      m.expectOk(0, va + 0x20n, 0xe_dcba_9876_4020n);
      m.expectFault(F_TRANSLATION, { input: 1n << BigInt(64 - tsz) });
    },
  );
  test('LPA2: a 4K level 0 block maps 512 GB', () => {
    stage1(m, 0, { granule: 12, tsz: 16, oa52: true }).tables.map(1n << 39n, 5n << 39n, s1Leaf({ sh: 0 }), 0);
    expect(m.expectOk(0, (1n << 39n) + 0x40n, (5n << 39n) + 0x40n).pageSize).toBe(1n << 39n);
  });
  test('LPA2: a 16K level 1 block maps 64 GB', () => {
    stage1(m, 0, { granule: 14, tsz: 17, oa52: true }).tables.map(1n << 36n, 5n << 36n, s1Leaf({ sh: 0 }), 1);
    expect(m.expectOk(0, (1n << 36n) + 0x40n, (5n << 36n) + 0x40n).pageSize).toBe(1n << 36n);
  });
  test('LPA2: shareability comes from CD.SH0, not from the descriptor', () => {
    stage1(m, 0, { granule: 12, tsz: 16, oa52: true, cdFields: { SH0: 2 } }).tables.map(
      0n,
      0x5000n,
      s1Leaf({ sh: 0 }),
    );
    expect(m.expectOk(0, 0n, 0x5000n).attributes.shareability).toBe(2);
  });
  test('CD.DS = 0: descriptor bits [9:8] are shareability, not an address', () => {
    stage1(m, 0, { granule: 12, tsz: 16 }).tables.map(0n, 0x5000n, s1Leaf({ sh: 3 }));
    expect(m.expectOk(0, 0n, 0x5000n).attributes.shareability).toBe(3);
  });
  test('§3.4 the initial table is aligned to 64 bytes when the effective IPS is 52 bits', () => {
    // 16K granule, TxSZ 16: two entries of level 0, 16 bytes; TTB0[5:4] must not count.
    const s = stage1(m, 0, { granule: 14, tsz: 16, oa52: true });
    s.tables.map(0n, 0x4000n, s1Leaf({ sh: 0 }));
    m.cd(s.cd, { ...s.cdFields, TTB0: s.tables.root | 0x30n });
    m.expectOk(0, 0n, 0x4000n);
  });
});

describe('Arm DDI 0487 D8.2 alignment of the initial table', () => {
  test('48-bit: a table of two entries keeps its natural 16-byte alignment', () => {
    const s = stage1(m, 0, { granule: 14, tsz: 16, at: m.alloc(64) + 0x30n });
    s.tables.map(0n, 0x4000n, s1Leaf());
    m.expectOk(0, 0n, 0x4000n);
  });
  test('bits of TTB0 below the size of the initial table count as 0', () => {
    const s = stage1(m, 0);
    s.tables.map(0x1000n, 0x5000n, s1Leaf());
    m.cd(s.cd, { ...s.cdFields, TTB0: s.tables.root | 0xff0n });
    m.expectOk(0, 0x1000n, 0x5000n);
  });
});
