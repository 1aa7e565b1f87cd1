import type { CacheConfig } from './cache-config.js';
import { gem5Default } from './gem5-default.js';
import { minimal } from './minimal.js';
import { mmu600Agilex5 } from './mmu600-agilex5.js';
import { mmu700Server } from './mmu700-server.js';

/** A named machine. */
export interface Preset {
  /** Its caches, for the option `caches`. */
  readonly caches: CacheConfig;
}

/** Names of the presets. */
export type PresetName = 'gem5-default' | 'mmu600-agilex5' | 'mmu700-server' | 'minimal';

/**
 * The presets by name. Each value is data with its source beside it; copy one and change it to make your own:
 * `caches: { ...presets['minimal'].caches, microTlb: { entries: 8, ways: 'full', policy: 'lru' } }`.
 */
export const presets: Readonly<Record<PresetName, Preset>> = deepFreeze({
  'gem5-default': { caches: gem5Default },
  'mmu600-agilex5': { caches: mmu600Agilex5 },
  'mmu700-server': { caches: mmu700Server },
  minimal: { caches: minimal },
});

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}
