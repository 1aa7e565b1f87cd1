// Tables and streams for the simulator: the same tables that a device walks, in a memory of their own or in the device's RAM.
import type { CacheConfig, CacheGeometry, TimingConfig } from '../../src/index.js';
import { presets } from '../../src/index.js';
import type { TableMemory, Tables } from '../../bench/experiments/tables.js';
import type { Caches, Descriptor, Geometry, Stream, Timing, Walk } from './simulator/settings.js';

/** Memory of plain numbers, from 1 GiB on. */
export class PlainMemory implements TableMemory {
  private free = 0x4000_0000;
  private readonly words = new Map<number, bigint>();

  allocate(bytes: number): number {
    const address = Math.ceil(this.free / bytes) * bytes;
    this.free = address + bytes;
    return address;
  }
  get(address: number): bigint {
    return this.words.get(address) ?? 0n;
  }
  put(address: number, word: bigint): void {
    this.words.set(address, word);
  }
}

/** Tables as the simulator asks for them; each page's walk is read once. */
export function walkOf(tables: Tables): Walk {
  const known = new Map<number, readonly Descriptor[]>();
  return (input) => {
    const page = Math.floor(input / 4096);
    let steps = known.get(page);
    if (steps === undefined) {
      steps = tables.walk(page * 4096);
      known.set(page, steps);
    }
    return steps;
  };
}

export interface StreamTables {
  readonly stage1?: Tables;
  readonly stage2?: Tables;
  readonly asid?: number;
  readonly vmid?: number;
  readonly tbu?: number;
  readonly recorded?: boolean;
}

/** `context`: IPA of its context descriptor. Give streams that share tables the same objects. */
export function streamOf(
  { stage1, stage2, asid = 1, vmid = 1, tbu = 0, recorded = true }: StreamTables,
  context: number,
): Stream {
  return {
    ...(stage1 === undefined ? {} : { stage1: walkOf(stage1) }),
    ...(stage2 === undefined ? {} : { stage2: walkOf(stage2) }),
    asid,
    vmid,
    context,
    tbu,
    recorded,
  };
}

/** A public configuration as the simulator takes it. */
export function cachesOf(config: CacheConfig): Caches {
  const one = (geometry: CacheGeometry | false | undefined): Geometry | undefined => {
    if (geometry === undefined || geometry === false || geometry.enabled === false) return undefined;
    const { index = 'modulo', latency = 1, slots = 1, ...rest } = geometry;
    if (index === 'hash') throw new RangeError('the simulator knows no hashed index');
    return { ...rest, index, latency, slots };
  };
  const { walkCaches } = config;
  if (walkCaches !== undefined && walkCaches !== false && 'unified' in walkCaches)
    throw new RangeError('the simulator knows no unified walk cache');
  const levels = walkCaches === false ? undefined : walkCaches;
  const stage = (s: 's1' | 's2'): (Geometry | undefined)[] =>
    [0, 1, 2, 3].map((level) => one(levels?.[s]?.[level]));
  return {
    microTlb: one(config.microTlb),
    mainTlb: one(config.mainTlb),
    tcuTlb: one(config.tcuTlb),
    configCache: one(config.configCache),
    ipaCache: one(config.ipaCache),
    walk: { 1: stage('s1'), 2: stage('s2') },
    nonFinalStage2: levels?.nonFinalStage2 ?? true,
    sharedCounter: levels?.sharedCounter ?? false,
  };
}

/** A complete configuration as the simulator takes it. */
export function timingOf(config: TimingConfig): Timing {
  const { caches: _, ...timing } = config;
  const complete = timing as unknown as Timing;
  const { memory } = complete;
  return { ...complete, memory: { ...memory, dataLatency: memory.dataLatency ?? memory.latency } };
}

/** The timing of gem5's defaults over memory of one latency. */
export function gem5Settings(latency: number): Timing {
  const timing = timingOf(presets['gem5-default'].timing);
  return { ...timing, memory: { ...timing.memory, latency, dataLatency: latency } };
}

/** State of the replacement generator that a seed stands for (docs/timing.md): one step of SplitMix64. */
export function generatorState(seed: number): bigint {
  const wrap = (n: bigint): bigint => BigInt.asUintN(64, n);
  let z = wrap(BigInt(seed) + 0x9e37_79b9_7f4a_7c15n);
  z = wrap((z ^ (z >> 30n)) * 0xbf58_476d_1ce4_e5b9n);
  z = wrap((z ^ (z >> 27n)) * 0x94d0_49bb_1331_11ebn);
  z ^= z >> 31n;
  return z === 0n ? 1n : z;
}
