/**
 * Makes a checkout ready to run: installs the dependencies and builds the parts that are missing or older than their
 * sources. `node scripts/ensure.mjs [part…]`, all default parts without arguments (see parts.mjs).
 * Needs nothing but Node, says everything on stderr, and is silent when there is nothing to do.
 */
import { install } from './install.mjs';
import { isFresh, partsNamed } from './parts.mjs';

if (!install()) process.exit(1);

const stale = partsNamed(process.argv.slice(2)).filter((name) => !isFresh(name));
if (stale.length > 0) {
  console.error(`Building ${stale.join(', ')}…`);
  const { build } = await import('./build.mjs');
  if (!(await build(stale))) process.exit(1);
}
