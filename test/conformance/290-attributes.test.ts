import { beforeEach, describe, expect, test } from '@jest/globals';
import { s1Leaf, s2Leaf, type CdFields } from '../support/encode.js';
import { Machine } from '../support/machine.js';
import { nested, stage1, stage2, typeOf } from '../support/streams.js';

const VA = 0x3000n;
const PA = 0x5555_9000n;
let m: Machine;
beforeEach(async () => {
  m = await Machine.create();
});
const mair = (attr0: number): CdFields => ({ MAIR: BigInt(attr0) });

describe('IHI 0070 §13.1, §5.4 stage 1 memory attributes', () => {
  const types: [number, string][] = [
    [0x00, 'nGnRnE'],
    [0x04, 'nGnRE'],
    [0x08, 'nGRE'],
    [0x0c, 'GRE'],
    [0x44, 'NC/NC'],
    [0xaa, 'WT/WT'],
    [0xff, 'WB/WB'],
    [0x4f, 'NC/WB'],
    [0xf4, 'WB/NC'],
    [0x77, 'WB/WB'],
    [0x33, 'WT/WT'],
    // Reserved in a PE, defined for the SMMU: Attr[7:4] = 0 with RW in [1:0] is Device
    [0x05, 'nGnRE'],
    [0x0b, 'nGRE'],
  ];
  test.each(types)('§5.4 MAIR attribute %i: %s', (attr, type) => {
    stage1(m, 0, { cdFields: mair(attr) }).tables.map(VA, PA, s1Leaf());
    expect(typeOf(m.expectOk(0, VA, PA).attributes.memType)).toBe(type);
  });
  test.each([0, 1, 2, 3, 7])('AttrIndx = %i chooses the byte of MAIR', (attrIndx) => {
    const MAIR = 0x44n << BigInt(8 * attrIndx);
    stage1(m, 0, { cdFields: { MAIR } }).tables.map(VA, PA, s1Leaf({ attrIndx }));
    expect(typeOf(m.expectOk(0, VA, PA).attributes.memType)).toBe('NC/NC');
  });
  test('§13.1.4 stage 1 replaces the incoming type and shareability', () => {
    stage1(m, 0).tables.map(VA, PA, s1Leaf({ sh: 2 }));
    const { attributes } = m.expectOk(0, VA, PA, { memType: 0x44, shareability: 0 });
    expect([typeOf(attributes.memType), attributes.shareability]).toEqual(['WB/WB', 2]);
  });
  test('§13.1.4 stage 1 replaces the STE override of type and shareability', () => {
    stage1(m, 0, { steFields: { MTCFG: 1, MemAttr: 5, SHCFG: 2 } }).tables.map(VA, PA, s1Leaf({ sh: 3 }));
    const { attributes } = m.expectOk(0, VA, PA);
    expect([typeOf(attributes.memType), attributes.shareability]).toEqual(['WB/WB', 3]);
  });
  test.each([0, 2, 3])('leaf SH = %i is the shareability of a cacheable page', (sh) => {
    stage1(m, 0).tables.map(VA, PA, s1Leaf({ sh }));
    expect(m.expectOk(0, VA, PA).attributes.shareability).toBe(sh);
  });
  test.each([0x00, 0x44])('§13.1.7 type %i is Outer Shareable whatever the leaf says', (attr) => {
    stage1(m, 0, { cdFields: mair(attr) }).tables.map(VA, PA, s1Leaf({ sh: 0 }));
    expect(m.expectOk(0, VA, PA).attributes.shareability).toBe(2);
  });
});

