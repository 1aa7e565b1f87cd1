/** From a configuration as a user writes it to the list of caches that the core is given. */
import * as Cache from '../../assembly/abi/cache.js';
import * as CacheIndex from '../../assembly/abi/cache-index.js';
import * as Layout from '../../assembly/abi/layout.js';
import { integer, oneOf, record, show } from '../base/check.js';
import type { CacheConfig } from './cache-config.js';
import { presets } from './presets/index.js';

/** One cache of the device, every default filled in. */
export interface ResolvedCache {
  /** Its place among the descriptors: CacheIndex of assembly/abi/. */
  readonly index: number;
  /** Its name in the statistics, such as 'tbu0.micro' or 'walk.s1.l0'. */
  readonly name: string;
  readonly entries: number;
  readonly sets: number;
  readonly ways: number;
  /** Cache.POLICY_* */
  readonly policy: number;
  readonly counterPerSet: boolean;
  /** Index of the cache whose round-robin counter it uses; undefined: its own. */
  readonly counterOf: number | undefined;
  /** Cache.TAG_* */
  readonly tag: number;
  /** Cache.INDEX_* */
  readonly indexing: number;
  readonly latency: number;
  readonly slots: number;
  /** Walk caches: Cache.FINAL_ONLY. */
  readonly finalOnly: boolean;
}

/** All caches, and which of them holds what level of which stage. */
export interface ResolvedCaches {
  readonly caches: readonly ResolvedCache[];
  readonly tbus: number;
  /** u32[2][5] of Header.WALK_ROUTE: the cache of stage 1 then 2, levels -1 to 3; CacheIndex.NONE where there is none. */
  readonly walkRoute: readonly number[];
}

export const MAX_ENTRIES = 1 << 20;
/** A way's number has 16 bits in the core. */
export const MAX_WAYS = 0xfffe;
const MAX_PLRU_WAYS = 64; // the tree of a set is one 64-bit word
const LEVELS = 5; // -1 to 3

const POLICIES = {
  'round-robin': Cache.POLICY_ROUND_ROBIN,
  lru: Cache.POLICY_LRU,
  plru: Cache.POLICY_PLRU,
  rrip: Cache.POLICY_RRIP,
  random: Cache.POLICY_RANDOM,
} as const;
const TAGS = { stream: Cache.TAG_STREAM, context: Cache.TAG_CONTEXT } as const;
const INDEXINGS = { modulo: Cache.INDEX_MODULO, xor: Cache.INDEX_XOR_HASH, hash: Cache.INDEX_HASH } as const;
/** Caches in which 'xor' is gem5's own formula. */
const GEM5_XOR: readonly number[] = [CacheIndex.TCU, CacheIndex.IPA, CacheIndex.CONFIG];

const CONFIG_FIELDS = ['microTlb', 'mainTlb', 'tcuTlb', 'configCache', 'walkCaches', 'ipaCache', 'tbus'];
const GEOMETRY_FIELDS = [
  'entries',
  'ways',
  'sets',
  'policy',
  'counter',
  'tag',
  'index',
  'latency',
  'slots',
  'enabled',
];

type Tag = keyof typeof TAGS;

/**
 * @param option the option `caches`: a preset's name, a configuration, false, or absent (the default preset)
 * @param tbus the option `tbus`, which has the last word on the number of TBUs
 * @throws RangeError or TypeError naming the field
 */
export function resolveCaches(option: unknown, tbus?: unknown): ResolvedCaches {
  const config = cachesOf(option);
  const count = integer(
    tbus ?? config.tbus ?? 1,
    tbus === undefined ? 'caches.tbus' : 'tbus',
    1,
    Layout.MAX_TBUS,
  );
  const found: ResolvedCache[] = [];
  const add: Add = (at, ...tags) => {
    const cache = geometry(at, tags);
    if (cache !== undefined) found.push(cache);
    return cache !== undefined;
  };
  const one = (path: keyof CacheConfig, index: number, name: string, ...tags: Tag[]): boolean =>
    add({ value: config[path], path: `caches.${path}`, index, name }, ...tags);

  one('configCache', CacheIndex.CONFIG, 'config', 'stream');
  one('tcuTlb', CacheIndex.TCU, 'tcu', 'context');
  one('ipaCache', CacheIndex.IPA, 'ipa', 'context');
  const walkRoute = walkCaches(config.walkCaches, add);
  for (let tbu = 0; tbu < count; tbu++) {
    const index = CacheIndex.TBU + 2 * tbu;
    one('microTlb', index, `tbu${tbu}.micro`, 'stream', 'context');
    one('mainTlb', index + 1, `tbu${tbu}.main`, 'stream', 'context');
  }
  return { caches: found.sort((a, b) => a.index - b.index), tbus: count, walkRoute };
}

/** The preset whose caches a device has when nothing is said. */
export const DEFAULT_PRESET = 'mmu600-agilex5';

/**
 * The option `caches` as a configuration, not checked any further.
 * @throws RangeError or TypeError
 */
export function cachesOf(option: unknown): CacheConfig {
  if (option === false) return {};
  if (typeof option === 'string') {
    return presets[oneOf(option, 'caches', Object.keys(presets) as (keyof typeof presets)[])].caches;
  }
  if (option === undefined) return presets[DEFAULT_PRESET].caches;
  return record(option, 'caches', CONFIG_FIELDS);
}

