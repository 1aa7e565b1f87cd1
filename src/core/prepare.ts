/** Everything that the core finds in its region before `init`: header, windows, caches, identification registers. */
import * as Cache from '../../assembly/abi/cache.js';
import * as CacheIndex from '../../assembly/abi/cache-index.js';
import * as Header from '../../assembly/abi/header.js';
import * as Layout from '../../assembly/abi/layout.js';
import * as RamWindow from '../../assembly/abi/ram-window.js';
import * as PmcgRegister from '../../assembly/arch/pmcg-register.js';
import * as Register from '../../assembly/arch/register.js';
import { forEachIdRegister, type Identification } from '../config/identification.js';
import type { ResolvedTiming } from '../config/resolve-timing.js';
import type { ResolvedWindow } from '../config/windows.js';
import type { CoreMemory } from './core-memory.js';
import type { CachePlace, CoreMap } from './map.js';
import { writeTiming } from './timing-region.js';

/** Beyond the map: what the header says. */
export interface HeaderValues {
  readonly tbus: number;
  readonly walkRoute: readonly number[];
  /** HostFlags */
  readonly hostFlags: number;
  readonly seed: number;
  /** Undefined: time is off. */
  readonly timing: ResolvedTiming | undefined;
  readonly pmcg: ResolvedTiming['pmcg'];
}

/** Clears the region and writes its constant part. */
export function prepareRegion(
  core: CoreMemory,
  map: CoreMap,
  header: HeaderValues,
  windows: { readonly list: readonly ResolvedWindow[]; readonly offsets: readonly number[] },
  id: Identification,
): void {
  core.slice(0, map.bytes).fill(0);
  writeHeader(core, map, header, windows.list.length);
  windows.list.forEach((window, i) => writeWindow(core, map, i, window, windows.offsets[i]));
  map.caches.forEach((place) => writeCache(core, place));
  forEachIdRegister(id, (offset, value) => {
    core.set32(
      offset >= Register.PIDR4 ? Layout.REGS_ID + offset - Register.PIDR4 : Layout.REGS + offset,
      value,
    );
  });
}

/** The replacement generator's first state: any seed, and never 0, on which xorshift stands still. */
export function writeSeed(core: CoreMemory, seed: number): void {
  // One step of SplitMix64 spreads small seeds over all bits.
  let z = BigInt.asUintN(64, BigInt(seed) + 0x9e3779b97f4a7c15n);
  z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
  z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
  z ^= z >> 31n;
  core.set64(Header.SEED, z === 0n ? 1n : z);
}

function writeHeader(core: CoreMemory, map: CoreMap, header: HeaderValues, windows: number): void {
  const words: [number, number][] = [
    [Header.MAGIC, Layout.MAGIC],
    [Header.VERSION, Layout.VERSION],
    [Header.CORE_BYTES, map.bytes],
    [Header.TBUS, header.tbus],
    [Header.HOST_FLAGS, header.hostFlags],
    [Header.WINDOWS, windows],
    [Header.CACHES, CacheIndex.TBU + 2 * header.tbus],
    [Header.CONTEXTS, map.contexts],
    [Header.STREAMS, map.streams],
    [Header.STREAM_CAP, map.streamCap],
    [Header.STREAM_HASH, map.streamHash],
    [Header.STREAM_HASH_MASK, map.streamHashMask],
    [Header.STREAM_COUNT, 1],
    [Header.STALLS, map.stalls],
    [Header.STALL_CAP, map.stallCap],
    [Header.RESUMED, map.resumed],
    [Header.RESUMED_CAP, map.resumedCap],
    [Header.NOTIFY, map.notify],
    [Header.NOTIFY_CAP, map.notifyCap],
    [Header.TRACE, map.trace],
    [Header.TRACE_CAP, map.traceCap],
    [Header.DEFERRED, map.deferred],
    [Header.BATCH, map.batch],
    [Header.BATCH_BYTES, map.batchBytes],
    [Header.MEMO, map.memo],
    [Header.TREE16, map.tree16],
    [Header.AHEAD, map.ahead],
    [Header.PMCG, map.pmcg],
    [Header.PMU_CFGR, configurationRegister(header.pmcg)],
  ];
  for (const [offset, value] of words) core.set32(offset, value);
  header.walkRoute.forEach((cache, i) => core.set32(Header.WALK_ROUTE + 4 * i, cache));
  writeSeed(core, header.seed);
  if (map.timing !== undefined && header.timing !== undefined) writeTiming(core, map.timing, header.timing);
}

/** SMMU_PMCG_CFGR. */
function configurationRegister(pmcg: ResolvedTiming['pmcg']): number {
  const { counters, counterBits, msi, capture, relocate, filterPerCounter } = pmcg;
  return PmcgRegister.configuration(
    counters,
    counterBits,
    Number(msi),
    Number(capture),
    Number(relocate),
    Number(filterPerCounter),
  );
}

function writeWindow(
  core: CoreMemory,
  map: CoreMap,
  i: number,
  window: ResolvedWindow,
  memory: number,
): void {
  const at = Layout.WINDOWS + i * RamWindow.BYTES;
  core.set64(at + RamWindow.BASE, window.base);
  core.set64(at + RamWindow.SIZE, window.size);
  core.set32(at + RamWindow.MEM, memory);
  const sparse = map.sparse[i];
  if (sparse === undefined) return;
  core.set32(at + RamWindow.SPARSE, 1);
  core.set32(at + RamWindow.HASH, sparse.hash);
  core.set32(at + RamWindow.HASH_MASK, sparse.hashMask);
  core.set32(at + RamWindow.KEYS, sparse.keys);
  core.set32(at + RamWindow.POOL, sparse.pages);
}

function writeCache(core: CoreMemory, place: CachePlace): void {
  const { cache } = place;
  const at = Layout.CACHES + cache.index * Cache.BYTES;
  const isPowerOfTwo = (cache.sets & (cache.sets - 1)) === 0;
  const words: [number, number][] = [
    [Cache.ENTRIES, cache.entries],
    [Cache.SETS, cache.sets],
    [Cache.WAYS, cache.ways],
    [Cache.SET_MASK, isPowerOfTwo ? cache.sets - 1 : -1],
    [Cache.POLICY, cache.policy],
    [Cache.TAG_KIND, cache.tag],
    [Cache.INDEX, cache.indexing],
    [Cache.TAGS, place.tags],
    [Cache.DATA, place.data],
    [Cache.STRIDE, place.stride],
    [Cache.REPL, place.repl],
    [Cache.ROW, Cache.rowWays(cache.ways)],
    [Cache.PRINTS, place.prints],
    [Cache.LANES, Cache.printLanes(cache.ways)],
    [Cache.OWNERS, place.owners],
    [Cache.SIZE_COUNTS, place.sizeCounts],
    [Cache.COUNTER_PER_SET, cache.counterPerSet ? 1 : 0],
    [Cache.SHARED_COUNTER, cache.counterOf === undefined ? 0 : cache.counterOf + 1],
    [Cache.LATENCY, cache.latency],
    [Cache.SLOTS, cache.slots],
    [Cache.FINAL_ONLY, cache.finalOnly ? 1 : 0],
  ];
  for (const [offset, value] of words) core.set32(at + offset, value);
}
