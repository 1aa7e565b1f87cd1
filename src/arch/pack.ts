/** Values into the fields of registers and structures, and out of them. */
import { hex, show } from '../base/check.js';
import { addressOf, bitsOf, maskOf, placed, valueOf } from '../base/fields.js';

export { bitsOf };

/** A field and what it shall hold: a number, or a bigint where it has more than 32 bits. */
export type Part = readonly [field: number, value: number | bigint];

/** The words of a register or a structure: one number or bigint stands for word 0. */
type Words = number | bigint | readonly bigint[];

const MOST_WORDS = 8;

/**
 * A structure of `bytes` bytes as its 64-bit words, little-endian in memory as they are; fields that are not named are 0.
 * @param bytes its size, such as `Ste.BYTES`
 * @throws RangeError when a value does not fit its field, or the field lies beyond the structure
 */
export function pack(bytes: number, ...parts: readonly Part[]): bigint[] {
  if (bytes !== 4 && !(bytes % 8 === 0 && bytes > 0 && bytes <= 8 * MOST_WORDS))
    throw new RangeError(`bytes must be 4, or a multiple of 8 up to ${8 * MOST_WORDS}, not ${show(bytes)}`);
  const bits = 8 * Math.min(bytes, 8);
  const words = new Array<bigint>(Math.ceil(bytes / 8)).fill(0n);
  for (const [field, value] of parts) {
    const { dword, lsb, width } = checked(field);
    if (dword >= words.length || lsb + width > bits)
      throw new RangeError(`${named(field)} lies beyond the ${bytes} bytes that are packed`);
    words[dword] |= placed(field, fitting(field, value));
  }
  return words;
}

/** A 32-bit register. @throws RangeError as {@link pack} */
export function pack32(...parts: readonly Part[]): number {
  return Number(pack(4, ...parts)[0]);
}

/** A 64-bit register, or a structure of one word. @throws RangeError as {@link pack} */
export function pack64(...parts: readonly Part[]): bigint {
  return pack(8, ...parts)[0];
}

/**
 * An address for a field that holds one at its place: bit n of the word is bit n of the address.
 * @throws RangeError when the address has bits that the field has not: it is not aligned, or too large
 */
export function addressIn(field: number, address: bigint): Part {
  const { lsb, width } = checked(field);
  if (typeof address !== 'bigint') throw new TypeError(`address must be a bigint, not ${show(address)}`);
  const value = address >> BigInt(lsb);
  if (address < 0n || value << BigInt(lsb) !== address || value >> BigInt(width) !== 0n)
    throw new RangeError(`${named(field)} holds addresses by these bits alone, not ${hex(address)}`);
  return [field, value];
}

/** What a field holds. */
export function getField(words: Words, field: number): bigint {
  return valueOf(wordsOf(words), (checked(field), field));
}

/** What an address field holds, as an address. */
export function getAddress(words: Words, field: number): bigint {
  return addressOf(wordsOf(words), (checked(field), field));
}

/**
 * The words with one field changed; what was given stays as it was.
 * @throws RangeError when the value does not fit, or the field lies beyond the words
 */
export function setField(words: readonly bigint[], field: number, value: number | bigint): bigint[] {
  const { dword } = checked(field);
  if (dword >= words.length)
    throw new RangeError(`${named(field)} lies beyond the ${words.length} words that are given`);
  const changed = [...words];
  changed[dword] = (words[dword] & ~maskOf(field)) | placed(field, fitting(field, value));
  return changed;
}

function wordsOf(words: Words): readonly bigint[] {
  if (typeof words === 'bigint') return [words];
  return typeof words === 'number' ? [BigInt(words >>> 0)] : words;
}

function checked(field: number): { dword: number; lsb: number; width: number } {
  const bits = bitsOf(field);
  const sound = Number.isInteger(field) && field > 0 && bits.dword < MOST_WORDS;
  if (!sound || bits.width < 1 || bits.lsb + bits.width > 64)
    throw new TypeError(`field must be one of this module's, such as Cr0.SMMUEN, not ${show(field)}`);
  return bits;
}

function fitting(field: number, value: number | bigint): bigint {
  const sound = typeof value === 'bigint' || Number.isSafeInteger(value);
  if (!sound) throw new TypeError(`${named(field)} takes an integer, not ${show(value)}`);
  const { width } = bitsOf(field);
  if (value < 0 || BigInt(value) >> BigInt(width) !== 0n)
    throw new RangeError(
      `${named(field)} takes ${width === 1 ? '1 bit' : `${width} bits`}, not ${hex(value)}`,
    );
  return BigInt(value);
}

function named(field: number): string {
  const { dword, lsb, width } = bitsOf(field);
  const range = width === 1 ? `[${lsb}]` : `[${lsb + width - 1}:${lsb}]`;
  return `the field ${range} of word ${dword}`;
}
