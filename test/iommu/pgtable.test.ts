// Translation tables of the driver, alone and as the SMMU walks them.
import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { IdAllocator } from '../../src/iommu/alloc/ids.js';
import { PagePool } from '../../src/iommu/alloc/pages.js';
import { geometryOf } from '../../src/iommu/pgtable/geometry.js';
import { IoPageTable, type PageTableConfig, type UnmapResult } from '../../src/iommu/pgtable/io-pgtable.js';
import {
  PROT_CACHE,
  PROT_MMIO,
  PROT_NOEXEC,
  PROT_PRIV,
  PROT_READ,
  PROT_WRITE,
} from '../../src/iommu/uapi/prot.js';
import { FlatMemory } from './flat-memory.js';

const BASE = 0x4000_0000n;
const BYTES = 8 << 20;
const RW = PROT_READ | PROT_WRITE;
const K = 1n << 10n;
const M = 1n << 20n;
const G = 1n << 30n;

let memory: FlatMemory;
let pool: PagePool;
beforeEach(() => {
  memory = new FlatMemory(BASE, BYTES);
  pool = new PagePool(memory, BASE, BYTES);
});

const S1_4K: PageTableConfig = { stage: 1, granule: 12, iasBits: 48, oasBits: 48 };
const S2_4K: PageTableConfig = { ...S1_4K, stage: 2 };
const make = (config: PageTableConfig): IoPageTable => new IoPageTable(memory, pool, config);

const failure = (code: string, message = /./): unknown =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });

/** The descriptor where a walk for `iova` ends. */
function leafOf(table: IoPageTable, iova: bigint): { level: number; pte: bigint } {
  const { granule, startLevel, iasBits } = table.geometry;
  const input = iova & ((1n << BigInt(iasBits)) - 1n);
  let at = table.ttb;
  for (let level = startLevel; ; level++) {
    const shift = BigInt(granule + (granule - 3) * (3 - level));
    const index =
      level === startLevel ? input >> shift : (input >> shift) & ((1n << BigInt(granule - 3)) - 1n);
    const pte = memory.read64(at + 8n * index);
    if (level === 3 || (pte & 3n) !== 3n) return { level, pte };
    at = pte & 0xffff_ffff_f000n;
  }
}

describe('shape', () => {
  test.each<[string, PageTableConfig, number, number]>([
    ['S1 4K 48', S1_4K, 0, 512],
    ['S1 4K 39', { ...S1_4K, iasBits: 39 }, 1, 512],
    ['S1 4K 25', { ...S1_4K, iasBits: 25 }, 2, 16],
    ['S1 16K 48', { ...S1_4K, granule: 14 }, 0, 2],
    ['S1 16K 47', { ...S1_4K, granule: 14, iasBits: 47 }, 1, 2048],
    ['S1 64K 48', { ...S1_4K, granule: 16 }, 1, 64],
    ['S1 64K 52', { ...S1_4K, granule: 16, iasBits: 52, oasBits: 52 }, 1, 1024],
    ['S1 4K 52 is 48', { ...S1_4K, iasBits: 52, oasBits: 52 }, 0, 512],
    ['S2 4K 48', S2_4K, 0, 512],
    ['S2 4K 44', { ...S2_4K, iasBits: 44, oasBits: 44 }, 0, 32],
    ['S2 4K 42: 8 tables', { ...S2_4K, iasBits: 42, oasBits: 42 }, 1, 8 * 512],
    ['S2 4K 40: 2 tables', { ...S2_4K, iasBits: 40, oasBits: 40 }, 1, 2 * 512],
    ['S2 4K 39', { ...S2_4K, iasBits: 39, oasBits: 40 }, 1, 512],
    ['S2 16K 48: 2 tables', { ...S2_4K, granule: 14 }, 1, 2 * 2048],
    ['S2 16K 40: 16 tables', { ...S2_4K, granule: 14, iasBits: 40, oasBits: 40 }, 2, 16 * 2048],
    ['S2 64K 42', { ...S2_4K, granule: 16, iasBits: 42, oasBits: 42 }, 2, 8192],
    ['S2 64K 48', { ...S2_4K, granule: 16 }, 1, 64],
  ])('%s', (_, config, startLevel, rootEntries) => {
    expect(geometryOf(config)).toMatchObject({ startLevel, rootEntries });
    const table = make(config);
    expect(table.startLevel).toBe(startLevel);
    expect(table.ttb % BigInt(Math.max(64, 8 * rootEntries))).toBe(0n);
  });

  test('what does not exist', () => {
    expect(() => make({ ...S1_4K, granule: 13 as never })).toThrow(/granule must be 12, 14 or 16/);
    expect(() => make({ ...S1_4K, iasBits: 24 })).toThrow(/iasBits/);
    expect(() => make({ ...S1_4K, oasBits: 53 })).toThrow(/oasBits/);
    expect(() => make({ ...S2_4K, iasBits: 48, oasBits: 40 })).toThrow(/concatenated/);
    expect(() => make({ ...S2_4K, ttbr1: true })).toThrow(/ttbr1/);
  });

  test('leaf sizes', () => {
    expect(make(S1_4K).leafSizes).toEqual([G, 2n * M, 4n * K]);
    expect(make({ ...S1_4K, granule: 14 }).leafSizes).toEqual([32n * M, 16n * K]);
    expect(make({ ...S1_4K, granule: 16 }).leafSizes).toEqual([512n * M, 64n * K]);
    expect(make({ ...S1_4K, granule: 16, iasBits: 52, oasBits: 52 }).leafSizes).toEqual([
      1n << 42n,
      512n * M,
      64n * K,
    ]);
  });

  test('register values', () => {
    const s2 = make({ ...S2_4K, iasBits: 40, oasBits: 40 });
    expect(s2.stage2).toEqual({ ttb: s2.ttb, ir: 1, or: 1, sh: 3, t0sz: 24, sl0: 1, tg: 0, ps: 2 });
    const s1 = make({ ...S1_4K, granule: 16, coherent: false });
    expect(s1.stage1).toEqual({
      ttb: s1.ttb,
      ir: 0,
      or: 0,
      sh: 2,
      tsz: 16,
      tg0: 1,
      ips: 5,
      mair: 0xf404_ff44n,
      ttbr1: false,
    });
  });
});

