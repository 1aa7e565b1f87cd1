/**
 * The core for a memory that threads share. A module says in its import whether its memory is shared, and nothing else of the core
 * depends on it: no thread shares the core's own state, which is one device's. So the import is changed in the module's bytes
 * (WebAssembly 1.0 §5.5.5, §5.3.7; threads: limits 0x03).
 */

const IMPORT_SECTION = 2;
const KIND = { func: 0, table: 1, memory: 2, global: 3 } as const;
const HEADER_BYTES = 8;
/** A value type and whether it is mutable (§5.3.10). */
const GLOBAL_TYPE_BYTES = 2;
const SHARED_WITH_MAXIMUM = 0x03;
/** WebAssembly pages of 4 GiB: the lender's memory may be as large. */
const MOST_PAGES = 65536;

/** The module whose imported memory is shared; undefined: the bytes are no module that imports one. */
export function withSharedMemory(bytes: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  const from = new Cursor(bytes, HEADER_BYTES);
  while (from.at < bytes.length) {
    const section = from.at;
    const id = from.byte();
    const length = from.number();
    const end = from.at + length;
    if (id === IMPORT_SECTION) {
      const limits = memoryLimits(new Cursor(bytes, from.at));
      if (limits === undefined) return undefined;
      const changed = [SHARED_WITH_MAXIMUM, ...encoded(limits.least), ...encoded(MOST_PAGES)];
      const body = [...bytes.subarray(from.at, limits.start), ...changed, ...bytes.subarray(limits.end, end)];
      const head = [IMPORT_SECTION, ...encoded(body.length)];
      const made = new Uint8Array(section + head.length + body.length + bytes.length - end);
      made.set(bytes.subarray(0, section));
      made.set(head, section);
      made.set(body, section + head.length);
      made.set(bytes.subarray(end), section + head.length + body.length);
      return made;
    }
    from.at = end;
  }
  return undefined;
}

interface Limits {
  readonly start: number;
  readonly end: number;
  /** Pages at least. */
  readonly least: number;
}

/** Of the first memory that is imported. `from` stands at the imports. */
function memoryLimits(from: Cursor): Limits | undefined {
  for (let left = from.number(); left > 0; left--) {
    // The import's two names come first, each behind its length (§5.2.4).
    from.skip(from.number());
    from.skip(from.number());
    switch (from.byte()) {
      case KIND.func:
        from.number();
        break;
      case KIND.memory: {
        const start = from.at;
        const bounded = (from.byte() & 1) !== 0;
        const least = from.number();
        if (bounded) from.number();
        return { start, end: from.at, least };
      }
      case KIND.table: {
        from.byte();
        if ((from.byte() & 1) !== 0) from.number();
        from.number();
        break;
      }
      default:
        from.skip(GLOBAL_TYPE_BYTES);
    }
  }
  return undefined;
}

/** Reads bytes and LEB128 numbers; beyond the end there are zeros. */
class Cursor {
  constructor(
    private readonly bytes: Uint8Array,
    public at: number,
  ) {}

  byte(): number {
    return this.bytes[this.at++] ?? 0;
  }

  number(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if ((byte & 0x80) === 0) break;
    }
    return value;
  }

  skip(count: number): void {
    this.at += count;
  }
}

function encoded(value: number): number[] {
  const bytes: number[] = [];
  for (let left = value; ; left >>>= 7) {
    if (left < 0x80) return [...bytes, left];
    bytes.push((left & 0x7f) | 0x80);
  }
}
