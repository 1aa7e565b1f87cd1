/** The map of the core's region: where each sized part lies, computed from the configuration (assembly/abi/). */
import * as Ahead from '../../assembly/abi/ahead.js';
import * as Cache from '../../assembly/abi/cache.js';
import * as CacheIndex from '../../assembly/abi/cache-index.js';
import * as ContextTable from '../../assembly/abi/context-table.js';
import * as Deferred from '../../assembly/abi/deferred.js';
import * as Entry from '../../assembly/abi/entry.js';
import * as Layout from '../../assembly/abi/layout.js';
import * as NotifyRecord from '../../assembly/abi/notify-record.js';
import * as Pmcg from '../../assembly/abi/pmcg.js';
import * as StallRecord from '../../assembly/abi/stall-record.js';
import * as StepRecord from '../../assembly/abi/step-record.js';
import * as StreamMemo from '../../assembly/abi/stream-memo.js';
import * as StreamRecord from '../../assembly/abi/stream-record.js';
import type { ResolvedCache, ResolvedCaches } from '../config/resolve-caches.js';
import type { ResolvedTiming } from '../config/resolve-timing.js';
import { PAGE_BYTES, type ResolvedWindow } from '../config/windows.js';
import { placeTiming, type TimingPlaces } from './timing-region.js';

/** What the sizes of the region follow from. */
export interface CoreShape {
  readonly caches: ResolvedCaches;
  readonly windows: readonly ResolvedWindow[];
  /** IDR5.STALL_MAX */
  readonly stallMax: number;
  /** Streams with statistics of their own. */
  readonly streams: number;
  readonly batchBytes: number;
  /** Undefined: time is off. */
  readonly timing: ResolvedTiming | undefined;
  readonly pmcg: ResolvedTiming['pmcg'];
}

/** Offsets from the core base. */
export interface CoreMap {
  readonly contexts: number;
  readonly memo: number;
  readonly tree16: number;
  readonly ahead: number;
  readonly streams: number;
  readonly streamCap: number;
  readonly streamHash: number;
  readonly streamHashMask: number;
  readonly stalls: number;
  readonly stallCap: number;
  readonly resumed: number;
  readonly resumedCap: number;
  readonly notify: number;
  readonly notifyCap: number;
  readonly trace: number;
  readonly traceCap: number;
  readonly pmcg: number;
  readonly caches: readonly CachePlace[];
  /** By window; undefined for a dense one. */
  readonly sparse: readonly (SparsePlace | undefined)[];
  /** Undefined: time is off. */
  readonly timing: TimingPlaces | undefined;
  /** Hardware updates that speculative reads hold back. */
  readonly deferred: number;
  /** The last part, so that everything before it is the device's state. */
  readonly batch: number;
  readonly batchBytes: number;
  /** Size of the region. */
  readonly bytes: number;
}

/** One cache and where its arrays lie. */
export interface CachePlace {
  readonly cache: ResolvedCache;
  readonly tags: number;
  readonly data: number;
  readonly stride: number;
  readonly repl: number;
  /** 0: none, few ways need no prints. */
  readonly prints: number;
  readonly owners: number;
  readonly sizeCounts: number;
}

/** The index of a sparse window's pages. */
export interface SparsePlace {
  readonly hash: number;
  readonly hashMask: number;
  readonly keys: number;
  readonly pages: number;
}

const TREE16_BYTES = 512; // u32[128]
const SIZE_COUNTS_BYTES = 256; // u32[64]
/** Steps of one explained transaction; a nested walk with cold caches makes less than a hundred. */
const TRACE_STEPS = 1024;
/** Room beside what a command that ends all stalls at once leaves; long work stops at half of it. */
const NOTIFY_SPARE = 512;
const MAX_BYTES = 2 ** 31 - 64;

