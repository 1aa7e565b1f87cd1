/** One transaction on its way from a format into a row, with the checks that every format needs. */
import { CaptureError } from '../../base/capture-error.js';
import * as Flag from '../../../assembly/abi/flag.js';
import * as Request from '../../../assembly/abi/request.js';
import type { Rows, Times } from '../rows.js';
import { decimalText, hexText } from '../words.js';

const PAGE_BYTES = 4096;

/** Where a record stands, for messages. */
export interface Place {
  readonly name: string;
  readonly line: number;
  /** What is counted, where it is no line. */
  readonly unit?: string;
}

export class RowSink {
  iovaLo = 0;
  iovaHi = 0;
  streamId = 0;
  substreamId = 0;
  flags = 0;
  size = Request.DEFAULT_SIZE;
  /** -1: the stream's own. */
  requester = -1;
  timeLo = 0;
  timeHi = 0;
  times: Times = 'none';
  #lastLo = 0;
  #lastHi = 0;

  constructor(readonly place: Place) {}

  /** Every field as it is when a record says nothing of it. */
  clear(): void {
    this.streamId = 0;
    this.substreamId = 0;
    this.flags = 0;
    this.size = Request.DEFAULT_SIZE;
    this.requester = -1;
    this.timeLo = 0;
    this.timeHi = 0;
  }

  withSubstream(substreamId: number): void {
    this.substreamId = substreamId;
    this.flags |= Flag.SSV;
  }

  /** Writes the record into a row. */
  store(rows: Rows, row: number): void {
    if ((this.iovaLo & (PAGE_BYTES - 1)) + this.size > PAGE_BYTES) this.#refuseCrossing();
    if (this.times === 'arrival') this.#inOrder();
    rows.iovaWords[2 * row] = this.iovaLo;
    rows.iovaWords[2 * row + 1] = this.iovaHi;
    rows.streamId[row] = this.streamId;
    rows.substreamId[row] = this.substreamId;
    rows.flags[row] = this.flags;
    rows.size[row] = this.size;
    rows.requester[row] = this.requester < 0 ? this.streamId : this.requester;
    rows.arrivalWords[2 * row] = this.timeLo;
    rows.arrivalWords[2 * row + 1] = this.timeHi;
  }

  /** Refuses the record. */
  fail(field: string | undefined, problem: string): never {
    const { name, line, unit } = this.place;
    if (unit === undefined) throw new CaptureError(name, line, field, problem);
    throw new CaptureError(`${name}, ${unit} ${line}`, undefined, field, problem);
  }

  #inOrder(): void {
    const { timeLo, timeHi } = this;
    if (timeHi < this.#lastHi || (timeHi === this.#lastHi && timeLo < this.#lastLo)) {
      const last = decimalText(this.#lastLo, this.#lastHi);
      this.fail('arrival', `got ${decimalText(timeLo, timeHi)}, expected ${last} or more, the one before`);
    }
    this.#lastLo = timeLo;
    this.#lastHi = timeHi;
  }

  #refuseCrossing(): never {
    this.fail(
      'size',
      `got ${this.size} bytes at ${hexText(this.iovaLo, this.iovaHi)}, expected a transaction inside one 4 KiB page (split it in two)`,
    );
  }
}
