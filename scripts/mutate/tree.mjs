/** What the mutants are about: the core's sources, and the tests. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesUnder, ROOT } from '../parts.mjs';

/** The core's sources as the project has them, path to text. @returns {Map<string, string>} */
export function coreSources() {
  return new Map(
    filesUnder('assembly')
      .filter((file) => file.endsWith('.ts'))
      .map((file) => [file, readFileSync(join(ROOT, file), 'utf8')]),
  );
}

/** @param {string[]} prefixes how paths below test/ begin @returns {string[]} test files, each once, in that order */
export function testFiles(prefixes) {
  const all = filesUnder('test').filter((file) => file.endsWith('.test.ts'));
  const found = prefixes.flatMap((prefix) => all.filter((file) => file.startsWith(`test/${prefix}`)));
  return [...new Set(found)];
}
