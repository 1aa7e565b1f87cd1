/** Numbers out of bytes, as two words, without making strings. */

const U32 = 2 ** 32;
/** Decimal digits that a double adds up exactly. */
const SAFE_DIGITS = 15;

/** The number that {@link parseNumber} found. */
export const parsed = { lo: 0, hi: 0 };

/** Hexadecimal with 0x, or decimal, below 2^64, into {@link parsed}; false: it is none. */
export function parseNumber(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start > 2 && bytes[start] === 0x30 && (bytes[start + 1] | 0x20) === 0x78) {
    return hexadecimal(bytes, start + 2, end);
  }
  if (start === end) return false;
  let value = 0;
  for (let i = start; i < end; i++) {
    const digit = bytes[i] - 0x30;
    if (digit < 0 || digit > 9) return false;
    value = value * 10 + digit;
  }
  if (end - start > SAFE_DIGITS) return longDecimal(bytes, start, end);
  setNumber(value);
  return true;
}

/** A number below 2^53 into {@link parsed}. */
export function setNumber(value: number): void {
  parsed.hi = Math.floor(value / U32);
  parsed.lo = value >>> 0; // modulo 2^32
}

/** A bigint below 2^64 into {@link parsed}. */
export function setBig(value: bigint): void {
  parsed.lo = Number(value & 0xffff_ffffn);
  parsed.hi = Number(value >> 32n);
}

function hexadecimal(bytes: Uint8Array, start: number, end: number): boolean {
  let lo = 0;
  let hi = 0;
  let first = start;
  while (first < end - 1 && bytes[first] === 0x30) first++;
  if (end - first > 16) return false;
  for (let i = first; i < end; i++) {
    const byte = bytes[i];
    let digit = byte - 0x30;
    if (digit < 0 || digit > 9) {
      digit = (byte | 0x20) - 0x57;
      if (digit < 10 || digit > 15) return false;
    }
    hi = (hi << 4) | (lo >>> 28);
    lo = (lo << 4) | digit;
  }
  parsed.lo = lo >>> 0;
  parsed.hi = hi >>> 0;
  return true;
}

function longDecimal(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start > 40) return false;
  const value = BigInt(String.fromCharCode(...bytes.subarray(start, end)));
  if (value >> 64n !== 0n) return false;
  setBig(value);
  return true;
}
