/**
 * Layering check: reads the import statements of assembly/, src/ and web/ and says, one sentence each, which of them the house
 * does not allow (docs/architecture.md). Exit code 1 when there is any.
 */
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { filesUnder, ROOT } from './parts.mjs';

/** The rooms of assembly/ from the ground up; rooms on one line stand side by side and do not know each other. */
const CORE_FLOORS = [
  ['arch', 'abi'],
  ['memory'],
  ['state'],
  ['queues'],
  ['request'],
  ['tlb'],
  ['walk'],
  ['config'],
  ['translate'],
  ['timing'],
  ['commands'],
  ['device'],
  ['index'],
];

/** The rooms of src/, in the same way. */
const HOST_FLOORS = [
  ['base'],
  ['config', 'arch', 'inline'],
  ['core'],
  ['inspect', 'capture', 'trace'],
  ['stats'],
  ['device'],
  ['explain', 'iommu', 'replay'],
  ['run', 'iommufd'],
  ['sweep', 'vsmmu', 'observe'],
  ['report'],
  ['cli', 'index', 'worker'],
];

/** The rooms of web/src/, the playground: it stands on the entries of the package, the index.ts of its rooms. */
const WEB_FLOORS = [
  ['parts'],
  ['captures'],
  ['walk', 'bind', 'performance'],
  ['app'],
  ['main', 'service-worker'],
];
const WEB = 'web/src/';
/** No code: what Vite takes along as it is. */
const ASSET = /\.css$|\?url$/;
const ENTRY = /^src\/(?:\w+\/)?index\.ts$/;

/** Names that a file of assembly/ imports at most, a namespace counting as one: with more it has no vocabulary of its own. */
const MOST_NAMES = 39;

/** What only src/core/ may do: instantiate the core, or hold its exports. */
const INSTANCE_USE =
  /\bWebAssembly\s*\.\s*(?:Instance|instantiate|instantiateStreaming|Exports|ExportValue)\b|\.exports\b/;
const INSTANCE_PACKAGE = '@assemblyscript/loader';

/**
 * @param {Map<string, string>} files path relative to the root (with `/`) to source text
 * @returns {string[]} violations, one sentence each
 */
export function violations(files) {
  /** @type {string[]} */
  const found = [];
  /** @type {Map<string, string[]>} */
  const graph = new Map();
  for (const [file, text] of files) {
    /** @type {string[]} */
    const targets = [];
    graph.set(file, targets);
    const outside = noRoom(file);
    if (outside !== undefined && !file.endsWith('.d.ts')) found.push(`${file}: ${outside}.`);
    const names = file.startsWith('assembly/') ? namesImported(file, text) : 0;
    if (names > MOST_NAMES) {
      found.push(
        `${file} imports ${names} names, and ${MOST_NAMES} are the most: import a namespace, or divide the file.`,
      );
    }
    for (const specifier of importsOf(text)) {
      const target = resolve(file, specifier, files);
      if (target !== undefined) targets.push(target);
      const reason = file.startsWith(WEB)
        ? webRule(file, specifier, target)
        : file.startsWith('assembly/')
          ? coreRule(file, target)
          : hostRule(file, specifier, target);
      if (reason !== undefined) found.push(`${file} imports '${specifier}': ${reason}.`);
    }
    if (!file.startsWith('assembly/') && !file.startsWith('src/core/') && INSTANCE_USE.test(codeOf(text))) {
      found.push(`${file} touches a WebAssembly instance or its exports: only src/core/ may.`);
    }
  }
  return [...found, ...circles(graph, 'imports'), ...circles(roomGraph(graph), 'rooms')];
}

/** The same imports from room to room. @param {Map<string, string[]>} graph */
function roomGraph(graph) {
  /** @type {Map<string, string[]>} */
  const rooms = new Map();
  /** @param {string} file */
  const named = (file) => `${file.split('/')[0]}/${roomOf(file)}`;
  for (const [file, targets] of graph) {
    const room = named(file);
    const known = rooms.get(room) ?? [];
    rooms.set(room, known);
    for (const target of targets.map(named)) {
      if (target !== room && !known.includes(target)) known.push(target);
    }
  }
  return rooms;
}

/** @param {string} file @param {string | undefined} target */
function coreRule(file, target) {
  if (noRoom(file) !== undefined) return undefined;
  if (isShared(file)) return 'arch and abi import nothing, since asc and tsc want different paths';
  if (target === undefined) return 'the core imports only its own files, by relative path';
  if (!target.startsWith('assembly/')) return 'the core knows nothing outside assembly/';
  return downwards(file, target);
}

/** @param {string} file @param {string} specifier @param {string | undefined} target */
function hostRule(file, specifier, target) {
  if (specifier === INSTANCE_PACKAGE && !file.startsWith('src/core/')) {
    return 'only src/core/ loads the core';
  }
  if (target === undefined || noRoom(file) !== undefined) return undefined;
  if (target.startsWith('src/')) return downwards(file, target);
  if (target.startsWith('assembly/')) {
    return isShared(target) ? undefined : 'of the core the host may import arch/* and abi only';
  }
  return 'the host imports its own files, and arch/* and abi of the core';
}

