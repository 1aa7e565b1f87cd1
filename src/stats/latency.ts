/** Distributions of latencies, in cycles of the TCU clock. */
import * as Histogram from '../../assembly/abi/histogram.js';

/** From acceptance to response. A percentile is the least latency that so many are not above. */
export interface LatencySummary {
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

export const NO_LATENCY: LatencySummary = { mean: 0, p50: 0, p90: 0, p99: 0, p999: 0, max: 0 };

/** Latencies from `from` to `to` cycles, both included, and how many transactions had one. */
export interface LatencyBucket {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** Latencies below this are counted one by one. */
const COUNTED = 1 << 16;

/** 64-bit times as pairs of 32-bit words, low word first. */
export interface Times {
  readonly acceptedWords: Uint32Array;
  readonly completionWords: Uint32Array;
}

/** The latest completion of rows [0, count) and their latencies, exact, from their times. */
export function timesOfRows(
  { acceptedWords, completionWords }: Times,
  count: number,
): { end: bigint; latency: LatencySummary } {
  if (count === 0) return { end: 0n, latency: NO_LATENCY };
  // Rows in turns: one after another they often have the same latency, and each count would wait for the one before.
  const counts = new Uint32Array(COUNTED);
  const others = new Uint32Array(COUNTED);
  const long: number[] = [];
  let high = 0;
  let low = 0;
  let most = 0;
  for (let i = 0; i < 2 * count; i += 2) {
    const l = completionWords[i];
    const h = completionWords[i + 1];
    if (h === high ? l > low : h > high) {
      high = h;
      low = l;
    }
    const accepted = acceptedWords[i];
    // Nearly always both lie in the same 2^32 cycles, and 32-bit arithmetic is enough.
    const latency = (l - accepted) >>> 0;
    if (h === acceptedWords[i + 1] && latency < COUNTED) {
      if ((i & 2) === 0) counts[latency]++;
      else others[latency]++;
      if (latency > most) most = latency;
    } else {
      const all = l - accepted + (h - acceptedWords[i + 1]) * 2 ** 32;
      if (all < COUNTED) {
        counts[all]++;
        if (all > most) most = all;
      } else long.push(all);
    }
  }
  const tail = Float64Array.from(long).sort();
  const short = count - tail.length;
  let sum = 0;
  for (let n = 0; n <= most; n++) {
    counts[n] += others[n];
    sum += counts[n] * n;
  }
  for (const latency of tail) sum += latency;
  const at = (rank: number): number =>
    rank > short ? tail[rank - short - 1] : valueAtRank(rank, COUNTED, (n) => counts[n]);
  return { end: (BigInt(high) << 32n) | BigInt(low), latency: summarise(count, sum, at(count), at) };
}

/** Buckets of a histogram: how many, and the least latency of each. The last one has no end. */
export interface Buckets {
  readonly size: number;
  readonly floor: (bucket: number) => number;
}

const DEVICE_BUCKETS: Buckets = { size: Histogram.BUCKETS, floor: Histogram.floorOf };

/**
 * From a histogram of the core's: mean and maximum exact, a percentile is the upper end of its bucket. In the device's own
 * histogram that is exact below 128 cycles and less than 1/64 too much above.
 * @param counts of bucket n
 */
export function latencyOfHistogram(
  count: number,
  sum: number,
  max: number,
  counts: (n: number) => number,
  { size, floor }: Buckets = DEVICE_BUCKETS,
): LatencySummary {
  if (count === 0) return NO_LATENCY;
  return summarise(count, sum, max, (rank) => {
    const bucket = valueAtRank(rank, size, counts);
    return bucket === size - 1 ? max : Math.min(floor(bucket + 1) - 1, max);
  });
}

/** The buckets of a histogram of the core's that are not empty; the last one of all ends with the longest latency. */
export function bucketsOf(
  max: number,
  counts: (n: number) => number,
  { size, floor }: Buckets,
): LatencyBucket[] {
  const found: LatencyBucket[] = [];
  for (let n = 0; n < size; n++) {
    const count = counts(n);
    if (count > 0) found.push({ from: floor(n), to: n === size - 1 ? max : floor(n + 1) - 1, count });
  }
  return found;
}

/** The buckets of several histograms with the same bounds. */
export function mergeBuckets(all: readonly (readonly LatencyBucket[])[]): LatencyBucket[] {
  const byBound = new Map<number, LatencyBucket>();
  for (const { from, to, count } of all.flat()) {
    const before = byBound.get(from);
    byBound.set(from, { from, to: Math.max(to, before?.to ?? 0), count: count + (before?.count ?? 0) });
  }
  return [...byBound.values()].sort((a, b) => a.from - b.from);
}

/** As `latencyOfHistogram`, from its buckets. */
export function latencyOfBuckets(
  sum: number,
  max: number,
  buckets: readonly LatencyBucket[],
): LatencySummary {
  const count = buckets.reduce((all, bucket) => all + bucket.count, 0);
  if (count === 0) return NO_LATENCY;
  return summarise(count, sum, max, (rank) => {
    const found = buckets[valueAtRank(rank, buckets.length, (n) => buckets[n].count)];
    return Math.min(found.to, max);
  });
}

function summarise(count: number, sum: number, max: number, at: (rank: number) => number): LatencySummary {
  const percentile = (perMille: number): number => at(Math.max(1, Math.ceil((count * perMille) / 1000)));
  return {
    mean: sum / count,
    p50: percentile(500),
    p90: percentile(900),
    p99: percentile(990),
    p999: percentile(999),
    max,
  };
}

/** The least n that `rank` of all are not above. */
function valueAtRank(rank: number, size: number, counts: (n: number) => number): number {
  let seen = 0;
  for (let n = 0; n < size; n++) {
    seen += counts(n);
    if (seen >= rank) return n;
  }
  return size - 1;
}
