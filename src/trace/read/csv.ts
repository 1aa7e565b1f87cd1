/** CSV: a header that names the columns, in any order, then one transaction a line (docs/traces.md). */
import { CaptureError } from '../../base/capture-error.js';
import { list } from '../../base/check.js';
import * as Flag from '../../../assembly/abi/flag.js';
import type { Bytes } from './bytes.js';
import { LineSource } from './line-source.js';
import { parseNumber, parsed } from './number.js';

/** The columns that a trace may have. */
export const COLUMNS = [
  'iova',
  'stream_id',
  'substream_id',
  'access',
  'size',
  'arrival',
  'gap',
  'requester',
  'privileged',
  'instruction',
] as const;

export type Column = (typeof COLUMNS)[number];

const COMMA = 0x2c;
const SPACE = 0x20;
const TAB = 0x09;
const QUOTE = 0x22;
const HASH = 0x23;
const SIZE_MAX = 4096;

export class CsvSource extends LineSource {
  readonly format = 'csv';
  #columns: readonly Column[] = [];

  /** Reads the header. */
  static async open(bytes: Bytes): Promise<CsvSource> {
    const source = new CsvSource(bytes);
    for (;;) {
      if (bytes.nextLine()) {
        if (bytes.buffer[bytes.start] === HASH) continue;
        source.#header();
        return source;
      }
      if (!(await bytes.more())) {
        throw new CaptureError(bytes.name, undefined, undefined, 'is empty, expected a CSV header with iova');
      }
    }
  }

  #header(): void {
    const names = this.bytes
      .text()
      .split(',')
      .map((name) =>
        name
          .trim()
          .replace(/^"(.*)"$/, '$1')
          .toLowerCase(),
      );
    names.forEach((name, i) => {
      if (!(COLUMNS as readonly string[]).includes(name))
        this.sink.fail(name, `is no column of a trace, expected ${list(COLUMNS)}`);
      if (names.indexOf(name) !== i) this.sink.fail(name, 'stands twice, expected each column once');
    });
    for (const needed of ['iova', 'stream_id']) {
      if (!names.includes(needed))
        this.sink.fail(needed, 'is missing, expected a header with iova and stream_id');
    }
    if (names.includes('arrival') && names.includes('gap'))
      this.sink.fail('gap', 'stands beside arrival, expected one of them');
    this.#columns = names as Column[];
    this.substreams = names.includes('substream_id');
    this.sink.times = names.includes('arrival') ? 'arrival' : names.includes('gap') ? 'gap' : 'none';
  }

  protected parse(): boolean {
    const { buffer, start, end } = this.bytes;
    if (buffer[start] === HASH) return false;
    const columns = this.#columns;
    this.sink.clear();
    let from = start;
    for (let i = 0; i < columns.length; i++) {
      if (from > end) this.sink.fail(columns[i], `is missing, expected ${columns.length} fields`);
      let to = buffer.indexOf(COMMA, from);
      if (to < 0 || to > end) to = end;
      this.#field(columns[i], buffer, from, to);
      from = to + 1;
    }
    if (from <= end) this.sink.fail(undefined, `has more than the header's ${columns.length} fields`);
    return true;
  }

  #field(column: Column, buffer: Uint8Array, from: number, to: number): void {
    let start = from;
    let end = to;
    while (start < end && blank(buffer[start])) start++;
    while (end > start && blank(buffer[end - 1])) end--;
    const { sink } = this;
    if (start === end && column !== 'iova' && column !== 'stream_id' && column !== 'arrival') return;
    switch (column) {
      case 'iova':
        this.#number(column, start, end, 0xffff_ffff, 'a 64-bit number such as 0xffffd000', true);
        sink.iovaLo = parsed.lo;
        sink.iovaHi = parsed.hi;
        break;
      case 'stream_id':
        sink.streamId = this.#number(column, start, end, 0xffff_ffff, 'a number below 2^32');
        break;
      case 'substream_id':
        sink.withSubstream(this.#number(column, start, end, 0xf_ffff, 'a number below 2^20'));
        break;
      case 'access':
        if (this.#write(start, end)) sink.flags |= Flag.WRITE;
        break;
      case 'size':
        sink.size = this.#number(column, start, end, SIZE_MAX, 'bytes from 1 to 4096');
        if (sink.size === 0) this.#refuse(column, start, end, 'bytes from 1 to 4096');
        break;
      case 'arrival':
      case 'gap':
        this.#number(column, start, end, 0xffff_ffff, 'a number of cycles', true);
        sink.timeLo = parsed.lo;
        sink.timeHi = parsed.hi;
        break;
      case 'requester':
        sink.requester = this.#number(column, start, end, 0xffff, 'a number below 2^16');
        break;
      case 'privileged':
        if (this.#flag(column, start, end)) sink.flags |= Flag.PRIVILEGED;
        break;
      case 'instruction':
        if (this.#flag(column, start, end)) sink.flags |= Flag.INSTRUCTION;
        break;
    }
  }

  #number(column: Column, start: number, end: number, most: number, expected: string, wide = false): number {
    const ok = parseNumber(this.bytes.buffer, start, end);
    if (!ok || (!wide && (parsed.hi !== 0 || parsed.lo > most))) this.#refuse(column, start, end, expected);
    return parsed.lo;
  }

  #write(start: number, end: number): boolean {
    const { buffer } = this.bytes;
    const first = buffer[start] | 0x20;
    if (end - start === 1 && (first === 0x72 || first === 0x77)) return first === 0x77;
    const word = this.bytes.text(start, end).toLowerCase();
    if (word !== 'read' && word !== 'write') this.#refuse('access', start, end, 'r or w');
    return word === 'write';
  }

  #flag(column: Column, start: number, end: number): boolean {
    const { buffer } = this.bytes;
    if (end - start === 1 && (buffer[start] === 0x30 || buffer[start] === 0x31))
      return buffer[start] === 0x31;
    const word = this.bytes.text(start, end).toLowerCase();
    if (word !== 'true' && word !== 'false') this.#refuse(column, start, end, '0 or 1');
    return word === 'true';
  }

  #refuse(column: Column, start: number, end: number, expected: string): never {
    const text = this.bytes.text(start, Math.min(end, start + 60));
    this.sink.fail(column, `got ${text === '' ? 'nothing' : `'${text}'`}, expected ${expected}`);
  }
}

function blank(byte: number): boolean {
  return byte === SPACE || byte === TAB || byte === QUOTE;
}
