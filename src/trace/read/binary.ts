/** The compact binary form (../binary-layout.ts). */
import * as Flag from '../../../assembly/abi/flag.js';
import * as Request from '../../../assembly/abi/request.js';
import { CaptureError } from '../../base/capture-error.js';
import {
  B_BLOCK_ROWS,
  B_HEADER_BYTES,
  B_NOTE,
  B_ROW_BYTES,
  B_ROWS,
  B_SUBSTREAMS,
  B_TIMES,
  B_VERSION,
  BINARY_VERSION,
  BLOCK_ROWS_MAX,
  MAGIC,
  ROW_BYTES,
  ROWS_UNKNOWN,
  TIMES,
} from '../binary-layout.js';
import { decimalText } from '../words.js';
import { columnsOf, type Rows, type Times, type TraceSource } from '../rows.js';
import type { Bytes } from './bytes.js';

const HEADER_MAX = 1 << 20;
const PAGE_BYTES = 4096;
const SUBSTREAM_MOST = 0xf_ffff;
/** Every flag of a transaction. */
const FLAGS =
  Flag.WRITE |
  Flag.INSTRUCTION |
  Flag.PRIVILEGED |
  Flag.SSV |
  Flag.TRANSLATED |
  Flag.SPECULATIVE |
  Flag.ATOMIC;

export class BinarySource implements TraceSource {
  readonly format = 'binary';
  readonly skipped = 0;
  times: Times = 'none';
  substreams = false;
  total: number | undefined;
  #blockRows = 0;
  /** Rows of the current block, and how many of them have been given. */
  #rows = 0;
  #given = 0;
  #row = 0;
  #block = new Uint8Array(0);
  /** The last arrival. */
  #lastLo = 0;
  #lastHi = 0;

  private constructor(private readonly bytes: Bytes) {}

  /** Reads the header. */
  static async open(bytes: Bytes): Promise<BinarySource> {
    const source = new BinarySource(bytes);
    await source.#header();
    return source;
  }

  get name(): string {
    return this.bytes.name;
  }

  get fraction(): number {
    return this.bytes.stream.fraction?.() ?? 0;
  }

