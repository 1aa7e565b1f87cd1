/** The core that the package brings, and its hash: which one gave a result is a part of the result. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface CoreFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** SHA-256. */
  readonly hash: string;
}

/** dist/core.wasm of the package that this file is of, built or not. */
export function coreFile(): CoreFile {
  for (let at = dirname(fileURLToPath(import.meta.url)); ; at = dirname(at)) {
    const path = join(at, 'dist', 'core.wasm');
    if (existsSync(path)) {
      const bytes = new Uint8Array(readFileSync(path));
      return { bytes, hash: createHash('sha256').update(bytes).digest('hex') };
    }
    if (dirname(at) === at) throw new RangeError('dist/core.wasm is missing: run `npm run build` first');
  }
}
