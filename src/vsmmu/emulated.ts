/**
 * Devices that the VMM emulates, behind the same virtual SMMU: their transactions are translated by a core of our own, which reads the
 * guest's tables through the guest's memory. It is told what the guest tells its SMMU; what it records goes into the guest's queue.
 */
import * as Cr0 from '../../assembly/arch/cr0.js';
import * as Gbpa from '../../assembly/arch/gbpa.js';
import * as Opcode from '../../assembly/arch/opcode.js';
import * as Register from '../../assembly/arch/register.js';
import { Smmu } from '../device/smmu.js';
import type { Resumed, Transaction, Translation } from '../device/transaction.js';
import type { NativeCommand } from '../iommu/index.js';
import { RingIndex } from '../iommu/ring.js';
import type { EventWords } from './backend.js';
import type { GuestAccess } from './guest-access.js';
import { OPEN_FIELDS } from './id-fields.js';
import type { VirtualId } from './identification.js';
import { fieldBits, type Registers } from './registers.js';

const RING = new RingIndex(4);
const COMMAND_BYTES = 16;
const EVENT_BYTES = 32;
/** Where the core's own queues seem to lie, below the end of its addresses. Only it reaches them, and only while it serves one. */
const HIDDEN_BYTES = 0x2000n;
const EVENTS_AT = 0x1000;
const ENABLED = fieldBits(Cr0.CMDQEN, Cr0.EVENTQEN);
/** What the core needs to know of the guest's registers, but for CR0 and GBPA. */
const MIRRORED = [
  Register.CR1,
  Register.CR2,
  Register.STRTAB_BASE,
  Register.STRTAB_BASE + 4,
  Register.STRTAB_BASE_CFG,
];

/** Emulated devices. */
export class EmulatedStreams {
  readonly vsids = new Set<number>();
  #smmu!: Smmu;
  readonly #hidden: number;
  /** The bytes of the core's command ring while it takes a command from there. */
  #command: Uint8Array | undefined;
  readonly #events = new Uint8Array(RING.entries * EVENT_BYTES);
  /** Invalidations have been left out while there was no device. */
  #stale = false;

  private constructor(
    private readonly id: VirtualId,
    private readonly registers: Registers,
    private readonly memory: GuestAccess,
    private readonly record: (words: EventWords, stalled: boolean) => void,
  ) {
    this.#hidden = Number((1n << BigInt(Math.min(id.oasBits, 52))) - HIDDEN_BYTES);
  }

  static async create(
    id: VirtualId,
    registers: Registers,
    memory: GuestAccess,
    record: (words: EventWords, stalled: boolean) => void,
  ): Promise<EmulatedStreams> {
    const streams = new EmulatedStreams(id, registers, memory, record);
    streams.#smmu = await streams.#makeCore();
    streams.reset();
    return streams;
  }

  /** Translates a transaction of an emulated device; its physical address is the guest's. */
  translate(transaction: Transaction): Translation {
    const result = this.#smmu.translate(transaction);
    this.#drain();
    return result;
  }

  /** Stalled transactions that have ended. */
  takeResumed(): Resumed[] {
    return this.#smmu.takeResumed();
  }

  add(vsid: number): void {
    this.vsids.add(vsid);
    if (!this.#stale) return;
    this.#stale = false;
    this.#send([BigInt(Opcode.CFGI_ALL), 31n]);
    this.#send([BigInt(Opcode.TLBI_NSNH_ALL), 0n]);
  }

  /** A command of the guest's, judged already. */
  command(words: NativeCommand): void {
    if (this.vsids.size === 0) this.#stale = true;
    else this.#send(words);
  }

  /** SMMUEN, GBPA, and what may only be written while SMMUEN is 0 stand as in the guest's registers. */
  follow(): void {
    const smmu = this.#smmu;
    const { registers } = this;
    const smmuen = registers.get(Register.CR0) & fieldBits(Cr0.SMMUEN);
    smmu.write32(Register.GBPA, (registers.get(Register.GBPA) | fieldBits(Gbpa.Update)) >>> 0);
    if (smmuen !== 0) for (const offset of MIRRORED) smmu.write32(offset, registers.get(offset));
    smmu.write32(Register.CR0, ENABLED | smmuen);
    this.#drain();
  }

  /** The guest's Event queue may have room for a transaction that waits to be told of. */
  retry(): void {
    this.#drain();
  }

  reset(): void {
    const smmu = this.#smmu;
    smmu.reset();
    smmu.write64(Register.CMDQ_BASE, BigInt(this.#hidden) | BigInt(RING.log2));
    smmu.write64(Register.EVENTQ_BASE, BigInt(this.#hidden + EVENTS_AT) | BigInt(RING.log2));
    smmu.write32(Register.CR0, ENABLED);
    this.#stale = false;
    this.follow();
  }

  dispose(): void {
    this.#smmu.dispose();
  }

  async #makeCore(): Promise<Smmu> {
    const [idr0, idr1, idr2, idr3, idr4, idr5] = this.id.idr;
    // ATS ends at the device: translated traffic of an emulated one does not come here.
    const ats = fieldBits(OPEN_FIELDS.ATS[1]);
    return Smmu.create({
      id: { idr0: (idr0 & ~ats) >>> 0, idr1, idr2, idr3, idr4, idr5, iidr: this.id.iidr, aidr: this.id.aidr },
      ram: [],
      timing: false,
      bus: {
        read: (address, into) => this.#read(address, into),
        write: (address, from) => this.#write(address, from),
        compareExchange64: (address, expected, value) =>
          this.memory.compareExchange(BigInt(address), expected, value),
      },
    });
  }

  #send(words: NativeCommand): void {
    const smmu = this.#smmu;
    const producer = RING.position(smmu.read32(Register.CMDQ_PROD));
    this.#command = new Uint8Array(RING.entries * COMMAND_BYTES);
    this.#command.set(new Uint8Array(new BigUint64Array(words).buffer), RING.slot(producer) * COMMAND_BYTES);
    try {
      smmu.write32(Register.CMDQ_PROD, RING.next(producer));
    } finally {
      this.#command = undefined;
    }
    this.#drain();
  }

  #read(address: number, into: Uint8Array): boolean {
    const at = address - this.#hidden;
    const command = this.#command;
    if (command !== undefined && at >= 0 && at + into.length <= command.length) {
      into.set(command.subarray(at, at + into.length));
      return true;
    }
    const bytes = this.memory.bytes(BigInt(address), into.length);
    if (bytes === undefined) return false;
    into.set(bytes);
    return true;
  }

  #write(address: number, from: Uint8Array): boolean {
    const at = address - this.#hidden - EVENTS_AT;
    // The core writes nothing but records: updates of tables compare first, and MSIs it has none.
    if (at < 0 || at + from.length > this.#events.length) return false;
    this.#events.set(from, at);
    return true;
  }

  /** Hands the core's records on. */
  #drain(): void {
    const smmu = this.#smmu;
    const producer = RING.position(smmu.read32(Register.EVENTQ_PROD));
    let at = RING.position(smmu.read32(Register.EVENTQ_CONS));
    if (at === producer) return;
    const view = new DataView(this.#events.buffer);
    for (; at !== producer; at = RING.next(at)) {
      const offset = RING.slot(at) * EVENT_BYTES;
      const [a, b, c, d] = [0, 8, 16, 24].map((n) => view.getBigUint64(offset + n, true));
      this.record([a, b, c, d], ((b >> 31n) & 1n) === 1n);
    }
    smmu.write32(Register.EVENTQ_CONS, producer);
  }
}
