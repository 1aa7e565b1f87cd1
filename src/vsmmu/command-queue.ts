/** The guest's Command queue, of which the virtual SMMU is the consumer (IHI 0070 §3.5, §4.1, §7.1). */
import * as Cmdq from '../../assembly/arch/cmdq.js';
import * as Command from '../../assembly/arch/command.js';
import * as Gerror from '../../assembly/arch/gerror.js';
import * as Register from '../../assembly/arch/register.js';
import { bitsOf } from '../base/fields.js';
import type { NativeCommand } from '../iommu/index.js';
import { type GuestCommand, judgeCommand } from './command.js';
import type { ErrorsAndWires } from './errors-and-wires.js';
import type { GuestAccess } from './guest-access.js';
import type { OpenField } from './id-fields.js';
import type { Registers } from './registers.js';
import type { VirtualSmmuStats } from './stats.js';

/** What the queue's commands do. */
export interface CommandEffects {
  /** What has to go to the host, or undefined: it is done with. */
  toHost(command: GuestCommand): NativeCommand | undefined;
  /** Everything that does not gather in a batch; what gathered before it has taken effect. */
  perform(command: GuestCommand): void;
  /** Hands a batch to the host. @returns false: it cannot be done, and all streams abort */
  send(batch: readonly NativeCommand[]): boolean;
}

/** What of the guest the queue reaches. */
export interface GuestQueueParts {
  readonly registers: Registers;
  readonly memory: GuestAccess;
  readonly errors: ErrorsAndWires;
}

const ERR = bitsOf(Cmdq.CONS_ERR).lsb;

/** Takes commands out, in order; what may go to the host together does. */
export class GuestCommandQueue {
  private readonly registers: Registers;
  private readonly memory: GuestAccess;
  private readonly errors: ErrorsAndWires;
  #busy = false;
  /** Commands that have been taken and not yet been done: CONS stands on the first of them. */
  #batch: NativeCommand[] = [];

  constructor(
    { registers, memory, errors }: GuestQueueParts,
    private readonly fields: Readonly<Record<OpenField, number>>,
    private readonly effects: CommandEffects,
    private readonly stats: VirtualSmmuStats,
    /** Most commands that go to the host in one call. */
    private readonly batchLimit: number,
  ) {
    this.registers = registers;
    this.memory = memory;
    this.errors = errors;
  }

  /**
   * Takes what is there: at a doorbell, when CMDQEN rises, and when a command error is acknowledged. At most one queue full, so that
   * a guest that keeps writing cannot hold the caller.
   */
  consume(): void {
    if (this.#busy) return;
    this.#busy = true;
    try {
      this.#run();
    } finally {
      this.#busy = false;
      this.#batch = [];
    }
  }

  #run(): void {
    const { registers } = this;
    const ring = registers.ring('cmdq');
    let at = ring.position(registers.get(Register.CMDQ_CONS));
    for (let budget = ring.entries; budget > 0 && registers.cmdqEnabled; budget--) {
      if (this.errors.active(Gerror.BIT_CMDQ_ERR)) return;
      // The producer is read anew each time: another CPU of the guest may move it.
      const count = ring.count(registers.get(Register.CMDQ_PROD), at);
      if (count === 0 || count > ring.entries) break;
      const words = this.memory.words(registers.slotAddress('cmdq', at, Command.BYTES_LOG2), 2);
      if (words === undefined) {
        if (this.#flush(at)) this.#fail(at, Cmdq.CERROR_ABT);
        return;
      }
      const next = ring.next(at);
      if (!this.#take([words[0], words[1]], at, next)) return;
      at = next;
    }
    this.#flush(at);
  }

  /** @returns false: the queue has stopped */
  #take(words: NativeCommand, at: number, next: number): boolean {
    const command = judgeCommand(words, this.fields);
    if (command.kind === 'illegal') {
      if (this.#flush(at)) {
        this.stats.illegalCommands++;
        this.#fail(at, Cmdq.CERROR_ILL);
      }
      return false;
    }
    const forHost = this.effects.toHost(command);
    this.stats.commands++;
    if (forHost !== undefined) {
      this.#batch.push(forHost);
      return this.#batch.length < this.batchLimit || this.#flush(next);
    }
    if (!this.#flush(at)) return false;
    this.effects.perform(command);
    this.#publish(next);
    if (command.kind === 'sync') {
      this.stats.syncs++;
      if (command.signal === Command.SYNC_CS_SIG_IRQ) this.errors.syncComplete();
    }
    return true;
  }

  /** Has the batch take effect; CONS passes it only then. */
  #flush(at: number): boolean {
    if (this.#batch.length > 0) {
      const batch = this.#batch;
      this.#batch = [];
      if (!this.effects.send(batch)) {
        this.#fail(this.registers.get(Register.CMDQ_CONS), Cmdq.CERROR_ILL);
        return false;
      }
    }
    this.#publish(at);
    return true;
  }

  #publish(at: number): void {
    const { registers } = this;
    const err = registers.get(Register.CMDQ_CONS) & (0x7f << ERR);
    registers.set(Register.CMDQ_CONS, err | at);
  }

  #fail(at: number, code: number): void {
    const { registers } = this;
    registers.set(Register.CMDQ_CONS, (code << ERR) | registers.ring('cmdq').position(at));
    this.errors.activate(Gerror.BIT_CMDQ_ERR);
  }
}
