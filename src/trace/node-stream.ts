/** Files and standard input as streams of bytes, gzip or not. Node only. */
import { createReadStream, existsSync, openSync, readSync, closeSync, statSync } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { CaptureError } from '../base/capture-error.js';
import type { ByteStream } from './read/bytes.js';

/** Large enough that reading does not count, small enough for any machine. */
const CHUNK_BYTES = 1 << 20;

/** The bytes of a file, unpacked when it is gzip whatever its name; `-` is standard input. */
export function fileStream(path: string): ByteStream {
  if (path === '-') return { name: 'standard input', chunks: process.stdin };
  if (!existsSync(path)) throw new CaptureError(path, undefined, undefined, 'no such file, expected a trace');
  const bytes = statSync(path).size;
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  const packed = isGzip(path);
  const gunzip = packed ? createGunzip({ chunkSize: CHUNK_BYTES }) : undefined;
  if (gunzip !== undefined) {
    file.on('error', (error) => gunzip.destroy(error));
    file.pipe(gunzip);
  }
  return {
    name: path,
    chunks: gunzip ?? file,
    fraction: () => (bytes === 0 ? 1 : Math.min(1, file.bytesRead / bytes)),
    close: () => {
      gunzip?.destroy();
      file.destroy();
      return Promise.resolve();
    },
  };
}

function isGzip(path: string): boolean {
  const file = openSync(path, 'r');
  try {
    const head = new Uint8Array(2);
    return readSync(file, head, 0, 2, 0) === 2 && head[0] === 0x1f && head[1] === 0x8b;
  } finally {
    closeSync(file);
  }
}
