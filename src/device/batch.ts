/** Batches: columns in linear memory that the core reads and writes directly. */
import * as Column from '../../assembly/abi/column.js';
import * as Status from '../../assembly/abi/status.js';
import { integer, show } from '../base/check.js';
import { crossing } from './request.js';
import type { LatencySummary } from '../stats/latency.js';
import type { EffectiveTiming } from '../config/timing-config.js';
import type { CoreMemory } from '../core/core-memory.js';
import type { Rows } from '../core/rows.js';
import type { Translation } from './transaction.js';

/**
 * Columns in linear memory: write the inputs, call, read the outputs. `…Words` are the same bytes as u32 pairs, low word
 * first, which is several times as fast as making BigInts. The properties are getters, valid whenever they are read: a view
 * kept by the caller is dead after the lender of the memory has grown it.
 */
export interface Batch extends Rows {
  /** In: input addresses. */
  readonly iova: BigUint64Array;
  /** In: cycles; 0 is the default. In a closed loop: least gaps after the row before. Not looked at when timing is off. */
  readonly arrival: BigUint64Array;
  /** Out: physical address, meaningful when ok. */
  readonly pa: BigUint64Array;
  readonly paWords: Uint32Array;
  /** Out: STATUS_* in [7:0], event number in [15:8], log2 of the page size in [23:16], HIT_* in [31:24]. */
  readonly status: Uint32Array;
  /** Out: cycles; 0 when timing is off. */
  readonly accepted: BigUint64Array;
  readonly acceptedWords: Uint32Array;
  readonly translated: BigUint64Array;
  readonly translatedWords: Uint32Array;
  readonly completion: BigUint64Array;
  readonly completionWords: Uint32Array;
  /** Gives the rows' memory back to `createBatch`; the batch is of no use afterwards. */
  dispose(): void;
}

/** A closed-loop source of transactions: each new one is offered as soon as an old one has completed. */
export interface ClosedLoop {
  /** Transactions in flight at once, 1 or more. */
  readonly outstanding: number;
  /** Least number of cycles between two offers. Default 0. */
  readonly minGap?: number;
  /** Ordering ids that take turns, from 0 on, 1 to 65,536 of them. Default: the batch's column. */
  readonly requesters?: number;
  /** The cycle of the first offer; nothing is offered before `now`. Default: now, or where the loop that goes on has come to. */
  readonly firstOffer?: bigint;
}

/** Rows for `offer`: with `outstanding` as a closed loop, of which further calls go on; else at their arrival times. */
export interface OfferedRows extends Partial<ClosedLoop> {
  /** The first row. Default 0. */
  readonly start?: number;
  /** Default: all rows from `start` on. */
  readonly count?: number;
}

/** What a bulk call did. */
export interface BatchSummary {
  /** Rows done. */
  readonly count: number;
  readonly ok: number;
  readonly abort: number;
  readonly razWi: number;
  readonly stalled: number;
}

/** A row that did not end ok, and what became of it: the record of its event, the tag of its stall. */
export interface BatchFault {
  readonly row: number;
  readonly translation: Translation;
}

/** What `translateBatchFaults` did. */
export interface FaultedBatchSummary extends BatchSummary {
  /** In the order of the rows. */
  readonly faults: readonly BatchFault[];
}

/** What a closed loop did. Times are cycles, 0 when timing is off. */
export interface RunSummary extends BatchSummary {
  /** When the first transaction was offered. */
  readonly start: bigint;
  /** The last response. */
  readonly end: bigint;
  /** `end - start`, which is exact above 2^53 too. */
  readonly cycles: number;
  /** As `count`. */
  readonly transactions: number;
  /** Transactions that did not end ok. */
  readonly faults: number;
  /** Exact. */
  readonly latency: LatencySummary;
  /** The configuration with every value; false: timing is off. */
  readonly effectiveTiming: EffectiveTiming | false;
}

/** Bytes of linear memory that a batch of `capacity` rows takes. */
export function batchBytes(capacity: number): number {
  return Column.offset(Column.COUNT, capacity);
}

