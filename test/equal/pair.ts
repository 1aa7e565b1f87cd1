/**
 * Two devices of one configuration: the core as it is shipped, and the core in which every transaction takes the steps of the
 * state machine (dist/core.long.wasm). Everything is done to both; answers, statistics, memory and state must agree.
 */
import { readFileSync } from 'node:fs';
import * as Ahead from '../../assembly/abi/ahead.js';
import * as Cache from '../../assembly/abi/cache.js';
import * as CacheIndex from '../../assembly/abi/cache-index.js';
import * as Column from '../../assembly/abi/column.js';
import * as Deferred from '../../assembly/abi/deferred.js';
import * as EventNode from '../../assembly/abi/event-node.js';
import * as Flag from '../../assembly/abi/flag.js';
import * as Layout from '../../assembly/abi/layout.js';
import * as Request from '../../assembly/abi/request.js';
import * as Status from '../../assembly/abi/status.js';
import * as StreamMemo from '../../assembly/abi/stream-memo.js';
import * as Stretch from '../../assembly/abi/stretch.js';
import * as Timing from '../../assembly/abi/timing.js';
import { type Batch, type ClosedLoop, Smmu, type SmmuOptions } from '../../src/index.js';
import { resolveOptions } from '../../src/device/options.js';
import { computeMap, type CoreMap } from '../../src/core/map.js';
import { machineOver } from '../host/machine-over.js';
import type { Machine } from '../support/machine.js';

const HEADER_BYTES = 80;
/** Process.LINK of assembly/timing/process.ts. */
const LINK = 0x3cc;
/** Cycles in which commands and prefetches have ended. */
const SETTLED = 100_000n;
/** Scheduler.FREE_NODE and Scheduler.FREE_BLOCK of assembly/timing/scheduler.ts. */
const FREE_LISTS = [Timing.STATE + 0x08, Timing.STATE + 0x1c];
/** Rows of one call at most. */
export const MOST_ROWS = 2048;

const compiled = new Map<string, Promise<WebAssembly.Module>>();
export function coreOf(name: 'core' | 'core.long'): Promise<WebAssembly.Module> {
  const file =
    process.env['CORE'] !== undefined && name === 'core' ? process.env['CORE'] : `dist/${name}.wasm`;
  let module = compiled.get(file);
  if (module === undefined) {
    module = WebAssembly.compile(readFileSync(file));
    compiled.set(file, module);
  }
  return module;
}

/** One transaction of a batch. */
export interface Row {
  readonly streamId: number;
  readonly iova: bigint;
  readonly flags: number;
  readonly substreamId?: number;
  readonly size?: number;
  readonly requester?: number;
  readonly arrival?: number;
}

/** How the device without short cuts is given the rows, the other one in batches of pieces; of 'calls' that one calls lookup(). */
export type Manner = 'batch' | 'rows' | 'lookup' | 'calls' | 'offer' | 'loop' | 'offered loop';

const COLUMNS = ['status', 'paWords', 'acceptedWords', 'translatedWords', 'completionWords'] as const;

export class Pair {
  private constructor(
    readonly options: SmmuOptions,
    readonly short: Smmu,
    readonly long: Smmu,
    /** Builders of tables and structures, and registers, of both at once. */
    private readonly over: Machine | undefined,
    private readonly batches: readonly [Batch, Batch],
    private readonly map: CoreMap,
  ) {}

  private rows: readonly Row[] = [];

  get machine(): Machine {
    if (this.over === undefined) throw new Error('these devices have no machine');
    return this.over;
  }

  static async create(options: SmmuOptions): Promise<Pair> {
    const batchBytes = Column.offset(Column.COUNT, MOST_ROWS) + 64;
    const all = { ...options, batchBytes };
    const short = await Smmu.create({ ...all, module: await coreOf('core') });
    const long = await Smmu.create({ ...all, module: await coreOf('core.long') });
    return Pair.of(short, long, all, machineOver(bothOf(short, long)));
  }

  /** Devices that were made with `options`. */
  static of(short: Smmu, long: Smmu, options: SmmuOptions, machine?: Machine): Pair {
    const batches = [short.createBatch(MOST_ROWS), long.createBatch(MOST_ROWS)] as const;
    return new Pair(options, short, long, machine, batches, computeMap(resolveOptions(options).shape));
  }

  dispose(): void {
    this.short.dispose();
    this.long.dispose();
  }

