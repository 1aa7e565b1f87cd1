/** Which pages have been seen: a bit each, in blocks that come into being when one of their pages is. */
const BLOCK_LOG2 = 15;
const BLOCK = 1 << BLOCK_LOG2;

export class NumberSet {
  readonly #blocks = new Map<number, Uint32Array>();
  #number = -1;
  #block!: Uint32Array;

  /** Adds an integer from 0 to 2^53 - 1. @returns whether it was new */
  add(n: number): boolean {
    const number = Math.floor(n / BLOCK);
    if (number !== this.#number) this.#select(number);
    const bit = n % BLOCK;
    const word = this.#block[bit >>> 5];
    const mask = 1 << (bit & 31);
    if ((word & mask) !== 0) return false;
    this.#block[bit >>> 5] = word | mask;
    return true;
  }

  #select(number: number): void {
    let block = this.#blocks.get(number);
    if (block === undefined) {
      block = new Uint32Array(BLOCK / 32);
      this.#blocks.set(number, block);
    }
    this.#number = number;
    this.#block = block;
  }
}
