/**
 * What happened in each interval of a run, from the rows as they are answered: nothing of the device is asked, so that
 * sampling changes no result and every sample is exact. A transaction belongs to the interval of its response; how many were
 * in flight is the mean over the interval's cycles.
 */
import * as Status from '../../assembly/abi/status.js';
import { InputError } from '../base/capture-error.js';
import { type Hit, HITS } from '../core/hit.js';
import type { Results } from './feed.js';

/** One interval. */
export interface Sample {
  /** Its first cycle, from the run's first acceptance on. */
  readonly cycle: number;
  /** Answered in it. */
  readonly transactions: number;
  /** Of those that ended ok. */
  readonly bytes: number;
  /** Mean over the interval. */
  readonly inFlight: number;
  /** Of those answered in it; 0 when there are none. */
  readonly latencyMean: number;
  readonly latencyMax: number;
  /** Those answered in it by what answered them. */
  readonly hits: Readonly<Record<Hit, number>>;
}

/** Transactions answered in each interval, of one stream. */
export interface StreamSamples {
  readonly streamId: number;
  readonly transactions: readonly number[];
}

export interface Samples {
  /** Cycles. */
  readonly interval: number;
  readonly rows: readonly Sample[];
  /** Of the streams that came first. */
  readonly streams: readonly StreamSamples[];
}

interface Sums {
  transactions: number;
  bytes: number;
  busy: number;
  latency: number;
  latencyMax: number;
  readonly hits: Map<number, number>;
}

const MOST_INTERVALS = 200_000;
const MOST_STREAMS = 16;
const WORD = 2 ** 32;

export class IntervalSampler {
  readonly #sums: Sums[] = [];
  readonly #streams = new Map<number, number[]>();
  #origin = NaN;

  /** @param interval cycles */
  constructor(readonly interval: number) {}

  /** Rows in the order of the trace. @throws InputError when the intervals are too many */
  add({ batch, start, count }: Results): void {
    const { status, acceptedWords, completionWords, size, streamId } = batch;
    for (let row = start; row < start + count; row++) {
      const outcome = status[row] & 0xff;
      if (outcome === Status.STALLED) continue; // no response yet
      const accepted = acceptedWords[2 * row + 1] * WORD + acceptedWords[2 * row];
      const completed = completionWords[2 * row + 1] * WORD + completionWords[2 * row];
      if (Number.isNaN(this.#origin)) this.#origin = accepted;
      const [from, to] = [Math.max(0, accepted - this.#origin), completed - this.#origin];
      const index = Math.floor(to / this.interval);
      const sums = this.#at(index);
      sums.transactions++;
      if (outcome === Status.OK) sums.bytes += size[row];
      const latency = completed - accepted;
      sums.latency += latency;
      if (latency > sums.latencyMax) sums.latencyMax = latency;
      const hit = status[row] >>> 24;
      sums.hits.set(hit, (sums.hits.get(hit) ?? 0) + 1);
      this.#occupy(from, to);
      this.#ofStream(streamId[row], index);
    }
  }

  /** All intervals from the first to the last that something was answered in. */
  take(): Samples {
    return {
      interval: this.interval,
      rows: this.#sums.map((sums, i) => sampleOf(sums, i * this.interval, this.interval)),
      streams: [...this.#streams].map(([streamId, counts]) => ({
        streamId,
        transactions: this.#sums.map((_, i) => counts[i] ?? 0),
      })),
    };
  }

  #at(index: number): Sums {
    if (index >= MOST_INTERVALS)
      throw new InputError(
        `--interval ${this.interval} gives more than ${MOST_INTERVALS} samples, expected longer intervals`,
      );
    while (this.#sums.length <= index)
      this.#sums.push({ transactions: 0, bytes: 0, busy: 0, latency: 0, latencyMax: 0, hits: new Map() });
    return this.#sums[index];
  }

  /** Cycles [from, to) with one more in flight. */
  #occupy(from: number, to: number): void {
    const { interval } = this;
    for (let at = from; at < to;) {
      const index = Math.floor(at / interval);
      const end = Math.min(to, (index + 1) * interval);
      this.#at(index).busy += end - at;
      at = end;
    }
  }

  #ofStream(streamId: number, index: number): void {
    let counts = this.#streams.get(streamId);
    if (counts === undefined) {
      if (this.#streams.size === MOST_STREAMS) return;
      counts = [];
      this.#streams.set(streamId, counts);
    }
    counts[index] = (counts[index] ?? 0) + 1;
  }
}

function sampleOf(sums: Sums, cycle: number, interval: number): Sample {
  const { transactions, bytes, busy, latency, latencyMax, hits } = sums;
  return {
    cycle,
    transactions,
    bytes,
    inFlight: busy / interval,
    latencyMean: transactions === 0 ? 0 : latency / transactions,
    latencyMax,
    hits: Object.fromEntries(HITS.map(([name, place]) => [name, hits.get(place) ?? 0])) as Record<
      Hit,
      number
    >,
  };
}

const HIT_NAMES = HITS.map(([name]) => name);

export const SAMPLES_HEADER = `cycle,transactions,bytes,in_flight,latency_mean,latency_max,${HIT_NAMES.map((name) => name.replace('-', '_')).join(',')}\n`;

/** A line of CSV for each sample. */
export function sampleLines({ rows }: Samples): string {
  return rows
    .map(
      ({ cycle, transactions, bytes, inFlight, latencyMean, latencyMax, hits }) =>
        `${cycle},${transactions},${bytes},${inFlight},${latencyMean},${latencyMax},${HIT_NAMES.map((name) => hits[name]).join(',')}\n`,
    )
    .join('');
}
