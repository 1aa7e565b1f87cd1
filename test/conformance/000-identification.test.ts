import { describe, expect, test, beforeAll } from '@jest/globals';
import { Machine, R, RAM, identification } from '../support/machine.js';
import { Smmu } from '../../src/index.js';

let m: Machine;
beforeAll(async () => {
  m = await Machine.create({ enable: false });
});

describe('IHI 0070 §6.3 identification registers', () => {
  test.each([
    ['IDR0', 0x00],
    ['IDR1', 0x04],
    ['IDR2', 0x08],
    ['IDR3', 0x0c],
    ['IDR4', 0x10],
    ['IDR5', 0x14],
    ['IIDR', 0x18],
    ['AIDR', 0x1c],
    ['CIDR0', 0xff0],
    ['PIDR0', 0xfe0],
    ['CR0ACK', 0x24],
    ['STATUSR', 0x40],
    ['IRQ_CTRLACK', 0x54],
    ['GERROR', 0x60],
    ['GATOS_PAR', 0x118],
  ])('§6.2 %s is read-only: a write is ignored', (_name, offset) => {
    const before = m.smmu.read32(offset);
    m.smmu.write32(offset, ~before >>> 0);
    expect(m.smmu.read32(offset)).toBe(before);
  });

  test('§6.3.1 the announced value is the one asked for', async () => {
    const want = await identification();
    expect(m.smmu.read32(R.IDR0)).toBe(want.idr0);
    expect(m.smmu.read32(R.IDR1)).toBe(want.idr1);
    expect(m.smmu.read32(R.IDR3)).toBe(want.idr3);
    expect(m.smmu.read32(R.IDR5)).toBe(want.idr5);
  });

  test.each([
    ['CIDR0', 0xff0, 0x0d],
    ['CIDR1', 0xff4, 0xf0],
    ['CIDR2', 0xff8, 0x05],
    ['CIDR3', 0xffc, 0xb1],
    ['PIDR5', 0xfd4, 0],
    ['PIDR6', 0xfd8, 0],
    ['PIDR7', 0xfdc, 0],
  ])('§6.3 ID_REGS %s', (_name, offset, value) => {
    expect(m.smmu.read32(offset)).toBe(value);
  });

  test.each([
    ['§6.3.1 TTF: AArch64 only until VMSAv8-32 exists', 0x00, 2, 2, 2],
    ['§6.3.1 ATS absent', 0x00, 10, 1, 0],
    ['§6.3.1 PRI absent', 0x00, 16, 1, 0],
    ['§6.3.1 VATOS absent', 0x00, 20, 1, 0],
    ['§6.3.1 RME_IMPL absent', 0x00, 30, 1, 0],
    ['§6.3.1 bit 29 RES0', 0x00, 29, 1, 0],
    ['§6.3.1 bit 31 RES0', 0x00, 31, 1, 0],
    ['§6.3.1 BTM absent', 0x00, 5, 1, 0],
    ['§6.3.2 ECMDQ absent', 0x04, 31, 1, 0],
    ['§6.3.4 MPAM absent', 0x0c, 7, 1, 0],
    ['§6.3.4 DPT absent', 0x0c, 15, 1, 0],
    ['§6.3.4 bits 1:0 RES0', 0x0c, 0, 2, 0],
    ['§6.3.4 bits 31:24 RES0', 0x0c, 24, 8, 0],
    ['§6.3.6 D128 absent', 0x14, 8, 1, 0],
    ['§6.3.8 architecture major revision 0', 0x1c, 4, 28, 0],
  ])('%s', async (_name, offset, lsb, width, value) => {
    const all = await Smmu.create({ ram: [{ base: RAM, size: 1 << 16 }], timing: false });
    expect((all.read32(offset) >>> lsb) & (2 ** width - 1)).toBe(value);
    all.dispose();
  });

  test('§6.3.1 dependencies of the default: Hyp with both stages, ST_LEVEL with SIDSIZE >= 7, BBML >= 1 from v3.2', async () => {
    const all = await Smmu.create({ ram: [{ base: RAM, size: 1 << 16 }], timing: false });
    const [idr0, idr1, idr3, aidr] = [0x00, 0x04, 0x0c, 0x1c].map((o) => all.read32(o)) as [
      number,
      number,
      number,
      number,
    ];
    all.dispose();
    if ((idr0 & 3) === 3) expect((idr0 >>> 9) & 1).toBe(1);
    if ((idr1 & 63) >= 7) expect((idr0 >>> 27) & 3).toBe(1);
    if ((aidr & 15) >= 2) expect((idr3 >>> 11) & 3).toBeGreaterThanOrEqual(1);
    expect((idr1 >>> 6) & 31).toBeLessThanOrEqual(20);
    for (const shift of [11, 16, 21]) expect((idr1 >>> shift) & 31).toBeLessThanOrEqual(19);
  });

  test.each([
    ['GERRORs of Secure state', 0x8060],
    ['S_IDR0', 0x8000],
    ['S_CR0', 0x8020],
    ['S_STRTAB_BASE', 0x8080],
    ['end of the Secure registers', 0xfffc],
    ['IMPLEMENTATION DEFINED 0xE00', 0xe00],
    ['IMPLEMENTATION DEFINED 0x1000', 0x1000],
    ['undefined 0x140', 0x140],
    ['undefined 0x3C', 0x3c],
    ['undefined page 1', 0x10020],
    ['S2PII without IDR3.S2PI', 0x30],
    ['PRIQ_BASE without PRI', 0xc0],
    ['PRIQ_IRQ_CFG0 without PRI', 0xd0],
    ['PRIQ_IRQ_CFG1 without PRI', 0xd8],
    ['PRIQ_IRQ_CFG2 without PRI', 0xdc],
    ['PRIQ_PROD without PRI', 0x100c8],
    ['PRIQ_CONS without PRI', 0x100cc],
    ['MPAMIDR without MPAM', 0x130],
    ['GMPAM without MPAM', 0x138],
    ['GBPMPAM without MPAM', 0x13c],
    ['VATOS_SEL without VATOS', 0x180],
    ['IDR6 without ECMDQ', 0x190],
    ['DPT_BASE without DPT', 0x200],
    ['DPT_CFG_FAR without DPT', 0x210],
    ['CMDQ_CONTROL_PAGE_BASE0 without ECMDQ', 0x4000],
    ['page 0 alias of EVENTQ_PROD (not aliased here)', 0xa8],
    ['page 0 alias of EVENTQ_CONS (not aliased here)', 0xac],
  ])('§6.2 %s is RAZ/WI', (_name, offset) => {
    m.smmu.write32(offset, 0xffff_ffff);
    expect(m.smmu.read32(offset)).toBe(0);
  });

  test('§6.3 GATOS registers are RES0 without IDR0.ATOS', async () => {
    const s = (await Machine.create({ id: { ATOS: 0 }, enable: false })).smmu;
    for (const offset of [R.GATOS_CTRL, R.GATOS_SID, R.GATOS_ADDR]) {
      s.write32(offset, 0xffff_ffff);
      expect(s.read32(offset)).toBe(0);
    }
  });
  test('§6.3 *_IRQ_CFG registers are RES0 without IDR0.MSI', async () => {
    const s = (await Machine.create({ id: { MSI: 0 }, enable: false })).smmu;
    for (const offset of [0x68, 0x70, 0x74, 0xb0, 0xb8, 0xbc]) {
      s.write32(offset, 0xffff_ffff);
      expect(s.read32(offset)).toBe(0);
    }
  });
});
