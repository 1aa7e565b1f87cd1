import { describe, expect, test } from '@jest/globals';
import { s1Leaf, s2Leaf, type SteFields } from '../support/encode.js';
import { C_BAD_STE } from '../support/events.js';
import { LPA_ID, Machine, R, type Id } from '../support/machine.js';
import { nested, stage1, stage2 } from '../support/streams.js';

const VA = 0x12_3000n;
const PA = 0x5555_5000n;
type Shape = 'stage1' | 'stage2' | 'nested';

/** A working stream of the shape, with the fields laid over its STE. */
async function machine(shape: Shape, fields: SteFields, id: Id): Promise<Machine> {
  const m = await Machine.create({ id });
  if (shape === 'stage1') stage1(m, 0, { steFields: fields }).tables.map(VA, PA, s1Leaf());
  else if (shape === 'stage2') stage2(m, 0, { steFields: fields }).map(VA, PA, s2Leaf());
  else {
    const n = nested(m, 0, { steFields: fields });
    n.tables.map(VA, 0x9555_5000n, s1Leaf());
    n.s2.map(0x9555_5000n, PA, s2Leaf());
  }
  return m;
}
const badSte = (m: Machine): void => m.expectFault(C_BAD_STE, { input: VA });
const works = (m: Machine): void => void m.expectOk(0, VA, PA);

interface Row {
  rule: string;
  shape: Shape;
  legal?: SteFields;
  illegal: SteFields;
  id?: Id;
  /** Identification that makes the legal twin legal, when that is what differs. */
  legalId?: Id;
}

