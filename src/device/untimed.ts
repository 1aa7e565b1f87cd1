/** The device with time off: whatever is given to it is answered before the call returns, and only counters of cycles run. */
import * as Header from '../../assembly/abi/header.js';
import * as Status from '../../assembly/abi/status.js';
import {
  type BatchFault,
  type BatchSummary,
  type ColumnBatch,
  type FaultedBatchSummary,
  refusedRow,
} from './batch.js';
import type { LookUpTime } from './look-up.js';
import type { CounterGroups } from './pmcg.js';
import { type LoopResult, type Time, type TimeParts, untilDone } from './time.js';
import type { Transaction } from './transaction.js';
import { NO_LATENCY } from '../stats/latency.js';
import type { TimingStats } from '../stats/timing-stats.js';
import { BLOCK_BYTES, checkTransaction, MAIN_BLOCK, readTranslation, writeRequest } from './request.js';

/** Rows of one call of the core: a long first call would stay in V8's baseline code to its end. */
const CHUNK_ROWS = 65536;
const NO_TIMES = { start: 0n, end: 0n, cycles: 0, latency: NO_LATENCY } as const;

/** Rows that did not end ok. */
interface Others {
  abort: number;
  razWi: number;
  stalled: number;
}

const noOthers = (): Others => ({ abort: 0, razWi: 0, stalled: 0 });

function summaryOf(count: number, others: Others): BatchSummary {
  return { count, ok: count - others.abort - others.razWi - others.stalled, ...others };
}

/** Time off. */
export class Untimed implements Time {
  constructor(
    private readonly parts: TimeParts,
    private readonly counters: CounterGroups,
  ) {}

  translate(transaction: Transaction): void {
    const { core, memory, tickets } = this.parts;
    const inputs = checkTransaction(transaction);
    const asked = transaction.arrival;
    const next = asked === undefined ? tickets.next(memory.count(Header.NOW)) : -1;
    const arrival = next < 0 ? tickets.arrival(asked, memory.get64(Header.NOW)) : next;
    writeRequest(memory, inputs, arrival);
    tickets.arrived(arrival);
    core.translate();
  }

  submit(transaction: Transaction): number {
    const { memory, tickets, delivery } = this.parts;
    this.translate(transaction);
    const ticket = tickets.issue();
    tickets.finish(ticket, memory.slice(MAIN_BLOCK, BLOCK_BYTES).slice());
    delivery.settleKeeping();
    return ticket;
  }

  /** A counter may end a look-up with an interrupt. */
  get care(): LookUpTime['care'] {
    return this.counters.use;
  }

  carefully(ask: () => number): number {
    return this.afterLookup(ask());
  }

  afterLookup(result: number): number {
    this.parts.delivery.settleKeeping();
    return result;
  }

  /** The core counts the rows that are not ok, so that no column has to be read again. */
  batch(batch: ColumnBatch, start: number, rows: number): BatchSummary {
    const { core, delivery } = this.parts;
    const { offset, capacity } = batch;
    const end = start + rows;
    const others = noOthers();
    for (let row = start; row < end;) {
      const done = core.translateBatch(offset, capacity, row, Math.min(CHUNK_ROWS, end - row));
      this.#takeOthers(others);
      delivery.settleKeeping();
      if (done < 0) throw refusedRow(batch, row - done - 1);
      row += done;
    }
    return summaryOf(rows, others);
  }

  batchFaults(batch: ColumnBatch, start: number, rows: number): FaultedBatchSummary {
    const { core, delivery, memory } = this.parts;
    const { offset, capacity } = batch;
    const others = noOthers();
    const faults: BatchFault[] = [];
    // A row at a time: its outcome stands in the main block until the next one.
    for (let row = start; row < start + rows; row++) {
      const done = core.translateBatch(offset, capacity, row, 1);
      this.#takeOthers(others);
      if (done < 0) throw refusedRow(batch, row);
      if ((batch.status[row] & 0xff) !== Status.OK)
        faults.push({ row, translation: readTranslation(memory, memory.base + MAIN_BLOCK) });
      delivery.settleKeeping();
    }
    return { ...summaryOf(rows, others), faults };
  }

  /** Adds the rows since it was asked last. */
  #takeOthers(others: Others): void {
    others.abort += this.#take(Status.ABORT);
    others.razWi += this.#take(Status.RAZ_WI);
    others.stalled += this.#take(Status.STALLED);
  }

  #take(status: number): number {
    const { memory } = this.parts;
    const at = Header.OUTCOMES + 4 * status;
    const count = memory.get32(at);
    if (count > 0) memory.set32(at, 0);
    return count;
  }

  offer(batch: ColumnBatch, start: number, rows: number): void {
    this.batch(batch, start, rows);
  }

  loop(batch: ColumnBatch, rows: number): LoopResult {
    return { ...NO_TIMES, outcome: this.batch(batch, 0, rows) };
  }

  get earliest(): bigint {
    return this.parts.memory.get64(Header.NOW);
  }

  beforeWrite(): bigint {
    return 0n;
  }

  settleWrite(): void {
    this.parts.delivery.settle();
  }

  advance(to: bigint): void {
    const { core, memory, delivery } = this.parts;
    untilDone(
      () => (memory.get64(Header.NOW) > to ? 1 : core.advanceTo(to)),
      () => delivery.settle(),
    );
  }

  finish(): void {
    // Nothing is ever on its way.
  }

  drain(): void {
    // Nor of a batch.
  }

  stats(): TimingStats | undefined {
    return undefined;
  }

  clear(): void {
    // It keeps nothing.
  }

  restored(): void {
    // As above.
  }
}
