/**
 * The identification registers of a device: what was asked for, held against what the model implements (IHI 0070
 * §6.3.1-§6.3.8). The core takes every consequence of a missing feature from these registers.
 */
import * as IdRegister from '../../assembly/arch/id-register.js';
import * as Idr0 from '../../assembly/arch/idr0.js';
import * as Idr1 from '../../assembly/arch/idr1.js';
import * as Idr3 from '../../assembly/arch/idr3.js';
import * as Idr5 from '../../assembly/arch/idr5.js';
import * as Implemented from '../../assembly/arch/implemented.js';
import * as Register from '../../assembly/arch/register.js';
import { hex, integer, list, oneOf, record } from '../base/check.js';

/** Values over the default. Registers as unsigned 32-bit numbers. */
export interface IdentificationValues {
  readonly idr0?: number;
  readonly idr1?: number;
  readonly idr2?: number;
  readonly idr3?: number;
  readonly idr4?: number;
  readonly idr5?: number;
  readonly idr6?: number;
  /** Free. Drivers switch features off for products that they know by it, so the default is 0. */
  readonly iidr?: number;
  readonly aidr?: number;
  /** PIDR0 to PIDR7, a byte each; free. */
  readonly pidr?: readonly number[];
  /** CIDR0 to CIDR3, a byte each; the default is what CoreSight prescribes. */
  readonly cidr?: readonly number[];
}

/** Names of the identification profiles. */
export type IdentificationName = 'v3.2' | 'v3.4' | 'mmu600';

/** Register values by lower-case name: idr0 to idr6, iidr, aidr, pidr0 to pidr7, cidr0 to cidr3. */
export type Identification = Readonly<Record<string, number>>;

type IdrName = 'idr0' | 'idr1' | 'idr2' | 'idr3' | 'idr4' | 'idr5' | 'idr6';
type Named = IdrName | 'iidr' | 'aidr';

const U32 = 0xffff_ffff;
const PROFILES: Record<IdentificationName, Record<Named, number>> = {
  // Every mandatory feature of SMMUv3.2 and the usual optional ones
  'v3.2': {
    idr0: 0x081ff69b,
    idr1: 0x0e739d10,
    idr2: 0,
    idr3: 0x00001734,
    idr4: 0,
    idr5: 0x00400075,
    idr6: 0,
    iidr: 0,
    aidr: 2,
  },
  'v3.4': {
    idr0: 0x089ff6db,
    idr1: 0x0e739d10,
    idr2: 0,
    idr3: 0x00ff7734,
    idr4: 0,
    idr5: 0x004004f6,
    idr6: 0,
    iidr: 0,
    aidr: 4,
  },
  // Intel Agilex 5's MMU-600 (register pages of document 814346), without its IIDR: it would bring a driver's workarounds
  // for errata that the model does not have.
  mmu600: {
    idr0: 0x080f7e3f,
    idr1: 0x0e739d18,
    idr2: 0,
    idr3: 0x0000003c,
    idr4: 0,
    idr5: 0x00400075,
    idr6: 0,
    iidr: 0,
    aidr: 1,
  },
};

const DEFAULTS: Record<Named, number> = {
  idr0: Implemented.DEFAULT_IDR0,
  idr1: Implemented.DEFAULT_IDR1,
  idr2: Implemented.DEFAULT_IDR2,
  idr3: Implemented.DEFAULT_IDR3,
  idr4: Implemented.DEFAULT_IDR4,
  idr5: Implemented.DEFAULT_IDR5,
  idr6: Implemented.DEFAULT_IDR6,
  iidr: Implemented.DEFAULT_IIDR,
  aidr: Implemented.DEFAULT_AIDR,
};

/** Bits that may be 1. */
const MASKS: Record<IdrName, number> = {
  idr0: Implemented.IMPL_IDR0,
  idr1: Implemented.IMPL_IDR1,
  idr2: Implemented.IMPL_IDR2,
  idr3: Implemented.IMPL_IDR3,
  idr4: Implemented.IMPL_IDR4,
  idr5: Implemented.IMPL_IDR5,
  idr6: Implemented.IMPL_IDR6,
};

/** Fields of each register by their names in the specification; IDR4 has none. */
const FIELDS: Record<IdrName, readonly string[]> = {
  idr0: (
    'RME_IMPL ST_LEVEL TERM_MODEL STALL_MODEL ATSRECERR TTENDIAN VATOS CD2L VMID16 VMW PRI ATOS SEV MSI ASID16 NS1ATS ATS ' +
    'Hyp DORMHINT HTTU BTM COHACC TTF S1P S2P'
  ).split(' '),
  idr1: 'ECMDQ TABLES_PRESET QUEUES_PRESET REL ATTR_TYPES_OVR ATTR_PERMS_OVR CMDQS EVENTQS PRIQS SSIDSIZE SIDSIZE'.split(
    ' ',
  ),
  idr2: ['BA_VATOS'],
  idr3: 'AIE MTEPERM THE S2PO S2PI S1PI EPAN PASIDTT DPT PTWNNC E0PD BBML RIL STT FWB MPAM PPS XNX PBHA HAD'.split(
    ' ',
  ),
  idr4: [],
  idr5: 'STALL_MAX VAX D128 DS GRAN64K GRAN16K GRAN4K OAS'.split(' '),
  idr6: ['CMDQ_CONTROL_PAGE_LOG2NUMP', 'CMDQ_CONTROL_PAGE_LOG2NUMQ'],
};

