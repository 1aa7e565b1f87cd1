/** Zipf's law over pages, with integers and square roots only: both are exact, and so the same on every machine. */
import type { Random } from './random.js';

const PAGES_MAX = 1 << 22;

export class ZipfRanks {
  /** Sum of the weights up to each rank. */
  readonly #sums: Float64Array;
  readonly #pages: number;
  readonly #step: number;

  /** `skew`: exponent in eighths. */
  constructor(pages: number, skew: number, text: string) {
    if (pages > PAGES_MAX)
      throw new RangeError(
        `${text}: window has ${pages} pages, expected at most ${PAGES_MAX} for this pattern`,
      );
    this.#pages = pages;
    this.#sums = new Float64Array(pages);
    let sum = 0;
    for (let rank = 0; rank < pages; rank++) {
      sum += Math.max(1, Math.floor(2 ** 31 / power(rank + 1, skew)));
      this.#sums[rank] = sum; // at most 2^22 * 2^31, exact
    }
    // A step without a common divisor with the number of pages visits every page once.
    let step = Math.floor(pages / 1.618) | 1;
    while (divisor(step, pages) !== 1) step += 2;
    this.#step = step % pages || 1;
  }

  page(random: Random): number {
    const at = random.below(this.#sums[this.#pages - 1]);
    let low = 0;
    let high = this.#pages - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#sums[middle] > at) high = middle;
      else low = middle + 1;
    }
    return (low * this.#step) % this.#pages;
  }
}

/** n to the power of eighths / 8. */
function power(n: number, eighths: number): number {
  let result = 1;
  for (let whole = eighths >> 3; whole > 0; whole--) result *= n;
  let root = Math.sqrt(n);
  for (const bit of [4, 2, 1]) {
    if ((eighths & bit) !== 0) result *= root;
    root = Math.sqrt(root);
  }
  return result;
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}
