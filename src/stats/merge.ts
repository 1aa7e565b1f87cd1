/**
 * Statistics of pieces of one trace as those of the whole, each by its rule: counts and cycles are added, a maximum is the
 * greatest, what is full now is that of the last piece, a mean is weighted by what it is over, rates and percentiles are
 * reckoned anew from what was added.
 */
import { latencyOfBuckets, type LatencySummary, mergeBuckets, NO_LATENCY } from './latency.js';
import type { CacheStats, Stats, StreamStats } from './stats.js';
import type { StreamTiming } from './stream-timing.js';
import type { Occupancy, Throughput, TimingStats } from './timing-stats.js';

/** What statistics alone do not say. */
export interface MergeOptions {
  /** Of all pieces together, exact. */
  readonly latency?: LatencySummary;
  /**
   * Times of all pieces are those of one clock: then the cycles in which nothing was on its way between a piece and the next
   * one count too.
   */
  readonly oneClock: boolean;
}

/** @param parts in the order of the trace, one or more, of devices of one configuration */
export function mergeStats(parts: readonly Stats[], options: MergeOptions): Stats {
  const sum = (pick: (part: Stats) => number): number => total(parts.map(pick));
  const timings = parts.flatMap(({ timing }) => (timing === undefined ? [] : [timing]));
  const timing = timings.length === 0 ? undefined : mergeTiming(timings, options);
  const [first, ...later] = parts;
  return {
    transactions: sum((part) => part.transactions),
    outcomes: added(parts.map(({ outcomes }) => outcomes)),
    hits: added(parts.map(({ hits }) => hits)),
    reads: added(parts.map(({ reads }) => reads)),
    walks: sum((part) => part.walks),
    configReads: added(parts.map(({ configReads }) => configReads)),
    readsByLevel: {
      stage1: added(parts.map(({ readsByLevel }) => readsByLevel.stage1)),
      stage2: added(parts.map(({ readsByLevel }) => readsByLevel.stage2)),
    },
    streams: mergeStreams(
      parts.map(({ streams }) => streams),
      timing?.cycles,
    ),
    caches: Object.fromEntries(
      Object.keys(first.caches).map((name) => [name, mergeCache(parts.map(({ caches }) => caches[name]))]),
    ),
    commands: addedByName(parts.map(({ commands }) => commands)),
    events: addedByName(parts.map(({ events }) => events)),
    eventsCaused: sum((part) => part.eventsCaused),
    eventsLost: sum((part) => part.eventsLost),
    commandErrors: sum((part) => part.commandErrors),
    msis: sum((part) => part.msis),
    interrupts: sum((part) => part.interrupts),
    // Nobody resumes one while a trace runs: what the first piece found stalled still is, and so is all that came to it.
    stalled: first.stalled + total(later.map(({ outcomes }) => outcomes.stalled)),
    sparseFull: sum((part) => part.sparseFull),
    ...(timing === undefined ? {} : { timing }),
  };
}

function mergeTiming(parts: readonly TimingStats[], { latency, oneClock }: MergeOptions): TimingStats {
  const sum = (pick: (part: TimingStats) => number): number => total(parts.map(pick));
  const cycles = sum((part) => part.cycles) + (oneClock ? idle(parts) : 0);
  const transactions = sum((part) => part.transactions);
  const bytes = sum((part) => part.bytes);
  const busyCycles = sum(({ commands }) => commands.busyCycles);
  const overCycles = (pick: (part: TimingStats) => Occupancy): Occupancy =>
    mergeOccupancy(
      parts.map((part) => ({ ...pick(part), over: part.cycles })),
      cycles,
    );
  const [{ firstOffer }] = parts;
  return {
    transactions,
    cycles,
    firstOffer,
    lastResponse: firstOffer + BigInt(cycles),
    latency: latency ?? NO_LATENCY,
    refused: sum((part) => part.refused),
    stalls: added(parts.map(({ stalls }) => stalls)),
    occupancy: {
      tbuSlots: overCycles(({ occupancy }) => occupancy.tbuSlots),
      walkSlots: overCycles(({ occupancy }) => occupancy.walkSlots),
      tcuSlots: overCycles(({ occupancy }) => occupancy.tcuSlots),
      walkQueue: overCycles(({ occupancy }) => occupancy.walkQueue),
    },
    prefetch: added(parts.map(({ prefetch }) => prefetch)),
    commands: {
      busyCycles,
      tbuInvalidations: sum(({ commands }) => commands.tbuInvalidations),
      backlog: mergeOccupancy(
        parts.map(({ commands }) => ({ ...commands.backlog, over: commands.busyCycles })),
        busyCycles,
      ),
      waitCycles: sum(({ commands }) => commands.waitCycles),
      syncWait: sum(({ commands }) => commands.syncWait),
    },
    throughput: throughputOver(cycles, bytes, transactions),
    bytes,
  };
}