/** A cache as it is written, and where. */
interface Written {
  readonly value: unknown;
  readonly path: string;
  readonly index: number;
  readonly name: string;
  readonly finalOnly?: boolean;
  /** It uses the round-robin counter of the first walk cache. */
  readonly shared?: boolean;
}

type Add = (at: Written, ...tags: Tag[]) => boolean;

function walkCaches(value: unknown, add: Add): number[] {
  const route = new Array<number>(2 * LEVELS).fill(CacheIndex.NONE);
  if (value === undefined || value === false) return route;
  const config = record(value, 'caches.walkCaches', [
    's1',
    's2',
    'levelMinus1',
    'unified',
    'nonFinalStage2',
    'sharedCounter',
  ]);
  const finalOnly = !flag(config.nonFinalStage2 ?? true, 'caches.walkCaches.nonFinalStage2');
  if ('unified' in config) {
    record(value, 'caches.walkCaches with unified', ['unified', 'nonFinalStage2']);
    const index = CacheIndex.WALK_UNIFIED;
    const path = 'caches.walkCaches.unified';
    if (add({ value: config.unified, path, index, name: 'walk', finalOnly }, 'context')) route.fill(index);
    return route;
  }
  const shared = flag(config.sharedCounter ?? false, 'caches.walkCaches.sharedCounter');
  const minusOne = config.levelMinus1 ?? {};
  record(minusOne, 'caches.walkCaches.levelMinus1', ['s1', 's2']);
  (['s1', 's2'] as const).forEach((stage, s) => {
    const levels = config[stage] ?? [];
    if (!Array.isArray(levels) || levels.length > LEVELS - 1) {
      throw new TypeError(
        `caches.walkCaches.${stage} must be an array of up to 4 caches, those of levels 0 to 3`,
      );
    }
    const first = s === 0 ? CacheIndex.WALK_S1 : CacheIndex.WALK_S2;
    const all: unknown[] = [(minusOne as Record<string, unknown>)[stage], ...(levels as unknown[])];
    all.forEach((cache, i) => {
      const path =
        i === 0 ? `caches.walkCaches.levelMinus1.${stage}` : `caches.walkCaches.${stage}[${i - 1}]`;
      const index = first + i;
      if (add({ value: cache, path, index, name: `walk.${stage}.l${i - 1}`, finalOnly, shared }, 'context')) {
        route[s * LEVELS + i] = index;
      }
    });
  });
  return route;
}

/** One cache checked; undefined when it is off. `tags` are those it may have, its default first. */
function geometry(
  { value, path, index, name, finalOnly = false, shared = false }: Written,
  tags: readonly Tag[],
): ResolvedCache | undefined {
  if (value === undefined || value === false) return undefined;
  const g = record(value, path, GEOMETRY_FIELDS);
  const entries = integer(g.entries, `${path}.entries`, 1, MAX_ENTRIES);
  const ways = g.ways === 'full' ? entries : integer(g.ways, `${path}.ways`, 1, MAX_WAYS);
  if (ways > MAX_WAYS) {
    throw new RangeError(`${path}.ways may be 'full' up to ${MAX_WAYS} entries, not ${entries}`);
  }
  const sets = g.sets === undefined ? entries / ways : integer(g.sets, `${path}.sets`, 1, MAX_ENTRIES);
  if (!Number.isInteger(sets) || sets * ways !== entries) {
    const asked = g.sets === undefined ? `${ways} ways` : `${sets} sets of ${ways} ways`;
    throw new RangeError(
      `${path}.entries must be a whole number of sets: ${entries} entries are not ${asked} filled`,
    );
  }
  const policy = oneOf(g.policy, `${path}.policy`, Object.keys(POLICIES) as (keyof typeof POLICIES)[]);
  if (policy === 'plru' && (ways > MAX_PLRU_WAYS || !Number.isInteger(Math.log2(ways)))) {
    throw new RangeError(
      `${path}.ways must be a power of two up to ${MAX_PLRU_WAYS} with policy 'plru', not ${ways}`,
    );
  }
  const indexing = oneOf(g.index ?? 'modulo', `${path}.index`, ['modulo', 'xor', 'hash']);
  const enabled = flag(g.enabled ?? true, `${path}.enabled`);
  const resolved: ResolvedCache = {
    index,
    name,
    entries,
    sets,
    ways,
    policy: POLICIES[policy],
    counterPerSet: oneOf(g.counter ?? 'cache', `${path}.counter`, ['cache', 'set']) === 'set' && !shared,
    counterOf: shared ? CacheIndex.WALK_S1 : undefined,
    tag: TAGS[oneOf(g.tag ?? tags[0], `${path}.tag`, tags)],
    indexing: indexing === 'xor' && GEM5_XOR.includes(index) ? Cache.INDEX_XOR : INDEXINGS[indexing],
    latency: integer(g.latency ?? 1, `${path}.latency`, 0, 0xffff),
    slots: integer(g.slots ?? 1, `${path}.slots`, 1, 0xffff),
    finalOnly,
  };
  return enabled ? resolved : undefined;
}

function flag(value: unknown, path: string): boolean {
  if (typeof value === 'boolean') return value;
  throw new TypeError(`${path} must be true or false, not ${show(value)}`);
}
