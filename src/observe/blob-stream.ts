/** A file that a page was given, as a stream of bytes; unpacked when it is gzip, whatever its name. */
import type { ByteStream } from '../trace/read/bytes.js';

/** RFC 1952, ID1 and ID2. */
const GZIP = [0x1f, 0x8b];

export async function blobStream(name: string, blob: Blob): Promise<ByteStream> {
  const head = new Uint8Array(await blob.slice(0, GZIP.length).arrayBuffer());
  const packed = GZIP.every((byte, i) => head[i] === byte);
  let read = 0;
  const counted = blob.stream().pipeThrough(
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(chunk, controller) {
        read += chunk.length;
        controller.enqueue(chunk);
      },
    }),
  );
  return {
    name,
    chunks: pieces(packed ? counted.pipeThrough(new DecompressionStream('gzip')) : counted),
    fraction: () => (blob.size === 0 ? 0 : read / blob.size),
  };
}

/** Not every browser iterates over a stream. */
async function* pieces(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}
