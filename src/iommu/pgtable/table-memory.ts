/** Reading and writing the descriptors of one translation table in guest memory, by halves. */
import type { GuestMemory } from '../../core/guest-memory.js';

/** A run of descriptors, low half first: entry i at [2i] and [2i + 1]. */
export type Run = Uint32Array;

export class TableMemory {
  readonly #memory: GuestMemory;

  constructor(memory: GuestMemory) {
    this.#memory = memory;
  }

  /** Low half of entry `index` of the table at `table`. */
  lo(table: number, index: number): number {
    return this.#memory.read32(BigInt(table + 8 * index));
  }

  hi(table: number, index: number): number {
    return this.#memory.read32(BigInt(table + 8 * index + 4));
  }

  write(table: number, index: number, lo: number, hi: number): void {
    this.#memory.write64(BigInt(table + 8 * index), (BigInt(hi) << 32n) | BigInt(lo));
  }

  /** A copy of `count` entries. */
  readRun(table: number, index: number, count: number): Run {
    if (count === 1) return Uint32Array.of(this.lo(table, index), this.hi(table, index));
    return new Uint32Array(this.#memory.read(BigInt(table + 8 * index), 8 * count).buffer);
  }

  writeRun(table: number, index: number, run: Run): void {
    if (run.length === 2) return this.write(table, index, run[0], run[1]);
    const bytes = new Uint8Array(run.buffer, run.byteOffset, run.byteLength);
    this.#memory.write(BigInt(table + 8 * index), bytes);
  }
}
