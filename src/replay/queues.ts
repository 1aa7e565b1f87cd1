import * as Cmdq from '../../assembly/arch/cmdq.js';
import * as Command from '../../assembly/arch/command.js';
import * as EventRecord from '../../assembly/arch/event-record.js';
import * as Eventq from '../../assembly/arch/eventq.js';
import * as Idr1 from '../../assembly/arch/idr1.js';
import * as Opcode from '../../assembly/arch/opcode.js';
import * as Register from '../../assembly/arch/register.js';
import type { EventWords } from '../capture/types.js';
import { addressOf, bitsOf, numberOf } from '../base/fields.js';
import type { Smmu } from '../device/smmu.js';

/** Where a queue lies in guest memory (IHI 0070 §3.5.1): an index counts entries, its top bit is the wrap bit. */
class Ring {
  readonly mask: number;
  private readonly base: bigint;
  private readonly entries: number;

  constructor(
    smmu: Smmu,
    base: number,
    addressField: number,
    sizeField: number,
    limit: number,
    private readonly bytes: number,
  ) {
    const word = [smmu.read64(base)];
    const log2 = Math.min(numberOf(word, sizeField), numberOf([BigInt(smmu.read32(Register.IDR1))], limit));
    this.entries = 2 ** log2;
    this.mask = 2 * this.entries - 1;
    // The SMMU aligns the base to the size of the queue, at least 32 bytes.
    const size = BigInt(Math.max(this.entries * bytes, 32));
    this.base = addressOf(word, addressField) & ~(size - 1n);
  }

  address(index: number): bigint {
    return this.base + BigInt((index & (this.entries - 1)) * this.bytes);
  }

  next(index: number): number {
    return (index + 1) & this.mask;
  }
}

/** The command queue as its driver sees it. */
export class CommandQueue {
  constructor(private readonly smmu: Smmu) {}

  private ring(): Ring {
    return new Ring(
      this.smmu,
      Register.CMDQ_BASE,
      Cmdq.BASE_ADDR,
      Cmdq.BASE_LOG2SIZE,
      Idr1.CMDQS,
      Command.BYTES,
    );
  }

  get consumer(): number {
    return numberOf([BigInt(this.smmu.read32(Register.CMDQ_CONS))], Cmdq.CONS_RD);
  }

  /** The commands from index `from` up to index `to`, as they stand in guest memory. */
  between(from: number, to: number): [bigint, bigint][] {
    const ring = this.ring();
    const commands: [bigint, bigint][] = [];
    for (let i = from & ring.mask; i !== (to & ring.mask); i = ring.next(i)) {
      const address = ring.address(i);
      commands.push([this.smmu.memory.read64(address), this.smmu.memory.read64(address + 8n)]);
    }
    return commands;
  }

  /** Writes commands behind the last one and rings the doorbell; true when all of them were consumed. */
  issue(commands: readonly (readonly [bigint, bigint])[]): boolean {
    const ring = this.ring();
    let index = this.smmu.read32(Register.CMDQ_PROD) & ring.mask;
    for (const [low, high] of commands) {
      this.smmu.memory.write64(ring.address(index), low);
      this.smmu.memory.write64(ring.address(index) + 8n, high);
      index = ring.next(index);
    }
    this.smmu.write32(Register.CMDQ_PROD, index);
    return (this.consumer & ring.mask) === index;
  }

  /** Empties every cache as a driver would: CFGI_ALL, TLBI_NSNH_ALL, SYNC. */
  flush(): boolean {
    const opcode = (value: number): bigint => BigInt(value) << BigInt(bitsOf(Command.OPCODE).lsb);
    return this.issue([
      [opcode(Opcode.CFGI_ALL), BigInt(Command.CFGI_RANGE_ALL) << BigInt(bitsOf(Command.CFGI_Range).lsb)],
      [opcode(Opcode.TLBI_NSNH_ALL), 0n],
      [opcode(Opcode.SYNC), 0n],
    ]);
  }
}

/** The event queue as its driver sees it. */
export class EventQueue {
  constructor(private readonly smmu: Smmu) {}

  private ring(): Ring {
    return new Ring(
      this.smmu,
      Register.EVENTQ_BASE,
      Eventq.BASE_ADDR,
      Eventq.BASE_LOG2SIZE,
      Idr1.EVENTQS,
      EventRecord.BYTES,
    );
  }

  get producer(): number {
    return numberOf([BigInt(this.smmu.read32(Register.EVENTQ_PROD))], Eventq.PROD_WR);
  }

  get consumer(): number {
    return numberOf([BigInt(this.smmu.read32(Register.EVENTQ_CONS))], Eventq.CONS_RD);
  }

  get empty(): boolean {
    return this.producer === this.consumer;
  }

  /** The records from index `from` up to the newest. */
  since(from: number): EventWords[] {
    const ring = this.ring();
    const records: EventWords[] = [];
    for (let i = from; i !== this.producer; i = ring.next(i)) {
      const at = ring.address(i);
      const word = (n: bigint): bigint => this.smmu.memory.read64(at + 8n * n);
      records.push([word(0n), word(1n), word(2n), word(3n)]);
    }
    return records;
  }

  /** Takes everything out, acknowledging an overflow. */
  drain(): void {
    this.smmu.write32(Register.EVENTQ_CONS, this.smmu.read32(Register.EVENTQ_PROD));
  }
}
