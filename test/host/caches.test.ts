import { describe, expect, test } from '@jest/globals';
import * as Cache from '../../assembly/abi/cache.js';
import * as CacheIndex from '../../assembly/abi/cache-index.js';
import { presets } from '../../src/index.js';
import type { CacheConfig, CacheGeometry } from '../../src/index.js';
import { resolveCaches } from '../../src/config/resolve-caches.js';

const named = (option: unknown, tbus?: number) =>
  Object.fromEntries(resolveCaches(option, tbus).caches.map((cache) => [cache.name, cache]));
const lru = (entries: number, more: Partial<CacheGeometry> = {}): CacheGeometry => ({
  entries,
  ways: 'full',
  policy: 'lru',
  ...more,
});

describe('presets hold the published figures', () => {
  test('gem5-default: v24 SMMUv3.py', () => {
    const caches = named('gem5-default');
    expect(Object.keys(caches).sort()).toEqual(
      [
        'config',
        'tbu0.main',
        'tbu0.micro',
        'walk.s1.l0',
        'walk.s1.l1',
        'walk.s1.l2',
        'walk.s2.l0',
        'walk.s2.l1',
        'walk.s2.l2',
      ].sort(),
    );
    expect(caches['tbu0.micro']).toMatchObject({ entries: 32, ways: 32, sets: 1, latency: 1, slots: 1 });
    expect(caches['tbu0.main']).toMatchObject({ entries: 2048, ways: 4, sets: 512, latency: 3, slots: 3 });
    expect(caches.config).toMatchObject({ entries: 64, ways: 4, latency: 3, slots: 3 });
    expect([0, 1, 2].map((l) => caches[`walk.s1.l${l}`].sets)).toEqual([1, 7, 87]);
    expect([0, 1, 2].map((l) => caches[`walk.s2.l${l}`].sets)).toEqual([1, 7, 23]);
    expect(Object.values(caches).every(({ policy }) => policy === Cache.POLICY_ROUND_ROBIN)).toBe(true);
    expect(caches['walk.s1.l2']).toMatchObject({ latency: 4, slots: 4 });
  });

  test('mmu600-agilex5: MMU-600AE and Agilex 5 manuals', () => {
    const caches = named('mmu600-agilex5');
    expect(caches['tbu0.micro']).toMatchObject({ sets: 1, policy: Cache.POLICY_PLRU });
    expect(caches['tbu0.main']).toMatchObject({ ways: 4, policy: Cache.POLICY_RANDOM });
    expect(caches.config).toMatchObject({ entries: 256, ways: 4 });
    for (const stage of ['s1', 's2'])
      for (const level of [0, 1, 2, 3]) {
        expect(caches[`walk.${stage}.l${level}`]).toMatchObject({
          entries: 256,
          ways: 4,
          policy: Cache.POLICY_ROUND_ROBIN,
        });
      }
    expect(caches.tcu).toBeUndefined();
    expect(caches.ipa).toBeUndefined();
    expect(named(undefined)).toEqual(caches);
  });

  test('mmu700-server: one walk cache, RRIP', () => {
    const { caches, walkRoute } = resolveCaches('mmu700-server');
    expect(caches.find(({ name }) => name === 'walk')).toMatchObject({ policy: Cache.POLICY_RRIP });
    expect(walkRoute).toEqual(new Array(10).fill(CacheIndex.WALK_UNIFIED));
  });

  test('they are data that cannot be changed by accident', () => {
    expect(JSON.parse(JSON.stringify(presets))).toEqual(presets);
    expect(Object.isFrozen(presets.minimal.caches.mainTlb)).toBe(true);
  });
});

describe('resolution', () => {
  test('false and an empty configuration: no cache at all', () => {
    expect(resolveCaches(false)).toMatchObject({ caches: [], tbus: 1, walkRoute: new Array(10).fill(-1) });
    expect(resolveCaches({}).caches).toEqual([]);
  });

  test('each TBU has its own micro and main TLB', () => {
    const config: CacheConfig = { microTlb: lru(4), mainTlb: lru(8), tbus: 2 };
    expect(resolveCaches(config).caches.map(({ name, index }) => [name, index])).toEqual([
      ['tbu0.micro', 14],
      ['tbu0.main', 15],
      ['tbu1.micro', 16],
      ['tbu1.main', 17],
    ]);
    expect(resolveCaches(config, 3).tbus).toBe(3);
  });

  test('walk caches route each level of each stage, level -1 included', () => {
    const { walkRoute } = resolveCaches({
      walkCaches: { s1: [lru(4), false, lru(4)], levelMinus1: { s2: lru(2) } },
    });
    const [s1, s2] = [walkRoute.slice(0, 5), walkRoute.slice(5)];
    expect(s1).toEqual([-1, CacheIndex.WALK_S1 + 1, -1, CacheIndex.WALK_S1 + 3, -1]);
    expect(s2).toEqual([CacheIndex.WALK_S2, -1, -1, -1, -1]);
  });

  test('tags: streams for TBUs and configuration, contexts for the TCU', () => {
    const caches = named({
      microTlb: lru(4),
      mainTlb: lru(4, { tag: 'context' }),
      tcuTlb: lru(4),
      configCache: lru(4),
    });
    expect(caches['tbu0.micro'].tag).toBe(Cache.TAG_STREAM);
    expect(caches['tbu0.main'].tag).toBe(Cache.TAG_CONTEXT);
    expect(caches.tcu.tag).toBe(Cache.TAG_CONTEXT);
    expect(caches.config.tag).toBe(Cache.TAG_STREAM);
  });
});

describe('refusals name the field', () => {
  const g = lru(16);
  test.each<[unknown, RegExp]>([
    ['mmu500', /^caches must be 'gem5-default', .* or 'minimal', not 'mmu500'$/],
    [{ microTlbs: g }, /^caches has no field 'microTlbs'/],
    [{ mainTlb: { ...g, entries: 0 } }, /^caches\.mainTlb\.entries must be between 1 and/],
    [{ mainTlb: { ...g, ways: 3 } }, /16 entries are not 3 ways filled/],
    [{ mainTlb: { ...g, ways: 4, sets: 3 } }, /16 entries are not 3 sets of 4 ways filled/],
    [
      { mainTlb: { entries: 12, ways: 'full', policy: 'plru' } },
      /caches\.mainTlb\.ways must be a power of two/,
    ],
    [{ mainTlb: { ...g, policy: 'fifo' } }, /caches\.mainTlb\.policy must be 'round-robin', .*, not 'fifo'/],
    [{ configCache: { ...g, tag: 'context' } }, /caches\.configCache\.tag must be 'stream', not 'context'/],
    [{ walkCaches: { s1: [g, g, g, g, g] } }, /caches\.walkCaches\.s1 must be an array of up to 4/],
    [{ walkCaches: { s2: [g, { ...g, latency: -1 }] } }, /caches\.walkCaches\.s2\[1\]\.latency/],
    [{ walkCaches: { unified: g, s1: [] } }, /caches\.walkCaches with unified has no field 's1'/],
    [{ tbus: 65 }, /caches\.tbus must be between 1 and 64, not 65/],
    [{ ipaCache: { ...g, enabled: 1 } }, /caches\.ipaCache\.enabled must be true or false/],
  ])('%#', (option, sentence) => {
    expect(() => resolveCaches(option)).toThrow(sentence);
  });
});