/** @throws RangeError when the region would not fit into 2 GiB */
export function computeMap(shape: CoreShape): CoreMap {
  const region = new Region();
  const contexts = region.place(ContextTable.BYTES);
  const memo = region.place(StreamMemo.ENTRIES * StreamMemo.BYTES);
  const tree16 = region.place(TREE16_BYTES);
  const ahead = region.place(Ahead.BYTES);
  const streamCap = shape.streams + 1; // record 0 gathers those without one
  const streams = region.place(streamCap * StreamRecord.BYTES);
  const streamSlots = powerOfTwo(2 * streamCap);
  const streamHash = region.place(8 * streamSlots);
  const stallCap = shape.stallMax;
  const stalls = region.place(stallCap * StallRecord.BYTES);
  // A retried transaction may stall again and be retried by the same batch of commands: twice as many as can wait.
  const resumedCap = 2 * stallCap;
  const resumed = region.place(resumedCap * StallRecord.BYTES);
  const notifyCap = 2 * stallCap + NOTIFY_SPARE;
  const notify = region.place(notifyCap * NotifyRecord.BYTES);
  const trace = region.place(TRACE_STEPS * StepRecord.BYTES);
  const pmcg = region.place((1 + shape.caches.tbus) * Pmcg.BYTES);
  const caches = shape.caches.caches.map((cache) => placeCache(cache, region));
  const sparse = shape.windows.map((window) => (window.sparse ? placeSparse(window, region) : undefined));
  const timing =
    shape.timing && placeTiming(shape.timing, shape.caches.tbus, streamCap, (bytes) => region.place(bytes));
  // A list for each request block: main and inner, then the pool.
  const deferred = region.place((2 + (timing?.poolCap ?? 0)) * Deferred.BYTES);
  const batch = region.place(shape.batchBytes);
  return {
    contexts,
    memo,
    tree16,
    ahead,
    streams,
    streamCap,
    streamHash,
    streamHashMask: streamSlots - 1,
    stalls,
    stallCap,
    resumed,
    resumedCap,
    notify,
    notifyCap,
    trace,
    traceCap: TRACE_STEPS,
    pmcg,
    caches,
    sparse,
    timing,
    deferred,
    batch,
    batchBytes: shape.batchBytes,
    bytes: region.end,
  };
}

class Region {
  end: number = Layout.FIXED_END;

  place(bytes: number): number {
    if (this.end + bytes > MAX_BYTES) {
      throw new RangeError(
        `caches, timing, ram and batchBytes ask for more than 2 GiB of core memory; make them smaller`,
      );
    }
    const start = Layout.regionStart(this.end);
    this.end = Layout.regionEnd(this.end, bytes);
    return start;
  }
}

function placeCache(cache: ResolvedCache, region: Region): CachePlace {
  const slots = cache.sets * Cache.rowWays(cache.ways);
  const lanes = Cache.printLanes(cache.ways);
  const stride = cache.index === CacheIndex.CONFIG ? Entry.CONFIG_BYTES : Entry.BYTES;
  return {
    cache,
    tags: region.place(slots * 8),
    data: region.place(slots * stride),
    stride,
    repl: region.place(
      cache.sets * Cache.REPL_SET_BYTES + slots * Cache.REPL_ENTRY_BYTES + cache.ways * Cache.REPL_WAY_BYTES,
    ),
    prints: lanes === 0 ? 0 : region.place(2 * cache.sets * lanes),
    owners: region.place(2 * slots),
    sizeCounts: region.place(SIZE_COUNTS_BYTES),
  };
}

function placeSparse(window: ResolvedWindow, region: Region): SparsePlace {
  const pages = window.bytes / PAGE_BYTES;
  const slots = powerOfTwo(2 * pages);
  return { hash: region.place(4 * slots), hashMask: slots - 1, keys: region.place(8 * pages), pages };
}

function powerOfTwo(least: number): number {
  let n = 1;
  while (n < least) n *= 2;
  return n;
}
