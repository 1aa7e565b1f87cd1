/** What a device does otherwise with time on and off: the interface that `timed.ts` and `untimed.ts` fulfil. */
import type { BatchSummary, ClosedLoop, ColumnBatch, FaultedBatchSummary, RunSummary } from './batch.js';
import type { Delivery } from './delivery.js';
import type { LookUpTime } from './look-up.js';
import type { Tickets } from './tickets.js';
import type { Transaction } from './transaction.js';
import type { TimingStats } from '../stats/timing-stats.js';
import type { CoreMemory } from '../core/core-memory.js';
import type { Core } from '../core/exports.js';

/** What both work on. */
export interface TimeParts {
  readonly core: Core;
  readonly memory: CoreMemory;
  readonly tickets: Tickets;
  readonly delivery: Delivery;
}

/** What became of a closed loop's rows; when it ran, in cycles, and how long its rows took. */
export interface LoopResult extends Pick<RunSummary, 'start' | 'end' | 'cycles' | 'latency'> {
  readonly outcome: BatchSummary;
}

/** How the core is called so that transactions are answered, and what happens while they are. */
export interface Time extends LookUpTime {
  /**
   * Runs a transaction to its end. Its results stand in the main block; callbacks have not run.
   * @throws RangeError or TypeError when a field is wrong, naming it
   */
  translate(transaction: Transaction): void;
  /**
   * Takes a transaction without making its caller wait.
   * @returns the ticket
   * @throws as `translate`, and RangeError when as many wait as there is room for
   */
  submit(transaction: Transaction): number;
  /** Answers rows [start, start + rows). @throws RangeError for a malformed row; those before it have been done */
  batch(batch: ColumnBatch, start: number, rows: number): BatchSummary;
  /** As `batch`, and gives what became of every row that did not end ok, in the order of the rows. @throws as `batch` */
  batchFaults(batch: ColumnBatch, start: number, rows: number): FaultedBatchSummary;
  /**
   * Accepts rows [start, start + rows); rows offered next follow as if they had been there.
   * @param loop undefined: rows come at their arrival times
   * @throws RangeError as `batch`, and for a row that is on its way already
   */
  offer(batch: ColumnBatch, start: number, rows: number, loop: ClosedLoop | undefined): void;
  /** Answers rows [0, rows) as a closed loop. @throws RangeError as `batch` */
  loop(batch: ColumnBatch, rows: number, source: ClosedLoop): LoopResult;
  /** The earliest time that `advance` takes: now, or before register writes that have let time pass. */
  readonly earliest: bigint;
  /** Lets time pass until `to`, a cycle not before `earliest`; callbacks run at their cycle. */
  advance(to: bigint): void;
  /** A register is about to be written: what `settleWrite` has to know. */
  beforeWrite(): bigint;
  /** Delivers what the write at `at` has left; a CMD_SYNC may have let time pass. */
  settleWrite(at: bigint): void;
  /** Answers everything that was given: rows that were offered, and transactions that were submitted. */
  finish(): void;
  /** The same when rows of a batch may be in flight, which the core's next source would lose. `of`: only of this one. */
  drain(of?: ColumnBatch): void;
  /** What is counted with time on. */
  stats(): TimingStats | undefined;
  /** The device has been reset. */
  clear(): void;
  /** Another state has been taken back. */
  restored(): void;
}

/**
 * Calls `go` until it gives anything but 0, and `settle` after each. What a callback throws is thrown at the end: the core's
 * source cannot be left half done.
 */
export function untilDone(go: () => number, settle: () => void): void {
  let failed = false;
  let first: unknown;
  let paused = true;
  while (paused) {
    paused = go() === 0;
    try {
      settle();
    } catch (error) {
      if (!failed) first = error;
      failed = true;
    }
  }
  if (failed) throw first;
}
