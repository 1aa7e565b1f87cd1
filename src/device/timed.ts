/** The device with time on: what is given to the core's pipeline, and what the host does when it pauses. */
import * as Header from '../../assembly/abi/header.js';
import * as Result from '../../assembly/abi/result.js';
import * as Status from '../../assembly/abi/status.js';
import * as Submission from '../../assembly/abi/submission.js';
import {
  type BatchFault,
  type BatchSummary,
  type ClosedLoop,
  type ColumnBatch,
  type FaultedBatchSummary,
  refusedRow,
  summarise,
} from './batch.js';
import type { Callbacks } from './callbacks.js';
import { lastCycle, type ResolvedTiming } from '../config/resolve-timing.js';
import { type LoopResult, type Time, type TimeParts, untilDone } from './time.js';
import type { Transaction } from './transaction.js';
import { timesOfRows } from '../stats/latency.js';
import { firstOfferDuring, gatherTimingStats, type TimingStats } from '../stats/timing-stats.js';
import {
  BLOCK_BYTES,
  checkTransaction,
  readTranslation,
  type RequestInputs,
  writeRequest,
} from './request.js';
import type { TimingPlaces } from '../core/timing-region.js';

/** What the pipeline of a device needs besides. */
export interface TimedParts extends TimeParts {
  readonly places: TimingPlaces;
  readonly config: ResolvedTiming;
  readonly callbacks: Callbacks;
}

/** Rows that the core takes as its source until they are done, or accepted when `more` follow. */
interface Job {
  readonly more: boolean;
  /** Where rows that do not end ok are gathered; undefined: nobody wants them. */
  readonly faults: BatchFault[] | undefined;
  /** What `drive` gave last; 0: not done yet. */
  result: number;
}

/** Time on. */
export class Timed implements Time {
  #job: Job | undefined;
  /** Rows of a call that this one is nested in come first. */
  readonly care = { needed: false };
  /** Whose rows may be in flight between calls: the core writes answers into the columns of one batch. */
  #offered: ColumnBatch | undefined;
  /** A time that `advance` still accepts, because register writes have moved `now` on since. */
  #behind: bigint | undefined;

  constructor(private readonly parts: TimedParts) {}

  translate(transaction: Transaction): void {
    const { core, memory, tickets } = this.parts;
    const inputs = checkTransaction(transaction);
    const arrival = tickets.arrival(transaction.arrival, 0n);
    this.#complete();
    writeRequest(memory, inputs, transaction.arrival ?? 0n);
    tickets.arrived(arrival);
    core.translate();
    this.#takeOut();
  }

  submit(transaction: Transaction): number {
    const { tickets } = this.parts;
    const inputs = checkTransaction(transaction);
    const arrival = tickets.arrival(transaction.arrival, 0n);
    const ticket = this.#enqueue(inputs, transaction.arrival ?? 0n);
    tickets.arrived(arrival);
    return ticket;
  }

  carefully(ask: () => number): number {
    this.#complete();
    const result = ask();
    return result < 0 ? this.afterLookup(result) : result;
  }

  afterLookup(result: number): number {
    this.#takeOut();
    this.parts.delivery.settleKeeping();
    return result === -1 ? -1 : Result.LEFT_SOMETHING - result;
  }

  batch(batch: ColumnBatch, start: number, rows: number): BatchSummary {
    return this.#batch(batch, start, rows, undefined);
  }

  batchFaults(batch: ColumnBatch, start: number, rows: number): FaultedBatchSummary {
    const faults: BatchFault[] = [];
    const summary = this.#batch(batch, start, rows, faults);
    faults.sort((a, b) => a.row - b.row); // they come as they end
    return { ...summary, faults };
  }

