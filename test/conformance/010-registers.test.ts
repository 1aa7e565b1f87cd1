import { describe, expect, test, beforeEach } from '@jest/globals';
import { CMDQEN, EVENTQEN, Machine, R, SMMUEN } from '../support/machine.js';

let m: Machine;
beforeEach(async () => {
  m = await Machine.create({ enable: false });
});

describe('IHI 0070 §6.1, §6.3 register access', () => {
  // Bits above the 48-bit OAS are left out: RES0 or stored, both hold.
  test.each([
    ['STRTAB_BASE RA and ADDR[55:6]', R.STRTAB_BASE, 0x4000_ffff_ffff_ffc0n],
    ['CMDQ_BASE RA, ADDR[55:5], LOG2SIZE', R.CMDQ_BASE, 0x4000_ffff_ffff_ffffn],
    ['EVENTQ_BASE WA, ADDR[55:5], LOG2SIZE', R.EVENTQ_BASE, 0x4000_ffff_ffff_ffffn],
    ['GERROR_IRQ_CFG0 ADDR[55:2]', R.GERROR_IRQ_CFG0, 0x0000_ffff_ffff_fffcn],
    ['EVENTQ_IRQ_CFG0 ADDR[55:2]', R.EVENTQ_IRQ_CFG0, 0x0000_ffff_ffff_fffcn],
    ['GATOS_ADDR ADDR, TYPE, PnU, RnW, InD, HTTUI', R.GATOS_ADDR, 0xffff_ffff_ffff_ffc0n],
  ])('§6.3 %s: stored fields and RES0 bits', (_name, offset, stored) => {
    m.smmu.write64(offset, 0xffff_ffff_ffff_ffffn);
    expect((m.smmu.read64(offset) & ~0x00ff_0000_0000_0000n).toString(16)).toBe(
      (stored & ~0x00ff_0000_0000_0000n).toString(16),
    );
    m.smmu.write64(offset, 0n);
    expect(m.smmu.read64(offset)).toBe(0n);
  });

  // Size codes of IDR5.OAS and their bits, as §6.3.6 lists them.
  test.each([
    [0, 32],
    [2, 40],
    [4, 44],
    [5, 48],
    [6, 52],
  ])('§6.3.24 (chosen) OAS = %i: address bits from %i on are RES0 and not stored', async (OAS, bits) => {
    const s = (await Machine.create({ id: { OAS }, enable: false })).smmu;
    for (const offset of [R.GERROR_IRQ_CFG0, R.EVENTQ_IRQ_CFG0]) {
      s.write64(offset, 0xffff_ffff_ffff_fffcn);
      expect(s.read64(offset)).toBe((1n << BigInt(bits)) - 4n);
    }
    s.write64(R.STRTAB_BASE, 0xffff_ffff_ffff_ffc0n);
    expect(s.read64(R.STRTAB_BASE)).toBe(0x4000_0000_0000_0000n + (1n << BigInt(bits)) - 64n);
  });

  test.each([
    ['CR1 six attribute fields', R.CR1, 0xfff],
    ['CR2 E2H and RECINVSID; PTM and REC_CFG_ATS absent', R.CR2, 0x3],
    ['STRTAB_BASE_CFG FMT, SPLIT, LOG2SIZE', R.STRTAB_BASE_CFG, 0x307ff],
    ['GERROR_IRQ_CFG1 DATA', R.GERROR_IRQ_CFG1, 0xffff_ffff],
    ['GERROR_IRQ_CFG2 SH, MemAttr', R.GERROR_IRQ_CFG2, 0x3f],
    ['EVENTQ_IRQ_CFG1 DATA', R.EVENTQ_IRQ_CFG1, 0xffff_ffff],
    ['EVENTQ_IRQ_CFG2 SH, MemAttr', R.EVENTQ_IRQ_CFG2, 0x3f],
  ])('§6.3 %s: stored fields and RES0 bits', (_name, offset, stored) => {
    m.smmu.write32(offset, 0xffff_ffff);
    expect(m.smmu.read32(offset)).toBe(stored);
    m.smmu.write32(offset, 0);
    expect(m.smmu.read32(offset)).toBe(0);
  });

  test.each([
    ['STRTAB_BASE', R.STRTAB_BASE],
    ['CMDQ_BASE', R.CMDQ_BASE],
    ['EVENTQ_BASE', R.EVENTQ_BASE],
    ['GERROR_IRQ_CFG0', R.GERROR_IRQ_CFG0],
    ['EVENTQ_IRQ_CFG0', R.EVENTQ_IRQ_CFG0],
    ['GATOS_ADDR', R.GATOS_ADDR],
  ])('§6.1 each half of %s can be written alone', (_name, offset) => {
    m.smmu.write64(offset, 0x0000_1234_5678_9a40n);
    m.smmu.write32(offset, 0x1111_1140);
    expect(m.smmu.read64(offset)).toBe(0x0000_1234_1111_1140n);
    m.smmu.write32(offset + 4, 0x0000_4321);
    expect(m.smmu.read64(offset)).toBe(0x0000_4321_1111_1140n);
    expect([m.smmu.read32(offset), m.smmu.read32(offset + 4)]).toEqual([0x1111_1140, 0x4321]);
  });

  test('§6.1 (chosen) a 64-bit read over two 32-bit registers gives both, the low offset in the low half', () => {
    m.smmu.write32(R.CR1, 0xabc);
    m.smmu.write32(R.CR2, 0x2);
    expect(m.smmu.read64(R.CR1)).toBe(0x0000_0002_0000_0abcn);
  });

  test.each([
    ['CMDQ_CONS.RD', R.CMDQ_CONS, R.CMDQ_BASE],
    ['EVENTQ_PROD.WR', R.EVENTQ_PROD, R.EVENTQ_BASE],
  ])('§6.3.28 %s: bits above the wrap bit of the queue are RAZ', (_name, index, base) => {
    m.smmu.write64(base, 0x4000_0000n | 4n);
    m.smmu.write32(index, 0xfffff);
    expect(m.smmu.read32(index) & 0xfffff).toBe(0x1f);
  });

  test('§6.3.26 LOG2SIZE above the limit reads back as written', () => {
    m.smmu.write64(R.CMDQ_BASE, 0x4000_0000n | 31n);
    expect(m.smmu.read64(R.CMDQ_BASE) & 31n).toBe(31n);
    m.smmu.write64(R.EVENTQ_BASE, 0x4000_0000n | 31n);
    expect(m.smmu.read64(R.EVENTQ_BASE) & 31n).toBe(31n);
  });
  test('§6.3.26 writing a queue base leaves PROD and CONS alone', () => {
    m.smmu.write64(R.CMDQ_BASE, 0x4000_0000n | 7n);
    m.smmu.write32(R.CMDQ_PROD, 5);
    m.smmu.write32(R.CMDQ_CONS, 5);
    m.smmu.write64(R.CMDQ_BASE, 0x4001_0000n | 7n);
    expect([m.smmu.read32(R.CMDQ_PROD), m.smmu.read32(R.CMDQ_CONS) & 0xfffff]).toEqual([5, 5]);
  });
});

