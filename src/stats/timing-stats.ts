/** Statistics of time, gathered from the counters that the core keeps (TimingCounters of assembly/abi/). */
import * as Timing from '../../assembly/abi/timing.js';
import * as TimingCounters from '../../assembly/abi/timing-counters.js';
import { latencyOfHistogram, type LatencySummary } from './latency.js';
import { type ResolvedTiming, ticks } from '../config/resolve-timing.js';
import type { CoreMemory } from '../core/core-memory.js';

/** How full something was. */
export interface Occupancy {
  /** Over the cycles from the first offer to the last response, where nothing else is said. */
  readonly mean: number;
  readonly max: number;
}

/** Of a device or a stream, over the cycles from the device's first offer to its last response. */
export interface Throughput {
  /** Of transactions that reached memory. */
  readonly bytesPerCycle: number;
  readonly transactionsPerCycle: number;
}

/** Counts since creation, `resetStats` or `reset`. Times are cycles of the TCU clock. */
export interface TimingStats {
  /** Transactions answered. */
  readonly transactions: number;
  /** From the first offer to the last response; `lastResponse - firstOffer` is exact above 2^53 too. */
  readonly cycles: number;
  readonly firstOffer: bigint;
  readonly lastResponse: bigint;
  /** Mean and maximum are exact; percentiles above 127 cycles are rounded up by less than 1/64. */
  readonly latency: LatencySummary;
  /** Offers that found no slot, or no room in the write buffer, when they were first made. */
  readonly refused: number;
  /** Cycles that transactions waited, summed over them, by what they waited for. */
  readonly stalls: {
    /** An earlier transaction of the same requester and direction. */
    readonly order: number;
    /** Another one that had their page translated. */
    readonly hazard: number;
    readonly tcuSlot: number;
    readonly walkSlot: number;
    readonly configSlot: number;
    /** A port to memory. */
    readonly memory: number;
  };
  readonly occupancy: {
    /** Of all TBUs together. */
    readonly tbuSlots: Occupancy;
    readonly walkSlots: Occupancy;
    readonly tcuSlots: Occupancy;
    /** Requests in the TCU that wait for a walk slot. */
    readonly walkQueue: Occupancy;
  };
  readonly prefetch: {
    /** Requests made ahead of a translation. */
    readonly issued: number;
    /** Not made: the page was there or under way, or as many as there is room for were. */
    readonly dropped: number;
    /** Table reads made for them, which `reads` does not count. */
    readonly reads: number;
  };
  readonly commands: {
    /** Cycles in which the command engine had something to do. */
    readonly busyCycles: number;
    /** Invalidations sent to the TBUs. */
    readonly tbuInvalidations: number;
    /**
     * Commands that have been given and are not done with, the one at work among them; `mean` over the cycles in which the engine is
     * at work. With `asyncCommands` that is how full the queue is; at the doorbell, where CMDQ_CONS moves at once, what a queue
     * would have to hold: a `max` above its entries says that a driver would have had to wait for room.
     */
    readonly backlog: Occupancy;
    /** Cycles that commands waited until the engine came to them, summed over them; in both modes. */
    readonly waitCycles: number;
    /** Cycles that CMD_SYNCs waited for transactions in flight which hold what was invalidated, beyond their own time. */
    readonly syncWait: number;
  };
  readonly throughput: Throughput;
  /** Of transactions that reached memory. */
  readonly bytes: number;
}

const NEVER = 0xffff_ffff_ffff_ffffn;

/** Ticks to TCU cycles, rounded up. */
function toCycles(tick: bigint, per: number): bigint {
  return (tick + BigInt(per) - 1n) / BigInt(per);
}

/** When the first transaction since the mark was offered; undefined: none was. */
export function firstOffer(core: CoreMemory, timing: number, config: ResolvedTiming): bigint | undefined {
  const tick = core.get64(timing + Timing.STATS + TimingCounters.FIRST_OFFER);
  return tick === NEVER ? undefined : toCycles(tick, ticks(config).tcu);
}