/** @param {string} file @param {string} specifier @param {string | undefined} target */
function webRule(file, specifier, target) {
  if (target === undefined || noRoom(file) !== undefined || ASSET.test(specifier)) return undefined;
  if (target.startsWith(WEB)) return downwards(file, target);
  return ENTRY.test(target)
    ? undefined
    : 'of the package web/ imports entries only, which are named index.ts';
}

/** @param {string} file @param {string} target a file of the same world */
function downwards(file, target) {
  if (noRoom(target) !== undefined) return undefined;
  const [from, to] = [roomOf(file), roomOf(target)];
  const [floor, other] = [floorOf(file), floorOf(target)];
  if (from === to || other < floor) return undefined;
  return other === floor
    ? `${from} and ${to} stand side by side, and imports point downwards`
    : `${to} lies above ${from}, and imports point downwards`;
}

/** @param {string} file */
function noRoom(file) {
  if (floorOf(file) >= 0) return undefined;
  const [world] = file.split('/');
  return `${file.startsWith(WEB) ? 'web/src' : world}/${roomOf(file)} is no room of the house (they are ${floorsOf(file).flat().join(', ')})`;
}

/** Compiled by both worlds. @param {string} file of the core */
const isShared = (file) => floorOf(file) === 0;

/**
 * `assembly/tlb/array.ts` is of the room `tlb`, `assembly/index.ts` of the room `index`. A file at the root of src/ that is
 * named as a room is not of it.
 * @param {string} file
 */
function roomOf(file) {
  const [, room = '', ...rest] = file.replace(WEB, 'web/').split('/');
  if (file.startsWith(WEB)) return rest.length > 0 ? room : room.replace(/\.tsx?$/, '');
  if (rest.length > 0 || file === 'src/index.ts' || file.startsWith('assembly/')) {
    return room.replace(/\.ts$/, '');
  }
  return room;
}

/** @param {string} file */
const floorsOf = (file) =>
  file.startsWith(WEB) ? WEB_FLOORS : file.startsWith('assembly/') ? CORE_FLOORS : HOST_FLOORS;

/** @param {string} file */
const floorOf = (file) => floorsOf(file).findIndex((rooms) => rooms.includes(roomOf(file)));

/** @param {string} text */
function importsOf(text) {
  return ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
}

/** How many names a file's imports bring in. @param {string} file @param {string} text */
function namesImported(file, text) {
  let names = 0;
  for (const statement of ts.createSourceFile(file, text, ts.ScriptTarget.Latest).statements) {
    if (!ts.isImportDeclaration(statement)) continue;
    const { name, namedBindings } = statement.importClause ?? {};
    if (name) names++;
    if (namedBindings) names += ts.isNamedImports(namedBindings) ? namedBindings.elements.length : 1;
  }
  return names;
}

/**
 * The file that a relative import names; undefined for packages and for Node's own modules.
 * @param {string} file @param {string} specifier @param {Map<string, string>} files
 */
function resolve(file, specifier, files) {
  if (!specifier.startsWith('.')) return undefined;
  const base = posix.join(posix.dirname(file), specifier).replace(/\.js$/, '');
  return (
    [`${base}.ts`, `${base}.tsx`, `${base}/index.ts`, `${base}.d.ts`, base].find((path) => files.has(path)) ??
    `${base}.ts`
  );
}

/** The text without comments, so that prose about exports is not taken for code. @param {string} text */
function codeOf(text) {
  return text.replace(/\/\*[\s\S]*?\*\/|(^|[^:'"`])\/\/.*$/gm, '$1');
}

/**
 * Every circle, named once, from its alphabetically first member.
 * @param {Map<string, string[]>} graph @param {string} what it is a circle of
 */
function circles(graph, what) {
  /** @type {Set<string>} */
  const found = new Set();
  /** @type {Set<string>} */
  const done = new Set();
  /** @type {string[]} */
  const path = [];
  /** @param {string} file */
  const visit = (file) => {
    const start = path.indexOf(file);
    if (start >= 0) {
      const circle = path.slice(start);
      const first = circle.indexOf(/** @type {string} */ ([...circle].sort()[0]));
      const turned = [...circle.slice(first), ...circle.slice(0, first)];
      found.add(`Circle of ${what}: ${[...turned, turned[0]].join(' -> ')}.`);
      return;
    }
    if (done.has(file)) return;
    path.push(file);
    for (const target of graph.get(file) ?? []) visit(target);
    path.pop();
    done.add(file);
  };
  for (const file of [...graph.keys()].sort()) visit(file);
  return [...found];
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const sources = ['assembly', 'src', 'web/src'].flatMap(filesUnder).filter((file) => /\.tsx?$/.test(file));
  const found = violations(new Map(sources.map((file) => [file, readFileSync(join(ROOT, file), 'utf8')])));
  for (const sentence of found) console.error(sentence);
  console.log(`layers: ${sources.length} files, ${found.length} violations`);
  if (found.length > 0) process.exitCode = 1;
}
