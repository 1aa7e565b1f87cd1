/**
 * A copy of the project in a temporary folder, in which one changed core after another is built and tested. The project's own
 * files and dist/ are only read. The core is compiled without optimisation, inside this process, which keeps the compiler
 * warm; the tests find it where they always do, at dist/core.wasm of the folder that they run in.
 */
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../parts.mjs';
import { coreSources } from './tree.mjs';

/** @typedef {import('./anchors.mjs').Change} Change */
/** @typedef {{ verdict: 'passed' | 'failed' | 'hung', by: string, file: string, tests: number }} Result `by`: what failed first */
/** @typedef {{ fullName: string, status: string }} Assertion */
/** @typedef {{ name: string, status: string, message: string, assertionResults: Assertion[] }} FileReport `message`: of a file that does not load */

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

const COPIED = [
  ...['assembly', 'src', 'bench', 'scripts', 'test', 'docs', 'data'],
  ...['package.json', 'jest.config.js', 'tsconfig.json'],
];

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

export class Workshop {
  constructor() {
    this.sources = coreSources();
    this.folder = mkdtempSync(join(tmpdir(), 'smmuv3-mutants-'));
    for (const name of COPIED) cpSync(join(ROOT, name), join(this.folder, name), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(this.folder, 'node_modules'));
    mkdirSync(join(this.folder, 'dist'));
    /** @type {string | undefined} */
    this.changed = undefined;
    /** @type {import('node:child_process').ChildProcess | undefined} */
    this.running = undefined;
  }

  close() {
    this.running?.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }

  /**
   * Builds the core with one file changed. The copy's own file changes as well: constants of arch/ and abi/ are the host's too.
   * @param {Change | undefined} change
   * @returns {Promise<string | undefined>} what the compiler has against it
   */
  async build(change) {
    if (this.changed !== undefined)
      writeFileSync(join(this.folder, this.changed), /** @type {string} */ (this.sources.get(this.changed)));
    this.changed = change?.file;
    if (change !== undefined) writeFileSync(join(this.folder, change.file), change.text);
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

  /**
   * Runs test files in their order until one fails.
   * @param {string[]} files
   * @param {number} seconds after which the run counts as hung
   * @returns {Promise<Result>}
   */
  async test(files, seconds) {
    const report = join(this.folder, 'report.json');
    rmSync(report, { force: true });
    const { output, hung } = await this.jest(files, report, seconds);
    if (hung) return { verdict: 'hung', by: `no end within ${seconds} s`, file: '', tests: 0 };
    /** @type {{ success: boolean, testResults: FileReport[], numPassedTests: number }} */
    let results;
    try {
      results = JSON.parse(readFileSync(report, 'utf8'));
    } catch {
      throw new Error(`the tests could not be run:\n${output}`);
    }
    if (results.success) return { verdict: 'passed', by: '', file: '', tests: results.numPassedTests };
    const bad = results.testResults.find(({ status }) => status === 'failed');
    if (bad === undefined) throw new Error(`the tests failed without saying which:\n${output}`);
    const file = bad.name.slice(bad.name.indexOf('test/', this.folder.length));
    const failed = bad.assertionResults.find(({ status }) => status === 'failed');
    const what = failed?.fullName ?? `does not load: ${firstLine(bad.message)}`;
    return { verdict: 'failed', by: `${file}: ${what}`, file, tests: 0 };
  }

  /**
   * @param {string[]} files @param {string} report @param {number} seconds
   * @returns {Promise<{ output: string, hung: boolean }>}
   */
  jest(files, report, seconds) {
    const args = [
      '--experimental-vm-modules',
      '--no-warnings=ExperimentalWarning',
      join(ROOT, 'node_modules/jest/bin/jest.js'),
      '--runInBand',
      '--bail=1',
      '--silent',
      '--json',
      `--outputFile=${report}`,
      `--testSequencer=${join(import.meta.dirname, 'order.mjs')}`,
      '--runTestsByPath',
      ...files,
    ];
    const env = { ...process.env, MUTATE_ORDER: files.join('\n') };
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, args, {
        cwd: this.folder,
        env,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      this.running = child;
      let output = '';
      let hung = false;
      const timer = setTimeout(() => {
        hung = true;
        child.kill('SIGKILL');
      }, seconds * 1000);
      child.stderr.on('data', (chunk) => (output = (output + String(chunk)).slice(-4000)));
      child.on('error', reject);
      child.on('close', () => {
        clearTimeout(timer);
        resolve({ output, hung });
      });
    });
  }
}

/** @param {string} message of Jest, which begins with a heading */
function firstLine(message) {
  const [line = 'no reason given'] = message
    .split('\n')
    .filter((text) => /\w/.test(text) && !text.includes('●'));
  return line.trim();
}

/** @param {string} name a file outside assembly/, or none @returns {string | null} */
function readFrom(name) {
  try {
    return readFileSync(join(ROOT, name), 'utf8');
  } catch {
    return null;
  }
}
