/** An empty project with the packed package in it, as a stranger would have it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ROOT } from '../parts.mjs';

/** A folder that only this run has. */
export class Project {
  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'smmuv3-consumers-'));
  }

  /** Packs the checkout as it is built, and installs the tarball with its dependencies. */
  install() {
    const packed = npm(['pack', '--json', '--ignore-scripts', '--pack-destination', this.folder], ROOT);
    const [{ filename }] = Object.values(JSON.parse(packed));
    this.write('package.json', JSON.stringify({ name: 'consumer', private: true, type: 'module' }));
    npm(['install', '--prefer-offline', '--no-audit', '--no-fund', `./${filename}`], this.folder);
  }

  /** @param {string} path @param {string} text */
  write(path, text) {
    const file = this.path(path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  }

  /** @param {string} path */
  path(path) {
    return join(this.folder, path);
  }

  /**
   * Runs a script by Node in the project.
   * @param {string[]} args
   * @returns {{ status: number | null, stdout: string, stderr: string }}
   */
  node(args) {
    return spawnSync(process.execPath, args, { cwd: this.folder, encoding: 'utf8' });
  }

  remove() {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** @param {string[]} args @param {string} cwd */
function npm(args, cwd) {
  return execFileSync('npm', args, { cwd, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
}
