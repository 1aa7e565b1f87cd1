/** Numbers as people write them: hexadecimal with 0x, or decimal. */
const NUMBER = /^(?:0x[0-9a-f]+|[0-9]+)$/i;

/** @throws RangeError: one sentence that names what was read */
export function parseNumber(text: string, name: string, bits: number): bigint {
  const plain = text.trim().replace(/_/g, '');
  if (plain === '') throw new RangeError(`${name} is empty, expected a number such as 0x1000`);
  if (!NUMBER.test(plain))
    throw new RangeError(`${name} is '${plain}', expected a number such as 0x1000 or 4096`);
  const value = BigInt(plain);
  if (value >> BigInt(bits) !== 0n)
    throw new RangeError(`${name} is ${plain}, expected at most ${bits} bits`);
  return value;
}

export const hex = (value: bigint | number): string => `0x${value.toString(16)}`;

/** A 64-bit word with all its digits. */
export const hex64 = (word: bigint): string => `0x${word.toString(16).padStart(16, '0')}`;

/**
 * The 64-bit words in a pasted text, the lowest first: hexadecimal with or without 0x, between anything else. Words with 0x, if
 * there are any, are the only ones, so that a kernel's line may be pasted whole.
 * @throws RangeError when there is none, or one is too large
 */
export function parseWords(text: string): bigint[] {
  const marked = text.match(/0x[0-9a-f_]+/gi);
  const found = marked ?? text.split(/[\s,;]+/).filter((word) => word !== '');
  if (found.length === 0) throw new RangeError('There is no word yet, expected such as 0x8001000f');
  return found.map((word) => {
    const digits = word.replace(/^0x/i, '').replace(/_/g, '');
    if (!/^[0-9a-f]+$/i.test(digits))
      throw new RangeError(`'${word}' is no hexadecimal word, expected such as 0x8001000f`);
    const value = BigInt(`0x${digits}`);
    if (value >> 64n !== 0n) throw new RangeError(`'${word}' is longer than the 64 bits of a word`);
    return value;
  });
}

/** What went wrong, for people. */
export const sentence = (error: unknown): string => (error instanceof Error ? error.message : String(error));
