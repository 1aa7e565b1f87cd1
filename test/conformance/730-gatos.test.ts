import { beforeEach, describe, expect, test } from '@jest/globals';
import { cmd, s1Leaf, s2Leaf } from '../support/encode.js';
import { BOTH, S1, S2, expectCode, expectPage, gatosRequest, type GatosRequest } from '../support/gatos.js';
import { CMDQEN, EVENTQEN, HOLE, Machine, R } from '../support/machine.js';
import { nested, stage1, stage2, type Nested } from '../support/streams.js';

const VA = 0x7654_3000n;
const IPA = 0x9_8765_4000n;
const PA = 0x1_2345_6000n;
let m: Machine;
beforeEach(async () => {
  m = await Machine.create({ id: { ATOS: 1 } });
});

/** A request for VA unless it says otherwise. */
const gatos = (r: Omit<GatosRequest, 'address'> & { address?: bigint }): bigint =>
  gatosRequest(m, { address: VA, ...r });
const forget = (): void => m.command(cmd.cfgiAll(), cmd.nsnhAll());
function guest(): Nested {
  const n = nested(m, 0, { ramLevel: 3 });
  n.tables.map(VA, IPA, s1Leaf());
  n.s2.map(IPA, PA, s2Leaf());
  return n;
}

describe('IHI 0070 §9.1, §6.3.37 GATOS results', () => {
  test('TYPE 0b01 on a stage 1-only stream gives the PA', () => {
    stage1(m, 0).tables.map(VA, PA, s1Leaf());
    expectPage(gatos({ type: S1 }), PA);
  });
  test('TYPE 0b01 on a nested stream gives the IPA', () => {
    guest();
    expectPage(gatos({ type: S1 }), IPA);
  });
  test('TYPE 0b10 translates an IPA', () => {
    guest();
    expectPage(gatos({ type: S2, address: IPA }), PA);
  });
  test('TYPE 0b11 translates by both stages', () => {
    guest();
    expectPage(gatos({ type: BOTH }), PA);
  });
  test('the result holds MAIR attributes and shareability', () => {
    stage1(m, 0).tables.map(VA, PA, s1Leaf({ attrIndx: 2, sh: 3 }));
    const par = gatos({ type: S1 });
    expect([par >> 56n, (par >> 8n) & 3n]).toEqual([0x44n, 2n]); // Normal NC is Outer Shareable
  });
  test('a 2 MB block: Size = 1 and the lowest set address bit is 20', () => {
    stage1(m, 0).tables.map(0x4020_0000n, 0x6020_0000n, s1Leaf(), 2);
    const par = gatos({ type: S1, address: 0x4030_0000n });
    const address = par & 0x00ff_ffff_ffff_f000n;
    // An implementation may report a smaller page; then its address must be the page's.
    if ((par >> 11n) & 1n) expect(address.toString(16)).toBe(0x6030_0000n.toString(16));
    else expectPage(par, 0x6030_0000n);
  });
  test('no event is recorded, nothing stalls', () => {
    stage1(m, 0, { cdFields: { S: 1 } });
    gatos({ type: S1 });
    m.expectEvents();
    expect(m.resumed).toEqual([]);
  });
  test('with a SubstreamID the CD of that index is used', () => {
    const s = stage1(m, 0);
    const table = m.alloc(256);
    m.cd(table + 128n, s.cdFields);
    m.ste(0, { Config: 5, S1ContextPtr: table, S1CDMax: 2 });
    s.tables.map(VA, PA, s1Leaf());
    expectPage(gatos({ type: S1, ssid: 2 }), PA);
    expectCode(gatos({ type: S1, ssid: 4 }), 0x08);
    expectCode(gatos({ type: S1, ssid: 1 }), 0x0a);
  });
});

