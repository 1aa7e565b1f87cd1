/** Rows of batches through the device. */
import {
  type Batch,
  type BatchMemory,
  type BatchSummary,
  type ClosedLoop,
  type ColumnBatch,
  type OfferedRows,
  type RunSummary,
  summarise,
} from './batch.js';
import { big, integer, record } from '../base/check.js';
import type { Delivery } from './delivery.js';
import { latencyOfRows, NO_LATENCY } from '../stats/latency.js';
import type { EffectiveTiming } from '../config/timing-config.js';
import type { Timeline } from './timeline.js';
import type { Core } from '../core/exports.js';
import { crossing } from './request.js';

/** Rows of one call of the core: a long first call would stay in V8's baseline code to its end. */
const CHUNK_ROWS = 65536;
const U32 = 0xffff_ffff;
const MAX_CYCLE = (1n << 63n) - 1n;
const LOOP_FIELDS = ['outstanding', 'minGap', 'requesters', 'firstOffer'] as const;

/** What bulk calls work on. */
export interface BulkParts {
  readonly core: Core;
  readonly batches: BatchMemory;
  readonly delivery: Delivery;
  /** Undefined: time is off. */
  readonly timeline: Timeline | undefined;
  readonly effectiveTiming: EffectiveTiming | false;
}

/** The bulk calls of one device. */
export class Bulk {
  constructor(private readonly parts: BulkParts) {}

  /** Rows [start, start + count). */
  translate(batch: Batch, count: number | undefined, start: number): BatchSummary {
    const { batches, timeline } = this.parts;
    const own = batches.own(batch);
    integer(start, 'start', 0, own.capacity);
    const rows = integer(count ?? own.capacity - start, 'count', 0, own.capacity - start);
    if (timeline === undefined) this.#runUntimed(own, start, rows);
    else refuseBad(own, timeline.batch(own, start, rows));
    return summarise(own, start, rows);
  }

  /** Rows up to their acceptance. */
  offer(batch: Batch, rows: OfferedRows): void {
    const { batches, timeline } = this.parts;
    record(rows, 'rows', ['start', 'count', ...LOOP_FIELDS]);
    const { start = 0 } = rows;
    const own = batches.own(batch);
    integer(start, 'rows.start', 0, own.capacity);
    const count = integer(rows.count ?? own.capacity - start, 'rows.count', 0, own.capacity - start);
    const loop = loopOf(rows);
    if (timeline === undefined) this.#runUntimed(own, start, count);
    else refuseBad(own, timeline.offer(own, start, count, loop));
  }

  /** Rows [0, count) as a closed loop. */
  run(batch: Batch, source: ClosedLoop, count: number | undefined): RunSummary {
    const { batches, timeline, effectiveTiming } = this.parts;
    record(source, 'source', LOOP_FIELDS);
    checkLoop(source, 'source');
    const own = batches.own(batch);
    const rows = integer(count ?? own.capacity, 'count', 0, own.capacity);
    let start: bigint | undefined;
    let end = 0n;
    if (timeline === undefined) this.#runUntimed(own, 0, rows);
    else {
      const done = timeline.loop(own, rows, source);
      refuseBad(own, done.result);
      start = done.start;
      end = lastCompletion(own, rows);
    }
    const outcome = summarise(own, 0, rows);
    return {
      ...outcome,
      start: start ?? 0n,
      end,
      cycles: start === undefined ? 0 : Number(end - start),
      transactions: rows,
      faults: rows - outcome.ok,
      latency: timeline === undefined ? NO_LATENCY : latencyOfRows(own, rows),
      effectiveTiming,
    };
  }

  #runUntimed(own: ColumnBatch, start: number, rows: number): void {
    const { core, delivery } = this.parts;
    const end = start + rows;
    for (let row = start; row < end;) {
      const done = core.translateBatch(own.offset, own.capacity, row, Math.min(CHUNK_ROWS, end - row));
      delivery.settleKeeping();
      if (done < 0) throw refusedRow(own, row - done - 1);
      row += done;
    }
  }
}

/** The closed loop that offered rows belong to; undefined: they come at their arrival times. */
function loopOf(rows: OfferedRows): ClosedLoop | undefined {
  const { outstanding } = rows;
  if (outstanding === undefined) {
    const stray = LOOP_FIELDS.find((field) => rows[field] !== undefined);
    if (stray !== undefined)
      throw new TypeError(`rows.${stray} is for a closed loop: it needs rows.outstanding`);
    return undefined;
  }
  const loop = { ...rows, outstanding };
  checkLoop(loop, 'rows');
  return loop;
}

function checkLoop(loop: ClosedLoop, name: string): void {
  integer(loop.outstanding, `${name}.outstanding`, 1, U32);
  integer(loop.minGap ?? 0, `${name}.minGap`, 0, U32);
  integer(loop.requesters ?? 1, `${name}.requesters`, 1, 65536);
  if (loop.firstOffer !== undefined) big(loop.firstOffer, `${name}.firstOffer`, 0n, MAX_CYCLE);
}

/** `result`: of the timeline. */
function refuseBad(own: ColumnBatch, result: number): void {
  if (result < 0) throw refusedRow(own, -result - 1);
}

/** The latest completion of rows [0, count). */
function lastCompletion({ completionWords }: ColumnBatch, count: number): bigint {
  let high = 0;
  let low = 0;
  for (let i = 0; i < 2 * count; i += 2) {
    const [l, h] = [completionWords[i], completionWords[i + 1]];
    if (h < high || (h === high && l <= low)) continue;
    high = h;
    low = l;
  }
  return (BigInt(high) << 32n) | BigInt(low);
}

/** Why the core would not take a row. */
function refusedRow(batch: ColumnBatch, row: number): RangeError {
  const size = batch.size[row];
  const iova = batch.iova[row];
  const reason = size > 4096 ? `size must be at most 4096, not ${size}` : crossing(iova, size);
  return new RangeError(`row ${row}: ${reason}`);
}
