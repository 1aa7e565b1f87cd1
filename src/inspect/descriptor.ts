import * as Descriptors from '../../assembly/arch/descriptors.js';
import { MEM_ATTR, SHAREABILITY } from './encodings.js';
import { addressOf, hex, valueOf, type Field } from '../base/fields.js';

/** What a descriptor's bits mean depends on where the walk met it. */
export interface DescriptorPlace {
  readonly stage: 1 | 2;
  readonly level: number;
  /** log2 of the granule: 12, 14 or 16. */
  readonly granule: number;
  /** CD.DS or STE.S2DS: 52-bit addresses with the 4 KB and 16 KB granules. */
  readonly ds?: boolean;
  /** The output size is 52 bits: with the 64 KB granule, address bits [51:48] are at [15:12]. */
  readonly oas52?: boolean;
}

export type DescriptorType = 'invalid' | 'table' | 'block' | 'page';

/** Kind of a descriptor at its place; a block where none is allowed is invalid (DDI 0487 D8.3). */
export function descriptorType(word: bigint, place: DescriptorPlace): DescriptorType {
  const type = Number(valueOf([word], Descriptors.PTE_Type));
  if ((type & 1) === 0) return 'invalid';
  if (place.level === 3) return type === Descriptors.PTE_TYPE_PAGE ? 'page' : 'invalid';
  if (type === Descriptors.PTE_TYPE_TABLE) return 'table';
  const { granule, level, ds, oas52 } = place;
  return Descriptors.blockAllowed(granule, level, ds === true ? 1 : 0, oas52 === true ? 1 : 0) === 1
    ? 'block'
    : 'invalid';
}

/** Address of the next table, or output address of a leaf. */
export function descriptorAddress(word: bigint, place: DescriptorPlace): bigint {
  const words = [word];
  const { granule, level, ds, oas52 } = place;
  let address: bigint;
  if (granule === 16) {
    address = addressOf(words, Descriptors.PTE_Address_64K);
    if (oas52 === true) address |= valueOf(words, Descriptors.PTE_Address_64K_51_48) << 48n;
  } else if (ds === true) {
    address = addressOf(
      words,
      granule === 12 ? Descriptors.PTE_Address_4K_DS : Descriptors.PTE_Address_16K_DS,
    );
    address |= valueOf(words, Descriptors.PTE_Address_DS_51_50) << 50n;
  } else {
    address = addressOf(words, granule === 12 ? Descriptors.PTE_Address_4K : Descriptors.PTE_Address_16K);
  }
  if (descriptorType(word, place) !== 'block') return address;
  const shift = BigInt(Descriptors.levelShift(granule, level));
  return (address >> shift) << shift;
}

const AP = {
  0: 'privileged read/write',
  1: 'read/write',
  2: 'privileged read-only',
  3: 'read-only',
};
const APTABLE = {
  0: 'no limit',
  1: 'no unprivileged access below',
  2: 'no write below',
  3: 'no write and no unprivileged access below',
};
const NEVER = { 0: '', 1: 'never' };
const ACCESSED = { 0: 'not accessed: F_ACCESS unless hardware updates it or xFFD is set', 1: 'accessed' };
const DIRTY = { 0: '', 1: 'hardware may make it writable' };

