/** GERROR and the interrupt wires (IHI 0070 §3.18, §7.5). */
import * as IrqCtrl from '../../assembly/arch/irq-ctrl.js';
import * as Register from '../../assembly/arch/register.js';
import { fieldBits, type Registers } from './registers.js';

/** A wire that a guest's interrupt controller has. */
export type VirtualInterrupt = 'eventq' | 'cmd-sync' | 'gerror';

/** Activates errors, and pulses wires once whoever called has been answered. */
export class ErrorsAndWires {
  readonly #waiting: VirtualInterrupt[] = [];
  #delivering = false;
  #depth = 0;

  constructor(
    private readonly registers: Registers,
    private readonly onInterrupt: ((source: VirtualInterrupt) => void) | undefined,
  ) {}

  /** A flag is active while its bits in GERROR and GERRORN differ. */
  active(flag: number): boolean {
    return ((this.registers.get(Register.GERROR) ^ this.registers.get(Register.GERRORN)) & flag) !== 0;
  }

  /** A second error of a kind that is active already says nothing new. */
  activate(flag: number): void {
    if (this.active(flag)) return;
    this.registers.set(Register.GERROR, this.registers.get(Register.GERROR) ^ flag);
    this.#pulseIf(IrqCtrl.GERROR_IRQEN, 'gerror');
  }

  eventqNonEmpty(): void {
    this.#pulseIf(IrqCtrl.EVENTQ_IRQEN, 'eventq');
  }

  /** CMD_SYNC's interrupt has no enable. */
  syncComplete(): void {
    this.#waiting.push('cmd-sync');
  }

  /** Runs `work`, and delivers what it pulsed when the outermost call is done: handlers may call anything. */
  settleAfter<T>(work: () => T): T {
    this.#depth++;
    try {
      return work();
    } finally {
      if (--this.#depth === 0) this.#deliver();
    }
  }

  #deliver(): void {
    if (this.#delivering) return;
    this.#delivering = true;
    try {
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift())
        this.onInterrupt?.(next);
    } finally {
      this.#delivering = false;
    }
  }

  /** What no longer concerns anybody after a reset. */
  drop(): void {
    this.#waiting.length = 0;
  }

  #pulseIf(enable: number, source: VirtualInterrupt): void {
    if ((this.registers.get(Register.IRQ_CTRL) & fieldBits(enable)) !== 0) this.#waiting.push(source);
  }
}
