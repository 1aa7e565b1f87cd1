import type { CacheConfig } from '../cache-config.js';
import { gem5DefaultCaches } from './gem5-default.js';
import { minimalCaches } from './minimal.js';
import { mmu600Agilex5Caches } from './mmu600-agilex5.js';
import { mmu700ServerCaches } from './mmu700-server.js';
import { plain, provenance, type Provenance } from './provenance.js';
import type { TimingConfig } from '../timing-config.js';
import { gem5DefaultTiming } from './timing-gem5-default.js';
import { minimalTiming } from './timing-minimal.js';
import { mmu600Agilex5Timing } from './timing-mmu600-agilex5.js';
import { mmu700ServerTiming } from './timing-mmu700-server.js';

/** A named machine. */
export interface Preset {
  /** What it is, in a line. */
  readonly description: string;
  /** Its caches, for the option `caches`. */
  readonly caches: CacheConfig;
  /** Its pipeline, for the option `timing`; it names the preset's own caches. */
  readonly timing: TimingConfig;
  /** Where each value of `timing` comes from, by path such as `tbu.slots`. */
  readonly sources: Readonly<Record<string, Provenance>>;
  /** Where each value of `caches` comes from, by path such as `mainTlb.entries` or `walkCaches.s1[2].ways`. */
  readonly cacheSources: Readonly<Record<string, Provenance>>;
}

/** Names of the presets. */
export type PresetName = 'gem5-default' | 'mmu600-agilex5' | 'mmu700-server' | 'minimal';

/**
 * The presets by name. Each value is data with its source beside it; copy one and change it to make your own:
 * `caches: { ...presets['minimal'].caches, microTlb: { entries: 8, ways: 'full', policy: 'lru' } }`.
 */
export const presets: Readonly<Record<PresetName, Preset>> = deepFreeze({
  'gem5-default': preset(
    'gem5-default',
    'the defaults of gem5’s SMMUv3 (v24.0.0.1)',
    gem5DefaultCaches,
    gem5DefaultTiming,
  ),
  'mmu600-agilex5': preset(
    'mmu600-agilex5',
    'Arm MMU-600 as built into Intel’s Agilex 5',
    mmu600Agilex5Caches,
    mmu600Agilex5Timing,
  ),
  'mmu700-server': preset(
    'mmu700-server',
    'Arm MMU-700 as a server could have it',
    mmu700ServerCaches,
    mmu700ServerTiming,
  ),
  minimal: preset('minimal', 'one of everything, to reason about by hand', minimalCaches, minimalTiming),
});

/** `caches` and `timing` with the provenance of each value. */
function preset(name: PresetName, description: string, caches: object, timing: object): Preset {
  return {
    description,
    caches: plain(caches),
    timing: { ...(plain(timing) as TimingConfig), caches: name },
    sources: provenance(timing),
    cacheSources: provenance(caches),
  };
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}
