/**
 * Changes of single values of a machine, as a command line gives them: `tbu.mainTlb.entries=512`, `memory.latency=37`,
 * `walkCaches.s1[2].entries=512`, `ipaCache=false`. Caches may stand under the part that they lie in (`tbu`, `tcu`), under
 * `caches`, or alone; everything else is of the timing, with or without `timing` before it.
 */
import { list, show } from '../base/check.js';
import type { CacheConfig } from './cache-config.js';
import { cachesOf, DEFAULT_PRESET, resolveCaches } from './resolve-caches.js';
import { resolveTiming, timingOption } from './resolve-timing.js';
import type { TimingConfig } from './timing-config.js';
import { namesIn } from './timing-fields.js';

/** What a device is made of, as far as overrides reach: options of Smmu.create. */
export interface MachineOptions {
  readonly caches?: unknown;
  readonly timing?: unknown;
}

/** The same, each spelled out. */
export interface Machine {
  readonly caches: CacheConfig | false;
  readonly timing: TimingConfig | false;
}

type Tree = Record<string, unknown>;

const CACHES_OF_TBU = ['microTlb', 'mainTlb'];
const CACHES_OF_TCU = ['tcuTlb', 'configCache', 'walkCaches', 'ipaCache'];
const CACHE_NAMES = [...CACHES_OF_TBU, ...CACHES_OF_TCU, 'tbus'];

/**
 * The machine with each override applied in turn; what was given stays as it was.
 * @param overrides each `path=value`
 * @throws RangeError or TypeError: one sentence that names the override, or the field that the result has wrong
 */
export function applyOverrides(options: MachineOptions, overrides: readonly string[]): Machine {
  const timing = timingOption(options.timing);
  const tree: { caches: Tree; timing: Tree | undefined } = {
    caches: copy(cachesOf(options.caches ?? timing?.caches ?? DEFAULT_PRESET)),
    timing: timing === undefined ? undefined : copy(timing),
  };
  for (const override of overrides) {
    const { path, value } = parse(override);
    const [first, ...rest] = place(path, override);
    if (first === 'timing' && tree.timing === undefined) {
      throw new RangeError(`'${override}' sets a time, but time is off: choose a timing preset first`);
    }
    assign(tree[first as 'caches'], rest, value, override);
  }
  const caches = tree.caches as CacheConfig;
  resolveCaches(caches);
  if (tree.timing === undefined) return { caches, timing: false };
  delete tree.timing.caches;
  resolveTiming(tree.timing);
  return { caches, timing: { ...(tree.timing as TimingConfig), caches } };
}

/** Arrays and plain objects, not frozen as presets are. */
function copy(value: object): Tree {
  return structuredClone(value) as Tree;
}

function parse(override: string): { path: string[]; value: unknown } {
  const equals = override.indexOf('=');
  if (equals < 1) throw new RangeError(`'${override}' must have the form path=value, such as tbu.slots=32`);
  const path = override
    .slice(0, equals)
    .trim()
    .replace(/\[(\d+)\]/g, '.$1')
    .split('.');
  if (!path.every((name) => /^(?:[a-z]\w*|\d+)$/i.test(name)) || path.includes('constructor')) {
    throw new RangeError(`'${override}' has no path of names before its =, such as tbu.slots`);
  }
  return { path, value: valueOf(override.slice(equals + 1).trim()) };
}

/** A number (decimal or 0x…), true, false, or a word. */
function valueOf(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?(?:0x[\da-f]+|\d+(?:\.\d+)?)$/i.test(text) ? Number(text) : text;
}

/** The path from the machine's root. */
function place(path: readonly string[], override: string): string[] {
  const [first, second, ...rest] = path;
  if (first === 'caches' || first === 'timing') return [...path];
  if (CACHE_NAMES.includes(first)) return ['caches', ...path];
  if (first === 'tbu' && CACHES_OF_TBU.includes(second)) return ['caches', second, ...rest];
  if (first === 'tcu' && CACHES_OF_TCU.includes(second)) return ['caches', second, ...rest];
  const sections = namesIn('');
  if (sections.includes(first)) return ['timing', ...path];
  throw new RangeError(
    `'${override}': there is no '${first}'; a path begins with ${list([...sections, ...CACHE_NAMES])}`,
  );
}

/** Sets a value in the tree. Names are checked afterwards, with everything else. */
function assign(tree: Tree, path: readonly string[], value: unknown, override: string): void {
  let at = tree;
  for (const [i, name] of path.slice(0, -1).entries()) {
    const inner = at[name];
    if (inner === undefined || inner === false) at[name] = {};
    else if (typeof inner !== 'object' || inner === null) {
      throw new RangeError(`'${override}': '${name}' is the value ${show(inner)} and has no fields`);
    }
    at = at[name] as Tree;
    if (Array.isArray(at) && !/^\d+$/.test(path[i + 1])) {
      throw new RangeError(`'${override}': '${name}' is a list, so a number must follow, such as ${name}[0]`);
    }
  }
  const last = path.at(-1);
  if (last === undefined) throw new RangeError(`'${override}' must name a field`);
  at[last] = value;
}
