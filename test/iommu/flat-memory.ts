// Guest memory without a device: one array of bytes at a base address.
import type { GuestMemory } from '../../src/index.js';

export class FlatMemory implements GuestMemory {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(
    readonly base: bigint,
    size: number,
  ) {
    this.#bytes = new Uint8Array(size);
    this.#view = new DataView(this.#bytes.buffer);
  }

  #at(pa: bigint, length: number): number {
    const at = Number(pa - this.base);
    if (at < 0 || at + length > this.#bytes.length) throw new RangeError(`0x${pa.toString(16)} is no memory`);
    return at;
  }
  read64(pa: bigint): bigint {
    return this.#view.getBigUint64(this.#at(pa, 8), true);
  }
  write64(pa: bigint, value: bigint): void {
    this.#view.setBigUint64(this.#at(pa, 8), value, true);
  }
  read32(pa: bigint): number {
    return this.#view.getUint32(this.#at(pa, 4), true);
  }
  write32(pa: bigint, value: number): void {
    this.#view.setUint32(this.#at(pa, 4), value, true);
  }
  read(pa: bigint, length: number): Uint8Array {
    const at = this.#at(pa, length);
    return this.#bytes.slice(at, at + length);
  }
  write(pa: bigint, bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#at(pa, bytes.length));
  }
  view(pa: bigint, length: number): Uint8Array {
    const at = this.#at(pa, length);
    return this.#bytes.subarray(at, at + length);
  }
}
