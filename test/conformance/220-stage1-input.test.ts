import { beforeEach, describe, expect, test } from '@jest/globals';
import { s1Leaf, type CdFields } from '../support/encode.js';
import { F_ACCESS, F_ADDR_SIZE, F_PERMISSION, F_TRANSLATION } from '../support/events.js';
import { Machine } from '../support/machine.js';
import { stage1 } from '../support/streams.js';

const PA = 0x5555_5000n;
let m: Machine;
beforeEach(async () => {
  m = await Machine.create();
});

describe('IHI 0070 §3.4.1 TTB0, TTB1 and top-byte ignore', () => {
  const LOW = 0x12_3000n;
  const HIGH = 0xffff_ffff_ffed_c000n;
  function both(cdFields: CdFields): void {
    const low = m.tables({ granule: 12, tsz: 25 });
    const high = m.tables({ granule: 14, tsz: 28 });
    low.map(LOW, PA, s1Leaf());
    high.map(HIGH, 0x6666_4000n, s1Leaf());
    const at = m.alloc(64);
    m.cd(at, {
      V: 1,
      AA64: 1,
      IPS: 5,
      R: 1,
      A: 1,
      T0SZ: 25,
      TG0: 0,
      TTB0: low.root,
      T1SZ: 28,
      TG1: 1,
      TTB1: high.root,
      ...cdFields,
    });
    m.ste(0, { Config: 5, S1ContextPtr: at });
  }
  test('VA[55] chooses the half; both work with their own granule and size', () => {
    both({});
    m.expectOk(0, LOW, PA);
    m.expectOk(0, HIGH, 0x6666_4000n);
  });
  const tags: [number, number, bigint, boolean][] = [
    [0, 0, 0xab00_0000_0012_3000n, false],
    [1, 0, 0xab00_0000_0012_3000n, true],
    [0, 1, 0xab00_0000_0012_3000n, false],
    [0, 0, 0x12ff_ffff_ffed_c000n, false],
    [0, 1, 0x12ff_ffff_ffed_c000n, true],
    [1, 0, 0x12ff_ffff_ffed_c000n, false],
    [1, 1, 0xff00_0000_0012_3000n, true],
    [1, 1, 0x00ff_ffff_ffed_c000n, true],
    [1, 1, 0xff01_0000_0012_3000n, false],
    [1, 1, 0x00fe_ffff_ffed_c000n, false],
  ];
  test.each(tags)(
    'TBI0 = %i, TBI1 = %i: address %s translates: %p; the record holds the tag',
    (TBI0, TBI1, input, ok) => {
      both({ TBI0, TBI1 });
      if (ok) m.expectOk(0, input, (input >> 55n) & 1n ? 0x6666_4000n : PA);
      else m.expectFault(F_TRANSLATION, { input });
    },
  );
  test.each([1n << 39n, 1n << 47n, 1n << 54n])('address bits above TTB0 must be 0 (%s)', (bit) => {
    both({});
    m.expectFault(F_TRANSLATION, { input: LOW | bit });
  });
  test.each([1n << 36n, 1n << 47n, 1n << 54n])('address bits above TTB1 must be 1 (%s)', (bit) => {
    both({});
    m.expectFault(F_TRANSLATION, { input: HIGH & ~bit });
  });
  test('EPD0 = 1: a miss in the lower half is a Translation fault, the upper half works', () => {
    both({ EPD0: 1 });
    m.expectFault(F_TRANSLATION, { input: LOW });
    m.expectOk(0, HIGH, 0x6666_4000n);
  });
  test('EPD1 = 1: a miss in the upper half is a Translation fault, the lower half works', () => {
    both({ EPD1: 1 });
    m.expectFault(F_TRANSLATION, { input: HIGH });
    m.expectOk(0, LOW, PA);
  });
  const e0pd: [CdFields, bigint, boolean, boolean][] = [
    [{ E0PD0: 1 }, LOW, false, false],
    [{ E0PD0: 1 }, LOW, true, true],
    [{ E0PD0: 1 }, HIGH, false, true],
    [{ E0PD1: 1 }, HIGH, false, false],
    [{ E0PD1: 1 }, HIGH, true, true],
    [{ E0PD1: 1 }, LOW, false, true],
  ];
  test.each(e0pd)(
    '§5.4 %j: address %s, privileged %p, translates: %p',
    async (fields, input, privileged, ok) => {
      m = await Machine.create({ id: { E0PD: 1 } });
      both(fields);
      if (ok) m.expectOk(0, input, input === LOW ? PA : 0x6666_4000n, { privileged });
      else m.expectFault(F_TRANSLATION, { input, privileged });
    },
  );
  test('§5.4 E0PD has no effect without IDR3.E0PD', async () => {
    m = await Machine.create({ id: { E0PD: 0 } });
    both({ E0PD0: 1 });
    m.expectOk(0, LOW, PA);
  });
});

describe('IHI 0070 §5.2 StreamWorld NS-EL2: TTB0 alone', () => {
  test('VA[55] chooses nothing: high addresses are out of range', () => {
    stage1(m, 0, { steFields: { STRW: 2 } }).tables.map(0x1000n, PA, s1Leaf());
    m.expectOk(0, 0x1000n, PA);
    m.expectFault(F_TRANSLATION, { input: 0xffff_ffff_ffff_f000n });
    m.expectFault(F_TRANSLATION, { input: 1n << 48n });
  });
  test('TBI0 = 1: the top byte is ignored, VA[55:48] must be 0', () => {
    stage1(m, 0, { steFields: { STRW: 2 }, cdFields: { TBI0: 1 } }).tables.map(0x1000n, PA, s1Leaf());
    m.expectOk(0, 0xab00_0000_0000_1000n, PA);
    m.expectFault(F_TRANSLATION, { input: 0xab80_0000_0000_1000n });
  });
  test('with CR2.E2H = 1 both halves exist', () => {
    m.cr0(0);
    m.smmu.write32(0x2c, 3);
    m.cr0(13);
    stage1(m, 0, { upper: true, steFields: { STRW: 2 } }).tables.map(0xffff_ffff_ffff_f000n, PA, s1Leaf());
    m.expectOk(0, 0xffff_ffff_ffff_f000n, PA);
  });
});

