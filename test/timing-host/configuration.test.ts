import { describe, expect, test } from '@jest/globals';
import * as EventNode from '../../assembly/abi/event-node.js';
import * as Request from '../../assembly/abi/request.js';
import * as Submission from '../../assembly/abi/submission.js';
import * as Timing from '../../assembly/abi/timing.js';
import { applyOverrides, presets, Smmu } from '../../src/index.js';
import { resolveOptions, type SmmuOptions } from '../../src/device/options.js';
import { resolveTiming, ticks, timingWords } from '../../src/config/resolve-timing.js';
import { computeMap } from '../../src/core/map.js';

describe('timing configurations', () => {
  test.each(Object.keys(presets))('%s runs', async (name) => {
    const smmu = await Smmu.create({ timing: name as 'minimal', ram: [{ base: 0n, size: 4096 }] });
    expect(smmu.effectiveTiming).toMatchObject({ clocks: { tcu: expect.any(Number) } });
    expect(smmu.translate({ streamId: 1, iova: 0n })).toMatchObject({ status: 'ok', hit: 'none' });
    expect(smmu.now).toBeGreaterThan(0n);
    smmu.dispose();
  });

  test('what is left out is that of mmu600-agilex5; caches are those of the preset', () => {
    const base = presets['mmu600-agilex5'];
    expect(resolveTiming({})).toMatchObject({ clocks: base.timing.clocks, tbu: base.timing.tbu });
    expect(resolveTiming({ memory: { latency: 7 } }).memory).toMatchObject({ latency: 7, dataLatency: 7 });
    expect(resolveTiming({ memory: { latency: 7, dataLatency: 9 } }).memory.dataLatency).toBe(9);
    const gem5 = resolveOptions({ timing: presets['gem5-default'].timing });
    expect(gem5.shape.caches).toEqual(resolveOptions({ caches: 'gem5-default' }).shape.caches);
    expect(gem5.effectiveTiming).toMatchObject({ caches: presets['gem5-default'].caches });
    expect(resolveOptions({ timing: 'gem5-default', caches: false }).effectiveTiming).toMatchObject({
      caches: false,
    });
  });

  test('without the option time is that of mmu600-agilex5; false: there is none', async () => {
    expect(resolveOptions({})).toEqual(resolveOptions({ timing: 'mmu600-agilex5' }));
    expect(resolveOptions({ timing: false }).effectiveTiming).toBe(false);
    expect(resolveOptions({ timing: false }).shape.timing).toBeUndefined();
    const smmu = await Smmu.create({ ram: [] });
    expect(smmu.effectiveTiming).toMatchObject({ clocks: { tcu: 600, tbu: 400 } });
    expect(smmu.translate({ streamId: 1, iova: 0n }).latency).toBeGreaterThan(0);
    smmu.dispose();
    const functional = await Smmu.create({ ram: [], timing: false });
    expect(functional.translate({ streamId: 1, iova: 0n }).latency).toBe(0);
    functional.dispose();
  });

  test('a device of the default options takes 8 MiB beside its RAM at most', () => {
    expect(Smmu.coreBytes()).toBeLessThanOrEqual(8 * 2 ** 20);
  });

  test('a tick is the largest common part of both cycles', () => {
    expect(ticks(resolveTiming({ clocks: { tcu: 600, tbu: 400 } }))).toEqual({ tcu: 2, tbu: 3 });
    expect(ticks(resolveTiming({ clocks: { tcu: 1000, tbu: 1000 } }))).toEqual({ tcu: 1, tbu: 1 });
    const words = new Map(timingWords(resolveTiming(presets['gem5-default'].timing)));
    expect(words.get(Timing.HAZARD)).toBe(Timing.HAZARD_SLEEP);
    expect(words.get(Timing.WALK_SLOTS)).toBe(16);
    expect(words.get(Timing.PARALLEL)).toBe(0);
  });

  test.each<[unknown, RegExp]>([
    ['gem5', /^timing must be 'gem5-default', .* or 'minimal', not 'gem5'$/],
    [3, /^timing must be a preset's name, a configuration or false, not 3$/],
    [
      { tcus: {} },
      /^timing has no field 'tcus'; it may have clocks, tbu, link, tcu, memory, prefetch, commands, eventWrite, pmcg and caches$/,
    ],
    [{ tbu: { slotz: 1 } }, /^timing\.tbu has no field 'slotz'; it may have portBytes, slots/],
    [{ tbu: { slots: 0 } }, /^timing\.tbu\.slots must be between 1 and 512, not 0$/],
    [
      { tbu: { hazard: { mode: 'wait' } } },
      /^timing\.tbu\.hazard\.mode must be 'none', 'sleep' or 'merge', not 'wait'$/,
    ],
    [{ tcu: { probing: 1 } }, /^timing\.tcu\.probing must be 'sequential' or 'parallel', not 1$/],
    [{ memory: { latency: 0.5 } }, /^timing\.memory\.latency must be an integer, not 0\.5$/],
    [{ memory: 4 }, /^timing\.memory must be an object, not 4$/],
    [{ pmcg: { counterBits: 33 } }, /^timing\.pmcg\.counterBits must be 32, 36, 40, 44, 48 or 64, not 33$/],
    [{ pmcg: { counters: 65 } }, /^timing\.pmcg\.counters must be between 1 and 64, not 65$/],
    [{ eventWrite: 'yes' }, /^timing\.eventWrite must be true or false, not 'yes'$/],
    [{ clocks: { tcu: 9973, tbu: 9967 } }, /^timing\.clocks\.tbu must stand to timing\.clocks\.tcu/],
    [{ caches: 'gem5' }, /^caches must be 'gem5-default'/],
    [
      { caches: { walkCaches: { nonFinalStage2: 1 } } },
      /^caches\.walkCaches\.nonFinalStage2 must be true or false/,
    ],
  ])('%# is refused with the path of the field', (timing, sentence) => {
    expect(() => resolveOptions({ timing } as SmmuOptions)).toThrow(sentence);
  });
});

describe('the map', () => {
  test('the regions of time are aligned, disjoint, before the batch, and absent when time is off', () => {
    const { shape } = resolveOptions({ timing: 'mmu700-server', tbus: 3 });
    const map = computeMap(shape);
    const { timing, pool, poolCap, nodes, nodeCap, inbox, inboxCap, done, doneCap } = map.timing!;
    expect(poolCap).toBe(3 * 256);
    const regions = [
      [timing, Timing.BYTES],
      [pool, poolCap * Request.POOL_STRIDE],
      [nodes, nodeCap * EventNode.BYTES],
      [inbox, inboxCap * Submission.BYTES],
      [done, doneCap * Submission.BYTES],
      [map.batch, map.batchBytes],
    ];
    regions.forEach(([start, bytes], i) => {
      expect(start % 16).toBe(0);
      if (i + 1 < regions.length) expect(regions[i + 1][0]).toBeGreaterThanOrEqual(start + bytes);
    });
    expect(computeMap(resolveOptions({ timing: false }).shape).timing).toBeUndefined();
  });
});

describe('overrides', () => {
  const gem5 = { timing: 'gem5-default' } as const;

  test('reach caches and times under the names that people use', () => {
    const { caches, timing } = applyOverrides(gem5, [
      'tbu.mainTlb.entries=512',
      'caches.microTlb.policy=lru',
      'tcu.configCache.latency=5',
      'walkCaches.s1[2].entries=0x80',
      'ipaCache.enabled=true',
      'memory.latency=37',
      'timing.tbu.slots=32',
      'tbu.hazard.mode=merge',
      'eventWrite=false',
      'tcuTlb=false',
    ]);
    expect(caches).toMatchObject({
      mainTlb: { entries: 512, ways: 4 },
      microTlb: { policy: 'lru' },
      configCache: { latency: 5 },
      ipaCache: { enabled: true },
      tcuTlb: false,
    });
    expect((caches as { walkCaches: unknown }).walkCaches).toMatchObject({
      s1: [{}, {}, { entries: 128 }, {}],
    });
    expect(timing).toMatchObject({
      memory: { latency: 37 },
      tbu: { slots: 32, hazard: { mode: 'merge', wake: 'any' } },
      eventWrite: false,
      caches,
    });
    expect(presets['gem5-default'].caches.mainTlb).toMatchObject({ entries: 2048 });
    expect(resolveOptions({ timing }).shape.timing?.memory.dataLatency).toBe(37);
  });

  test('without time, caches alone', () => {
    expect(applyOverrides({ timing: false }, ['mainTlb.ways=8'])).toMatchObject({
      caches: { mainTlb: { ways: 8, entries: 512 } },
      timing: false,
    });
    expect(() => applyOverrides({ timing: false }, ['memory.latency=1'])).toThrow(
      /time is off: choose a timing preset first$/,
    );
    expect(applyOverrides({}, ['memory.latency=1']).timing).toMatchObject({ memory: { latency: 1 } });
  });

  test.each<[string, RegExp]>([
    ['tbu.slots', /^'tbu\.slots' must have the form path=value/],
    ['=3', /must have the form path=value/],
    ['tbu..slots=3', /has no path of names/],
    ['__proto__.x=3', /has no path of names/],
    ['cache.entries=3', /^'cache\.entries=3': there is no 'cache'; a path begins with clocks, tbu/],
    ['tbu.slotz=3', /^timing\.tbu has no field 'slotz'/],
    ['tbu.slots.x=3', /'slots' is the value 16 and has no fields$/],
    ['tbu.mainTlb.entries=513', /^caches\.mainTlb\.entries must be a whole number of sets/],
    ['walkCaches.s1.first.entries=3', /'s1' is a list, so a number must follow, such as s1\[0\]$/],
    ['tbu=3', /^timing\.tbu must be an object, not 3$/],
    ['timing=3', /^'timing=3' must name a field$/],
    ['tbu.slots=many', /^timing\.tbu\.slots must be a number, not 'many'$/],
  ])('%s is refused', (override, sentence) => {
    expect(() => applyOverrides(gem5, [override])).toThrow(sentence);
  });
});
