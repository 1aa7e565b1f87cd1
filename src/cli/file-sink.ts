/** Writing a file piece by piece. It has its name only when it is complete: nothing is left half written. */
import {
  closeSync,
  createWriteStream,
  openSync,
  renameSync,
  rmSync,
  writeSync,
  type WriteStream,
} from 'node:fs';
import { once } from 'node:events';
import { createGzip, type Gzip } from 'node:zlib';

export interface FileSink {
  write(piece: Uint8Array | string): Promise<void>;
  /** The file is complete. */
  finish(): Promise<void>;
  /** It will not be: nothing of it stays. */
  abandon(): void;
}

/** A file; compressed when its name ends in .gz. */
export function openSink(path: string): FileSink {
  return path.endsWith('.gz') ? new PackedSink(path) : new PlainSink(path);
}

class PlainSink implements FileSink {
  readonly #file: number;
  readonly #partial: string;
  #open = true;

  constructor(private readonly path: string) {
    this.#partial = partial(path);
    this.#file = openSync(this.#partial, 'w');
  }

  write(piece: Uint8Array | string): Promise<void> {
    const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
    for (let done = 0; done < bytes.length;) done += writeSync(this.#file, bytes, done);
    return Promise.resolve();
  }

  finish(): Promise<void> {
    closeSync(this.#file);
    this.#open = false;
    renameSync(this.#partial, this.path);
    return Promise.resolve();
  }

  abandon(): void {
    if (!this.#open) return;
    this.#open = false;
    closeSync(this.#file);
    rmSync(this.#partial, { force: true });
  }
}

class PackedSink implements FileSink {
  readonly #partial: string;
  readonly #gzip: Gzip;
  readonly #file: WriteStream;
  #open = true;

  constructor(private readonly path: string) {
    this.#partial = partial(path);
    // Opened at once, so that a wrong path is known before anything is computed.
    this.#file = createWriteStream(this.#partial, { fd: openSync(this.#partial, 'w') });
    this.#gzip = createGzip({ level: 6 });
    this.#gzip.pipe(this.#file);
  }

  async write(piece: Uint8Array | string): Promise<void> {
    if (piece.length > 0 && !this.#gzip.write(piece)) await once(this.#gzip, 'drain');
  }

  async finish(): Promise<void> {
    const closed = once(this.#file, 'close');
    this.#gzip.end();
    await closed;
    this.#open = false;
    renameSync(this.#partial, this.path);
  }

  abandon(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#gzip.destroy();
    this.#file.destroy();
    rmSync(this.#partial, { force: true });
  }
}

function partial(path: string): string {
  return `${path}.partial`;
}
