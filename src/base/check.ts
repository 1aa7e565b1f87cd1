/**
 * Checks of arguments and options. Each gives the checked value or throws one sentence that names the argument, the value and
 * what was allowed: TypeError for the wrong kind, RangeError for the wrong value.
 */

/** An integer number in [least, most]. */
export function integer(value: unknown, name: string, least: number, most: number): number {
  if (typeof value !== 'number') throw new TypeError(`${name} must be a number, not ${show(value)}`);
  if (!Number.isInteger(value)) throw new TypeError(`${name} must be an integer, not ${show(value)}`);
  if (value < least || value > most) {
    throw new RangeError(
      `${name} must be between ${showBound(least)} and ${showBound(most)}, not ${show(value)}`,
    );
  }
  return value;
}

/** A bigint in [least, most]. */
export function big(value: unknown, name: string, least: bigint, most: bigint): bigint {
  if (typeof value !== 'bigint') throw new TypeError(`${name} must be a bigint, not ${show(value)}`);
  if (value < least || value > most) {
    throw new RangeError(`${name} must be between ${hex(least)} and ${hex(most)}, not ${hex(value)}`);
  }
  return value;
}

/** One of a few words. */
export function oneOf<T extends string>(value: unknown, name: string, words: readonly T[]): T {
  if ((words as readonly unknown[]).includes(value)) return value as T;
  const error = typeof value === 'string' ? RangeError : TypeError;
  throw new error(`${name} must be ${list(words.map((word) => `'${word}'`))}, not ${show(value)}`);
}

/** True or false; absent is false. */
export function truth(value: unknown, name: string): boolean {
  if (value !== undefined && typeof value !== 'boolean') {
    throw new TypeError(`${name} must be true or false, not ${show(value)}`);
  }
  return value === true;
}

/** A function, or absent. */
export function optionalFunction<T>(value: T, name: string): T {
  if (value !== undefined && typeof value !== 'function') {
    throw new TypeError(`${name} must be a function, not ${show(value)}`);
  }
  return value;
}

/** An object that is no array, all its keys known. */
export function record(value: unknown, name: string, keys: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError(`${name} must be an object, not ${show(value)}`);
  }
  for (const key of Object.keys(value)) {
    if (!keys.includes(key))
      throw new TypeError(`${name} has no field '${key}'; it may have ${list(keys, 'and')}`);
  }
  return value as Record<string, unknown>;
}

/** A value as a sentence shows it. */
export function show(value: unknown): string {
  switch (typeof value) {
    case 'bigint':
      return `${hex(value)} (a bigint)`;
    case 'number':
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'string':
      return `'${value}'`;
    case 'function':
      return 'a function';
    case 'symbol':
      return 'a symbol';
    default:
      return value === null ? 'null' : Array.isArray(value) ? 'an array' : 'an object';
  }
}

/** `0x…`, for addresses and register values. */
export function hex(value: bigint | number): string {
  return value < 0 ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
}

/** `a, b or c`. */
export function list(words: readonly string[], join = 'or'): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${join} ${words.at(-1)}`;
}

/** Bounds of 16 bits and more read better in hexadecimal. */
function showBound(bound: number): string {
  return bound > 0xffff && Number.isInteger(Math.log2(bound + 1)) ? hex(bound) : String(bound);
}

/** @throws RangeError or TypeError unless it is the offset of a register: any of 32 bits, those of no register read as 0 */
export function registerOffset(offset: number): number {
  return integer(offset, 'offset', 0, 0xffff_ffff);
}

/** 0 to 2^32 - 1. What is no number is not: of a bigint `>>>` throws. */
export function isUnsigned32(value: unknown): boolean {
  return typeof value === 'number' && value >>> 0 === value;
}

/** 32 bits, as `|` or as `>>>` give them. */
export function is32(value: unknown): boolean {
  return typeof value === 'number' && ((value | 0) === value || value >>> 0 === value);
}
