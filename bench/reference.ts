/**
 * The frozen kernel of bench/reference-kernel: bare loops that stand for what a core of this class can do on this
 * machine, now. Its sum is checked before every use, and so is every answer that it gives. `tlbSimd` and `walk4` are the
 * references; `tlb` hangs on the branch predictor and `walk` on the neighbours, so that they are shown and no bar is about them.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Load } from './measure.js';
import { CHUNK_ROWS } from './measure.js';

const SHA256 = '3a7fddd3abc4e6c1557510fe5aa238ca2b94b575b7186d6a35a167231cdbf079';
/** From dist/bench/ as well as from bench/. */
const FOLDERS = [
  new URL('../../bench/reference-kernel/', import.meta.url),
  new URL('reference-kernel/', import.meta.url),
];

// The kernel's memory, kernel.ts and image.mjs.
const OUT = 0x18000;
const TLB_STREAM = 0x10_0000;
const TLB_STREAM_LENGTH = 0x1_0000;
const WALK_STREAM = 0x20_0000;
const WALK_STREAM_LENGTH = 0x4_0000;
const TABLE = 0x100_0000;
const MEMORY_PAGES = 1280;
const HOT_PAGES = 300;
const ASID = 5;

interface KernelExports {
  tlb(n: number, asid: number): number;
  tlbSimd(n: number, asid: number): number;
  walk(n: number, start: number): number;
  walk4(n: number, start: number): number;
}

interface Image {
  buildImage(buffer: ArrayBuffer, hotPages: number, coldPercent: number): void;
}

/** The walk's input and what it must give: the tables are copied into the device that is measured against it. */
export interface WalkImage {
  /** 64 MiB of tables; addresses in descriptors count from their first byte. */
  readonly tables: Uint8Array;
  /** Input addresses as low and high words. */
  readonly addresses: Uint32Array;
  /** Output addresses as low and high words. */
  readonly outputs: Uint32Array;
}

export interface Reference {
  /** One look-up of a hot 4-way × 256-set array, scalar. */
  readonly tlb: Load;
  /** The same, all ways compared at once. */
  readonly tlbSimd: Load;
  /** One 4-level 4 KiB walk, random pages over 64 MiB of tables. */
  readonly walk: Load;
  /** The same, four walks interleaved. */
  readonly walk4: Load;
  readonly image: WalkImage;
}

async function fileOf(name: string): Promise<Buffer> {
  for (const folder of FOLDERS) {
    const bytes = await readFile(new URL(name, folder)).catch(() => undefined);
    if (bytes !== undefined) return bytes;
  }
  throw new Error(`bench/reference-kernel/${name} is missing: expected a checkout of the project`);
}

async function imageBuilder(): Promise<Image> {
  const source = await fileOf('image.mjs');
  return (await import(`data:text/javascript;base64,${source.toString('base64')}`)) as Image;
}

/** @throws Error when kernel.wasm is not the frozen one */
export async function loadReference(): Promise<Reference> {
  const bytes = await fileOf('kernel.wasm');
  const sum = createHash('sha256').update(bytes).digest('hex');
  if (sum !== SHA256) {
    throw new Error(`bench/reference-kernel/kernel.wasm has sha256 ${sum}, expected the frozen ${SHA256}`);
  }
  const memory = new WebAssembly.Memory({ initial: MEMORY_PAGES });
  const { instance } = await WebAssembly.instantiate(new Uint8Array(bytes), { env: { memory } });
  const kernel = instance.exports as unknown as KernelExports;
  (await imageBuilder()).buildImage(memory.buffer, HOT_PAGES, 0);
  const words = new Uint32Array(memory.buffer);
  const image = walkImage(memory.buffer);
  return {
    tlb: tlbLoad(kernel, 'tlb', words),
    tlbSimd: tlbLoad(kernel, 'tlbSimd', words),
    walk: walkLoad(kernel, 'walk', words, image),
    walk4: walkLoad(kernel, 'walk4', words, image),
    image,
  };
}

