/** Statistics of time of one stream, gathered from the record that the core keeps beside the stream's own (StreamTimes of assembly/abi/). */
import * as StreamTimes from '../../assembly/abi/stream-times.js';
import { bucketsOf, type LatencyBucket, latencyOfHistogram, type LatencySummary } from './latency.js';
import type { Throughput } from './timing-stats.js';
import type { CoreMemory } from '../core/core-memory.js';

/** Counts since creation, `resetStats` or `reset`. Times are cycles of the TCU clock. */
export interface StreamTiming {
  /** Transactions answered. */
  readonly transactions: number;
  /** Mean and maximum are exact; percentiles above 31 cycles are rounded up by less than 1/16, above 126,975 to the maximum. */
  readonly latency: LatencySummary;
  /** What the percentiles are of: those of its buckets that are not empty. */
  readonly histogram: readonly LatencyBucket[];
  /** Of transactions that reached memory. */
  readonly bytes: number;
  /** Over the cycles of the device, from its first offer to its last response. */
  readonly throughput: Throughput;
}

const BUCKETS = { size: StreamTimes.BUCKETS, floor: StreamTimes.floorOf };

/** `at`: offset of the record; `cycles`: of the device. */
export function streamTiming(core: CoreMemory, at: number, cycles: number): StreamTiming {
  const transactions = core.count(at + StreamTimes.COUNT);
  const bytes = core.count(at + StreamTimes.FORWARDED_BYTES);
  const max = core.count(at + StreamTimes.LATENCY_MAX);
  const bucket = (n: number): number => core.get32(at + StreamTimes.HISTOGRAM + 4 * n);
  const perCycle = (n: number): number => (cycles === 0 ? 0 : n / cycles);
  return {
    transactions,
    latency: latencyOfHistogram(transactions, core.count(at + StreamTimes.LATENCY_SUM), max, bucket, BUCKETS),
    histogram: bucketsOf(max, bucket, BUCKETS),
    bytes,
    throughput: { bytesPerCycle: perCycle(bytes), transactionsPerCycle: perCycle(transactions) },
  };
}
