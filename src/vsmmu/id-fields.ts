/** Fields of the identification registers that a virtual SMMU decides on, and which it may not announce at all (IHI 0070 §6.3). */
import * as Idr0 from '../../assembly/arch/idr0.js';
import * as Idr1 from '../../assembly/arch/idr1.js';
import * as Idr3 from '../../assembly/arch/idr3.js';
import * as Idr5 from '../../assembly/arch/idr5.js';
import * as Implemented from '../../assembly/arch/implemented.js';
import { bitsOf, numberOf } from '../base/fields.js';

/** Register n of IDR0 to IDR5, and the field's place in it. */
type Place = readonly [register: number, at: number];

/** What a guest may be told: it can be chosen. */
export const OPEN_FIELDS = {
  ST_LEVEL: [0, Idr0.ST_LEVEL],
  TERM_MODEL: [0, Idr0.TERM_MODEL],
  STALL_MODEL: [0, Idr0.STALL_MODEL],
  CD2L: [0, Idr0.CD2L],
  ASID16: [0, Idr0.ASID16],
  ATS: [0, Idr0.ATS],
  HTTU: [0, Idr0.HTTU],
  COHACC: [0, Idr0.COHACC],
  CMDQS: [1, Idr1.CMDQS],
  EVENTQS: [1, Idr1.EVENTQS],
  SSIDSIZE: [1, Idr1.SSIDSIZE],
  SIDSIZE: [1, Idr1.SIDSIZE],
  RIL: [3, Idr3.RIL],
  BBML: [3, Idr3.BBML],
  HAD: [3, Idr3.HAD],
  VAX: [5, Idr5.VAX],
  GRAN4K: [5, Idr5.GRAN4K],
  GRAN16K: [5, Idr5.GRAN16K],
  GRAN64K: [5, Idr5.GRAN64K],
  OAS: [5, Idr5.OAS],
} as const satisfies Record<string, Place>;

export type OpenField = keyof typeof OPEN_FIELDS;

const STAGE2 = 'stage 2 is the host’s, and a guest that is a hypervisor itself finds none';
const UNREACHED = 'the field that it makes is outside what a host takes of the guest’s STE';
const WIRED = 'interrupts are wired';

/** What is always the same, and why. */
export const FIXED_FIELDS = {
  S1P: [0, Idr0.S1P, 1, 'a guest’s own tables are stage 1'],
  S2P: [0, Idr0.S2P, 0, STAGE2],
  TTF: [0, Idr0.TTF, Idr0.TTF_AARCH64, 'tables are VMSAv8-64'],
  TTENDIAN: [0, Idr0.TTENDIAN, Idr0.TTENDIAN_LITTLE, 'tables are little-endian'],
  BTM: [0, Idr0.BTM, 0, 'broadcast invalidation would need one VMID for CPU and SMMU'],
  Hyp: [0, Idr0.Hyp, 0, STAGE2],
  VMID16: [0, Idr0.VMID16, 0, STAGE2],
  VMW: [0, Idr0.VMW, 0, STAGE2],
  PRI: [0, Idr0.PRI, 0, 'no host hands page requests of PCIe on'],
  ATOS: [0, Idr0.ATOS, 0, 'no host does address translation operations for a guest'],
  VATOS: [0, Idr0.VATOS, 0, STAGE2],
  MSI: [0, Idr0.MSI, 0, WIRED],
  SEV: [0, Idr0.SEV, 0, WIRED],
  NS1ATS: [0, Idr0.NS1ATS, 0, STAGE2],
  ECMDQ: [1, Idr1.ECMDQ, 0, 'commands come through one queue'],
  ATTR_TYPES_OVR: [1, Idr1.ATTR_TYPES_OVR, 0, UNREACHED],
  ATTR_PERMS_OVR: [1, Idr1.ATTR_PERMS_OVR, 0, UNREACHED],
  MPAM: [3, Idr3.MPAM, 0, UNREACHED],
  FWB: [3, Idr3.FWB, 0, STAGE2],
  XNX: [3, Idr3.XNX, 0, STAGE2],
  DPT: [3, Idr3.DPT, 0, STAGE2],
  STT: [3, Idr3.STT, 0, 'the host does not say whether it has it'],
  E0PD: [3, Idr3.E0PD, 0, 'the host does not say whether it has it'],
  PBHA: [3, Idr3.PBHA, 0, 'the host does not say whether it has it'],
  DS: [5, Idr5.DS, 0, 'the host does not say whether it has it'],
} as const satisfies Record<string, readonly [number, number, number, string]>;

/** Value of a field in IDR0 to IDR5. */
export function idField(
  idr: readonly number[],
  [register, at]: readonly [number, number, ...unknown[]],
): number {
  return numberOf([BigInt(idr[register] >>> 0)], at);
}

/** IDR0 to IDR5 of the fields. */
export function packId(values: Readonly<Record<OpenField, number>>): number[] {
  const idr = [0, 0, 0, 0, 0, 0];
  const put = (register: number, at: number, value: number): void => {
    idr[register] = (idr[register] | (value << bitsOf(at).lsb)) >>> 0;
  };
  for (const [name, [register, at]] of Object.entries(OPEN_FIELDS))
    put(register, at, values[name as OpenField]);
  for (const [register, at, value] of Object.values(FIXED_FIELDS)) put(register, at, value);
  if (values.STALL_MODEL !== Idr0.STALL_MODEL_TERMINATE_ONLY) put(5, Idr5.STALL_MAX, STALL_MAX);
  return idr;
}

/** Stalled transactions that are announced; the host has a bound of its own. */
const STALL_MAX = Math.min(64, Implemented.IMPL_STALL_MAX);
