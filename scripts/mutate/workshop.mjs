/**
 * A copy of the project in which one changed core after another is built and tested. The core is compiled without optimisation, inside this process,
 * which keeps the compiler warm; the tests find it where they always do, at dist/core.wasm of the folder that they run in.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../parts.mjs';
import { ProjectCopy } from './copy.mjs';
import { coreSources } from './tree.mjs';

/** @typedef {import('./anchors.mjs').Change} Change */
/**
 * The compiler's own declarations bring AssemblyScript's globals with them, which would replace those of every file that is
 * checked together with this one (`at(-1)` is never undefined there): so it is loaded by name, and this is what is used of it.
 * @typedef {object} Streams
 * @property {(name: string) => string | null} readFile
 * @property {(name: string, contents: Uint8Array | string) => void} writeFile
 * @property {() => string[]} listFiles
 */
/** @typedef {{ main(args: string[], streams: Streams): Promise<{ error: Error | null, stderr: object }> }} Compiler */
/** @type {string} */
const COMPILER_MODULE = 'assemblyscript/asc';
const asc = /** @type {Compiler} */ ((await import(COMPILER_MODULE)).default);

const config = JSON.parse(readFileSync(join(ROOT, 'asconfig.json'), 'utf8'));
/** What a target means, without its optimisation. @param {'release' | 'long'} target */
const compiler = (target) => [
  'assembly/index.ts',
  '--outFile',
  'core.wasm',
  '-O0',
  '--noAssert',
  '--runtime',
  config.options.runtime,
  ...config.options.enable.flatMap((/** @type {string} */ feature) => ['--enable', feature]),
  '--importMemory',
  '--noExportMemory',
  ...config.targets[target].use.flatMap((/** @type {string} */ flag) => ['--use', flag]),
];

export class Workshop extends ProjectCopy {
  constructor() {
    super(coreSources());
  }

  /**
   * Builds the core with one file changed. The copy's own file changes as well: constants of arch/ and abi/ are the host's too.
   * @param {Change | undefined} change
   * @returns {Promise<string | undefined>} what the compiler has against it
   */
  async build(change) {
    this.change(change);
    return this.compile('release', 'core.wasm', change);
  }

  /** The unchanged core without short cuts, which test/equal holds the changed one against. @returns {Promise<string | undefined>} */
  buildLong() {
    return this.compile('long', 'core.long.wasm', undefined);
  }

  /**
   * @param {'release' | 'long'} target @param {string} name of the file in dist/ @param {Change | undefined} change
   * @returns {Promise<string | undefined>} what the compiler has against it
   */
  async compile(target, name, change) {
    /** @type {Uint8Array | undefined} */
    let wasm;
    const { error, stderr } = await asc.main(compiler(target), {
      readFile: (path) => (path === change?.file ? change.text : (this.sources.get(path) ?? readFrom(path))),
      writeFile: (_name, contents) => {
        wasm = /** @type {Uint8Array} */ (contents);
      },
      listFiles: () => [],
    });
    if (error !== null || wasm === undefined) return stderr.toString() || String(error);
    writeFileSync(join(this.folder, 'dist', name), wasm);
    return undefined;
  }
}

/** @param {string} name a file outside assembly/, or none @returns {string | null} */
function readFrom(name) {
  try {
    return readFileSync(join(ROOT, name), 'utf8');
  } catch {
    return null;
  }
}
