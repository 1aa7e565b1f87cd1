/** Guest physical memory for the host's side: what the SMMU, the drivers and the devices of the machine read and write. */
import * as Layout from '../../assembly/abi/layout.js';
import * as RamWindow from '../../assembly/abi/ram-window.js';
import { big, hex, integer, list, show } from '../base/check.js';
import type { CoreMemory } from './core-memory.js';
import { PAGE_BYTES, type ResolvedWindow } from '../config/windows.js';
import { SparsePages } from './sparse-pages.js';

const U32 = 0xffff_ffff;
const U64 = (1n << 64n) - 1n;
const MAX_ADDRESS = (1n << 52n) - 1n;

/**
 * RAM by physical address, little-endian, aligned or not. Only RAM windows are reached, never the bus: an address outside
 * is a RangeError. A page of a sparse window reads as zero until it is written.
 */
export interface GuestMemory {
  /** Unsigned. */
  read64(pa: bigint): bigint;
  write64(pa: bigint, value: bigint): void;
  /** Unsigned. */
  read32(pa: bigint): number;
  write32(pa: bigint, value: number): void;
  /** A copy of `length` bytes. */
  read(pa: bigint, length: number): Uint8Array;
  write(pa: bigint, bytes: Uint8Array): void;
  /**
   * The bytes themselves, inside one window (of a sparse window: inside one 4 KiB page, which comes into being). Dead after
   * the lender of the memory has grown it.
   */
  view(pa: bigint, length: number): Uint8Array;
}

interface Window {
  readonly base: bigint;
  /** It grows where the window follows its lender's memory. */
  size: bigint;
  readonly follow: boolean;
  /** Dense: where it begins in linear memory. */
  readonly offset: number;
  readonly pages: SparsePages | undefined;
}

/** {@link GuestMemory} over the windows of one device. */
export class WindowMemory implements GuestMemory {
  readonly #core: CoreMemory;
  readonly #windows: readonly Window[];
  readonly #scratch = new DataView(new ArrayBuffer(8));

