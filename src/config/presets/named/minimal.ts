/** smmuv3-wasm/presets/minimal: few small caches, one of everything. */
import { minimal } from '../minimal.js';
import { makePreset, type Preset } from '../preset.js';
import { minimalTiming } from '../timing-minimal.js';

export type { Preset };

/** For the options `caches` and `timing` of Smmu.create; frozen. */
export const preset: Preset = /* @__PURE__ */ makePreset('minimal', minimal, minimalTiming);
