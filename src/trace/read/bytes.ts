/** A stream of bytes seen through a window that grows only as far as one line or record. */
import { CaptureError } from '../../base/capture-error.js';

/** No line and no record of any format is longer; what is, is another kind of file. */
const LONGEST = 1 << 22;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;

/** Where the bytes of a trace come from: a file, standard input, or what a page has fetched. */
export interface ByteStream {
  readonly name: string;
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Between 0 and 1, by what has been read. */
  fraction?(): number;
  close?(): Promise<void>;
}

export class Bytes {
  buffer: Uint8Array = new Uint8Array(0);
  /** First byte that has not been taken. */
  at = 0;
  /** The line that {@link nextLine} found. */
  start = 0;
  end = 0;
  /** Its number, from 1. */
  line = 0;
  readonly name: string;

  readonly #iterator: AsyncIterator<Uint8Array>;
  #ended = false;
  #searched = 0;

  constructor(readonly stream: ByteStream) {
    this.name = stream.name;
    this.#iterator = stream.chunks[Symbol.asyncIterator]();
  }

  /** Bytes in the window. */
  get length(): number {
    return this.buffer.length - this.at;
  }

  /** The next whole line, without its end; false: the window holds none. Lines of blanks alone are none. */
  nextLine(): boolean {
    for (;;) {
      const { buffer, at } = this;
      let end = buffer.indexOf(NEWLINE, Math.max(at, this.#searched));
      if (end < 0) {
        this.#searched = buffer.length;
        if (!this.#ended || at === buffer.length) return false;
        end = buffer.length;
      }
      this.line++;
      this.at = Math.min(end + 1, buffer.length);
      this.start = at;
      this.end = end > at && buffer[end - 1] === RETURN ? end - 1 : end;
      if (!this.#blank()) return true;
    }
  }

  #blank(): boolean {
    let at = this.start;
    while (at < this.end && (this.buffer[at] === SPACE || this.buffer[at] === TAB)) at++;
    return at === this.end;
  }

  /** More bytes into the window; false: there are none. */
  async more(): Promise<boolean> {
    if (this.#ended) return false;
    const next = await this.#next();
    const rest = this.length;
    if (next === undefined) {
      this.#ended = true;
      // An unfinished last line is one too.
      return rest > 0;
    }
    if (rest > LONGEST) {
      throw new CaptureError(
        this.name,
        this.line + 1,
        undefined,
        `is longer than ${LONGEST} bytes, expected a trace`,
      );
    }
    if (rest === 0) {
      this.buffer = next;
    } else {
      const joined = new Uint8Array(rest + next.length);
      joined.set(this.buffer.subarray(this.at));
      joined.set(next, rest);
      this.buffer = joined;
    }
    this.at = 0;
    this.#searched = rest;
    return true;
  }

  /** Sees to it that `count` bytes are in the window; false: the stream ends before. */
  async need(count: number): Promise<boolean> {
    if (this.length >= count) return true;
    const parts = [this.buffer.subarray(this.at)];
    let have = this.length;
    while (have < count) {
      const next = this.#ended ? undefined : await this.#next();
      if (next === undefined) {
        this.#ended = true;
        break;
      }
      parts.push(next);
      have += next.length;
    }
    const joined = new Uint8Array(have);
    let at = 0;
    for (const part of parts) {
      joined.set(part, at);
      at += part.length;
    }
    this.buffer = joined;
    this.at = 0;
    this.#searched = 0;
    return have >= count;
  }

  /** The line as text. */
  text(start = this.start, end = this.end): string {
    return decoder.decode(this.buffer.subarray(start, end));
  }

  async close(): Promise<void> {
    await this.#iterator.return?.();
    await this.stream.close?.();
  }

  async #next(): Promise<Uint8Array | undefined> {
    try {
      for (;;) {
        const next: IteratorResult<Uint8Array, unknown> = await this.#iterator.next();
        if (next.done === true) return undefined;
        if (next.value.length > 0) return next.value;
      }
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const problem = code?.startsWith('Z_') ? `not valid gzip (${message})` : `cannot be read (${message})`;
      throw new CaptureError(this.name, undefined, undefined, problem);
    }
  }
}

const decoder = new TextDecoder();
