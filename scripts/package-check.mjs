/**
 * Checks the package as npm would publish it: every path that package.json promises is in the tarball, every package that the
 * host imports is declared, the library entries import nothing of the command line's, sizes keep their budget, and publint and
 * are-the-types-wrong have nothing to say.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { build } from 'esbuild';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { importsOf, reachable } from './import-graph.mjs';
import { ROOT } from './parts.mjs';

/** Bytes after brotli, as servers send them. What grows beyond is looked at, and the number here is changed with the reason. */
const BUDGET = { 'core.wasm': 52_000, 'class Smmu with the loader, minified': 34_500 };
/** Entries that are no JavaScript: nobody's types. */
const NO_TYPES = ['./core.wasm', './timing.schema.json', './presets/*.json', './package.json'];

const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
/** @type {string[]} */
const problems = [];
const folder = mkdtempSync(join(tmpdir(), 'smmuv3-package-'));

try {
  const tarball = pack();
  const packed = new Set(tarball.files.map(({ path }) => path));
  checkPromises(packed);
  checkImports(packed);
  checkEntries();
  const sizes = await checkSizes();
  await checkPublint(tarball.path);
  checkTypes(tarball.path);
  for (const problem of problems) console.error(`package: ${problem}.`);
  console.log(
    `package: ${packed.size} files, ${(tarball.size / 1024).toFixed(0)} KiB packed, ` +
      `${(tarball.unpackedSize / 1024).toFixed(0)} KiB unpacked; ${sizes}; ${problems.length} problems`,
  );
  if (problems.length > 0) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** @returns {{ path: string, files: { path: string }[], size: number, unpackedSize: number }} */
function pack() {
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const listing = execFileSync('npm', args, {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 64 * 1024 * 1024,
  });
  const [tarball] = Object.values(JSON.parse(listing));
  if (tarball === undefined) throw new Error('npm pack listed no package');
  return { ...tarball, path: join(folder, tarball.filename) };
}

/** @param {Set<string>} packed */
function checkPromises(packed) {
  for (const path of promised(manifest.exports).concat(Object.values(manifest.bin), manifest.types)) {
    const [before = '', after] = posix.normalize(path).split('*');
    const there =
      after === undefined
        ? packed.has(before)
        : [...packed].some((file) => file.startsWith(before) && file.endsWith(after));
    if (!there) problems.push(`package.json promises ${path}, which is not in the tarball`);
  }
  for (const path of ['README.md', 'CHANGELOG.md', 'LICENSE']) {
    if (!packed.has(path)) problems.push(`${path} is not in the tarball`);
  }
  for (const path of packed) {
    if (!path.endsWith('.map')) continue;
    const { sources } = JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
    for (const source of sources) {
      const target = posix.join(posix.dirname(path), source);
      if (!packed.has(target) && !target.startsWith('node_modules/'))
        problems.push(`${path} leads to ${target}, which is not in the tarball`);
    }
  }
}

/** @param {Set<string>} packed */
function checkImports(packed) {
  const declared = new Set(Object.keys(manifest.dependencies ?? {}));
  for (const path of packed) {
    if (!/^dist\/.*\.(js|d\.ts)$/.test(path)) continue;
    for (const specifier of importsOf(readFileSync(join(ROOT, path), 'utf8'))) {
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
}

/** The library entries are bundles that import one another and nothing else: no package and no module of Node's. */
function checkEntries() {
  for (const [entry, target] of Object.entries(manifest.exports)) {
    if (typeof target === 'string' || target.default.includes('*')) continue;
    const { default: file, types } = target;
    if (!file.startsWith('./dist/lib/'))
      problems.push(`the entry ${entry} is ${file}, which is no bundle: expected it in dist/lib/`);
    for (const outside of reachable(ROOT, posix.normalize(file)).outside)
      problems.push(`the entry ${entry} imports '${outside}', which embedders would have to load`);
    for (const outside of reachable(ROOT, posix.normalize(types)).outside)
      problems.push(`the types of ${entry} need '${outside}', which not every project has`);
  }
  const bin = readFileSync(join(ROOT, manifest.bin.smmuv3), 'utf8');
  if (!bin.startsWith('#!/usr/bin/env node\n'))
    problems.push(`${manifest.bin.smmuv3} has no #!/usr/bin/env node line`);
}

/** @returns {Promise<string>} the sizes, in words */
async function checkSizes() {
  const { outputFiles } = await build({
    stdin: {
      contents: "import { Smmu } from './dist/lib/index.js';\nconsole.log(Smmu);",
      resolveDir: ROOT,
    },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  });
  const sizes = {
    'core.wasm': brotliCompressSync(readFileSync(join(ROOT, 'dist/core.wasm'))).length,
    'class Smmu with the loader, minified': brotliCompressSync(outputFiles[0]?.contents ?? '').length,
  };
  return Object.entries(sizes)
    .map(([what, bytes]) => {
      const budget = BUDGET[/** @type {keyof typeof BUDGET} */ (what)];
      if (bytes > budget)
        problems.push(`${what} has ${bytes} bytes by brotli, above its budget of ${budget}`);
      return `${what} ${(bytes / 1000).toFixed(1)} kB by brotli`;
    })
    .join(', ');
}

/** @param {string} tarball */
async function checkPublint(tarball) {
  const bytes = readFileSync(tarball);
  const content = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const { messages, pkg } = await publint({ pack: { tarball: content }, strict: true });
  for (const message of messages)
    problems.push(`publint: ${formatMessage(message, pkg ?? manifest, { color: false })}`);
}

/** @param {string} tarball */
function checkTypes(tarball) {
  const attw = join(ROOT, 'node_modules/@arethetypeswrong/cli/dist/index.js');
  const args = [attw, tarball, '--profile', 'esm-only', '--format', 'ascii', '--no-emoji', '--no-color'];
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...args, '--exclude-entrypoints', ...NO_TYPES],
    { encoding: 'utf8' },
  );
  if (status !== 0) problems.push(`are-the-types-wrong: ${stdout}${stderr}`);
}

/**
 * All paths in an `exports` map, whatever their conditions.
 * @param {unknown} entry
 * @returns {string[]}
 */
function promised(entry) {
  if (typeof entry === 'string') return [entry];
  return entry !== null && typeof entry === 'object' ? Object.values(entry).flatMap(promised) : [];
}
