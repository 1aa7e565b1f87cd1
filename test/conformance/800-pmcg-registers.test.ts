// Register file of the counter groups (IHI 0070 §10.5), both geometries: 8 counters of 64 bits as with time off, and others of
// a timing configuration.
import { beforeEach, describe, expect, test } from '@jest/globals';
import { presets, Smmu, type SmmuOptions } from '../../src/index.js';
import { RAM, RAM_BYTES } from '../support/machine.js';
import { Counters, OVFCAP, P, SPAN, type Group } from '../support/pmcg.js';

type Geometry = NonNullable<Extract<SmmuOptions['timing'], object>['pmcg']>;

async function device(pmcg?: Geometry, options: Partial<SmmuOptions> = {}): Promise<Smmu> {
  const timing = pmcg
    ? { ...presets.minimal.timing, pmcg: { ...presets.minimal.timing.pmcg, ...pmcg } }
    : false;
  return Smmu.create({ ram: [{ base: RAM, size: RAM_BYTES }], caches: false, timing, ...options });
}

let smmu: Smmu;
let g: Group;
beforeEach(async () => {
  smmu = await device();
  g = smmu.pmcg[0];
});

const U64 = 0xffff_ffff_ffff_ffffn;

describe('IHI 0070 §10.5 identification', () => {
  test('one group for the TCU and one for each TBU', async () => {
    expect(smmu.pmcg).toHaveLength(2);
    expect((await device(undefined, { tbus: 5 })).pmcg).toHaveLength(6);
  });

  test('§10.5 CFGR with time off: 8 counters, 64 bits, MSI, CAPTURE, a filter for each, no page 1', () => {
    expect(g.read32(P.CFGR)).toBe(0x00603f07);
    g.write32(P.CFGR, 0);
    expect(g.read32(P.CFGR)).toBe(0x00603f07);
  });

  test.each<[Geometry, number]>([
    [{ counters: 8, counterBits: 64, relocate: true }, 0x00703f07],
    [{ counters: 8, counterBits: 32, relocate: true }, 0x00701f07],
    [{ counters: 64, counterBits: 48, msi: false }, 0x00402f3f],
    [{ counters: 1, counterBits: 36, capture: false, filterPerCounter: false }, 0x00a02300],
  ])('§10.5 CFGR of %j', async (geometry, value) => {
    expect((await device(geometry)).pmcg[1].read32(P.CFGR)).toBe(value);
  });

  test.each([
    ['mmu600-agilex5', 0x00c01f03], // 4 counters of 32 bits, CAPTURE, one filter, no MSI
    ['mmu700-server', 0x00c01f0f],
    ['gem5-default', 0x00603f07],
    ['minimal', 0x00603f07],
  ] as const)('CFGR of preset %s', async (name, value) => {
    const s = await Smmu.create({ ram: [{ base: RAM, size: 4096 }], timing: name });
    for (const group of s.pmcg) expect(group.read32(P.CFGR)).toBe(value);
    s.dispose();
  });

  test('§10.5 CEID: events 0 to 5 in the TCU, 0 to 3 in a TBU, none of ATS; nothing from 64 to 127', () => {
    expect(smmu.pmcg[0].read64(P.CEID0)).toBe(0x3fn);
    expect(smmu.pmcg[1].read64(P.CEID0)).toBe(0x0fn);
    for (const group of smmu.pmcg) expect(group.read64(P.CEID1)).toBe(0n);
  });

  test.each([
    ['PMDEVARCH', 0xfbc, 0x47702a56],
    ['PMDEVTYPE', 0xfcc, 0x56],
    ['PIDR4', 0xfd0, 0x04],
    ['PIDR5', 0xfd4, 0],
    ['PIDR0', 0xfe0, 0x31],
    ['PIDR2', 0xfe8, 0x3b],
    ['CIDR0', 0xff0, 0x0d],
    ['CIDR1, component class 9', 0xff4, 0x90],
    ['CIDR2', 0xff8, 0x05],
    ['CIDR3', 0xffc, 0xb1],
    ['IIDR, that of the SMMU', 0xe08, 0x4832_243b],
    ['AIDR, that of the SMMU', 0xe70, 2],
  ])('§10.5 %s', async (_name, offset, value) => {
    const s = await device(undefined, {
      id: { aidr: 2, iidr: 0x4832_243b, pidr: [0x31, 0xb4, 0x3b, 0, 4, 0, 0, 0] },
    });
    s.pmcg[1].write32(offset, ~value >>> 0);
    expect(s.pmcg[1].read32(offset)).toBe(value);
  });
});

