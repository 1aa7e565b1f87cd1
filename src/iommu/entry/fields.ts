/** Building the eight 64-bit words of an STE or a CD from the packed fields of assembly/arch. */
import { bitsOf, maskOf, placed } from '../../base/fields.js';

/** The words of one entry, lowest first. */
export type EntryWords = bigint[];

/** Words of an STE or a CD; the SMMU looks at all of them as one. */
export const ENTRY_WORDS = 8;

/** All zero: V is 0. */
export function emptyEntry(): EntryWords {
  return new Array<bigint>(ENTRY_WORDS).fill(0n);
}

/** Puts `value` at a packed field. */
export function setField(words: EntryWords, at: number, value: number | bigint | boolean): void {
  const { dword } = bitsOf(at);
  const mask = maskOf(at);
  words[dword] = (words[dword] & ~mask) | (placed(at, BigInt(value)) & mask);
}

/** Puts an address at a packed field that keeps address bit n at bit n of the word. */
export function setAddress(words: EntryWords, at: number, address: bigint): void {
  const mask = maskOf(at);
  const { dword } = bitsOf(at);
  words[dword] = (words[dword] & ~mask) | (address & mask);
}

/** Adds the bits of the fields to a mask per word. */
export function addMasks(masks: EntryWords, fields: readonly number[]): void {
  for (const at of fields) masks[at >>> 16] |= maskOf(at);
}
