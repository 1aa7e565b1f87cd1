/** Rows of batches through the device: their arguments checked, their outcomes counted. */
import type {
  Batch,
  BatchMemory,
  BatchSummary,
  ClosedLoop,
  ColumnBatch,
  FaultedBatchSummary,
  OfferedRows,
  RunSummary,
} from './batch.js';
import { big, integer, record } from '../base/check.js';
import { lastCycle } from '../config/resolve-timing.js';
import type { EffectiveTiming } from '../config/timing-config.js';
import type { Time } from './time.js';

const U32 = 0xffff_ffff;
const LOOP_FIELDS = ['outstanding', 'minGap', 'requesters', 'firstOffer'] as const;

/** The bulk calls of one device. */
export class Bulk {
  /** Latest first offer. */
  readonly #latest: bigint;

  constructor(
    private readonly batches: BatchMemory,
    private readonly time: Time,
    private readonly effectiveTiming: EffectiveTiming | false,
  ) {
    this.#latest = lastCycle(effectiveTiming);
  }

  /** Rows [start, start + count). */
  translate(batch: Batch, count: number | undefined, start: number): BatchSummary {
    const { own, rows } = this.#rows(batch, count, start);
    return this.time.batch(own, start, rows);
  }

  /** The same, with what became of the rows that faulted. */
  translateFaults(batch: Batch, count: number | undefined, start: number): FaultedBatchSummary {
    const { own, rows } = this.#rows(batch, count, start);
    return this.time.batchFaults(own, start, rows);
  }

  #rows(batch: Batch, count: number | undefined, start: number): { own: ColumnBatch; rows: number } {
    const own = this.batches.own(batch);
    integer(start, 'start', 0, own.capacity);
    return { own, rows: integer(count ?? own.capacity - start, 'count', 0, own.capacity - start) };
  }

  /** Rows up to their acceptance. */
  offer(batch: Batch, rows: OfferedRows): void {
    record(rows, 'rows', ['start', 'count', ...LOOP_FIELDS]);
    const { start = 0 } = rows;
    const own = this.batches.own(batch);
    integer(start, 'rows.start', 0, own.capacity);
    const count = integer(rows.count ?? own.capacity - start, 'rows.count', 0, own.capacity - start);
    this.time.offer(own, start, count, loopOf(rows, this.#latest));
  }

  /** Rows [0, count) as a closed loop. */
  run(batch: Batch, source: ClosedLoop, count: number | undefined): RunSummary {
    record(source, 'source', LOOP_FIELDS);
    checkLoop(source, 'source', this.#latest);
    const own = this.batches.own(batch);
    const rows = integer(count ?? own.capacity, 'count', 0, own.capacity);
    const { latency, outcome, ...times } = this.time.loop(own, rows, source);
    return {
      ...outcome,
      ...times,
      transactions: rows,
      faults: rows - outcome.ok,
      latency,
      effectiveTiming: this.effectiveTiming,
    };
  }
}

/** The closed loop that offered rows belong to; undefined: they come at their arrival times. */
function loopOf(rows: OfferedRows, latest: bigint): ClosedLoop | undefined {
  const { outstanding } = rows;
  if (outstanding === undefined) {
    const stray = LOOP_FIELDS.find((field) => rows[field] !== undefined);
    if (stray !== undefined)
      throw new TypeError(`rows.${stray} is for a closed loop: it needs rows.outstanding`);
    return undefined;
  }
  const loop = { ...rows, outstanding };
  checkLoop(loop, 'rows', latest);
  return loop;
}

function checkLoop(loop: ClosedLoop, name: string, latest: bigint): void {
  integer(loop.outstanding, `${name}.outstanding`, 1, U32);
  integer(loop.minGap ?? 0, `${name}.minGap`, 0, U32);
  integer(loop.requesters ?? 1, `${name}.requesters`, 1, 65536);
  if (loop.firstOffer !== undefined) big(loop.firstOffer, `${name}.firstOffer`, 0n, latest);
}