describe('IHI 0070 §10.5 counters and their settings', () => {
  test('64-bit counters: both halves, either width, 8 bytes apart', () => {
    g.write64(P.EVCNTR0 + 8 * 7, 0x0123_4567_89ab_cdefn);
    expect(g.read64(P.EVCNTR0 + 8 * 7)).toBe(0x0123_4567_89ab_cdefn);
    expect(g.read32(P.EVCNTR0 + 8 * 7)).toBe(0x89ab_cdef);
    expect(g.read32(P.EVCNTR0 + 8 * 7 + 4)).toBe(0x0123_4567);
    g.write32(P.EVCNTR0 + 8 * 7 + 4, 5);
    expect(g.read64(P.EVCNTR0 + 8 * 7)).toBe(0x0000_0005_89ab_cdefn);
    expect(g.read64(P.EVCNTR0 + 8 * 6)).toBe(0n);
  });

  test('32-bit counters stand 4 bytes apart', async () => {
    const group = (await device({ counters: 4, counterBits: 32 })).pmcg[0];
    for (let n = 0; n < 4; n++) group.write32(P.EVCNTR0 + 4 * n, 0xffff_fff0 + n);
    for (let n = 0; n < 4; n++) expect(group.read32(P.EVCNTR0 + 4 * n)).toBe(0xffff_fff0 + n);
    group.write32(P.EVCNTR0 + 16, 1);
    expect(group.read32(P.EVCNTR0 + 16)).toBe(0);
  });

  test.each([32, 36, 40, 44, 48, 64] as const)(
    'bits above a %i-bit counter are RES0',
    async (counterBits) => {
      const counters = new Counters((await device({ counters: 2, counterBits })).pmcg[0]);
      counters.set(1, counterBits === 32 ? 0xffff_ffffn : U64);
      expect(counters.get(1)).toBe((1n << BigInt(counterBits)) - 1n);
      expect(counters.get(0)).toBe(0n);
    },
  );

  test.each([
    ['EVTYPER, its first after the last', P.EVTYPER0 + 4 * 8],
    ['SMR, its first after the last', P.SMR0 + 4 * 8],
    ['EVCNTR, its first after the last', P.EVCNTR0 + 8 * 8],
    ['EVTYPER<63>', P.EVTYPER0 + 4 * 63],
    ['SVR (read-only)', P.SVR0],
    ['SCR (Secure)', P.SCR],
    ['SCR once more', 0xe40],
    ['ROOTCR', 0xe48],
    ['GMPAM without MPAM', 0xe6c],
    ['MPAMIDR without MPAM', 0xe74],
    ['S_MPAMIDR', 0xe78],
    ['IMPLEMENTATION DEFINED 0xe80', 0xe80],
    ['undefined 0x500', 0x500],
    ['undefined 0xc08', 0xc08],
    ['page 1 without RELOC_CTRS', 0x1000],
    ['page 1 at 64 KiB', 0x1_0000],
    ['CAPR reads as 0', P.CAPR],
    ['far beyond', 0xffff_fffc],
  ])('§10.5 %s is RAZ/WI', (_name, offset) => {
    g.write32(offset, 0xffff_fffe);
    expect(g.read32(offset)).toBe(0);
  });

  test('§10.5 EVTYPER: EVENT, SPAN and OVFCAP; filters by PARTID, PMG and other Security states are RES0', () => {
    g.write32(P.EVTYPER0 + 4, 0xffff_ffff);
    expect(g.read32(P.EVTYPER0 + 4)).toBe((OVFCAP | SPAN | 0xffff) >>> 0);
  });

  test('§10.5 SMR has as many bits as a StreamID', async () => {
    g.write32(P.SMR0, 0xffff_ffff);
    expect(g.read32(P.SMR0)).toBe(0xffff);
    const all = (await device(undefined, { id: { idr1: 0x0e731d20 & ~(0x1f << 11) } })).pmcg[0];
    all.write32(P.SMR0, 0xffff_ffff);
    expect(all.read32(P.SMR0)).toBe(0xffff_ffff);
  });

  test('§10.4 SID_FILTER_TYPE = 1: SPAN and SMR of counter 0 alone exist', async () => {
    const group = (await device({ filterPerCounter: false })).pmcg[0];
    for (const n of [0, 1, 7]) {
      group.write32(P.EVTYPER0 + 4 * n, (SPAN | 5) >>> 0);
      group.write32(P.SMR0 + 4 * n, 9);
    }
    expect([0, 1, 7].map((n) => group.read32(P.EVTYPER0 + 4 * n))).toEqual([SPAN | 5, 5, 5]);
    expect([0, 1, 7].map((n) => group.read32(P.SMR0 + 4 * n))).toEqual([9, 0, 0]);
  });

  test('§10.2.1 without CAPTURE: OVFCAP, SVR and CAPR are RES0', async () => {
    const group = (await device({ capture: false })).pmcg[0];
    group.write32(P.EVTYPER0, 0xffff_ffff);
    expect(group.read32(P.EVTYPER0)).toBe(SPAN | 0xffff);
    group.write64(P.EVCNTR0, 77n);
    group.write32(P.CAPR, 1);
    expect(group.read64(P.SVR0)).toBe(0n);
  });

  test('a misaligned access reads 0 and writes nothing', () => {
    g.write64(P.EVCNTR0, U64);
    expect([g.read32(2), g.read64(4), g.read64(P.EVCNTR0 + 1)]).toEqual([0, 0n, 0n]);
    g.write64(4, 0n);
    g.write32(1, 0);
    expect(g.read64(P.EVCNTR0)).toBe(U64);
  });
});

