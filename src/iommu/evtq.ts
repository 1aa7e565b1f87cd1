/** The Event queue's consumer (IHI 0070 §3.5, §7.2): records are taken out, decoded and handed on. */
import * as ArchEventRecord from '../../assembly/arch/event-record.js';
import * as Register from '../../assembly/arch/register.js';
import { decodeEvent, type EventRecord } from '../inspect/event.js';
import type { SmmuHardware } from './hardware-port.js';
import type { PagePool } from './alloc/pages.js';
import { RingIndex } from './ring.js';

const WRITE_ALLOCATE = 1n << 62n;
/** EVENTQ_PROD.OVFLG and EVENTQ_CONS.OVACKFLG */
const OVERFLOW = 0x8000_0000;

/** The driver's end of the Event queue. */
export class EventQueue {
  readonly base: bigint;
  readonly #ring: RingIndex;
  #draining = false;

  constructor(
    private readonly smmu: SmmuHardware,
    pool: PagePool,
    log2: number,
    private readonly onRecord: (record: EventRecord) => void,
    private readonly onOverflow: () => void,
  ) {
    this.#ring = new RingIndex(log2);
    const bytes = this.#ring.entries * ArchEventRecord.BYTES;
    this.base = pool.alloc(bytes, bytes);
  }

  /** Tells the SMMU where the queue is; EVENTQEN is 0. */
  install(): void {
    this.smmu.write64(Register.EVENTQ_BASE, WRITE_ALLOCATE | this.base | BigInt(this.#ring.log2));
    this.smmu.write32(Register.EVENTQ_PROD, 0);
    this.smmu.write32(Register.EVENTQ_CONS, 0);
  }

  /**
   * Takes out every record until the queue is empty, those included that a handler of a record causes.
   * @returns how many
   * @throws what a handler threw first, after all have been handed on
   */
  drain(): number {
    // An interrupt inside a handler: the loop that called it looks again.
    if (this.#draining) return 0;
    this.#draining = true;
    let count = 0;
    let failed = false;
    let first: unknown;
    try {
      for (let records = this.#takeOut(); records.length > 0; records = this.#takeOut()) {
        count += records.length;
        for (const record of records) {
          try {
            this.onRecord(record);
          } catch (error) {
            if (!failed) first = error;
            failed = true;
          }
        }
      }
    } finally {
      this.#draining = false;
    }
    if (failed) throw first;
    return count;
  }

  /** Copies what is there and frees its room before anybody acts on it. */
  #takeOut(): EventRecord[] {
    const { smmu } = this;
    const producer = smmu.read32(Register.EVENTQ_PROD);
    const consumer = smmu.read32(Register.EVENTQ_CONS);
    const end = this.#ring.position(producer);
    const records: EventRecord[] = [];
    let at = this.#ring.position(consumer);
    for (; at !== end; at = this.#ring.next(at)) {
      const pa = this.base + BigInt(this.#ring.slot(at) * ArchEventRecord.BYTES);
      const { memory } = smmu;
      const words = [pa, pa + 8n, pa + 16n, pa + 24n].map((word) => memory.read64(word));
      records.push(decodeEvent(words as EventRecord['words']));
    }
    const overflowed = ((producer ^ consumer) & OVERFLOW) !== 0;
    // OVACKFLG follows OVFLG: a later overflow is told again.
    if (overflowed || records.length > 0)
      smmu.write32(Register.EVENTQ_CONS, (at | (producer & OVERFLOW)) >>> 0);
    if (overflowed) this.onOverflow();
    return records;
  }
}
