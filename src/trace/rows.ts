/** Rows of a trace: the input columns of a batch, so that what a reader writes is what the core reads. */
import type { Rows } from '../core/rows.js';

export type { Rows };

/** Rows that are read or fed at once. */
export const BLOCK_ROWS = 65536;

/** What the arrival column holds: nothing, cycles, or cycles since the previous row was accepted. */
export type Times = 'none' | 'arrival' | 'gap';

/** Columns in memory of their own. */
export function makeRows(capacity: number): Rows {
  return {
    capacity,
    iovaWords: new Uint32Array(2 * capacity),
    streamId: new Uint32Array(capacity),
    substreamId: new Uint32Array(capacity),
    flags: new Uint32Array(capacity),
    size: new Uint16Array(capacity),
    requester: new Uint16Array(capacity),
    arrivalWords: new Uint32Array(2 * capacity),
  };
}

/** The columns as they are now. A batch makes its views anew at every access, which costs too much in a loop over rows. */
export function columnsOf(rows: Rows): Rows {
  const { capacity, iovaWords, streamId, substreamId, flags, size, requester, arrivalWords } = rows;
  return { capacity, iovaWords, streamId, substreamId, flags, size, requester, arrivalWords };
}

/** Rows [start, start + count) as rows from 0 on. */
export function rowsFrom(rows: Rows, start: number, count: number): Rows {
  const { iovaWords, streamId, substreamId, flags, size, requester, arrivalWords } = rows;
  const end = start + count;
  return {
    capacity: count,
    iovaWords: iovaWords.subarray(2 * start, 2 * end),
    streamId: streamId.subarray(start, end),
    substreamId: substreamId.subarray(start, end),
    flags: flags.subarray(start, end),
    size: size.subarray(start, end),
    requester: requester.subarray(start, end),
    arrivalWords: arrivalWords.subarray(2 * start, 2 * end),
  };
}

/** Something that transactions come from, a block at a time. */
export interface TraceSource {
  /** For messages and results. */
  readonly name: string;
  /** Its format, or 'generator'. */
  readonly format: string;
  /** What the arrival column holds, known once the source is open. */
  readonly times: Times;
  /** Rows may have a SubstreamID. */
  readonly substreams: boolean;
  /** Rows in all, where that is known beforehand. */
  readonly total: number | undefined;
  /** Between 0 and 1, where `total` is not known. */
  readonly fraction: number;
  /** Records that are no transaction and were passed over. */
  readonly skipped: number;
  /**
   * Writes the next rows from row 0 on.
   * @returns how many; fewer than `limit` or 0 only at the end
   */
  fill(rows: Rows, limit: number): Promise<number>;
  /** Gives files back. */
  close(): Promise<void>;
}