describe('IHI 0070 §10.5 bitmaps: one write sets, the other clears, both read the same', () => {
  test.each([
    ['CNTEN', P.CNTENSET0, P.CNTENCLR0],
    ['INTEN', P.INTENSET0, P.INTENCLR0],
    ['OVS', P.OVSSET0, P.OVSCLR0],
  ])('%s', async (_name, set, clear) => {
    g.write64(set, U64);
    expect([g.read64(set), g.read64(clear)]).toEqual([0xffn, 0xffn]); // 8 counters
    g.write64(set, 0n);
    g.write32(clear, 0x0f);
    expect([g.read64(set), g.read64(clear)]).toEqual([0xf0n, 0xf0n]);
    g.write64(clear, U64);
    expect(g.read64(set)).toBe(0n);

    const wide = (await device({ counters: 40 })).pmcg[0];
    wide.write32(set + 4, 0xffff_ffff);
    expect(wide.read64(clear)).toBe(0xff_0000_0000n);
    wide.write32(set, 1);
    wide.write32(clear + 4, 0x7f);
    expect([wide.read32(set), wide.read32(set + 4)]).toEqual([1, 0x80]);
  });
});

describe('IHI 0070 §10.5 RELOC_CTRS: counters, captures, overflow status and CAPR in page 1', () => {
  test.each([
    ['4 KiB', 0x1000],
    ['64 KiB', 0x1_0000],
  ])('page 1 at %s', async (_name, page) => {
    const group = (await device({ relocate: true })).pmcg[0];
    group.write64(page + P.EVCNTR0, 123n);
    expect([group.read64(page + P.EVCNTR0), group.read64(P.EVCNTR0)]).toEqual([123n, 0n]);
    group.write64(P.EVCNTR0, 5n);
    expect(group.read64(page + P.EVCNTR0)).toBe(123n);
    group.write32(P.CAPR, 1);
    expect(group.read64(page + P.SVR0)).toBe(0n);
    group.write32(page + P.CAPR, 1);
    expect([group.read64(page + P.SVR0), group.read64(P.SVR0)]).toEqual([123n, 0n]);
    group.write64(P.OVSSET0, 1n);
    expect(group.read64(page + P.OVSSET0)).toBe(0n);
    group.write64(page + P.OVSSET0, 3n);
    group.write64(page + P.OVSCLR0, 1n);
    expect([group.read64(page + P.OVSCLR0), group.read64(P.OVSCLR0)]).toEqual([2n, 0n]);
  });

  test('everything else stays in page 0', async () => {
    const group = (await device({ relocate: true })).pmcg[0];
    for (const offset of [P.EVTYPER0, P.SMR0, P.CNTENSET0, P.INTENSET0, P.CR, P.IRQ_CTRL]) {
      group.write32(0x1000 + offset, 1);
      expect([group.read32(offset), group.read32(0x1000 + offset)]).toEqual([0, 0]);
      group.write32(offset, 1);
      expect([group.read32(offset), group.read32(0x1000 + offset)]).toEqual([1, 0]);
    }
    expect(group.read32(0x1000 + P.CFGR)).toBe(0);
  });
});

