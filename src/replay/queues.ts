import {
  CMD_BYTES,
  CMD_CFGI_Range,
  CMD_OPCODE,
  OP_CFGI_ALL,
  OP_SYNC,
  OP_TLBI_NSNH_ALL,
  CFGI_RANGE_ALL,
} from '../../assembly/arch/commands.js';
import { EVT_BYTES } from '../../assembly/arch/events.js';
import { IDR1_CMDQS, IDR1_EVENTQS } from '../../assembly/arch/idr.js';
import * as Registers from '../../assembly/arch/registers.js';
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
    const log2 = Math.min(
      numberOf(word, sizeField),
      numberOf([BigInt(smmu.read32(Registers.R_IDR1))], limit),
    );
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
      Registers.R_CMDQ_BASE,
      Registers.CMDQ_BASE_ADDR,
      Registers.CMDQ_BASE_LOG2SIZE,
      IDR1_CMDQS,
      CMD_BYTES,
    );
  }

  get consumer(): number {
    return numberOf([BigInt(this.smmu.read32(Registers.R_CMDQ_CONS))], Registers.CMDQ_CONS_RD);
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
    let index = this.smmu.read32(Registers.R_CMDQ_PROD) & ring.mask;
    for (const [low, high] of commands) {
      this.smmu.memory.write64(ring.address(index), low);
      this.smmu.memory.write64(ring.address(index) + 8n, high);
      index = ring.next(index);
    }
    this.smmu.write32(Registers.R_CMDQ_PROD, index);
    return (this.consumer & ring.mask) === index;
  }

  /** Empties every cache as a driver would: CFGI_ALL, TLBI_NSNH_ALL, SYNC. */
  flush(): boolean {
    const opcode = (value: number): bigint => BigInt(value) << BigInt(bitsOf(CMD_OPCODE).lsb);
    return this.issue([
      [opcode(OP_CFGI_ALL), BigInt(CFGI_RANGE_ALL) << BigInt(bitsOf(CMD_CFGI_Range).lsb)],
      [opcode(OP_TLBI_NSNH_ALL), 0n],
      [opcode(OP_SYNC), 0n],
    ]);
  }
}

/** The event queue as its driver sees it. */
export class EventQueue {
  constructor(private readonly smmu: Smmu) {}

  private ring(): Ring {
    return new Ring(
      this.smmu,
      Registers.R_EVENTQ_BASE,
      Registers.EVENTQ_BASE_ADDR,
      Registers.EVENTQ_BASE_LOG2SIZE,
      IDR1_EVENTQS,
      EVT_BYTES,
    );
  }

  get producer(): number {
    return numberOf([BigInt(this.smmu.read32(Registers.R_EVENTQ_PROD))], Registers.EVENTQ_PROD_WR);
  }

  get consumer(): number {
    return numberOf([BigInt(this.smmu.read32(Registers.R_EVENTQ_CONS))], Registers.EVENTQ_CONS_RD);
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
    this.smmu.write32(Registers.R_EVENTQ_CONS, this.smmu.read32(Registers.R_EVENTQ_PROD));
  }
}
