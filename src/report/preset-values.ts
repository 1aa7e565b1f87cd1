/** Every value of a preset by its path, with what it may be and where it comes from. */
import { settablePaths, type SettablePath } from '../config/paths.js';
import { type PresetName, presets } from '../config/presets/index.js';
import type { Provenance } from '../config/presets/provenance.js';
import { DEFAULT_PRESET } from '../config/resolve-caches.js';
import { resolveTiming } from '../config/resolve-timing.js';

type Plain = string | number | boolean;

export interface PresetValue {
  readonly path: string;
  readonly value: Plain;
  readonly unit: string;
  readonly range: string;
  /** What the default preset has there; absent: it has no such cache. */
  readonly default?: Plain;
  readonly grade: Provenance['grade'];
  readonly source: string;
  readonly description: string;
}

/** All paths that mean something for the preset: of a cache that it does not have, the cache alone. */
export function presetValues(name: PresetName): PresetValue[] {
  return settablePaths().flatMap((path): PresetValue[] => {
    const value = valueOf(name, path);
    if (value === undefined) return [];
    const { unit, range, description } = path;
    const usual = valueOf(DEFAULT_PRESET, path);
    return [
      {
        path: path.path,
        value,
        unit,
        range,
        ...(usual === undefined ? {} : { default: usual }),
        ...sourceOf(name, path),
        description,
      },
    ];
  });
}

function valueOf(name: PresetName, path: SettablePath): Plain | undefined {
  const { timing, caches } = presets[name];
  const config = { timing: resolveTiming(timing), caches };
  const steps = path.field.replace(/\[(\d+)\]/g, '.$1').split('.');
  const found = steps.reduce<unknown>(
    (at, step) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[step] : undefined),
    config,
  );
  if (typeof found === 'object') return undefined; // a cache that is there: its fields say more
  if (found !== undefined) return found as Plain;
  if (path.field === 'caches.tbus') return path.fallback;
  const holder = cacheAt(caches, steps.slice(1, -1));
  return holder === undefined
    ? isWholeCache(path) && parentIsThere(caches, steps)
      ? false
      : undefined
    : implied(path, holder);
}

type Tree = Readonly<Record<string, unknown>>;

function cacheAt(caches: object, steps: readonly string[]): Tree | undefined {
  const found = steps.reduce<unknown>(
    (at, step) => (typeof at === 'object' && at !== null ? (at as Tree)[step] : undefined),
    caches,
  );
  return typeof found === 'object' && found !== null && 'entries' in found ? found : undefined;
}

function isWholeCache({ range }: SettablePath): boolean {
  return range === 'false';
}

/** Of walk caches: only those that go with the ones that are there. */
function parentIsThere(caches: object, steps: readonly string[]): boolean {
  if (steps[1] !== 'walkCaches') return true;
  const { walkCaches } = caches as { walkCaches?: Tree | false };
  if (walkCaches === undefined || walkCaches === false) return steps.length === 2;
  return 'unified' in walkCaches ? steps[2] === 'unified' : steps.length > 2 && steps[2] !== 'unified';
}

/** What follows from the others, or is the model's own default. */
function implied({ path, fallback }: SettablePath, { entries, ways }: Tree): Plain | undefined {
  if (path.endsWith('.sets')) return ways === 'full' ? 1 : Number(entries) / Number(ways);
  if (path.endsWith('.tag'))
    return path.startsWith('tbu.') || path.includes('configCache') ? 'stream' : 'context';
  return fallback;
}

function sourceOf(name: PresetName, { field, source }: SettablePath): Provenance {
  const { sources, cacheSources } = presets[name];
  const [root, path] = [field.slice(0, field.indexOf('.')), field.slice(field.indexOf('.') + 1)];
  const own = (root === 'timing' ? sources : cacheSources)[path];
  if (own !== undefined) return own;
  return {
    grade: 'guess',
    source: `the preset says nothing; ${source.startsWith('the range') || source === '' ? 'it follows from the others, or is the model’s default' : `the model’s default, ${source}`}`,
  };
}
