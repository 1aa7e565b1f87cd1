import { blockAllowed, entryLog2, firstTableLog2, tableIndex } from './geometry.js';
import type { MemoryImage } from './random-memory.js';
import type { Rng } from './random-rng.js';

/** How a set of tables looks; `walk.ts` reads what this writes. */
export interface BuildShape {
  granule: number;
  ds: boolean;
  startLevel: number;
  inputSize: number;
  outputSize: number;
  oas: number;
  bigEndian: boolean;
}

/** Where a table stands: its address as its parent names it (IPA or PA), and where its bytes are. */
export interface Place {
  address: number;
  pa: number;
}

const ADDRESS_48 = (1n << 48n) - 1n;

function swap(value: bigint): bigint {
  let out = 0n;
  for (let i = 0n; i < 64n; i += 8n) out |= ((value >> i) & 0xffn) << (56n - i);
  return out;
}

/** Writes translation tables, creating intermediate ones on demand. */
export class TableBuilder {
  readonly root: Place;
  private readonly children = new Map<string, Place | 'leaf'>();

  constructor(
    private readonly parts: { rng: Rng; image: MemoryImage; barredBits: readonly number[] },
    readonly shape: BuildShape,
    private readonly place: (size: number) => Place,
    private readonly tableBits: () => bigint,
  ) {
    const { granule, startLevel, inputSize, outputSize } = shape;
    this.root = place(2 ** Math.max(4, firstTableLog2(granule, startLevel, inputSize, outputSize)));
  }

  /** Levels at which a leaf may stand. */
  leafLevels(): number[] {
    const { granule, ds, oas, startLevel } = this.shape;
    return [0, 1, 2].filter((l) => l >= startLevel && blockAllowed(granule, l, ds, oas)).concat(3);
  }

  leafLog2(level: number): number {
    return entryLog2(this.shape.granule, level);
  }

  /** Maps the page or block around `input`; false where something else is mapped already. */
  map(input: number, level: number, output: number, bits: bigint): boolean {
    const { granule, startLevel } = this.shape;
    let table = this.root;
    for (let l = startLevel; ; l++) {
      const slot = table.pa + tableIndex(granule, l, input, l === startLevel) * 8;
      const key = `${l}:${Math.floor(input / 2 ** entryLog2(granule, l))}`;
      const child = this.children.get(key);
      if (l === level) {
        if (child !== undefined) return false;
        this.children.set(key, 'leaf');
        const base = output - (output % 2 ** entryLog2(granule, l));
        this.write(slot, this.encode(base) | bits | (level === 3 ? 3n : 1n));
        return true;
      }
      if (child === 'leaf') return false;
      if (child === undefined) {
        const next = this.place(2 ** granule);
        this.children.set(key, next);
        // Now and then a table pointer that leads nowhere: outside RAM, or beyond the output size.
        const wild = this.parts.rng.chance(0.008);
        const target = wild ? this.parts.rng.below(2 ** Math.min(this.shape.oas, 52)) : next.address;
        // Tables overlap now and then. Bit 11 means nothing in a Table descriptor, but one that is read as a page too is not
        // to be global by chance.
        const notGlobal = this.parts.barredBits.includes(11) ? 1n << 11n : 0n;
        const bits = this.tableBits() | notGlobal | 3n;
        this.write(slot, this.encode(target - (target % 2 ** granule)) | bits);
        table = next;
      } else table = child;
    }
  }

  /** Address bits of a descriptor: three forms above bit 47 (DDI 0487 D8.3). */
  private encode(address: number): bigint {
    const a = BigInt(address);
    if (this.shape.granule === 16) return (a & ADDRESS_48) | ((a >> 48n) << 12n);
    if (this.shape.ds) return (a & ((1n << 50n) - 1n)) | ((a >> 50n) << 8n);
    return a & ADDRESS_48;
  }

  private write(pa: number, descriptor: bigint): void {
    const { rng, image, barredBits } = this.parts;
    let value = descriptor;
    const flipped = rng.below(64);
    if (rng.chance(0.012) && !barredBits.includes(flipped)) value ^= 1n << BigInt(flipped);
    image.write64(BigInt(pa), this.shape.bigEndian ? swap(value) : value);
  }
}
