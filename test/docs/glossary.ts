// The tables of docs/architecture.md that name things: words of the code, and where rules stand.
import { posix } from 'node:path';
import type { Tree } from './mentions.js';
import type { SourceText } from './source-text.js';

type Sources = ReadonlyMap<string, SourceText>;

/** How many constants of one file make a family: two in the core, three in the host. */
const FAMILY = { assembly: 2, src: 3 } as const;

/** A table's rows, each cell as it stands. */
export function tableRows(page: string, heading: string): string[][] {
  const lines = page.split('\n');
  const level = (line: string): number => /^(#*)/.exec(line)?.[1].length ?? 0;
  const first = lines.findIndex((line) => level(line) > 0 && line.replace(/^#+ /, '') === heading);
  if (first < 0) return [];
  const length = lines
    .slice(first + 1)
    .findIndex((line) => level(line) > 0 && level(line) <= level(lines[first]));
  const section = lines.slice(first + 1, length < 0 ? undefined : first + 1 + length);
  return section
    .filter(
      (line, i) => line.startsWith('|') && !/^\|[ -]*-/.test(line) && !/^\|[ -]*-/.test(section[i + 1] ?? ''),
    )
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

/** What stands in backticks. */
export function quoted(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, inside]) => inside);
}

/** A place in the code that a table names: `walk/hit.ts` `takeHit`, `refuse`. */
export interface CodePlace {
  readonly file: string;
  readonly names: readonly string[];
}

/** The places of a cell: a file, and names that stand behind it. */
export function codePlaces(cell: string): CodePlace[] {
  const places: { file: string; names: string[] }[] = [];
  for (const word of quoted(cell)) {
    if (word.includes('/') || word.endsWith('.ts')) places.push({ file: word, names: [] });
    else places.at(-1)?.names.push(word);
  }
  return places;
}

/** Namespaces that are imported from assembly/: name to files. */
export function namespacesInUse(sources: Sources): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const [file, { namespaces }] of rooms(sources)) {
    for (const { name, module } of namespaces) {
      if (!module.startsWith('.')) continue;
      const target = `${posix.join(posix.dirname(file), module).replace(/\.js$/, '')}.ts`;
      found.set(name, (found.get(name) ?? new Set()).add(target));
    }
  }
  return found;
}

/** Words that begin a family of constants: the word with its underscore, to a file that has one. */
export function prefixesInUse(sources: Sources): Map<string, string> {
  const asNamespaces = new Set<string>();
  for (const [file, { namespaces }] of sources)
    if (file.startsWith('assembly/'))
      for (const { module } of namespaces) asNamespaces.add(`${posix.join(posix.dirname(file), module)}.ts`);
  const found = new Map<string, string>();
  for (const [file, { constants }] of rooms(sources)) {
    if (asNamespaces.has(file)) continue; // their constants are never without the namespace
    const count = new Map<string, number>();
    for (const constant of constants) {
      const prefix = /^[A-Z][A-Z0-9]*_/.exec(constant)?.[0];
      if (prefix !== undefined) count.set(prefix, (count.get(prefix) ?? 0) + 1);
    }
    const least = file.startsWith('src/') ? FAMILY.src : FAMILY.assembly;
    for (const [prefix, n] of count) if (n >= least) found.set(prefix, found.get(prefix) ?? file);
  }
  return found;
}

function rooms(sources: Sources): [string, SourceText][] {
  return [...sources].filter(([file]) => /^(?:assembly|src)\//.test(file));
}

/** One sentence for each difference between the glossary of a page and the code. */
export function glossaryErrors(page: string, sources: Sources): string[] {
  const errors: string[] = [];
  const namespaces = namespacesInUse(sources);
  const listed = new Set(tableRows(page, 'Namespaces').flatMap(([first]) => quoted(first)));
  for (const [name, files] of namespaces) {
    if (!listed.has(name) && !listed.has(name.replace(/^Arch/, '')))
      errors.push(`namespace ${name} of ${[...files][0]} is not in the glossary.`);
    for (const file of files)
      if (namespaceOf(file) !== name && `Arch${namespaceOf(file)}` !== name)
        errors.push(`${file} is imported as ${name}, and its own name is ${namespaceOf(file)}.`);
  }
  for (const name of listed)
    if (!namespaces.has(name)) errors.push(`the glossary has a namespace ${name}, which nothing imports.`);

  const prefixes = prefixesInUse(sources);
  const known = new Set(tableRows(page, 'Prefixes').flatMap(([first]) => quoted(first)));
  for (const [prefix, file] of prefixes)
    if (!known.has(prefix)) errors.push(`prefix ${prefix} of ${file} is not in the glossary.`);
  const constants = rooms(sources).flatMap(([, source]) => source.constants);
  for (const prefix of known)
    if (!constants.some((constant) => constant.startsWith(prefix)))
      errors.push(`the glossary has a prefix ${prefix}, which no constant carries.`);

  const text = rooms(sources)
    .flatMap(([, { comments, words }]) => [...comments.map((comment) => comment.text), ...words])
    .join(' ')
    .toLowerCase();
  for (const word of tableRows(page, 'Own words').flatMap(([first]) => first.split(', ')))
    if (!text.includes(word.replace(/^to /, '').toLowerCase()))
      errors.push(`the glossary has a word '${word}', which neither code nor comments use.`);
  return errors;
}

/** A namespace is called as its file: `stream-record.ts` is StreamRecord. */
function namespaceOf(file: string): string {
  return posix
    .basename(file, '.ts')
    .split('-')
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('');
}

/** One sentence for each file, function or test that a row of a table names and that does not exist. */
export function whereErrors(rows: readonly string[][], tree: Tree, sources: Sources): string[] {
  const errors: string[] = [];
  for (const [rule, , code, tests] of rows) {
    const places = codePlaces(code);
    if (places.length === 0) errors.push(`'${rule}' names no code.`);
    for (const place of places) errors.push(...placeErrors(rule, place, sources));
    const files = testFiles(tests);
    if (files.length === 0) errors.push(`'${rule}' names no test.`);
    for (const file of files)
      if (![...tree.paths].some((path) => path.startsWith(file) && path.endsWith('.test.ts')))
        errors.push(`'${rule}' names ${file}, which is no test.`);
  }
  return errors;
}

export function placeErrors(rule: string, { file, names }: CodePlace, sources: Sources): string[] {
  const path = [`assembly/${file}`, file].find((candidate) => sources.has(candidate));
  const source = path === undefined ? undefined : sources.get(path);
  if (source === undefined) return [`'${rule}' names ${file}, which does not exist.`];
  return names
    .filter((name) => !source.declared.has(name))
    .map((name) => `'${rule}' names ${name} in ${file}, which does not declare it.`);
}

// `timing/order` is test/timing/order.test.ts; 240 a file of the conformance tests, by its number.
function testFiles(cell: string): string[] {
  const numbers = cell.replace(/`[^`]*`/g, '').match(/\d{3}/g) ?? [];
  return [
    ...quoted(cell).map((name) => `test/${name}`),
    ...numbers.map((number) => `test/conformance/${number}-`),
  ];
}
