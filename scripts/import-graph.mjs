/** Which modules a built file imports, and what it reaches. */
import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import ts from 'typescript';

/** What a module imports, dynamically too. @param {string} text @returns {string[]} */
export function importsOf(text) {
  return ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
}

/**
 * The files that one reaches by relative imports, and the packages and modules of Node's that these import.
 * @param {string} root @param {string} first relative to the root; a declaration's imports are followed to declarations
 * @returns {{ files: Set<string>, outside: Set<string> }}
 */
export function reachable(root, first) {
  const files = new Set([first]);
  /** @type {Set<string>} */
  const outside = new Set();
  for (const file of files) {
    const text = readFileSync(join(root, file), 'utf8');
    for (const specifier of importsOf(text)) {
      if (!specifier.startsWith('.')) {
        outside.add(specifier);
        continue;
      }
      const target = posix.join(posix.dirname(file), specifier);
      const declaration = target.replace(/\.js$/, '.d.ts');
      files.add(file.endsWith('.d.ts') && existsSync(join(root, declaration)) ? declaration : target);
    }
  }
  return { files, outside };
}
