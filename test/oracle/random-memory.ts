import type { PhysMem } from './types.js';
import type { Rng } from './random-rng.js';
import { toBigint, toWord } from './words.js';
import type { Word } from './words.js';

/** RAM of every random case: small, but with one window under each address width. */
export const RAM_WINDOWS: readonly { base: bigint; size: number }[] = [
  { base: 0x4000_0000n, size: 0x40_0000 },
  { base: 0x8_0000_0000n, size: 0x4_0000 },
  { base: 0x80_0000_0000n, size: 0x4_0000 },
  { base: 0x8000_0000_0000n, size: 0x4_0000 },
  { base: 0x8_0000_0000_0000n, size: 0x4_0000 },
];

/** Where a device that runs the cases has its queues: RAM for the device, none for the reference (`MemoryImage.queueRead`). */
export const QUEUE_WINDOW = { base: 0xfff0_0000n, size: 0x1_0000 };

export const MAIN_BASE = 0x4000_0000;
export const MAIN_SIZE = 0x40_0000;

const WINDOWS = RAM_WINDOWS.map((w) => ({ first: Number(w.base), end: Number(w.base) + w.size }));

const QUEUES = Number(QUEUE_WINDOW.base);
const ZERO: Word = { hi: 0, lo: 0 };

/** Physical memory as pages of 512 words in halves, those never written being zero; an external abort outside RAM_WINDOWS. */
export class MemoryImage implements PhysMem {
  /** A stray pointer led into QUEUE_WINDOW, where memory is what the device has written: nothing can be said of that translation. */
  queueRead = false;

  /**
   * A bit that one update set was cleared by another, or the other way round: the word is a descriptor of both stages. A cached leaf of
   * one need not know of it (§3.21.3), so that nothing can be said of what follows where there are caches.
   */
  contradicted = false;
  /** Bits that updates have set and cleared, by address. */
  private readonly updates = new Map<number, { set: number; cleared: number }>();

  /** Keyed by page number (PA / 4096). */
  constructor(readonly pages = new Map<number, Uint32Array>()) {}

  clone(): MemoryImage {
    return new MemoryImage(new Map([...this.pages].map(([n, words]) => [n, words.slice()])));
  }

  readWord(address: number): Word | undefined {
    const page = this.pages.get(Math.floor(address / 4096));
    if (page === undefined) {
      if (address >= QUEUES && address < QUEUES + QUEUE_WINDOW.size) this.queueRead = true;
      return inRam(address) ? ZERO : undefined;
    }
    const at = ((address % 4096) >>> 3) * 2;
    return { hi: page[at + 1], lo: page[at] };
  }

  writeWord(address: number, { hi, lo }: Word): boolean {
    if (!inRam(address)) return false;
    const number = Math.floor(address / 4096);
    let page = this.pages.get(number);
    if (page === undefined) this.pages.set(number, (page = new Uint32Array(1024)));
    const at = ((address % 4096) >>> 3) * 2;
    page[at] = lo;
    page[at + 1] = hi;
    return true;
  }

  /** A hardware update: low words, where the flags are that hardware sets and clears. */
  noteUpdate(address: number, before: number, after: number): void {
    const update = this.updates.get(address) ?? { set: 0, cleared: 0 };
    update.set |= after & ~before;
    update.cleared |= before & ~after;
    this.updates.set(address, update);
    if (update.set & update.cleared) this.contradicted = true;
  }

  read64(pa: bigint): bigint | undefined {
    const word = this.readWord(Number(pa));
    return word === undefined ? undefined : toBigint(word);
  }

  write64(pa: bigint, value: bigint): boolean {
    return this.writeWord(Number(pa), toWord(value));
  }

  writeWords(pa: number, words: readonly bigint[]): void {
    words.forEach((word, i) => this.writeWord(pa + 8 * i, toWord(word)));
  }
}

export function inRam(address: number): boolean {
  return WINDOWS.some((w) => address >= w.first && address < w.end);
}

/** Hands out places for structures, apart from each other as long as there is room. */
export class Allocator {
  private readonly used = new Set<number>();

  constructor(
    private readonly rng: Rng,
    private readonly oas: number,
  ) {}

  /** `size` bytes (a power of two), aligned to it; `limit` keeps it within the first bytes of the main window. */
  place(size: number, limit?: number): number {
    let address = 0;
    for (let tries = 0; tries < 24; tries++) {
      address = this.candidate(size, limit);
      if (this.free(address, size)) break;
    }
    for (let page = Math.floor(address / 4096); page * 4096 < address + size; page++) this.used.add(page);
    return address;
  }

  private candidate(size: number, limit: number | undefined): number {
    const high = WINDOWS.filter((w) => w.end <= 2 ** this.oas).slice(1);
    const inHigh = limit === undefined && size <= 0x1_0000 && high.length > 0 && this.rng.chance(0.25);
    const base = inHigh ? this.rng.pick(high).first : MAIN_BASE;
    const span = inHigh ? 0x4_0000 : Math.min(limit ?? MAIN_SIZE, MAIN_SIZE);
    return base + this.rng.below(Math.max(1, Math.floor(span / size))) * size;
  }

  private free(address: number, size: number): boolean {
    for (let page = Math.floor(address / 4096); page * 4096 < address + size; page++) {
      if (this.used.has(page)) return false;
    }
    return true;
  }
}
