import type { Asked } from '../run/run-document.js';
import type { RunOptions } from './run-as-asked.js';

/** What the options ask for, but for the trace. */
export function askedOf({ timing, caches, set, tbuOf }: RunOptions): Asked {
  return {
    timing,
    ...(caches === undefined ? {} : { caches }),
    ...(set === undefined ? {} : { set }),
    ...(tbuOf === undefined ? {} : { tbuOf }),
  };
}