interface Columns {
  readonly iova: BigUint64Array;
  readonly streamId: Uint32Array;
  readonly substreamId: Uint32Array;
  readonly flags: Uint32Array;
  readonly size: Uint16Array;
  readonly requester: Uint16Array;
  readonly arrival: BigUint64Array;
  readonly pa: BigUint64Array;
  readonly status: Uint32Array;
  readonly accepted: BigUint64Array;
  readonly translated: BigUint64Array;
  readonly completion: BigUint64Array;
  readonly iovaWords: Uint32Array;
  readonly arrivalWords: Uint32Array;
  readonly paWords: Uint32Array;
  readonly acceptedWords: Uint32Array;
  readonly translatedWords: Uint32Array;
  readonly completionWords: Uint32Array;
}

/** A batch of one device. */
export class ColumnBatch implements Batch {
  #buffer: ArrayBufferLike | undefined;
  #views!: Columns;
  #alive = true;

  /** `offset`: from the core base. */
  constructor(
    readonly owner: BatchMemory,
    readonly offset: number,
    readonly capacity: number,
  ) {}

  get iova(): BigUint64Array {
    return this.#columns().iova;
  }
  get iovaWords(): Uint32Array {
    return this.#columns().iovaWords;
  }
  get streamId(): Uint32Array {
    return this.#columns().streamId;
  }
  get substreamId(): Uint32Array {
    return this.#columns().substreamId;
  }
  get flags(): Uint32Array {
    return this.#columns().flags;
  }
  get size(): Uint16Array {
    return this.#columns().size;
  }
  get requester(): Uint16Array {
    return this.#columns().requester;
  }
  get arrival(): BigUint64Array {
    return this.#columns().arrival;
  }
  get arrivalWords(): Uint32Array {
    return this.#columns().arrivalWords;
  }
  get pa(): BigUint64Array {
    return this.#columns().pa;
  }
  get paWords(): Uint32Array {
    return this.#columns().paWords;
  }
  get status(): Uint32Array {
    return this.#columns().status;
  }
  get accepted(): BigUint64Array {
    return this.#columns().accepted;
  }
  get acceptedWords(): Uint32Array {
    return this.#columns().acceptedWords;
  }
  get translated(): BigUint64Array {
    return this.#columns().translated;
  }
  get translatedWords(): Uint32Array {
    return this.#columns().translatedWords;
  }
  get completion(): BigUint64Array {
    return this.#columns().completion;
  }
  get completionWords(): Uint32Array {
    return this.#columns().completionWords;
  }

  /** Whether its rows are still its own. */
  get alive(): boolean {
    return this.#alive;
  }

  dispose(): void {
    if (!this.#alive) return;
    this.owner.release(this);
    this.#alive = false;
  }

  #columns(): Columns {
    if (!this.#alive) throw new TypeError('this batch has been disposed of');
    const { buffer } = this.owner.core.memory;
    if (this.#buffer !== buffer) {
      this.#views = this.#makeColumns(buffer);
      this.#buffer = buffer;
    }
    return this.#views;
  }

  #makeColumns(buffer: ArrayBuffer): Columns {
    const rows = this.capacity;
    const at = (column: number): number => this.owner.core.base + this.offset + Column.offset(column, rows);
    const wide = (column: number): BigUint64Array => new BigUint64Array(buffer, at(column), rows);
    const pairs = (column: number): Uint32Array => new Uint32Array(buffer, at(column), 2 * rows);
    const words = (column: number): Uint32Array => new Uint32Array(buffer, at(column), rows);
    const halves = (column: number): Uint16Array => new Uint16Array(buffer, at(column), rows);
    return {
      iova: wide(Column.IOVA),
      iovaWords: pairs(Column.IOVA),
      streamId: words(Column.STREAM),
      substreamId: words(Column.SUBSTREAM),
      flags: words(Column.FLAGS),
      size: halves(Column.SIZE),
      requester: halves(Column.REQUESTER),
      arrival: wide(Column.ARRIVAL),
      arrivalWords: pairs(Column.ARRIVAL),
      pa: wide(Column.PA),
      paWords: pairs(Column.PA),
      status: words(Column.STATUS),
      accepted: wide(Column.ACCEPTED),
      acceptedWords: pairs(Column.ACCEPTED),
      translated: wide(Column.TRANSLATED),
      translatedWords: pairs(Column.TRANSLATED),
      completion: wide(Column.COMPLETION),
      completionWords: pairs(Column.COMPLETION),
    };
  }
}

