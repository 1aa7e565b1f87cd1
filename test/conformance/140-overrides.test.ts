import { beforeEach, describe, expect, test } from '@jest/globals';
import { s1Leaf } from '../support/encode.js';
import { F_PERMISSION } from '../support/events.js';
import { Machine } from '../support/machine.js';
import { stage1, typeOf } from '../support/streams.js';

const VA = 0x3000n;
const PA = 0x9000n;
let m: Machine;
beforeEach(async () => {
  m = await Machine.create();
});

describe('IHI 0070 §5.2, §13.1.4 STE attribute overrides in bypass', () => {
  test.each([
    [0x0, 'nGnRnE'],
    [0x1, 'nGnRE'],
    [0x2, 'nGRE'],
    [0x3, 'GRE'],
    [0x5, 'NC/NC'],
    [0x6, 'NC/WT'],
    [0xa, 'WT/WT'],
    [0xb, 'WT/WB'],
    [0xf, 'WB/WB'],
    [0x4, 'nGnRnE'],
    [0x8, 'nGnRnE'],
    [0xc, 'nGnRnE'],
  ])('MTCFG = 1, MemAttr = %i: %s', (MemAttr, type) => {
    m.ste(0, { Config: 4, MTCFG: 1, MemAttr });
    expect(typeOf(m.expectOk(0, VA, VA).attributes.memType)).toBe(type);
  });
  test('MTCFG = 0 keeps the incoming type', () => {
    m.ste(0, { Config: 4, MemAttr: 5 });
    expect(typeOf(m.expectOk(0, VA, VA, { memType: 0x44 }).attributes.memType)).toBe('NC/NC');
    expect(typeOf(m.expectOk(0, VA, VA).attributes.memType)).toBe('WB/WB');
  });
  test.each([
    [0, 3, 0],
    [1, 3, 3],
    [1, 0, 0],
    [2, 0, 2],
    [3, 0, 3],
  ])(
    'SHCFG = %i, incoming %i: shareability %i (0 is Non-shareable, 1 the incoming one)',
    (SHCFG, incoming, out) => {
      m.ste(0, { Config: 4, SHCFG });
      expect(m.expectOk(0, VA, VA, { shareability: incoming }).attributes.shareability).toBe(out);
    },
  );
  test.each([0x00, 0x04, 0x44])('§13.1.7 type 0x%s is output Outer Shareable', (memType) => {
    m.ste(0, { Config: 4, SHCFG: 0 });
    expect(m.expectOk(0, VA, VA, { memType }).attributes.shareability).toBe(2);
  });
  test('ALLOCCFG = 0b1RWT sets the hints, 0b0xxx keeps the incoming ones', () => {
    m.ste(0, { Config: 4, ALLOCCFG: 0b1101 });
    expect(m.expectOk(0, VA, VA, { allocHints: 0b010 }).attributes.allocHints).toBe(0b101);
    m.ste(1, { Config: 4, ALLOCCFG: 0b0101 });
    expect(m.expectOk(1, VA, VA, { allocHints: 0b010 }).attributes.allocHints).toBe(0b010);
  });
  test('IDR1.ATTR_TYPES_OVR = 0: MTCFG, SHCFG and ALLOCCFG are RES0, the incoming attributes pass', async () => {
    m = await Machine.create({ id: { ATTR_TYPES_OVR: 0 } });
    m.ste(0, { Config: 4, MTCFG: 1, MemAttr: 0, SHCFG: 0, ALLOCCFG: 0b1000 });
    const { attributes } = m.expectOk(0, VA, VA, { shareability: 3, allocHints: 0b110 });
    expect([typeOf(attributes.memType), attributes.shareability, attributes.allocHints]).toEqual([
      'WB/WB',
      3,
      0b110,
    ]);
  });
});

describe('IHI 0070 §5.2 PRIVCFG and INSTCFG', () => {
  type Access = 'privileged' | 'unprivileged';
  const rows: [number, Access, boolean][] = [
    [0, 'privileged', true],
    [0, 'unprivileged', false],
    [1, 'privileged', true],
    [1, 'unprivileged', false],
    [2, 'privileged', false],
    [2, 'unprivileged', false],
    [3, 'privileged', true],
    [3, 'unprivileged', true],
  ];
  test.each(rows)(
    'PRIVCFG = %i, incoming %s: access to a privileged-only page allowed: %p',
    (PRIVCFG, access, allowed) => {
      stage1(m, 0, { steFields: { PRIVCFG } }).tables.map(VA, PA, s1Leaf({ ap: 0 }));
      const privileged = access === 'privileged';
      if (allowed) m.expectOk(0, VA, PA, { privileged });
      else
        m.expectFault(
          F_PERMISSION,
          { input: VA, privileged: PRIVCFG === 3 || (PRIVCFG < 2 && privileged) },
          { privileged },
        );
    },
  );
  const inst: [number, boolean, boolean][] = [
    [0, true, false],
    [0, false, true],
    [1, true, false],
    [1, false, true],
    [2, true, true],
    [2, false, true],
    [3, true, false],
    [3, false, false],
  ];
  test.each(inst)(
    'INSTCFG = %i, incoming instruction %p: read of an execute-never page allowed: %p',
    (INSTCFG, instruction, allowed) => {
      stage1(m, 0, { steFields: { INSTCFG } }).tables.map(VA, PA, s1Leaf({ ap: 1, uxn: 1 }));
      if (allowed) m.expectOk(0, VA, PA, { instruction });
      else
        m.expectFault(
          F_PERMISSION,
          { input: VA, instruction: INSTCFG === 3 || (INSTCFG < 2 && instruction) },
          { instruction },
        );
    },
  );
  test('INSTCFG = 3 leaves writes as data: an execute-never page can be written, and the record says InD = 0', () => {
    const { tables } = stage1(m, 0, { steFields: { INSTCFG: 3 } });
    tables.map(VA, PA, s1Leaf({ ap: 1, uxn: 1 }));
    m.expectOk(0, VA, PA, { access: 'write' });
    m.expectFault(0x10, { input: 0x5000n, write: true });
  });
  test('an instruction write counts as data', () => {
    stage1(m, 0).tables.map(VA, PA, s1Leaf({ ap: 1, uxn: 1, pxn: 1 }));
    m.expectOk(0, VA, PA, { access: 'write', instruction: true });
  });
  test('IDR1.ATTR_PERMS_OVR = 0: PRIVCFG and INSTCFG are RES0', async () => {
    m = await Machine.create({ id: { ATTR_PERMS_OVR: 0 } });
    stage1(m, 0, { steFields: { PRIVCFG: 3, INSTCFG: 2 } }).tables.map(
      VA,
      PA,
      s1Leaf({ ap: 0, uxn: 1, pxn: 1 }),
    );
    m.expectFault(F_PERMISSION, { input: VA });
    m.expectFault(F_PERMISSION, { input: VA, privileged: true, instruction: true });
  });
  test('PRIVCFG and INSTCFG do not need translation to be harmless in bypass', () => {
    m.ste(0, { Config: 4, PRIVCFG: 2, INSTCFG: 3 });
    m.expectOk(0, VA, VA, { privileged: true });
  });
});
