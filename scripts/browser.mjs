/**
 * Where a browser of the browser tests is: on the PATH, or Debian's package, which is installed when the machine has none and
 * this process may.
 */
import { aptInstall, findProgram } from './debian.mjs';

/**
 * The executable, installed now if it must be and can be.
 * @param {string} title
 * @param {string} debian its package
 * @param {readonly string[]} names of the executable
 * @returns {string}
 * @throws {Error} when there is none
 */
export function ensureBrowser(title, debian, names) {
  const found = findProgram(names) ?? (aptInstall([debian]), findProgram(names));
  if (found !== undefined) return found;
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