/** The part of the core's region that batches live in: first fit. */
export class BatchMemory {
  #batches: ColumnBatch[] = [];

  /** `start` and `bytes` of the part, from the core base. */
  constructor(
    readonly core: CoreMemory,
    private readonly start: number,
    private readonly bytes: number,
    /** Called before a batch is given back: the core may still write into it. */
    private readonly beforeRelease: (batch: ColumnBatch) => void,
  ) {}

  /** @throws RangeError when no gap is large enough */
  create(capacity: number): ColumnBatch {
    integer(capacity, 'capacity', 1, 2 ** 24);
    const wanted = batchBytes(capacity);
    let at = this.start;
    let index = 0;
    for (const batch of this.#batches) {
      if (batch.offset - at >= wanted) break;
      at = batch.offset + batchBytes(batch.capacity);
      index++;
    }
    const room = (this.#batches[index]?.offset ?? this.start + this.bytes) - at;
    if (wanted > room) {
      const left =
        this.#batches.length === 0 ? 'there are' : 'no gap between the other batches is so large in the';
      throw new RangeError(
        `capacity ${capacity} takes ${wanted} bytes, but ${left} ${this.bytes} bytes of the option batchBytes`,
      );
    }
    const batch = new ColumnBatch(this, at, capacity);
    this.core.slice(at, wanted).fill(0);
    this.#batches.splice(index, 0, batch);
    return batch;
  }

  release(batch: ColumnBatch): void {
    this.beforeRelease(batch);
    this.#batches = this.#batches.filter((other) => other !== batch);
  }

  /** The batch as this device's own. @throws TypeError */
  own(batch: Batch): ColumnBatch {
    if (!(batch instanceof ColumnBatch))
      throw new TypeError(`batch must come from createBatch, not be ${show(batch)}`);
    if (batch.owner !== this)
      throw new TypeError('batch must come from createBatch of this device, not of another');
    if (!batch.alive) throw new TypeError('this batch has been disposed of');
    return batch;
  }
}

/** Counts the outcomes of rows [start, start + count). */
export function summarise(batch: ColumnBatch, start: number, count: number): BatchSummary {
  const { status } = batch;
  const outcomes = [0, 0, 0, 0, 0];
  const end = start + count;
  let row = start;
  let ok = 0;
  // Nearly every row of nearly every batch is ok: four at a time.
  for (; row + 4 <= end; row += 4) {
    const any = status[row] | status[row + 1] | status[row + 2] | status[row + 3];
    if ((any & 0xff) === Status.OK) ok += 4;
    else for (let i = row; i < row + 4; i++) outcomes[status[i] & 0xff]++;
  }
  for (; row < end; row++) outcomes[status[row] & 0xff]++;
  return {
    count,
    ok: ok + outcomes[Status.OK],
    abort: outcomes[Status.ABORT],
    razWi: outcomes[Status.RAZ_WI],
    stalled: outcomes[Status.STALLED],
  };
}

const PAGE = 4096;

/** Why the core would not take a row. `latest`: cycle at which a transaction may come, with time on. */
export function refusedRow(batch: ColumnBatch, row: number, latest?: bigint): RangeError {
  const size = batch.size[row];
  const iova = batch.iova[row];
  const reason =
    size > PAGE
      ? `size must be at most ${PAGE}, not ${size}`
      : latest === undefined || Number(iova % BigInt(PAGE)) + size > PAGE
        ? crossing(iova, size)
        : `arrival ${batch.arrival[row]} leads beyond cycle ${latest}, the last at which a transaction may come`;
  return new RangeError(`row ${row}: ${reason}`);
}
