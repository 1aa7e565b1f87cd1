import type { Smmu } from '../device/smmu.js';
import type { Hit } from '../core/hit.js';
import type { Hits, StreamReport } from './report.js';
import type { Translator } from './tally.js';

/** The parts of the device that a transaction asks, in this order; each answers or passes on to the next. */
const ORDER: readonly Hit[] = ['micro-tlb', 'main-tlb', 'tcu-tlb', 'walk-cache', 'walk'];
const NONE: Hits = { hits: 0, misses: 0 };

/** What each stream's transactions met, from the device's statistics. */
export function streamReports(smmu: Smmu, translator: Translator): StreamReport[] {
  const stats = smmu.stats();
  const exists = (part: string): boolean => Object.keys(stats.caches).some((name) => name.endsWith(part));
  const present: Partial<Record<Hit, boolean>> = {
    'micro-tlb': exists('.micro'),
    'main-tlb': exists('.main'),
    'tcu-tlb': exists('tcu'),
  };
  return stats.streams.map((stream): StreamReport => {
    const tlb = (part: Hit): Hits => {
      if (present[part] !== true) return NONE;
      const later = ORDER.slice(ORDER.indexOf(part) + 1);
      return { hits: stream.hits[part], misses: later.reduce((sum, other) => sum + stream.hits[other], 0) };
    };
    const time = translator.streams.get(stream.streamId ?? -1);
    const rate =
      time === undefined || time.milliseconds === 0 ? 0 : (1000 * time.translations) / time.milliseconds;
    return {
      streamId: stream.streamId ?? -1,
      translations: stream.transactions,
      microTlb: tlb('micro-tlb'),
      mainTlb: tlb('main-tlb'),
      tcuTlb: tlb('tcu-tlb'),
      configurationCache: { hits: stream.configHits, misses: stream.configMisses },
      reads: stream.reads,
      events: stream.events,
      translationsPerSecond: Math.round(rate),
    };
  });
}
