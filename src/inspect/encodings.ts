import { addressSizeBits, granuleLog2, granuleLog2Tg1 } from '../../assembly/arch/geometry.js';
import type { Meaning } from '../base/fields.js';

export const SHAREABILITY: Meaning = {
  0: 'Non-shareable',
  1: 'reserved, as Non-shareable',
  2: 'Outer Shareable',
  3: 'Inner Shareable',
};

/** Cacheability of translation table walks: CD.IRx, CD.ORx, STE.S2IR0, STE.S2OR0 (IHI 0070 §5.2, §5.4). */
export const WALK_CACHEABILITY: Meaning = {
  0: 'Non-cacheable',
  1: 'Write-Back, read-allocate, write-allocate',
  2: 'Write-Through, read-allocate',
  3: 'Write-Back, read-allocate, no write-allocate',
};

/** Cacheability of CD fetches: STE.S1CIR, STE.S1COR (IHI 0070 §5.2). */
export const CD_CACHEABILITY: Meaning = {
  0: 'Non-cacheable',
  1: 'Write-Back, read-allocate',
  2: 'Write-Through, read-allocate',
  3: 'Write-Back, no read-allocate',
};

const GRANULES: Readonly<Record<number, string>> = { 12: '4 KB', 14: '16 KB', 16: '64 KB' };

export function granuleName(log2: number): string {
  return GRANULES[log2] ?? 'reserved';
}

export const GRANULE: Meaning = (value) => granuleName(granuleLog2(Number(value)));
export const GRANULE_TG1: Meaning = (value) => granuleName(granuleLog2Tg1(Number(value)));

export const ADDRESS_SIZE: Meaning = (value) => `${addressSizeBits(Number(value))} bits, at most OAS`;

/** TxSZ: the input address has 64 minus that many bits. */
export const INPUT_SIZE: Meaning = (value) => `${64 - Number(value)} address bits`;

const DEVICE = ['Device-nGnRnE', 'Device-nGnRE', 'Device-nGRE', 'Device-GRE'];
const CACHED = ['', 'Non-cacheable', 'Write-Through', 'Write-Back'];

/** Stage 2 MemAttr without FWB, STE.MemAttr and MSI attributes (DDI 0487 D8.6, IHI 0070 §5.2). */
export const MEM_ATTR: Meaning = (value) => {
  const outer = Number(value) >> 2;
  const inner = Number(value) & 3;
  if (outer === 0) return DEVICE[inner];
  if (inner === 0) return 'reserved';
  return outer === inner
    ? `Normal ${CACHED[outer]}`
    : `Normal outer ${CACHED[outer]}, inner ${CACHED[inner]}`;
};

function mairHalf(bits: number): string {
  if (bits === 4) return 'Non-cacheable';
  const hints = `${(bits & 2) !== 0 ? ' RA' : ''}${(bits & 1) !== 0 ? ' WA' : ''}`;
  const transient = bits < 8 ? ' transient' : '';
  return `${(bits & 4) !== 0 ? 'Write-Back' : 'Write-Through'}${transient}${hints}`;
}

/** An attribute byte of MAIR (DDI 0487 D8.6; reserved codes as IHI 0070 §5.4 defines them). */
export function memoryType(byte: number): string {
  if (byte >> 4 === 0) return DEVICE[(byte >> 2) & 3];
  const outer = mairHalf(byte >> 4);
  const inner = mairHalf((byte & 15) === 0 ? 3 : byte & 15);
  return outer === inner ? `Normal ${outer}` : `Normal outer ${outer}, inner ${inner}`;
}

/** All eight bytes of MAIR, Attr0 first. */
export const MAIR: Meaning = (value) =>
  Array.from({ length: 8 }, (_, i) => `${i}: ${memoryType(Number((value >> BigInt(8 * i)) & 0xffn))}`).join(
    '; ',
  );

/** ALLOCCFG of STE and GBPA. */
export const ALLOCATION: Meaning = (value) => {
  if (value < 8n) return 'as incoming';
  const hints = [
    [4n, 'read-allocate'],
    [2n, 'write-allocate'],
    [1n, 'transient'],
  ] as const;
  const set = hints.filter(([bit]) => (value & bit) !== 0n).map(([, name]) => name);
  return set.length === 0 ? 'no allocation' : set.join(', ');
};

export const YES_NO: Meaning = { 0: 'no', 1: 'yes' };
