/** Devices with time at random, most of them such as stretches of hits know (timing/stretch.ts). */
import type { CacheGeometry, SmmuOptions, TimingConfig } from '../../src/index.js';
import type { Rng } from '../oracle/random.js';

function tlb(rng: Rng, entries: readonly number[], ways: readonly (number | 'full')[]): CacheGeometry {
  return {
    entries: rng.pick(entries),
    ways: rng.pick(ways),
    policy: rng.pick(['round-robin', 'random', 'plru', 'lru', 'rrip'] as const),
    index: rng.pick(['modulo', 'modulo', 'hash'] as const),
    latency: rng.pick([1, 1, 2, 3, 7]),
    slots: rng.pick([1, 1, 2, 3, 4]),
  };
}

function randomTiming(rng: Rng): TimingConfig {
  const latency = rng.pick([0, 1, 10, 40, 100]);
  return {
    clocks: rng.pick([
      { tcu: 1000, tbu: 1000 },
      { tcu: 1000, tbu: 1000 },
      { tcu: 600, tbu: 400 },
      { tcu: 500, tbu: 1000 },
      { tcu: 700, tbu: 300 },
    ]),
    tbu: {
      portBytes: rng.pick([8, 16, 32]),
      slots: rng.pick([1, 2, 3, 4, 16, 16, 64]),
      writeBufferBeats: rng.pick([0, 0, 4, 16]),
      hazard: {
        mode: rng.pick(['none', 'sleep', 'merge'] as const),
        compareStream: rng.chance(0.5),
        wake: rng.pick(['page', 'any'] as const),
      },
      ordered: rng.chance(0.8),
    },
    link: { down: rng.between(1, 8), up: rng.between(1, 8) },
    tcu: {
      slots: rng.pick([2, 16, 64]),
      walkSlots: rng.pick([1, 4, 16]),
      walkPorts: rng.pick([1, 4]),
      probing: rng.pick(['sequential', 'parallel'] as const),
    },
    memory: {
      latency,
      dataLatency: rng.pick([latency, latency, 0, 60]),
      ports: rng.chance(0.9) ? 1 : 2,
      bytesPerBeat: rng.pick([8, 16, 16, 32]),
      response: rng.pick([0, 1, 1, 1, 3]),
    },
    prefetch: {
      mode: rng.pick(['off', 'off', 'off', 'forward'] as const),
      target: rng.pick(['tcu', 'tbu'] as const),
    },
    eventWrite: rng.chance(0.5),
  };
}

/** Presets' pipelines and caches, or random ones. */
export function randomPipeline(rng: Rng): SmmuOptions {
  const preset = rng.pick(['gem5-default', 'mmu600-agilex5'] as const);
  const tbus = rng.chance(0.8) ? 1 : rng.pick([2, 4]);
  const shared = {
    tbus,
    ...(tbus > 1 ? { tbuOf: (sid: number) => sid % tbus } : {}),
    statStreams: rng.pick([1024, 1024, 2]),
    seed: rng.below(1000),
  };
  if (rng.chance(0.4)) return { ...shared, timing: preset };
  return {
    ...shared,
    timing: rng.chance(0.2) ? preset : randomTiming(rng),
    caches: {
      microTlb: { ...tlb(rng, [2, 8, 16, 32], ['full', 'full', 2]), latency: rng.pick([1, 1, 1, 2, 3]) },
      mainTlb: rng.chance(0.9) ? tlb(rng, [32, 128, 512, 2048], [4, 4, 2]) : false,
      configCache: { entries: 16, ways: 4, policy: 'round-robin' },
      walkCaches: false,
      tcuTlb: false,
      ipaCache: false,
    },
  };
}
