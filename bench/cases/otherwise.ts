/** Peak speed is no accident of the benchmark: the same rows with one thing changed, against the rows as they are. */
import { FLAG_PRIVILEGED, FLAG_WRITE, presets } from '../../src/index.js';
import { type BatchLoad, batchLoad, type Chunk, type Manner } from '../batch-load.js';
import type { Device } from '../device.js';
import { CHUNK_ROWS, type Load } from '../measure.js';
import type { Reference } from '../reference.js';
import { type Case, timesReference } from '../row.js';
import { hitDevice, MAIN_PAGES, MICRO_PAGES, type Shape } from './hit.js';
import { imageDevice, type Walked } from './walk.js';

const LEAST = 0.8;
const { caches } = presets['mmu600-agilex5'];

interface Kind {
  readonly name: string;
  readonly make: (seed?: number) => Promise<Walked>;
}

const hit = (name: string, shape: Omit<Shape, 'name'>): Kind => ({
  name,
  make: (seed) => hitDevice({ name, ...shape }, { caches }, seed),
});

/** Calls of so many rows. */
const pieces = (rows: number): Manner => ({
  run: (smmu, batch) => {
    for (let start = 0; start < batch.capacity; start += rows)
      smmu.translateBatch(batch, Math.min(rows, batch.capacity - start), start);
  },
});

/** Reads, writes and privileged ones in no order. */
function mixFlags(chunks: readonly Chunk[]): void {
  for (const { batch } of chunks) {
    for (let row = 0; row < CHUNK_ROWS; row++) {
      const n = (row * 0x9e37_79b1) >>> 16;
      batch.flags[row] = (n & 1 ? FLAG_WRITE : 0) | (n & 2 ? FLAG_PRIVILEGED : 0);
    }
  }
}

/** Both in turn, a part of a chunk each time. */
function interleaved(name: string, one: Walked, other: Walked): Load {
  const part = CHUNK_ROWS / 16;
  const loads: [BatchLoad, Device][] = [one, other].map((walked) => [
    batchLoad(walked.device.smmu, name, walked.chunks),
    walked.device,
  ]);
  const [[first], [second]] = loads;
  let chunk = 0;
  return {
    name,
    operations: 2 * CHUNK_ROWS,
    turns: one.chunks.length,
    prepare: () => {
      chunk = (chunk + 1) % one.chunks.length;
      first.prepare?.();
      second.prepare?.();
    },
    work: () => {
      for (let start = 0; start < CHUNK_ROWS; start += part) {
        one.device.smmu.translateBatch(one.chunks[chunk].batch, part, start);
        other.device.smmu.translateBatch(other.chunks[chunk].batch, part, start);
      }
    },
    check: (warm) => {
      first.check(warm);
      second.check(warm);
    },
  };
}

export async function otherwiseCases(reference: Reference): Promise<Case[]> {
  const kinds: Kind[] = [
    hit('hit, micro TLB', { streams: 16, pages: MICRO_PAGES, mixed: false }),
    hit('hit, main TLB', { streams: 16, pages: MAIN_PAGES, mixed: false }),
    hit('hit, main TLB, pages of 4K and 2M', { streams: 16, pages: MAIN_PAGES, mixed: true }),
    { name: 'miss, TLBs and walk caches', make: () => imageDevice(reference, { caches }) },
  ];
  const cases: Case[] = [];
  for (const { name: group, make } of kinds) {
    const asIs = await make();
    const plain = batchLoad(asIs.device.smmu, 'as they are', asIs.chunks);
    const add = (name: string, load: Load): void => {
      cases.push({
        group: `the same rows otherwise: ${group}`,
        name,
        load,
        reference: plain,
        bar: timesReference(LEAST),
      });
    };
    add('calls of 1,000 rows', batchLoad(asIs.device.smmu, 'calls of 1,000 rows', asIs.chunks, pieces(1000)));
    const other = await make(0xc0ffee);
    add('another seed, another device', batchLoad(other.device.smmu, 'another seed', other.chunks));
    add('two devices in turn', interleaved('two devices', other, await make(1)));
    const mixed = await make();
    mixFlags(mixed.chunks);
    add('flags mixed row by row', batchLoad(mixed.device.smmu, 'mixed flags', mixed.chunks));
  }
  return cases;
}
