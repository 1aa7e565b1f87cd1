/**
 * A copy of the project in a temporary folder, in which one changed file after another is tested. The project's own files and dist/
 * are only read.
 */
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../parts.mjs';

/** @typedef {import('./anchors.mjs').Change} Change */
/** @typedef {{ verdict: 'passed' | 'failed' | 'hung', by: string, file: string, tests: number }} Result `by`: what failed first */
/** @typedef {{ fullName: string, status: string }} Assertion */
/** @typedef {{ name: string, status: string, message: string, assertionResults: Assertion[] }} FileReport `message`: of a file that does not load */

const COPIED = [
  ...['assembly', 'src', 'bench', 'scripts', 'test', 'docs', 'data'],
  ...['package.json', 'jest.config.js', 'tsconfig.json'],
];

export class ProjectCopy {
  /** @param {Map<string, string>} sources what changes, path to text */
  constructor(sources) {
    this.sources = sources;
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

  /** Changes one file, and no other. @param {Change | undefined} change */
  change(change) {
    if (this.changed !== undefined)
      writeFileSync(join(this.folder, this.changed), /** @type {string} */ (this.sources.get(this.changed)));
    this.changed = change?.file;
    if (change !== undefined) writeFileSync(join(this.folder, change.file), change.text);
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
      // Jest may end at the first failure before it has written its report.
      const failed = /^ *● (.+)$/m.exec(output)?.[1];
      const file = /test\/\S+?\.test\.ts/.exec(output)?.[0];
      if (failed === undefined || file === undefined)
        throw new Error(`the tests could not be run:\n${output}`);
      return { verdict: 'failed', by: `${file}: ${failed}`, file, tests: 0 };
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
