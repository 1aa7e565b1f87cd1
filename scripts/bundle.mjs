/**
 * Bundles the entries of the package into dist/lib/: one file for each, so that a page has its first answer after one request
 * for `smmuv3-wasm` and one for the core. package.json's `exports` is the list. What `.` reaches lies in dist/lib/index.js, and the other
 * entries import it from there, so that classes are the same whichever entry they come from; what two further entries share lies
 * in the one that package.json names first. Data without identity (the names of ./arch, presets, the core in base64) is copied.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, posix } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transform } from 'esbuild';
import { rollup } from 'rollup';
import ts from 'typescript';
import { filesUnder, ROOT } from './parts.mjs';

const OUT = 'dist/lib';
/** Entries of data: each is a bundle by itself. */
const DATA = /^\.\/(?:arch|inline|presets\/.*)$/;
const LOADER = '@assemblyscript/loader';

/** @typedef {{ name: string, source: string }} Entry name: of the file in dist/lib, without .js; source: relative to the root */

/** @returns {{ library: Entry[], data: Entry[] }} the entries of package.json */
export function entries() {
  const { exports } = manifest();
  /** @type {Entry[]} */
  const library = [];
  /** @type {Entry[]} */
  const data = [];
  for (const [path, target] of Object.entries(exports)) {
    if (typeof target === 'string' || !target.default.startsWith(`./${OUT}/`)) continue;
    const name = target.default.slice(OUT.length + 3, -'.js'.length);
    const source = target.types.replace('./dist/', '').replace(/\.d\.ts$/, '.ts');
    (DATA.test(path) ? data : library).push(...expand({ name, source }));
  }
  return { library, data };
}

/** A pattern of package.json stands for every file that fits. @param {Entry} entry @returns {Entry[]} */
function expand({ name, source }) {
  if (!source.includes('*')) return [{ name, source }];
  const [before = '', after = ''] = source.split('*');
  return filesUnder(dirname(before.endsWith('/') ? `${before}x` : before))
    .filter((file) => file.startsWith(before) && file.endsWith(after))
    .map((file) => ({ name: name.replace('*', file.slice(before.length, -after.length)), source: file }));
}

/** @returns {Promise<boolean>} whether everything was bundled; why not is on stderr */
export async function bundle() {
  const { library, data } = entries();
  rmSync(join(ROOT, OUT), { recursive: true, force: true });
  try {
    await write(library, chunksByEntry(library));
    for (const entry of data) await write([entry], {});
    await writePresets(data);
    return true;
  } catch (error) {
    process.stderr.write(`bundle: ${error instanceof Error ? error.message : error}\n`);
    return false;
  }
}

/** @param {Entry[]} group @param {import('rollup').OutputOptions} output */
async function write(group, output) {
  const built = await rollup({
    input: Object.fromEntries(group.map(({ name, source }) => [name, join(ROOT, source)])),
    plugins: [fromTypeScript()],
    preserveEntrySignatures: 'allow-extension',
    treeshake: { moduleSideEffects: false },
    onwarn: (warning) => {
      throw new Error(warning.message);
    },
  });
  await built.write({
    dir: join(ROOT, OUT),
    format: 'es',
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    sourcemap: true,
    sourcemapExcludeSources: true, // src/ is in the package
    ...output,
  });
  await built.close();
}

/**
 * A module lies in the bundle of the first entry that reaches it.
 * @param {Entry[]} library @returns {import('rollup').OutputOptions}
 */
function chunksByEntry(library) {
  /** @type {Map<string, string> | undefined} */
  let homes;
  return {
    manualChunks: (id, { getModuleInfo }) => {
      homes ??= homesOf(library, getModuleInfo);
      return homes.get(id);
    },
  };
}

/** @param {Entry[]} library @param {import('rollup').GetModuleInfo} infoOf */
function homesOf(library, infoOf) {
  /** @type {Map<string, string>} */
  const homes = new Map();
  for (const { name, source } of library) {
    // What everything stands on is small, and its errors are everybody's.
    const waiting = [
      join(ROOT, source),
      ...(homes.size === 0 ? filesUnder('src/base').map((file) => join(ROOT, file)) : []),
    ];
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      if (homes.has(id)) continue;
      homes.set(id, name);
      const info = infoOf(id);
      waiting.push(...(info?.importedIds ?? []), ...(info?.dynamicallyImportedIds ?? []));
    }
  }
  return homes;
}

/**
 * Sources as they are, types taken off; what the build knows is put in the place of its name.
 * @returns {import('rollup').Plugin}
 */
function fromTypeScript() {
  const loader = createRequire(join(ROOT, 'package.json')).resolve(LOADER);
  return {
    name: 'from-typescript',
    resolveId(specifier, importer) {
      // Its ES module; the package's main file is for others.
      if (specifier === LOADER) return join(dirname(dirname(loader)), 'index.js');
      if (importer === undefined || !specifier.startsWith('.')) return null;
      return join(dirname(importer), specifier.replace(/\.js$/, '.ts'));
    },
    async transform(code, id) {
      if (!id.endsWith('.ts')) return { code: `${licence()}${code}`, map: null };
      const { code: plain, map } = await transform(pure(await withNumbers(moved(code, id), id)), {
        loader: 'ts',
        target: 'es2022',
        sourcemap: true,
        sourcefile: id,
        define: definitions(id),
      });
      return { code: plain, map };
    },
  };
}

