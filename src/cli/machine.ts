/** The machine that `--timing`, `--caches` and `--set` come to. */
import { existsSync, readFileSync } from 'node:fs';
import { CaptureError, fromInputSync, InputError } from '../base/capture-error.js';
import type { CacheConfig } from '../config/cache-config.js';
import { applyOverrides, type Machine } from '../config/overrides.js';
import { presets } from '../config/presets/index.js';
import { checkPath, withPaths } from './set-path.js';
import { parseTbuOf } from './tbu-of.js';

export interface MachineOptions {
  readonly timing: string;
  readonly caches?: string;
  readonly set?: readonly string[];
  readonly tbuOf?: string;
}

/** Timing and caches with the changes in them. @throws CaptureError or InputError */
export function machineOf(options: MachineOptions): Machine {
  const machine = withoutMap(options);
  if (options.tbuOf === undefined || machine.caches === false) return machine;
  return withTbus(machine, machine.caches, parseTbuOf(options.tbuOf).tbus);
}

/** With as many TBUs as the map names, when nothing else is said. @throws InputError when there are fewer */
function withTbus({ timing }: Machine, caches: CacheConfig, named: number): Machine {
  const { tbus = named } = caches;
  if (tbus < named)
    throw new InputError(`--tbu-of names ${named} TBUs, but tbus is ${tbus}: expected tbus=${named} or more`);
  const grown = { ...caches, tbus };
  return { caches: grown, timing: timing === false ? false : { ...timing, caches: grown } };
}

function withoutMap({ timing, caches, set = [] }: MachineOptions): Machine {
  const base = {
    timing: timing === 'off' ? false : isFile(timing) ? readTiming(timing) : timing,
    ...(caches === undefined ? {} : { caches: caches === 'off' ? false : cachesNamed(caches) }),
  };
  if (set.length === 0) return fromInputSync(() => applyOverrides(base, []));
  set.forEach(checkPath);
  try {
    return fromInputSync(() => applyOverrides(base, set));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(withPaths(error.message), { cause: error });
  }
}

/** Whether it names a configuration's file, not a preset. */
export function isFile(timing: string): boolean {
  return timing.endsWith('.json');
}

function cachesNamed(name: string): unknown {
  if (!(name in presets))
    throw new InputError(
      `--caches '${name}' is no preset, expected ${Object.keys(presets).join(', ')} or off`,
    );
  return name;
}

/** A configuration from a file, checked by itself, so that what is wrong in it is said with its name. */
function readTiming(path: string): unknown {
  if (!existsSync(path))
    throw new CaptureError(path, undefined, undefined, 'no such file, expected a timing configuration');
  let config: unknown;
  try {
    config = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new CaptureError(path, undefined, undefined, `not valid JSON (${(error as Error).message})`);
  }
  try {
    fromInputSync(() => applyOverrides({ timing: objectOf(config) }, []));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new CaptureError(path, undefined, undefined, error.message);
  }
  return config;
}

/** A file holds a configuration, not the name of one. */
function objectOf(config: unknown): unknown {
  if (typeof config === 'object' && config !== null) return config;
  throw new InputError(`expected an object with a timing configuration, not ${JSON.stringify(config)}`);
}
