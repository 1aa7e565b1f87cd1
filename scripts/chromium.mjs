/**
 * Where the browser of the browser tests is: a Chromium on the PATH, or Debian's package, which is installed when the
 * machine has none and this process may. `node scripts/chromium.mjs` prints the path.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** @returns {string | undefined} */
function find() {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin'];
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** @param {string[]} args */
function aptGet(args) {
  const { status } = spawnSync('apt-get', args, {
    stdio: ['ignore', 'ignore', 2],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  return status === 0;
}

/**
 * The executable, installed now if it must be and can be.
 * @returns {string}
 * @throws {Error} when there is none
 */
export function ensureChromium() {
  const found = find();
  if (found !== undefined) return found;
  if (process.getuid?.() === 0) {
    console.error('Installing chromium (apt-get)…');
    aptGet(['update', '-qq']);
    if (aptGet(['install', '-y', '-qq', '--no-install-recommends', 'chromium'])) {
      const installed = find();
      if (installed !== undefined) return installed;
    }
  }
  throw new Error(
    'the browser tests need Chromium: none of chromium, chromium-browser and google-chrome is on the PATH, ' +
      'and apt-get could not install it (it takes root); install it with: sudo apt-get install chromium',
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    console.log(ensureChromium());
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