  async fill(rows: Rows, limit: number): Promise<number> {
    let count = 0;
    while (count < limit) {
      if (this.#given === this.#rows && !(await this.#nextBlock())) break;
      const take = Math.min(limit - count, this.#rows - this.#given);
      this.#copy(columnsOf(rows), count, take);
      this.#given += take;
      this.#row += take;
      count += take;
    }
    return count;
  }

  close(): Promise<void> {
    return this.bytes.close();
  }

  async #header(): Promise<void> {
    const { bytes } = this;
    if (!(await bytes.need(B_NOTE)))
      this.#fail('header', 'ends inside its header, expected 64 bytes or more');
    const view = new DataView(bytes.buffer.buffer, bytes.buffer.byteOffset + bytes.at, B_NOTE);
    const word = (at: number): number => view.getUint32(at, true);
    if (!MAGIC.every((byte, i) => view.getUint8(i) === byte)) this.#fail('magic', 'expected "SMMUTRC"');
    if (word(B_VERSION) !== BINARY_VERSION)
      this.#fail('version', `got ${word(B_VERSION)}, expected ${BINARY_VERSION}`);
    const length = word(B_HEADER_BYTES);
    if (length < B_NOTE || length > HEADER_MAX || length % 16 !== 0)
      this.#fail('header bytes', `got ${length}, expected a multiple of 16 from ${B_NOTE} to ${HEADER_MAX}`);
    if (word(B_ROW_BYTES) !== ROW_BYTES)
      this.#fail('row bytes', `got ${word(B_ROW_BYTES)}, expected ${ROW_BYTES}`);
    this.#blockRows = word(B_BLOCK_ROWS);
    if (this.#blockRows < 1 || this.#blockRows > BLOCK_ROWS_MAX)
      this.#fail('block rows', `got ${this.#blockRows}, expected 1 to ${BLOCK_ROWS_MAX}`);
    const times = TIMES[word(B_TIMES)];
    if (times === undefined) this.#fail('times', `got ${word(B_TIMES)}, expected 0, 1 or 2`);
    this.times = times;
    this.substreams = word(B_SUBSTREAMS) !== 0;
    const rows = view.getBigUint64(B_ROWS, true);
    if (rows !== ROWS_UNKNOWN) {
      if (rows > BigInt(Number.MAX_SAFE_INTEGER)) this.#fail('rows', `got ${rows}, expected less than 2^53`);
      this.total = Number(rows);
    }
    if (!(await bytes.need(length))) this.#fail('header', `ends inside its header, expected ${length} bytes`);
    bytes.at += length;
  }

  async #nextBlock(): Promise<boolean> {
    const { bytes } = this;
    const { total } = this;
    const expected = total === undefined ? this.#blockRows : Math.min(this.#blockRows, total - this.#row);
    if (expected === 0) {
      if (await bytes.need(1))
        this.#fail('rows', `has more bytes behind its last row, expected ${total} rows as its header says`);
      return false;
    }
    const rows = (await bytes.need(expected * ROW_BYTES)) ? expected : bytes.length / ROW_BYTES;
    const all = this.#row + rows;
    if (!Number.isInteger(rows))
      this.#fail(undefined, `ends inside row ${Math.floor(all)}, expected rows of ${ROW_BYTES} bytes`);
    if (total !== undefined && rows < expected)
      this.#fail('rows', `holds ${all} rows, expected ${total} as its header says`);
    // A copy: columns of 8 bytes want to be aligned.
    this.#block = bytes.buffer.slice(bytes.at, bytes.at + rows * ROW_BYTES);
    bytes.at += rows * ROW_BYTES;
    this.#rows = rows;
    this.#given = 0;
    return rows > 0;
  }

  #copy(to: Rows, at: number, count: number): void {
    const { buffer } = this.#block;
    const rows = this.#rows;
    const from = this.#given;
    const column = (offset: number, width: number): [ArrayBufferLike, number] => [
      buffer,
      offset * rows + from * width,
    ];
    to.iovaWords.set(new Uint32Array(...column(0, 8), 2 * count), 2 * at);
    to.streamId.set(new Uint32Array(...column(8, 4), count), at);
    to.substreamId.set(new Uint32Array(...column(12, 4), count), at);
    to.flags.set(new Uint32Array(...column(16, 4), count), at);
    to.size.set(new Uint16Array(...column(20, 2), count), at);
    to.requester.set(new Uint16Array(...column(22, 2), count), at);
    // Odd block lengths leave the 64-bit column aligned to 4 bytes: words are.
    to.arrivalWords.set(new Uint32Array(...column(24, 8), 2 * count), 2 * at);
    for (let i = at; i < at + count; i++) {
      const size = to.size[i] === 0 ? Request.DEFAULT_SIZE : to.size[i];
      if ((to.iovaWords[2 * i] & (PAGE_BYTES - 1)) + size > PAGE_BYTES) {
        this.#fail(
          'size',
          `of row ${this.#row + i - at} is ${size}, expected a transaction inside one 4 KiB page`,
        );
      }
    }
    this.#checkFlags(to, at, count);
    if (this.times === 'arrival') this.#inOrder(to.arrivalWords, at, count);
  }

  #checkFlags({ flags, substreamId }: Rows, at: number, count: number): void {
    for (let i = at; i < at + count; i++) {
      const unknown = (flags[i] & ~FLAGS) >>> 0;
      if (unknown !== 0)
        this.#fail(
          'flags',
          `of row ${this.#row + i - at} has 0x${unknown.toString(16)}, expected FLAG_* alone`,
        );
      if ((flags[i] & Flag.SSV) === 0) continue;
      if (!this.substreams)
        this.#fail(
          'flags',
          `of row ${this.#row + i - at} says SubstreamID, expected none as the header says`,
        );
      if (substreamId[i] > SUBSTREAM_MOST)
        this.#fail(
          'substream_id',
          `of row ${this.#row + i - at} is ${substreamId[i]}, expected a number below 2^20`,
        );
    }
  }

  #inOrder(words: Uint32Array, at: number, count: number): void {
    for (let i = at; i < at + count; i++) {
      const [lo, hi] = [words[2 * i], words[2 * i + 1]];
      if (hi < this.#lastHi || (hi === this.#lastHi && lo < this.#lastLo)) {
        const last = decimalText(this.#lastLo, this.#lastHi);
        this.#fail(
          'arrival',
          `of row ${this.#row + i - at} is ${decimalText(lo, hi)}, expected ${last} or more, the one before`,
        );
      }
      this.#lastLo = lo;
      this.#lastHi = hi;
    }
  }

  #fail(field: string | undefined, problem: string): never {
    throw new CaptureError(this.bytes.name, undefined, field, problem);
  }
}
