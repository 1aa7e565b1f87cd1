/**
 * Makes a checkout ready to run: installs the dependencies and builds the parts that are missing or older than their
 * sources. `node scripts/ensure.mjs [part…]`, all default parts without arguments (see parts.mjs).
 * Needs nothing but Node, says everything on stderr, and is silent when there is nothing to do.
 */
import { pathToFileURL } from 'node:url';
import { install } from './install.mjs';
import { isFresh, partsNamed } from './parts.mjs';

/** @param {readonly string[]} names of parts @returns {Promise<boolean>} whether all of them, and what they need, are there now */
export async function ensure(names) {
  if (!install()) return false;
  const stale = names.filter((name) => !isFresh(name));
  if (stale.length === 0) return true;
  console.error(`Building ${stale.join(', ')}…`);
  const { build } = await import('./build.mjs');
  return build(stale);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  if (!(await ensure(partsNamed(process.argv.slice(2))))) process.exitCode = 1;
}