describe('descriptors', () => {
  test.each<[string, number, bigint]>([
    ['read and write', RW, 0xe43n], // nG AF SH=outer AP=RW NC page
    ['read only', PROT_READ, 0xec3n],
    ['cached', RW | PROT_CACHE, 0xf47n],
    ['device', RW | PROT_MMIO, 0xe4bn],
    ['device, cached', RW | PROT_MMIO | PROT_CACHE, 0xf4bn],
    ['privileged', RW | PROT_PRIV, 0xe03n],
    ['no execute', RW | PROT_NOEXEC, 0x60_0000_0000_0e43n],
    ['write implies read', PROT_WRITE, 0xe43n],
  ])('stage 1: %s', (_, prot, attributes) => {
    const table = make(S1_4K);
    table.map(0x1000n, 0x8_1234_5000n, 4n * K, prot);
    expect(leafOf(table, 0x1000n)).toEqual({ level: 3, pte: 0x8_1234_5000n | attributes });
  });

  test.each<[string, number, boolean, bigint]>([
    ['read and write', RW, false, 0x6d7n], // AF SH=outer S2AP=RW NC page
    ['read only', PROT_READ, false, 0x657n],
    ['write only', PROT_WRITE, false, 0x697n],
    ['cached', RW | PROT_CACHE, false, 0x7ffn],
    ['cached, FWB', RW | PROT_CACHE, true, 0x7dbn],
    ['device', RW | PROT_MMIO, false, 0x6c7n],
    ['no execute', RW | PROT_NOEXEC, false, 0x40_0000_0000_06d7n],
  ])('stage 2: %s', (_, prot, fwb, attributes) => {
    const table = make({ ...S2_4K, fwb });
    table.map(0x1000n, 0x8_1234_5000n, 4n * K, prot);
    expect(leafOf(table, 0x1000n)).toEqual({ level: 3, pte: 0x8_1234_5000n | attributes });
  });

  test('the largest leaves that size and alignment allow', () => {
    const table = make(S1_4K);
    table.map(G - 4n * K, 4n * G - 4n * K, 2n * G + 2n * M + 8n * K, RW);
    const levels = [G - 4n * K, G, 2n * G, 3n * G - 4n * K, 3n * G, 3n * G + 2n * M].map((iova) => [
      leafOf(table, iova).level,
      table.iovaToPhys(iova),
    ]);
    expect(levels).toEqual([
      [3, 4n * G - 4n * K],
      [1, 4n * G],
      [1, 5n * G],
      [1, 6n * G - 4n * K],
      [2, 6n * G],
      [3, 6n * G + 2n * M],
    ]);
    expect(table.iovaToPhys(3n * G + 2n * M + 4n * K)).toBeNull();
    // Both addresses must be aligned.
    table.map(8n * G, 8n * G + 4n * K, 2n * M, RW);
    expect(leafOf(table, 8n * G).level).toBe(3);
  });

  test('the Contiguous hint in whole, aligned groups', () => {
    const table = make({ ...S1_4K, contiguous: true });
    table.map(0xf000n, 0x9000_f000n, 4n * K * 18n, RW);
    const hint = (iova: bigint): bigint => (leafOf(table, iova).pte >> 52n) & 1n;
    expect([0xf000n, 0x1_0000n, 0x1_f000n, 0x2_0000n].map(hint)).toEqual([0n, 1n, 1n, 0n]);
    expect(table.iovaToPhys(0x1_5123n)).toBe(0x9001_5123n);
    table.map(0x10_0000n, 0x9000_1000n, 64n * K, RW);
    expect(hint(0x10_0000n)).toBe(0n);
    expect(() => table.unmap(0x1_0000n, 32n * K)).toThrow(failure('EINVAL', /leaf of 0x10000 bytes/));
    expect(table.unmap(0x1_0000n, 64n * K).unmapped).toBe(64n * K);
  });

  test('64K and 52 bits: PA[51:48] at [15:12]', () => {
    const table = make({ ...S1_4K, granule: 16, iasBits: 52, oasBits: 52 });
    table.map(0xf_0000_0000_0000n, 0xa_1234_5678_0000n, 64n * K, RW);
    expect(table.iovaToPhys(0xf_0000_0000_1234n)).toBe(0xa_1234_5678_1234n);
  });

  test('the upper half', () => {
    const table = make({ ...S1_4K, iasBits: 39, ttbr1: true });
    const iova = 0xffff_ff80_0000_0000n;
    table.map(iova, 0x5000n, 4n * K, RW);
    expect(table.iovaToPhys(iova + 1n)).toBe(0x5001n);
    expect(table.iovaToPhys(0n)).toBeNull();
    expect(() => table.map(0n, 0n, 4n * K, RW)).toThrow(failure('ERANGE', /upper half/));
    expect(table.unmap(iova, 4n * K).leaves).toEqual([{ iova, size: 4n * K, level: 3 }]);
  });
});

