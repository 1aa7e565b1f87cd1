import { describe, test } from '@jest/globals';
import { s1Leaf, type CdFields, type Granule, type SteFields } from '../support/encode.js';
import { C_BAD_CD } from '../support/events.js';
import { LPA_ID, Machine, type Id } from '../support/machine.js';
import { stage1 } from '../support/streams.js';

const VA = 0x12_3000n;
const PA = 0x5555_5000n;

async function machine(fields: CdFields, id: Id, steFields: SteFields = {}): Promise<Machine> {
  const m = await Machine.create({ id });
  stage1(m, 0, { cdFields: fields, steFields }).tables.map(VA, PA, s1Leaf());
  return m;
}
/** TTB1 in use and valid beside TTB0. */
const UPPER: CdFields = { EPD1: 0, T1SZ: 25, TG1: 2, TTB1: 0x4000_0000n };

interface Row {
  rule: string;
  legal?: CdFields;
  illegal: CdFields;
  id?: Id;
  legalId?: Id;
  ste?: SteFields;
}
const rows: Row[] = [
  { rule: '§5.4 V = 0', illegal: { V: 0 } },
  { rule: '§5.5 S = 1 with STE.S1STALLD', legal: { S: 0 }, illegal: { S: 1 }, ste: { S1STALLD: 1 } },
  { rule: '§5.5 A = 0 with TERM_MODEL = 1', legal: { A: 1 }, illegal: { A: 0 }, id: { TERM_MODEL: 1 } },
  {
    rule: '§5.5 S = 1 with STALL_MODEL = 0b01',
    legal: { S: 0 },
    illegal: { S: 1 },
    id: { STALL_MODEL: 1, STALL_MAX: 0 },
  },
  { rule: '§5.5 S = 0 with STALL_MODEL = 0b10', legal: { S: 1 }, illegal: { S: 0 }, id: { STALL_MODEL: 2 } },
  {
    rule: '§5.4 ENDI = 1 with TTENDIAN little only',
    legal: { ENDI: 0 },
    illegal: { ENDI: 1 },
    id: { TTENDIAN: 2 },
  },
  { rule: '§5.4 AA64 = 0 without IDR0.TTF[0]', illegal: { AA64: 0 } },
  { rule: '§5.4 HA = 1 with HTTU = 0b00', illegal: { HA: 1 }, id: { HTTU: 0 } },
  { rule: '§5.4 HD = 1 with HTTU = 0b00', illegal: { HD: 1 }, id: { HTTU: 0 } },
  { rule: '§5.4 HD = 1 with HTTU = 0b01', legal: { HA: 1 }, illegal: { HA: 1, HD: 1 }, id: { HTTU: 1 } },
  { rule: '§5.4 HD alone with HTTU = 0b01', illegal: { HD: 1 }, id: { HTTU: 1 } },
  { rule: '§5.4 HAFT alone with HTTU = 0b11', legal: { HD: 1 }, illegal: { HAFT: 1 }, id: { HTTU: 3 } },
  {
    rule: '§5.4 ASID[15:8] without ASID16',
    legal: { ASID: 0xff },
    illegal: { ASID: 0x100 },
    id: { ASID16: 0 },
  },
  { rule: '§5.4 T0SZ below 16', illegal: { T0SZ: 15 } },
  { rule: '§5.4 T0SZ = 0', illegal: { T0SZ: 0 } },
  { rule: '§5.4 T0SZ above 39 without STT', illegal: { T0SZ: 40 }, id: { STT: 0 } },
  { rule: '§5.4 T0SZ above 48 with STT', illegal: { T0SZ: 49 } },
  { rule: '§5.4 T0SZ = 48 with a 64K granule', illegal: { T0SZ: 48, TG0: 1 } },
  { rule: '§5.4 T0SZ below 12 with a 64K granule and VAX', illegal: { T0SZ: 11, TG0: 1 }, id: LPA_ID },
  { rule: '§5.4 T0SZ = 15 with 4K and CD.DS = 0', illegal: { T0SZ: 15 }, id: LPA_ID },
  { rule: '§5.4 T0SZ = 15 with 64K and VAX = 48 bits', illegal: { T0SZ: 15, TG0: 1 } },
  { rule: '§5.4 TG0 = 0b11 is reserved', illegal: { TG0: 3 } },
  { rule: '§5.4 TG0 = 4K without GRAN4K', illegal: {}, id: { GRAN4K: 0 }, legalId: {} },
  { rule: '§5.4 TG0 = 64K without GRAN64K', illegal: { TG0: 1 }, id: { GRAN64K: 0 } },
  { rule: '§5.4 TG0 = 16K without GRAN16K', illegal: { TG0: 2 }, id: { GRAN16K: 0 } },
  {
    rule: '§5.4 TTB0 beyond effective IPS (32 bits)',
    legal: { IPS: 0 },
    illegal: { IPS: 0, TTB0: 1n << 32n },
  },
  {
    rule: '§5.4 TTB0 beyond effective IPS (40 bits)',
    legal: { IPS: 2 },
    illegal: { IPS: 2, TTB0: 1n << 40n },
  },
  {
    rule: '§5.4 TTB0 beyond OAS when IPS is larger',
    legal: { IPS: 5 },
    illegal: { IPS: 5, TTB0: 1n << 44n },
    id: { OAS: 4 },
  },
  {
    rule: '§5.4 TTB0 >= 2^48 with a 4K granule and DS = 0',
    illegal: { IPS: 6, TTB0: 1n << 48n },
    id: LPA_ID,
  },
  { rule: '§5.4 T1SZ below 16 kills a TTB0 access too', legal: UPPER, illegal: { ...UPPER, T1SZ: 15 } },
  { rule: '§5.4 T1SZ = 0', legal: UPPER, illegal: { ...UPPER, T1SZ: 0 } },
  { rule: '§5.4 T1SZ above 39 without STT', legal: UPPER, illegal: { ...UPPER, T1SZ: 40 }, id: { STT: 0 } },
  { rule: '§5.4 T1SZ above 48 with STT', legal: UPPER, illegal: { ...UPPER, T1SZ: 49 } },
  { rule: '§5.4 T1SZ = 48 with a 64K granule', legal: UPPER, illegal: { ...UPPER, T1SZ: 48, TG1: 3 } },
  { rule: '§5.4 TG1 = 0b00 is reserved', legal: UPPER, illegal: { ...UPPER, TG1: 0 } },
  { rule: '§5.4 TG1 = 16K without GRAN16K', legal: UPPER, illegal: { ...UPPER, TG1: 1 }, id: { GRAN16K: 0 } },
  { rule: '§5.4 TG1 = 64K without GRAN64K', legal: UPPER, illegal: { ...UPPER, TG1: 3 }, id: { GRAN64K: 0 } },
  {
    rule: '§5.4 TTB1 beyond effective IPS',
    legal: { ...UPPER, IPS: 1 },
    illegal: { ...UPPER, IPS: 1, TTB1: 1n << 36n },
  },
  {
    rule: '§5.4 TTB1 >= 2^48 with a 16K granule and DS = 0',
    legal: UPPER,
    illegal: { ...UPPER, IPS: 6, TG1: 1, TTB1: 1n << 48n },
    id: LPA_ID,
  },
];

