/** What a generator is asked for: `gen:random,window=64M,count=1000000,seed=1`. */
import { list } from '../../base/check.js';

export const PATTERNS = ['sequential', 'strided', 'random', 'zipf', 'ring', 'tenants'] as const;
export type PatternName = (typeof PATTERNS)[number];

/** Parameters that several patterns have; all are numbers. */
export interface GeneratorSpec {
  readonly pattern: PatternName;
  /** Transactions. */
  readonly count: number;
  readonly seed: number;
  /** First input address. */
  readonly base: number;
  /** Bytes that addresses are taken from. */
  readonly window: number;
  /** Bytes of a transaction. */
  readonly size: number;
  /** Bytes from one to the next. */
  readonly stride: number;
  /** First StreamID. */
  readonly stream: number;
  /** StreamIDs that take turns; each has a window of its own address space. */
  readonly streams: number;
  /** SubstreamID of all; -1: none. */
  readonly ssid: number;
  /** Percent that write. */
  readonly write: number;
  /** Cycles from one to the next; -1: none said. */
  readonly gap: number;
  /** zipf, tenants: exponent in eighths, 8 is 1.0. */
  readonly skew: number;
  /** tenants: transactions of one before the next. */
  readonly burst: number;
  /** ring: descriptors of the ring, and bytes of one buffer. */
  readonly ring: number;
  readonly buffer: number;
  /** ring: bytes of a packet. */
  readonly packet: number;
  /** The text itself. */
  readonly text: string;
}

interface Parameter {
  readonly fallback: number;
  readonly least: number;
  readonly most: number;
  readonly meaning: string;
  /** Only of these patterns. */
  readonly of?: readonly PatternName[];
}

const PAGE = 4096;
const ADDRESS_MAX = 2 ** 48;

/** Every parameter, for messages and help. `skew` is given as a decimal and kept in eighths. */
export const PARAMETERS: Readonly<Record<Exclude<keyof GeneratorSpec, 'pattern' | 'text'>, Parameter>> = {
  count: { fallback: 1_000_000, least: 1, most: 2 ** 53 - 1, meaning: 'transactions' },
  seed: { fallback: 1, least: 0, most: 2 ** 53 - 1, meaning: 'start of the random numbers' },
  base: { fallback: 2 ** 40, least: 0, most: ADDRESS_MAX - 1, meaning: 'first input address' },
  window: { fallback: 2 ** 26, least: 64, most: ADDRESS_MAX, meaning: 'bytes that addresses are taken from' },
  size: { fallback: 64, least: 1, most: PAGE, meaning: 'bytes of a transaction' },
  stride: {
    fallback: PAGE,
    least: 1,
    most: ADDRESS_MAX,
    meaning: 'bytes from one to the next',
    of: ['strided'],
  },
  stream: { fallback: 0, least: 0, most: 2 ** 32 - 1, meaning: 'first StreamID' },
  streams: { fallback: 1, least: 1, most: 65536, meaning: 'StreamIDs, which take turns' },
  ssid: { fallback: -1, least: 0, most: 2 ** 20 - 1, meaning: 'SubstreamID' },
  write: {
    fallback: 0,
    least: 0,
    most: 100,
    meaning: 'percent that write',
    of: ['sequential', 'strided', 'random', 'zipf', 'tenants'],
  },
  gap: { fallback: -1, least: 0, most: 2 ** 32 - 1, meaning: 'cycles from one to the next' },
  skew: { fallback: 8, least: 0, most: 32, meaning: 'exponent, 0 to 4 in eighths', of: ['zipf', 'tenants'] },
  burst: {
    fallback: 4,
    least: 1,
    most: 2 ** 32,
    meaning: 'transactions of a tenant before the next one',
    of: ['tenants'],
  },
  ring: { fallback: 1024, least: 1, most: 2 ** 24, meaning: 'descriptors of a ring', of: ['ring'] },
  buffer: { fallback: 2048, least: 64, most: 2 ** 20, meaning: 'bytes of a packet buffer', of: ['ring'] },
  packet: { fallback: 1500, least: 1, most: 2 ** 20, meaning: 'bytes of a packet', of: ['ring'] },
};

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };
const NUMBER = /^(0x[0-9a-f]+|[0-9]+)([kmgt]?)(?:i?b)?$/i;

/** Whether a command's argument names a generator. */
export function isGenerator(text: string): boolean {
  return text.startsWith('gen:');
}

/** @throws RangeError with a sentence that names the parameter */
export function parseSpec(text: string): GeneratorSpec {
  const [name, ...parts] = text.replace(/^gen:/, '').split(',');
  if (!(PATTERNS as readonly string[]).includes(name))
    throw new RangeError(`${text}: pattern '${name}' is unknown, expected ${list(PATTERNS)}`);
  const pattern = name as PatternName;
  const values = new Map<string, number>();
  for (const part of parts) {
    const [key, value, ...rest] = part.split('=');
    const parameter = (PARAMETERS as Record<string, Parameter | undefined>)[key];
    if (parameter === undefined || (parameter.of !== undefined && !parameter.of.includes(pattern)))
      throw new RangeError(
        `${text}: ${pattern} has no parameter '${key}', expected ${list(parametersOf(pattern))}`,
      );
    if (value === undefined || rest.length > 0)
      throw new RangeError(`${text}: '${part}' says no value, expected ${key}=NUMBER`);
    if (values.has(key)) throw new RangeError(`${text}: ${key} stands twice, expected it once`);
    values.set(key, numberOf(text, key, value, parameter));
  }
  const entries = Object.entries(PARAMETERS).map(([key, { fallback }]) => [key, values.get(key) ?? fallback]);
  const spec = { pattern, text, ...Object.fromEntries(entries) } as GeneratorSpec;
  refuseImpossible(spec);
  return spec;
}

/** The parameters that a pattern has. */
export function parametersOf(pattern: PatternName): string[] {
  return Object.entries(PARAMETERS)
    .filter(([, { of }]) => of === undefined || of.includes(pattern))
    .map(([key]) => key);
}

function numberOf(text: string, key: string, value: string, { least, most, meaning }: Parameter): number {
  const found = NUMBER.exec(value);
  const number =
    key === 'skew' && /^[0-9]+(?:\.[0-9]+)?$/.test(value)
      ? Number(value) * 8
      : found === null
        ? NaN
        : Number(found[1]) * UNITS[found[2].toLowerCase()];
  if (!Number.isInteger(number) || number < least || number > most) {
    const range = key === 'skew' ? '0 to 4 in eighths' : `an integer from ${least} to ${most}`;
    throw new RangeError(`${text}: ${key} (${meaning}) is '${value}', expected ${range}`);
  }
  return number;
}

function refuseImpossible({
  text,
  base,
  window,
  size,
  packet,
  buffer,
  stream,
  streams,
}: GeneratorSpec): void {
  if (base + window > ADDRESS_MAX)
    throw new RangeError(`${text}: base + window is above 2^48, expected addresses below it`);
  if (window < size)
    throw new RangeError(`${text}: window ${window} has no room for size ${size}, expected more`);
  if (packet > buffer && text.includes('ring'))
    throw new RangeError(
      `${text}: packet ${packet} is larger than its buffer ${buffer}, expected at most that`,
    );
  if (stream + streams > 2 ** 32)
    throw new RangeError(`${text}: stream + streams is above 2^32, expected less`);
}
