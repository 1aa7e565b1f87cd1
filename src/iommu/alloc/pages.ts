/** Guest physical memory for tables and queues, handed out by the driver. */
import { big, hex, integer } from '../../base/check.js';
import { IommuError } from '../../base/errors.js';
import type { GuestMemory } from '../../core/guest-memory.js';

/** The smallest piece: one Stream Table Entry or Context Descriptor, and the least alignment of a table base. */
const UNIT = 64;

interface Extent {
  start: bigint;
  end: bigint;
}

/**
 * First fit over [base, base + size), pieces rounded up to 64 bytes. Freed tables of the sizes that come and go with every
 * mapping are kept in a list by size and served from there.
 */
export class PagePool {
  readonly #memory: GuestMemory;
  readonly #base: bigint;
  readonly #end: bigint;
  /** Never empty, never touching each other, by address. */
  readonly #free: Extent[];
  /** Freed pieces by size, each aligned to its size. */
  readonly #recycled = new Map<number, bigint[]>();
  readonly #recycledSet = new Set<bigint>();
  #used = 0;

  /** Whatever lies in the range now is the pool's: it is overwritten as it is handed out. */
  constructor(memory: GuestMemory, base: bigint, size: bigint | number) {
    this.#memory = memory;
    const start = big(base, 'pool.base', 0n, (1n << 52n) - 1n);
    const bytes = typeof size === 'number' ? BigInt(integer(size, 'pool.size', UNIT, 2 ** 52)) : size;
    big(bytes, 'pool.size', BigInt(UNIT), 1n << 52n);
    this.#base = (start + 63n) & ~63n;
    this.#end = (start + bytes) & ~63n;
    this.#free = this.#end > this.#base ? [{ start: this.#base, end: this.#end }] : [];
  }

  /** Bytes handed out. */
  get used(): number {
    return this.#used;
  }

  /**
   * Physical address of `bytes` zero bytes.
   * @param align a power of two; default 64
   * @throws IommuError ENOMEM
   */
  alloc(bytes: number, align: number = UNIT): bigint {
    const size = roundUp(integer(bytes, 'bytes', 1, 2 ** 40));
    if (integer(align, 'align', 1, 2 ** 40) !== 2 ** Math.round(Math.log2(align))) {
      throw new RangeError(`align must be a power of two, not ${align}`);
    }
    const pa = this.#recycle(size, align) ?? this.#firstFit(size, align) ?? this.#compactAndFit(size, align);
    if (pa === undefined) {
      throw new IommuError(
        'ENOMEM',
        `the driver's pool of ${this.#end - this.#base} bytes at ${hex(this.#base)} has no ${size} bytes aligned to ${align} left (${this.#used} in use)`,
      );
    }
    this.#clear(pa, size);
    this.#used += size;
    return pa;
  }

  /** Gives back what {@link alloc} gave. The holder has made sure that no hardware uses it any more. */
  free(pa: bigint, bytes: number): void {
    const size = roundUp(integer(bytes, 'bytes', 1, 2 ** 40));
    const end = pa + BigInt(size);
    if (pa < this.#base || end > this.#end || pa % BigInt(UNIT) !== 0n) {
      throw new RangeError(`${size} bytes at ${hex(pa)} do not belong to the pool at ${hex(this.#base)}`);
    }
    if (this.#recycledSet.has(pa) || this.#free.some((piece) => piece.start < end && piece.end > pa)) {
      throw new RangeError(`${size} bytes at ${hex(pa)} are free already`);
    }
    this.#used -= size;
    if ((size & (size - 1)) === 0 && pa % BigInt(size) === 0n) {
      const list = this.#recycled.get(size);
      if (list === undefined) this.#recycled.set(size, [pa]);
      else list.push(pa);
      this.#recycledSet.add(pa);
    } else {
      this.#release(pa, end);
    }
  }

  #recycle(size: number, align: number): bigint | undefined {
    if (align > size) return undefined;
    const pa = this.#recycled.get(size)?.pop();
    if (pa !== undefined) this.#recycledSet.delete(pa);
    return pa;
  }

  #firstFit(size: number, align: number): bigint | undefined {
    const mask = BigInt(Math.max(align, UNIT)) - 1n;
    for (let i = 0; i < this.#free.length; i++) {
      const piece = this.#free[i];
      const start = (piece.start + mask) & ~mask;
      const end = start + BigInt(size);
      if (end > piece.end) continue;
      const rest: Extent[] = [];
      if (piece.start < start) rest.push({ start: piece.start, end: start });
      if (end < piece.end) rest.push({ start: end, end: piece.end });
      this.#free.splice(i, 1, ...rest);
      return start;
    }
    return undefined;
  }

  /** Dissolves the lists by size into extents, and tries once more. */
  #compactAndFit(size: number, align: number): bigint | undefined {
    for (const [bytes, list] of this.#recycled) {
      for (const pa of list) this.#release(pa, pa + BigInt(bytes));
    }
    this.#recycled.clear();
    this.#recycledSet.clear();
    return this.#firstFit(size, align);
  }

  /** Puts [start, end) back among the extents, joined with its neighbours. */
  #release(start: bigint, end: bigint): void {
    let low = 0;
    let high = this.#free.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#free[middle].start < start) low = middle + 1;
      else high = middle;
    }
    const merged: Extent = { start, end };
    let first = low;
    let count = 0;
    if (low > 0 && this.#free[low - 1].end === start) {
      merged.start = this.#free[low - 1].start;
      first = low - 1;
      count = 1;
    }
    if (low < this.#free.length && this.#free[low].start === end) {
      merged.end = this.#free[low].end;
      count++;
    }
    this.#free.splice(first, count, merged);
  }

  #clear(pa: bigint, size: number): void {
    for (let done = 0; done < size; done += ZEROS.length) {
      const length = Math.min(ZEROS.length, size - done);
      this.#memory.write(pa + BigInt(done), length === ZEROS.length ? ZEROS : ZEROS.subarray(0, length));
    }
  }
}

const ZEROS = new Uint8Array(65536);

function roundUp(bytes: number): number {
  return Math.ceil(bytes / UNIT) * UNIT;
}
