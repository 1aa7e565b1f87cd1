/**
 * Type check of both worlds: tsc for the host, the tests, the benchmarks, these scripts and the playground; asc for the core, with every
 * file of assembly/ as an entry, so that exported functions which nothing calls yet are compiled as well.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { filesUnder, ROOT } from './parts.mjs';

const TSC = 'node_modules/@typescript/native/bin/tsc';
const core = filesUnder('assembly').filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'));

const checks = [
  // What ships, by itself: whatever a test or script pulls in can loosen the types of all that is checked with it.
  { name: 'host', script: TSC, args: ['-p', 'tsconfig.json', '--noEmit'] },
  { name: 'tsc', script: TSC, args: ['-p', 'tsconfig.test.json'] },
  { name: 'web', script: TSC, args: ['-p', 'web/tsconfig.json'] },
  {
    name: 'asc',
    script: 'node_modules/assemblyscript/bin/asc.js',
    args: [...core, '--config', 'asconfig.json', '--target', 'debug', '--noEmit', '--disableWarning', '112'],
  },
];

for (const { name, script, args } of checks) {
  const { status } = spawnSync(process.execPath, [join(ROOT, script), ...args], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  console.log(`typecheck: ${name} ${status === 0 ? 'ok' : 'failed'}`);
  if (status !== 0) process.exitCode = 1;
}