describe('IHI 0070 §6.3.9 CR0 and CR0ACK', () => {
  test('after reset both read 0, and so do IRQ_CTRL, GERROR, GERRORN and GBPA.Update', () => {
    for (const o of [R.CR0, R.CR0ACK, R.IRQ_CTRL, R.IRQ_CTRLACK, R.GERROR, R.GERRORN])
      expect(m.smmu.read32(o)).toBe(0);
    expect(m.smmu.read32(R.GBPA) >>> 31).toBe(0);
    expect(m.smmu.read32(R.GATOS_CTRL)).toBe(0);
  });
  test('reserved bits and absent features (PRIQEN, ATSCHK, DPT_WALK_EN) never show in CR0ACK', () => {
    m.smmu.write32(R.CR0, (0xffff_ffff & ~(SMMUEN | CMDQEN | EVENTQEN)) >>> 0);
    expect(m.smmu.read32(R.CR0ACK)).toBe(7 << 6); // VMW alone
  });
  test('VMW is absent without IDR0.VMW', async () => {
    const s = (await Machine.create({ id: { VMW: 0 }, enable: false })).smmu;
    s.write32(R.CR0, 7 << 6);
    expect(s.read32(R.CR0ACK)).toBe(0);
  });
  test.each([SMMUEN, EVENTQEN, CMDQEN, 1 << 6, 4 << 6])('value %i is acknowledged both ways', (bits) => {
    m.smmu.write32(R.CR0, bits);
    expect([m.smmu.read32(R.CR0), m.smmu.read32(R.CR0ACK)]).toEqual([bits, bits]);
    m.smmu.write32(R.CR0, 0);
    expect([m.smmu.read32(R.CR0), m.smmu.read32(R.CR0ACK)]).toEqual([0, 0]);
  });
});

describe('IHI 0070 §6.3.14 GBPA', () => {
  test('a write without Update is ignored entirely', () => {
    const before = m.smmu.read32(R.GBPA);
    m.smmu.write32(R.GBPA, 1 << 20);
    expect(m.smmu.read32(R.GBPA)).toBe(before);
  });
  test('a write with Update takes effect and Update reads 0 again; RES0 bits are not stored', () => {
    m.smmu.write32(R.GBPA, 0xffff_ffff);
    expect(m.smmu.read32(R.GBPA)).toBe(0x001f_3f1f);
  });
});

describe('IHI 0070 §6.3.16 IRQ_CTRL', () => {
  test('GERROR_IRQEN and EVENTQ_IRQEN are acknowledged; PRIQ_IRQEN and reserved bits are not', () => {
    m.smmu.write32(R.IRQ_CTRL, 0xffff_ffff);
    expect(m.smmu.read32(R.IRQ_CTRLACK)).toBe(0b101);
    m.smmu.write32(R.IRQ_CTRL, 0b100);
    expect(m.smmu.read32(R.IRQ_CTRLACK)).toBe(0b100);
  });
});