/** Exclusive or of everything that the loop must have found. */
interface Sum {
  readonly lo: number;
  readonly hi: number;
}

function checkSum(words: Uint32Array, expected: Sum, what: string): void {
  if (words[OUT >> 2] !== expected.lo || words[(OUT >> 2) + 1] !== expected.hi) {
    throw new Error(`the reference kernel's ${what} gave a wrong sum`);
  }
}

function tlbLoad(kernel: KernelExports, loop: 'tlb' | 'tlbSimd', words: Uint32Array): Load {
  if (CHUNK_ROWS !== TLB_STREAM_LENGTH) throw new Error('a chunk must be one round of the look-up stream');
  let lo = 0;
  let hi = 0;
  for (let i = 0; i < TLB_STREAM_LENGTH; i++) {
    const at = (TLB_STREAM >> 2) + 2 * i;
    // What a fill puts in the array: ((va >> 12) ^ 0x5a5a5) << 12, cut to 48 bits.
    const mixed = words[at] ^ (0x5a5a5 << 12);
    lo ^= (mixed & ~0xfff) | (words[at] & 0xfff);
    hi ^= words[at + 1] & 0xffff;
  }
  const expected = { lo: lo >>> 0, hi: hi >>> 0 };
  let hits = 0;
  return {
    name: loop,
    operations: TLB_STREAM_LENGTH,
    work: () => {
      hits = kernel[loop](TLB_STREAM_LENGTH, ASID);
    },
    check: (warm) => {
      checkSum(words, expected, loop);
      if (warm && hits < 0.98 * TLB_STREAM_LENGTH)
        throw new Error(`the reference kernel hit only ${hits} times`);
    },
  };
}

function walkImage(buffer: ArrayBuffer): WalkImage {
  const words = new Uint32Array(buffer);
  const tables = new Uint8Array(buffer, TABLE);
  const addresses = new Uint32Array(buffer, WALK_STREAM, 2 * WALK_STREAM_LENGTH);
  const outputs = new Uint32Array(2 * WALK_STREAM_LENGTH);
  const entry = (table: number, index: number): number => ((TABLE + table) >> 2) + 2 * index;
  for (let i = 0; i < WALK_STREAM_LENGTH; i++) {
    const lo = addresses[2 * i];
    const hi = addresses[2 * i + 1];
    const l1 = words[entry(0, (hi >>> 7) & 511)] & ~0xfff;
    const l2 = words[entry(l1, ((hi << 2) | (lo >>> 30)) & 511)] & ~0xfff;
    const l3 = words[entry(l2, (lo >>> 21) & 511)] & ~0xfff;
    const leaf = entry(l3, (lo >>> 12) & 511);
    outputs[2 * i] = (words[leaf] & ~0xfff) | (lo & 0xfff);
    outputs[2 * i + 1] = words[leaf + 1] & 0xffff;
  }
  return { tables, addresses, outputs };
}

function walkLoad(
  kernel: KernelExports,
  loop: 'walk' | 'walk4',
  words: Uint32Array,
  { outputs }: WalkImage,
): Load {
  const chunks = WALK_STREAM_LENGTH / CHUNK_ROWS;
  const sums = Array.from({ length: chunks }, (_, chunk): Sum => {
    let lo = 0;
    let hi = 0;
    for (let i = chunk * CHUNK_ROWS; i < (chunk + 1) * CHUNK_ROWS; i++) {
      lo ^= outputs[2 * i];
      hi ^= outputs[2 * i + 1];
    }
    return { lo: lo >>> 0, hi: hi >>> 0 };
  });
  let chunk = 0;
  let walked = 0;
  return {
    name: loop,
    operations: CHUNK_ROWS,
    turns: chunks,
    prepare: () => {
      chunk = (chunk + 1) % chunks;
    },
    work: () => {
      walked = kernel[loop](CHUNK_ROWS, chunk * CHUNK_ROWS);
    },
    check: () => {
      checkSum(words, sums[chunk], loop);
      if (walked !== CHUNK_ROWS) throw new Error(`the reference kernel finished only ${walked} walks`);
    },
  };
}
