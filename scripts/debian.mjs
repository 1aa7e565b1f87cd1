/** Programs that npm does not have: found on the machine, or installed as Debian's packages where this process may. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** @param {string} path whether it can be run */
export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The first of these programs that is on the PATH or in /usr/bin. @param {readonly string[]} names @returns {string | undefined} */
export function findProgram(names) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin'];
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

/**
 * Installs packages, as root; what goes wrong is on stderr.
 * @param {readonly string[]} packages
 */
export function aptInstall(packages) {
  if (process.getuid?.() !== 0) return;
  console.error(`Installing ${packages.join(' and ')} (apt-get)…`);
  aptGet('update', '-qq');
  aptGet('install', '-y', '-qq', '--no-install-recommends', ...packages);
}

/** @param {string[]} args */
function aptGet(...args) {
  spawnSync('apt-get', args, {
    stdio: ['ignore', 'ignore', 2],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
}
