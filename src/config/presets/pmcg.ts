/** The counter groups of machines for which nothing is published, and of a device with time off: the most useful ones. */
import { guess, plain } from './provenance.js';

/** Counters of all events at once, that never wrap in practice, each with a filter of its own. */
export function fullPmcg(reason: string) {
  const chosen = <const T>(value: T, what: string) => guess(value, `${reason}: ${what}`);
  return {
    counters: chosen(8, 'as many as the architecture has events'),
    counterBits: chosen(64, 'no counter wraps'),
    msi: chosen(true, 'both kinds of interrupt'),
    capture: chosen(true, 'all counters are read at one moment'),
    relocate: chosen(false, 'every register of a group in its first page, so that one page is enough'),
    filterPerCounter: chosen(true, 'streams are counted side by side'),
  };
}

/** With time off. */
export const UNTIMED_PMCG = plain(fullPmcg('time is off'));
