/**
 * `lookup` and `lookupWords` of one device, each a function of its own over the core's export. A method, which all devices share, has to
 * find out at every call whose export it calls, and an engine that has seen it call several calls them the slow way; what stands
 * in a function's scope it knows, and puts the call into the code of whoever calls.
 */
import { is32, isUnsigned32 } from '../base/check.js';
import type { BusBridge } from '../core/bus-bridge.js';
import type { CoreMemory } from '../core/core-memory.js';
import type { Core } from '../core/exports.js';
import { refuseLookup } from './request.js';

/** As the methods of Smmu. */
export interface LookUps {
  readonly lookup: (streamId: number, iova: number, flags: number) => number;
  readonly lookupWords: (streamId: number, lo: number, hi: number, flags: number) => number;
}

/** What differs with time on and off. */
export interface LookUpTime {
  /** `needed`: more has to be done around a look-up than the core does. One object for a device's life. */
  readonly care: { readonly needed: boolean };
  /** A look-up while care is needed; `ask` calls the core. @returns the address; callbacks have run */
  carefully(ask: () => number): number;
  /** What follows a look-up that gave a negative number. @returns the address; callbacks have run */
  afterLookup(result: number): number;
}

/** The functions of the device that these are parts of. */
export function lookUpsOf(core: Core, memory: CoreMemory, bridge: BusBridge, time: LookUpTime): LookUps {
  const { lookup, lookupWords } = core;
  const { care } = time;
  return {
    lookup: (streamId, iova, flags) => {
      if (bridge.barred) bridge.refuse();
      if (!(isUnsigned32(streamId) && typeof iova === 'number' && is32(flags))) return refuseLookup(memory);
      if (care.needed) {
        if (!Number.isSafeInteger(iova) || iova < 0) return refuseLookup(memory);
        return time.carefully(() => lookup(streamId, iova, flags));
      }
      const result = lookup(streamId, iova, flags);
      if (result >= 0) return result;
      return Number.isNaN(result) ? refuseLookup(memory) : time.afterLookup(result);
    },
    lookupWords: (streamId, lo, hi, flags) => {
      if (bridge.barred) bridge.refuse();
      if (!(isUnsigned32(streamId) && is32(lo) && is32(hi) && is32(flags))) return refuseLookup(memory);
      if (care.needed) return time.carefully(() => lookupWords(streamId, lo, hi, flags));
      const result = lookupWords(streamId, lo, hi, flags);
      return result < 0 ? time.afterLookup(result) : result;
    },
  };
}