  /** Rows for the calls of `run` that follow. */
  fill(rows: readonly Row[]): void {
    this.rows = rows;
    for (const batch of this.batches) fill(batch, rows);
  }

  /** The rows through both. `pieces`: rows of each call for the device with short cuts, the last again and again. `inFlight`: done when rows that were offered are on their way. */
  run(
    manner: Manner,
    pieces: readonly number[],
    outstanding = 1,
    { minGap = 0, requesters = 0 }: Partial<ClosedLoop> = {},
    inFlight: () => void = () => undefined,
  ): void {
    const loop = { outstanding, minGap, ...(requesters === 0 ? {} : { requesters }) };
    const { short, long, rows, batches } = this;
    const [a, b] = batches;
    const n = rows.length;
    if (manner === 'loop') {
      const ends = [short, long].map((smmu, i) => {
        const { effectiveTiming: _, ...outcome } = smmu.run(batches[i], loop, n);
        return show(outcome);
      });
      if (ends[0] !== ends[1]) throw new Error(`run gave ${ends[0]}, without short cuts ${ends[1]}`);
    } else if (manner === 'offer' || manner === 'offered loop') {
      const how = manner === 'offer' ? {} : loop;
      for (const [start, count] of split(n, pieces)) short.offer(a, { start, count, ...how });
      long.offer(b, { count: n, ...how });
      inFlight();
      short.drain();
      long.drain();
    } else if (manner === 'calls') {
      long.translateBatch(b, n);
      rows.forEach((row, i) => this.compareLookup(short, b, row, i));
      return;
    } else {
      let ok = 0;
      for (const [start, count] of split(n, pieces)) ok += short.translateBatch(a, count, start).ok;
      const { status } = a;
      let counted = 0;
      for (let i = 0; i < n; i++) if ((status[i] & 0xff) === Status.OK) counted++;
      if (ok !== counted) throw new Error(`the summary says ${ok} rows ok, ${counted} are`);
      if (manner === 'lookup') {
        rows.forEach((row, i) => this.compareLookup(long, a, row, i));
        return;
      }
      // With time on, each call waits for its last answer: the same calls then.
      if (this.options.timing !== false) {
        for (const [start, count] of split(n, pieces)) long.translateBatch(b, count, start);
      } else if (manner === 'batch') long.translateBatch(b, n);
      else for (let i = 0; i < n; i++) long.translateBatch(b, 1, i);
    }
    this.compareRows();
  }

  /** Output addresses of the rows, which both gave. */
  outputs(): bigint[] {
    return [...this.batches[0].pa.subarray(0, this.rows.length)];
  }

  /** Which of the rows did not come to an output address. */
  faults(): boolean[] {
    return [...this.batches[0].status.subarray(0, this.rows.length)].map((s) => (s & 0xff) !== Status.OK);
  }

  private compareRows(): void {
    const { rows, batches } = this;
    for (const name of COLUMNS) {
      const perRow = name === 'status' ? 1 : 2;
      const [a, b] = batches.map((batch) => batch[name].subarray(0, perRow * rows.length));
      if (bytesOf(a).compare(bytesOf(b)) === 0) continue;
      let i = 0;
      while (a[i] === b[i]) i++;
      const row = Math.floor(i / perRow);
      throw new Error(
        `row ${row} of ${rows.length}, ${show(rows[row])}: ${name} 0x${a[i].toString(16)}, without short cuts 0x${b[i].toString(16)}; status 0x${batches[0].status[row].toString(16)} and 0x${batches[1].status[row].toString(16)}`,
      );
    }
  }

  /** lookup() of one device against the row that the other one has done. */
  private compareLookup(
    smmu: Smmu,
    done: Batch,
    { streamId, iova, flags, substreamId = 0 }: Row,
    i: number,
  ): void {
    const packed = (flags & 0xfff) | (substreamId << Flag.SUBSTREAM_SHIFT);
    const pa = lookUp(smmu, streamId, iova, packed);
    const right = (done.status[i] & 0xff) === Status.OK ? Number(done.pa[i]) : -1;
    if (pa !== right) throw new Error(`row ${i}: 0x${right.toString(16)}, lookup 0x${pa.toString(16)}`);
  }

