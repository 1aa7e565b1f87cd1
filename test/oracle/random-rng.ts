/** A small seeded generator (sfc32): the same seed gives the same case everywhere. */
export class Rng {
  private a: number;
  private b = 0x9e3779b9 | 0;
  private c = 0x243f6a88 | 0;
  private d = 1;

  constructor(seed: number) {
    this.a = seed | 0;
    for (let i = 0; i < 12; i++) this.next();
  }

  /** 32 random bits, unsigned. */
  next(): number {
    const t = (((this.a + this.b) | 0) + this.d) | 0;
    this.d = (this.d + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (this.c << 21) | (this.c >>> 11);
    this.c = (this.c + t) | 0;
    return t >>> 0;
  }

  /** 0 … limit-1, for limits up to 2^53. */
  below(limit: number): number {
    if (limit <= 0x100000000) return Math.floor((this.next() / 0x100000000) * limit);
    return ((this.next() & 0x1fffff) * 0x100000000 + this.next()) % limit;
  }

  between(min: number, max: number): number {
    return min + this.below(max - min + 1);
  }

  chance(probability: number): boolean {
    return this.next() < probability * 0x100000000;
  }

  /** 1n or 0n, for descriptor bits. */
  flag(probability: number): bigint {
    return this.chance(probability) ? 1n : 0n;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)];
  }

  /** Random bits as bigint. */
  wide(width: number): bigint {
    return ((BigInt(this.next()) << 32n) | BigInt(this.next())) & ((1n << BigInt(width)) - 1n);
  }
}
