/** Builds of the package in temporary folders, for one to be measured against the other (bench-compare.mjs). */
import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './parts.mjs';

/** @param {string} command @param {string[]} args @param {string} [cwd] */
export function must(command, args, cwd = ROOT) {
  const { status } = spawnSync(command, args, { cwd, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed`);
}

/**
 * This checkout's build, which is there already, in `folder`.
 * @param {string} folder
 */
export function copyBuild(folder) {
  for (const part of ['dist', 'bench']) cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
}

/** A build of `ref` in `folder`. @param {string} folder @param {string} ref */
export function buildRef(folder, ref) {
  must('git', ['worktree', 'add', '--detach', '--force', folder, ref]);
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  // The same work for both: the cases of this checkout.
  rmSync(join(folder, 'bench'), { recursive: true, force: true });
  cpSync(join(ROOT, 'bench'), join(folder, 'bench'), { recursive: true });
  must(process.execPath, ['scripts/build.mjs', 'release', 'host'], folder);
}

/**
 * Engines share the code of identical bytes, so that an A/A comparison would measure one piece of code twice: a custom
 * section (WebAssembly core specification, 5.5.3) makes them differ and changes nothing.
 * @param {string} a @param {string} b
 */
export function makeDiffer(a, b) {
  const [one, other] = [a, b].map((folder) => join(folder, 'dist/core.wasm'));
  if (!readFileSync(one).equals(readFileSync(other))) return;
  const name = 'bench';
  appendFileSync(other, Uint8Array.of(0, name.length + 1, name.length, ...Buffer.from(name)));
}

/** Folders that are gone when `use` has ended. @param {number} n @param {(folders: string[]) => void} use */
export function inFolders(n, use) {
  const folders = Array.from({ length: n }, () => mkdtempSync(join(tmpdir(), 'smmuv3-bench-')));
  try {
    use(folders);
  } finally {
    for (const folder of folders) {
      spawnSync('git', ['worktree', 'remove', '--force', folder], { cwd: ROOT, stdio: 'ignore' });
      rmSync(folder, { recursive: true, force: true });
    }
  }
}
