/**
 * Builds the package: `node scripts/build.mjs [part…]`, all default parts without arguments (see parts.mjs).
 * The core is compiled by asc once per target of asconfig.json, the host by tsc, the playground by Vite; side by side where
 * none needs the other.
 * Everything it has to say goes to stderr, so that a caller's stdout stays a program's.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { filesUnder, inputHash, markFresh, partsNamed, partOf, ROOT } from './parts.mjs';

/** @param {string[]} names @returns {Promise<boolean>} whether all of them were built */
export async function build(names) {
  mkdirSync(join(ROOT, 'dist'), { recursive: true });
  const began = Date.now();
  /** @type {Map<string, Promise<boolean>>} */
  const begun = new Map();
  for (const name of names) begun.set(name, buildPart(name, begun));
  const results = await Promise.all(begun.values());
  say(`build: ${names.join(', ')} in ${((Date.now() - began) / 1000).toFixed(1)} s`);
  return results.every(Boolean);
}

/** @param {string} name @param {Map<string, Promise<boolean>>} begun what is being built, which comes before what needs it */
async function buildPart(name, begun) {
  const hash = inputHash(name);
  for (const needed of partOf(name).needs ?? []) if ((await begun.get(needed)) === false) return false;
  const built = await builderOf(name)();
  if (built) markFresh(name, hash);
  else say(`build: ${name} failed`);
  return built;
}

/** @param {string} name @returns {() => Promise<boolean>} */
function builderOf(name) {
  if (name === 'host') return buildHost;
  if (name === 'web') return buildWeb;
  return name === 'bundle' ? async () => (await import('./bundle.mjs')).bundle() : () => buildCore(name);
}

/**
 * Compiles the core for one target; the finished module replaces the old one in one step, so that whoever reads it
 * meanwhile sees one or the other.
 * @param {string} target
 */
async function buildCore(target) {
  const wasm = /** @type {string} */ (partOf(target).outputs[0]);
  const fresh = `${wasm}.${process.pid}.tmp.wasm`;
  try {
    const built = await run('node_modules/assemblyscript/bin/asc.js', [
      'assembly/index.ts',
      '--config',
      'asconfig.json',
      '--target',
      target,
      '--outFile',
      fresh,
    ]);
    if (!built) return false;
    renameSync(join(ROOT, fresh), join(ROOT, wasm));
    say(`build: ${wasm} ${statSync(join(ROOT, wasm)).size.toLocaleString('en')} bytes`);
    return true;
  } finally {
    rmSync(join(ROOT, fresh), { force: true });
    if (target === 'debug') replaceSourceMap(fresh, wasm);
  }
}

/** @param {string} fresh @param {string} wasm */
function replaceSourceMap(fresh, wasm) {
  try {
    renameSync(join(ROOT, `${fresh}.map`), join(ROOT, `${wasm}.map`));
  } catch {
    // No map: the compilation failed and has said why.
  }
}

async function buildHost() {
  const built = await run('node_modules/@typescript/native/bin/tsc', [
    '-p',
    'tsconfig.json',
    '--declarationMap',
  ]);
  if (built) {
    removeOrphans();
    plainDeclarations();
  }
  return built;
}

async function buildWeb() {
  const built = await run('node_modules/vite/bin/vite.js', [
    'build',
    '--config',
    'web/vite.config.ts',
    '--logLevel',
    'warn',
  ]);
  if (built) say('build: dist/web');
  return built;
}

/** tsc leaves the output of a source that is gone, and npm would publish it. */
function removeOrphans() {
  for (const file of ['dist/src', 'dist/bench', 'dist/assembly'].flatMap(filesUnder)) {
    const source = file.replace(/^dist\//, '').replace(/(?:\.d\.ts(?:\.map)?|\.js)$/, '.ts');
    if (!existsSync(join(ROOT, source))) rmSync(join(ROOT, file));
  }
}

/**
 * The declarations of the portable files name AssemblyScript's number types, which a user of the package does not have:
 * for them every one is `number`, and `bool` is `boolean`.
 */
function plainDeclarations() {
  for (const file of filesUnder('dist/assembly').filter((name) => name.endsWith('.d.ts'))) {
    const text = readFileSync(join(ROOT, file), 'utf8');
    const plain = text
      .replace(/(:|=>|\|) (?:i8|i16|i32|u8|u16|u32|usize|f64)\b/g, '$1 number')
      .replace(/(:|=>) bool\b/g, '$1 boolean');
    if (plain !== text) writeFileSync(join(ROOT, file), plain);
  }
}

/**
 * @param {string} script
 * @param {string[]} args
 * @returns {Promise<boolean>}
 */
function run(script, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(ROOT, script), ...args], {
      cwd: ROOT,
      stdio: ['ignore', 2, 2],
    });
    child.on('error', reject);
    child.on('close', (code) => resolve(code === 0));
  });
}

/** @param {string} line */
const say = (line) => process.stderr.write(`${line}\n`);

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.exitCode = (await build(partsNamed(process.argv.slice(2)))) ? 0 : 1;
}
