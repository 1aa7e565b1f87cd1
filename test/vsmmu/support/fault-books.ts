// Faults of stage 1 on their way to the guest: through the host's queue, which holds so many while nobody reads it, and the guest's own.
import type { EventRecord } from '../../../src/inspect/event.js';

/** Events that the host's queue holds, in the form of today. */
export const HOST_EVENTS = 4;
/** Records that the guest's Event queue holds. */
export const GUEST_EVENTS = 16;

/** A fault that the guest has to hear of. */
export interface Fault {
  readonly vsid: number;
  readonly iova: bigint;
}

/** Books of what is under way and what is lost, by count and in order. */
export class FaultBooks {
  /** Nobody in the guest reads its queue. */
  deaf = false;
  /** Nobody reads the host's. */
  late = false;
  readonly #held: Fault[] = [];
  readonly #queued: Fault[] = [];
  readonly #due: Fault[] = [];
  #told: EventRecord[] = [];
  #overflowed = 0;
  #hostLost = 0;

  /** @param hostEvents Infinity: the host has no queue */
  constructor(private readonly hostEvents: number) {}

  /** What the guest's driver is told. */
  tell(record: EventRecord): void {
    this.#told.push(record);
  }

  /** @param assigned it comes through the host */
  fault(fault: Fault, assigned: boolean): void {
    if (!assigned || !this.late || this.hostEvents === Infinity) this.#arrive(fault);
    else if (this.#held.length < this.hostEvents) this.#held.push(fault);
    else this.#hostLost++;
  }

  /** Somebody reads all that the host's queue holds. */
  read(): void {
    for (const fault of this.#held.splice(0)) this.#arrive(fault);
  }

  /** The guest reads its queue again. */
  listen(poll: () => void): void {
    this.deaf = false;
    poll();
    this.#due.push(...this.#queued.splice(0));
  }

  /** The guest's queue is gone, and what was in it. */
  reset(): void {
    this.deaf = false;
    this.#queued.length = 0;
  }

  /** What does not agree; undefined: all does. */
  wrong(stats: {
    readonly overflowedEvents: number;
    readonly droppedEvents: number;
    readonly hostLostEvents: number;
  }): string | undefined {
    const due = this.#due.splice(0);
    const told = this.#told;
    this.#told = [];
    const right =
      told.length === due.length &&
      due.every(({ vsid, iova }, i) => told[i].streamId === vsid && (told[i].inputAddr ?? iova) === iova);
    if (!right) {
      const names = told.map(
        ({ name, streamId, inputAddr }) => `${name} ${streamId} ${inputAddr?.toString(16)}`,
      );
      const wanted = due.map(({ vsid, iova }) => `${vsid} ${iova.toString(16)}`);
      return `faults that are due: ${wanted.join()}; told: ${names.join()}`;
    }
    if (stats.overflowedEvents !== this.#overflowed)
      return `${this.#overflowed} events found the queue full, ${stats.overflowedEvents} were counted`;
    // While the queue holds the tail, its loss is not told yet.
    if (!this.late && stats.hostLostEvents !== this.#hostLost)
      return `the host lost ${this.#hostLost} events, ${stats.hostLostEvents} were counted`;
    if (stats.droppedEvents !== 0) return `${stats.droppedEvents} events were dropped`;
    return undefined;
  }

  #arrive(fault: Fault): void {
    if (!this.deaf) this.#due.push(fault);
    else if (this.#queued.length < GUEST_EVENTS) this.#queued.push(fault);
    else this.#overflowed++;
  }
}
