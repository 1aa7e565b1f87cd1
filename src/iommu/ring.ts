/** Indices of a queue: an index with a wrap bit just above it (IHI 0070 §3.5.1). */

/** Arithmetic on the PROD and CONS of a queue of 2^log2 entries. */
export class RingIndex {
  readonly entries: number;
  readonly #indexMask: number;
  readonly #wrapMask: number;

  constructor(readonly log2: number) {
    this.entries = 2 ** log2;
    this.#indexMask = this.entries - 1;
    this.#wrapMask = 2 * this.entries - 1;
  }

  /** Index and wrap bit of a register value, its flags left out. */
  position(register: number): number {
    return register & this.#wrapMask;
  }

  slot(position: number): number {
    return position & this.#indexMask;
  }

  next(position: number): number {
    return (position + 1) & this.#wrapMask;
  }

  /** Entries between the two; 2^log2 when full. */
  count(producer: number, consumer: number): number {
    return (producer - consumer) & this.#wrapMask;
  }
}
