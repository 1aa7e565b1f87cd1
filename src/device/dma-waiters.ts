/**
 * Transfers that wait for a stalled transaction. A retry that stalls again has another STAG, so a transaction is known by what it
 * asks for; of equal ones the first to wait is the first to be served, and the answer is the same for all.
 */
import type { Resumed, Transaction, Translation } from './transaction.js';

/** `outcome` undefined: the device was reset, and nothing comes any more. */
type Resume = (outcome: Translation | undefined) => void;

interface Waiter {
  readonly resume: Resume;
  /** The call that translates has returned. */
  waits: boolean;
  /** It came before. */
  outcome: Translation | undefined;
}

/** A place in the line. */
export interface WaitTicket {
  /** What came while the call was under way. */
  readonly outcome: Translation | undefined;
  /** The transfer waits: `resume` will be called. */
  wait(): void;
  withdraw(): void;
}

/** The line of one device. */
export class DmaWaiters {
  readonly #lines = new Map<string, Waiter[]>();
  /** How many wait. */
  size = 0;

  /** Takes a place before the transaction is given to the device. */
  expect(transaction: Transaction, resume: Resume): WaitTicket {
    const key = keyOf(transaction);
    const waiter: Waiter = { resume, waits: false, outcome: undefined };
    const line = this.#lines.get(key) ?? [];
    this.#lines.set(key, line);
    line.push(waiter);
    this.size++;
    return {
      get outcome() {
        return waiter.outcome;
      },
      wait: () => (waiter.waits = true),
      withdraw: () => this.#remove(key, waiter),
    };
  }

  /** @returns whether a transfer waited for it */
  resumed({ transaction, outcome }: Resumed): boolean {
    const key = keyOf(transaction);
    const waiter = this.#lines.get(key)?.find((other) => other.outcome === undefined);
    if (waiter === undefined) return false;
    if (!waiter.waits) {
      waiter.outcome = outcome;
      return true;
    }
    this.#remove(key, waiter);
    waiter.resume(outcome);
    return true;
  }

  /** Nothing comes any more. */
  clear(): void {
    const waiting = [...this.#lines.values()].flat().filter(({ waits }) => waits);
    this.#lines.clear();
    this.size = 0;
    for (const { resume } of waiting) resume(undefined);
  }

  #remove(key: string, waiter: Waiter): void {
    const line = this.#lines.get(key);
    const at = line?.indexOf(waiter) ?? -1;
    if (line === undefined || at < 0) return;
    line.splice(at, 1);
    this.size--;
    if (line.length === 0) this.#lines.delete(key);
  }
}

function keyOf({ streamId, substreamId, iova, access = 'read', size }: Transaction): string {
  return `${streamId}.${substreamId ?? ''}.${iova}.${access}.${size}`;
}
