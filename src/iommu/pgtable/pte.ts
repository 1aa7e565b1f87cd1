/** Descriptors as two 32-bit halves, since bigints would cost more than the table itself (Arm DDI 0487 D8.3). */
import {
  MEMATTR_DEVICE_nGnRE,
  MEMATTR_FWB_WB,
  MEMATTR_NORMAL_NC,
  MEMATTR_NORMAL_WB,
  PTE_AF,
  PTE_AP_1,
  PTE_AP_2,
  PTE_AttrIndx,
  PTE_Contiguous,
  PTE_nG,
  PTE_PXN,
  PTE_SH,
  PTE_TYPE_BLOCK,
  PTE_TYPE_PAGE,
  PTE_TYPE_TABLE,
  PTE_UXN,
  S2PTE_MemAttr,
  S2PTE_S2AP_0,
  S2PTE_S2AP_1,
  S2PTE_XN,
  S2PTE_XN_ALL,
  SH_INNER_SHAREABLE,
  SH_OUTER_SHAREABLE,
} from '../../../assembly/arch/descriptors.js';
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

/** All of a leaf but its type and address. */
export function leafAttributes(stage: 1 | 2, prot: number, fwb: boolean): Halves {
  const pte = new Builder();
  if (stage === 1) putStage1(pte, prot);
  else putStage2(pte, prot, fwb);
  // A coherent mapping shares the inner domain with the CPUs; all else must reach the outer one.
  pte.put(PTE_SH, (prot & PROT_CACHE) !== 0 ? SH_INNER_SHAREABLE : SH_OUTER_SHAREABLE);
  pte.put(PTE_AF, 1);
  return { lo: pte.lo, hi: pte.hi };
}

function putStage1(pte: Builder, prot: number): void {
  pte.put(PTE_nG, 1);
  // There is no write-only stage 1: write implies read.
  if ((prot & PROT_WRITE) === 0) pte.put(PTE_AP_2, 1);
  if ((prot & PROT_PRIV) === 0) pte.put(PTE_AP_1, 1);
  const type =
    (prot & PROT_MMIO) !== 0 ? ATTRINDX_DEVICE : (prot & PROT_CACHE) !== 0 ? ATTRINDX_CACHE : ATTRINDX_NC;
  pte.put(PTE_AttrIndx, type);
  if ((prot & PROT_NOEXEC) !== 0) {
    pte.put(PTE_UXN, 1);
    pte.put(PTE_PXN, 1);
  }
}

function putStage2(pte: Builder, prot: number, fwb: boolean): void {
  if ((prot & PROT_READ) !== 0) pte.put(S2PTE_S2AP_0, 1);
  if ((prot & PROT_WRITE) !== 0) pte.put(S2PTE_S2AP_1, 1);
  const cached = fwb ? MEMATTR_FWB_WB : MEMATTR_NORMAL_WB;
  const type =
    (prot & PROT_MMIO) !== 0 ? MEMATTR_DEVICE_nGnRE : (prot & PROT_CACHE) !== 0 ? cached : MEMATTR_NORMAL_NC;
  pte.put(S2PTE_MemAttr, type);
  // Linux sets both bits of the field, as in stage 1; with IDR3.XNX that would let privileged code execute. This is what it means.
  if ((prot & PROT_NOEXEC) !== 0) pte.put(S2PTE_XN, S2PTE_XN_ALL);
}

/** Type bits of a leaf. */
export function leafType(level: number): number {
  return level === LAST_LEVEL ? PTE_TYPE_PAGE : PTE_TYPE_BLOCK;
}

/** The Contiguous bit, in the high half. */
export const CONTIGUOUS_HI = 1 << (bitsOf(PTE_Contiguous).lsb - 32);

/** What a descriptor is, by its low half and level. */
export type Kind = 'invalid' | 'leaf' | 'table';

export function kindOf(lo: number, level: number): Kind {
  const type = lo & 3;
  if (level === LAST_LEVEL) return type === PTE_TYPE_PAGE ? 'leaf' : 'invalid';
  return type === PTE_TYPE_TABLE ? 'table' : type === PTE_TYPE_BLOCK ? 'leaf' : 'invalid';
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
  return { lo: (addressLo(table, granule) | PTE_TYPE_TABLE) >>> 0, hi: addressHi(table) };
}
