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

/** Rows [first, end) of a trace are offered. */
export interface Range {
  /** Rows before it are not: they make the tables that they need, and time goes on over them. */
  readonly first: number;
  /** The first that counts in the statistics: those before it are answered before it is offered. */
  readonly counted: number;
  readonly end: number;
}

/** All of a trace, `warmup` rows left out of the statistics. */
export function wholeTrace(warmup: number): Range {
  return { first: 0, counted: warmup, end: Infinity };
}

export interface FeedOptions {
  /** Undefined: rows come at their arrival times. */
  readonly loop: LoopOptions | undefined;
  /** Ordering ids that take turns; undefined: the trace's own, or the stream's. */
  readonly requesters: number | undefined;
  readonly range: Range;
  /** Rows that are read and offered at once. */
  readonly blockRows: number;
  /** Called for each block before it is offered: makes the tables that it needs. */
  readonly prepare?: (rows: Rows, count: number) => void;
  /** What software does whenever so many rows of the trace have been accepted. */
  readonly software?: { readonly every: number; readonly poll: () => void };
  /** Called with rows that have been answered, in the order of the trace. */
  readonly results?: (results: Results) => Promise<void> | void;
  /** Called when so many rows have been passed over. */
  readonly passed?: (rows: number) => Promise<void> | void;
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

/** Rows of the batch that a trace is fed through. `total`: that are offered at most, Infinity when that is not known. */
export function feedRows(timed: boolean, total: number, blockRows: number = BLOCK_ROWS): number {
  const rows = timed ? blockRows + OVERTAKE_ROWS : blockRows;
  return Math.min(rows, total + 1); // one is looked for behind the last
}

/** Feeds the rows of `source` that are in the range. */
export async function feed(
  smmu: Smmu,
  batch: Batch,
  source: TraceSource,
  options: FeedOptions,
): Promise<Fed> {
  const { loop, requesters, range, blockRows, prepare, software, results } = options;
  const fed: Fed = { transactions: 0, faults: 0, latency: new LatencyCounts() };
  const times = new TimeColumn(source, loop !== undefined, smmu.effectiveTiming);
  const timed = smmu.effectiveTiming !== false;
  const ring = new RowRing(batch);
  const deliver = async (): Promise<void> => {
    for (let piece = ring.take(); piece !== undefined; piece = ring.take()) {
      const first = range.first + piece.first;
      if (first >= range.counted) account(fed, batch, piece, timed);
      await results?.({ batch, ...piece, first, shift: times.shift });
    }
  };
  const every = software?.every ?? Infinity;
  await passOver(batch, source, times, options);
  for (let { first } = range; first < range.end;) {
    const cold = first < range.counted;
    const limit = Math.min(blockRows, (cold ? range.counted : range.end) - first, every - (first % every));
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
    if (first === range.counted) smmu.drain();
    await deliver();
    if (first === range.counted) smmu.resetStats();
  }
  smmu.drain();
  await deliver();
  return fed;
}

/** Reads the rows before the range. */
async function passOver(
  batch: Batch,
  source: TraceSource,
  times: TimeColumn,
  { range, blockRows, prepare, passed }: FeedOptions,
): Promise<void> {
  for (let first = 0; first < range.first;) {
    const rows = rowsFrom(batch, 0, Math.min(blockRows, batch.capacity, range.first - first));
    const count = await source.fill(rows, rows.capacity);
    if (count === 0) return;
    times.rewrite(rows, count);
    prepare?.(rows, count);
    first += count;
    await passed?.(first);
  }
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
