/**
 * Where a browser of the browser tests is: on the PATH, or Debian's package, which is installed when the machine has none and
 * this process may.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** @param {readonly string[]} names @returns {string | undefined} */
function find(names) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin'];
  return names
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find((path) => {
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
 * @param {string} title
 * @param {string} debian its package
 * @param {readonly string[]} names of the executable
 * @returns {string}
 * @throws {Error} when there is none
 */
export function ensureBrowser(title, debian, names) {
  const found = find(names);
  if (found !== undefined) return found;
  if (process.getuid?.() === 0) {
    console.error(`Installing ${debian} (apt-get)…`);
    aptGet(['update', '-qq']);
    if (aptGet(['install', '-y', '-qq', '--no-install-recommends', debian])) {
      const installed = find(names);
      if (installed !== undefined) return installed;
    }
  }
  const last =
    names.length > 1 ? `none of ${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : `no ${names[0]}`;
  throw new Error(
    `the browser tests need ${title}: ${last} is on the PATH, ` +
      `and apt-get could not install it (it takes root); install it with: sudo apt-get install ${debian}`,
  );
}

/** Prints where it is, or why it is not. @param {() => string} ensure */
export function printBrowser(ensure) {
  try {
    console.log(ensure());
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
