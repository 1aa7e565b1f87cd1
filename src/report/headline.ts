/** The figures of a run that one looks at first, in cycles and in time. */
import type { RunResult } from '../run/result.js';

/** Cycles, and what they last at the TCU's clock. */
export interface Span {
  readonly cycles: number;
  readonly nanoseconds: number;
}

export interface Timed {
  /** MHz of the TCU. */
  readonly clock: number;
  readonly whole: Span;
  readonly p50: Span;
  readonly p99: Span;
  readonly max: Span;
  /** Of transactions that reached memory. */
  readonly bytesPerCycle: number;
  readonly bytesPerSecond: number;
  readonly transactionsPerCycle: number;
  readonly transactionsPerSecond: number;
  /** Causes of waiting by the share of all transactions' time, from acceptance to response, that it took; greatest first. */
  readonly stalls: readonly Share[];
}

export interface Share {
  readonly name: string;
  readonly share: number;
}

export interface Headline {
  readonly transactions: number;
  readonly faults: number;
  readonly walks: number;
  /** Descriptors that a transaction which walked read, in the mean. */
  readonly readsPerWalk: number;
  /** Of each cache that was looked up, by its name in the statistics. */
  readonly hitRates: readonly Share[];
  /** Absent: time is off. */
  readonly timed?: Timed;
}

const NANOSECONDS = 1e3;
const HERTZ = 1e6;

export function headline(result: RunResult): Headline {
  const { transactions, faults, walks, reads, caches } = result;
  return {
    transactions,
    faults,
    walks,
    readsPerWalk: walks === 0 ? 0 : (reads.stage1 + reads.stage2) / walks,
    hitRates: Object.entries(caches).flatMap(([name, { hitRate }]) =>
      hitRate === undefined ? [] : [{ name, share: hitRate }],
    ),
    ...timedOf(result),
  };
}

function timedOf({ timing, latency, effectiveTiming, cycles }: RunResult): { timed?: Timed } {
  if (timing === undefined || effectiveTiming === false) return {};
  const clock = effectiveTiming.clocks.tcu;
  const span = (n: number): Span => ({ cycles: n, nanoseconds: (n * NANOSECONDS) / clock });
  const { bytesPerCycle, transactionsPerCycle } = timing.throughput;
  const all = latency.mean * timing.transactions;
  const stalls = Object.entries(timing.stalls)
    .filter(([, waited]) => waited > 0)
    .map(([name, waited]): Share => ({ name, share: all === 0 ? 0 : waited / all }))
    .sort((a, b) => b.share - a.share);
  return {
    timed: {
      clock,
      whole: span(cycles),
      p50: span(latency.p50),
      p99: span(latency.p99),
      max: span(latency.max),
      bytesPerCycle,
      bytesPerSecond: bytesPerCycle * clock * HERTZ,
      transactionsPerCycle,
      transactionsPerSecond: transactionsPerCycle * clock * HERTZ,
      stalls,
    },
  };
}