/** Seen from dist/lib/ the core lies elsewhere than from dist/src/core/. @param {string} code @param {string} id */
function moved(code, id) {
  if (!id.endsWith(posix.join('src', 'core', 'load.ts'))) return code;
  const [before, after, ...more] = code.split("new URL('../../core.wasm', import.meta.url)");
  if (after === undefined || more.length > 0)
    throw new Error('src/core/load.ts does not name core.wasm once, as scripts/bundle.mjs expects');
  return `${before}new URL('../core.wasm', import.meta.url)${after}`;
}

/** Namespaces of constants that both compilers read. */
const CONSTANTS = /^import \* as (\w+) from '((?:\.\.\/)+assembly\/(?:arch|abi)\/[\w-]+)\.js';$/gm;

/** Numbers in place of their names, so that an entry does not import what it could say. @param {string} code @param {string} id */
async function withNumbers(code, id) {
  /** @type {Map<string, Record<string, unknown>>} */
  const namespaces = new Map();
  for (const [, namespace = '', file] of code.matchAll(CONSTANTS))
    namespaces.set(namespace, await numbersOf(`${join(dirname(id), file ?? '')}.ts`));
  let text = code;
  for (const { pos, end, value } of numbersIn(
    ts.createSourceFile(id, code, ts.ScriptTarget.Latest, true),
    namespaces,
  ).reverse())
    text = `${text.slice(0, pos)}${value < 0 ? `(${value})` : value}${text.slice(end)}`;
  return text;
}

/**
 * Where a constant of a namespace is a value, in the order of the text; in a type (behind typeof) it is no such expression.
 * @param {import('typescript').Node} node @param {Map<string, Record<string, unknown>>} namespaces
 * @returns {{ pos: number, end: number, value: number }[]}
 */
function numbersIn(node, namespaces) {
  if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)) {
    const value = namespaces.get(node.expression.text)?.[node.name.text];
    return typeof value === 'number' ? [{ pos: node.getStart(), end: node.end, value }] : [];
  }
  /** @type {{ pos: number, end: number, value: number }[]} */
  const found = [];
  ts.forEachChild(node, (child) => void found.push(...numbersIn(child, namespaces)));
  return found;
}

/**
 * Tables that calls make when a module is loaded say that nobody misses them: a bundler leaves out those that are not used. Nothing
 * in src/ does anything else when it is loaded (package.json: sideEffects). @param {string} code
 */
function pure(code) {
  let text = code;
  const { statements } = ts.createSourceFile('module.ts', code, ts.ScriptTarget.Latest, true);
  const made = statements
    .filter((statement) => ts.isVariableStatement(statement))
    .flatMap(({ declarationList }) => declarationList.declarations)
    .flatMap(({ initializer }) => (initializer !== undefined && calls(initializer) ? [initializer] : []));
  for (const { pos, end } of made.reverse())
    text = `${text.slice(0, pos)} /* @__PURE__ */ (() => (${text.slice(pos, end)}))()${text.slice(end)}`;
  return text;
}

/** Whether evaluating it calls something, if only an iterator or a conversion to a key. @param {import('typescript').Node} node @returns {boolean} */
function calls(node) {
  if (ts.isFunctionLike(node) || ts.isClassLike(node)) return false;
  if (ts.isSpreadElement(node) || ts.isComputedPropertyName(node)) return true;
  return (
    ts.isCallExpression(node) ||
    ts.isNewExpression(node) ||
    ts.forEachChild(node, (child) => calls(child)) === true
  );
}

/** @type {Map<string, Promise<Record<string, unknown>>>} */
const numbers = new Map();

/** What a file of constants exports; it imports nothing. @param {string} file */
function numbersOf(file) {
  const known = numbers.get(file);
  if (known !== undefined) return known;
  const read = transform(readFileSync(file, 'utf8'), { loader: 'ts' }).then(
    ({ code }) => import(`data:text/javascript,${encodeURIComponent(code)}`),
  );
  numbers.set(file, read);
  return read;
}

/** @param {string} id @returns {Record<string, string>} */
function definitions(id) {
  if (id.endsWith(posix.join('src', 'run', 'package-version.ts')))
    return { VERSION_OF_PACKAGE: JSON.stringify(manifest().version) };
  if (id.endsWith(posix.join('src', 'inline', 'index.ts')))
    return { CORE_BASE64: JSON.stringify(readFileSync(join(ROOT, 'dist/core.wasm')).toString('base64')) };
  return {};
}

/** A line that minifiers keep. */
function licence() {
  const path = join(ROOT, 'node_modules', LOADER, 'package.json');
  const { name, version, license } = JSON.parse(readFileSync(path, 'utf8'));
  return `/*! ${name} ${version}, ${license}, https://www.assemblyscript.org */\n`;
}

/** Presets as documents of timing.schema.json, for programs that are not JavaScript. @param {Entry[]} data */
async function writePresets(data) {
  for (const { name } of data.filter((entry) => entry.name.startsWith('presets/'))) {
    const { preset } = await import(pathToFileURL(join(ROOT, OUT, `${name}.js`)).href);
    const document = { ...preset.timing, caches: preset.caches };
    writeFileSync(join(ROOT, OUT, `${name}.json`), `${JSON.stringify(document, undefined, 2)}\n`);
  }
}

/** @returns {{ version: string, exports: Record<string, string | { types: string, default: string }> }} */
const manifest = () => JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
