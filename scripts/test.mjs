/**
 * The tests: `npm test [-- FILE… OPTION…]`, where a FILE is a part of a test's path and the options are jest's. What the tests
 * named read of the build is brought up to date first, all of it when none is named.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensure } from './ensure.mjs';
import { partsRead, testsNamed } from './needs.mjs';
import { partsNamed, ROOT } from './parts.mjs';

/** Options of jest's that take no value; what follows any other one is taken for its value. */
const FLAGS = new Set(
  'bail b cache ci colors coverage debug errorOnDeprecated expand e forceExit json logHeapUsage noStackTrace notify onlyChanged o onlyFailures f passWithNoTests runInBand i silent showConfig updateSnapshot u verbose watch watchAll'.split(
    ' ',
  ),
);

const args = process.argv.slice(2);
const patterns = args.filter((arg, at) => {
  if (arg.startsWith('-')) return false;
  const before = args[at - 1] ?? '';
  return !before.startsWith('-') || before.includes('=') || FLAGS.has(before.replace(/^-+/, ''));
});
const tests = patterns.flatMap(testsNamed);
const parts = patterns.length > 0 && tests.length > 0 ? partsRead(tests) : partsNamed([]);

if (await ensure(parts)) {
  const jest = join(ROOT, 'node_modules/jest/bin/jest.js');
  const node = ['--experimental-vm-modules', '--no-warnings=ExperimentalWarning'];
  const { status } = spawnSync(process.execPath, [...node, jest, ...args], { cwd: ROOT, stdio: 'inherit' });
  process.exitCode = status ?? 1;
} else {
  process.exitCode = 1;
}