describe('IHI 0070 §3.4.1, §7.3.14 stage 1 Address Size faults', () => {
  const ips: [number, bigint][] = [
    [0, 32n],
    [1, 36n],
    [2, 40n],
    [3, 42n],
    [4, 44n],
  ];
  test.each(ips)('IPS = %i: an output below 2^%i passes, above is F_ADDR_SIZE', (IPS, bits) => {
    const t = stage1(m, 0, { cdFields: { IPS } }).tables;
    t.map(0x1000n, (1n << bits) - 0x1000n, s1Leaf());
    t.map(0x2000n, 1n << bits, s1Leaf());
    m.expectOk(0, 0x1000n, (1n << bits) - 0x1000n);
    m.expectFault(F_ADDR_SIZE, { input: 0x2000n });
  });
  test.each([0, 1, 2])(
    'IPS = 32 bits: a next-level pointer beyond it at level %i is F_ADDR_SIZE',
    (level) => {
      stage1(m, 0, { cdFields: { IPS: 0 } }).tables.raw(0n, level, (1n << 32n) | 3n);
      m.expectFault(F_ADDR_SIZE, { input: 0x1000n });
    },
  );
  test.each([1, 2])('IPS = 32 bits: a block beyond it at level %i is F_ADDR_SIZE', (level) => {
    stage1(m, 0, { cdFields: { IPS: 0 } }).tables.map(0n, 1n << 32n, s1Leaf(), level);
    m.expectFault(F_ADDR_SIZE, { input: 0x1000n });
  });
  test('the effective IPS is capped by OAS', async () => {
    m = await Machine.create({ id: { OAS: 2 } });
    const t = stage1(m, 0, { cdFields: { IPS: 5 } }).tables;
    t.map(0x1000n, 1n << 40n, s1Leaf());
    m.expectFault(F_ADDR_SIZE, { input: 0x1000n });
  });
});

describe('IHI 0070 §7.3.22, §3.12 order of stage 1 checks', () => {
  test('F_ADDR_SIZE before F_ACCESS', () => {
    stage1(m, 0, { cdFields: { IPS: 0 } }).tables.map(0n, 1n << 32n, s1Leaf({ af: 0, ap: 0 }));
    m.expectFault(F_ADDR_SIZE, { input: 0n });
  });
  test('F_ACCESS before F_PERMISSION', () => {
    const t = stage1(m, 0).tables;
    t.map(0n, PA, s1Leaf({ af: 0, ap: 0 }));
    m.expectFault(F_ACCESS, { input: 0n });
    t.map(0x1000n, PA, s1Leaf({ af: 1, ap: 0 }));
    m.expectFault(F_PERMISSION, { input: 0x1000n });
  });
  test('an invalid next level is found only after its pointer was in range', () => {
    stage1(m, 0, { cdFields: { IPS: 0 } }).tables.raw(0n, 1, (1n << 33n) | 3n);
    m.expectFault(F_ADDR_SIZE, { input: 0n });
  });
  test('§7.3.13 the record holds the access, the whole address, CLASS IN, S2 = 0', () => {
    stage1(m, 0);
    m.expectFault(F_TRANSLATION, { input: 0x1234_5678n, write: true, privileged: true });
    m.expectFault(F_TRANSLATION, { input: 0x1234_5679n, instruction: true });
    stage1(m, 5, { steFields: { S1CDMax: 0 } });
    m.expectFault(F_TRANSLATION, { sid: 5, input: 0xffn });
  });
});

describe('IHI 0070 §5.5 CD.A, CD.R, CD.S', () => {
  const rows: [number, number, string, boolean][] = [
    [0, 0, 'raz-wi', false],
    [0, 1, 'raz-wi', true],
    [1, 0, 'abort', false],
    [1, 1, 'abort', true],
  ];
  const faults: [string, number][] = [
    ['F_TRANSLATION', F_TRANSLATION],
    ['F_ADDR_SIZE', F_ADDR_SIZE],
    ['F_ACCESS', F_ACCESS],
    ['F_PERMISSION', F_PERMISSION],
  ];
  const cases = rows.flatMap((r) => faults.map(([name, type]) => [...r, name, type] as const));
  test.each(cases)('A = %i, R = %i: %s, recorded %p (%s)', (A, R, status, recorded, _name, type) => {
    const t = stage1(m, 0, { cdFields: { A, R, IPS: 0 } }).tables;
    if (type === F_ADDR_SIZE) t.map(0n, 1n << 32n, s1Leaf());
    if (type === F_ACCESS) t.map(0n, PA, s1Leaf({ af: 0 }));
    if (type === F_PERMISSION) t.map(0n, PA, s1Leaf({ ap: 0 }));
    expect(m.translate(0, 0n).status).toBe(status);
    m.expectEvents(
      ...(recorded
        ? [[BigInt(type), 0x0000_0208_0000_0000n, 0n, 0n] as [bigint, bigint, bigint, bigint]]
        : []),
    );
  });
});
