/**
 * The parts of the build: what each is made from and what it leaves behind.
 * A part is fresh when its outputs exist and its stamp holds the hash of its inputs; content decides, not file times,
 * because a checkout or a branch switch touches times without changing anything.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * @typedef {object} Part
 * @property {string[]} inputs  files and folders, relative to the root; what does not exist counts as empty
 * @property {string[]} outputs files that the part leaves behind
 * @property {RegExp} named how a test that reads the outputs names them, by itself or in what it imports
 * @property {string[]} [needs] parts that must be there first
 * @property {boolean} byDefault whether `build` and `ensure` without arguments make it
 */

/** @param {string} wasm @param {RegExp} named @param {boolean} [byDefault] @returns {Part} */
const core = (wasm, named, byDefault = true) => ({
  inputs: ['assembly', 'asconfig.json', 'scripts/build.mjs', 'package-lock.json'],
  outputs: [wasm],
  named,
  byDefault,
});

/** @type {Record<string, Part>} */
export const PARTS = {
  release: core('dist/core.wasm', /\bcore\.wasm\b|\bdist\/(?:src|samples)\b/),
  checking: core('dist/core.checking.wasm', /\bcore\.checking\b/),
  broken: core('dist/core.broken.wasm', /\bcore\.broken\b/),
  long: core('dist/core.long.wasm', /\bcore\.long\b/),
  debug: core('dist/core.debug.wasm', /\bcore\.debug\b/, false),
  host: {
    inputs: [
      'src',
      'bench',
      'assembly/arch',
      'assembly/abi',
      'tsconfig.json',
      'scripts/build.mjs',
      'package-lock.json',
    ],
    outputs: ['dist/src/index.js', 'dist/src/cli/main.js', 'dist/bench/main.js'],
    named: /\bdist\/(?:src|bench|samples|type-checks)\b|'smmuv3-wasm\b/,
    byDefault: true,
  },
  // The playground: the host's sources and the core, bundled.
  web: {
    inputs: [
      'web',
      'src',
      'data/linux-nested-4k',
      'data/linux-s1-4k',
      'data/linux-s2-4k',
      'assembly',
      'asconfig.json',
      'tsconfig.json',
      'scripts/build.mjs',
      'package-lock.json',
    ],
    outputs: ['dist/web/index.html', 'dist/web/service-worker.js'],
    named: /\bdist\/web\b/,
    needs: ['release'],
    byDefault: true,
  },
  // The package's entries, each one file; `inline` has the core in it.
  bundle: {
    inputs: [
      'src',
      'assembly',
      'asconfig.json',
      'scripts/build.mjs',
      'scripts/bundle.mjs',
      'package.json',
      'package-lock.json',
    ],
    outputs: ['dist/lib/index.js', 'dist/lib/index.js.map', 'dist/lib/inline.js'],
    named: /\bdist\/(?:lib|samples)\b|'smmuv3-wasm\b/,
    needs: ['release'],
    byDefault: true,
  },
};

/**
 * The parts that a command line names, or those made by default, and what they need.
 * @param {string[]} args
 */
export function partsNamed(args) {
  const unknown = args.find((name) => !(name in PARTS));
  if (unknown !== undefined) {
    throw new RangeError(
      `unknown part of the build '${unknown}': expected one of ${Object.keys(PARTS).join(', ')}`,
    );
  }
  const asked = args.length > 0 ? args : Object.keys(PARTS).filter((name) => partOf(name).byDefault);
  return [...new Set(asked.flatMap((name) => [...(partOf(name).needs ?? []), name]))];
}

/** @param {string} name @returns {Part} */
export function partOf(name) {
  const part = PARTS[name];
  if (part === undefined) throw new RangeError(`unknown part of the build '${name}'`);
  return part;
}

/** @param {string} name */
export function inputHash(name) {
  const hash = createHash('sha256');
  for (const file of partOf(name).inputs.flatMap(filesUnder)) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(ROOT, file)))
      .update('\0');
  }
  return hash.digest('hex');
}

/** @param {string} name */
export function isFresh(name) {
  const stamp = stampOf(name);
  return (
    partOf(name).outputs.every((file) => existsSync(join(ROOT, file))) &&
    existsSync(stamp) &&
    readFileSync(stamp, 'utf8') === inputHash(name)
  );
}

/** @param {string} name @param {string} hash of the inputs as they were when the build began */
export function markFresh(name, hash) {
  const stamp = stampOf(name);
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, hash);
}

/** @param {string} name */
const stampOf = (name) => join(ROOT, 'dist', '.stamps', name);

/**
 * All files under a path, sorted, relative to the root.
 * @param {string} path
 * @returns {string[]}
 */
export function filesUnder(path) {
  const absolute = join(ROOT, path);
  if (!existsSync(absolute)) return [];
  if (!statSync(absolute).isDirectory()) return [path];
  return readdirSync(absolute)
    .sort()
    .flatMap((name) => filesUnder(`${path}/${name}`));
}
