/** Everything that the core finds in its region before `init`: header, windows, caches, identification registers. */
import * as abi from '../../assembly/abi.js';
import { pmcgConfiguration } from '../../assembly/arch/pmcg.js';
import { R_PIDR4 } from '../../assembly/arch/registers.js';
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
  /** HOST_* */
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
    core.set32(offset >= R_PIDR4 ? abi.REGS_ID + offset - R_PIDR4 : abi.REGS + offset, value);
  });
}

/** The replacement generator's first state: any seed, and never 0, on which xorshift stands still. */
export function writeSeed(core: CoreMemory, seed: number): void {
  // One step of SplitMix64 spreads small seeds over all bits.
  let z = BigInt.asUintN(64, BigInt(seed) + 0x9e3779b97f4a7c15n);
  z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
  z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
  z ^= z >> 31n;
  core.set64(abi.H_SEED, z === 0n ? 1n : z);
}

function writeHeader(core: CoreMemory, map: CoreMap, header: HeaderValues, windows: number): void {
  const words: [number, number][] = [
    [abi.H_MAGIC, abi.ABI_MAGIC],
    [abi.H_VERSION, abi.ABI_VERSION],
    [abi.H_CORE_BYTES, map.bytes],
    [abi.H_TBUS, header.tbus],
    [abi.H_HOST_FLAGS, header.hostFlags],
    [abi.H_WINDOWS, windows],
    [abi.H_CACHES, abi.CACHE_TBU + 2 * header.tbus],
    [abi.H_CONTEXTS, map.contexts],
    [abi.H_STREAMS, map.streams],
    [abi.H_STREAM_CAP, map.streamCap],
    [abi.H_STREAM_HASH, map.streamHash],
    [abi.H_STREAM_HASH_MASK, map.streamHashMask],
    [abi.H_STREAM_COUNT, 1],
    [abi.H_STALLS, map.stalls],
    [abi.H_STALL_CAP, map.stallCap],
    [abi.H_RESUMED, map.resumed],
    [abi.H_RESUMED_CAP, map.resumedCap],
    [abi.H_NOTIFY, map.notify],
    [abi.H_NOTIFY_CAP, map.notifyCap],
    [abi.H_TRACE, map.trace],
    [abi.H_TRACE_CAP, map.traceCap],
    [abi.H_BATCH, map.batch],
    [abi.H_BATCH_BYTES, map.batchBytes],
    [abi.H_MEMO, map.memo],
    [abi.H_HITS, map.hits],
    [abi.H_PMCG, map.pmcg],
    [abi.H_PMU_CFGR, configurationRegister(header.pmcg)],
  ];
  for (const [offset, value] of words) core.set32(offset, value);
  header.walkRoute.forEach((cache, i) => core.set32(abi.H_WALK_ROUTE + 4 * i, cache));
  writeSeed(core, header.seed);
  if (map.timing !== undefined && header.timing !== undefined) writeTiming(core, map.timing, header.timing);
}

/** SMMU_PMCG_CFGR. */
function configurationRegister(pmcg: ResolvedTiming['pmcg']): number {
  const { counters, counterBits, msi, capture, relocate, filterPerCounter } = pmcg;
  return pmcgConfiguration(
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
  const at = abi.WINDOWS + i * abi.WINDOW_BYTES;
  core.set64(at + abi.W_BASE, window.base);
  core.set64(at + abi.W_SIZE, window.size);
  core.set32(at + abi.W_MEM, memory);
  const sparse = map.sparse[i];
  if (sparse === undefined) return;
  core.set32(at + abi.W_SPARSE, 1);
  core.set32(at + abi.W_HASH, sparse.hash);
  core.set32(at + abi.W_HASH_MASK, sparse.hashMask);
  core.set32(at + abi.W_KEYS, sparse.keys);
  core.set32(at + abi.W_POOL, sparse.pages);
}

function writeCache(core: CoreMemory, place: CachePlace): void {
  const { cache } = place;
  const at = abi.CACHES + cache.index * abi.CACHE_BYTES;
  const isPowerOfTwo = (cache.sets & (cache.sets - 1)) === 0;
  const words: [number, number][] = [
    [abi.C_ENTRIES, cache.entries],
    [abi.C_SETS, cache.sets],
    [abi.C_WAYS, cache.ways],
    [abi.C_SET_MASK, isPowerOfTwo ? cache.sets - 1 : -1],
    [abi.C_POLICY, cache.policy],
    [abi.C_TAG_KIND, cache.tag],
    [abi.C_INDEX, cache.indexing],
    [abi.C_TAGS, place.tags],
    [abi.C_DATA, place.data],
    [abi.C_STRIDE, place.stride],
    [abi.C_REPL, place.repl],
    [abi.C_ROW, abi.rowWays(cache.ways)],
    [abi.C_MEMO, place.memo],
    [abi.C_SIZE_COUNTS, place.sizeCounts],
    [abi.C_COUNTER_PER_SET, cache.counterPerSet ? 1 : 0],
    [abi.C_LATENCY, cache.latency],
    [abi.C_SLOTS, cache.slots],
    [abi.C_FINAL_ONLY, cache.finalOnly ? 1 : 0],
  ];
  for (const [offset, value] of words) core.set32(at + offset, value);
}
