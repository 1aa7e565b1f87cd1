/** The device with time on: what is given to the core's pipeline, and what the host does when it pauses. */
import * as abi from '../assembly/abi.js';
import type { ClosedLoop, ColumnBatch } from './batch.js';
import type { Callbacks } from './callbacks.js';
import type { ResolvedTiming } from './presets/resolve-timing.js';
import type { Tickets } from './tickets.js';
import { firstOfferDuring, gatherTimingStats, type TimingStats } from './timing-stats.js';
import type { CoreMemory } from './wasm/core-memory.js';
import type { Core } from './wasm/exports.js';
import { BLOCK_BYTES, type RequestInputs, writeRequest } from './wasm/request.js';
import type { TimingPlaces } from './wasm/timing-region.js';

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

/** Rows that the core takes as its source until they are done. */
interface Job {
  /** What `drive` gave last; 0: not done yet. */
  result: number;
}

/** The time line of one device. */
export class Timeline {
  #job: Job | undefined;

  constructor(private readonly parts: TimelineParts) {}

  /**
   * Ends the rows of a call in which this one is nested, because it comes from a callback of it: the core has one source.
   * Their callbacks wait until the outer call goes on.
   */
  complete(): void {
    const job = this.#job;
    if (job === undefined) return;
    while (job.result === 0) {
      job.result = this.parts.core.drive();
      this.#takeOut();
      this.parts.callbacks.collect();
    }
  }

  /** Rows [start, start + rows) at their arrival times. @returns 1, or -1 - row when that row is malformed */
  batch(batch: ColumnBatch, start: number, rows: number): number {
    return this.#runRows(() => this.parts.core.timedBatch(batch.offset, batch.capacity, start, rows));
  }

  /** Rows [0, rows) as a closed loop. `start`: when the first one was offered. */
  loop(batch: ColumnBatch, rows: number, source: ClosedLoop): { result: number; start: bigint | undefined } {
    const { core, memory, places, config } = this.parts;
    const { outstanding, minGap = 0, requesters = 0, firstOffer = -1n } = source;
    let result = 1;
    this.complete();
    const start = firstOfferDuring(memory, places.timing, config, () => {
      result = this.#runRows(() =>
        core.timedLoop(batch.offset, batch.capacity, 0, rows, outstanding, minGap, requesters, firstOffer),
      );
    });
    return { result, start };
  }

  /** Lets time pass until `to`. */
  advance(to: bigint): void {
    const { core, memory } = this.parts;
    this.complete();
    this.#untilDone(() => (memory.get64(abi.H_NOW) > to ? 1 : core.advanceTo(to)));
  }

  /**
   * Puts a transaction among those that wait for their arrival.
   * @param arrival 0: the cycle after the previous one
   * @throws RangeError when as many wait as there is room for
   */
  submit(inputs: RequestInputs, arrival: bigint): number {
    const { memory, places, tickets } = this.parts;
    const tail = memory.get32(abi.H_INBOX_TAIL);
    if ((tail - memory.get32(abi.H_INBOX_HEAD)) >>> 0 >= places.inboxCap) {
      throw new RangeError(
        `submit has room for ${places.inboxCap} transactions that have not been answered; let time advance first`,
      );
    }
    const at = places.inbox + (tail % places.inboxCap) * abi.IN_BYTES;
    memory.slice(at, abi.IN_BYTES).fill(0);
    writeRequest(memory, inputs, arrival, at);
    const ticket = tickets.issue();
    memory.set32(at + abi.IN_TICKET, ticket);
    memory.set32(abi.H_INBOX_TAIL, tail + 1);
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
  }

  #runRows(give: () => void): number {
    this.complete();
    give();
    const outer = this.#job;
    const job: Job = { result: 0 };
    this.#job = job;
    try {
      this.#untilDone(() => (job.result === 0 ? (job.result = this.parts.core.drive()) : job.result));
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
    const count = memory.get32(abi.H_DONE_COUNT);
    if (count === 0) return;
    for (let i = 0; i < count; i++) {
      const at = places.done + i * abi.IN_BYTES;
      tickets.finish(memory.get32(at + abi.IN_TICKET), memory.slice(at, BLOCK_BYTES).slice());
    }
    memory.set32(abi.H_DONE_COUNT, 0);
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
