/**
 * `npm run bench:compare -- REF [--to REF2]`: builds REF, and REF2 or this checkout, in temporary folders, each with the
 * cases of this checkout, and measures one against the other (bench/compare.ts). Other options go on to it. Ends with 1 when
 * a case is slower beyond the threshold.
 */
import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './parts.mjs';

/** @param {string} command @param {string[]} args @param {string} [cwd] */
function must(command, args, cwd = ROOT) {
  const { status } = spawnSync(command, args, { cwd, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed`);
}

/**
 * A build of `ref` in `folder`; undefined: of this checkout, which is built already.
 * @param {string} folder @param {string | undefined} ref
 */
function prepare(folder, ref) {
  if (ref === undefined) {
    cpSync(join(ROOT, 'dist'), join(folder, 'dist'), { recursive: true });
    cpSync(join(ROOT, 'bench'), join(folder, 'bench'), { recursive: true });
    cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    return;
  }
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
function makeDiffer(a, b) {
  const [one, other] = [a, b].map((folder) => join(folder, 'dist/core.wasm'));
  if (!readFileSync(one).equals(readFileSync(other))) return;
  const name = 'bench';
  appendFileSync(other, Uint8Array.of(0, name.length + 1, name.length, ...Buffer.from(name)));
}

const args = process.argv.slice(2);
const to = args.indexOf('--to');
const target = to < 0 ? undefined : args.splice(to, 2)[1];
const [ref, ...more] = args;
if (ref === undefined || ref.startsWith('-') || (to >= 0 && target === undefined)) {
  console.error(
    'usage: npm run bench:compare -- REF [--to REF2] [--rounds N] [--only TEXT] [--threshold PERCENT] [--json]',
  );
  process.exit(2);
}
const folders = [0, 1].map(() => mkdtempSync(join(tmpdir(), 'smmuv3-bench-')));
try {
  prepare(folders[0], ref);
  prepare(folders[1], target);
  makeDiffer(folders[0], folders[1]);
  console.error(`A ${ref}, B ${target ?? 'this checkout'}`);
  const { status } = spawnSync(process.execPath, [join(ROOT, 'dist/bench/compare.js'), ...folders, ...more], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  process.exitCode = status ?? 70;
} finally {
  for (const folder of folders) {
    spawnSync('git', ['worktree', 'remove', '--force', folder], { cwd: ROOT, stdio: 'ignore' });
    rmSync(folder, { recursive: true, force: true });
  }
}
