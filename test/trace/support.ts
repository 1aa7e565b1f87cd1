import { gunzipSync } from 'node:zlib';
import { readFileSync } from 'node:fs';
import { openTrace, makeRows, isMapping, type ReadOptions, type TraceSource } from '../../src/trace/index.js';

/** Bytes as a stream of pieces of `piece` bytes. */
export function streamOf(
  bytes: Uint8Array | string,
  piece = 7,
  name = 'trace',
): {
  name: string;
  chunks: AsyncIterable<Uint8Array>;
} {
  const all = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes;
  return {
    name,
    chunks: (async function* () {
      for (let at = 0; at < all.length; at += piece) yield all.slice(at, at + piece);
    })(),
  };
}

export async function open(
  bytes: Uint8Array | string,
  options: ReadOptions = {},
  piece = 7,
): Promise<TraceSource> {
  const source = await openTrace(streamOf(bytes, piece), options);
  if (isMapping(source)) throw new Error('holds mappings');
  return source;
}

export interface Plain {
  iova: number;
  sid: number;
  ssid: number;
  flags: number;
  size: number;
  requester: number;
  time: number;
}

/** All rows of a source, read `block` at a time. */
export async function rowsOf(source: TraceSource, block = 3): Promise<Plain[]> {
  const rows = makeRows(block);
  const all: Plain[] = [];
  for (let n = await source.fill(rows, block); n > 0; n = await source.fill(rows, block)) {
    for (let i = 0; i < n; i++) {
      all.push({
        iova: rows.iovaWords[2 * i] + rows.iovaWords[2 * i + 1] * 2 ** 32,
        sid: rows.streamId[i],
        ssid: rows.substreamId[i],
        flags: rows.flags[i],
        size: rows.size[i],
        requester: rows.requester[i],
        time: rows.arrivalWords[2 * i] + rows.arrivalWords[2 * i + 1] * 2 ** 32,
      });
    }
  }
  return all;
}

export async function read(bytes: Uint8Array | string, options: ReadOptions = {}): Promise<Plain[]> {
  return rowsOf(await open(bytes, options));
}

/** The sentence with which a trace is refused. */
export async function refusal(bytes: Uint8Array | string, options: ReadOptions = {}): Promise<string> {
  try {
    await read(bytes, options);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('was not refused');
}

export function sample(name: string): Uint8Array {
  const bytes = new Uint8Array(readFileSync(`data/traces/${name}`));
  return name.endsWith('.gz') ? new Uint8Array(gunzipSync(bytes)) : bytes;
}
