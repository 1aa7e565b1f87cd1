import type { CacheConfig } from '../cache-config.js';
import { gem5Default } from './gem5-default.js';
import { minimal } from './minimal.js';
import { mmu600Agilex5 } from './mmu600-agilex5.js';
import { mmu700Server } from './mmu700-server.js';
import { plain, provenance, type Provenance } from './provenance.js';
import type { TimingConfig } from '../timing-config.js';
import { gem5DefaultTiming } from './timing-gem5-default.js';
import { minimalTiming } from './timing-minimal.js';
import { mmu600Agilex5Timing } from './timing-mmu600-agilex5.js';
import { mmu700ServerTiming } from './timing-mmu700-server.js';

/** A named machine. */
export interface Preset {
  /** Its caches, for the option `caches`. */
  readonly caches: CacheConfig;
  /** Its pipeline, for the option `timing`; it names the preset's own caches. */
  readonly timing: TimingConfig;
  /** Where each value of `timing` comes from, by path such as `tbu.slots`. */
  readonly sources: Readonly<Record<string, Provenance>>;
}

/** Names of the presets. */
export type PresetName = 'gem5-default' | 'mmu600-agilex5' | 'mmu700-server' | 'minimal';

/**
 * The presets by name. Each value is data with its source beside it; copy one and change it to make your own:
 * `caches: { ...presets['minimal'].caches, microTlb: { entries: 8, ways: 'full', policy: 'lru' } }`.
 */
export const presets: Readonly<Record<PresetName, Preset>> = deepFreeze({
  'gem5-default': preset('gem5-default', gem5Default, gem5DefaultTiming),
  'mmu600-agilex5': preset('mmu600-agilex5', mmu600Agilex5, mmu600Agilex5Timing),
  'mmu700-server': preset('mmu700-server', mmu700Server, mmu700ServerTiming),
  minimal: preset('minimal', minimal, minimalTiming),
});

/** `marked`: the timing with the provenance of each value. */
function preset(name: PresetName, caches: CacheConfig, marked: object): Preset {
  const timing = { ...(plain(marked) as TimingConfig), caches: name };
  return { caches, timing, sources: provenance(marked) };
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}
