/** smmuv3-wasm/presets/mmu700-server: Arm MMU-700 as a server could have it. */
import { mmu700ServerCaches } from '../mmu700-server.js';
import { makePreset, type Preset } from '../preset.js';
import { mmu700ServerTiming } from '../timing-mmu700-server.js';

export type { Preset };

/** For the options `caches` and `timing` of Smmu.create; frozen. */
export const preset: Preset = /* @__PURE__ */ makePreset(
  'mmu700-server',
  'Arm MMU-700 as a server could have it',
  mmu700ServerCaches,
  mmu700ServerTiming,
);