/** Cycles from the last response of a piece to the first offer of the next. */
function idle(parts: readonly TimingStats[]): number {
  return total(
    parts.slice(1).map(({ firstOffer }, i) => Math.max(0, Number(firstOffer - parts[i].lastResponse))),
  );
}

function mergeOccupancy(parts: readonly (Occupancy & { readonly over: number })[], over: number): Occupancy {
  const weighted = total(parts.map((part) => part.mean * part.over));
  // A mean of one piece alone stays as it is to the last bit.
  const alone = parts.length === 1 ? parts[0].mean : undefined;
  return {
    mean: alone ?? (over === 0 ? 0 : weighted / over),
    max: Math.max(...parts.map(({ max }) => max)),
  };
}

function throughputOver(cycles: number, bytes: number, transactions: number): Throughput {
  const perCycle = (n: number): number => (cycles === 0 ? 0 : n / cycles);
  return { bytesPerCycle: perCycle(bytes), transactionsPerCycle: perCycle(transactions) };
}

function mergeCache(parts: readonly CacheStats[]): CacheStats {
  const sum = (pick: (part: CacheStats) => number): number => total(parts.map(pick));
  const { entries, sets, ways, valid } = parts[parts.length - 1];
  return {
    entries,
    sets,
    ways,
    valid,
    lookups: sum((part) => part.lookups),
    hits: sum((part) => part.hits),
    misses: sum((part) => part.misses),
    merged: sum((part) => part.merged),
    fills: sum((part) => part.fills),
    insertions: sum((part) => part.insertions),
    evictions: sum((part) => part.evictions),
    invalidated: sum((part) => part.invalidated),
  };
}

/** In the order in which they were first seen; those without a record of their own together, last. */
function mergeStreams(
  parts: readonly (readonly StreamStats[])[],
  cycles: number | undefined,
): readonly StreamStats[] {
  const byId = new Map<number | undefined, StreamStats[]>();
  for (const stream of parts.flat()) {
    const before = byId.get(stream.streamId);
    if (before === undefined) byId.set(stream.streamId, [stream]);
    else before.push(stream);
  }
  const others = byId.get(undefined);
  byId.delete(undefined);
  return [...byId.values(), ...(others === undefined ? [] : [others])].map((all) => mergeStream(all, cycles));
}

function mergeStream(parts: readonly StreamStats[], cycles: number | undefined): StreamStats {
  const sum = (pick: (part: StreamStats) => number): number => total(parts.map(pick));
  const { streamId, tbu } = parts[0];
  const timings = parts.flatMap(({ timing }) => (timing === undefined ? [] : [timing]));
  return {
    ...(streamId === undefined ? {} : { streamId }),
    tbu,
    transactions: sum((part) => part.transactions),
    outcomes: added(parts.map(({ outcomes }) => outcomes)),
    hits: added(parts.map(({ hits }) => hits)),
    reads: added(parts.map(({ reads }) => reads)),
    configHits: sum((part) => part.configHits),
    configMisses: sum((part) => part.configMisses),
    events: sum((part) => part.events),
    walks: sum((part) => part.walks),
    ...(cycles === undefined ? {} : { timing: mergeStreamTiming(timings, cycles) }),
  };
}

/** @param cycles of the whole device, over which rates are */
function mergeStreamTiming(parts: readonly StreamTiming[], cycles: number): StreamTiming {
  const transactions = total(parts.map((part) => part.transactions));
  const bytes = total(parts.map((part) => part.bytes));
  const histogram = mergeBuckets(parts.map((part) => part.histogram));
  // A mean is a whole number of cycles over a count.
  const sum = total(parts.map(({ latency, transactions: count }) => Math.round(latency.mean * count)));
  const max = Math.max(...parts.map(({ latency }) => latency.max));
  return {
    transactions,
    latency: latencyOfBuckets(sum, max, histogram),
    histogram,
    bytes,
    throughput: throughputOver(cycles, bytes, transactions),
  };
}

function total(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}

/** The sums of counts that all parts have. */
function added<T extends { readonly [K in keyof T]: number }>(parts: readonly T[]): T {
  const names = Object.keys(parts[0]) as (keyof T)[];
  return Object.fromEntries(names.map((name) => [name, total(parts.map((part) => part[name]))])) as T;
}

/** The sums of counts of which each part has those that are not 0. */
function addedByName(parts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const names = [...new Set(parts.flatMap((part) => Object.keys(part)))];
  return Object.fromEntries(names.map((name) => [name, total(parts.map((part) => part[name] ?? 0))]));
}
