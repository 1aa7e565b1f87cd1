/** Devices at random: caches of every shape, policy, index and tag, streams on several TBUs. */
import type { CacheConfig, CacheGeometry, SmmuOptions } from '../../src/index.js';
import { presets, type PresetName } from '../../src/index.js';
import type { Rng } from '../oracle/random.js';

const POLICIES = ['round-robin', 'lru', 'plru', 'rrip', 'random'] as const;
const PRESETS: readonly PresetName[] = ['mmu600-agilex5', 'gem5-default', 'mmu700-server', 'minimal'];

function geometry(rng: Rng, entries: readonly number[], ways: readonly (number | 'full')[]): CacheGeometry {
  const policy = rng.pick(POLICIES);
  const size = rng.pick(entries);
  let way = rng.pick(ways);
  // Any number of sets and ways fits some of the time; the tree of pseudo-LRU wants a power of two.
  if (way !== 'full' && (way > size || size % way !== 0)) way = size;
  const count = way === 'full' ? size : way;
  const tree = count <= 64 && Number.isInteger(Math.log2(count));
  return {
    entries: size,
    ways: way,
    policy: policy === 'plru' && !tree ? 'lru' : policy,
    counter: rng.pick(['cache', 'set'] as const),
    index: rng.pick(['modulo', 'modulo', 'modulo', 'xor', 'hash'] as const),
  };
}

const maybe = (rng: Rng, probability: number, make: () => CacheGeometry): CacheGeometry | false =>
  rng.chance(probability) ? make() : false;

function walkCaches(rng: Rng): CacheConfig['walkCaches'] {
  const one = (): CacheGeometry | false =>
    maybe(rng, 0.7, () => geometry(rng, [1, 4, 12, 64, 256], [1, 2, 4, 4, 6]));
  const kind = rng.below(10);
  if (kind < 3) return false;
  const nonFinalStage2 = rng.chance(0.6);
  if (kind < 5) return { unified: geometry(rng, [8, 28, 64, 348, 1024], [4, 'full']), nonFinalStage2 };
  const levels = (): (CacheGeometry | false)[] => [one(), one(), one(), one()];
  return { s1: levels(), s2: levels(), levelMinus1: { s1: one(), s2: one() }, nonFinalStage2 };
}

function randomCaches(rng: Rng): CacheConfig {
  const tag = (): Pick<CacheGeometry, 'tag'> => (rng.chance(0.2) ? { tag: 'context' } : {});
  const wide = [2, 4, 4, 4, 8, 3, 5];
  return {
    microTlb: maybe(rng, 0.85, () => ({
      ...geometry(rng, [1, 4, 8, 16, 16, 32, 64, 12], ['full', 'full', 4, 2]),
      ...tag(),
    })),
    mainTlb: maybe(rng, 0.85, () => ({
      ...geometry(rng, [6, 16, 64, 128, 512, 2048, 36], wide),
      ...tag(),
    })),
    tcuTlb: maybe(rng, 0.25, () => geometry(rng, [4, 64, 512], wide)),
    configCache: maybe(rng, 0.9, () => geometry(rng, [1, 2, 4, 16, 64], [1, 2, 4, 'full'])),
    ipaCache: maybe(rng, 0.25, () => geometry(rng, [4, 64, 128], [2, 4, 'full'])),
    walkCaches: walkCaches(rng),
  };
}

/** Caches, TBUs, number of streams with statistics, seed of random replacement. */
export function randomOptions(rng: Rng): SmmuOptions {
  const tbus = rng.pick([1, 1, 1, 2, 3]);
  const kind = rng.below(10);
  const caches =
    kind < 5
      ? presets[kind < 2 ? 'mmu600-agilex5' : rng.pick(PRESETS)].caches
      : kind < 6
        ? {}
        : randomCaches(rng);
  return {
    caches: { ...caches, tbus },
    tbus,
    ...(tbus > 1 ? { tbuOf: (sid: number) => sid % tbus } : {}),
    statStreams: rng.pick([1024, 1024, 2]),
    seed: rng.below(1000),
  };
}