/** Marks the first offer as still to come while `during` runs, and tells when it came. */
export function firstOfferDuring(
  core: CoreMemory,
  timing: number,
  config: ResolvedTiming,
  during: () => void,
): bigint | undefined {
  const at = timing + Timing.STATS + TimingCounters.FIRST_OFFER;
  const before = core.get64(at);
  core.set64(at, NEVER);
  try {
    during();
    return firstOffer(core, timing, config);
  } finally {
    if (before !== NEVER) core.set64(at, before);
  }
}

/** `timing`: offset of the region. */
export function gatherTimingStats(core: CoreMemory, timing: number, config: ResolvedTiming): TimingStats {
  const per = ticks(config).tcu;
  const at = timing + Timing.STATS;
  const count = (offset: number): number => core.count(at + offset);
  const inCycles = (offset: number): number => count(offset) / per;
  const first = firstOffer(core, timing, config) ?? 0n;
  const last = toCycles(core.get64(at + TimingCounters.LAST_RESPONSE), per);
  const cycles = last > first ? Number(last - first) : 0;
  const perCycle = (n: number): number => (cycles === 0 ? 0 : n / cycles);
  const transactions = count(TimingCounters.TRANSACTIONS);
  const busyCycles = inCycles(TimingCounters.COMMAND_CYCLES);
  const bytes = count(TimingCounters.FORWARDED_BYTES);
  return {
    transactions,
    cycles,
    firstOffer: first,
    lastResponse: last,
    latency: latencyOfHistogram(
      transactions,
      count(TimingCounters.LATENCY_SUM),
      count(TimingCounters.LATENCY_MAX),
      (n) => core.count(timing + Timing.HISTOGRAM + 8 * n),
    ),
    refused: count(TimingCounters.REFUSED),
    stalls: {
      order: inCycles(TimingCounters.STALL_ORDER),
      hazard: inCycles(TimingCounters.STALL_HAZARD),
      tcuSlot: inCycles(TimingCounters.STALL_TCU_SLOT),
      walkSlot: inCycles(TimingCounters.STALL_WALK_SLOT),
      configSlot: inCycles(TimingCounters.STALL_CONFIG_SLOT),
      memory: inCycles(TimingCounters.STALL_MEMORY),
    },
    occupancy: {
      tbuSlots: { mean: perCycle(inCycles(TimingCounters.SLOT_CYCLES)), max: count(TimingCounters.SLOT_MAX) },
      walkSlots: {
        mean: perCycle(inCycles(TimingCounters.WALK_CYCLES)),
        max: count(TimingCounters.WALK_MAX),
      },
      tcuSlots: { mean: perCycle(inCycles(TimingCounters.TCU_CYCLES)), max: count(TimingCounters.TCU_MAX) },
      walkQueue: {
        mean: perCycle(inCycles(TimingCounters.QUEUE_CYCLES)),
        max: count(TimingCounters.QUEUE_MAX),
      },
    },
    prefetch: {
      issued: count(TimingCounters.PREFETCHES),
      dropped: count(TimingCounters.PREFETCH_DROPPED),
      reads: count(TimingCounters.PREFETCH_READS),
    },
    commands: {
      busyCycles,
      tbuInvalidations: count(TimingCounters.TBU_INVALIDATIONS),
      backlog: {
        mean: busyCycles === 0 ? 0 : inCycles(TimingCounters.BACKLOG_CYCLES) / busyCycles,
        max: count(TimingCounters.BACKLOG_MAX),
      },
      waitCycles: Math.max(0, inCycles(TimingCounters.BACKLOG_CYCLES) - busyCycles),
      syncWait: inCycles(TimingCounters.SYNC_WAIT),
    },
    throughput: { bytesPerCycle: perCycle(bytes), transactionsPerCycle: perCycle(transactions) },
    bytes,
  };
}