describe('IHI 0070 §10.5 interrupt configuration', () => {
  test('IRQ_CTRL: IRQEN alone, and IRQ_CTRLACK follows', () => {
    g.write32(P.IRQ_CTRL, 0xffff_ffff);
    expect([g.read32(P.IRQ_CTRL), g.read32(P.IRQ_CTRLACK)]).toEqual([1, 1]);
    g.write32(P.IRQ_CTRLACK, 0);
    expect(g.read32(P.IRQ_CTRLACK)).toBe(1);
    g.write32(P.IRQ_CTRL, 0);
    expect(g.read32(P.IRQ_CTRLACK)).toBe(0);
  });

  test('IRQ_CFG0 to 2: address [51:2] at 52 bits of OAS, data, attributes; guarded by IRQEN', () => {
    g.write64(P.IRQ_CFG0, U64);
    g.write32(P.IRQ_CFG1, 0xdead_beef);
    g.write32(P.IRQ_CFG2, 0xffff_ffff);
    const written = [0x000f_ffff_ffff_fffcn, 0xdead_beef, 0x3f];
    const now = (): unknown[] => [g.read64(P.IRQ_CFG0), g.read32(P.IRQ_CFG1), g.read32(P.IRQ_CFG2)];
    expect(now()).toEqual(written);
    g.write32(P.IRQ_CTRL, 1);
    g.write64(P.IRQ_CFG0, 0n);
    g.write32(P.IRQ_CFG1, 0);
    g.write32(P.IRQ_CFG2, 0);
    expect(now()).toEqual(written);
    g.write32(P.IRQ_CTRL, 0);
    g.write32(P.IRQ_CFG1, 1);
    expect(g.read32(P.IRQ_CFG1)).toBe(1);
  });

  test('without MSI they are RES0', async () => {
    const group = (await device({ msi: false })).pmcg[0];
    group.write64(P.IRQ_CFG0, U64);
    group.write32(P.IRQ_CFG1, 1);
    group.write32(P.IRQ_CFG2, 1);
    expect([group.read64(P.IRQ_CFG0), group.read32(P.IRQ_CFG1), group.read32(P.IRQ_CFG2)]).toEqual([
      0n,
      0,
      0,
    ]);
  });
});

describe('the host', () => {
  test('a wrong argument is refused by name, a disposed device refuses all', () => {
    expect(() => g.read32(-1)).toThrow(/^offset must be between 0 and 0xffffffff, not -1$/);
    expect(() => g.write32(0, 2 ** 32)).toThrow(/^value must be between/);
    expect(() => g.write64(0, 5 as never)).toThrow(/^value must be a bigint/);
    smmu.dispose();
    expect(() => g.read32(0)).toThrow(/^ENODEV/);
    expect(() => g.write64(0, 0n)).toThrow(/^ENODEV/);
  });

  test('reset takes all away; resetStats nothing', () => {
    const c = new Counters(g).count(0, 0).interruptOn(0);
    smmu.advance(10n);
    smmu.resetStats();
    expect(c.get(0)).toBe(10n);
    smmu.reset();
    expect([c.get(0), g.read32(P.CR), g.read64(P.CNTENSET0), g.read64(P.INTENSET0)]).toEqual([0n, 0, 0n, 0n]);
    smmu.advance(10n);
    expect(c.get(0)).toBe(0n);
  });
});
