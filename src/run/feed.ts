/**
 * From a source of rows to the device and back, a block at a time: memory does not grow with the trace. The next block is
 * offered while rows of earlier ones are in flight, so that nothing depends on how large the blocks are.
 */
import * as Status from '../../assembly/abi/status.js';
import type { Batch } from '../device/batch.js';
import type { Smmu } from '../device/smmu.js';
import { BLOCK_ROWS, rowsFrom, type Rows, type TraceSource } from '../trace/rows.js';
import { LatencyCounts } from './latency-counts.js';
import { RowRing } from './row-ring.js';
import { TimeColumn } from './time-column.js';

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
  /** Rows that are left out of the statistics: they are answered before the first that counts is offered. */
  readonly warmup: number;
  /** Rows that are read and offered at once. */
  readonly blockRows: number;
  /** Called for each block before it is offered: makes the tables that it needs. */
  readonly prepare?: (rows: Rows, count: number) => void;
  /** What software does whenever so many rows of the trace have been accepted. */
  readonly software?: { readonly every: number; readonly poll: () => void };
  /** Called with rows that have been answered, in the order of the trace. */
  readonly results?: (results: Results) => Promise<void> | void;
}

/** Answered rows. */
export interface Results {
  readonly batch: Batch;
  /** First row in the batch. */
  readonly start: number;
  readonly count: number;
  /** Its number in the trace. */
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
/** How many later rows may be accepted while one is in flight, at least. */
const OVERTAKE_ROWS = 2 ** 18;

/** Rows of the batch that a trace is fed through. `total`: of the trace, where it is known. */
export function feedRows(timed: boolean, total: number | undefined, blockRows: number = BLOCK_ROWS): number {
  const rows = timed ? blockRows + OVERTAKE_ROWS : blockRows;
  return total === undefined ? rows : Math.min(rows, total + 1); // one is looked for behind the last
}

/** Feeds all of `source`. */
export async function feed(
  smmu: Smmu,
  batch: Batch,
  source: TraceSource,
  options: FeedOptions,
): Promise<Fed> {
  const { loop, requesters, warmup, blockRows, prepare, software, results } = options;
  const fed: Fed = { transactions: 0, faults: 0, latency: new LatencyCounts() };
  const times = new TimeColumn(source, loop !== undefined, smmu.effectiveTiming);
  const timed = smmu.effectiveTiming !== false;
  const ring = new RowRing(batch);
  const deliver = async (): Promise<void> => {
    for (let piece = ring.take(); piece !== undefined; piece = ring.take()) {
      if (piece.first >= warmup) account(fed, batch, piece, timed);
      await results?.({ batch, ...piece, shift: times.shift });
    }
  };
  const every = software?.every ?? Infinity;
  for (let first = 0; ;) {
    const cold = first < warmup;
    const limit = Math.min(blockRows, cold ? warmup - first : Infinity, every - (first % every));
    const { start, room } = ring.space();
    const rows = rowsFrom(batch, start, Math.min(limit, room));
    const count = await source.fill(rows, rows.capacity);
    if (count === 0) break;
    times.rewrite(rows, count);
    if (requesters !== undefined) takeTurns(rows, count, first, requesters);
    prepare?.(rows, count);
    smmu.offer(batch, { start, count, ...loop });
    ring.add(count);
    first += count;
    if (first % every === 0) software?.poll();
    if (first === warmup) smmu.drain();
    await deliver();
    if (first === warmup) smmu.resetStats();
  }
  smmu.drain();
  await deliver();
  return fed;
}

function account(
  fed: Fed,
  { status, acceptedWords, completionWords }: Batch,
  { start, count }: { readonly start: number; readonly count: number },
  timed: boolean,
): void {
  fed.transactions += count;
  for (let row = start; row < start + count; row++) {
    const outcome = status[row] & 0xff;
    if (outcome !== Status.OK) fed.faults++;
    if (!timed || outcome === Status.STALLED) continue; // a stalled one has no response yet
    const at = 2 * row;
    fed.latency.add(
      completionWords[at] - acceptedWords[at] + (completionWords[at + 1] - acceptedWords[at + 1]) * WORD,
    );
  }
}

function takeTurns({ requester }: Rows, count: number, first: number, ids: number): void {
  for (let row = 0; row < count; row++) requester[row] = (first + row) % ids;
}