describe('IHI 0070 §6.3 guards: what a register accepts while its queue or the SMMU is enabled', () => {
  const none = 0;
  const smmu = [SMMUEN];
  const cmdq = [CMDQEN];
  const eventq = [EVENTQEN];
  const rows: [string, number, number[], number, number][] = [
    ['CR2', R.CR2, smmu, 2, 0],
    ['STRTAB_BASE', R.STRTAB_BASE, smmu, 0x4000_0000, 0x4100_0000],
    ['STRTAB_BASE_CFG', R.STRTAB_BASE_CFG, smmu, 4, 5],
    ['CMDQ_BASE', R.CMDQ_BASE, cmdq, 0x4000_0004, 0x4100_0005],
    ['CMDQ_CONS', R.CMDQ_CONS, cmdq, 0, 3],
    ['EVENTQ_BASE', R.EVENTQ_BASE, eventq, 0x4000_0004, 0x4100_0005],
    ['EVENTQ_PROD', R.EVENTQ_PROD, eventq, 0, 3],
    ['EVENTQ_CONS (never guarded)', R.EVENTQ_CONS, [], 0, 3],
    ['CR1.TABLE_*', R.CR1, smmu, 0x000, 0xfc0],
    ['CR1.QUEUE_*', R.CR1, [CMDQEN, EVENTQEN], 0x000, 0x03f],
  ];
  const cases = rows.flatMap(([name, offset, guards, a, b]) =>
    [none, SMMUEN, EVENTQEN, CMDQEN].map(
      (enabled) => [name, offset, a, b, enabled, guards.includes(enabled) ? 'ignored' : 'accepted'] as const,
    ),
  );
  test.each(cases)(
    '§6.3 %s (offset %i, %i to %i) with CR0 = %i: write %s',
    (_n, offset, a, b, enabled, what) => {
      if (offset !== R.CMDQ_BASE) m.smmu.write64(R.CMDQ_BASE, 0x4000_0005n);
      if (offset !== R.EVENTQ_BASE) m.smmu.write64(R.EVENTQ_BASE, 0x4000_1005n);
      m.smmu.write32(offset, a);
      m.smmu.write32(R.CR0, enabled);
      m.smmu.write32(offset, b);
      expect(m.smmu.read32(offset)).toBe(what === 'accepted' ? b : a);
      m.smmu.write32(R.CR0, 0);
      m.smmu.write32(offset, b);
      expect(m.smmu.read32(offset)).toBe(b);
    },
  );

  test('§6.3.11 CR1 is guarded field by field: with only the queues enabled a write changes TABLE_* alone', () => {
    m.smmu.write32(R.CR0, CMDQEN);
    m.smmu.write32(R.CR1, 0xfff);
    expect(m.smmu.read32(R.CR1)).toBe(0xfc0);
  });
  test('§6.3.11 CR1: with only SMMUEN set a write changes QUEUE_* alone', () => {
    m.smmu.write32(R.CR0, SMMUEN);
    m.smmu.write32(R.CR1, 0xfff);
    expect(m.smmu.read32(R.CR1)).toBe(0x03f);
  });

  const irq: [string, number, number, number][] = [
    ['GERROR_IRQ_CFG0', R.GERROR_IRQ_CFG0, 1, 0x4000_0040],
    ['GERROR_IRQ_CFG1', R.GERROR_IRQ_CFG1, 1, 0x1234],
    ['GERROR_IRQ_CFG2', R.GERROR_IRQ_CFG2, 1, 0x1f],
    ['EVENTQ_IRQ_CFG0', R.EVENTQ_IRQ_CFG0, 4, 0x4000_0040],
    ['EVENTQ_IRQ_CFG1', R.EVENTQ_IRQ_CFG1, 4, 0x1234],
    ['EVENTQ_IRQ_CFG2', R.EVENTQ_IRQ_CFG2, 4, 0x1f],
  ];
  test.each(irq)('§6.3.21 %s is guarded by its own interrupt enable alone', (_name, offset, own, value) => {
    m.smmu.write32(offset, 0);
    m.smmu.write32(R.IRQ_CTRL, own);
    m.smmu.write32(offset, value);
    expect(m.smmu.read32(offset)).toBe(0);
    m.smmu.write32(R.IRQ_CTRL, 5 & ~own);
    m.smmu.write32(offset, value);
    expect(m.smmu.read32(offset)).toBe(value);
  });

  test('§6.3.24 a high half of STRTAB_BASE is guarded as well', () => {
    m.smmu.write64(R.STRTAB_BASE, 0x4000_0000n);
    m.smmu.write32(R.CR0, SMMUEN);
    m.smmu.write32(R.STRTAB_BASE + 4, 0x12);
    m.smmu.write64(R.STRTAB_BASE, 0n);
    expect(m.smmu.read64(R.STRTAB_BASE)).toBe(0x4000_0000n);
  });
});
