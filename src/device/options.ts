/** The options of Smmu.create: their types, and the checks that turn them into a configuration. */
import type { Embedder, InterruptSource } from '../core/bus.js';
import { batchBytes } from './batch.js';
import { integer, optionalFunction, record, show } from '../base/check.js';
import {
  type Identification,
  type IdentificationName,
  type IdentificationValues,
  resolveIdentification,
  stallMax,
} from '../config/identification.js';
import type { CacheConfig } from '../config/cache-config.js';
import type { PresetName } from '../config/presets/index.js';
import { UNTIMED_PMCG } from '../config/presets/pmcg.js';
import { cachesOf, resolveCaches } from '../config/resolve-caches.js';
import { resolveTiming, timingOption } from '../config/resolve-timing.js';
import type { EffectiveTiming, TimingConfig } from '../config/timing-config.js';
import type { Resumed } from './transaction.js';
import type { CoreSource } from '../core/load.js';
import type { CoreShape } from '../core/map.js';
import { type RamWindow, resolveWindows } from '../config/windows.js';

/** How a device is made. Everything is optional. */
export interface SmmuOptions extends Embedder {
  /**
   * Identification registers: a profile's name, or values over the default, which is all that the model implements. What is
   * effective (`smmu.id`) is what was asked and is implemented; asking by number for what is not, or
   * for fields that exclude each other, is a RangeError.
   */
  readonly id?: IdentificationName | IdentificationValues;
  /** Which caches exist and their geometry. Default: those of the option `timing`, else of 'mmu600-agilex5'. */
  readonly caches?: PresetName | CacheConfig | false;
  /** When things happen: a preset's name or a configuration. Default 'mmu600-agilex5'. false: no time, highest speed, caches kept. */
  readonly timing?: PresetName | TimingConfig | false;
  /** Number of TBUs, 1..64. Default: that of `caches`, else 1. */
  readonly tbus?: number;
  /**
   * RAM windows, at most 16, overlapping neither each other nor the core; 3.5 GiB of linear memory in all at most.
   * Default: 64 MiB at 0x4000_0000. Required with a lent memory.
   */
  readonly ram?: readonly RamWindow[];
  /**
   * A memory that other modules use too; the core never grows it. It may be shared between threads: a device is one thread's, whose
   * core's place no other thread may touch, and RAM windows are what they share. Places that another thread's device has are not
   * known here, so that overlaps with them are not refused.
   */
  readonly memory?: WebAssembly.Memory;
  /** With `memory`: where the core's state begins, a multiple of 16; it takes `Smmu.coreBytes(options)` bytes. Default 0. */
  readonly coreBase?: number;
  /** Memory for batches, in bytes; a row takes 68. Default: 65,536 rows. */
  readonly batchBytes?: number;
  /** How many streams have statistics of their own, 1..65,536; further ones share a record. Default 1024. */
  readonly statStreams?: number;
  /** A wired interrupt pulse. */
  readonly onInterrupt?: (source: InterruptSource) => void;
  /**
   * A stalled transaction is stalled no more: it was retried, and did not stall again, or was terminated. Without it:
   * `takeResumed()`.
   */
  readonly onResume?: (resumed: Resumed) => void;
  /** Start of the generator of random replacement: an integer from 0 to 2^53 - 1. Default 0. */
  readonly seed?: number;
  /** The core, if not the one that the package brings. */
  readonly module?: CoreSource;
}

/** The options checked, every default filled in. */
export interface Configuration {
  readonly id: Identification;
  readonly shape: CoreShape;
  /** What `shape.timing` and the caches come from, as users write it; false: time is off. */
  readonly effectiveTiming: EffectiveTiming | false;
  readonly asyncCommands: boolean;
  readonly seed: number;
  readonly coreBase: number;
}