  /** The rows one at a time through lookup() of both, and through translate() now and then. */
  one(row: Row, translate: boolean): void {
    const { streamId, iova, flags, substreamId } = row;
    const results = [this.short, this.long].map((smmu) => {
      if (translate) {
        return smmu.translate({
          streamId,
          iova,
          ...(flags & Flag.SSV ? { substreamId: substreamId ?? 0 } : {}),
          access: flags & Flag.WRITE ? 'write' : 'read',
          instruction: (flags & Flag.INSTRUCTION) !== 0,
          privileged: (flags & Flag.PRIVILEGED) !== 0,
          atomic: (flags & Flag.ATOMIC) !== 0,
          speculative: (flags & Flag.SPECULATIVE) !== 0,
          size: 1,
        });
      }
      const packed = (flags & 0xfff) | ((substreamId ?? 0) << Flag.SUBSTREAM_SHIFT);
      const pa = lookUp(smmu, streamId, iova, packed);
      return pa >= 0 ? pa : smmu.lastTranslation();
    });
    const [a, b] = results.map(show);
    if (a !== b) throw new Error(`${show(row)}: ${a}, without short cuts ${b}`);
  }

  /** Throws when statistics differ. */
  compareStatistics(): void {
    const [s, l] = [this.short, this.long].map((smmu) => show(smmu.stats()));
    if (s !== l) throw new Error(`statistics ${around(s, l)}, without short cuts ${around(l, s)}`);
  }

  /** Throws when statistics, RAM or state differ. Without `ram` RAM is left out, which takes longest. */
  compareState(ram = true): void {
    // What is under way beside transactions, commands and prefetches, ends first: its events stand in nodes of either's own.
    if (this.options.timing !== false)
      for (const smmu of [this.short, this.long]) smmu.advance(smmu.now + SETTLED);
    this.compareStatistics();
    const [a, b] = [this.short, this.long].map((smmu) => smmu.save({ ram }).subarray(HEADER_BYTES));
    if (a.length !== b.length) throw new Error(`snapshots of ${a.length} and ${b.length} bytes`);
    const skipped = leftOvers(this.map);
    let at = 0;
    for (const [start, end] of [...skipped, [a.length, a.length] as const]) {
      const [x, y] = [a, b].map((bytes) => Buffer.from(bytes.buffer, bytes.byteOffset + at, start - at));
      if (x.compare(y) !== 0) {
        let i = 0;
        while (x[i] === y[i]) i++;
        throw new Error(
          `snapshots differ at ${place(this.map, at + i)}: ${x[i]}, without short cuts ${y[i]}`,
        );
      }
      at = Math.max(at, end);
    }
  }

  /** What `save` gives is restored into the same devices, or what they were is forgotten first. */
  saveAndRestore(resetBetween: boolean): void {
    for (const smmu of [this.short, this.long]) {
      const bytes = smmu.save();
      if (resetBetween) smmu.reset();
      smmu.restore(bytes);
    }
  }
}

/** By `lookup`, which has a short way of its own, where a number holds the address, else by `lookupWords`. */
function lookUp(smmu: Smmu, streamId: number, iova: bigint, packed: number): number {
  return iova < 1n << 53n
    ? smmu.lookup(streamId, Number(iova), packed)
    : smmu.lookupWords(streamId, Number(iova & 0xffff_ffffn), Number(iova >> 32n), packed);
}

function bytesOf(words: Uint32Array): Buffer {
  return Buffer.from(words.buffer, words.byteOffset, words.byteLength);
}

const show = (v: unknown): string =>
  JSON.stringify(v, (_, x: unknown) =>
    typeof x === 'bigint' ? `0x${x.toString(16)}` : ArrayBuffer.isView(x) ? Array.from(x as Uint8Array) : x,
  );

/** The part of `text` about the first place where `other` differs. */
function around(text: string, other: string): string {
  let i = 0;
  while (text[i] === other[i]) i++;
  return `…${text.slice(Math.max(0, i - 80), i + 80)}…`;
}

function fill(batch: Batch, rows: readonly Row[]): void {
  const { iova, streamId, substreamId, flags, size, requester, arrival } = batch;
  rows.forEach((row, i) => {
    iova[i] = row.iova;
    streamId[i] = row.streamId;
    substreamId[i] = row.substreamId ?? 0;
    flags[i] = row.flags;
    size[i] = row.size ?? 1;
    requester[i] = row.requester ?? row.streamId & 0xffff;
    arrival[i] = BigInt(row.arrival ?? 0);
  });
}

function* split(rows: number, pieces: readonly number[]): Generator<[start: number, count: number]> {
  let turn = 0;
  for (let start = 0; start < rows; turn++) {
    const count = Math.min(pieces[Math.min(turn, pieces.length - 1)], rows - start);
    yield [start, count];
    start += count;
  }
}

