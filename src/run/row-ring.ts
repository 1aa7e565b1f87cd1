/** The rows of one batch in turn: offered at the head, taken at the tail when they have been answered, in their order. */
import { InputError } from '../base/capture-error.js';
import * as Status from '../../assembly/abi/status.js';
import type { Batch } from '../device/batch.js';

/** Answered rows that lie side by side. */
export interface Piece {
  /** First row in the batch. */
  readonly start: number;
  readonly count: number;
  /** Number of the first one since the beginning. */
  readonly first: number;
}

export class RowRing {
  /** Rows added and taken so far. */
  #added = 0;
  #taken = 0;

  constructor(private readonly batch: Batch) {}

  /**
   * Where the next rows go, and how many lie there side by side.
   * @throws InputError when every row waits for the oldest
   */
  space(): { start: number; room: number } {
    const { capacity } = this.batch;
    const free = capacity - (this.#added - this.#taken);
    if (free === 0)
      throw new InputError(
        `transaction ${this.#taken} was in flight while ${capacity - 1} later ones were accepted: there is no room for more`,
      );
    const start = this.#added % capacity;
    return { start, room: Math.min(free, capacity - start) };
  }

  /** So many rows at the place that `space` gave have been offered. */
  add(count: number): void {
    this.#added += count;
  }

  /** The oldest rows that have been answered; undefined: the oldest has not. */
  take(): Piece | undefined {
    const { capacity, status } = this.batch;
    const start = this.#taken % capacity;
    const end = Math.min(capacity, start + this.#added - this.#taken);
    let row = start;
    while (row < end && (status[row] & 0xff) !== Status.PENDING) row++;
    if (row === start) return undefined;
    const piece = { start, count: row - start, first: this.#taken };
    this.#taken += piece.count;
    return piece;
  }
}
