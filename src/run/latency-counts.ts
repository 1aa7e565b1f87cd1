/** Latencies of any number of transactions in little memory, percentiles exact. */
import * as Histogram from '../../assembly/abi/histogram.js';
import { type LatencyBucket, type LatencySummary, NO_LATENCY } from '../stats/latency.js';

/** Below this they are counted in an array, above it in a map. */
const COUNTED = 1 << 16;
/** Latencies from here on have no bucket in the device. */
const BEYOND = 2 ** 24;

export class LatencyCounts {
  count = 0;
  readonly #counts = new Float64Array(COUNTED);
  readonly #long = new Map<number, number>();
  #sum = 0;
  #max = 0;

  /** @param times so many transactions had it */
  add(latency: number, times = 1): void {
    this.count += times;
    this.#sum += times * latency;
    if (latency > this.#max) this.#max = latency;
    if (latency < COUNTED) this.#counts[latency] += times;
    else this.#long.set(latency, (this.#long.get(latency) ?? 0) + times);
  }

  clear(): void {
    this.count = this.#sum = this.#max = 0;
    this.#counts.fill(0);
    this.#long.clear();
  }

  summary(): LatencySummary {
    if (this.count === 0) return NO_LATENCY;
    const [p50, p90, p99, p999] = this.#at([500, 900, 990, 999]);
    return { mean: this.#sum / this.count, p50, p90, p99, p999, max: this.#max };
  }

  /** Latency and how often it occurred, in order. */
  *entries(): Generator<readonly [latency: number, count: number]> {
    for (let latency = 0; latency < COUNTED; latency++) {
      if (this.#counts[latency] > 0) yield [latency, this.#counts[latency]];
    }
    yield* [...this.#long].sort(([a], [b]) => a - b);
  }

  /**
   * The buckets of the device's own histogram (exact below 128 cycles, above it less than 1/64 wide) that are not empty, in
   * order. From BEYOND on there is one, which ends with the longest latency.
   */
  buckets(): LatencyBucket[] {
    const found: { from: number; to: number; count: number }[] = [];
    for (const [latency, count] of this.entries()) {
      const last = found.at(-1);
      if (last !== undefined && latency <= last.to) last.count += count;
      else if (latency >= BEYOND) found.push({ from: BEYOND, to: this.#max, count });
      else {
        const bucket = Histogram.bucketOf(latency);
        found.push({ from: Histogram.floorOf(bucket), to: Histogram.floorOf(bucket + 1) - 1, count });
      }
    }
    return found;
  }

  /** Nearest rank: the least latency that so many of a thousand are not above. */
  #at(perMille: readonly number[]): number[] {
    const found: number[] = [];
    let seen = 0;
    for (const [latency, count] of this.entries()) {
      seen += count;
      while (
        found.length < perMille.length &&
        seen >= Math.max(1, Math.ceil((this.count * perMille[found.length]) / 1000))
      ) {
        found.push(latency);
      }
    }
    return found;
  }
}
