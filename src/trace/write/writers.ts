/** Rows back into text or the binary form. A writer gives pieces; who calls it sees to where they go. */
import * as Flag from '../../../assembly/abi/flag.js';
import { InputError } from '../../base/capture-error.js';
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
  MAGIC,
  ROW_BYTES,
  ROWS_UNKNOWN,
  TIMES,
} from '../binary-layout.js';
import { oneOf } from '../../base/check.js';
import { BLOCK_ROWS, type Rows, type Times } from '../rows.js';
import { decimalText, hexText, isSafe } from '../words.js';

export const WRITE_FORMATS = ['csv', 'jsonl', 'binary'] as const;
export type WriteFormat = (typeof WRITE_FORMATS)[number];

/** What a writer needs to know beforehand. */
export interface Shape {
  readonly times: Times;
  readonly substreams: boolean;
  readonly total: number | undefined;
  /** Where the rows come from, for people. */
  readonly note: string;
}

export interface TraceWriter {
  /** What comes before the rows. */
  head(): Uint8Array;
  /** Rows [0, count); every call but the last has {@link BLOCK_ROWS}. */
  rows(rows: Rows, count: number): Uint8Array;
}

/** @throws RangeError or TypeError when `format` is none of {@link WRITE_FORMATS} */
export function makeWriter(format: WriteFormat, shape: Shape): TraceWriter {
  switch (oneOf(format, 'format', WRITE_FORMATS)) {
    case 'csv':
      return new CsvWriter(shape);
    case 'jsonl':
      return new JsonLinesWriter(shape);
    case 'binary':
      return new BinaryWriter(shape);
  }
}

const encoder = new TextEncoder();

function hex(words: Uint32Array, row: number): string {
  return hexText(words[2 * row], words[2 * row + 1]);
}

function decimal(words: Uint32Array, row: number): string {
  return decimalText(words[2 * row], words[2 * row + 1]);
}

/** A number, or above 2^53 a string: most programs read JSON's numbers as doubles. */
function jsonNumber(words: Uint32Array, row: number): number | string {
  const text = decimal(words, row);
  return isSafe(words[2 * row + 1]) ? Number(text) : text;
}

/** The flags that only the binary form has. */
const UNSPOKEN: readonly (readonly [number, string])[] = [
  [Flag.TRANSLATED, 'TRANSLATED'],
  [Flag.SPECULATIVE, 'SPECULATIVE'],
  [Flag.ATOMIC, 'ATOMIC'],
];

/** Text: nothing of a row is left out in silence. */
abstract class TextWriter implements TraceWriter {
  #before = 0;

  constructor(protected readonly shape: Shape) {}

  abstract head(): Uint8Array;

  /** @throws InputError for a row that has what no column says */
  rows(rows: Rows, count: number): Uint8Array {
    let text = '';
    for (let i = 0; i < count; i++) {
      const unspoken = UNSPOKEN.find(([flag]) => (rows.flags[i] & flag) !== 0)?.[1];
      if (unspoken !== undefined)
        throw new InputError(
          `row ${this.#before + i} is ${unspoken}, which no column of text says; expected the binary form`,
        );
      text += this.line(rows, i);
    }
    this.#before += count;
    return encoder.encode(text);
  }

  protected abstract line(rows: Rows, i: number): string;
}

class CsvWriter extends TextWriter {
  head(): Uint8Array {
    const { times, substreams } = this.shape;
    const columns = ['iova', 'stream_id', ...(substreams ? ['substream_id'] : []), 'access', 'size'];
    if (times !== 'none') columns.push(times);
    return encoder.encode(`${[...columns, 'requester', 'privileged', 'instruction'].join(',')}\n`);
  }

  protected line(rows: Rows, i: number): string {
    const { times, substreams } = this.shape;
    const flags = rows.flags[i];
    const substream = !substreams ? '' : (flags & Flag.SSV) === 0 ? ',' : `,${rows.substreamId[i]}`;
    const time = times === 'none' ? '' : `,${decimal(rows.arrivalWords, i)}`;
    const privileged = (flags & Flag.PRIVILEGED) === 0 ? 0 : 1;
    const instruction = (flags & Flag.INSTRUCTION) === 0 ? 0 : 1;
    return `${hex(rows.iovaWords, i)},${rows.streamId[i]}${substream},${(flags & Flag.WRITE) === 0 ? 'r' : 'w'},${rows.size[i] || 64}${time},${rows.requester[i]},${privileged},${instruction}\n`;
  }
}

class JsonLinesWriter extends TextWriter {
  head(): Uint8Array {
    return new Uint8Array(0);
  }

  protected line(rows: Rows, i: number): string {
    const { times } = this.shape;
    const flags = rows.flags[i];
    return `${JSON.stringify({
      iova: hex(rows.iovaWords, i),
      stream_id: rows.streamId[i],
      ...((flags & Flag.SSV) === 0 ? {} : { substream_id: rows.substreamId[i] }),
      access: (flags & Flag.WRITE) === 0 ? 'r' : 'w',
      size: rows.size[i] || 64,
      ...(times === 'none' ? {} : { [times]: jsonNumber(rows.arrivalWords, i) }),
      requester: rows.requester[i],
      ...((flags & Flag.PRIVILEGED) === 0 ? {} : { privileged: true }),
      ...((flags & Flag.INSTRUCTION) === 0 ? {} : { instruction: true }),
    })}\n`;
  }
}

class BinaryWriter implements TraceWriter {
  constructor(private readonly shape: Shape) {}

  head(): Uint8Array {
    const { times, substreams, total, note } = this.shape;
    const text = encoder.encode(note);
    const length = Math.ceil((B_NOTE + text.length) / 16) * 16;
    const bytes = new Uint8Array(length).fill(0x20, B_NOTE);
    const view = new DataView(bytes.buffer);
    bytes.set(MAGIC);
    view.setUint32(B_VERSION, BINARY_VERSION, true);
    view.setUint32(B_HEADER_BYTES, length, true);
    view.setBigUint64(B_ROWS, total === undefined ? ROWS_UNKNOWN : BigInt(total), true);
    view.setUint32(B_BLOCK_ROWS, BLOCK_ROWS, true);
    view.setUint32(B_ROW_BYTES, ROW_BYTES, true);
    view.setUint32(B_TIMES, TIMES.indexOf(times), true);
    view.setUint32(B_SUBSTREAMS, substreams ? 1 : 0, true);
    bytes.set(text, B_NOTE);
    return bytes;
  }

  rows(rows: Rows, count: number): Uint8Array {
    const bytes = new Uint8Array(count * ROW_BYTES);
    let at = 0;
    const column = (words: Uint32Array | Uint16Array, each: number): void => {
      const part = words.subarray(0, each * count);
      bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at);
      at += part.byteLength;
    };
    column(rows.iovaWords, 2);
    column(rows.streamId, 1);
    column(rows.substreamId, 1);
    column(rows.flags, 1);
    column(rows.size, 1);
    column(rows.requester, 1);
    column(rows.arrivalWords, 2);
    return bytes;
  }
}