describe('refusals', () => {
  test.each<[string, [bigint, bigint, bigint, number], string, RegExp]>([
    ['iova alignment', [0x800n, 0n, 4n * K, RW], 'EINVAL', /multiples of the 0x1000/],
    ['pa alignment', [0n, 0x800n, 4n * K, RW], 'EINVAL', /multiples/],
    ['size alignment', [0n, 0n, 0x800n, RW], 'EINVAL', /multiples/],
    ['size 0', [0n, 0n, 0n, RW], 'EINVAL', /not 0/],
    ['no access', [0n, 0n, 4n * K, PROT_CACHE], 'EINVAL', /neither reads nor writes/],
    ['unknown prot', [0n, 0n, 4n * K, 64 | RW], 'EINVAL', /unknown bits: 0x40/],
    ['iova range', [(1n << 48n) - 4n * K, 0n, 8n * K, RW], 'ERANGE', /48 input/],
    ['pa range', [0n, (1n << 48n) - 4n * K, 8n * K, RW], 'ERANGE', /48 output/],
  ])('map: %s', (_, args, code, message) => {
    expect(() => make(S1_4K).map(...args)).toThrow(failure(code, message));
  });

  test('overlap: nothing of the range is mapped, what was there stays', () => {
    const table = make(S1_4K);
    table.map(5n * M, 0x9000n, 4n * K, RW);
    expect(() => table.map(2n * M, 2n * M, 6n * M, RW)).toThrow(failure('EEXIST', /0x500000/));
    expect(table.iovaToPhys(2n * M)).toBeNull();
    expect(table.iovaToPhys(4n * M)).toBeNull();
    expect(table.iovaToPhys(5n * M)).toBe(0x9000n);
    table.map(G, G, G, RW);
    expect(() => table.map(G + 4n * K, 0n, 4n * K, RW)).toThrow(failure('EEXIST'));
    expect(() => table.map(G, 0n, G, RW)).toThrow(failure('EEXIST'));
  });

  test('a leaf is never split, and nothing changes', () => {
    const table = make(S1_4K);
    table.map(0n, 0n, 4n * M, RW);
    table.map(4n * M, 4n * M, 4n * K, RW);
    expect(() => table.unmap(4n * K, 4n * K)).toThrow(
      failure('EINVAL', /split the leaf of 0x200000 bytes at 0x0/),
    );
    expect(() => table.unmap(0n, 2n * M + 4n * K)).toThrow(failure('EINVAL', /at 0x200000/));
    expect(table.iovaToPhys(0n)).toBe(0n);
    expect(table.unmap(0n, 4n * M + 4n * K).unmapped).toBe(4n * M + 4n * K);
  });

  test('memory runs out: nothing of the range is mapped', () => {
    pool = new PagePool(memory, BASE, 4 * 4096);
    const table = make(S1_4K);
    expect(() => table.map(2n * M - 4n * K, 0n, 8n * K, RW)).toThrow(failure('ENOMEM'));
    expect(table.iovaToPhys(2n * M - 4n * K)).toBeNull();
    table.map(0n, 0x1000n, 2n * M, RW);
    expect(table.iovaToPhys(0n)).toBe(0x1000n);
  });

  test('after destroy', () => {
    const table = make(S1_4K);
    table.map(0n, 0x1000n, 4n * K, RW);
    table.map(G, 0n, G, RW);
    table.destroy();
    table.destroy();
    expect(pool.used).toBe(0);
    expect(() => table.map(0n, 0n, 4n * K, RW)).toThrow(failure('EINVAL', /destroyed/));
  });
});

