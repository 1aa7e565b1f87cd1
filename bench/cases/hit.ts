/** TLB hits: the working set within the micro TLB, then within the main TLB only. */
import { type CacheConfig, HIT_MAIN, HIT_MICRO, presets } from '../../src/index.js';
import {
  type BatchLoad,
  batchLoad,
  CHUNK_BYTES,
  type Chunk,
  chunksOf,
  generator,
  type Rows,
} from '../batch-load.js';
import { Device, type DeviceOptions } from '../device.js';
import { CHUNK_ROWS } from '../measure.js';
import type { Reference } from '../reference.js';
import { type Case, timesReference } from '../row.js';

const BARS = { micro: { pages: 0.5, mixed: 0.35 }, main: { pages: 0.33, mixed: 0.2 } } as const;
const RAM_BYTES = 16 * 2 ** 20;
const PAGE = 4096;
const BLOCK = 2 ** 21;
const PAGES_AT = 0x10_0000_0000;
const BLOCKS_AT = 0x20_0000_0000;
/** Pages of the outputs; no memory is there, and none is touched. */
const OUTPUT_AT = 0x1_0000_0000;
/** Three of the four ways of each of the 128 sets; the micro TLB's 16 entries hold a twenty-fourth of them. */
export const MAIN_PAGES = 384;
export const MICRO_PAGES = 16;
const LINES = 64;

/** A working set and who uses it. */
export interface Shape {
  readonly name: string;
  readonly streams: number;
  readonly pages: number;
  readonly mixed: boolean;
}

interface Page {
  readonly streamId: number;
  readonly input: number;
  readonly output: number;
  readonly bytes: number;
}

/** The pages of these numbers, dealt out to the streams; in a mixed set every second is a block of 2 MiB. */
function pagesOf({ streams, mixed }: Shape, numbers: readonly number[]): Page[] {
  return numbers.map((n): Page => {
    const streamId = 1 + (n % streams);
    if (mixed && ((n % streams) + Math.floor(n / streams)) % 2 === 1) {
      return { streamId, input: BLOCKS_AT + n * BLOCK, output: OUTPUT_AT + (n + 1) * BLOCK, bytes: BLOCK };
    }
    return { streamId, input: PAGES_AT + n * PAGE, output: OUTPUT_AT + 3 * n * PAGE, bytes: PAGE };
  });
}

function rowsOf(pages: readonly Page[], seed = 0x5eed): Rows {
  const random = generator(seed);
  const streamId = new Uint32Array(CHUNK_ROWS);
  const iova = new Uint32Array(2 * CHUNK_ROWS);
  const pa = new Uint32Array(2 * CHUNK_ROWS);
  for (let row = 0; row < CHUNK_ROWS; row++) {
    const page = pages[random() % pages.length];
    const inside = (random() % (page.bytes / LINES)) * LINES;
    streamId[row] = page.streamId;
    iova[2 * row] = page.input + inside;
    iova[2 * row + 1] = (page.input + inside) / 2 ** 32;
    pa[2 * row] = page.output + inside;
    pa[2 * row + 1] = (page.output + inside) / 2 ** 32;
  }
  return { streamId, iova, pa };
}

/** A device that maps pages for the streams of a set. */
async function mapped(
  shape: Shape,
  options: Pick<DeviceOptions, 'caches' | 'timing'>,
  pages: readonly Page[],
): Promise<Device> {
  const device = await Device.create({ ...options, ramBytes: RAM_BYTES, batchBytes: CHUNK_BYTES });
  const roots = Array.from({ length: shape.streams }, (_, i) => {
    const root = device.table();
    device.stage1(i + 1, root, i + 1);
    return root;
  });
  for (const { streamId, input, output, bytes } of pages) {
    device.map(1, roots[streamId - 1], input, output, { level: bytes === BLOCK ? 2 : 3 });
  }
  return device;
}

/**
 * Numbers of pages that the TLBs hold at once: consecutive ones, but where a hash of the stream puts more into a set than it has ways,
 * others in place of those that were not found when all had been used before.
 */
async function fitting(shape: Shape, caches: CacheConfig): Promise<number[]> {
  let numbers = Array.from({ length: shape.pages }, (_, n) => n);
  for (let next = shape.pages; ;) {
    const pages = pagesOf(shape, numbers);
    const { smmu } = await mapped(shape, { caches }, pages);
    const batch = smmu.createBatch(pages.length);
    pages.forEach(({ streamId, input }, row) => {
      batch.streamId[row] = streamId;
      batch.iovaWords.set([input, input / 2 ** 32], 2 * row);
    });
    smmu.translateBatch(batch);
    smmu.translateBatch(batch);
    const held = numbers.filter((_, row) => [HIT_MICRO, HIT_MAIN].includes(batch.status[row] >>> 24));
    smmu.dispose();
    if (held.length === numbers.length) return numbers;
    const others = Array.from({ length: numbers.length - held.length }, () => next++);
    numbers = [...held, ...others];
  }
}

/** A device that maps the set, and a chunk of random accesses to it. */
export async function hitDevice(
  shape: Shape,
  options: Pick<DeviceOptions, 'timing'> & { readonly caches: CacheConfig },
  seed?: number,
): Promise<{ device: Device; chunks: Chunk[] }> {
  const pages = pagesOf(shape, await fitting(shape, options.caches));
  const device = await mapped(shape, options, pages);
  return { device, chunks: chunksOf(device.smmu, [rowsOf(pages, seed)]) };
}

async function hitCase(tlb: 'micro' | 'main', shape: Shape, reference: Reference): Promise<Case> {
  const { device, chunks } = await hitDevice(shape, { caches: presets['mmu600-agilex5'].caches });
  const load = batchLoad(device.smmu, shape.name, chunks);
  return {
    group: `hit, ${tlb} TLB`,
    name: shape.name,
    load,
    reference: reference.tlbSimd,
    bar: timesReference(BARS[tlb][shape.mixed ? 'mixed' : 'pages']),
    detail: () => hitDetail(load),
  };
}

/** Where the answers of the last chunk came from. */
export function hitDetail(load: BatchLoad): string {
  const shares = load.hitShares();
  return `${percent(shares[HIT_MICRO])} micro, ${percent(shares[HIT_MAIN])} main`;
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** One stream and 16, with pages alone and with blocks among them. */
export function shapes(pages: number): Shape[] {
  return [1, 16].flatMap((streams) =>
    [false, true].map((mixed): Shape => {
      const who = streams === 1 ? '1 stream' : `${streams} streams`;
      return { name: `${who}, ${pages} ${mixed ? 'pages of 4K and 2M' : '4K pages'}`, streams, pages, mixed };
    }),
  );
}

export async function hitCases(reference: Reference): Promise<Case[]> {
  const few = [4, 11].map((pages) => ({
    name: `1 stream, ${pages} 4K pages`,
    streams: 1,
    pages,
    mixed: false,
  }));
  const micro = [...shapes(MICRO_PAGES), ...few];
  const cases: Case[] = [];
  for (const shape of micro) cases.push(await hitCase('micro', shape, reference));
  for (const shape of shapes(MAIN_PAGES)) cases.push(await hitCase('main', shape, reference));
  return cases;
}
