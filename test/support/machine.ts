// A machine for the conformance tests: an SMMU with RAM at 0x4000_0000, its tables and queues at fixed places, driven only
// through registers, guest memory and the command queue, as software would.
import { expect } from '@jest/globals';
import {
  Smmu,
  type Bus,
  type Resumed,
  type SmmuOptions,
  type Transaction,
  type Translation,
} from '../../src/index.js';
import { cd, ste, type CdFields, type Command, type SteFields } from './encode.js';
import { hex, record, type Fault, type Record4 } from './events.js';
import { Tables, type TableOptions } from './tables.js';

export const RAM = 0x4000_0000n;
export const RAM_BYTES = 16 << 20;
/** No RAM window and no bus: an access here is an external abort. */
export const HOLE = 0x2000_0000n;

const CMDQ = RAM;
const CMDQ_LOG2 = 7;
const EVENTQ = RAM + 0x2000n;
const STREAM_TABLE = RAM + 0x1_0000n;
const STREAM_TABLE_LOG2 = 8;
const FREE = RAM + 0x10_0000n;

/** Registers by offset from page 0 (IHI 0070 §6.2). */
export const R = {
  IDR0: 0x00,
  IDR1: 0x04,
  IDR3: 0x0c,
  IDR5: 0x14,
  CR0: 0x20,
  CR0ACK: 0x24,
  CR1: 0x28,
  CR2: 0x2c,
  STATUSR: 0x40,
  GBPA: 0x44,
  IRQ_CTRL: 0x50,
  IRQ_CTRLACK: 0x54,
  GERROR: 0x60,
  GERRORN: 0x64,
  GERROR_IRQ_CFG0: 0x68,
  GERROR_IRQ_CFG1: 0x70,
  GERROR_IRQ_CFG2: 0x74,
  STRTAB_BASE: 0x80,
  STRTAB_BASE_CFG: 0x88,
  CMDQ_BASE: 0x90,
  CMDQ_PROD: 0x98,
  CMDQ_CONS: 0x9c,
  EVENTQ_BASE: 0xa0,
  EVENTQ_IRQ_CFG0: 0xb0,
  EVENTQ_IRQ_CFG1: 0xb8,
  EVENTQ_IRQ_CFG2: 0xbc,
  GATOS_CTRL: 0x100,
  GATOS_SID: 0x108,
  GATOS_ADDR: 0x110,
  GATOS_PAR: 0x118,
  EVENTQ_PROD: 0x100a8,
  EVENTQ_CONS: 0x100ac,
} as const;

export const SMMUEN = 1;
export const EVENTQEN = 4;
export const CMDQEN = 8;

/** Identification fields: [register, lowest bit, width] (IHI 0070 §6.3.1 to §6.3.6). */
const ID_FIELDS = {
  S2P: ['idr0', 0, 1],
  S1P: ['idr0', 1, 1],
  TTF: ['idr0', 2, 2],
  HTTU: ['idr0', 6, 2],
  Hyp: ['idr0', 9, 1],
  ASID16: ['idr0', 12, 1],
  MSI: ['idr0', 13, 1],
  SEV: ['idr0', 14, 1],
  ATOS: ['idr0', 15, 1],
  VMW: ['idr0', 17, 1],
  VMID16: ['idr0', 18, 1],
  CD2L: ['idr0', 19, 1],
  TTENDIAN: ['idr0', 21, 2],
  STALL_MODEL: ['idr0', 24, 2],
  TERM_MODEL: ['idr0', 26, 1],
  ST_LEVEL: ['idr0', 27, 2],
  SIDSIZE: ['idr1', 0, 6],
  SSIDSIZE: ['idr1', 6, 5],
  EVENTQS: ['idr1', 16, 5],
  CMDQS: ['idr1', 21, 5],
  ATTR_PERMS_OVR: ['idr1', 26, 1],
  ATTR_TYPES_OVR: ['idr1', 27, 1],
  HAD: ['idr3', 2, 1],
  XNX: ['idr3', 4, 1],
  FWB: ['idr3', 8, 1],
  STT: ['idr3', 9, 1],
  RIL: ['idr3', 10, 1],
  E0PD: ['idr3', 13, 1],
  EPAN: ['idr3', 17, 1],
  OAS: ['idr5', 0, 3],
  GRAN4K: ['idr5', 4, 1],
  GRAN16K: ['idr5', 5, 1],
  GRAN64K: ['idr5', 6, 1],
  DS: ['idr5', 7, 1],
  VAX: ['idr5', 10, 2],
  STALL_MAX: ['idr5', 16, 16],
} as const;
type IdName = 'idr0' | 'idr1' | 'idr3' | 'idr5';
export type Id = Partial<Record<keyof typeof ID_FIELDS, number>>;

