import { DEPARTURES, type DepartureName } from './departures.js';
import type { Mismatch } from './ledger.js';

/** What one stream's translations met, those of the final questions included. */
export interface StreamReport {
  /** -1: all streams that have no statistics of their own. */
  readonly streamId: number;
  readonly translations: number;
  /** Of the transactions that passed: a fault names no TLB. */
  readonly microTlb: Hits;
  readonly mainTlb: Hits;
  readonly tcuTlb: Hits;
  readonly configurationCache: Hits;
  /** Reads of guest memory: Stream table entries, Context Descriptors, translation tables by stage. */
  readonly reads: {
    readonly ste: number;
    readonly cd: number;
    readonly stage1: number;
    readonly stage2: number;
  };
  readonly events: number;
  readonly translationsPerSecond: number;
}

export interface Hits {
  readonly hits: number;
  readonly misses: number;
}

interface Totals {
  /** Recorded answers that the model did not give. */
  readonly mismatches: number;
  /** Register accesses performed. */
  readonly accesses: number;
  /** Register reads compared, those of the final snapshot included. */
  readonly readsCompared: number;
  /** Commands consumed from guest memory, by kind. */
  readonly commands: Readonly<Record<string, number>>;
  /** Translations of the timeline. */
  readonly translations: number;
  /** Faulting accesses injected, their records compared. */
  readonly events: number;
  /** Questions about the final snapshot. */
  readonly questions: number;
  /** Event queue interrupts. */
  readonly interrupts: number;
  /** Recorded answers that depart from the architecture in a known way, by name. */
  readonly departures: Readonly<Partial<Record<DepartureName, number>>>;
  readonly translationsPerSecond: number;
}

export interface CaptureReport extends Totals {
  readonly name: string;
  readonly seconds: number;
  readonly firstMismatches: readonly Mismatch[];
  readonly streams: readonly StreamReport[];
}

export interface ReplayReport extends Totals {
  readonly seconds: number;
  readonly firstMismatches: readonly Mismatch[];
  /** What the named departures are. */
  readonly explanations: Readonly<Partial<Record<DepartureName, { section: string; explanation: string }>>>;
  readonly captures: readonly CaptureReport[];
}

function sum(captures: readonly CaptureReport[], of: (capture: CaptureReport) => number): number {
  return captures.reduce((total, capture) => total + of(capture), 0);
}

function merge<K extends string>(maps: readonly Readonly<Partial<Record<K, number>>>[]): Record<K, number> {
  const merged = {} as Record<K, number>;
  for (const map of maps) {
    for (const [key, value] of Object.entries(map) as [K, number][]) merged[key] = (merged[key] ?? 0) + value;
  }
  return merged;
}

/** The report over all captures. */
export function summarize(captures: readonly CaptureReport[]): ReplayReport {
  const departures = merge(captures.map((capture) => capture.departures));
  const names = Object.keys(departures) as DepartureName[];
  const asked = sum(captures, (capture) => capture.translations + capture.events + capture.questions);
  const time = sum(captures, (capture) =>
    capture.translationsPerSecond === 0
      ? 0
      : (capture.translations + capture.events + capture.questions) / capture.translationsPerSecond,
  );
  return {
    mismatches: sum(captures, (capture) => capture.mismatches),
    accesses: sum(captures, (capture) => capture.accesses),
    readsCompared: sum(captures, (capture) => capture.readsCompared),
    commands: merge(captures.map((capture) => capture.commands)),
    translations: sum(captures, (capture) => capture.translations),
    events: sum(captures, (capture) => capture.events),
    questions: sum(captures, (capture) => capture.questions),
    interrupts: sum(captures, (capture) => capture.interrupts),
    departures,
    translationsPerSecond: time === 0 ? 0 : Math.round(asked / time),
    seconds: sum(captures, (capture) => capture.seconds),
    firstMismatches: captures.flatMap((capture) => capture.firstMismatches).slice(0, 20),
    explanations: Object.fromEntries(names.map((name) => [name, DEPARTURES[name]])),
    captures,
  };
}
