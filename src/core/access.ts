/** A table access as the core tells of it, for the embedder's `walkLatency`. One object for all calls: none is made on the way. */
import * as TableAccess from '../../assembly/abi/table-access.js';
import { integer } from '../base/check.js';
import type { WalkAccess } from './bus.js';

/** In the order of TableAccess of assembly/abi/. */
const WHAT = ['l1std', 'ste', 'l1cd', 'cd', 'stage1', 'stage2'] as const;

/** Most that `walkLatency` may give, in TCU cycles. */
const MAX_LATENCY = 2 ** 24 - 1;

/** The access at hand. */
export class Access implements WalkAccess {
  address = 0;
  bytes: 8 | 64 = 8;
  what: WalkAccess['what'] = 'ste';
  level = 0;
  write = false;
  streamId = 0;
  cycle = 0;

  set(address: number, what: number, level: number, streamId: number, cycle: number): void {
    const kind = what & ~TableAccess.WRITE;
    this.address = address;
    this.what = WHAT[kind];
    this.bytes = kind === TableAccess.STE || kind === TableAccess.CD ? 64 : 8;
    this.write = kind !== what;
    this.level = level;
    this.streamId = streamId;
    this.cycle = cycle;
  }

  /** Asks the embedder. @throws RangeError or TypeError when the answer is no latency */
  latencyFrom(walkLatency: (access: WalkAccess) => number): number {
    const cycles = walkLatency(this);
    if (Number.isInteger(cycles) && cycles >= 0 && cycles <= MAX_LATENCY) return cycles;
    return integer(cycles, `walkLatency of the access at 0x${this.address.toString(16)}`, 0, MAX_LATENCY);
  }
}
