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

/** A whole number from `least` to `most`. */
export function parseCount(text: string, least: number, most: number): number {
  const value = NUMBER.test(text.replaceAll('_', '')) ? Number(text.replaceAll('_', '')) : NaN;
  if (!Number.isSafeInteger(value) || value < least || value > most)
    throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`);
  return value;
}

/** Bytes, with K, M or G after the number or not. */
export function parseSize(text: string): number {
  const found = /^([0-9]+)([kmg]?)(?:i?b)?$/i.exec(text);
  const unit = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 }[found?.[2].toLowerCase() ?? ''] ?? 1;
  const bytes = found === null ? NaN : Number(found[1]) * unit;
  if (!Number.isSafeInteger(bytes) || bytes < 2 ** 25 || bytes > 3 * 2 ** 30)
    throw new InvalidArgumentError('Expected bytes from 32M to 3G, such as 512M.');
  return bytes;
}
