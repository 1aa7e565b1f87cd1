/** Stalled transactions that the guest answers: RESUME and STALL_TERM (IHI 0070 §3.12.2, §4.7). */
import type { BackendEvent, StallAnswer, VsmmuBackend } from './backend.js';
import type { GuestEventQueue } from './event-queue.js';
import type { VirtualSmmuStats } from './stats.js';

type Stall = Extract<BackendEvent, { kind: 'stall' }>;

/** Stalled transactions by StreamID of the guest's and tag. */
export class Stalls<Device> {
  readonly #waiting = new Map<number, Map<number, Stall>>();

  constructor(
    private readonly backend: VsmmuBackend<Device>,
    private readonly events: GuestEventQueue,
    private readonly stats: VirtualSmmuStats,
  ) {}

  /** The guest is told as soon as its Event queue has room. */
  report(stall: Stall): void {
    const stream = this.#waiting.get(stall.vsid) ?? new Map<number, Stall>();
    this.#waiting.set(stall.vsid, stream);
    // A tag that comes anew names a new transaction: the old one has ended without us.
    stream.set(stall.stag, stall);
    this.events.recordStall(stall.words, () => this.stats.stalls++);
  }

  /** The guest's answer. A pair of StreamID and tag that nobody waits under: nothing happens. */
  answer(vsid: number, stag: number, answer: StallAnswer): void {
    const stream = this.#waiting.get(vsid);
    const stall = stream?.get(stag);
    if (stream === undefined || stall === undefined) return;
    stream.delete(stag);
    this.#respond(stall, answer);
  }

  /** Ends all of a stream's, before its device loses what it is attached to. */
  end(vsid: number): void {
    const stream = this.#waiting.get(vsid);
    if (stream === undefined) return;
    this.#waiting.delete(vsid);
    this.events.forgetStalls(([word0]) => Number(word0 >> 32n) === vsid);
    for (const stall of stream.values()) this.#respond(stall, 'abort');
  }

  endAll(): void {
    for (const vsid of [...this.#waiting.keys()]) this.end(vsid);
  }

  #respond(stall: Stall, answer: StallAnswer): void {
    this.stats.answeredStalls++;
    try {
      this.backend.respond(stall.token, answer);
    } catch {
      // The host has ended it already: with the device, or with what it was attached to.
    }
  }
}
