/** smmuv3-wasm/presets/gem5-default: the defaults of gem5's SMMUv3. */
import { gem5DefaultCaches } from '../gem5-default.js';
import { makePreset, type Preset } from '../preset.js';
import { gem5DefaultTiming } from '../timing-gem5-default.js';

export type { Preset };

/** For the options `caches` and `timing` of Smmu.create; frozen. */
export const preset: Preset = /* @__PURE__ */ makePreset(
  'gem5-default',
  'the defaults of gem5’s SMMUv3 (v24.0.0.1)',
  gem5DefaultCaches,
  gem5DefaultTiming,
);
