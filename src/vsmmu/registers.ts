/** The guest's registers: which bits exist, what reads back, what is guarded (IHI 0070 §6.3). Effects are the virtual SMMU's. */
import * as Cmdq from '../../assembly/arch/cmdq.js';
import * as Cr0 from '../../assembly/arch/cr0.js';
import * as Cr1 from '../../assembly/arch/cr1.js';
import * as Cr2 from '../../assembly/arch/cr2.js';
import * as Eventq from '../../assembly/arch/eventq.js';
import * as Gbpa from '../../assembly/arch/gbpa.js';
import * as Gerror from '../../assembly/arch/gerror.js';
import * as IdRegister from '../../assembly/arch/id-register.js';
import * as Implemented from '../../assembly/arch/implemented.js';
import * as IrqCtrl from '../../assembly/arch/irq-ctrl.js';
import * as Register from '../../assembly/arch/register.js';
import * as Ste from '../../assembly/arch/ste.js';
import * as Strtab from '../../assembly/arch/strtab.js';
import { maskOf, placed } from '../base/fields.js';
import { RingIndex } from '../iommu/ring.js';
import type { VirtualId } from './identification.js';

/** The bits of fields of a 32-bit register. */
export function fieldBits(...fields: number[]): number {
  return Number(fields.reduce((mask, at) => mask | maskOf(at), 0n));
}

const GERROR_KNOWN = Gerror.BIT_CMDQ_ERR | Gerror.BIT_EVENTQ_ABT_ERR | Gerror.BIT_SFM_ERR;
const GBPA_KNOWN = fieldBits(
  Gbpa.MemAttr,
  Gbpa.MTCFG,
  Gbpa.ALLOCCFG,
  Gbpa.SHCFG,
  Gbpa.PRIVCFG,
  Gbpa.INSTCFG,
  Gbpa.ABORT,
);
const TABLES = fieldBits(Cr1.TABLE_SH, Cr1.TABLE_OC, Cr1.TABLE_IC);
const QUEUES = fieldBits(Cr1.QUEUE_SH, Cr1.QUEUE_OC, Cr1.QUEUE_IC);
const SMMUEN = fieldBits(Cr0.SMMUEN);
const EVENTQEN = fieldBits(Cr0.EVENTQEN);
const CMDQEN = fieldBits(Cr0.CMDQEN);
/** RA or WA, bit 62 of the bases. */
const HINT = 1 << 30;
const BYTES = 0x200;
const PIDR = [
  Implemented.DEFAULT_PIDR0,
  Implemented.DEFAULT_PIDR1,
  Implemented.DEFAULT_PIDR2,
  Implemented.DEFAULT_PIDR3,
  Implemented.DEFAULT_PIDR4,
];
const CIDR = [IdRegister.CIDR0_VALUE, IdRegister.CIDR1_VALUE, IdRegister.CIDR2_VALUE, IdRegister.CIDR3_VALUE];

/** Registers that can be saved; all others follow from these and from the identification. */
const KEPT = {
  cr0: Register.CR0,
  cr1: Register.CR1,
  cr2: Register.CR2,
  gbpa: Register.GBPA,
  irqCtrl: Register.IRQ_CTRL,
  gerror: Register.GERROR,
  gerrorn: Register.GERRORN,
  strtabBaseLow: Register.STRTAB_BASE,
  strtabBaseHigh: Register.STRTAB_BASE + 4,
  strtabBaseCfg: Register.STRTAB_BASE_CFG,
  cmdqBaseLow: Register.CMDQ_BASE,
  cmdqBaseHigh: Register.CMDQ_BASE + 4,
  cmdqProd: Register.CMDQ_PROD,
  cmdqCons: Register.CMDQ_CONS,
  eventqBaseLow: Register.EVENTQ_BASE,
  eventqBaseHigh: Register.EVENTQ_BASE + 4,
} as const;

/** Register values by name. */
export type SavedRegisters = Record<keyof typeof KEPT | 'eventqProd' | 'eventqCons', number>;

