import { InvalidArgumentError } from 'commander';

const NUMBER = /^(?:0x[0-9a-f]+|0b[01]+|[0-9]+)$/i;

/** A number of at most `bits` bits, hexadecimal with 0x or decimal; underscores may separate digits. */
export function parseNumber(text: string, bits: number): bigint {
  const digits = text.replaceAll('_', '');
  if (!NUMBER.test(digits)) {
    throw new InvalidArgumentError('Expected a number, hexadecimal such as 0xffffd000 or decimal.');
  }
  const value = BigInt(digits);
  if (value >> BigInt(bits) !== 0n)
    throw new InvalidArgumentError(`Expected a number of at most ${bits} bits.`);
  return value;
}

export const parseWord = (text: string): bigint => parseNumber(text, 64);
export const parseStreamId = (text: string): number => Number(parseNumber(text, 32));
export const parseSubstreamId = (text: string): number => Number(parseNumber(text, 20));

/** A translation level, -1 to 3. */
export function parseLevel(text: string): number {
  if (!/^(?:-1|[0-3])$/.test(text)) throw new InvalidArgumentError('Expected a level from -1 to 3.');
  return Number(text);
}

/** log2 of a granule given as 4k, 16k or 64k. */
export function parseGranule(text: string): number {
  const log2 = { '4k': 12, '16k': 14, '64k': 16 }[text.toLowerCase()];
  if (log2 === undefined) throw new InvalidArgumentError('Expected 4k, 16k or 64k.');
  return log2;
}