describe('IHI 0070 §13.1.5 stage 1 and stage 2 combined, S2FWB = 0', () => {
  // [stage 1 MAIR byte, stage 2 MemAttr, result]
  const rows: [number, number, string][] = [
    [0xff, 0xf, 'WB/WB'],
    [0xff, 0xa, 'WT/WT'],
    [0xff, 0x5, 'NC/NC'],
    [0xaa, 0xf, 'WT/WT'],
    [0x44, 0xf, 'NC/NC'],
    [0x44, 0xa, 'NC/NC'],
    [0xff, 0x0, 'nGnRnE'],
    [0xff, 0x1, 'nGnRE'],
    [0xff, 0x3, 'GRE'],
    [0x00, 0xf, 'nGnRnE'],
    [0x0c, 0xf, 'GRE'],
    [0x0c, 0x1, 'nGnRE'],
    [0x00, 0x3, 'nGnRnE'],
    [0x08, 0x2, 'nGRE'],
    [0x4f, 0xf, 'NC/WB'],
    [0xff, 0x7, 'NC/WB'],
    [0xf4, 0x7, 'NC/NC'],
  ];
  test.each(rows)('stage 1 attribute %i with stage 2 MemAttr %i: %s', (attr, memAttr, type) => {
    const n = nested(m, 0, { cdFields: mair(attr) });
    n.tables.map(VA, 0x9_0000_3000n, s1Leaf());
    n.s2.map(0x9_0000_3000n, PA, s2Leaf({ memAttr }));
    expect(typeOf(m.expectOk(0, VA, PA).attributes.memType)).toBe(type);
  });
  const sh: [number, number, number][] = [
    [0, 0, 0],
    [0, 3, 3],
    [3, 0, 3],
    [3, 2, 2],
    [2, 3, 2],
    [0, 2, 2],
  ];
  test.each(sh)('shareability %i at stage 1 and %i at stage 2: %i', (s1, s2, out) => {
    const n = nested(m, 0);
    n.tables.map(VA, 0x9_0000_3000n, s1Leaf({ sh: s1 }));
    n.s2.map(0x9_0000_3000n, PA, s2Leaf({ sh: s2 }));
    expect(m.expectOk(0, VA, PA).attributes.shareability).toBe(out);
  });
  test.each([
    [0xff, 0x5, 'NC/NC'],
    [0x44, 0xf, 'NC/NC'],
    [0x04, 0xf, 'nGnRE'],
    [0xbb, 0xf, 'WT/WT'],
  ])('stage 2 alone combines with the incoming type %i, MemAttr %i: %s', (memType, memAttr, type) => {
    stage2(m, 0).map(VA, PA, s2Leaf({ memAttr }));
    expect(typeOf(m.expectOk(0, VA, PA, { memType }).attributes.memType)).toBe(type);
  });
  test('stage 2 alone: the STE override comes before stage 2', () => {
    stage2(m, 0, { steFields: { MTCFG: 1, MemAttr: 5 } }).map(VA, PA, s2Leaf());
    expect(typeOf(m.expectOk(0, VA, PA).attributes.memType)).toBe('NC/NC');
  });
});

describe('IHI 0070 §5.2 STE.S2FWB', () => {
  const rows: [number, number, string][] = [
    [0xff, 0b0110, 'WB/WB'],
    [0x44, 0b0110, 'WB/WB'],
    [0x00, 0b0110, 'WB/WB'],
    [0xff, 0b0101, 'NC/NC'],
    [0x04, 0b0101, 'nGnRE'],
    [0xff, 0b0111, 'WB/WB'],
    [0x44, 0b0111, 'NC/NC'],
    [0x04, 0b0111, 'nGnRE'],
    [0xff, 0b0001, 'nGnRE'],
    [0x0c, 0b0001, 'nGnRE'],
    [0x00, 0b0011, 'nGnRnE'],
  ];
  test.each(rows)('stage 1 attribute %i with MemAttr %i: %s', async (attr, memAttr, type) => {
    m = await Machine.create({ id: { FWB: 1 } });
    const n = nested(m, 0, { cdFields: mair(attr), steFields: { S2FWB: 1 } });
    n.tables.map(VA, 0x9_0000_3000n, s1Leaf());
    n.s2.map(0x9_0000_3000n, PA, s2Leaf({ memAttr }));
    expect(typeOf(m.expectOk(0, VA, PA).attributes.memType)).toBe(type);
  });
  test('without IDR3.FWB the bit is RES0', async () => {
    m = await Machine.create({ id: { FWB: 0 } });
    stage2(m, 0, { steFields: { S2FWB: 1 } }).map(VA, PA, s2Leaf({ memAttr: 0x5 }));
    expect(typeOf(m.expectOk(0, VA, PA).attributes.memType)).toBe('NC/NC');
  });
});

describe('IHI 0070 §13.1.7, §13.4 allocation and transient hints of the transaction and of stage 1 combined', () => {
  // Hints are RA, WA, TR from the highest bit down, one set for both levels of the transaction. A MAIR nibble 0b11RW is write-back
  // non-transient, 0b01RW transient.
  const nibble = (hints: number): number => (hints & 1 ? 0b0100 : 0b1100) | (hints >> 1);
  const all = [0b000, 0b010, 0b100, 0b110, 0b011, 0b101, 0b111];
  const pairs = all.flatMap((incoming) =>
    all.filter((h) => h !== 0).map((stage) => [incoming, stage] as const),
  );
  test.each(pairs)(
    'incoming %i and stage 1 %i: RA and WA need both, one transient is enough',
    (incoming, stage) => {
      const attr = nibble(stage);
      stage1(m, 0, { cdFields: mair((attr << 4) | attr) }).tables.map(VA, PA, s1Leaf());
      const allocate = incoming & stage & 0b110;
      // What allocates nothing has no transience.
      const expected = allocate === 0 ? 0 : allocate | ((incoming | stage) & 1);
      const { attributes } = m.expectOk(0, VA, PA, { memType: 0xff, allocHints: incoming });
      expect([typeOf(attributes.memType), attributes.allocHints]).toEqual(['WB/WB', expected]);
    },
  );
  test('what comes in without cacheability has no hints: those of stage 1 hold', () => {
    stage1(m, 0, { cdFields: mair(0x77) }).tables.map(VA, PA, s1Leaf());
    expect(m.expectOk(0, VA, PA, { memType: 0x44, allocHints: 0 }).attributes.allocHints).toBe(0b111);
  });
});