describe('unmap', () => {
  test('runs of leaves by level, tables that went as a whole', () => {
    const table = make(S1_4K);
    table.map(2n * M, 0x1000n, 2n * M, RW); // pages: not aligned
    table.map(4n * M, 4n * M, 4n * M, RW);
    table.map(8n * M, 8n * M, 4n * K, RW);
    const used = pool.used;
    const result = table.unmap(2n * M, 6n * M + 4n * K);
    expect(result.unmapped).toBe(6n * M + 4n * K);
    expect(result.leaves).toEqual([
      { iova: 2n * M, size: 2n * M, level: 3 },
      { iova: 4n * M, size: 4n * M, level: 2 },
      { iova: 8n * M, size: 4n * K, level: 3 },
    ]);
    expect(result.tables).toMatchObject([{ iova: 2n * M, span: 2n * M }]);
    expect(pool.used).toBe(used);
    table.freeTables(result.tables);
    expect(pool.used).toBe(used - 4096);
    for (const iova of [2n * M, 4n * M, 8n * M]) expect(table.iovaToPhys(iova)).toBeNull();
  });

  test('a table of full tables goes with them', () => {
    const table = make({ ...S1_4K, iasBits: 39 });
    table.map(G, 0x1000n, G, RW);
    const { tables, leaves } = table.unmap(G, G);
    expect(leaves).toEqual([{ iova: G, size: G, level: 3 }]);
    expect(tables).toHaveLength(513);
    expect(tables[0]).toMatchObject({ iova: G, span: G });
    expect(new Set(tables.map(({ pa }) => pa)).size).toBe(513);
  });

  test('stops at the first hole', () => {
    const table = make(S1_4K);
    table.map(0n, 0n, 8n * K, RW);
    table.map(12n * K, 0n, 4n * K, RW);
    expect(table.unmap(0n, 16n * K)).toMatchObject({ unmapped: 8n * K, tables: [] });
    expect(table.iovaToPhys(12n * K)).toBe(0n);
    expect(table.unmap(0n, 4n * K)).toEqual({ unmapped: 0n, leaves: [], tables: [] });
    expect(table.unmap(G, G).unmapped).toBe(0n);
  });

  test('an empty table gives way to a block when walk caches can be flushed', () => {
    const flushed: bigint[][] = [];
    for (const flushWalk of [undefined, (...args: [bigint, bigint]) => flushed.push(args)]) {
      const table = make({ ...S1_4K, flushWalk });
      table.map(2n * M, 0x1000n, 4n * K, RW);
      table.unmap(2n * M, 4n * K);
      const used = pool.used;
      table.map(2n * M, 4n * M, 2n * M, RW);
      expect(leafOf(table, 2n * M).level).toBe(flushWalk === undefined ? 3 : 2);
      expect(pool.used).toBe(flushWalk === undefined ? used : used - 4096);
      expect(table.iovaToPhys(3n * M)).toBe(5n * M);
    }
    expect(flushed).toEqual([[2n * M, 2n * M]]);
  });
});