const rows: Row[] = [
  {
    rule: '§5.2 Config enables stage 1 and IDR0.S1P = 0',
    shape: 'stage1',
    illegal: {},
    id: { S1P: 0, Hyp: 0 },
    legalId: {},
  },
  {
    rule: '§5.2 Config enables stage 2 and IDR0.S2P = 0',
    shape: 'stage2',
    illegal: {},
    id: { S2P: 0, Hyp: 0, VMW: 0 },
    legalId: {},
  },
  {
    rule: '§5.2 Config enables both and IDR0.S1P = 0',
    shape: 'nested',
    illegal: {},
    id: { S1P: 0, Hyp: 0 },
    legalId: {},
  },
  { rule: '§5.2 STRW = 0b01 is reserved', shape: 'stage1', legal: { STRW: 0 }, illegal: { STRW: 1 } },
  { rule: '§5.2 STRW = 0b11 is reserved', shape: 'stage1', legal: { STRW: 0 }, illegal: { STRW: 3 } },
  {
    rule: '§5.5 S1STALLD with STALL_MODEL = 0b01',
    shape: 'stage1',
    illegal: { S1STALLD: 1 },
    id: { STALL_MODEL: 1, STALL_MAX: 0 },
  },
  {
    rule: '§5.2 S1CDMax > IDR1.SSIDSIZE',
    shape: 'stage1',
    legal: { S1CDMax: 4, S1DSS: 2 },
    illegal: { S1CDMax: 5, S1DSS: 2 },
    id: { SSIDSIZE: 4 },
  },
  {
    rule: '§5.2 S1Fmt = 0b01 without IDR0.CD2L',
    shape: 'stage1',
    legal: { S1CDMax: 2, S1DSS: 2, S1Fmt: 0 },
    illegal: { S1CDMax: 2, S1DSS: 2, S1Fmt: 1 },
    id: { CD2L: 0 },
  },
  {
    rule: '§5.2 S1Fmt = 0b10 without IDR0.CD2L',
    shape: 'stage1',
    legal: { S1CDMax: 2, S1DSS: 2, S1Fmt: 3 },
    illegal: { S1CDMax: 2, S1DSS: 2, S1Fmt: 2 },
    id: { CD2L: 0 },
  },
  {
    rule: '§3.4.3 S1ContextPtr beyond OAS with stage 1 only',
    shape: 'stage1',
    illegal: { S1ContextPtr: 1n << 48n },
  },
  {
    rule: '§5.5 S2S = 1 with STALL_MODEL = 0b01',
    shape: 'stage2',
    legal: { S2S: 0 },
    illegal: { S2S: 1 },
    id: { STALL_MODEL: 1, STALL_MAX: 0 },
  },
  {
    rule: '§5.5 S2S = 0 with STALL_MODEL = 0b10',
    shape: 'stage2',
    legal: { S2S: 1 },
    illegal: { S2S: 0 },
    id: { STALL_MODEL: 2 },
  },
  { rule: '§5.2 S2AA64 = 0 without IDR0.TTF[0]', shape: 'stage2', illegal: { S2AA64: 0 } },
  { rule: '§5.2 S2AA64 = 0 without IDR0.TTF[0], nested', shape: 'nested', illegal: { S2AA64: 0 } },
  { rule: '§5.2 S2HA with HTTU = 0b00', shape: 'stage2', illegal: { S2HA: 1 }, id: { HTTU: 0 } },
  { rule: '§5.2 S2HD with HTTU = 0b00', shape: 'stage2', illegal: { S2HD: 1 }, id: { HTTU: 0 } },
  {
    rule: '§5.2 S2HD with HTTU = 0b01',
    shape: 'stage2',
    legal: { S2HA: 1 },
    illegal: { S2HA: 1, S2HD: 1 },
    id: { HTTU: 1 },
  },
  { rule: '§5.2 S2HD alone with HTTU = 0b01', shape: 'stage2', illegal: { S2HD: 1 }, id: { HTTU: 1 } },
  {
    rule: '§5.2 S2HAFT = 1 with S2HA = 0 (HTTU = 0b11)',
    shape: 'stage2',
    legal: { S2HA: 1, S2HAFT: 1 },
    illegal: { S2HA: 0, S2HAFT: 1 },
    id: { HTTU: 3 },
  },
  { rule: '§5.2 S2TG = 0b11 is reserved', shape: 'stage2', illegal: { S2TG: 3 } },
  {
    rule: '§5.2 S2TG = 4K without IDR5.GRAN4K',
    shape: 'stage2',
    illegal: {},
    id: { GRAN4K: 0 },
    legalId: {},
  },
  {
    rule: '§5.2 S2TTB beyond effective S2PS (40 bits)',
    shape: 'stage2',
    legal: { S2PS: 2 },
    illegal: { S2PS: 2, S2TTB: 1n << 40n },
  },
  {
    rule: '§5.2 S2TTB beyond effective S2PS (32 bits)',
    shape: 'stage2',
    legal: { S2PS: 0 },
    illegal: { S2PS: 0, S2TTB: 1n << 32n },
  },
  {
    rule: '§5.2 S2TTB beyond OAS when S2PS is larger',
    shape: 'stage2',
    legal: { S2PS: 5 },
    illegal: { S2PS: 5, S2TTB: 1n << 44n },
    id: { OAS: 4 },
  },
  {
    rule: '§5.2 S2TTB >= 2^48 with a 4K granule and S2DS = 0',
    shape: 'stage2',
    illegal: { S2PS: 6, S2TTB: 1n << 48n },
    id: LPA_ID,
  },
  {
    rule: '§5.2 S2T0SZ below 64 - IAS',
    shape: 'stage2',
    legal: { S2T0SZ: 24 },
    illegal: { S2T0SZ: 15, S2SL0: 2 },
  },
  {
    rule: '§5.2 S2T0SZ below 64 - IAS (40-bit OAS)',
    shape: 'stage2',
    legal: { S2T0SZ: 24 },
    illegal: { S2T0SZ: 23 },
    id: { OAS: 2 },
  },
  {
    rule: '§5.2 S2T0SZ above 39 without STT',
    shape: 'stage2',
    illegal: { S2T0SZ: 40, S2SL0: 0 },
    id: { STT: 0 },
  },
  { rule: '§5.2 S2T0SZ above 48', shape: 'stage2', illegal: { S2T0SZ: 49, S2SL0: 3 } },
  {
    rule: '§5.2 S2T0SZ too small for the start level (4K level 1)',
    shape: 'stage2',
    illegal: { S2T0SZ: 20 },
  },
  {
    rule: '§5.2 S2T0SZ too large for the start level (4K level 1)',
    shape: 'stage2',
    illegal: { S2T0SZ: 34 },
  },
  {
    rule: '§5.2 S2SL0 = 3 (4K level 3) without STT',
    shape: 'stage2',
    illegal: { S2T0SZ: 39, S2SL0: 3 },
    id: { STT: 0 },
  },
  {
    rule: '§5.2 S2ENDI = 1 with TTENDIAN little only',
    shape: 'stage2',
    legal: { S2ENDI: 0 },
    illegal: { S2ENDI: 1 },
    id: { TTENDIAN: 2 },
  },
  {
    rule: '§5.2 S2VMID[15:8] without VMID16',
    shape: 'stage2',
    legal: { S2VMID: 0xff },
    illegal: { S2VMID: 0x100 },
    id: { VMID16: 0 },
  },
  {
    rule: '§5.2 S2VMID[15:8] without VMID16, nested',
    shape: 'nested',
    legal: { S2VMID: 0xff },
    illegal: { S2VMID: 0x8000 },
    id: { VMID16: 0 },
  },
  {
    rule: '§5.2 S2VMID[15:8] without VMID16, stage 1-only NS-EL1 stream',
    shape: 'stage1',
    legal: { S2VMID: 0xff },
    illegal: { S2VMID: 0x100 },
    id: { VMID16: 0 },
  },
  {
    rule: '§5.2 S2DS = 1 and code 5 of {S2SL0_2, S2SL0} is reserved',
    shape: 'stage2',
    illegal: { S2DS: 1, S2SL0_2: 1, S2SL0: 1 },
    id: LPA_ID,
  },
  { rule: '§5.2 64K: S2SL0 = 3 is reserved', shape: 'stage2', illegal: { S2TG: 1, S2SL0: 3 } },
  {
    rule: '§5.2 16K: S2SL0 = 3 (level 0) without S2DS',
    shape: 'stage2',
    illegal: { S2TG: 2, S2SL0: 3, S2T0SZ: 16 },
  },
];