const TABLE_S1: readonly Field[] = [
  ['NSTable', Descriptors.PTE_NSTable],
  ['APTable', Descriptors.PTE_APTable, APTABLE],
  ['UXNTable', Descriptors.PTE_UXNTable, NEVER],
  ['PXNTable', Descriptors.PTE_PXNTable, NEVER],
  ['AF', Descriptors.PTE_AF_Table],
];
const LEAF_S1: readonly Field[] = [
  ['PBHA', Descriptors.PTE_PBHA],
  ['SW', Descriptors.PTE_SW],
  ['UXN', Descriptors.PTE_UXN, { 0: 'unprivileged execution allowed', 1: 'unprivileged execute-never' }],
  ['PXN', Descriptors.PTE_PXN, { 0: 'privileged execution allowed', 1: 'privileged execute-never' }],
  ['Contiguous', Descriptors.PTE_Contiguous],
  ['DBM', Descriptors.PTE_DBM, DIRTY],
  ['GP', Descriptors.PTE_GP],
  ['nG', Descriptors.PTE_nG, { 0: 'global', 1: 'tagged by ASID' }],
  ['AF', Descriptors.PTE_AF, ACCESSED],
  ['SH', Descriptors.PTE_SH, SHAREABILITY],
  ['AP[2:1]', Descriptors.PTE_AP, AP],
  ['NS', Descriptors.PTE_NS],
  ['AttrIndx', Descriptors.PTE_AttrIndx, (value) => `MAIR Attr${value}`],
];
const LEAF_S2: readonly Field[] = [
  ['PBHA', Descriptors.S2PTE_PBHA],
  ['SW', Descriptors.S2PTE_SW],
  [
    'XN',
    Descriptors.S2PTE_XN,
    {
      0: 'execution allowed',
      1: 'privileged execute-never',
      2: 'execute-never',
      3: 'unprivileged execute-never',
    },
  ],
  ['Contiguous', Descriptors.S2PTE_Contiguous],
  ['DBM', Descriptors.S2PTE_DBM, DIRTY],
  ['FnXS', Descriptors.S2PTE_FnXS],
  ['AF', Descriptors.S2PTE_AF, ACCESSED],
  ['SH', Descriptors.S2PTE_SH, SHAREABILITY],
  ['S2AP', Descriptors.S2PTE_S2AP, { 0: 'no access', 1: 'read-only', 2: 'write-only', 3: 'read/write' }],
  ['MemAttr', Descriptors.S2PTE_MemAttr, MEM_ATTR],
];

function typeText(word: bigint, place: DescriptorPlace): string {
  const type = descriptorType(word, place);
  if (type !== 'invalid') return type;
  if ((word & 1n) === 0n) return 'invalid: bit 0 is clear';
  return place.level === 3 ? 'invalid: reserved at level 3' : `invalid: no blocks at level ${place.level}`;
}

function addressField(place: DescriptorPlace): number {
  if (place.granule === 16) return Descriptors.PTE_Address_64K;
  if (place.ds === true)
    return place.granule === 12 ? Descriptors.PTE_Address_4K_DS : Descriptors.PTE_Address_16K_DS;
  return place.granule === 12 ? Descriptors.PTE_Address_4K : Descriptors.PTE_Address_16K;
}

/** The field table of a descriptor; an invalid one has nothing but its type. */
export function descriptorFields(word: bigint, place: DescriptorPlace): readonly Field[] {
  const type = descriptorType(word, place);
  const head: Field = ['Type', Descriptors.PTE_Type, () => typeText(word, place)];
  if (type === 'invalid') return [head];
  const what = type === 'table' ? 'next table ' : 'output ';
  const address: Field = ['Address', addressField(place), () => what + hex(descriptorAddress(word, place))];
  const high: Field[] = [];
  if (place.granule === 16 && place.oas52 === true)
    high.push(['Address[51:48]', Descriptors.PTE_Address_64K_51_48]);
  const swapped = place.granule !== 16 && place.ds === true;
  if (swapped) high.push(['Address[51:50]', Descriptors.PTE_Address_DS_51_50]);
  if (type === 'table') return [head, address, ...high, ...(place.stage === 1 ? TABLE_S1 : [])];
  const leaf = (place.stage === 1 ? LEAF_S1 : LEAF_S2).filter(([name]) => !(swapped && name === 'SH'));
  const block: Field[] = type === 'block' ? [['nT', Descriptors.PTE_nT]] : [];
  return [head, address, ...high, ...block, ...leaf];
}
