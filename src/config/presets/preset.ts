import type { CacheConfig } from '../cache-config.js';
import type { TimingConfig } from '../timing-config.js';
import { plain, provenance, type Provenance } from './provenance.js';

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

/** `caches` and `timing`: with the provenance of each value. */
export function makePreset(name: PresetName, description: string, caches: object, timing: object): Preset {
  return deepFreeze({
    description,
    caches: plain(caches),
    timing: { ...(plain(timing) as TimingConfig), caches: name },
    sources: provenance(timing),
    cacheSources: provenance(caches),
  });
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}
