/** 64-bit numbers as two words, low word first, and as text that is exact. */

const WORD = 2 ** 32;
/** High words below this belong to numbers that a double holds exactly. */
const SAFE_HIGH = 2 ** 21;

/** In decimal. */
export function decimalText(lo: number, hi: number): string {
  return hi < SAFE_HIGH ? String(hi * WORD + lo) : bigOf(lo, hi).toString();
}

/** In hexadecimal, with 0x. */
export function hexText(lo: number, hi: number): string {
  const low = lo.toString(16);
  return hi === 0 ? `0x${low}` : `0x${hi.toString(16)}${low.padStart(8, '0')}`;
}

export function bigOf(lo: number, hi: number): bigint {
  return (BigInt(hi) << 32n) | BigInt(lo);
}

/** Whether a double holds every number up to this one. */
export function isSafe(hi: number): boolean {
  return hi < SAFE_HIGH;
}
