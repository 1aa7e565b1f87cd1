/** Statistics of time of one stream, gathered from the record that the core keeps beside the stream's own (SL_* of assembly/abi.ts). */
import * as abi from '../../assembly/abi.js';
import { latencyOfHistogram, type LatencySummary } from './latency.js';
import type { Throughput } from './timing-stats.js';
import type { CoreMemory } from '../core/core-memory.js';

/** Counts since creation, `resetStats` or `reset`. Times are cycles of the TCU clock. */
export interface StreamTiming {
  /** Transactions answered. */
  readonly transactions: number;
  /** Mean and maximum are exact; percentiles above 31 cycles are rounded up by less than 1/16, above 126,975 to the maximum. */
  readonly latency: LatencySummary;
  /** Of transactions that reached memory. */
  readonly bytes: number;
  /** Over the cycles of the device, from its first offer to its last response. */
  readonly throughput: Throughput;
}

const BUCKETS = { size: abi.STREAM_BUCKETS, floor: abi.streamFloor };

/** `at`: offset of the record; `cycles`: of the device. */
export function streamTiming(core: CoreMemory, at: number, cycles: number): StreamTiming {
  const transactions = core.count(at + abi.SL_COUNT);
  const bytes = core.count(at + abi.SL_BYTES);
  const perCycle = (n: number): number => (cycles === 0 ? 0 : n / cycles);
  return {
    transactions,
    latency: latencyOfHistogram(
      transactions,
      core.count(at + abi.SL_LATENCY_SUM),
      core.count(at + abi.SL_LATENCY_MAX),
      (n) => core.get32(at + abi.SL_HISTOGRAM + 4 * n),
      BUCKETS,
    ),
    bytes,
    throughput: { bytesPerCycle: perCycle(bytes), transactionsPerCycle: perCycle(transactions) },
  };
}
