/** The generators' random numbers: integers only, so that every machine draws the same. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  /** `seed`: an integer from 0 to 2^53 - 1. */
  constructor(seed: number) {
    // splitmix32 spreads the seed over the state.
    let x = (seed >>> 0) ^ Math.imul(Math.floor(seed / 2 ** 32), 0x9e37_79b9);
    const next = (): number => {
      x = (x + 0x9e37_79b9) | 0;
      let z = Math.imul(x ^ (x >>> 16), 0x85eb_ca6b);
      z = Math.imul(z ^ (z >>> 13), 0xc2b2_ae35);
      return (z ^ (z >>> 16)) >>> 0;
    };
    this.#a = next();
    this.#b = next();
    this.#c = next();
    this.#d = next() | 1;
  }

  /** 32 bits: xoshiro128++ (Blackman and Vigna, 2019). */
  word(): number {
    const sum = (this.#a + this.#d) | 0;
    const result = (((sum << 7) | (sum >>> 25)) + this.#a) >>> 0;
    const t = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= t;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result;
  }

  /** An integer in [0, n), n up to 2^53. Products of doubles below 2^53 are exact enough to be the same everywhere. */
  below(n: number): number {
    if (n <= 2 ** 32) return Math.floor((this.word() * n) / 2 ** 32);
    return Math.floor(((this.word() * 2 ** 21 + (this.word() >>> 11)) / 2 ** 53) * n);
  }
}
