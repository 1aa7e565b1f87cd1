/** A capture's files from bytes that a page has fetched or was given. */
import { CaptureError } from '../base/capture-error.js';
import type { CaptureFiles } from './parse.js';

/** The first bytes of a gzip file (RFC 1952). */
const GZIP = [0x1f, 0x8b];

/**
 * The files by their names, with or without `.gz`: a server may have unpacked them on the way, so their first bytes tell.
 * @param name shown in reports and messages
 * @throws CaptureError when a file is not valid gzip though it begins as one
 */
export async function fetchedFiles(
  name: string,
  files: Iterable<readonly [file: string, bytes: Uint8Array]>,
): Promise<CaptureFiles> {
  const unpacked = new Map<string, { readonly shown: string; readonly bytes: Uint8Array }>();
  for (const [file, bytes] of files) {
    const shown = `${name}/${file}`;
    unpacked.set(file.replace(/\.gz$/, ''), { shown, bytes: await unpack(shown, bytes) });
  }
  return { name, get: (file) => unpacked.get(file) };
}

async function unpack(shown: string, bytes: Uint8Array): Promise<Uint8Array> {
  if (!GZIP.every((byte, i) => bytes[i] === byte)) return bytes;
  const packed = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
  try {
    return new Uint8Array(
      await new Response(packed.pipeThrough(new DecompressionStream('gzip'))).arrayBuffer(),
    );
  } catch (error) {
    throw new CaptureError(shown, undefined, undefined, `not valid gzip (${(error as Error).message})`);
  }
}
