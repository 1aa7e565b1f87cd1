/**
 * The Command queue's producer (IHI 0070 §3.5, §4): commands gather in the ring and one doorbell hands them over, together
 * with the CMD_SYNC that says when all of them have taken effect.
 */
import * as Command from '../../assembly/arch/command.js';
import * as Gerror from '../../assembly/arch/gerror.js';
import * as Opcode from '../../assembly/arch/opcode.js';
import * as Register from '../../assembly/arch/register.js';
import { IommuError } from '../base/errors.js';
import type { SmmuHardware } from './hardware-port.js';
import type { PagePool } from './alloc/pages.js';
import { type CommandWords, sync } from './commands.js';
import type { GlobalErrors, StoppedQueue } from './gerror.js';
import { RingIndex } from './ring.js';

/** How the driver learns that a CMD_SYNC is complete: CMDQ_CONS has passed it, or its MSI has cleared it in the ring. */
export type SyncMode = 'poll' | 'msi';

/** Commands and doorbells since probe. */
export interface CommandCounts {
  /** CMD_SYNCs among them. */
  commands: number;
  syncs: number;
  /** Writes of CMDQ_PROD. */
  doorbells: number;
}

/** A fetch that aborts is tried again, but not for ever. */
const MAX_FETCH_RETRIES = 8;
const READ_ALLOCATE = 1n << 62n;

/** The driver's end of the Command queue. */
export class CommandQueue implements StoppedQueue {
  readonly counts: CommandCounts = { commands: 0, syncs: 0, doorbells: 0 };
  readonly base: bigint;
  readonly #ring: RingIndex;
  /** Where the next command goes; the SMMU knows as much as the last doorbell said. */
  #producer = 0;
  #consumer = 0;
  #told = 0;
  #words: Uint32Array | undefined;
  #contiguous = true;

  constructor(
    private readonly smmu: SmmuHardware,
    pool: PagePool,
    log2: number,
    private readonly mode: SyncMode,
    private readonly errors: GlobalErrors,
  ) {
    this.#ring = new RingIndex(log2);
    const bytes = this.#ring.entries * Command.BYTES;
    // A smaller queue's base is aligned to 32 bytes all the same (IHI 0070 §6.3.26).
    this.base = pool.alloc(bytes, Math.max(bytes, 32));
  }

  /** Tells the SMMU where the queue is; CMDQEN is 0. */
  install(): void {
    this.smmu.write64(Register.CMDQ_BASE, READ_ALLOCATE | this.base | BigInt(this.#ring.log2));
    this.smmu.write32(Register.CMDQ_PROD, 0);
    this.smmu.write32(Register.CMDQ_CONS, 0);
  }

  /** Puts a command into the ring. The SMMU learns of it with the next doorbell. */
  add(command: CommandWords): void {
    if (this.#ring.count(this.#producer, this.#consumer) === this.#ring.entries) this.#makeRoom();
    this.#put(this.#ring.slot(this.#producer), command);
    this.#producer = this.#ring.next(this.#producer);
    this.counts.commands++;
  }

  /** Hands over what has gathered, without waiting for its effect. */
  submit(): void {
    if (this.#told === this.#producer) return;
    this.#told = this.#producer;
    this.counts.doorbells++;
    this.smmu.write32(Register.CMDQ_PROD, this.#producer);
  }

  /**
   * Hands over what has gathered and a CMD_SYNC, and returns when all of it has taken effect.
   * @throws IommuError ETIMEDOUT when the queue has stopped for good
   */
  sync(): void {
    if (this.mode === 'msi') return this.#syncByMsi();
    this.add(sync());
    this.counts.syncs++;
    this.submit();
    this.#wait(0);
  }

  commandAtConsumer(): [bigint, bigint] {
    const at = this.#address(this.#slotAtConsumer());
    return [this.smmu.memory.read64(at), this.smmu.memory.read64(at + 8n)];
  }

  replaceAtConsumer(): void {
    const command = new Uint32Array(4);
    command[0] = Opcode.SYNC | (Command.SYNC_CS_SIG_NONE << ((Command.SYNC_CS >>> 8) & 31));
    this.#put(this.#slotAtConsumer(), command);
  }

  #slotAtConsumer(): number {
    return this.#ring.slot(this.smmu.read32(Register.CMDQ_CONS));
  }

  /** The CMD_SYNC's MSI writes 0 over the command itself: no register need be read (IHI 0070 §4.7.3). */
  #syncByMsi(): void {
    if (this.#ring.count(this.#producer, this.#consumer) === this.#ring.entries) this.#makeRoom();
    const slot = this.#ring.slot(this.#producer);
    this.add(sync(this.#address(slot)));
    this.counts.syncs++;
    this.submit();
    if (this.#get(slot) !== 0) this.#wait(0);
    this.#consumer = this.#producer;
  }

  #makeRoom(): void {
    this.submit();
    this.#wait(this.#ring.entries - 1);
  }

  /** Until at most `left` commands are not consumed. */
  #wait(left: number): void {
    const { smmu } = this;
    let retries = 0;
    for (;;) {
      this.#consumer = this.#ring.position(smmu.read32(Register.CMDQ_CONS));
      if (this.#ring.count(this.#producer, this.#consumer) <= left) return;
      if (((smmu.read32(Register.GERROR) ^ smmu.read32(Register.GERRORN)) & Gerror.BIT_CMDQ_ERR) !== 0) {
        const stuck = this.#consumer;
        this.errors.handle(this);
        retries = this.#ring.position(smmu.read32(Register.CMDQ_CONS)) === stuck ? retries + 1 : 0;
        if (retries < MAX_FETCH_RETRIES) continue;
      }
      // With time on, the queue is consumed as time passes: a waiting driver lets it.
      const next = smmu.nextEvent();
      if (next === null || retries === MAX_FETCH_RETRIES) {
        throw new IommuError('ETIMEDOUT', 'the Command queue makes no progress: is CR0.CMDQEN set?');
      }
      smmu.advance(next);
    }
  }

  #address(slot: number): bigint {
    return this.base + BigInt(slot * Command.BYTES);
  }

  #put(slot: number, command: CommandWords): void {
    const words = this.#view();
    if (words === undefined) {
      this.smmu.memory.write(this.#address(slot), new Uint8Array(command.buffer));
      return;
    }
    const at = slot << 2;
    words[at] = command[0];
    words[at + 1] = command[1];
    words[at + 2] = command[2];
    words[at + 3] = command[3];
  }

  /** First word of a slot. */
  #get(slot: number): number {
    return this.#view()?.[slot << 2] ?? this.smmu.memory.read32(this.#address(slot));
  }

  /** The ring as words; undefined when it is not contiguous in linear memory. Made anew when a lender's memory has grown. */
  #view(): Uint32Array | undefined {
    if (this.#words !== undefined && this.#words.length !== 0) return this.#words;
    if (!this.#contiguous) return undefined;
    try {
      const bytes = this.smmu.memory.view(this.base, this.#ring.entries * Command.BYTES);
      this.#words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
    } catch (error) {
      // A sparse window gives no view across its pages.
      if (!(error instanceof RangeError)) throw error;
      this.#contiguous = false;
    }
    return this.#words;
  }
}
