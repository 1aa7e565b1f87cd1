// Ready-made streams: the least that makes a stage translate, for tests that vary one thing.
import { TG0, TG1, s2Leaf, type CdFields, type Granule, type SteFields } from './encode.js';
import type { Machine } from './machine.js';
import type { Tables, TableOptions } from './tables.js';

/** Attr0 Normal WB, Attr1 Device-nGnRE, Attr2 Normal NC, Attr3 Normal WT. */
export const MAIR = 0xbb_44_04_ffn;

export interface Stage1 {
  cd: bigint;
  cdFields: CdFields;
  tables: Tables;
}
export interface Stage1Options extends Partial<TableOptions> {
  cdFields?: CdFields;
  steFields?: SteFields;
  /** Addresses by the second half (TTB1). */
  upper?: boolean;
}

/** A stage 1-only stream with one CD: 4K, 48-bit unless told otherwise. */
export function stage1(m: Machine, sid: number, o: Stage1Options = {}): Stage1 {
  const { cdFields, steFields, upper, ...tableOptions } = o;
  const granule: Granule = o.granule ?? 12;
  const tables = m.tables({ granule, tsz: o.tsz ?? 16, ...tableOptions });
  const at = m.alloc(64);
  const half = upper
    ? { T1SZ: tables.o.tsz, TG1: TG1[granule], TTB1: tables.root, EPD0: 1 }
    : { T0SZ: tables.o.tsz, TG0: TG0[granule], TTB0: tables.root, EPD1: 1 };
  const fields: CdFields = {
    V: 1,
    AA64: 1,
    IPS: o.oa52 ? 6 : 5,
    R: 1,
    A: 1,
    ENDI: o.bigEndian ? 1 : 0,
    MAIR,
    ...(o.oa52 && granule !== 16 ? { DS: 1 } : {}),
    ...half,
    ...cdFields,
  };
  m.cd(at, fields);
  m.ste(sid, { Config: 5, S1ContextPtr: at, ...steFields });
  return { cd: at, cdFields: fields, tables };
}

/** Stage 2 start level to {S2SL0_2, S2SL0} (IHI 0070 §5.2). */
export function s2sl0(granule: Granule, start: number): { S2SL0: number; S2SL0_2: number } {
  const codes: Record<Granule, Record<string, number>> = {
    12: { '2': 0, '1': 1, '0': 2, '3': 3, '-1': 4 },
    14: { '3': 0, '2': 1, '1': 2, '0': 3 },
    16: { '3': 0, '2': 1, '1': 2 },
  };
  const code = codes[granule][String(start)];
  return { S2SL0: code & 3, S2SL0_2: code >> 2 };
}

export interface Stage2Options extends Partial<TableOptions> {
  steFields?: SteFields;
  vmid?: number;
}
/** The stage 2 fields of an STE for these tables. */
export function stage2Fields(tables: Tables, vmid = 0): SteFields {
  const o = tables.o;
  return {
    S2AA64: 1,
    S2R: 1,
    S2PS: o.oa52 ? 6 : 5,
    S2VMID: vmid,
    S2T0SZ: o.tsz,
    S2TG: TG0[o.granule],
    S2ENDI: o.bigEndian ? 1 : 0,
    S2DS: o.oa52 && o.granule !== 16 ? 1 : 0,
    S2TTB: tables.root,
    ...s2sl0(o.granule, tables.start),
  };
}
/** A stage 2-only stream: 4K, 40-bit IPA from level 1 with two concatenated tables unless told otherwise. */
export function stage2(m: Machine, sid: number, o: Stage2Options = {}): Tables {
  const { steFields, vmid, ...tableOptions } = o;
  const tables = m.tables({ granule: 12, tsz: 24, start: 1, ...tableOptions });
  m.ste(sid, { Config: 6, ...stage2Fields(tables, vmid), ...steFields });
  return tables;
}

/** What nested guests call the RAM at 0x4000_0000: another number, so that a missed stage 2 shows. */
export const GUEST = 0x8000_0000n;
export const RAM_TO_GUEST = 0x4000_0000n;

export interface Nested extends Stage1 {
  s2: Tables;
  /** The CD's IPA. */
  cdIpa: bigint;
}
export interface NestedOptions {
  cdFields?: CdFields;
  steFields?: SteFields;
  s1?: Partial<TableOptions>;
  s2?: Partial<TableOptions>;
  vmid?: number;
  /** Level of the stage 2 leaves that map the guest's tables: 2 (2 MB blocks) by default. */
  ramLevel?: number;
}
/** A nested stream whose guest sees RAM at GUEST; the guest's data pages are the test's to map. */
export function nested(m: Machine, sid: number, o: NestedOptions = {}): Nested {
  const s2 = m.tables({ granule: 12, tsz: 24, start: 1, ...o.s2 });
  const level = o.ramLevel ?? 2;
  const step = s2.leafBytes(level);
  for (let at = 0n; at < 16n << 20n; at += step) s2.map(GUEST + at, 0x4000_0000n + at, s2Leaf(), level);
  const tables = m.tables({ granule: 12, tsz: 25, name: (pa) => pa + RAM_TO_GUEST, ...o.s1 });
  const at = m.alloc(64);
  const fields: CdFields = {
    V: 1,
    AA64: 1,
    IPS: 2,
    R: 1,
    A: 1,
    MAIR,
    T0SZ: tables.o.tsz,
    TG0: TG0[tables.o.granule],
    TTB0: tables.root,
    EPD1: 1,
    ...o.cdFields,
  };
  m.cd(at, fields);
  m.ste(sid, { Config: 7, S1ContextPtr: at + RAM_TO_GUEST, ...stage2Fields(s2, o.vmid), ...o.steFields });
  return { cd: at, cdIpa: at + RAM_TO_GUEST, cdFields: fields, tables, s2 };
}

/** Type class of a MAIR-style byte, allocation hints left aside: 'nGnRnE' or 'outer/inner'. */
export function typeOf(memType: number): string {
  const outer = memType >> 4;
  const inner = memType & 15;
  if (outer === 0) return ['nGnRnE', 'nGnRE', 'nGRE', 'GRE'][inner >> 2];
  const one = (n: number): string => (n === 4 ? 'NC' : (n & 12) === 0 || (n & 12) === 8 ? 'WT' : 'WB');
  return `${one(outer)}/${one(inner)}`;
}
