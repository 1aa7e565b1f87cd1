/** What a field's value stands for: by value, or computed (the structure's words are there for context). */
export type Meaning =
  Readonly<Record<number, string>> | ((value: bigint, words: readonly bigint[]) => string);

/** A field for people: its name in the specification, its packed position (assembly/arch), its meaning. */
export type Field = readonly [name: string, at: number, meaning?: Meaning];

export interface DecodedField {
  readonly name: string;
  /** Index of the 64-bit word. */
  readonly dword: number;
  /** Bits inside the word, `[high:low]` or `[bit]`. */
  readonly bits: string;
  readonly value: bigint;
  /** What the value means; empty when the number says all. */
  readonly meaning: string;
}

/** The bits of a packed field, `dword << 16 | lsb << 8 | width`. */
export function bitsOf(at: number): { dword: number; lsb: number; width: number } {
  return { dword: at >>> 16, lsb: (at >>> 8) & 0xff, width: at & 0xff };
}

/** Made once for each field: an STE is built of thirty. */
const MASKS = new Map<number, bigint>();

/** The bits of a packed field inside its word. */
export function maskOf(at: number): bigint {
  const known = MASKS.get(at);
  if (known !== undefined) return known;
  const { lsb, width } = bitsOf(at);
  const mask = ((1n << BigInt(width)) - 1n) << BigInt(lsb);
  MASKS.set(at, mask);
  return mask;
}

/** A value, which fits, at a packed field's place in its word. */
export function placed(at: number, value: number | bigint): bigint {
  return BigInt(value) << BigInt(bitsOf(at).lsb);
}

/** Value of a packed field. */
export function valueOf(words: readonly bigint[], at: number): bigint {
  const { dword, lsb, width } = bitsOf(at);
  return ((words[dword] ?? 0n) >> BigInt(lsb)) & ((1n << BigInt(width)) - 1n);
}

/** Value of a packed field of at most 32 bits. */
export function numberOf(words: readonly bigint[], at: number): number {
  return Number(valueOf(words, at));
}

/** An address field at its place: bit n of the word is bit n of the address. */
export function addressOf(words: readonly bigint[], at: number): bigint {
  return valueOf(words, at) << BigInt(bitsOf(at).lsb);
}

export function hex(value: bigint | number): string {
  return `0x${value.toString(16)}`;
}

function range(lsb: number, width: number): string {
  return width === 1 ? `[${lsb}]` : `[${lsb + width - 1}:${lsb}]`;
}

function meaningOf(meaning: Meaning | undefined, value: bigint, words: readonly bigint[]): string {
  if (meaning === undefined) return '';
  return typeof meaning === 'function' ? meaning(value, words) : (meaning[Number(value)] ?? 'reserved');
}

/** Decodes `words` by a table of fields, and adds one RES0 entry for each run of set bits that no field covers. */
export function decodeFields(table: readonly Field[], words: readonly bigint[]): DecodedField[] {
  const uncovered = [...words];
  const decoded = table.map(([name, at, meaning]): DecodedField => {
    const { dword, lsb, width } = bitsOf(at);
    const value = valueOf(words, at);
    uncovered[dword] = (uncovered[dword] ?? 0n) & ~maskOf(at);
    return { name, dword, bits: range(lsb, width), value, meaning: meaningOf(meaning, value, words) };
  });
  uncovered.forEach((word, dword) => {
    for (let lsb = 0; word >> BigInt(lsb) !== 0n;) {
      if (((word >> BigInt(lsb)) & 1n) === 0n) {
        lsb++;
        continue;
      }
      let width = 1;
      while (((word >> BigInt(lsb + width)) & 1n) === 1n) width++;
      const value = (1n << BigInt(width)) - 1n;
      decoded.push({ name: 'RES0', dword, bits: range(lsb, width), value, meaning: 'reserved, expected 0' });
      lsb += width;
    }
  });
  return decoded;
}

/** A meaning that shows an address field as an address. */
export function asAddress(at: number, note = ''): Meaning {
  return (_, words) => `${note}${hex(addressOf(words, at))}`;
}
