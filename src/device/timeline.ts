/** The device with time on: what is given to the core's pipeline, and what the host does when it pauses. */
import * as Header from '../../assembly/abi/header.js';
import * as Status from '../../assembly/abi/status.js';
import * as Submission from '../../assembly/abi/submission.js';
import type { ClosedLoop, ColumnBatch } from './batch.js';
import type { Callbacks } from './callbacks.js';
import type { ResolvedTiming } from '../config/resolve-timing.js';
import type { Tickets } from './tickets.js';
import { firstOfferDuring, gatherTimingStats, type TimingStats } from '../stats/timing-stats.js';
import type { CoreMemory } from '../core/core-memory.js';
import type { Core } from '../core/exports.js';
import { BLOCK_BYTES, type RequestInputs, writeRequest } from './request.js';
import type { TimingPlaces } from '../core/timing-region.js';

/** What a timeline works on. */
export interface TimelineParts {
  readonly core: Core;
  readonly memory: CoreMemory;
  readonly places: TimingPlaces;
  readonly config: ResolvedTiming;
  readonly callbacks: Callbacks;
  readonly tickets: Tickets;
  /** Delivers callbacks and throws what the bus or they threw. */
  readonly settle: () => void;
}

/** Rows that the core takes as its source until they are done, or accepted when `more` follow. */
interface Job {
  readonly more: boolean;
  /** What `drive` gave last; 0: not done yet. */
  result: number;
}

/** The time line of one device. */
export class Timeline {
  #job: Job | undefined;
  /** Whose rows may be in flight between calls: the core writes answers into the columns of one batch. */
  #offered: ColumnBatch | undefined;

  constructor(private readonly parts: TimelineParts) {}

  /**
   * Ends the rows of a call in which this one is nested, because it comes from a callback of it: the core has one source.
   * Their callbacks wait until the outer call goes on.
   */
  complete(): void {
    const job = this.#job;
    if (job === undefined) return;
    while (job.result === 0) {
      job.result = this.#drive(job);
      this.#takeOut();
      this.parts.callbacks.collect();
    }
  }

  /** Rows [start, start + rows) at their arrival times. @returns 1, or -1 - row when that row is malformed */
  batch(batch: ColumnBatch, start: number, rows: number): number {
    this.drain();
    return this.#runRows(() => this.parts.core.timedBatch(batch.offset, batch.capacity, start, rows));
  }

  /** Rows [0, rows) as a closed loop. `start`: when the first one was offered. */
  loop(batch: ColumnBatch, rows: number, source: ClosedLoop): { result: number; start: bigint | undefined } {
    const { memory, places, config } = this.parts;
    let result = 1;
    this.drain();
    const start = firstOfferDuring(memory, places.timing, config, () => {
      result = this.#runRows(() => this.#giveLoop(batch, 0, rows, source));
    });
    return { result, start };
  }

  /**
   * Rows [start, start + rows) up to the acceptance of the last one. Rows offered next follow as if they had been there.
   * @param loop undefined: at their arrival times
   * @returns as `batch`, 2 for 1
   */
  offer(batch: ColumnBatch, start: number, rows: number, loop: ClosedLoop | undefined): number {
    const { core } = this.parts;
    this.complete();
    if (this.#offered !== batch) this.drain();
    const { status } = batch;
    if (this.#offered === batch) refuseUnanswered(status, start, rows);
    status.fill(Status.PENDING, start, start + rows);
    this.#offered = batch;
    return this.#runRows(() => {
      if (loop === undefined) core.timedBatch(batch.offset, batch.capacity, start, rows);
      else this.#giveLoop(batch, start, rows, loop);
    }, true);
  }

  /** Lets everything that was given finish: rows that were offered, and transactions that were submitted. */
  finish(): void {
    this.complete();
    this.#offered = undefined;
    this.#runRows(() => undefined);
  }

  /** The same when rows of a batch may be in flight, which the core's next source would lose. `of`: only of this one. */
  drain(of?: ColumnBatch): void {
    this.complete();
    if (this.#offered === undefined || (of !== undefined && of !== this.#offered)) return;
    this.finish();
  }

  /** Lets time pass until `to`. */
  advance(to: bigint): void {
    const { core, memory } = this.parts;
    this.complete();
    this.#untilDone(() => (memory.get64(Header.NOW) > to ? 1 : core.advanceTo(to)));
  }

  /**
   * Puts a transaction among those that wait for their arrival.
   * @param arrival 0: the cycle after the previous one
   * @throws RangeError when as many wait as there is room for
   */
  submit(inputs: RequestInputs, arrival: bigint): number {
    const { memory, places, tickets } = this.parts;
    const tail = memory.get32(Header.INBOX_TAIL);
    if ((tail - memory.get32(Header.INBOX_HEAD)) >>> 0 >= places.inboxCap) {
      throw new RangeError(
        `submit has room for ${places.inboxCap} transactions that have not been answered; let time advance first`,
      );
    }
    const at = places.inbox + (tail % places.inboxCap) * Submission.BYTES;
    memory.slice(at, Submission.BYTES).fill(0);
    writeRequest(memory, inputs, arrival, at);
    const ticket = tickets.issue();
    memory.set32(at + Submission.TICKET, ticket);
    memory.set32(Header.INBOX_TAIL, tail + 1);
    return ticket;
  }

  /** What follows a call of the core that let time pass. */
  collect(): void {
    this.#takeOut();
  }

  stats(): TimingStats {
    return gatherTimingStats(this.parts.memory, this.parts.places.timing, this.parts.config);
  }

  /** The device has been reset. */
  clear(): void {
    const job = this.#job;
    if (job !== undefined) job.result = 1;
    this.#offered = undefined;
  }

  #giveLoop(batch: ColumnBatch, start: number, rows: number, loop: ClosedLoop): void {
    const { outstanding, minGap = 0, requesters = 0, firstOffer = -1n } = loop;
    const { offset, capacity } = batch;
    this.parts.core.timedLoop(offset, capacity, start, rows, outstanding, minGap, requesters, firstOffer);
  }

  #drive(job: Job): number {
    return this.parts.core.drive(job.more ? 1 : 0);
  }

  #runRows(give: () => void, more = false): number {
    this.complete();
    give();
    const outer = this.#job;
    const job: Job = { more, result: 0 };
    this.#job = job;
    try {
      this.#untilDone(() => (job.result === 0 ? (job.result = this.#drive(job)) : job.result));
    } finally {
      this.#job = outer;
    }
    return job.result;
  }

  #untilDone(go: () => number): void {
    untilDone(() => {
      const state = go();
      this.#takeOut();
      return state;
    }, this.parts.settle);
  }

  /** Finished submitted transactions, in the order in which they finished. */
  #takeOut(): void {
    const { memory, places, tickets } = this.parts;
    const count = memory.get32(Header.DONE_COUNT);
    if (count === 0) return;
    for (let i = 0; i < count; i++) {
      const at = places.done + i * Submission.BYTES;
      tickets.finish(memory.get32(at + Submission.TICKET), memory.slice(at, BLOCK_BYTES).slice());
    }
    memory.set32(Header.DONE_COUNT, 0);
  }
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

/** @throws RangeError when a row is still on its way */
function refuseUnanswered(status: Uint32Array, start: number, rows: number): void {
  for (let row = start; row < start + rows; row++) {
    if ((status[row] & 0xff) === Status.PENDING)
      throw new RangeError(`row ${row} has been offered and not answered yet; offer it again when it has`);
  }
}
