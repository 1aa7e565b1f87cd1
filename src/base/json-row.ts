import { CaptureError } from './capture-error.js';

const HEX = /^0x[0-9a-fA-F]{1,16}$/;
const BYTES = /^(?:[0-9a-fA-F]{2})*$/;

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** One JSON object of a capture file; every accessor either returns what it says or throws a CaptureError. */
export class Row {
  private readonly value: Record<string, unknown>;

  constructor(
    value: unknown,
    readonly file: string,
    readonly line: number | undefined,
    private readonly prefix = '',
  ) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new CaptureError(
        file,
        line,
        prefix === '' ? undefined : prefix.slice(0, -1),
        `got ${shown(value)}, expected a JSON object`,
      );
    }
    this.value = value as Record<string, unknown>;
  }

  /** Refuses the named field. */
  fail(field: string, expected: string): never {
    throw new CaptureError(
      this.file,
      this.line,
      this.prefix + field,
      `got ${shown(this.value[field])}, expected ${expected}`,
    );
  }

  has(field: string): boolean {
    return this.value[field] !== undefined;
  }

  names(): string[] {
    return Object.keys(this.value);
  }

  /** The object itself, its fields not looked at. */
  get plain(): Readonly<Record<string, unknown>> {
    return this.value;
  }

  text(field: string): string {
    const value = this.value[field];
    return typeof value === 'string' ? value : this.fail(field, 'a string');
  }

  /** The value if it is a string, undefined otherwise. */
  textIf(field: string): string | undefined {
    const value = this.value[field];
    return typeof value === 'string' ? value : undefined;
  }

  flag(field: string): boolean {
    return this.value[field] === true;
  }

  /** true, false, or 1 and 0 for them. */
  truth(field: string): boolean {
    const value = this.value[field];
    if (value === true || value === 1) return true;
    return value === false || value === 0 ? false : this.fail(field, 'true, false, 1 or 0');
  }

  oneOf<T extends string>(field: string, allowed: readonly T[]): T {
    const value = this.value[field];
    const found = allowed.find((item) => item === value);
    return found ?? this.fail(field, `one of ${allowed.map((item) => `"${item}"`).join(', ')}`);
  }

  integer(field: string, maximum: number, minimum = 0): number {
    const value = this.value[field];
    return typeof value === 'number' && Number.isInteger(value) && value >= minimum && value <= maximum
      ? value
      : this.fail(field, `an integer from ${minimum} to ${maximum}`);
  }

  /** A 64-bit number written as "0x…". */
  word64(field: string): bigint {
    const value = this.value[field];
    return typeof value === 'string' && HEX.test(value)
      ? BigInt(value)
      : this.fail(field, 'a hexadecimal string of at most 64 bits such as "0x98"');
  }

  /** A number below `limit` written as "0x…". */
  word(field: string, limit: number): number {
    const value = this.value[field];
    const number = typeof value === 'string' && HEX.test(value) ? Number(value) : NaN;
    return number < limit
      ? number
      : this.fail(field, `a hexadecimal string below 0x${limit.toString(16)} such as "0x98"`);
  }

  /** `count` bytes written as hex digits without a prefix. */
  bytes(field: string, count: number): Uint8Array {
    const value = this.value[field];
    if (typeof value !== 'string' || value.length !== 2 * count || !BYTES.test(value)) {
      return this.fail(field, `${2 * count} hexadecimal digits (${count} bytes)`);
    }
    const bytes = new Uint8Array(count);
    for (let i = 0; i < count; i++) bytes[i] = Number.parseInt(value.slice(2 * i, 2 * i + 2), 16);
    return bytes;
  }

  list(field: string): unknown[] {
    const value = this.value[field];
    return Array.isArray(value) ? value : this.fail(field, 'an array');
  }

  /** The object in `field`. */
  row(field: string): Row {
    return new Row(this.value[field], this.file, this.line, `${this.prefix}${field}.`);
  }
}

/** Parses a whole file as one JSON object. */
export function parseJson(text: string, file: string): Row {
  return new Row(parse(text, file, undefined), file, undefined);
}

/** Parses a file of one JSON object a line; empty lines are skipped. */
export function* parseJsonLines(text: string, file: string): Generator<Row> {
  let line = 0;
  for (let start = 0; start < text.length;) {
    let end = text.indexOf('\n', start);
    if (end < 0) end = text.length;
    line++;
    const part = text.slice(start, end);
    if (part.trim() !== '') yield new Row(parse(part, file, line), file, line);
    start = end + 1;
  }
}

function parse(text: string, file: string, line: number | undefined): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new CaptureError(file, line, undefined, `not valid JSON (${(error as Error).message})`);
  }
}
