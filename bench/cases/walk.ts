/** Stage 1 walks of four levels, over the reference kernel's own tables and addresses; and nested walks. */
import * as Pte from '../../assembly/arch/pte.js';
import * as Shareability from '../../assembly/arch/shareability.js';
import { type CacheConfig, HIT_WALK, presets } from '../../src/index.js';
import {
  type BatchLoad,
  batchLoad,
  CHUNK_BYTES,
  type Chunk,
  chunksOf,
  generator,
  type Rows,
} from '../batch-load.js';
import { Device, type DeviceOptions, RAM } from '../device.js';
import { CHUNK_ROWS } from '../measure.js';
import type { Reference, WalkImage } from '../reference.js';
import { type Case, timesReference } from '../row.js';

const BAR_NESTED = 0.25;

const { caches: PRESET } = presets['mmu600-agilex5'];
/** Only the configuration is kept: every translation reads all its descriptors. */
export const CONFIG_ONLY: CacheConfig = { configCache: PRESET.configCache };

/** What is cached, and the bars with tables that the processor's caches do not hold (× walk4), and with those that they do (× tlbSimd). */
const CACHED: readonly { name: string; caches: CacheConfig; cold: number; hot: number }[] = [
  { name: 'no cache but the configuration cache', caches: CONFIG_ONLY, cold: 0.6, hot: 0.08 },
  { name: 'TLBs, no walk caches', caches: { ...PRESET, walkCaches: false }, cold: 0.5, hot: 0.053 },
  { name: 'TLBs and walk caches', caches: PRESET, cold: 0.45, hot: 0.048 },
];

const field = (at: number, value: number): number => value << ((at >>> 8) & 0xff);
/** A leaf of the image is valid and has AF, no more. */
const IMAGE_LEAF = field(Pte.AF, 1) | 3;
const LEAF = field(Pte.nG, 1) | field(Pte.SH, Shareability.INNER_SHAREABLE) | field(Pte.AP, Pte.AP_RW);

/** The kernel's tables as a device reads them: at physical address 0, with attributes in the leaves. */
function copyTables(device: Device, { tables }: WalkImage): void {
  const window = device.smmu.memory.view(0n, tables.length);
  window.set(tables);
  const words = new Uint32Array(window.buffer, window.byteOffset, tables.length >> 2);
  for (let i = 0; i < words.length; i += 2) if ((words[i] & 0xfff) === IMAGE_LEAF) words[i] |= LEAF;
}

export function imageRows({ addresses, outputs }: WalkImage): Rows[] {
  return Array.from({ length: addresses.length / 2 / CHUNK_ROWS }, (_, chunk): Rows => {
    const part = (words: Uint32Array): Uint32Array =>
      words.slice(2 * chunk * CHUNK_ROWS, 2 * (chunk + 1) * CHUNK_ROWS);
    // Rows take 64 bytes, which must not leave the 4 KiB page.
    const iova = part(addresses);
    const pa = part(outputs);
    for (let i = 0; i < iova.length; i += 2) {
      iova[i] &= ~0x3f;
      pa[i] &= ~0x3f;
    }
    return { streamId: new Uint32Array(CHUNK_ROWS).fill(1), iova, pa };
  });
}

type Machine = Pick<DeviceOptions, 'caches' | 'timing'>;

/** What is walked: a device and its rows. */
export interface Walked {
  readonly device: Device;
  readonly chunks: readonly Chunk[];
}

/** A device over the kernel's own tables, with the kernel's own addresses. */
export async function imageDevice({ image }: Reference, machine: Machine, moreChunks = 0): Promise<Walked> {
  const rows = imageRows(image);
  const device = await Device.create({
    ...machine,
    ramBytes: 2 ** 21,
    batchBytes: (rows.length + moreChunks) * CHUNK_BYTES,
    beside: { base: 0n, size: image.tables.length },
  });
  copyTables(device, image);
  device.stage1(1, 0, 1);
  return { device, chunks: chunksOf(device.smmu, rows) };
}

const HOT_TABLES = 8;
const TABLE_PAGES = 512;

