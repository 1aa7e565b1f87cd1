/**
 * Checks the package as npm would publish it: every path that package.json promises is in the tarball, every package that
 * the host imports is declared, nothing that only a checkout has is imported, and the entry loads.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, posix } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { ROOT } from './parts.mjs';

const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
/** @type {string[]} */
const problems = [];

const listing = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
  cwd: ROOT,
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'inherit'],
  maxBuffer: 64 * 1024 * 1024,
});
const [tarball] = /** @type {{ files: { path: string }[], size: number, unpackedSize: number }[]} */ (
  Object.values(JSON.parse(listing))
);
if (tarball === undefined) throw new Error('npm pack listed no package');
const packed = new Set(tarball.files.map(({ path }) => path));

for (const path of promised(manifest.exports).concat(Object.values(manifest.bin), manifest.types)) {
  if (!packed.has(posix.normalize(path)))
    problems.push(`package.json promises ${path}, which is not in the tarball`);
}
for (const path of ['README.md', 'LICENSE']) {
  if (!packed.has(path)) problems.push(`${path} is not in the tarball`);
}

const declared = new Set(Object.keys(manifest.dependencies ?? {}));
for (const path of packed) {
  if (!/^dist\/.*\.(js|d\.ts)$/.test(path)) continue;
  const text = readFileSync(join(ROOT, path), 'utf8');
  for (const { fileName: specifier } of ts.preProcessFile(text, true, true).importedFiles) {
    if (specifier.startsWith('.')) {
      const target = posix.join(posix.dirname(path), specifier);
      if (!packed.has(target)) problems.push(`${path} imports '${specifier}', which is not in the tarball`);
    } else if (!isBuiltin(specifier)) {
      const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
      if (!declared.has(name))
        problems.push(`${path} imports '${name}', which package.json has not in dependencies`);
    }
  }
}

const bin = readFileSync(join(ROOT, manifest.bin.smmuv3), 'utf8');
if (!bin.startsWith('#!/usr/bin/env node\n'))
  problems.push(`${manifest.bin.smmuv3} has no #!/usr/bin/env node line`);

const api = await import(pathToFileURL(join(ROOT, manifest.exports['.'].default)).href);
if (!('Smmu' in api)) problems.push('the entry exports no Smmu');

for (const problem of problems) console.error(`package: ${problem}.`);
console.log(
  `package: ${packed.size} files, ${(tarball.size / 1024).toFixed(0)} KiB packed, ` +
    `${(tarball.unpackedSize / 1024).toFixed(0)} KiB unpacked, ${problems.length} problems`,
);
if (problems.length > 0) process.exitCode = 1;

/**
 * All paths in an `exports` map, whatever their conditions.
 * @param {unknown} entry
 * @returns {string[]}
 */
function promised(entry) {
  if (typeof entry === 'string') return [entry];
  return entry !== null && typeof entry === 'object' ? Object.values(entry).flatMap(promised) : [];
}
