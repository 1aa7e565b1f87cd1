import * as IrqCtrl from '../../assembly/arch/irq-ctrl.js';
import * as Register from '../../assembly/arch/register.js';
import { numberOf } from '../base/fields.js';
import type { InterruptSource } from '../core/bus.js';
import type { Smmu } from '../device/smmu.js';
import type { Ledger } from './ledger.js';

/** By the number in an `irq` line. */
const SOURCES: readonly InterruptSource[] = ['eventq', 'priq', 'cmd-sync', 'gerror'];

/** A record that was written and whose `irq` line may still come. */
interface Open {
  readonly where: string;
  /** The model raised the interrupt: the queue had been empty. */
  readonly pulsed: boolean;
}

/**
 * Holds recorded interrupts against the model's, each line against its own record. The event queue interrupts when it stops being
 * empty (IHI 0070 §3.18.2); QEMU does so for every record (departure `irq-per-record`), and so, in a recording of QEMU's, a
 * record without its line is one that is missing.
 */
export class InterruptComparer {
  /** Of the event queue: the last record, until its line, or something that cannot stand between the two, has come. */
  #open: Open | undefined;
  /** Pulses that no line has answered for, nor any record explains. */
  readonly #loose = new Map<InterruptSource, number>();
  /** Records that found the queue not empty, and have no line. */
  readonly #silent: string[] = [];
  #perRecord: boolean;

  /** @param perRecord the recording is known to have an interrupt for every record */
  constructor(
    private readonly smmu: Smmu,
    private readonly ledger: Ledger,
    perRecord: boolean,
  ) {
    this.#perRecord = perRecord;
  }

  /** The model raised an interrupt. */
  pulse(source: InterruptSource): void {
    this.#loose.set(source, (this.#loose.get(source) ?? 0) + 1);
  }

  /** Performs `fault`, which makes the model write a record that the recorder wrote as well. */
  record(where: string, fault: () => void): void {
    this.close();
    const before = this.#loose.get('eventq') ?? 0;
    const produced = this.#producer;
    fault();
    const after = this.#loose.get('eventq') ?? 0;
    if (this.#producer === produced || !this.#enabled) return;
    const pulsed = after > before;
    if (pulsed) this.#loose.set('eventq', after - 1);
    this.#open = { where, pulsed };
  }

  /** What comes next cannot stand between a record and its interrupt. */
  close(): void {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    if (open.pulsed) {
      this.ledger.mismatch(
        open.where,
        'the model raised an event queue interrupt for this record, none is recorded',
      );
    } else this.#silent.push(open.where);
  }

  /** An `irq` line. */
  line(where: string, irq: number): void {
    const source = SOURCES[irq];
    if (source === 'eventq' && this.#open !== undefined) {
      if (!this.#open.pulsed) {
        this.#perRecord = true;
        this.ledger.depart('irq-per-record');
      }
      this.#open = undefined;
      return;
    }
    const loose = this.#loose.get(source) ?? 0;
    if (loose > 0) this.#loose.set(source, loose - 1);
    else this.ledger.mismatch(where, `the recorder raised interrupt ${irq} (${source}), the model did not`);
  }

  /** The timeline has ended. */
  finish(): void {
    this.close();
    if (this.#perRecord) {
      for (const where of this.#silent) {
        this.ledger.mismatch(
          where,
          'no interrupt is recorded for this record, though the recorder raises one for each (irq-per-record)',
        );
      }
    }
    for (const source of SOURCES) {
      const loose = this.#loose.get(source) ?? 0;
      if (loose > 0) {
        this.ledger.mismatch(
          'timeline.jsonl',
          `the model raised ${loose} ${source} interrupts that are not recorded`,
        );
      }
    }
  }

  get #producer(): number {
    return this.smmu.read32(Register.EVENTQ_PROD);
  }

  get #enabled(): boolean {
    return numberOf([BigInt(this.smmu.read32(Register.IRQ_CTRL))], IrqCtrl.EVENTQ_IRQEN) === 1;
  }
}
