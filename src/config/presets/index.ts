import { preset as gem5Default } from './named/gem5-default.js';
import { preset as minimal } from './named/minimal.js';
import { preset as mmu600Agilex5 } from './named/mmu600-agilex5.js';
import { preset as mmu700Server } from './named/mmu700-server.js';
import type { Preset, PresetName } from './preset.js';

export type { Preset, PresetName };

/**
 * The presets by name. Each value is data with its source beside it; copy one and change it to make your own:
 * `caches: { ...presets['minimal'].caches, microTlb: { entries: 8, ways: 'full', policy: 'lru' } }`.
 */
export const presets: Readonly<Record<PresetName, Preset>> = /* @__PURE__ */ Object.freeze({
  'gem5-default': gem5Default,
  'mmu600-agilex5': mmu600Agilex5,
  'mmu700-server': mmu700Server,
  minimal,
});
