/** From a source of rows to the device and back, a block at a time: memory does not grow with the trace. */
import { STATUS_OK, STATUS_STALLED } from '../../../assembly/abi.js';
import type { Batch } from '../../batch.js';
import type { Smmu } from '../../smmu.js';
import { columnsOf, type Rows, type TraceSource } from '../rows.js';
import { LatencyCounts } from './latency-counts.js';

/** A closed loop, as `run` of class Smmu has it. */
export interface LoopOptions {
  readonly outstanding: number;
  readonly minGap: number;
}

export interface FeedOptions {
  /** Undefined: rows come at their arrival times. */
  readonly loop: LoopOptions | undefined;
  /** Ordering ids that take turns; undefined: the trace's own, or the stream's. */
  readonly requesters: number | undefined;
  /** Rows that are left out of the statistics. */
  readonly warmup: number;
  /** Called before each block is given to the device: makes the tables that it needs. */
  readonly prepare?: (rows: Rows, count: number) => void;
  /** Called after each block. */
  readonly settle?: () => void;
  /** Called after each block with its results. */
  readonly results?: (results: Results) => Promise<void> | void;
}

/** One block with its results. */
export interface Results {
  readonly batch: Batch;
  readonly count: number;
  /** Number of its first row in the trace. */
  readonly first: number;
  /** What the trace's times were moved by. */
  readonly shift: number;
}

/** What is known of the whole, besides the device's own statistics. */
export interface Fed {
  transactions: number;
  faults: number;
  readonly latency: LatencyCounts;
}

const WORD = 2 ** 32;

/** Feeds all of `source`. */
export async function feed(
  smmu: Smmu,
  batch: Batch,
  source: TraceSource,
  options: FeedOptions,
): Promise<Fed> {
  const fed: Fed = { transactions: 0, faults: 0, latency: new LatencyCounts() };
  const times = new TimeColumn(source, options.loop !== undefined);
  const timed = smmu.effectiveTiming !== false;
  for (let first = 0; ;) {
    const warm = first < options.warmup;
    const limit = warm ? Math.min(batch.capacity, options.warmup - first) : batch.capacity;
    const count = await source.fill(batch, limit);
    if (count === 0) break;
    times.rewrite(batch, count);
    if (options.requesters !== undefined) takeTurns(batch, count, first, options.requesters);
    options.prepare?.(batch, count);
    if (options.loop === undefined) smmu.translateBatch(batch, count);
    else smmu.run(batch, options.loop, count);
    options.settle?.();
    await options.results?.({ batch, count, first, shift: times.shift });
    first += count;
    if (!warm) account(fed, batch, count, timed);
    else if (first === options.warmup) smmu.resetStats();
  }
  return fed;
}

function account(
  fed: Fed,
  { status, acceptedWords, completionWords }: Batch,
  count: number,
  timed: boolean,
): void {
  fed.transactions += count;
  for (let row = 0; row < count; row++) {
    const outcome = status[row] & 0xff;
    if (outcome !== STATUS_OK) fed.faults++;
    if (!timed || outcome === STATUS_STALLED) continue; // a stalled one has no response yet
    const at = 2 * row;
    fed.latency.add(
      completionWords[at] - acceptedWords[at] + (completionWords[at + 1] - acceptedWords[at + 1]) * WORD,
    );
  }
}

function takeTurns({ requester }: Rows, count: number, first: number, ids: number): void {
  for (let row = 0; row < count; row++) requester[row] = (first + row) % ids;
}

/**
 * The arrival column as the device wants it: cycles in an open loop, where 0 means "the cycle after the one before"; gaps in a
 * closed one. Whichever of the two the trace has, the other follows from it.
 */
class TimeColumn {
  /** Added to every arrival, so that none is 0. */
  shift = 0;
  #last = 0;
  #started = false;

  constructor(
    private readonly source: TraceSource,
    private readonly loop: boolean,
  ) {}

  rewrite(batch: Batch, count: number): void {
    const { times } = this.source;
    const { arrivalWords } = columnsOf(batch);
    if (times === 'none') {
      arrivalWords.fill(0, 0, 2 * count);
      return;
    }
    if (this.loop && times === 'gap') return;
    if (!this.#started) {
      this.#started = true;
      if (!this.loop && arrivalWords[0] === 0 && arrivalWords[1] === 0) this.shift = 1;
      this.#last = times === 'arrival' && this.loop ? arrivalWords[1] * WORD + arrivalWords[0] : 0;
    }
    for (let row = 0; row < count; row++) {
      const given = arrivalWords[2 * row + 1] * WORD + arrivalWords[2 * row];
      let value: number;
      if (times === 'gap') {
        this.#last += given;
        value = this.#last + this.shift;
      } else if (this.loop) {
        value = given - this.#last;
        this.#last = given;
      } else {
        value = given + this.shift;
      }
      arrivalWords[2 * row] = value >>> 0; // modulo 2^32
      arrivalWords[2 * row + 1] = value / WORD;
    }
  }
}
