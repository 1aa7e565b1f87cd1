/** Which parts of the build a test reads: it, or a file that it imports, names what they leave behind. */
import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { filesUnder, PARTS, partOf, ROOT } from './parts.mjs';

/** `from '…'`, `import '…'` and `import('…')`. */
const IMPORT = /\b(?:from|import)\s*\(?\s*'(\.[^']*)'/g;

/** @param {string} pattern as jest takes it: a regular expression for a test's path @returns {string[]} */
export function testsNamed(pattern) {
  const wanted = new RegExp(pattern, 'i');
  return filesUnder('test').filter((file) => file.endsWith('.test.ts') && wanted.test(join(ROOT, file)));
}

/**
 * The parts that test files read, those that other parts need first.
 * @param {readonly string[]} tests relative to the root
 * @returns {string[]}
 */
export function partsRead(tests) {
  /** @type {Set<string>} */
  const seen = new Set();
  const ahead = [...tests];
  /** @type {string[]} */
  const texts = [];
  for (let file = ahead.pop(); file !== undefined; file = ahead.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    const text = readFileSync(join(ROOT, file), 'utf8');
    texts.push(text);
    for (const [, specifier = ''] of text.matchAll(IMPORT)) {
      const found = sourceOf(posix.join(posix.dirname(file), specifier));
      if (found !== undefined) ahead.push(found);
    }
  }
  const read = Object.keys(PARTS).filter((name) => texts.some((text) => partOf(name).named.test(text)));
  const needed = read.flatMap((name) => partOf(name).needs ?? []);
  return Object.keys(PARTS).filter((name) => read.includes(name) || needed.includes(name));
}

/** A source is imported by the name of what is made of it. Scripts name what they make, and read nothing. @param {string} path */
function sourceOf(path) {
  if (path.startsWith('scripts/')) return undefined;
  const bare = path.replace(/\.js$/, '');
  return [`${bare}.ts`, `${bare}.tsx`, path].find(
    (name) => /\.\w+$/.test(name) && existsSync(join(ROOT, name)),
  );
}