/** Where they are. */
const PLACES: Record<IdrName, Readonly<Record<string, number>>> = {
  idr0: Idr0,
  idr1: Idr1,
  idr2: { BA_VATOS: IdRegister.IDR2_BA_VATOS },
  idr3: Idr3,
  idr4: {},
  idr5: Idr5,
  idr6: {
    CMDQ_CONTROL_PAGE_LOG2NUMP: IdRegister.IDR6_CMDQ_CONTROL_PAGE_LOG2NUMP,
    CMDQ_CONTROL_PAGE_LOG2NUMQ: IdRegister.IDR6_CMDQ_CONTROL_PAGE_LOG2NUMQ,
  },
};

/** Fields whose values are limited, beyond the bits of the masks. */
const LIMITS: Record<string, number> = {
  'idr0.HTTU': Implemented.IMPL_HTTU_MAX,
  'idr0.STALL_MODEL': Idr0.STALL_MODEL_FORCED, // 3 is reserved
  'idr0.ST_LEVEL': Idr0.ST_LEVEL_TWO_LEVEL,
  'idr1.SIDSIZE': Implemented.IMPL_SIDSIZE_MAX,
  'idr1.SSIDSIZE': Implemented.IMPL_SSIDSIZE_MAX,
  'idr1.EVENTQS': Implemented.IMPL_QUEUE_LOG2_MAX,
  'idr1.CMDQS': Implemented.IMPL_QUEUE_LOG2_MAX,
  'idr3.BBML': Implemented.IMPL_BBML_MAX,
  'idr5.OAS': Implemented.IMPL_OAS_MAX,
  'idr5.STALL_MAX': Implemented.IMPL_STALL_MAX,
};

const NAMED: readonly Named[] = ['idr0', 'idr1', 'idr2', 'idr3', 'idr4', 'idr5', 'idr6', 'iidr', 'aidr'];
const CIDR_DEFAULT = [
  IdRegister.CIDR0_VALUE,
  IdRegister.CIDR1_VALUE,
  IdRegister.CIDR2_VALUE,
  IdRegister.CIDR3_VALUE,
];
const PIDR_DEFAULT = [
  Implemented.DEFAULT_PIDR0,
  Implemented.DEFAULT_PIDR1,
  Implemented.DEFAULT_PIDR2,
  Implemented.DEFAULT_PIDR3,
  Implemented.DEFAULT_PIDR4,
  0,
  0,
  0,
];

/**
 * The effective values for the option `id`. A profile is cut down to what is implemented; a number that asks for more, or for a
 * combination that no SMMU can have, is an error. Fields that the specification makes RES0 beside others follow them (STALL_MAX
 * is 0 when STALL_MODEL says that nothing stalls).
 * @throws RangeError naming the register, field and bit that is not implemented or lacks what it needs
 */
export function resolveIdentification(option: string | IdentificationValues | undefined): Identification {
  const byName = typeof option === 'string';
  const profile = byName
    ? PROFILES[oneOf(option, 'id', Object.keys(PROFILES) as IdentificationName[])]
    : DEFAULTS;
  const values: IdentificationValues =
    byName || option === undefined ? {} : record(option, 'id', [...NAMED, 'pidr', 'cidr']);
  const asked = { ...profile };
  for (const name of NAMED) {
    const value = values[name];
    if (value === undefined) continue;
    asked[name] = integer(value, `id.${name}`, 0, U32);
    if (name !== 'iidr' && name !== 'aidr') refuseUnimplemented(name, asked[name]);
  }
  integer(asked.aidr, 'id.aidr', 0, Implemented.IMPL_AIDR_MAX);
  const idr0 = Implemented.effectiveIdr0(asked.idr0);
  const effective: Record<string, number> = {
    idr0,
    idr1: Implemented.effectiveIdr1(asked.idr1),
    idr2: asked.idr2 & MASKS.idr2,
    idr3: Implemented.effectiveIdr3(asked.idr3, idr0),
    idr4: asked.idr4 & MASKS.idr4,
    idr5: Implemented.effectiveIdr5(asked.idr5, idr0),
    idr6: asked.idr6 & MASKS.idr6,
    iidr: asked.iidr,
    aidr: asked.aidr,
  };
  for (const name of NAMED) effective[name] >>>= 0;
  refuseImpossible(effective);
  bytes(values.pidr, 'pidr', PIDR_DEFAULT).forEach((byte, n) => (effective[`pidr${n}`] = byte));
  bytes(values.cidr, 'cidr', CIDR_DEFAULT).forEach((byte, n) => (effective[`cidr${n}`] = byte));
  return Object.freeze(effective);
}

