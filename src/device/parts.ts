/** The parts of a new device: options checked, core and windows placed, the core loaded, its region written, the core reset. */
import * as Layout from '../../assembly/abi/layout.js';
import { BusBridge } from '../core/bus-bridge.js';
import { CoreMemory } from '../core/core-memory.js';
import type { Core } from '../core/exports.js';
import { loadCore } from '../core/load.js';
import { computeMap, type CoreMap } from '../core/map.js';
import { placeDevice, type Placement } from '../core/placement.js';
import { prepareRegion } from '../core/prepare.js';
import { type Configuration, resolveOptions, type SmmuOptions } from './options.js';

/** What a device is made of. */
export interface Parts {
  readonly core: Core;
  readonly memory: CoreMemory;
  readonly map: CoreMap;
  readonly bridge: BusBridge;
  readonly configuration: Configuration;
  readonly offsets: readonly number[];
  readonly build: string;
  readonly options: SmmuOptions;
  /** Gives the device's places in a lent memory back. */
  readonly release: () => void;
}

/** Bytes of linear memory of a core with these options. @throws RangeError or TypeError as `makeParts` */
export function coreBytes(options: SmmuOptions): number {
  return computeMap(resolveOptions(options, true).shape).bytes + Layout.CORE_PAD;
}

/** @throws RangeError or TypeError: one sentence that names the option, its value and what is allowed */
export async function makeParts(options: SmmuOptions): Promise<Parts> {
  const configuration = resolveOptions(options);
  const map = computeMap(configuration.shape);
  const lent =
    options.memory === undefined ? undefined : { memory: options.memory, coreBase: configuration.coreBase };
  const place = placeDevice(map.bytes + Layout.CORE_PAD, configuration.shape.windows, lent);
  try {
    return await load(options, configuration, map, place);
  } catch (error) {
    place.release();
    throw error;
  }
}

async function load(
  options: SmmuOptions,
  configuration: Configuration,
  map: CoreMap,
  { memory: linear, header: at, offsets, release }: Placement,
): Promise<Parts> {
  const { shape, id, seed } = configuration;
  const { tbus, walkRoute } = shape.caches;
  const bridge = new BusBridge(options, tbus);
  const imports = { env: { memory: linear }, host: bridge.imports(linear) };
  const { core, build } = await loadCore(options.module, imports);
  if (core.abiVersion() !== Layout.VERSION) {
    throw new RangeError(
      `module has memory layout ${core.abiVersion()}; this version needs ${Layout.VERSION}`,
    );
  }
  const memory = new CoreMemory(linear, at);
  const { timing, pmcg } = shape;
  const header = { tbus, walkRoute, hostFlags: bridge.hostFlags, seed, timing, pmcg };
  prepareRegion(memory, map, header, { list: shape.windows, offsets }, id);
  core.init(at);
  core.reset();
  return { core, memory, map, bridge, configuration, offsets, build, options, release };
}
