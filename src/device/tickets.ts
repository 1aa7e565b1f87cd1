/** Arrivals, and the transactions that were submitted and wait to be polled. */
import { big, hex } from '../base/check.js';
import type { Translation } from './transaction.js';
import { readTranslation, wordsOfBlock } from './request.js';

/** The last cycle whose successor a number holds exactly. */
const MOST = Number.MAX_SAFE_INTEGER - 1;

/** A finished transaction: its request block as the core left it. */
interface Finished {
  readonly ticket: number;
  readonly block: Uint8Array;
}

/** Everything here, as plain data. */
export interface TicketState {
  /** The previous arrival; undefined: there was none. */
  readonly last: bigint | undefined;
  readonly next: number;
  readonly finished: readonly Finished[];
}

/** The time line of what is given to one device. */
export class Tickets {
  /** The previous arrival; below 0: there was none, or `#beyond` has it. */
  #last = -1;
  /** The previous arrival where it was given as a bigint. */
  #beyond: bigint | undefined;
  #next = 1;
  #finished: Finished[] = [];

  /** @param lastCycle that time is counted to */
  constructor(private readonly lastCycle: bigint) {}

  /**
   * When a transaction arrives: as it says, or one cycle after the previous one, and not before `now`.
   * @throws RangeError when it would arrive before the previous one
   */
  arrival(asked: bigint | undefined, now: bigint): bigint {
    const last = this.#lastArrival;
    if (asked !== undefined) {
      big(asked, 'arrival', 0n, this.lastCycle);
      if (last !== undefined && asked < last) {
        throw new RangeError(`arrival must not decrease: ${asked} is before the previous one at ${last}`);
      }
      return asked;
    }
    if (last === undefined) return now;
    const next = last + 1n;
    return next < now ? now : next;
  }

  /**
   * The same of one that does not say when, as a number, for which no BigInt has to be made; -1: `arrival` has to be asked.
   * @param now whole cycles, or beyond what a number holds exactly
   */
  next(now: number): number {
    if (this.#beyond !== undefined || this.#last >= MOST || now > MOST) return -1;
    return Math.max(this.#last + 1, now);
  }

  /** Remembers the arrival of a transaction that was given to the core. */
  arrived(at: number | bigint): void {
    if (typeof at === 'number') {
      this.#last = at;
      this.#beyond = undefined;
    } else this.#beyond = at;
  }

  get #lastArrival(): bigint | undefined {
    return this.#beyond ?? (this.#last < 0 ? undefined : BigInt(this.#last));
  }

  /** A new ticket. */
  issue(): number {
    return this.#next++;
  }

  /** Queues a finished transaction: its request block as the core left it. */
  finish(ticket: number, block: Uint8Array): void {
    this.#finished.push({ ticket, block });
  }

  /** Hands all finished transactions over: they replace what `into` held. */
  poll(into: Translation[]): number {
    const finished = this.#finished;
    this.#finished = [];
    into.length = 0;
    for (const { ticket, block } of finished)
      into.push({ ...readTranslation(wordsOfBlock(block), 0), ticket });
    return into.length;
  }

  /** @throws RangeError when `to` lies in the past */
  checkAdvance(to: bigint, now: bigint): bigint {
    big(to, 'to', 0n, this.lastCycle);
    if (to < now) throw new RangeError(`time does not run backwards: ${hex(to)} is before now, ${hex(now)}`);
    return to;
  }

  state(): TicketState {
    return { last: this.#lastArrival, next: this.#next, finished: [...this.#finished] };
  }

  restore(state: TicketState): void {
    this.#last = -1;
    this.#beyond = state.last;
    this.#next = state.next;
    this.#finished = [...state.finished];
  }

  clear(): void {
    this.restore({ last: undefined, next: 1, finished: [] });
  }
}