describe('against a plain map', () => {
  const configs: PageTableConfig[] = [
    { ...S1_4K, iasBits: 39 },
    { ...S2_4K, iasBits: 40, oasBits: 40, flushWalk: () => {} },
    { ...S1_4K, granule: 14, contiguous: true },
    { ...S2_4K, granule: 16, flushWalk: () => {} },
  ];

  test.each(configs)('stage $stage, granule $granule', (config) => {
    const page = 1n << BigInt(config.granule);
    const perTable = Number(page / 8n);
    // Addresses near the border of two last-level tables, sizes from one page to two tables.
    const at = fc
      .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: -3, max: 3 }), fc.boolean())
      .map(([table, off, aligned]) => Math.max(0, table * perTable + (aligned ? 0 : off)));
    const size = fc.oneof(
      fc.integer({ min: 1, max: 4 }),
      fc.constantFrom(perTable, 2 * perTable, perTable + 1),
    );
    const op = fc.record({ map: fc.boolean(), at, size, pa: at });
    fc.assert(
      fc.property(fc.array(op, { maxLength: 12 }), (ops) => {
        memory = new FlatMemory(BASE, BYTES);
        pool = new PagePool(memory, BASE, BYTES);
        const table = make(config);
        const model = new Map<number, number>();
        for (const { map, at: first, size: count, pa } of ops) {
          const pages = Array.from({ length: count }, (_, i) => first + i);
          const [iova, bytes] = [BigInt(first) * page, BigInt(count) * page];
          if (map) {
            const overlap = pages.some((p) => model.has(p));
            const run = (): void => table.map(iova, BigInt(pa) * page, bytes, RW);
            if (overlap) {
              expect(run).toThrow(failure('EEXIST'));
            } else {
              run();
              pages.forEach((p, i) => model.set(p, pa + i));
            }
          } else {
            let result: UnmapResult;
            try {
              result = table.unmap(iova, bytes);
            } catch (error) {
              expect(error).toEqual(failure('EINVAL', /split/));
              continue;
            }
            const hole = pages.findIndex((p) => !model.has(p));
            const gone = pages.slice(0, hole < 0 ? count : hole);
            expect(result.unmapped).toBe(BigInt(gone.length) * page);
            expect(result.leaves.reduce((sum, leaf) => sum + leaf.size, 0n)).toBe(result.unmapped);
            for (const p of gone) model.delete(p);
            table.freeTables(result.tables);
          }
          for (
            let p = 0;
            p < 6 * perTable;
            p += p % perTable > 4 && p % perTable < perTable - 4 ? perTable - 9 : 1
          ) {
            const want = model.get(p);
            expect(table.iovaToPhys(BigInt(p) * page + 5n)).toBe(
              want === undefined ? null : BigInt(want) * page + 5n,
            );
          }
        }
        table.destroy();
        expect(pool.used).toBe(0);
      }),
      { numRuns: 60 },
    );
  });
});

describe('allocators', () => {
  test('pages are zero, aligned, used again, and run out', () => {
    const first = pool.alloc(64);
    memory.write64(first, 1n);
    const big = pool.alloc(4096, 4096);
    expect(big % 4096n).toBe(0n);
    pool.free(first, 64);
    expect(pool.alloc(64)).toBe(first);
    expect(memory.read64(first)).toBe(0n);
    expect(pool.used).toBe(4096 + 64);
    expect(() => pool.alloc(BYTES)).toThrow(failure('ENOMEM', /pool of/));
    pool.free(big, 4096);
    pool.free(first, 64);
    expect(() => pool.free(first, 64)).toThrow(/free already/);
    expect(() => pool.free(BASE - 64n, 64)).toThrow(/do not belong/);
    expect(pool.alloc(BYTES)).toBe(BASE);
  });

  test('pieces never overlap, and all come back', () => {
    const op = fc.record({
      bytes: fc.constantFrom(64, 100, 512, 4096, 65536),
      align: fc.constantFrom(1, 64, 4096),
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(op, fc.nat())), (ops) => {
        pool = new PagePool(memory, BASE + 0x40n, 1 << 20);
        const held: [bigint, number][] = [];
        for (const [{ bytes, align }, pick] of ops) {
          if (pick % 3 === 0 && held.length > 0) {
            pool.free(...held.splice(pick % held.length, 1)[0]);
            continue;
          }
          const pa = pool.alloc(bytes, align);
          expect(pa % BigInt(align)).toBe(0n);
          for (const [at, size] of held) {
            expect(pa + BigInt(bytes) <= at || pa >= at + BigInt(size)).toBe(true);
          }
          held.push([pa, bytes]);
        }
        for (const piece of held) pool.free(...piece);
        expect(pool.used).toBe(0);
        pool.alloc(1 << 20);
      }),
      { numRuns: 100 },
    );
  });

  test('ids: lowest first, released ones last, and no more than there are', () => {
    const ids = new IdAllocator(1, 3);
    expect([ids.alloc(), ids.alloc()]).toEqual([1, 2]);
    ids.release(1);
    expect(ids.alloc()).toBe(3);
    expect(ids.alloc()).toBe(1);
    expect(ids.used).toBe(3);
    expect(() => ids.alloc()).toThrow(failure('ENOSPC'));
    ids.release(2);
    expect(() => ids.release(2)).toThrow(/id 2 is not in use/);
  });
});
