/** Arrivals, and the transactions that were submitted and wait to be polled. */
import { big, hex } from '../base/check.js';
import type { Translation } from './transaction.js';
import { readTranslation } from './request.js';

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
  #last: bigint | undefined;
  #next = 1;
  #finished: Finished[] = [];

  /** @param lastCycle that time is counted to */
  constructor(private readonly lastCycle: bigint) {}

  /**
   * When a transaction arrives: as it says, or one cycle after the previous one, and not before `now`.
   * @throws RangeError when it would arrive before the previous one
   */
  arrival(asked: bigint | undefined, now: bigint): bigint {
    const last = this.#last;
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

  /** Remembers the arrival of a transaction that was given to the core. */
  arrived(at: bigint): void {
    this.#last = at;
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
    for (const { ticket, block } of finished) {
      const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
      into.push({ ...readTranslation(view, 0), ticket });
    }
    return into.length;
  }

  /** @throws RangeError when `to` lies in the past */
  checkAdvance(to: bigint, now: bigint): bigint {
    big(to, 'to', 0n, this.lastCycle);
    if (to < now) throw new RangeError(`time does not run backwards: ${hex(to)} is before now, ${hex(now)}`);
    return to;
  }

  state(): TicketState {
    return { last: this.#last, next: this.#next, finished: [...this.#finished] };
  }

  restore(state: TicketState): void {
    this.#last = state.last;
    this.#next = state.next;
    this.#finished = [...state.finished];
  }

  clear(): void {
    this.restore({ last: undefined, next: 1, finished: [] });
  }
}
