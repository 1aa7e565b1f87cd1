// Counter groups as a driver programs them. Offsets and bits are written from IHI 0070 §10.5 by hand; nothing here is the model's.
import type { Smmu } from '../../src/index.js';

export type Group = Smmu['pmcg'][number];

export const P = {
  EVCNTR0: 0x000,
  EVTYPER0: 0x400,
  SVR0: 0x600,
  SMR0: 0xa00,
  CNTENSET0: 0xc00,
  CNTENCLR0: 0xc20,
  INTENSET0: 0xc40,
  INTENCLR0: 0xc60,
  OVSCLR0: 0xc80,
  OVSSET0: 0xcc0,
  CAPR: 0xd88,
  SCR: 0xdf8,
  CFGR: 0xe00,
  CR: 0xe04,
  IIDR: 0xe08,
  CEID0: 0xe20,
  CEID1: 0xe28,
  IRQ_CTRL: 0xe50,
  IRQ_CTRLACK: 0xe54,
  IRQ_CFG0: 0xe58,
  IRQ_CFG1: 0xe60,
  IRQ_CFG2: 0xe64,
  IRQ_STATUS: 0xe68,
  AIDR: 0xe70,
  PMDEVARCH: 0xfbc,
  PMDEVTYPE: 0xfcc,
} as const;

export const SPAN = 2 ** 29;
export const OVFCAP = 2 ** 31;
const EVERY_STREAM = 0xffff_ffff;

/** Counters of one group, one event each, all streams unless a filter is given. */
export class Counters {
  private readonly stride: number;

  constructor(readonly group: Group) {
    this.stride = ((group.read32(P.CFGR) >>> 8) & 0x3f) > 31 ? 8 : 4;
  }

  /** Counter n counts `event` from 0 on; `type`: further bits of EVTYPER. The group is enabled. */
  count(n: number, event: number, { sid = EVERY_STREAM, type = SPAN, from = 0n } = {}): this {
    const { group } = this;
    group.write32(P.EVTYPER0 + 4 * n, (event | type) >>> 0);
    group.write32(P.SMR0 + 4 * n, sid);
    this.set(n, from);
    group.write64(P.CNTENSET0, 1n << BigInt(n));
    group.write32(P.CR, 1);
    return this;
  }
  /** The events on counters 0 and up. */
  countAll(...events: number[]): this {
    events.forEach((event, n) => this.count(n, event));
    return this;
  }
  set(n: number, value: bigint): void {
    if (this.stride === 8) this.group.write64(P.EVCNTR0 + 8 * n, value);
    else this.group.write32(P.EVCNTR0 + 4 * n, Number(value));
  }
  get(n: number): bigint {
    return this.array(P.EVCNTR0, n);
  }
  captured(n: number): bigint {
    return this.array(P.SVR0, n);
  }
  private array(first: number, n: number): bigint {
    return this.stride === 8 ? this.group.read64(first + 8 * n) : BigInt(this.group.read32(first + 4 * n));
  }
  /** Counters 0 to n - 1. */
  values(n: number): number[] {
    return Array.from({ length: n }, (_, i) => Number(this.get(i)));
  }
  /** Interrupts on overflow of these counters. */
  interruptOn(...counters: number[]): this {
    for (const n of counters) this.group.write64(P.INTENSET0, 1n << BigInt(n));
    this.group.write32(P.IRQ_CTRL, 1);
    return this;
  }
  get overflowed(): bigint {
    return this.group.read64(P.OVSSET0);
  }
}