describe('IHI 0070 §5.2, §5.5 ILLEGAL STEs are C_BAD_STE; their legal twins translate', () => {
  test.each(rows)('IHI 0070 $rule ($shape)', async ({ shape, legal, illegal, id, legalId }) => {
    works(await machine(shape, legal ?? {}, legalId ?? id ?? {}));
    badSte(await machine(shape, { ...legal, ...illegal }, id ?? {}));
  });

  test.each(rows.filter(({ shape }) => shape === 'stage2'))(
    'IHI 0070 $rule: of a nested stream, too',
    async ({ legal, illegal, id }) => {
      badSte(await machine('nested', { ...legal, ...illegal }, id ?? {}));
    },
  );

  test('§5.2 S2ENDI = 0 with TTENDIAN big only is ILLEGAL; 1 is legal', async () => {
    badSte(await machine('stage2', {}, { TTENDIAN: 3 }));
    const m = await Machine.create({ id: { TTENDIAN: 3 } });
    stage2(m, 0, { bigEndian: true }).map(VA, PA, s2Leaf());
    works(m);
  });
  test('§5.2 S2FWB, S2TG 16K and 64K follow IDR5: granules absent are ILLEGAL', async () => {
    for (const [granule, id] of [
      [14, { GRAN16K: 0 }],
      [16, { GRAN64K: 0 }],
    ] as const) {
      for (const present of [true, false]) {
        const m = await Machine.create({ id: present ? {} : id });
        stage2(m, 0, { granule, tsz: 25, start: 2 }).map(0x12_0000n, 0x5555_0000n, s2Leaf());
        if (present) m.expectOk(0, 0x12_0000n, 0x5555_0000n);
        else m.expectFault(C_BAD_STE, { input: 0x12_0000n });
      }
    }
  });
  test('§5.2 a 64K S2TTB may lie above 2^48 when S2PS is 52 bits; the same with 4K needs S2DS', async () => {
    const high = 0xf_0000_0000_0000n;
    const m = await Machine.create({ id: LPA_ID, ram: [{ base: high, size: 1 << 20 }] });
    const t = stage2(m, 0, { granule: 16, tsz: 25, start: 2, oa52: true, at: high });
    t.map(0x12_0000n, 0x5555_0000n, s2Leaf());
    m.expectOk(0, 0x12_0000n, 0x5555_0000n);
  });
});

