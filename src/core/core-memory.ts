/**
 * The core's region of linear memory by offset from the core base, little-endian. Views are made again when the lender
 * of the memory has grown it.
 */
export class CoreMemory {
  #view: DataView;
  #bytes: Uint8Array<ArrayBuffer>;
  #words: Uint32Array<ArrayBuffer>;
  #wide: BigUint64Array<ArrayBuffer>;

  /** `base`: where the core's region begins in linear memory. */
  constructor(
    readonly memory: WebAssembly.Memory,
    readonly base: number,
  ) {
    this.#view = new DataView(memory.buffer);
    this.#bytes = new Uint8Array(memory.buffer);
    this.#words = new Uint32Array(memory.buffer);
    this.#wide = new BigUint64Array(memory.buffer);
  }

  /** All of linear memory, by its own addresses. */
  get bytes(): Uint8Array<ArrayBuffer> {
    if (this.#bytes.length === 0) this.#renew();
    return this.#bytes;
  }

  /** All of linear memory, by its own addresses. */
  get view(): DataView {
    if (this.#bytes.length === 0) this.#renew();
    return this.#view;
  }

  /** All of linear memory by words of 32 bits. */
  get words(): Uint32Array<ArrayBuffer> {
    if (this.#bytes.length === 0) this.#renew();
    return this.#words;
  }

  /** All of linear memory by words of 64 bits, where engines make and take a BigInt without a call, as a view does not. */
  get wide(): BigUint64Array<ArrayBuffer> {
    if (this.#bytes.length === 0) this.#renew();
    return this.#wide;
  }

  get32(offset: number): number {
    return this.view.getUint32(this.base + offset, true);
  }

  set32(offset: number, value: number): void {
    this.view.setUint32(this.base + offset, value, true);
  }

  get64(offset: number): bigint {
    return big64(this.view, this.base + offset);
  }

  set64(offset: number, value: bigint): void {
    this.view.setBigUint64(this.base + offset, value, true);
  }

  /** A count: a u64 that stays below 2^53. */
  count(offset: number): number {
    const { words } = this;
    const at = (this.base + offset) >>> 2;
    return words[at] + words[at + 1] * 2 ** 32;
  }

  /** The region's bytes from `offset` on: a view, not a copy. */
  slice(offset: number, length: number): Uint8Array<ArrayBuffer> {
    const at = this.base + offset;
    return this.bytes.subarray(at, at + length);
  }

  // Growth takes the buffer away from its views, which shows in their length; to ask the memory for it costs a call into the engine.
  #renew(): void {
    this.#view = new DataView(this.memory.buffer);
    this.#bytes = new Uint8Array(this.memory.buffer);
    this.#words = new Uint32Array(this.memory.buffer);
    this.#wide = new BigUint64Array(this.memory.buffer);
  }
}

/** A u64. Most are 0, and a BigInt of that need not be made. */
export function big64(view: DataView, at: number): bigint {
  if (view.getInt32(at, true) === 0 && view.getInt32(at + 4, true) === 0) return 0n;
  return view.getBigUint64(at, true);
}