describe('IHI 0070 §5.4, §5.5 ILLEGAL CDs are C_BAD_CD; their legal twins translate', () => {
  test.each(rows)('IHI 0070 $rule', async ({ legal, illegal, id, legalId, ste }) => {
    (await machine(legal ?? {}, legalId ?? id ?? {}, ste)).expectOk(0, VA, PA);
    (await machine({ ...legal, ...illegal }, id ?? {}, ste)).expectFault(C_BAD_CD, { input: VA });
  });
  test('§5.5 S = 1 without STE.S1STALLD is legal', async () => {
    (await machine({ S: 1 }, {})).expectOk(0, VA, PA);
  });
  test('§5.4 ENDI = 0 with TTENDIAN big only is ILLEGAL; 1 is legal', async () => {
    (await machine({}, { TTENDIAN: 3 })).expectFault(C_BAD_CD, { input: VA });
    const m = await Machine.create({ id: { TTENDIAN: 3 } });
    stage1(m, 0, { bigEndian: true }).tables.map(VA, PA, s1Leaf());
    m.expectOk(0, VA, PA);
  });
});

describe('IHI 0070 §5.4 what never makes a CD ILLEGAL', () => {
  const legal: [string, CdFields, Id?, SteFields?][] = [
    ['EPD1 = 1: T1SZ is not checked', { EPD1: 1, T1SZ: 0 }],
    ['EPD1 = 1: T1SZ too large is not checked', { EPD1: 1, T1SZ: 63 }],
    ['EPD1 = 1: TG1 reserved is not checked', { EPD1: 1, TG1: 0 }],
    ['EPD1 = 1: TTB1 out of range is not checked', { EPD1: 1, TTB1: 1n << 51n }],
    ['HD = 1 with HA = 0 counts as off', { HD: 1 }],
    ['HAFT is RES0 with HTTU = 0b10', { HAFT: 1 }],
    ['IPS = 0b111 is capped', { IPS: 7 }],
    ['IPS larger than OAS is capped', { IPS: 5 }, { OAS: 2 }],
    ['UWXN is IGNORED in VMSAv8-64', { UWXN: 1 }],
    ['DS without IDR5.DS', { DS: 1 }],
    ['HAD0 and HAD1', { HAD0: 1, HAD1: 1 }],
    ['AFFD', { AFFD: 1 }],
    ['MAIR with any value', { MAIR: 0x0f1e_2d3c_4b5a_69ffn }],
    ['NS-EL2: T1SZ, TG1 and EPD1 are RES0', { EPD1: 0, T1SZ: 0, TG1: 0 }, {}, { STRW: 2 }],
    ['NS-EL2: EPD0 counts as 0', { EPD0: 1, EPD1: 0 }, {}, { STRW: 2 }],
    ['NS-EL2: an ASID has no meaning', { ASID: 0x100 }, { ASID16: 0 }, { STRW: 2 }],
  ];
  test.each(legal.map(([name, fields, id, ste]) => [name, fields, id ?? {}, ste ?? {}] as const))(
    '§5.4 %s',
    async (_name, fields, id, ste) => {
      (await machine(fields, id, ste)).expectOk(0, VA, PA);
    },
  );
  const ends: [Granule, number, Id][] = [
    [12, 39, { STT: 0 }],
    [14, 39, { STT: 0 }],
    [16, 39, { STT: 0 }],
    [12, 48, { STT: 1 }],
    [14, 48, { STT: 1 }],
    [16, 47, { STT: 1 }],
    [12, 16, {}],
    [16, 12, LPA_ID],
  ];
  test.each(ends)('§5.4 T0SZ: granule 2^%i, the last legal value %i with %j', async (granule, tsz, id) => {
    const m = await Machine.create({ id });
    const s = stage1(m, 0, { granule, tsz, oa52: tsz === 12 });
    s.tables.map(0n, 0x5555_0000n, s1Leaf());
    m.expectOk(0, 0n, 0x5555_0000n);
  });
  test('§5.4 EPD0 = 1: T0SZ, TG0 and TTB0 are not checked, TTB1 works', async () => {
    const m = await Machine.create();
    const upper = 0xffff_ff80_0000_0000n;
    const s = stage1(m, 0, { upper: true, tsz: 25, cdFields: { EPD1: 0, T0SZ: 0, TG0: 3, TTB0: 1n << 51n } });
    s.tables.map(upper, PA, s1Leaf());
    m.expectOk(0, upper, PA);
  });
  test('§5.4 both EPD = 1: ENDI is not checked', async () => {
    const m = await machine({ EPD0: 1, EPD1: 1, ENDI: 1 }, { TTENDIAN: 2 });
    m.expectFault(0x10, { input: VA });
  });
});
