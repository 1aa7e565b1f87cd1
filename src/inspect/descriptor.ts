import { blockAllowed, levelShift } from '../../assembly/arch/geometry.js';
import * as Pte from '../../assembly/arch/pte.js';
import * as S2pte from '../../assembly/arch/s2pte.js';
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
  const type = Number(valueOf([word], Pte.Type));
  if ((type & 1) === 0) return 'invalid';
  if (place.level === 3) return type === Pte.TYPE_PAGE ? 'page' : 'invalid';
  if (type === Pte.TYPE_TABLE) return 'table';
  const { granule, level, ds, oas52 } = place;
  return blockAllowed(granule, level, ds === true ? 1 : 0, oas52 === true ? 1 : 0) === 1
    ? 'block'
    : 'invalid';
}

/** Address of the next table, or output address of a leaf. */
export function descriptorAddress(word: bigint, place: DescriptorPlace): bigint {
  const words = [word];
  const { granule, level, ds, oas52 } = place;
  let address: bigint;
  if (granule === 16) {
    address = addressOf(words, Pte.Address_64K);
    if (oas52 === true) address |= valueOf(words, Pte.Address_64K_51_48) << 48n;
  } else if (ds === true) {
    address = addressOf(words, granule === 12 ? Pte.Address_4K_DS : Pte.Address_16K_DS);
    address |= valueOf(words, Pte.Address_DS_51_50) << 50n;
  } else {
    address = addressOf(words, granule === 12 ? Pte.Address_4K : Pte.Address_16K);
  }
  if (descriptorType(word, place) !== 'block') return address;
  const shift = BigInt(levelShift(granule, level));
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
  ['NSTable', Pte.NSTable],
  ['APTable', Pte.APTable, APTABLE],
  ['UXNTable', Pte.UXNTable, NEVER],
  ['PXNTable', Pte.PXNTable, NEVER],
  ['AF', Pte.AF_Table],
];
const LEAF_S1: readonly Field[] = [
  ['PBHA', Pte.PBHA],
  ['SW', Pte.SW],
  ['UXN', Pte.UXN, { 0: 'unprivileged execution allowed', 1: 'unprivileged execute-never' }],
  ['PXN', Pte.PXN, { 0: 'privileged execution allowed', 1: 'privileged execute-never' }],
  ['Contiguous', Pte.Contiguous],
  ['DBM', Pte.DBM, DIRTY],
  ['GP', Pte.GP],
  ['nG', Pte.nG, { 0: 'global', 1: 'tagged by ASID' }],
  ['AF', Pte.AF, ACCESSED],
  ['SH', Pte.SH, SHAREABILITY],
  ['AP[2:1]', Pte.AP, AP],
  ['NS', Pte.NS],
  ['AttrIndx', Pte.AttrIndx, (value) => `MAIR Attr${value}`],
];
const LEAF_S2: readonly Field[] = [
  ['PBHA', S2pte.PBHA],
  ['SW', S2pte.SW],
  [
    'XN',
    S2pte.XN,
    {
      0: 'execution allowed',
      1: 'privileged execute-never',
      2: 'execute-never',
      3: 'unprivileged execute-never',
    },
  ],
  ['Contiguous', S2pte.Contiguous],
  ['DBM', S2pte.DBM, DIRTY],
  ['FnXS', S2pte.FnXS],
  ['AF', S2pte.AF, ACCESSED],
  ['SH', S2pte.SH, SHAREABILITY],
  ['S2AP', S2pte.S2AP, { 0: 'no access', 1: 'read-only', 2: 'write-only', 3: 'read/write' }],
  ['MemAttr', S2pte.MemAttr, MEM_ATTR],
];

function typeText(word: bigint, place: DescriptorPlace): string {
  const type = descriptorType(word, place);
  if (type !== 'invalid') return type;
  if ((word & 1n) === 0n) return 'invalid: bit 0 is clear';
  return place.level === 3 ? 'invalid: reserved at level 3' : `invalid: no blocks at level ${place.level}`;
}

function addressField(place: DescriptorPlace): number {
  if (place.granule === 16) return Pte.Address_64K;
  if (place.ds === true) return place.granule === 12 ? Pte.Address_4K_DS : Pte.Address_16K_DS;
  return place.granule === 12 ? Pte.Address_4K : Pte.Address_16K;
}

/** The field table of a descriptor; an invalid one has nothing but its type. */
export function descriptorFields(word: bigint, place: DescriptorPlace): readonly Field[] {
  const type = descriptorType(word, place);
  const head: Field = ['Type', Pte.Type, () => typeText(word, place)];
  if (type === 'invalid') return [head];
  const what = type === 'table' ? 'next table ' : 'output ';
  const address: Field = ['Address', addressField(place), () => what + hex(descriptorAddress(word, place))];
  const high: Field[] = [];
  if (place.granule === 16 && place.oas52 === true) high.push(['Address[51:48]', Pte.Address_64K_51_48]);
  const swapped = place.granule !== 16 && place.ds === true;
  if (swapped) high.push(['Address[51:50]', Pte.Address_DS_51_50]);
  if (type === 'table') return [head, address, ...high, ...(place.stage === 1 ? TABLE_S1 : [])];
  const leaf = (place.stage === 1 ? LEAF_S1 : LEAF_S2).filter(([name]) => !(swapped && name === 'SH'));
  const block: Field[] = type === 'block' ? [['nT', Pte.nT]] : [];
  return [head, address, ...high, ...block, ...leaf];
}
