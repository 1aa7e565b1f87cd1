/** smmuv3-wasm/presets/minimal: few small caches, one of everything. */
import { minimalCaches } from '../minimal.js';
import { makePreset, type Preset } from '../preset.js';
import { minimalTiming } from '../timing-minimal.js';

export type { Preset };

/** For the options `caches` and `timing` of Smmu.create; frozen. */
export const preset: Preset = /* @__PURE__ */ makePreset(
  'minimal',
  'one of everything, to reason about by hand',
  minimalCaches,
  minimalTiming,
);
