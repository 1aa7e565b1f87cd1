/** Files and standard input as streams of bytes, gzip or not. Node only. */
import { createReadStream, statSync, type Stats } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { CaptureError } from '../base/capture-error.js';
import type { ByteStream } from './read/bytes.js';

/** Large enough that reading does not count, small enough for any machine. */
const CHUNK_BYTES = 1 << 20;
/** RFC 1952, ID1 and ID2. */
const GZIP = Uint8Array.of(0x1f, 0x8b);

/**
 * The bytes of a file, a FIFO or a device, unpacked when they are gzip whatever the name; `-` is standard input. It is read
 * once from its beginning, so that whatever a shell puts behind a name will do.
 */
export function fileStream(path: string): ByteStream {
  if (path === '-') return { name: 'standard input', chunks: unpacked(process.stdin) };
  const bytes = sizeOf(path);
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  return {
    name: path,
    chunks: unpacked(file),
    fraction: () => (bytes === 0 ? 0 : Math.min(1, file.bytesRead / bytes)),
    close: () => {
      file.destroy();
      return Promise.resolve();
    },
  };
}

function sizeOf(path: string): number {
  let stats: Stats | undefined;
  try {
    stats = statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw new CaptureError(path, undefined, undefined, `cannot be read (${(error as Error).message})`);
  }
  if (stats === undefined)
    throw new CaptureError(path, undefined, undefined, 'no such file, expected a trace');
  return stats.isFile() ? stats.size : 0;
}

/** The chunks, through gunzip when the first two bytes say so. */
async function* unpacked(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = chunks[Symbol.asyncIterator]();
  let head: Uint8Array = new Uint8Array(0);
  while (head.length < GZIP.length) {
    const next: IteratorResult<Uint8Array, unknown> = await source.next();
    if (next.done === true) break;
    head = head.length === 0 ? next.value : Buffer.concat([head, next.value]);
  }
  const all = from(head, source);
  yield* head.length >= GZIP.length && GZIP.every((byte, i) => head[i] === byte) ? gunzip(all) : all;
}

async function* from(head: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    if (head.length > 0) yield head;
    for (;;) {
      const next: IteratorResult<Uint8Array, unknown> = await rest.next();
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await rest.return?.();
  }
}

async function* gunzip(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const unpacker = createGunzip({ chunkSize: CHUNK_BYTES });
  // What goes wrong on either side is thrown where the pieces are read.
  pipeline(packed, unpacker, () => undefined);
  for await (const piece of unpacker) yield piece as Uint8Array;
}