  #batch(batch: ColumnBatch, start: number, rows: number, faults: BatchFault[] | undefined): BatchSummary {
    this.drain();
    const { offset, capacity } = batch;
    const give = (): void => this.parts.core.timedBatch(offset, capacity, start, rows);
    this.#refuseBad(batch, this.#runRows(give, { faults }));
    return summarise(batch, start, rows);
  }

  loop(batch: ColumnBatch, rows: number, source: ClosedLoop): LoopResult {
    const { memory, places, config } = this.parts;
    let result = 1;
    this.drain();
    const start = firstOfferDuring(memory, places.timing, config, () => {
      result = this.#runRows(() => this.#giveLoop(batch, 0, rows, source));
    });
    this.#refuseBad(batch, result);
    const { end, latency } = timesOfRows(batch, rows);
    return {
      start: start ?? 0n,
      end,
      cycles: start === undefined ? 0 : Number(end - start),
      latency,
      outcome: summarise(batch, 0, rows),
    };
  }

  offer(batch: ColumnBatch, start: number, rows: number, loop: ClosedLoop | undefined): void {
    const { core } = this.parts;
    this.#complete();
    if (this.#offered !== batch) this.drain();
    const { status } = batch;
    if (this.#offered === batch) refuseUnanswered(status, start, rows);
    status.fill(Status.PENDING, start, start + rows);
    this.#offered = batch;
    const give = (): void => {
      if (loop === undefined) core.timedBatch(batch.offset, batch.capacity, start, rows);
      else this.#giveLoop(batch, start, rows, loop);
    };
    this.#refuseBad(batch, this.#runRows(give, { more: true }));
  }

  finish(): void {
    this.#complete();
    this.#offered = undefined;
    this.#runRows(() => undefined);
  }

  drain(of?: ColumnBatch): void {
    this.#complete();
    if (this.#offered === undefined || (of !== undefined && of !== this.#offered)) return;
    this.finish();
  }

  advance(to: bigint): void {
    const { core, memory } = this.parts;
    this.#complete();
    this.#behind = to < memory.get64(Header.NOW) ? to : undefined;
    this.#untilDone(() => {
      const state = memory.get64(Header.NOW) > to ? 1 : core.advanceTo(to);
      this.#takeOut();
      return state;
    });
  }

  get earliest(): bigint {
    return this.#behind ?? this.parts.memory.get64(Header.NOW);
  }

  beforeWrite(): bigint {
    return this.parts.memory.get64(Header.NOW);
  }

  settleWrite(at: bigint): void {
    this.#wrote(at);
    try {
      this.parts.delivery.settle(); // the core may go on with commands, and let more time pass
    } finally {
      this.#wrote(at);
    }
  }

  #wrote(at: bigint): void {
    this.#takeOut();
    if (this.parts.memory.get64(Header.NOW) > at) this.#behind ??= at;
  }

  stats(): TimingStats {
    return gatherTimingStats(this.parts.memory, this.parts.places.timing, this.parts.config);
  }

  clear(): void {
    const job = this.#job;
    if (job !== undefined) job.result = 1;
    this.#offered = undefined;
    this.#behind = undefined;
  }

  restored(): void {
    this.#behind = undefined;
  }

  /**
   * Ends the rows of a call in which this one is nested, because it comes from a callback of it: the core has one source.
   * Their callbacks wait until the outer call goes on.
   */
  #complete(): void {
    const job = this.#job;
    if (job === undefined) return;
    while (job.result === 0) {
      job.result = this.#drive(job);
      this.parts.callbacks.collect();
    }
  }

  /**
   * Puts a transaction among those that wait for their arrival.
   * @param arrival 0: the cycle after the previous one
   * @returns its ticket
   * @throws RangeError when as many wait as there is room for
   */
  #enqueue(inputs: RequestInputs, arrival: bigint): number {
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

  #giveLoop(batch: ColumnBatch, start: number, rows: number, loop: ClosedLoop): void {
    const { outstanding, minGap = 0, requesters = 0, firstOffer = -1n } = loop;
    const { offset, capacity } = batch;
    this.parts.core.timedLoop(offset, capacity, start, rows, outstanding, minGap, requesters, firstOffer);
  }

  #drive({ more, faults }: Job): number {
    const { core, memory } = this.parts;
    if (faults !== undefined) memory.set32(Header.FAULT_ROWS, 1);
    const result = core.drive(more ? 1 : 0);
    if (faults !== undefined) memory.set32(Header.FAULT_ROWS, 0);
    this.#takeOut(faults);
    return result;
  }

  /** `result`: of the rows' run. @throws RangeError when a row was malformed */
  #refuseBad(batch: ColumnBatch, result: number): void {
    if (result < 0) throw refusedRow(batch, -result - 1, lastCycle(this.parts.config));
  }

  /**
   * Gives the core rows as its source and drives it until they are done, or accepted when `more` follow.
   * @returns above 0, or -1 - row when that row is malformed
   */
  #runRows(give: () => void, how: Partial<Pick<Job, 'more' | 'faults'>> = {}): number {
    this.#complete();
    give();
    const outer = this.#job;
    const job: Job = { more: how.more ?? false, faults: how.faults, result: 0 };
    this.#setJob(job);
    try {
      this.#untilDone(() => (job.result === 0 ? (job.result = this.#drive(job)) : job.result));
    } finally {
      this.#setJob(outer);
    }
    return job.result;
  }

  #setJob(job: Job | undefined): void {
    this.#job = job;
    this.care.needed = job !== undefined;
  }

  /** `go` takes out what it has finished. */
  #untilDone(go: () => number): void {
    untilDone(go, () => this.parts.delivery.settleKeeping());
  }

  /** Finished submitted transactions, in the order in which they finished; and rows for `faults`. */
  #takeOut(faults?: BatchFault[]): void {
    const { memory, places, tickets } = this.parts;
    const count = memory.get32(Header.DONE_COUNT);
    if (count === 0) return;
    for (let i = 0; i < count; i++) {
      const at = places.done + i * Submission.BYTES;
      const row = memory.get32(at + Submission.ROW);
      if (row > 0) faults?.push({ row: row - 1, translation: readTranslation(memory, memory.base + at) });
      else tickets.finish(memory.get32(at + Submission.TICKET), memory.slice(at, BLOCK_BYTES).slice());
    }
    memory.set32(Header.DONE_COUNT, 0);
  }
}

/** @throws RangeError when a row is still on its way */
function refuseUnanswered(status: Uint32Array, start: number, rows: number): void {
  for (let row = start; row < start + rows; row++) {
    if ((status[row] & 0xff) === Status.PENDING)
      throw new RangeError(`row ${row} has been offered and not answered yet; offer it again when it has`);
  }
}