  /** `offsets`: where each window, or its pool, begins in linear memory. */
  constructor(core: CoreMemory, windows: readonly ResolvedWindow[], offsets: readonly number[]) {
    this.#core = core;
    this.#windows = windows.map(({ base, size, sparse, follow }, i) => ({
      base,
      size,
      follow,
      offset: offsets[i],
      pages: sparse ? new SparsePages(core, Layout.WINDOWS + i * RamWindow.BYTES) : undefined,
    }));
  }

  /** Whether any window grows with its lender's memory. */
  get follows(): boolean {
    return this.#windows.some(({ follow }) => follow);
  }

  /** Lets windows that follow their lender's memory end where it ends now, for the core too. @returns whether any has changed */
  follow(): boolean {
    let changed = false;
    const { byteLength } = this.#core.memory.buffer;
    this.#windows.forEach((window, i) => {
      if (!window.follow) return;
      const above = this.#windows.map(({ base }) => base).filter((base) => base > window.base);
      const end = above.reduce((least, base) => (base < least ? base : least), MAX_ADDRESS + 1n);
      const room = end - window.base;
      const there = BigInt(byteLength - window.offset);
      const size = there < room ? there : room;
      const at = Layout.WINDOWS + i * RamWindow.BYTES + RamWindow.SIZE;
      if (this.#core.get64(at) === size && window.size === size) return;
      window.size = size;
      this.#core.set64(at, size);
      changed = true;
    });
    return changed;
  }

  read64(pa: bigint): bigint {
    const at = this.#dense(pa, 8);
    if (at >= 0) return this.#core.view.getBigUint64(at, true);
    this.#copyOut(pa, this.#scratchBytes(8));
    return this.#scratch.getBigUint64(0, true);
  }

  write64(pa: bigint, value: bigint): void {
    big(value, 'value', 0n, U64);
    const at = this.#dense(pa, 8);
    if (at >= 0) return this.#core.view.setBigUint64(at, value, true);
    this.#scratch.setBigUint64(0, value, true);
    this.#copyIn(pa, this.#scratchBytes(8));
  }

  read32(pa: bigint): number {
    const at = this.#dense(pa, 4);
    if (at >= 0) return this.#core.view.getUint32(at, true);
    this.#copyOut(pa, this.#scratchBytes(4));
    return this.#scratch.getUint32(0, true);
  }

  write32(pa: bigint, value: number): void {
    integer(value, 'value', 0, U32);
    const at = this.#dense(pa, 4);
    if (at >= 0) return this.#core.view.setUint32(at, value, true);
    this.#scratch.setUint32(0, value, true);
    this.#copyIn(pa, this.#scratchBytes(4));
  }

  read(pa: bigint, length: number): Uint8Array {
    checkAddress(pa);
    const bytes = new Uint8Array(checkLength(length));
    this.#copyOut(pa, bytes);
    return bytes;
  }

  write(pa: bigint, bytes: Uint8Array): void {
    if (!ArrayBuffer.isView(bytes)) throw new TypeError(`bytes must be a Uint8Array, not ${show(bytes)}`);
    checkAddress(pa);
    this.#copyIn(pa, new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  }

  view(pa: bigint, length: number): Uint8Array {
    const window = this.#windowOf(pa, checkLength(length));
    const room = window.base + window.size - pa;
    if (BigInt(length) > room) {
      throw new RangeError(
        `a view of ${length} bytes at ${hex(pa)} would leave its RAM window after ${room} bytes`,
      );
    }
    if (window.pages === undefined) {
      const at = window.offset + Number(pa - window.base);
      return this.#core.bytes.subarray(at, at + length);
    }
    const inPage = Number(pa % BigInt(PAGE_BYTES));
    if (inPage + length > PAGE_BYTES) {
      throw new RangeError(
        `a view of ${length} bytes at ${hex(pa)} would cross a page of its sparse RAM window`,
      );
    }
    const at = window.pages.locate(pa, true)! + inPage;
    return this.#core.bytes.subarray(at, at + length);
  }

  /** How many of the bytes from `pa` on, at most `most`, are alike: of one window, or of none. */
  span(pa: bigint, most: number): { readonly inRam: boolean; readonly length: number } {
    let end = pa + BigInt(most);
    for (const { base, size } of this.#windows) {
      if (pa >= base && pa < base + size)
        return { inRam: true, length: Number(end < base + size ? end - pa : base + size - pa) };
      if (base > pa && base < end) end = base;
    }
    return { inRam: false, length: Number(end - pa) };
  }

  /** Linear address of [pa, pa + length) when one dense window holds it, else -1. */
  #dense(pa: bigint, length: number): number {
    if (typeof pa !== 'bigint') checkAddress(pa);
    for (const window of this.#windows) {
      const offset = pa - window.base;
      if (offset < 0n || offset + BigInt(length) > window.size) continue;
      return window.pages === undefined ? window.offset + Number(offset) : -1;
    }
    return -1;
  }

  #windowOf(pa: bigint, length: number): Window {
    checkAddress(pa);
    const window = this.#windows.find(({ base, size }) => pa >= base && pa < base + size);
    if (window !== undefined) return window;
    if (this.follow()) return this.#windowOf(pa, length);
    const ranges = this.#windows.map(({ base, size }) => `${hex(base)}..${hex(base + size - 1n)}`);
    throw new RangeError(
      `physical address ${hex(pa)} (${length} bytes from there) lies in no RAM window; there is ` +
        (ranges.length === 0 ? 'none' : list(ranges, 'and')),
    );
  }

  /** Gives each piece of [pa, pa + length) that is contiguous in linear memory; the address is undefined where no page exists. */
  #pieces(
    pa: bigint,
    length: number,
    create: boolean,
  ): { at: number | undefined; start: number; end: number }[] {
    const pieces: { at: number | undefined; start: number; end: number }[] = [];
    for (let start = 0; start < length;) {
      const here = pa + BigInt(start);
      const window = this.#windowOf(here, length - start);
      const inWindow = window.base + window.size - here;
      const inPage = Number(here % BigInt(PAGE_BYTES));
      const room = window.pages === undefined ? length : PAGE_BYTES - inPage;
      const end = start + Math.min(length - start, room, Number(inWindow));
      const page = window.pages?.locate(here, create);
      const at =
        window.pages === undefined
          ? window.offset + Number(here - window.base)
          : page === undefined
            ? undefined
            : page + inPage;
      pieces.push({ at, start, end });
      start = end;
    }
    return pieces;
  }

  #copyOut(pa: bigint, into: Uint8Array): void {
    for (const { at, start, end } of this.#pieces(pa, into.length, false)) {
      if (at === undefined) into.fill(0, start, end);
      else into.set(this.#core.bytes.subarray(at, at + end - start), start);
    }
  }

  /** All pieces are found before the first is written, so that a RangeError leaves memory as it was. */
  #copyIn(pa: bigint, from: Uint8Array): void {
    for (const { at, start, end } of this.#pieces(pa, from.length, true)) {
      this.#core.bytes.set(from.subarray(start, end), at);
    }
  }

  #scratchBytes(length: number): Uint8Array {
    return new Uint8Array(this.#scratch.buffer, 0, length);
  }
}

function checkAddress(pa: unknown): void {
  big(pa, 'pa', 0n, MAX_ADDRESS);
}

function checkLength(length: number): number {
  return integer(length, 'length', 0, 2 ** 32 - 1);
}