describe('IHI 0070 §5.2 IGNORED fields never make an STE ILLEGAL', () => {
  const legal: [string, Shape, SteFields, Id?][] = [
    ['stage 1 fields when stage 1 bypasses: S1CDMax', 'stage2', { S1CDMax: 31, S1Fmt: 1 }, { CD2L: 0 }],
    [
      'stage 1 fields when stage 1 bypasses: S1STALLD',
      'stage2',
      { S1STALLD: 1 },
      { STALL_MODEL: 1, STALL_MAX: 0 },
    ],
    ['stage 1 fields when stage 1 bypasses: S1ContextPtr', 'stage2', { S1ContextPtr: 1n << 52n }],
    ['stage 2 fields when stage 2 bypasses: S2TG', 'stage1', { S2TG: 3 }],
    ['stage 2 fields when stage 2 bypasses: S2T0SZ', 'stage1', { S2T0SZ: 63 }],
    ['stage 2 fields when stage 2 bypasses: S2TTB', 'stage1', { S2TTB: 1n << 51n }],
    ['stage 2 fields when stage 2 bypasses: S2AA64', 'stage1', { S2AA64: 0 }],
    ['stage 2 fields when stage 2 bypasses: S2S', 'stage1', { S2S: 1 }, { STALL_MODEL: 1, STALL_MAX: 0 }],
    ['stage 2 fields when stage 2 bypasses: S2HA, S2HD', 'stage1', { S2HA: 1, S2HD: 1 }, { HTTU: 0 }],
    ['STRW with stage 2', 'nested', { STRW: 3 }],
    ['STRW without Hyp', 'stage1', { STRW: 1 }, { Hyp: 0, S2P: 0, VMW: 0 }],
    ['EATS without IDR0.ATS', 'stage2', { EATS: 2 }],
    ['S1Fmt with S1CDMax = 0', 'stage1', { S1Fmt: 2 }, { CD2L: 0 }],
    [
      'S1CDMax without substreams (SSIDSIZE = 0)',
      'stage1',
      { S1CDMax: 9, S1Fmt: 1 },
      { SSIDSIZE: 0, CD2L: 0 },
    ],
    ['S2VMID[15:8] without S2P', 'stage1', { S2VMID: 0xff00 }, { S2P: 0, Hyp: 0, VMW: 0, VMID16: 0 }],
    ['S2SL0_2 with S2DS = 0', 'stage2', { S2SL0_2: 1 }],
    ['S2DS without IDR5.DS', 'stage2', { S2DS: 1 }],
    ['SHCFG, NSCFG, PRIVCFG, INSTCFG = 0b01', 'stage1', { SHCFG: 1, NSCFG: 1, PRIVCFG: 1, INSTCFG: 1 }],
    ['S1Fmt = 0b11 behaves as linear', 'stage1', { S1CDMax: 3, S1DSS: 2, S1Fmt: 3 }],
    ['S2PS reserved or above OAS is capped', 'stage2', { S2PS: 7 }],
    ['S2HD = 1 with S2HA = 0 behaves as both 0', 'stage2', { S2HD: 1 }],
    ['S2HAFT with HTTU = 0b10', 'stage2', { S2HAFT: 1 }],
    ['S2AFFD', 'stage2', { S2AFFD: 1 }],
    ['S2R', 'stage2', { S2R: 0 }],
    ['S2PTW outside nested', 'stage2', { S2PTW: 1 }],
    ['S1STALLD with STALL_MODEL = 0b00', 'stage1', { S1STALLD: 1 }],
    ['CONT is a hint', 'stage1', { CONT: 3 }],
    ['MEV', 'stage1', { MEV: 1 }],
  ];
  test.each(legal.map(([rule, shape, fields, id]) => [rule, shape, fields, id ?? {}] as const))(
    '§5.2 %s (%s)',
    async (_rule, shape, fields, id) => {
      works(await machine(shape, fields, id));
    },
  );
  test('§5.2 Config = 0b100: S2VMID, stage 1 and stage 2 fields are ignored', async () => {
    const m = await Machine.create({ id: { VMID16: 0 } });
    m.ste(0, { Config: 4, S2VMID: 0xff00, S1CDMax: 31, S1STALLD: 1, STRW: 3, S2TG: 3, S2T0SZ: 63, EATS: 3 });
    m.expectOk(0, VA, VA);
  });
  test('§5.2 an EL2 StreamWorld ignores S2VMID', async () => {
    works(await machine('stage1', { STRW: 2, S2VMID: 0x100 }, { VMID16: 0 }));
  });
  test('§5.2 low bits of S2TTB below the size of the initial table count as 0', async () => {
    const m = await Machine.create();
    const t = stage2(m, 0);
    t.map(VA, PA, s2Leaf());
    // 40 bits at 4K level 1: two concatenated tables, 8 KB.
    m.words(m.steAddress(0) + 24n, [t.root | 0x1ff0n]);
    works(m);
  });
  test('§3.4.3 S1ContextPtr beyond IAS with stage 2: C_BAD_STE, or stage 2 F_TRANSLATION of the CD fetch', async () => {
    const m = await machine('nested', { S1ContextPtr: 1n << 48n }, {});
    expect(m.translate(0, VA).status).toBe('abort');
    const [word0, word1] = m.events()[0];
    if ((word0 & 0xffn) === 0x10n) expect((word1 >> 39n) & 7n).toBe(0b001n);
    else expect(word0 & 0xffn).toBe(0x04n);
  });
  test('§7.3.5 C_BAD_STE is recorded whatever S2R and RECINVSID say', async () => {
    const m = await machine('stage2', { S2R: 0, S2TG: 3 }, {});
    m.cr0(0);
    m.smmu.write32(R.CR2, 0);
    m.cr0(13);
    badSte(m);
  });
});
