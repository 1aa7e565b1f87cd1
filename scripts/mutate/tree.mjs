/** What the mutants are about: the sources of the core and of the host, and the tests. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesUnder, ROOT } from '../parts.mjs';

/** The core's sources as the project has them, path to text. @returns {Map<string, string>} */
export const coreSources = () => sourcesUnder('assembly');

/** The sources of the virtual SMMU and of what it stands on, in the same way. @returns {Map<string, string>} */
export const hostSources = () =>
  new Map(['vsmmu', 'iommufd', 'iommu', 'device'].flatMap((room) => [...sourcesUnder(`src/${room}`)]));

/** @param {string} folder @returns {Map<string, string>} */
function sourcesUnder(folder) {
  return new Map(
    filesUnder(folder)
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
