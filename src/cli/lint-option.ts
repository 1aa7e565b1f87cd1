import { InvalidArgumentError } from 'commander';
import { resolveIdentification } from '../config/identification.js';
import type { IdRegisters } from '../inspect/lint-ste.js';
import { parseNumber, parseWord } from './input.js';

/** What the legality of STEs and CDs depends on: ID registers, and CR2 for E2H. */
const REGISTERS = ['idr0', 'idr1', 'idr3', 'idr5', 'cr2'] as const;

/** ID registers of a profile, or of a list such as idr0=0x…,idr5=0x… over the default ones. Any SMMU's will do, not this model's alone. */
export function parseId(text: string): IdRegisters {
  if (!text.includes('=')) {
    try {
      return resolveIdentification(text);
    } catch (error) {
      throw new InvalidArgumentError(
        `${(error as Error).message}; or a list such as idr0=0xd44101b,idr5=0x74.`,
      );
    }
  }
  const given = text.split(',').map((part): [string, number] => {
    const [name, value = ''] = part.split('=');
    if (!(REGISTERS as readonly string[]).includes(name))
      throw new InvalidArgumentError(`Expected ${REGISTERS.join(', ')} in the list, not '${name}'.`);
    return [name, Number(parseNumber(value, 32))];
  });
  return { ...resolveIdentification(undefined), ...Object.fromEntries(given) };
}

/** The words of an STE, separated by commas. */
export function parseSte(text: string): bigint[] {
  const words = text.split(',').map(parseWord);
  if (words.length > 8) throw new InvalidArgumentError('Expected at most 8 words of 64 bits.');
  return words;
}
