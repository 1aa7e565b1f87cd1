/** The guest's Event queue, of which the virtual SMMU is the producer (IHI 0070 §3.5.3, §7.2, §7.4). */
import * as EventRecord from '../../assembly/arch/event-record.js';
import * as Gerror from '../../assembly/arch/gerror.js';
import type { EventWords } from './backend.js';
import type { ErrorsAndWires } from './errors-and-wires.js';
import type { GuestAccess } from './guest-access.js';
import type { Registers } from './registers.js';
import type { VirtualSmmuStats } from './stats.js';

const OVFLG = 0x8000_0000;

/** Puts records into the guest's memory. */
export class GuestEventQueue {
  /** Records of stalled transactions, which are never lost: they wait for room. */
  readonly #waiting: { readonly words: EventWords; readonly told: () => void }[] = [];

  constructor(
    private readonly registers: Registers,
    private readonly memory: GuestAccess,
    private readonly errors: ErrorsAndWires,
    private readonly stats: VirtualSmmuStats,
  ) {}

  /** An event whose transaction has ended. Without room it is lost; that is told once until the guest acknowledges. */
  record(words: EventWords): void {
    const { registers, stats } = this;
    if (this.#write(words)) return;
    if (!registers.eventqEnabled || this.errors.active(Gerror.BIT_EVENTQ_ABT_ERR)) {
      stats.droppedEvents++;
      return;
    }
    stats.overflowedEvents++;
    if (((registers.eventqProd ^ registers.eventqCons) & OVFLG) === 0)
      registers.eventqProd = (registers.eventqProd ^ OVFLG) >>> 0;
  }

  /** An event whose transaction waits. @param told called when the guest can see it */
  recordStall(words: EventWords, told: () => void): void {
    this.#waiting.push({ words, told });
    this.retry();
  }

  /** There may be room again. */
  retry(): void {
    for (let next = this.#waiting.at(0); next !== undefined; next = this.#waiting.at(0)) {
      if (!this.#write(next.words)) return;
      this.#waiting.shift();
      next.told();
    }
  }

  /** Stalled transactions that have been ended: nobody need hear of them. */
  forgetStalls(gone: (words: EventWords) => boolean): void {
    const kept = this.#waiting.filter(({ words }) => !gone(words));
    this.#waiting.splice(0, this.#waiting.length, ...kept);
  }

  get #full(): boolean {
    const { registers } = this;
    const ring = registers.ring('eventq');
    // Indices that cannot be count as full.
    return ring.count(registers.eventqProd, registers.eventqCons) >= ring.entries;
  }

  #write(words: EventWords): boolean {
    const { registers } = this;
    if (!registers.eventqEnabled || this.errors.active(Gerror.BIT_EVENTQ_ABT_ERR) || this.#full) return false;
    const at = registers.slotAddress('eventq', registers.eventqProd, EventRecord.BYTES_LOG2);
    if (!this.memory.write(at, new Uint8Array(new BigUint64Array(words).buffer))) {
      this.errors.activate(Gerror.BIT_EVENTQ_ABT_ERR);
      return false;
    }
    const ring = registers.ring('eventq');
    const wasEmpty = ring.count(registers.eventqProd, registers.eventqCons) === 0;
    const position = ring.next(ring.position(registers.eventqProd));
    registers.eventqProd = ((registers.eventqProd & OVFLG) | position) >>> 0;
    this.stats.events++;
    if (wasEmpty) this.errors.eventqNonEmpty();
    return true;
  }
}