/** 4,096 pages in turn, those of eight tables of the last level. */
export function hotRows({ tables, addresses }: WalkImage): Rows {
  const words = new Uint32Array(tables.buffer, tables.byteOffset, tables.length >> 2);
  const next = (table: number, index: number): number => words[(table >> 2) + 2 * index] & ~0xfff;
  const pages: [lo: number, hi: number, outLo: number, outHi: number][] = [];
  const seen = new Set<number>();
  for (let i = 0; seen.size < HOT_TABLES; i++) {
    const [lo, hi] = [addresses[2 * i], addresses[2 * i + 1]];
    const leaves = next(next(next(0, (hi >>> 7) & 511), ((hi << 2) | (lo >>> 30)) & 511), (lo >>> 21) & 511);
    if (seen.has(leaves)) continue;
    seen.add(leaves);
    for (let page = 0; page < TABLE_PAGES; page++) {
      const at = (leaves >> 2) + 2 * page;
      pages.push([((lo & ~0x1f_ffff) | (page << 12)) >>> 0, hi, words[at] & ~0xfff, words[at + 1]]);
    }
  }
  const iova = new Uint32Array(2 * CHUNK_ROWS);
  const pa = new Uint32Array(2 * CHUNK_ROWS);
  for (let row = 0; row < CHUNK_ROWS; row++) {
    const [lo, hi, outLo, outHi] = pages[row % pages.length];
    iova.set([lo, hi], 2 * row);
    pa.set([outLo, outHi], 2 * row);
  }
  return { streamId: new Uint32Array(CHUNK_ROWS).fill(1), iova, pa };
}

/** Descriptors read for a transaction of one more chunk, and how many of it read any. */
export function walkDetail({ smmu }: Device, load: BatchLoad): string {
  smmu.resetStats();
  load.prepare?.();
  load.work();
  const { reads, transactions } = smmu.stats();
  const share = 100 * load.hitShares()[HIT_WALK];
  return `${((reads.stage1 + reads.stage2) / transactions).toFixed(2)} reads, ${share.toFixed(1)} % walked`;
}

const NESTED_BYTES = 64 * 2 ** 20;
const NESTED_PAGES = 2 ** 16;
const PAGE = 4096;
const NESTED_AT = 0x10_0000_0000;
/** Neighbouring pages lie so far apart that they share no table of level 3 with all others. */
const SPREAD = 37;

/** 4 KiB pages at both stages, both from level 0: 5 stage 2 walks of 4 reads and 4 stage 1 reads. */
export async function nestedDevice(machine: Machine): Promise<Walked> {
  const device = await Device.create({
    ...machine,
    ramBytes: NESTED_BYTES,
    batchBytes: CHUNK_BYTES,
  });
  const stage2 = device.table();
  const stage1 = device.table();
  device.mapRam(stage2);
  device.nested(1, stage1, 1, stage2);
  const random = generator(0xabcd);
  const streamId = new Uint32Array(CHUNK_ROWS).fill(1);
  const iova = new Uint32Array(2 * CHUNK_ROWS);
  const pa = new Uint32Array(2 * CHUNK_ROWS);
  const outputs = Array.from({ length: NESTED_PAGES }, (_, page) => {
    const output = RAM + (random() % (NESTED_BYTES / PAGE)) * PAGE;
    device.map(1, stage1, NESTED_AT + page * SPREAD * PAGE, output);
    return output;
  });
  for (let row = 0; row < CHUNK_ROWS; row++) {
    const page = random() % NESTED_PAGES;
    const input = NESTED_AT + page * SPREAD * PAGE;
    iova[2 * row] = input;
    iova[2 * row + 1] = input / 2 ** 32;
    pa[2 * row] = outputs[page];
  }
  return { device, chunks: chunksOf(device.smmu, [{ streamId, iova, pa }]) };
}

const COLD = 'miss, stage 1, 4 levels, random pages over 64 MiB of tables';
const HOT = "the same walks with tables in the processor's caches, 4,096 pages in turn";

export async function walkCases(reference: Reference): Promise<Case[]> {
  const cold: Case[] = [];
  const hot: Case[] = [];
  for (const { name, caches, ...bars } of CACHED) {
    const { device, chunks } = await imageDevice(reference, { caches }, 1);
    const again = chunksOf(device.smmu, [hotRows(reference.image)]);
    const add = (
      to: Case[],
      group: string,
      rows: readonly Chunk[],
      kernel: Case['reference'],
      bar: number,
    ): void => {
      const load = batchLoad(device.smmu, name, rows);
      const detail = (): string => walkDetail(device, load);
      to.push({ group, name, load, reference: kernel, bar: timesReference(bar), detail });
    };
    add(cold, COLD, chunks, reference.walk4, bars.cold);
    add(hot, HOT, again, reference.tlbSimd, bars.hot);
  }
  const { device, chunks } = await nestedDevice({ caches: CONFIG_ONLY });
  const load = batchLoad(device.smmu, 'cold nested walk', chunks);
  const nested: Case = {
    group: 'miss, nested, 4K over 4K',
    name: 'no cache but the configuration cache',
    load,
    reference: reference.walk4,
    bar: timesReference(BAR_NESTED),
    detail: () => walkDetail(device, load),
  };
  return [...cold, nested, ...hot];
}
