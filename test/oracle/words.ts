/** A 64-bit word as two unsigned halves: exact, and several times faster than bigint. */
export interface Word {
  readonly hi: number;
  readonly lo: number;
}

/** 2^n for n = 0..64, exact as a double. */
export const POW2: readonly number[] = Array.from({ length: 65 }, (_, n) => 2 ** n);

export function toWord(value: bigint): Word {
  return { hi: Number((value >> 32n) & 0xffffffffn), lo: Number(value & 0xffffffffn) };
}

export function toBigint(word: Word): bigint {
  return (BigInt(word.hi) << 32n) | BigInt(word.lo);
}

export function bit(word: Word, n: number): number {
  return n < 32 ? (word.lo >>> n) & 1 : (word.hi >>> (n - 32)) & 1;
}

/** word[msb:lsb], at most 53 bits wide. */
export function bits(word: Word, msb: number, lsb: number): number {
  if (lsb >= 32) return (word.hi >>> (lsb - 32)) % POW2[msb - lsb + 1];
  if (msb < 32) return (word.lo >>> lsb) % POW2[msb - lsb + 1];
  return (word.lo >>> lsb) + (word.hi % POW2[msb - 31]) * POW2[32 - lsb];
}

export function setBit(word: Word, n: number): Word {
  return n < 32
    ? { hi: word.hi, lo: (word.lo | (1 << n)) >>> 0 }
    : { hi: (word.hi | (1 << (n - 32))) >>> 0, lo: word.lo };
}

export function clearBit(word: Word, n: number): Word {
  return n < 32
    ? { hi: word.hi, lo: (word.lo & ~(1 << n)) >>> 0 }
    : { hi: (word.hi & ~(1 << (n - 32))) >>> 0, lo: word.lo };
}

function swap32(v: number): number {
  return ((v << 24) | ((v << 8) & 0xff0000) | ((v >>> 8) & 0xff00) | (v >>> 24)) >>> 0;
}

export function byteSwap(word: Word): Word {
  return { hi: swap32(word.lo), lo: swap32(word.hi) };
}

/** Field of a 32-bit register. */
export function field32(value: number, msb: number, lsb: number): number {
  return (value >>> lsb) % POW2[msb - lsb + 1];
}

/** Clears address bits below 2^log2. */
export function alignDown(address: number, log2: number): number {
  return log2 > 52 ? 0 : address - (address % POW2[log2]);
}