/** 48-bit addresses and everything else as the model announces it; a test states what it needs beyond. */
const BASE_ID: Id = { OAS: 5, DS: 0, VAX: 0, SIDSIZE: 16, HTTU: 2, STT: 1 };
export const LPA_ID: Id = { OAS: 6, DS: 1, VAX: 1 };

/**
 * Time changes when a step happens, not what comes of it: the tests over this machine hold with a timing preset as they do
 * without one (`npm run conformance:timed`).
 */
export const TIMING = (process.env['CONFORMANCE_TIMING'] as SmmuOptions['timing'] | undefined) ?? false;

let announced: Record<IdName, number> | undefined;
async function announcedId(): Promise<Record<IdName, number>> {
  if (!announced) {
    const smmu = await Smmu.create({ ram: [{ base: RAM, size: 1 << 16 }], timing: false });
    announced = {
      idr0: smmu.read32(R.IDR0),
      idr1: smmu.read32(R.IDR1),
      idr3: smmu.read32(R.IDR3),
      idr5: smmu.read32(R.IDR5),
    };
    smmu.dispose();
  }
  return { ...announced };
}
export async function identification(id: Id = {}): Promise<Record<IdName, number>> {
  const out = await announcedId();
  for (const [name, value] of Object.entries({ ...BASE_ID, ...id })) {
    const [register, lsb, width] = ID_FIELDS[name as keyof typeof ID_FIELDS];
    const mask = 2 ** width - 1;
    out[register] = ((out[register] & ~(mask << lsb)) | (value << lsb)) >>> 0;
  }
  return out;
}

/** Room for everything a test uses, entries of one context shared by streams: what is missing was removed, not evicted. */
export const SPACIOUS: SmmuOptions['caches'] = (() => {
  const full = { entries: 256, ways: 'full', policy: 'lru' } as const;
  return {
    microTlb: full,
    mainTlb: { ...full, tag: 'context' },
    tcuTlb: full,
    configCache: full,
    walkCaches: { s1: [full, full, full, full], s2: [full, full, full, full] },
    ipaCache: full,
  };
})();

export interface MachineOptions {
  id?: Id;
  caches?: SmmuOptions['caches'];
  ram?: SmmuOptions['ram'];
  bus?: Bus;
  onMsi?: SmmuOptions['onMsi'];
  /** false: registers stay as reset left them. */
  enable?: boolean;
}

const DEFAULT_CACHES: SmmuOptions['caches'] = process.env.CONFORMANCE_CACHES === '1' ? SPACIOUS : false;

export class Machine {
  private free = FREE;
  private cmdProd = 0;

  private constructor(
    readonly smmu: Smmu,
    /** Wired interrupts and resumed transactions, in order. */
    readonly interrupts: string[],
    readonly resumed: Resumed[],
  ) {}

  static async create(options: MachineOptions = {}): Promise<Machine> {
    const interrupts: string[] = [];
    const resumed: Resumed[] = [];
    const smmu = await Smmu.create({
      id: await identification(options.id),
      timing: TIMING,
      ram: [{ base: RAM, size: RAM_BYTES }, ...(options.ram ?? [])],
      ...('caches' in options ? { caches: options.caches } : { caches: DEFAULT_CACHES }),
      ...(options.bus ? { bus: options.bus } : {}),
      ...(options.onMsi ? { onMsi: options.onMsi } : {}),
      onInterrupt: (source) => interrupts.push(source),
      onResume: (r) => resumed.push(r),
    });
    const machine = new Machine(smmu, interrupts, resumed);
    if (options.enable !== false) machine.enable();
    return machine;
  }

  // ---- memory ----
  alloc(bytes: number, align = bytes): bigint {
    const a = BigInt(Math.max(align, 64));
    const at = (this.free + a - 1n) & ~(a - 1n);
    this.free = at + BigInt(bytes);
    if (this.free > RAM + BigInt(RAM_BYTES)) throw new Error('the test machine ran out of RAM');
    return at;
  }
  words(pa: bigint, words: readonly bigint[]): void {
    words.forEach((w, i) => this.smmu.memory.write64(pa + BigInt(i) * 8n, w));
  }

  // ---- registers ----
  enable(cr0 = SMMUEN | EVENTQEN | CMDQEN): void {
    const s = this.smmu;
    s.write64(R.STRTAB_BASE, STREAM_TABLE);
    s.write32(R.STRTAB_BASE_CFG, STREAM_TABLE_LOG2);
    s.write64(R.CMDQ_BASE, CMDQ | BigInt(CMDQ_LOG2));
    s.write32(R.CMDQ_PROD, 0);
    s.write32(R.CMDQ_CONS, 0);
    this.cmdProd = 0;
    this.eventQueue(EVENTQ, 6);
    s.write32(R.CR2, 2); // RECINVSID
    this.cr0(cr0);
  }
  cr0(value: number): void {
    this.smmu.write32(R.CR0, value);
    expect(this.smmu.read32(R.CR0ACK)).toBe(value);
  }
  eventQueue(base: bigint, log2: number): void {
    this.smmu.write64(R.EVENTQ_BASE, base | BigInt(log2));
    this.smmu.write32(R.EVENTQ_PROD, 0);
    this.smmu.write32(R.EVENTQ_CONS, 0);
    this.eventBase = base;
    this.eventLog2 = log2;
  }
  private eventBase = EVENTQ;
  private eventLog2 = 6;

