/** smmuv3-wasm/presets/mmu600-agilex5: Arm MMU-600 as Agilex 5 has it. */
import { mmu600Agilex5Caches } from '../mmu600-agilex5.js';
import { makePreset, type Preset } from '../preset.js';
import { mmu600Agilex5Timing } from '../timing-mmu600-agilex5.js';

export type { Preset };

/** For the options `caches` and `timing` of Smmu.create; frozen. */
export const preset: Preset = /* @__PURE__ */ makePreset(
  'mmu600-agilex5',
  'Arm MMU-600 as built into Intel’s Agilex 5',
  mmu600Agilex5Caches,
  mmu600Agilex5Timing,
);
