/** Descriptors as two 32-bit halves, since bigints would cost more than the table itself (Arm DDI 0487 D8.3). */
import * as MemAttr from '../../../assembly/arch/mem-attr.js';
import * as Pte from '../../../assembly/arch/pte.js';
import * as S2pte from '../../../assembly/arch/s2pte.js';
import * as Shareability from '../../../assembly/arch/shareability.js';
import { bitsOf } from '../../base/fields.js';
import { PROT_CACHE, PROT_MMIO, PROT_NOEXEC, PROT_PRIV, PROT_READ, PROT_WRITE } from '../uapi/prot.js';
import { LAST_LEVEL, type Granule } from './geometry.js';
import { ATTRINDX_CACHE, ATTRINDX_DEVICE, ATTRINDX_NC } from './registers.js';

const WORD = 2 ** 32;

/** The two halves of a descriptor, each unsigned. */
export interface Halves {
  readonly lo: number;
  readonly hi: number;
}

/** Collects fields into halves. */
class Builder implements Halves {
  lo = 0;
  hi = 0;

  put(at: number, value: number): void {
    const { lsb } = bitsOf(at);
    if (lsb < 32) this.lo = (this.lo | (value << lsb)) >>> 0;
    else this.hi = (this.hi | (value << (lsb - 32))) >>> 0;
  }
}

/**
 * All of a leaf but its type and address.
 * @param dirty a writable leaf begins as writable-clean: hardware makes it writable-dirty with the first write
 */
export function leafAttributes(stage: 1 | 2, prot: number, fwb: boolean, dirty = false): Halves {
  const pte = new Builder();
  if (stage === 1) putStage1(pte, prot);
  else putStage2(pte, prot, fwb);
  // A coherent mapping shares the inner domain with the CPUs; all else must reach the outer one.
  pte.put(Pte.SH, (prot & PROT_CACHE) !== 0 ? Shareability.INNER_SHAREABLE : Shareability.OUTER_SHAREABLE);
  pte.put(Pte.AF, 1);
  if (!dirty || (prot & PROT_WRITE) === 0) return { lo: pte.lo, hi: pte.hi };
  return { lo: cleanLo(stage, pte.lo), hi: (pte.hi | DBM_HI) >>> 0 };
}

function putStage1(pte: Builder, prot: number): void {
  pte.put(Pte.nG, 1);
  // There is no write-only stage 1: write implies read.
  if ((prot & PROT_WRITE) === 0) pte.put(Pte.AP_2, 1);
  if ((prot & PROT_PRIV) === 0) pte.put(Pte.AP_1, 1);
  const type =
    (prot & PROT_MMIO) !== 0 ? ATTRINDX_DEVICE : (prot & PROT_CACHE) !== 0 ? ATTRINDX_CACHE : ATTRINDX_NC;
  pte.put(Pte.AttrIndx, type);
  if ((prot & PROT_NOEXEC) !== 0) {
    pte.put(Pte.UXN, 1);
    pte.put(Pte.PXN, 1);
  }
}

function putStage2(pte: Builder, prot: number, fwb: boolean): void {
  if ((prot & PROT_READ) !== 0) pte.put(S2pte.S2AP_0, 1);
  if ((prot & PROT_WRITE) !== 0) pte.put(S2pte.S2AP_1, 1);
  const cached = fwb ? MemAttr.FWB_WB : MemAttr.NORMAL_WB;
  const type =
    (prot & PROT_MMIO) !== 0 ? MemAttr.DEVICE_nGnRE : (prot & PROT_CACHE) !== 0 ? cached : MemAttr.NORMAL_NC;
  pte.put(S2pte.MemAttr, type);
  // Linux sets both bits of the field, as in stage 1; with IDR3.XNX that would let privileged code execute. This is what it means.
  if ((prot & PROT_NOEXEC) !== 0) pte.put(S2pte.XN, S2pte.XN_ALL);
}

/** Dirty Bit Modifier, in the high half; of both stages. */
const DBM_HI = 1 << (bitsOf(Pte.DBM).lsb - 32);
/** AP[2] forbids writes in stage 1, S2AP[1] allows them in stage 2; both are the same bit. */
const WRITE_LO = 1 << bitsOf(Pte.AP_2).lsb;

/** Whether hardware has seen a write through the leaf (Arm DDI 0487 D8.5.2). */
export function isDirty(stage: 1 | 2, { lo, hi }: Halves): boolean {
  return (hi & DBM_HI) !== 0 && ((lo & WRITE_LO) !== 0) === (stage === 2);
}

/** The low half of the leaf, writable-clean. */
export function cleanLo(stage: 1 | 2, lo: number): number {
  return (stage === 1 ? lo | WRITE_LO : lo & ~WRITE_LO) >>> 0;
}

/** Type bits of a leaf. */
export function leafType(level: number): number {
  return level === LAST_LEVEL ? Pte.TYPE_PAGE : Pte.TYPE_BLOCK;
}

/** The Contiguous bit, in the high half. */
export const CONTIGUOUS_HI = 1 << (bitsOf(Pte.Contiguous).lsb - 32);

/** What a descriptor is, by its low half and level. */
export type Kind = 'invalid' | 'leaf' | 'table';

export function kindOf(lo: number, level: number): Kind {
  const type = lo & 3;
  if (level === LAST_LEVEL) return type === Pte.TYPE_PAGE ? 'leaf' : 'invalid';
  return type === Pte.TYPE_TABLE ? 'table' : type === Pte.TYPE_BLOCK ? 'leaf' : 'invalid';
}

/** Low half of an address field: bits [31:g], and with 64 KB bits [51:48] at [15:12]. */
export function addressLo(address: number, granule: Granule): number {
  const lo = address >>> 0; // modulo 2^32
  if (granule !== 16) return lo;
  return (lo | (Math.floor(address / 2 ** 48) << 12)) >>> 0;
}

/** High half of an address field: bits [47:32]. */
export function addressHi(address: number): number {
  return (address / WORD) & 0xffff;
}

/** The address in a Table descriptor or a leaf. */
export function addressFrom(lo: number, hi: number, granule: Granule): number {
  const low = (hi & 0xffff) * WORD + ((lo & -(2 ** granule)) >>> 0);
  return granule === 16 ? low + ((lo >>> 12) & 0xf) * 2 ** 48 : low;
}

/** A Table descriptor. */
export function tableDescriptor(table: number, granule: Granule): Halves {
  return { lo: (addressLo(table, granule) | Pte.TYPE_TABLE) >>> 0, hi: addressHi(table) };
}
