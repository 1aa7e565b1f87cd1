import { readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { CaptureError } from '../base/capture-error.js';
import { parseCapture, parseSnapshot, type CaptureFiles } from './parse.js';
import type { Capture, Snapshot } from './types.js';

function contents(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CaptureError(path, undefined, undefined, `cannot be read (${(error as Error).message})`);
  }
}

/** The files of a directory, plain or with `.gz` after their names. */
export function directoryFiles(directory: string): CaptureFiles {
  const stat = statSync(directory, { throwIfNoEntry: false });
  if (stat === undefined || !stat.isDirectory()) {
    throw new CaptureError(
      directory,
      undefined,
      undefined,
      stat === undefined ? 'no such directory, expected a capture' : 'not a directory, expected a capture',
    );
  }
  return {
    name: basename(resolve(directory)),
    get(file) {
      const path = join(directory, file);
      const plain = contents(path);
      if (plain !== undefined) return { shown: path, bytes: plain };
      const packed = contents(`${path}.gz`);
      if (packed === undefined) return undefined;
      try {
        return { shown: `${path}.gz`, bytes: gunzipSync(packed) };
      } catch (error) {
        throw new CaptureError(
          `${path}.gz`,
          undefined,
          undefined,
          `not valid gzip (${(error as Error).message})`,
        );
      }
    },
  };
}

export function readSnapshot(directory: string): Snapshot {
  return parseSnapshot(directoryFiles(directory));
}

export function readCapture(directory: string): Capture {
  return parseCapture(directoryFiles(directory));
}
