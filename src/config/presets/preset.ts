import type { CacheConfig } from '../cache-config.js';
import type { TimingConfig } from '../timing-config.js';
import { plain, provenance, type Provenance } from './provenance.js';

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

/** `marked`: the timing with the provenance of each value. */
export function makePreset(name: PresetName, caches: CacheConfig, marked: object): Preset {
  const timing = { ...(plain(marked) as TimingConfig), caches: name };
  return deepFreeze({ caches, timing, sources: provenance(marked) });
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}
