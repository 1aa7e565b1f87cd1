import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The captures that come with the package. */
export const BUNDLED = ['linux-s1-4k', 'linux-s2-4k', 'linux-nested-4k'] as const;

/** Directory of a bundled capture: data/ beside the package.json above this file, built or not. */
export function bundledDirectory(name: string): string {
  for (let at = dirname(fileURLToPath(import.meta.url)); ; at = dirname(at)) {
    if (existsSync(join(at, 'package.json')) && existsSync(join(at, 'data', name)))
      return join(at, 'data', name);
    if (dirname(at) === at) return join('data', name);
  }
}

/** A directory that exists, or else the bundled capture of that name. */
export function captureDirectory(given: string): string {
  return !existsSync(given) && (BUNDLED as readonly string[]).includes(given)
    ? bundledDirectory(given)
    : given;
}
