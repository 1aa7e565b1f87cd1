/**
 * Formats the project with prettier, or with `--check` names the files that are not formatted.
 * AssemblyScript allows decorators on functions and variables (`@inline`, `@external`), which is no TypeScript and which
 * prettier refuses; in assembly/ such a line is hidden in a comment while prettier works. Write decorators on a line of
 * their own.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as prettier from 'prettier';
import { filesUnder, ROOT } from './parts.mjs';

const check = process.argv.includes('--check');

const { status } = spawnSync(
  process.execPath,
  [
    join(ROOT, 'node_modules/prettier/bin/prettier.cjs'),
    check ? '--check' : '--write',
    '--log-level',
    'warn',
    '.',
  ],
  { cwd: ROOT, stdio: 'inherit' },
);
if (status !== 0) process.exitCode = 1;

for (const file of filesUnder('assembly').filter((name) => name.endsWith('.ts'))) {
  const path = join(ROOT, file);
  const text = readFileSync(path, 'utf8');
  const config = await prettier.resolveConfig(path);
  let formatted;
  try {
    formatted = reveal(await prettier.format(hide(text), { ...config, filepath: path }));
  } catch (error) {
    console.error(`${file}: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
    continue;
  }
  if (formatted === text) continue;
  if (check) {
    console.error(`${file} is not formatted: run npm run format`);
    process.exitCode = 1;
  } else {
    writeFileSync(path, formatted);
    console.log(file);
  }
}

/** @param {string} text */
function hide(text) {
  return text.replace(/^([ \t]*)(@[a-z]\w*(?:\(.*\))?)$/gm, '$1//#decorator $2');
}

/** @param {string} text */
function reveal(text) {
  return text.replace(/^([ \t]*)\/\/#decorator /gm, '$1');
}