/** Writes the registers as 32-bit values, by offset from page 0. */
export function forEachIdRegister(id: Identification, write: (offset: number, value: number) => void): void {
  const offsets: Readonly<Record<string, number>> = Register;
  for (const [name, value] of Object.entries(id)) write(offsets[name.toUpperCase()], value);
}

/** IDR5.STALL_MAX: how many transactions may be stalled at once. */
export function stallMax(id: Identification): number {
  return id.idr5 >>> 16;
}

function refuseUnimplemented(name: IdrName, value: number): void {
  const register = name.toUpperCase();
  let known = 0;
  for (const field of FIELDS[name]) {
    const packed = PLACES[name][field];
    const lsb = (packed >> 8) & 0xff;
    const ones = (2 ** (packed & 0xff) - 1) >>> 0;
    known |= ones << lsb;
    const asked = (value >>> lsb) & ones;
    const limit = LIMITS[`${name}.${field}`];
    const bits = (MASKS[name] >>> lsb) & ones;
    if ((asked & ~bits) === 0 && (limit === undefined || asked <= limit)) continue;
    const where = `id.${name} ${hex(value)} asks for ${register}.${field}${ones === 1 ? '' : ` ${asked}`}`;
    const allowed =
      bits === 0 ? 'which is not implemented' : `of which at most ${limit ?? bits} is implemented`;
    throw new RangeError(`${where} (bit ${lsb}), ${allowed}`);
  }
  const stray = (value & ~known) >>> 0;
  if (stray !== 0) throw new RangeError(`id.${name} ${hex(value)} sets bits ${hex(stray)}, which are RES0`);
  if (name !== 'idr0') return;
  const endian = (value >>> 21) & 3;
  if (endian === 1)
    throw new RangeError(`id.idr0 ${hex(value)} asks for IDR0.TTENDIAN 1 (bit 21), which is reserved`);
  if (((value >>> 2) & 3) !== Idr0.TTF_AARCH64) {
    throw new RangeError(
      `id.idr0 ${hex(value)} must have IDR0.TTF 2 (bit 2): VMSAv8-64 tables are what is implemented`,
    );
  }
}

/** What no SMMU can be. */
function refuseImpossible(id: Record<string, number>): void {
  if ((id.idr0 & 3) === 0) {
    throw new RangeError(
      'id.idr0 must announce S1P (bit 1) or S2P (bit 0): an SMMU translates in at least one stage',
    );
  }
  if ((id.idr5 & 0x70) === 0) {
    throw new RangeError('id.idr5 must announce GRAN4K (bit 4), GRAN16K (bit 5) or GRAN64K (bit 6)');
  }
  refuseImpossibleSizes(id.idr5);
  const sidsize = id.idr1 & 0x3f;
  if (((id.idr0 >>> 27) & 3) === 0 && sidsize >= 7) {
    throw new RangeError(
      `id.idr0 must announce ST_LEVEL (bit 27) or id.idr1 SIDSIZE below 7, not ${sidsize}: so large a table must have two levels`,
    );
  }
}

/** The rules between address sizes and granules (IHI 0070 §6.3.6). */
function refuseImpossibleSizes(value: number): void {
  const oas = value & 7;
  const [gran4k, gran16k, gran64k, ds] = [4, 5, 6, 7].map((bit) => ((value >>> bit) & 1) === 1);
  const vax = (value >>> 10) & 3;
  const refuse = (field: string, needs: string): never => {
    throw new RangeError(`id.idr5 ${hex(value)} asks for IDR5.${field}, which needs ${needs}`);
  };
  if (ds && !gran4k && !gran16k) refuse('DS (bit 7)', 'GRAN4K (bit 4) or GRAN16K (bit 5)');
  if (ds && vax === 0) refuse('DS (bit 7)', 'VAX of at least 1 (bit 10)');
  if (vax > 0 && !gran64k && !ds) refuse(`VAX ${vax} (bit 10)`, 'GRAN64K (bit 6) or DS (bit 7)');
  if (oas === 6 && !gran64k && !ds) refuse('OAS 6 (bit 0)', 'GRAN64K (bit 6) or DS (bit 7)');
}

function bytes(value: unknown, name: string, standard: readonly number[]): readonly number[] {
  if (value === undefined) return standard;
  if (!Array.isArray(value) || value.length !== standard.length) {
    const names = standard.map((_, n) => `${name.toUpperCase()}${n}`);
    throw new TypeError(`id.${name} must be an array of ${standard.length} bytes, ${list(names, 'and')}`);
  }
  return value.map((byte: unknown, n) => integer(byte, `id.${name}[${n}]`, 0, 0xff));
}