const FIELDS = [
  'id',
  'caches',
  'timing',
  'asyncCommands',
  'walkLatency',
  'tbus',
  'tbuOf',
  'ram',
  'bus',
  'memory',
  'coreBase',
  'batchBytes',
  'statStreams',
  'onInterrupt',
  'onMsi',
  'onResume',
  'seed',
  'module',
];

const DEFAULT_BATCH_BYTES = batchBytes(65536);
const MAX_BATCH_BYTES = 2 ** 30;
const DEFAULT_STAT_STREAMS = 1024;

/**
 * @param sizing only the sizes matter: whether places in a lent memory are given is not looked at
 * @throws RangeError or TypeError: one sentence that names the option
 */
export function resolveOptions(options: SmmuOptions, sizing = false): Configuration {
  record(options, 'options', FIELDS);
  optionalFunction(options.tbuOf, 'tbuOf');
  optionalFunction(options.walkLatency, 'walkLatency');
  optionalFunction(options.onInterrupt, 'onInterrupt');
  optionalFunction(options.onMsi, 'onMsi');
  optionalFunction(options.onResume, 'onResume');
  checkBus(options.bus);
  if (!sizing) checkMemory(options);
  const id = resolveIdentification(options.id);
  const asked = timingOption(options.timing);
  const timing = asked && resolveTiming(asked);
  const caches = options.caches ?? asked?.caches;
  if (timing === undefined) checkUntimed(options);
  checkAsync(options.asyncCommands);
  return {
    id,
    shape: {
      caches: resolveCaches(caches, options.tbus),
      windows: resolveWindows(options.ram, sizing ? undefined : options.memory !== undefined),
      stallMax: stallMax(id),
      streams: integer(options.statStreams ?? DEFAULT_STAT_STREAMS, 'statStreams', 1, 65536),
      batchBytes: integer(options.batchBytes ?? DEFAULT_BATCH_BYTES, 'batchBytes', 0, MAX_BATCH_BYTES),
      timing,
      pmcg: timing?.pmcg ?? UNTIMED_PMCG,
    },
    effectiveTiming: timing !== undefined && { ...timing, caches: caches !== false && cachesOf(caches) },
    asyncCommands: options.asyncCommands === true,
    seed: integer(options.seed ?? 0, 'seed', 0, Number.MAX_SAFE_INTEGER),
    coreBase: integer(options.coreBase ?? 0, 'coreBase', 0, 2 ** 32 - 16),
  };
}

function checkAsync(value: unknown): void {
  if (value !== undefined && typeof value !== 'boolean') {
    throw new TypeError(`asyncCommands must be true or false, not ${show(value)}`);
  }
}

function checkUntimed({ asyncCommands, walkLatency }: SmmuOptions): void {
  if (asyncCommands === true) {
    throw new RangeError(
      'asyncCommands must be false while timing is false: no time passes for commands to take',
    );
  }
  if (walkLatency !== undefined) {
    throw new RangeError('walkLatency must be left out while timing is false: no access takes time');
  }
}

function checkBus(bus: unknown): void {
  if (bus === undefined) return;
  if (typeof bus !== 'object' || bus === null) {
    throw new TypeError(`bus must be an object with read and write, not ${show(bus)}`);
  }
  const { read, write, compareExchange64 } = bus as Record<string, unknown>;
  for (const [name, method] of Object.entries({ read, write })) {
    if (typeof method !== 'function') {
      throw new TypeError(`bus.${name} must be a function, not ${show(method)}`);
    }
  }
  optionalFunction(compareExchange64, 'bus.compareExchange64');
}

function checkMemory({ memory, coreBase }: SmmuOptions): void {
  if (memory === undefined) {
    if (coreBase !== undefined)
      throw new TypeError('coreBase is for a lent memory: it has no meaning without memory');
  } else if (!(memory instanceof WebAssembly.Memory)) {
    throw new TypeError(`memory must be a WebAssembly.Memory, not ${show(memory)}`);
  }
}
