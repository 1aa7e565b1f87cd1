/** Writing piece by piece: into a file that has its name only when it is complete, or into something that takes bytes. */
import {
  chmodSync,
  chownSync,
  close,
  closeSync,
  constants,
  open,
  openSync,
  renameSync,
  rmSync,
  write,
  writeSync,
} from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { once } from 'node:events';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { createGzip, type Gzip } from 'node:zlib';
import { setTimeout as after } from 'node:timers/promises';
import { whenInterrupted } from './interruption.js';
import { STDERR, STDOUT, type Target } from './target.js';
import { ReaderGone, writeError } from './write-error.js';

/** Takes an output's bytes. */
export interface Sink {
  /** @throws WriteError, or ReaderGone of a standard stream */
  write(piece: Uint8Array | string): Promise<void>;
  /** All bytes are out; what is a file does not have its name yet. */
  finish(): Promise<void>;
  /** It has its name. After `finish`. */
  commit(): void;
  /** It will not be complete: nothing of it stays. */
  abandon(): void;
}

/** Opens `target` for `output`, the name that the caller gave it; compressed when that ends in .gz. */
export async function openSink(output: string, target: Target): Promise<Sink> {
  const sink = await openPlain(output, target);
  return output.endsWith('.gz') ? new PackedSink(sink) : sink;
}

async function openPlain(output: string, target: Target): Promise<Sink> {
  switch (target.kind) {
    case 'descriptor':
      return new StreamSink(output, target.descriptor, false);
    case 'node':
      try {
        // Waits for the reader of a FIFO, with signals let in.
        return new StreamSink(output, await promisify(open)(target.path, constants.O_WRONLY), true);
      } catch (error) {
        throw writeError(output, error, target.path);
      }
    case 'file':
      return new FileSink(output, target.path, target.before);
  }
}

/** Bytes of the name that is kept of a long one: 255 are allowed, and the process and the ending follow. */
const NAME_BYTES = 200;

class FileSink implements Sink {
  readonly #file: number;
  readonly #partial: string;
  readonly #withdraw: () => void;
  #open = true;
  #there = true;

  constructor(
    private readonly output: string,
    private readonly path: string,
    before: BigIntStats | undefined,
  ) {
    const name = Buffer.from(basename(path)).subarray(0, NAME_BYTES).toString();
    this.#partial = join(dirname(path), `${name}.${process.pid}.partial`);
    try {
      this.#file = openSync(this.#partial, 'w');
    } catch (error) {
      throw writeError(output, error, path);
    }
    this.#withdraw = whenInterrupted(() => this.abandon());
    if (before !== undefined) likeBefore(this.#partial, before);
  }

  write(piece: Uint8Array | string): Promise<void> {
    const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
    if (!this.#open) return Promise.resolve();
    try {
      for (let done = 0; done < bytes.length;) done += writeSync(this.#file, bytes, done);
    } catch (error) {
      return Promise.reject(writeError(this.output, error));
    }
    return Promise.resolve();
  }

  finish(): Promise<void> {
    this.#open = false;
    try {
      closeSync(this.#file); // where a network's file system says what it could not write
    } catch (error) {
      return Promise.reject(writeError(this.output, error));
    }
    return Promise.resolve();
  }

  commit(): void {
    try {
      renameSync(this.#partial, this.path);
    } catch (error) {
      throw writeError(this.output, error, this.path);
    }
    this.#there = false;
    this.#withdraw();
  }

  abandon(): void {
    this.#withdraw();
    if (this.#open) closeSync(this.#file);
    this.#open = false;
    if (this.#there) rmSync(this.#partial, { force: true });
    this.#there = false;
  }
}

/** Mode and owner of the file whose place it will take, as far as the process may give them. */
function likeBefore(path: string, { mode, uid, gid }: BigIntStats): void {
  try {
    if (uid !== BigInt(process.getuid?.() ?? -1)) chownSync(path, Number(uid), Number(gid));
    chmodSync(path, Number(mode) & 0o7777);
  } catch {
    // Not the owner: it is written as a new file of the process's own.
  }
}

/** How long to wait for room in a pipe that does not wait itself. */
const RETRY_MS = 5;

/** Asynchronous, since whoever reads may take long and a signal must come through meanwhile. */
class StreamSink implements Sink {
  #open = true;

  constructor(
    private readonly output: string,
    private readonly file: number,
    private readonly own: boolean,
  ) {}

  async write(piece: Uint8Array | string): Promise<void> {
    const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
    for (let done = 0; this.#open && done < bytes.length;) {
      try {
        done += (await promisify(write)(this.file, bytes, done)).bytesWritten;
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'EPIPE' && (this.file === STDOUT || this.file === STDERR)) throw new ReaderGone();
        if (code !== 'EAGAIN') throw writeError(this.output, error);
        await after(RETRY_MS);
      }
    }
  }

  async finish(): Promise<void> {
    this.#open = false;
    if (!this.own) return;
    try {
      await promisify(close)(this.file);
    } catch (error) {
      throw writeError(this.output, error);
    }
  }

  commit(): void {
    // What was written is there.
  }

  abandon(): void {
    if (this.own && this.#open) closeSync(this.file);
    this.#open = false;
  }
}

class PackedSink implements Sink {
  readonly #gzip: Gzip = createGzip({ level: 6 });
  /** Settles when all that the compressor gave has been written. */
  readonly #pumped: Promise<void>;
  #failed = false;

  constructor(private readonly to: Sink) {
    this.#pumped = this.#pump();
    this.#pumped.catch(() => (this.#failed = true));
  }

  async write(piece: Uint8Array | string): Promise<void> {
    if (this.#failed) await this.#pumped;
    if (piece.length > 0 && !this.#gzip.write(piece))
      await Promise.race([once(this.#gzip, 'drain'), this.#pumped]);
  }

  async finish(): Promise<void> {
    this.#gzip.end();
    await this.#pumped;
    await this.to.finish();
  }

  commit(): void {
    this.to.commit();
  }

  abandon(): void {
    this.#gzip.destroy();
    this.to.abandon();
  }

  async #pump(): Promise<void> {
    for await (const piece of this.#gzip as AsyncIterable<Uint8Array>) await this.to.write(piece);
  }
}
