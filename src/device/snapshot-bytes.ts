/** Writing and reading the parts of a snapshot, little-endian. */

/** Gathers parts; `finish` joins them. */
export class Writer {
  #parts: Uint8Array[] = [];
  length = 0;

  u32(value: number): void {
    const part = new Uint8Array(4);
    new DataView(part.buffer).setUint32(0, value, true);
    this.bytes(part);
  }

  u64(value: bigint): void {
    const part = new Uint8Array(8);
    new DataView(part.buffer).setBigUint64(0, value, true);
    this.bytes(part);
  }

  /** ASCII. */
  text(value: string): void {
    this.bytes(new TextEncoder().encode(value));
  }

  /** A view may be given: it is copied when the parts are joined. */
  bytes(part: Uint8Array): void {
    this.#parts.push(part);
    this.length += part.length;
  }

  /** Bytes with their length before them. */
  sized(part: Uint8Array): void {
    this.u32(part.length);
    this.bytes(part);
  }

  finish(): Uint8Array {
    const all = new Uint8Array(this.length);
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}

/** Reads what a Writer wrote. The caller has checked the fingerprint, so that lengths are what was written. */
export class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at: number;

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = start;
  }

  u32(): number {
    this.#at += 4;
    return this.#view.getUint32(this.#at - 4, true);
  }

  u64(): bigint {
    this.#at += 8;
    return this.#view.getBigUint64(this.#at - 8, true);
  }

  text(length: number): string {
    return new TextDecoder().decode(this.bytes(length));
  }

  bytes(length: number): Uint8Array {
    this.#at += length;
    if (length < 0 || this.#at > this.#bytes.length)
      throw new RangeError('snapshot is damaged: it ends early');
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** A copy: the snapshot stays the caller's. */
  sized(): Uint8Array {
    return this.bytes(this.u32()).slice();
  }

  /** A count, then so many. */
  list<T>(read: () => T): T[] {
    return Array.from({ length: this.u32() }, read);
  }
}