/** One register file. */
export class Registers {
  readonly #values = new Uint32Array(BYTES / 4);
  readonly #peripheral = new Map<number, number>();
  eventqProd = 0;
  eventqCons = 0;

  constructor(
    private readonly id: VirtualId,
    /** GBPA.ABORT after reset. */
    private readonly resetAbort: boolean,
  ) {
    id.idr.forEach((value, n) => this.set(Register.IDR0 + 4 * n, value));
    this.set(Register.IIDR, id.iidr);
    this.set(Register.AIDR, id.aidr);
    const offsets: Readonly<Record<string, number>> = Register;
    PIDR.forEach((value, n) => this.#peripheral.set(offsets[`PIDR${n}`], value));
    CIDR.forEach((value, n) => this.#peripheral.set(offsets[`CIDR${n}`], value));
    this.reset();
  }

  /** As after a reset of the device. */
  reset(): void {
    this.#values.fill(0, Register.CR0 / 4);
    this.eventqProd = this.eventqCons = 0;
    const incoming = Number(placed(Gbpa.SHCFG, Ste.SHCFG_INCOMING));
    this.set(Register.GBPA, incoming | (this.resetAbort ? fieldBits(Gbpa.ABORT) : 0));
  }

  get(offset: number): number {
    return this.#values[offset >> 2];
  }

  set(offset: number, value: number): void {
    this.#values[offset >> 2] = value;
  }

  get64(offset: number): bigint {
    return BigInt(this.get(offset)) | (BigInt(this.get(offset + 4)) << 32n);
  }

  get smmuen(): boolean {
    return (this.get(Register.CR0) & SMMUEN) !== 0;
  }
  get eventqEnabled(): boolean {
    return (this.get(Register.CR0) & EVENTQEN) !== 0;
  }
  get cmdqEnabled(): boolean {
    return (this.get(Register.CR0) & CMDQEN) !== 0;
  }

  /** A queue's ring: the register reads back what was written, but counts at most as has been announced. */
  ring(queue: 'cmdq' | 'eventq'): RingIndex {
    const [base, most] =
      queue === 'cmdq'
        ? [Register.CMDQ_BASE, this.id.fields.CMDQS]
        : [Register.EVENTQ_BASE, this.id.fields.EVENTQS];
    return new RingIndex(Math.min(this.get(base) & fieldBits(Cmdq.BASE_LOG2SIZE), most));
  }

  /** Guest-physical address of the slot that `index` points at (§3.5.1). */
  slotAddress(queue: 'cmdq' | 'eventq', index: number, entryLog2: number): bigint {
    const ring = this.ring(queue);
    const base = this.get64(queue === 'cmdq' ? Register.CMDQ_BASE : Register.EVENTQ_BASE);
    const align = BigInt(Math.max(ring.log2 + entryLog2, 5));
    const start = ((base & 0x00ff_ffff_ffff_ffe0n) >> align) << align;
    return (start + (BigInt(ring.slot(index)) << BigInt(entryLog2))) & ((1n << BigInt(this.id.oasBits)) - 1n);
  }

  read(offset: number): number {
    if ((offset & 3) !== 0) return 0;
    if (offset < BYTES) {
      if (offset === Register.CMDQ_CONS)
        return this.get(offset) & (fieldBits(Cmdq.CONS_ERR) | (2 * this.ring('cmdq').entries - 1));
      return this.get(offset);
    }
    if (offset === Register.EVENTQ_PROD)
      return (this.eventqProd & (fieldBits(Eventq.PROD_OVFLG) | (2 * this.ring('eventq').entries - 1))) >>> 0;
    if (offset === Register.EVENTQ_CONS) return this.eventqCons;
    return this.#peripheral.get(offset) ?? 0;
  }

  /** Stores what a write leaves in the registers that have no effect beyond that, or of which the effect follows. */
  store(offset: number, value: number): void {
    const high = this.#highMask;
    switch (offset) {
      case Register.CR1: {
        let open = 0;
        if (!this.smmuen) open |= TABLES;
        if (!this.cmdqEnabled && !this.eventqEnabled) open |= QUEUES;
        return this.set(offset, (this.get(offset) & ~open) | (value & open));
      }
      case Register.CR2:
        if (!this.smmuen) this.set(offset, value & fieldBits(Cr2.RECINVSID));
        return;
      case Register.GBPA:
        // Update must be written as 1; it is done at once, and reads as 0 (§6.3.14).
        if ((value & fieldBits(Gbpa.Update)) !== 0) this.set(offset, value & GBPA_KNOWN);
        return;
      case Register.IRQ_CTRL: {
        const known = value & fieldBits(IrqCtrl.GERROR_IRQEN, IrqCtrl.EVENTQ_IRQEN);
        this.set(offset, known);
        return this.set(Register.IRQ_CTRLACK, known);
      }
      case Register.GERRORN:
        return this.set(offset, value & GERROR_KNOWN);
      case Register.STRTAB_BASE:
        return this.#guarded(SMMUEN, offset, value & 0xffff_ffc0);
      case Register.STRTAB_BASE + 4:
        return this.#guarded(SMMUEN, offset, value & (high | HINT));
      case Register.STRTAB_BASE_CFG:
        return this.#guarded(SMMUEN, offset, value & this.#strtabCfgMask);
      case Register.CMDQ_BASE:
        return this.#guarded(CMDQEN, offset, value);
      case Register.CMDQ_BASE + 4:
        return this.#guarded(CMDQEN, offset, value & (high | HINT));
      case Register.CMDQ_PROD:
        return this.set(offset, value & fieldBits(Cmdq.PROD_WR));
      case Register.CMDQ_CONS:
        return this.#guarded(CMDQEN, offset, value & fieldBits(Cmdq.CONS_ERR, Cmdq.CONS_RD));
      case Register.EVENTQ_BASE:
        return this.#guarded(EVENTQEN, offset, value);
      case Register.EVENTQ_BASE + 4:
        return this.#guarded(EVENTQEN, offset, value & (high | HINT));
      case Register.EVENTQ_PROD:
        if (!this.eventqEnabled)
          this.eventqProd = (value & fieldBits(Eventq.PROD_OVFLG, Eventq.PROD_WR)) >>> 0;
        return;
      case Register.EVENTQ_CONS:
        this.eventqCons = (value & fieldBits(Eventq.CONS_OVACKFLG, Eventq.CONS_RD)) >>> 0;
        return;
    }
  }

  /** CR0 and its acknowledge. @returns the value before */
  storeCr0(value: number): number {
    const before = this.get(Register.CR0);
    const now = value & (SMMUEN | EVENTQEN | CMDQEN | (this.id.fields.ATS === 1 ? fieldBits(Cr0.ATSCHK) : 0));
    this.set(Register.CR0, now);
    this.set(Register.CR0ACK, now);
    return before;
  }

  save(): SavedRegisters {
    const entries = Object.entries(KEPT).map(([name, offset]) => [name, this.get(offset)]);
    return {
      ...(Object.fromEntries(entries) as Record<keyof typeof KEPT, number>),
      eventqProd: this.eventqProd,
      eventqCons: this.eventqCons,
    };
  }

  restore(saved: SavedRegisters): void {
    for (const [name, offset] of Object.entries(KEPT)) this.set(offset, saved[name as keyof typeof KEPT]);
    this.set(Register.CR0ACK, saved.cr0);
    this.set(Register.IRQ_CTRLACK, saved.irqCtrl);
    this.eventqProd = saved.eventqProd;
    this.eventqCons = saved.eventqCons;
  }

  get #highMask(): number {
    return 2 ** (Math.min(this.id.oasBits, 52) - 32) - 1;
  }

  get #strtabCfgMask(): number {
    const size = fieldBits(Strtab.BASE_CFG_LOG2SIZE);
    if (this.id.fields.ST_LEVEL === 0) return size;
    return size | fieldBits(Strtab.BASE_CFG_SPLIT, Strtab.BASE_CFG_FMT);
  }

  #guarded(enable: number, offset: number, value: number): void {
    if ((this.get(Register.CR0) & enable) === 0) this.set(offset, value);
  }
}