  // ---- commands ----
  /** Queues commands; whether they were consumed is the caller's to ask. */
  queue(...commands: Command[]): void {
    for (const command of commands) {
      this.words(CMDQ + BigInt(this.cmdProd & ((1 << CMDQ_LOG2) - 1)) * 16n, command);
      this.cmdProd = (this.cmdProd + 1) & ((2 << CMDQ_LOG2) - 1);
    }
    this.smmu.write32(R.CMDQ_PROD, this.cmdProd);
  }
  /** Queues commands and a CMD_SYNC, and checks that all were consumed without error. */
  command(...commands: Command[]): void {
    this.queue(...commands, [0x46n, 0n]);
    expect(this.commandState()).toEqual({ consumed: true, error: false });
  }
  commandState(): { consumed: boolean; error: boolean } {
    const cons = this.smmu.read32(R.CMDQ_CONS);
    return {
      consumed: (cons & 0xfffff) === this.cmdProd,
      error: ((this.smmu.read32(R.GERROR) ^ this.smmu.read32(R.GERRORN)) & 1) !== 0,
    };
  }
  /** Where command `index` of the queue stands, to rewrite it. */
  commandSlot(index: number): bigint {
    return CMDQ + BigInt(index & ((1 << CMDQ_LOG2) - 1)) * 16n;
  }

  // ---- configuration ----
  steAddress(sid: number): bigint {
    return STREAM_TABLE + BigInt(sid) * 64n;
  }
  ste(sid: number, fields: SteFields): void {
    this.words(this.steAddress(sid), ste({ V: 1, SHCFG: 1, ...fields }));
  }
  cd(pa: bigint, fields: CdFields): void {
    this.words(pa, cd(fields));
  }
  tables(options: TableOptions): Tables {
    return new Tables(this, options);
  }

  // ---- transactions and events ----
  translate(sid: number, iova: bigint, t: Partial<Transaction> = {}): Translation {
    return this.smmu.translate({ streamId: sid, iova, ...t });
  }
  /** The records in the Event queue, taken out. */
  events(): Record4[] {
    const mask = (2 << this.eventLog2) - 1;
    const prod = this.smmu.read32(R.EVENTQ_PROD);
    const cons = this.smmu.read32(R.EVENTQ_CONS);
    const out: Record4[] = [];
    let at = cons & mask;
    for (; at !== (prod & mask); at = (at + 1) & mask) {
      const pa = this.eventBase + BigInt(at & (mask >> 1)) * 32n;
      out.push([0n, 8n, 16n, 24n].map((o) => this.smmu.memory.read64(pa + o)) as Record4);
    }
    this.smmu.write32(R.EVENTQ_CONS, (at | (cons & 0x8000_0000)) >>> 0);
    return out;
  }
  /** Exactly these records, all 32 bytes of each. */
  expectEvents(...records: Record4[]): void {
    expect(this.events().map(hex)).toEqual(records.map(hex));
  }
  expectOk(sid: number, iova: bigint, pa: bigint, t: Partial<Transaction> = {}): Translation {
    const out = this.translate(sid, iova, t);
    expect({ status: out.status, pa: out.pa.toString(16), event: out.event?.name }).toEqual({
      status: 'ok',
      pa: pa.toString(16),
      event: undefined,
    });
    return out;
  }
  /** The transaction aborts and exactly one record is written, which is this one. */
  expectFault(type: number, fault: Fault, t: Partial<Transaction> = {}): void {
    const sid = fault.sid ?? 0;
    const out = this.translate(sid, fault.input ?? 0n, {
      ...(fault.ssid !== undefined ? { substreamId: fault.ssid } : {}),
      access: fault.write ? 'write' : 'read',
      instruction: fault.instruction ?? false,
      privileged: fault.privileged ?? false,
      ...t,
    });
    expect({ status: out.status, events: this.events().map(hex) }).toEqual({
      status: 'abort',
      events: [hex(record(type, fault))],
    });
  }
  /** The transaction aborts and nothing is recorded. */
  expectSilentAbort(sid: number, iova: bigint, t: Partial<Transaction> = {}): void {
    expect(this.translate(sid, iova, t).status).toBe('abort');
    this.expectEvents();
  }
}