describe('IHI 0070 §9.1.5 GATOS faults and their priority', () => {
  test('reserved TYPE 0b00 is INV_REQ', () => {
    stage1(m, 0);
    expectCode(gatos({ type: 0 }), 0xff);
  });
  test('TYPE 0b10 with a SubstreamID is INV_REQ', () => {
    guest();
    expectCode(gatos({ type: S2, ssid: 1 }), 0xff);
  });
  test('a stage that the SMMU lacks is INV_REQ', async () => {
    m = await Machine.create({ id: { S2P: 0, Hyp: 0, VMW: 0 } });
    stage1(m, 0);
    expectCode(gatos({ type: S2 }), 0xff);
    expectCode(gatos({ type: BOTH }), 0xff);
  });
  test.each([
    ['TYPE 0b10 on a stage 1-only stream', 5, S2],
    ['TYPE 0b11 on a stage 1-only stream', 5, BOTH],
    ['TYPE 0b01 on a stage 2-only stream', 6, S1],
    ['TYPE 0b11 on a stage 2-only stream', 6, BOTH],
    ['TYPE 0b01 on a bypass stream', 4, S1],
    ['TYPE 0b10 on an aborting stream', 0, S2],
  ])('a stage that the STE does not enable is INV_STAGE: %s', (_name, config, type) => {
    if (config === 5) stage1(m, 0);
    else if (config === 6) stage2(m, 0);
    else m.ste(0, { Config: config });
    expectCode(gatos({ type }), 0xfe);
  });
  test('C_BAD_STREAMID, C_BAD_STE, F_STE_FETCH', () => {
    expectCode(gatos({ sid: 0xfff, type: S1 }), 0x02);
    expectCode(gatos({ sid: 1, type: S1 }), 0x04);
    m.cr0(0);
    m.smmu.write64(R.STRTAB_BASE, HOLE);
    m.cr0(1 | EVENTQEN | CMDQEN);
    expectCode(gatos({ sid: 0, type: S1 }), 0x03);
  });
  test('F_STREAM_DISABLED, C_BAD_SUBSTREAMID, F_CD_FETCH, C_BAD_CD', () => {
    m.ste(0, { Config: 5, S1ContextPtr: HOLE, S1CDMax: 2, S1DSS: 0 });
    expectCode(gatos({ type: S1 }), 0x06);
    expectCode(gatos({ type: S1, ssid: 4 }), 0x08);
    expectCode(gatos({ type: S1, ssid: 1 }), 0x09);
    const s = stage1(m, 1);
    m.cd(s.cd, { ...s.cdFields, V: 0 });
    expectCode(gatos({ sid: 1, type: S1 }), 0x0a);
  });
  test('stage 1 F_TRANSLATION, F_ADDR_SIZE, F_ACCESS, F_PERMISSION, F_WALK_EABT: REASON 0, FADDR 0', () => {
    const t = stage1(m, 0, { cdFields: { IPS: 2 } }).tables;
    t.map(0x1000n, 1n << 40n, s1Leaf());
    t.map(0x2000n, PA, s1Leaf({ af: 0 }));
    t.map(0x3000n, PA, s1Leaf({ ap: 0 }));
    t.raw(1n << 30n, 2, HOLE | 3n);
    expectCode(gatos({ type: S1, address: 0x9000n }), 0x10);
    expectCode(gatos({ type: S1, address: 0x1000n }), 0x11);
    expectCode(gatos({ type: S1, address: 0x2000n }), 0x12);
    expectCode(gatos({ type: S1, address: 0x3000n }), 0x13);
    expectCode(gatos({ type: S1, address: 1n << 30n }), 0x0b);
    expectPage(gatos({ type: S1, address: 0x3000n, privileged: true }), PA);
  });
  test('TYPE 0b10: a stage 2 fault has REASON 3 and FADDR 0', () => {
    guest();
    expectCode(gatos({ type: S2, address: 0x9_0000_0000n }), 0x10, 3);
  });
  test('TYPE 0b11: a stage 2 fault has the IPA and REASON 1, 2 or 3', () => {
    const n = guest();
    n.tables.map(0x1000n, 0x9_0000_0000n, s1Leaf());
    expectCode(gatos({ type: BOTH, address: 0x1000n }), 0x10, 3, 0x9_0000_0000n);
    const slot = n.tables.slot(VA, 3) + 0x4000_0000n;
    n.s2.raw(slot, 3, 0n);
    forget();
    expectCode(gatos({ type: BOTH }), 0x10, 2, slot & ~0xfffn);
    n.s2.raw(n.cdIpa, 3, 0n);
    forget();
    expectCode(gatos({ type: BOTH }), 0x10, 1, n.cdIpa & ~0xfffn);
  });
  test('TYPE 0b01 on a nested stream: stage 2 faults become F_CD_FETCH and F_WALK_EABT, REASON 0, FADDR 0', () => {
    const n = guest();
    n.s2.raw(n.tables.slot(VA, 3) + 0x4000_0000n, 3, 0n);
    forget();
    expectCode(gatos({ type: S1 }), 0x0b);
    n.s2.raw(n.cdIpa, 3, 0n);
    forget();
    expectCode(gatos({ type: S1 }), 0x09);
  });
  test('write and instruction permissions come from GATOS_ADDR; STE.PRIVCFG does not apply', () => {
    stage1(m, 0, { steFields: { PRIVCFG: 3 } }).tables.map(VA, PA, s1Leaf({ ap: 2, uxn: 1 }));
    expectCode(gatos({ type: S1 }), 0x13);
    expectPage(gatos({ type: S1, privileged: true }), PA);
    expectCode(gatos({ type: S1, privileged: true, write: true }), 0x13);
    expectPage(gatos({ type: S1, privileged: true, instruction: true }), PA);
    expectCode(gatos({ type: S1, instruction: true }), 0x13);
  });
});

describe('IHI 0070 §9.1 GATOS and hardware update, SMMUEN', () => {
  test('HTTUI = 0 updates as an access would; HTTUI = 1 never writes dirty state and treats the page as writable', () => {
    const t = stage1(m, 0, { cdFields: { HA: 1, HD: 1 } }).tables;
    t.map(VA, PA, s1Leaf({ ap: 3, dbm: 1 }));
    expectPage(gatos({ type: S1, write: true, httui: true }), PA);
    expect(t.read(VA, 3) & 0x80n).toBe(0x80n);
    expectPage(gatos({ type: S1, write: true }), PA);
    expect(t.read(VA, 3) & 0x80n).toBe(0n);
  });
  test('HTTUI = 1 with AF = 0 and HA = 1: no fault', () => {
    const t = stage1(m, 0, { cdFields: { HA: 1 } }).tables;
    t.map(VA, PA, s1Leaf({ af: 0 }));
    expectPage(gatos({ type: S1, httui: true }), PA);
  });
  test('with SMMUEN = 0 a request is not processed: RUN is not set', () => {
    stage1(m, 0).tables.map(VA, PA, s1Leaf());
    m.cr0(EVENTQEN | CMDQEN);
    m.smmu.write32(R.GATOS_CTRL, 1);
    expect(m.smmu.read32(R.GATOS_CTRL)).toBe(0);
  });
});
