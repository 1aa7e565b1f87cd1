/** One protobuf message, field by field (protobuf.dev, Encoding). Only what packet traces use. */
import { bigOf } from '../words.js';
import type { RowSink } from './row-sink.js';

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;
const decoder = new TextDecoder();

export class Message {
  /** Number of the field that {@link next} came to. */
  field = 0;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;
  #lo = 0;
  #hi = 0;
  #start = 0;
  #sink: RowSink | undefined;

  set(bytes: Uint8Array, start: number, end: number, sink: RowSink | undefined): void {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    this.#sink = sink;
  }

  /** To the next field; false: there is none. */
  next(): boolean {
    if (this.#at >= this.#end) return false;
    this.#varint();
    this.field = this.#lo >>> 3;
    const kind = this.#lo & 7;
    if (kind === VARINT) this.#varint();
    else if (kind === FIXED64) this.#skip(8);
    else if (kind === FIXED32) this.#skip(4);
    else if (kind === LENGTH) {
      this.#varint();
      this.#skip(this.#lo);
    } else this.#fail(`field ${this.field} has wire type ${kind}, expected 0, 1, 2 or 5`);
    return true;
  }

  /** Value of a number. */
  big(): bigint {
    return this.#hi === 0 ? BigInt(this.#lo) : bigOf(this.#lo, this.#hi);
  }

  text(): string {
    return decoder.decode(this.#bytes.subarray(this.#start, this.#at));
  }

  nested(): Message {
    const inner = new Message();
    inner.set(this.#bytes, this.#start, this.#at, this.#sink);
    return inner;
  }

  #skip(bytes: number): void {
    this.#start = this.#at;
    this.#at += bytes;
    if (this.#at > this.#end) this.#fail('ends inside a field');
  }

  #varint(): void {
    let lo = 0;
    let hi = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.#at >= this.#end) this.#fail('ends inside a number');
      const byte = this.#bytes[this.#at++];
      const bits = byte & 0x7f;
      if (shift < 28) lo |= bits << shift;
      else if (shift === 28) {
        lo |= bits << 28;
        hi |= bits >>> 4;
      } else if (shift < 63) hi |= bits << (shift - 32);
      else hi |= (bits & 1) << 31;
      if (byte < 0x80) {
        this.#lo = lo >>> 0;
        this.#hi = hi >>> 0;
        return;
      }
    }
    this.#fail('has a number of more than 64 bits');
  }

  #fail(problem: string): never {
    const sentence = `${problem}, expected a protobuf message`;
    const sink: RowSink | undefined = this.#sink;
    if (sink === undefined) throw new RangeError(sentence);
    return sink.fail(undefined, sentence);
  }
}
