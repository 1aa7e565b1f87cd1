/** The values of one axis of a sweep as a command line writes them: a list, a range, or both mixed. */
import { InputError } from '../base/capture-error.js';
import { show } from '../base/check.js';

/** What a point sets: a number, true or false, or a word. */
export type Value = number | boolean | string;

/** A range has at most so many values: more are a slip of the pen. */
const MOST = 100_000;

/** Low, high, and either a step or a factor: `20..200:20`, `64..4096*2`. */
const RANGE = /^(-?.+?)\.\.(-?[^:*]+)(?:([:*])(.+))?$/;

/**
 * `64,256,1024`, `20..200:20` (a step, 1 when none is given), `64..4096*2` (a factor).
 * @param path whose values they are, for messages
 * @throws InputError
 */
export function parseValues(text: string, path: string): Value[] {
  const values = text.split(',').flatMap((part) => {
    const range = RANGE.exec(part.trim());
    return range === null ? [parseValue(part.trim(), path)] : rangeOf(range, `${path}=${text}`);
  });
  const twice = values.find((value, i) => values.indexOf(value) !== i);
  if (twice !== undefined)
    throw new InputError(`'${path}=${text}' has ${show(twice)} twice, expected each value once`);
  return values;
}

/** A number (decimal or 0x…), true, false, or a word. */
function parseValue(text: string, path: string): Value {
  if (text === '') throw new InputError(`'${path}' has an empty value, expected a number or a word`);
  if (text === 'true' || text === 'false') return text === 'true';
  return numberOf(text) ?? text;
}

function numberOf(text: string): number | undefined {
  return /^-?(?:0x[\da-f]+|\d+(?:\.\d+)?)$/i.test(text) ? Number(text) : undefined;
}

function rangeOf([range, first, last, how, by]: readonly string[], whole: string): number[] {
  const bound = (text: string): number => {
    const value = numberOf(text.trim());
    if (value === undefined)
      throw new InputError(
        `'${whole}': the range ${range} needs numbers, such as 20..200:20 or 64..4096*2, not '${text}'`,
      );
    return value;
  };
  const [low, high, step] = [bound(first), bound(last), by === undefined ? 1 : bound(by)];
  if (high < low) throw new InputError(`'${whole}': the range ${range} ends below its beginning`);
  if (how === '*' ? !(step > 1) || low <= 0 : !(step > 0))
    throw new InputError(
      `'${whole}': the range ${range} does not come to its end, expected a step above 0, or a factor above 1 from a number above 0`,
    );
  const values: number[] = [];
  for (let i = 0; ; i++) {
    // From the first value each time, so that no rounding adds up.
    const value = how === '*' ? low * step ** i : low + i * step;
    if (value > high + Number.EPSILON * Math.abs(high)) return values;
    if (values.length === MOST)
      throw new InputError(`'${whole}': the range ${range} has more than ${MOST} values`);
    values.push(value);
  }
}