/**
 * What a transaction leaves behind without meaning: request blocks and event nodes that are free, and in which order they are given,
 * the updates that they held back, scratch, and memos that `init` empties.
 * Offsets in the region, in order.
 */
function leftOvers(map: CoreMap): (readonly [start: number, end: number])[] {
  const ranges: [number, number][] = [
    [Layout.REQUESTS, Layout.REQUESTS + 2 * Request.BYTES],
    [Layout.SCRATCH, Layout.SCRATCH + 64],
    [map.ahead, map.ahead + Ahead.BYTES],
    [map.memo, map.memo + StreamMemo.ENTRIES * StreamMemo.BYTES],
    [map.deferred, map.deferred + (2 + (map.timing?.poolCap ?? 0)) * Deferred.BYTES],
  ];
  if (map.timing !== undefined) {
    const { timing, pool, poolCap, nodes, nodeCap, stretch, stretchRecords } = map.timing;
    const { agents, prefetches, prefetchCap } = map.timing;
    // Of the blocks that are nobody's transaction, who came after them when they waited.
    for (let at = agents; at < prefetches; at += Request.BYTES) ranges.push([at + LINK, at + LINK + 4]);
    ranges.push(
      [pool, pool + poolCap * Request.POOL_STRIDE],
      [prefetches, prefetches + prefetchCap * Request.BYTES],
      [nodes, nodes + nodeCap * EventNode.BYTES],
      [stretch, stretch + (stretchRecords === 0 ? 0 : Stretch.bytes(stretchRecords))],
      ...FREE_LISTS.map((offset): [number, number] => [timing + offset, timing + offset + 4]),
    );
  }
  return ranges.sort(([a], [b]) => a - b);
}

/** The part of the region that an offset lies in, for messages. */
function place(map: CoreMap, at: number): string {
  const parts: [number, string][] = [
    [0, 'header'],
    [Layout.REGS, 'registers'],
    [Layout.WINDOWS, 'windows'],
    ...Array.from({ length: CacheIndex.TBU + 4 }, (_, i): [number, string] => [
      Layout.CACHES + i * Cache.BYTES,
      `cache ${i}`,
    ]),
    [Layout.COUNTERS, 'counters'],
    [Layout.INVALIDATIONS, 'invalidations'],
    ...Object.entries(map).flatMap(([name, value]): [number, string][] =>
      typeof value === 'number' ? [[value, name]] : [],
    ),
    ...Object.entries(map.timing ?? {}).map(([name, value]): [number, string] => [value as number, name]),
    ...map.caches.flatMap(({ cache, tags, data, repl, sizeCounts, prints, owners }): [number, string][] => [
      [tags, `tags of ${cache.name}`],
      [data, `entries of ${cache.name}`],
      [repl, `replacement of ${cache.name}`],
      [sizeCounts, `sizes of ${cache.name}`],
      [prints, `prints of ${cache.name}`],
      [owners, `owners of ${cache.name}`],
    ]),
  ];
  const before = parts.filter(([start]) => start <= at).sort(([a], [b]) => b - a);
  return `${before[0][1]} + 0x${(at - before[0][0]).toString(16)} (0x${at.toString(16)})`;
}

/** A device that does to both what is done to it, and answers when they agree. */
function bothOf(short: Smmu, long: Smmu): Smmu {
  const agree = <T>(what: string, a: T, b: T): T => {
    if (a !== b) throw new Error(`${what}: ${String(a)}, without short cuts ${String(b)}`);
    return a;
  };
  const both = {
    read32: (at: number) => agree(`register 0x${at.toString(16)}`, short.read32(at), long.read32(at)),
    read64: (at: number) => agree(`register 0x${at.toString(16)}`, short.read64(at), long.read64(at)),
    write32: (at: number, value: number) => [short, long].forEach((smmu) => smmu.write32(at, value)),
    write64: (at: number, value: bigint) => [short, long].forEach((smmu) => smmu.write64(at, value)),
    memory: {
      read64: (pa: bigint) =>
        agree(`memory at 0x${pa.toString(16)}`, short.memory.read64(pa), long.memory.read64(pa)),
      write64: (pa: bigint, value: bigint) =>
        [short, long].forEach(({ memory }) => memory.write64(pa, value)),
    },
  };
  return both as unknown as Smmu;
}
