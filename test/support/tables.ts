// A translation table builder of the tests' own: VMSAv8-64, any granule, any start level, both stages, LPA and LPA2,
// both byte orders (Arm DDI 0487 D8.2, D8.3; IHI 0070 §3.4). It shares nothing with the model.
import type { Granule } from './encode.js';
import type { Machine } from './machine.js';

export interface TableOptions {
  granule: Granule;
  /** 64 minus the number of input address bits. */
  tsz: number;
  /** Stage 2 chooses its start level; stage 1 computes it. */
  start?: number;
  /** Output address format: 52 bits with 64K (LPA), or with 4K and 16K (LPA2). */
  oa52?: boolean;
  bigEndian?: boolean;
  /** What a table at this physical address is called by descriptors that point to it (an IPA when nested). */
  name?: (pa: bigint) => bigint;
  /** Where the first table stands, instead of freshly allocated memory. */
  at?: bigint;
  /** Allocates a next-level table, instead of the machine's allocator. */
  alloc?: (bytes: number) => bigint;
  /** Attributes of Table descriptors, e.g. hierarchical bits. */
  tableBits?: bigint;
}

const swap = (v: bigint): bigint => {
  let out = 0n;
  for (let i = 0n; i < 8n; i++) out = (out << 8n) | ((v >> (8n * i)) & 0xffn);
  return out;
};

export class Tables {
  readonly stride: number;
  readonly start: number;
  readonly rootPa: bigint;
  readonly rootBytes: number;

  constructor(
    private readonly machine: Machine,
    readonly o: TableOptions,
  ) {
    this.stride = o.granule - 3;
    const bits = 64 - o.tsz;
    this.start = o.start ?? 3 - Math.floor((bits - 1 - o.granule) / this.stride);
    this.rootBytes = 2 ** (bits - this.shift(this.start) + 3);
    const align = Math.max(this.rootBytes, 64);
    this.rootPa = o.at ?? machine.alloc(align, align);
  }

  /** Lowest address bit that a table of this level resolves. */
  shift(level: number): number {
    return this.o.granule + this.stride * (3 - level);
  }
  /** The root as TTB fields name it. */
  get root(): bigint {
    return this.o.name ? this.o.name(this.rootPa) : this.rootPa;
  }
  leafBytes(level: number): bigint {
    return 1n << BigInt(this.shift(level));
  }

  private field(address: bigint): bigint {
    if (!this.o.oa52) return address & 0x0000_ffff_ffff_ffffn;
    if (this.o.granule === 16) return (address & 0x0000_ffff_ffff_0000n) | (((address >> 48n) & 0xfn) << 12n);
    return (address & 0x0003_ffff_ffff_f000n) | (((address >> 50n) & 3n) << 8n);
  }
  private put(pa: bigint, word: bigint): void {
    this.machine.smmu.memory.write64(pa, this.o.bigEndian ? swap(word) : word);
  }
  private get(pa: bigint): bigint {
    const word = this.machine.smmu.memory.read64(pa);
    return this.o.bigEndian ? swap(word) : word;
  }

  /** Physical address of the descriptor of `ia` at `level`; makes the tables above it. */
  slot(ia: bigint, level: number): bigint {
    let table = this.rootPa;
    const input = ia & ((1n << BigInt(64 - this.o.tsz)) - 1n);
    for (let l = this.start; ; l++) {
      const index =
        l === this.start
          ? input >> BigInt(this.shift(l))
          : (input >> BigInt(this.shift(l))) & ((1n << BigInt(this.stride)) - 1n);
      const at = table + index * 8n;
      if (l === level) return at;
      const word = this.get(at);
      if (word & 1n) {
        table = this.nextPa.get(at)!;
        continue;
      }
      const bytes = 1 << this.o.granule;
      table = this.o.alloc ? this.o.alloc(bytes) : this.machine.alloc(bytes, bytes);
      this.nextPa.set(at, table);
      const name = this.o.name ? this.o.name(table) : table;
      this.put(at, this.field(name) | 3n | (this.o.tableBits ?? 0n));
    }
  }
  private readonly nextPa = new Map<bigint, bigint>();

  /** Maps the leaf that contains `ia` at `level` to `oa`. */
  map(ia: bigint, oa: bigint, attributes: bigint, level = 3): bigint {
    const at = this.slot(ia, level);
    this.put(at, this.field(oa & ~(this.leafBytes(level) - 1n)) | attributes | (level === 3 ? 3n : 1n));
    return at;
  }
  /** Writes a descriptor as it is. */
  raw(ia: bigint, level: number, word: bigint): bigint {
    const at = this.slot(ia, level);
    this.put(at, word);
    return at;
  }
  read(ia: bigint, level: number): bigint {
    return this.get(this.slot(ia, level));
  }
  /** OR into an existing descriptor. */
  or(ia: bigint, level: number, bits: bigint): void {
    const at = this.slot(ia, level);
    this.put(at, this.get(at) | bits);
  }
}
