/**
 * Installs the dependencies (npm ci) when node_modules is missing or differs from the lock file, and is silent otherwise.
 * Needs nothing but Node, and says everything on stderr.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from './parts.mjs';

/** @returns {boolean} whether the dependencies are there now */
export function install() {
  if (isInstalled()) return true;
  console.error('Installing dependencies (npm ci)…');
  // What it has to say belongs on stderr: stdout is the caller's program's.
  const { status } = spawnSync('npm ci --loglevel=error', {
    cwd: ROOT,
    stdio: ['ignore', 2, 2],
    shell: true,
  });
  if (status === 0) return true;
  console.error('The dependencies could not be installed: `npm ci` failed (its reason is above).');
  return false;
}

/**
 * Whether node_modules holds what the lock file asks for. npm writes a lock file of its own there as its last step, so
 * an interrupted installation does not count.
 */
function isInstalled() {
  const hidden = join(ROOT, 'node_modules', '.package-lock.json');
  if (!existsSync(hidden)) return false;
  const wanted = packagesOf(join(ROOT, 'package-lock.json'));
  const present = packagesOf(hidden);
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true;
    const found = present[path];
    // Optional packages are those of other platforms.
    return found === undefined ? entry.optional === true : found.version === entry.version;
  });
}

/**
 * @param {string} file
 * @returns {Record<string, { version: string, optional?: boolean }>}
 */
function packagesOf(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href && !install()) process.exitCode = 1;
