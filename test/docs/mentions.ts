// What comments and pages mention has to exist: files and folders, and names of the code.
import { dirname, posix } from 'node:path';
import { type Passage, readPage, readSource, type SourceText } from './source-text.js';

/** The tree as the checks see it: every path, and the text of those that are read. */
export interface Tree {
  readonly paths: ReadonlySet<string>;
  readonly texts: ReadonlyMap<string, string>;
}

/** Everything that can be mentioned. */
export interface Known {
  /** Files and folders, and what is left of a path when folders are taken from its front: `tlb/array.ts`, `array.ts`. */
  readonly places: ReadonlySet<string>;
  /** Identifiers, words of strings and of JSON, and what stands in them behind an underscore: F_STE_FETCH of Event.F_STE_FETCH. */
  readonly words: ReadonlySet<string>;
  /** What stands for something outside. */
  readonly elsewhere: ReadonlySet<string>;
}

/** What a build or a test run makes is not in the tree. */
const MADE = ['dist/', 'test/web/screens/'];
const CODE = /\.(?:ts|mjs|js)$/;
const FILE = /\.(?:ts|mjs|md|jsonl?|js|wasm|gz)$/;
/** Rooms of assembly/, which comments name without a suffix: tlb/lookup. */
const ROOMS = 'abi|arch|commands|config|device|memory|queues|request|state|timing|tlb|translate|walk';
/** In running text: whatever ends as a file does, or begins at the root or in a room. */
const BARE = new RegExp(
  String.raw`(?<![\w\`/.*<>@{},-])(?:[\w.-]+/)*[\w-][\w.-]*\.(?:ts|mjs|md|js|jsonl?)\b(?![\w(])` +
    String.raw`|(?<![\w\`/.*<>@'"-])(?:assembly|src|bench|scripts|data|docs|${ROOMS})/[a-z][a-z0-9-]*\b(?![\w/.(*-])`,
  'g',
);
/** A capital word with an underscore: a constant of ours, or a name of the specification. */
const CONSTANT = /(?<![\w.$/%-])[A-Z][A-Z0-9]*(?:_\*|(?:_[A-Z0-9]+)+(?:_?\*|\b))(?![\w/-]*\.[a-z])/g;
/** A file, and names of it behind: walk/hit `takeHit`, `refuse`. */
const FILE_AND_NAMES = /`?((?:[\w-]+\/)+[\w-]+(?:\.ts)?)`? ((?:`[\w$]+`(?:, )?)+)/g;
const IDENTIFIER = /^[A-Za-z_$][\w$]*(?:\.[\w$]+)*(?:\(.*\))?$/;

/** Parses every source file of the tree. */
export function readSources(tree: Tree): Map<string, SourceText> {
  return new Map(
    [...tree.texts].filter(([file]) => CODE.test(file)).map(([file, text]) => [file, readSource(file, text)]),
  );
}

/** All that may be mentioned. `elsewhere`: names that stand for something outside. */
export function knownNames(
  tree: Tree,
  sources: ReadonlyMap<string, SourceText>,
  elsewhere: Iterable<string> = [],
): Known {
  const places = new Set<string>();
  for (const path of tree.paths) {
    // A recording's files are named by what they hold, packed or not.
    const parts = path.replace(/\.gz$/, '').split('/');
    for (let end = parts.length; end > 0; end--)
      for (let from = 0; from < end; from++) places.add(parts.slice(from, end).join('/'));
    places.add(path);
  }
  const words = new Set<string>();
  const add = (word: string): void => {
    words.add(word);
    for (let at = word.indexOf('_'); at >= 0; at = word.indexOf('_', at + 1)) words.add(word.slice(at + 1));
  };
  for (const { words: own } of sources.values()) own.forEach(add);
  for (const [file, text] of tree.texts)
    if (file.endsWith('.json')) for (const [word] of text.matchAll(/[A-Za-z_$][\w$]*/g)) add(word);
  return { places, words, elsewhere: new Set(elsewhere) };
}

/** What people read in the tree: comments and pages; and the diagrams of the pages. */
export function passages(
  tree: Tree,
  sources: ReadonlyMap<string, SourceText>,
): { prose: Passage[]; diagrams: Passage[] } {
  const prose = [...sources.values()].flatMap(({ comments }) => comments);
  const diagrams: Passage[] = [];
  for (const [file, text] of tree.texts) {
    if (!file.endsWith('.md')) continue;
    const page = readPage(file, text);
    prose.push(...page.prose);
    diagrams.push(...page.diagrams);
  }
  return { prose, diagrams };
}

/** One sentence for each thing that is mentioned and does not exist. */
export function unknownMentions(
  tree: Tree,
  known: Known,
  { prose, diagrams }: { prose: readonly Passage[]; diagrams: readonly Passage[] },
): string[] {
  const found = new Set<string>();
  const say = ({ file, line }: Passage, kind: string, what: string): void => {
    if (!known.elsewhere.has(what)) found.add(`${file}:${line}: no ${kind} is called '${what}'.`);
  };
  for (const passage of prose) {
    // The compiler asks after what a type is imported from.
    const prosaic = passage.text.replace(/\bimport\('[^']*'\)/g, '');
    const text = prosaic.replace(/https?:\/\/[^\s)>]+/g, '').replace(/\]\(([^)#]*)[^)]*\)/g, ' `$1` ');
    for (const place of mentionedPlaces(text))
      if (!placeExists(tree, known, passage.file, place)) say(passage, 'file or folder', place);
    for (const name of quotedNames(text))
      if (!nameExists(known, name)) say(passage, 'name in the code', name);
  }
  for (const passage of [...prose, ...diagrams])
    for (const [name] of passage.text.matchAll(CONSTANT))
      if (!constantExists(known, name)) say(passage, 'constant', name);
  return [...found];
}

/** One sentence for each name that a passage puts into a file that does not declare it: "`name` in `file.ts`", "`file.ts` `name`". */
export function misplacedNames(
  sources: ReadonlyMap<string, SourceText>,
  prose: readonly Passage[],
): string[] {
  const found: string[] = [];
  for (const passage of prose) {
    const places = [
      ...[...passage.text.matchAll(/`([\w$]+)` in `([\w./-]+\.ts)`/g)].map(([, name, file]) => ({
        file,
        names: [name],
      })),
      ...[...passage.text.matchAll(FILE_AND_NAMES)].map(([, file, names]) => ({
        file,
        names: [...names.matchAll(/`([\w$]+)`/g)].map(([, name]) => name),
      })),
    ];
    for (const { file, names } of places) {
      const files = [...sources.keys()].filter((path) =>
        [file, `${file}.ts`].some((end) => `/${path}`.endsWith(`/${end}`)),
      );
      for (const name of files.length > 0 ? names : [])
        if (!files.some((path) => sources.get(path)?.declared.has(name)))
          found.push(`${passage.file}:${passage.line}: ${file} does not declare ${name}.`);
    }
  }
  return found;
}

/** The names of `elsewhere` that nothing mentions any more. */
export function unusedNames(elsewhere: Iterable<string>, prose: readonly Passage[]): string[] {
  const text = prose.map((passage) => passage.text).join('\n');
  return [...elsewhere].filter((name) => !text.includes(name));
}

// Places in backticks (files, folders with their slash, whatever begins at the root), and those of running text.
function mentionedPlaces(text: string): string[] {
  const quoted = [...text.matchAll(/`([^`\s]+)`/g)]
    .map(([, inside]) => inside)
    .filter(
      (inside) =>
        (FILE.test(inside) && /[\w}]\.[a-z]+$/.test(inside)) ||
        /^[\w.-]+(?:\/[\w.{},*-]+)*\/$/.test(inside) ||
        /^(?:assembly|src|test|docs|scripts|bench|data)\//.test(inside),
    );
  const bare = [...text.matchAll(BARE)].map(([place]) => place);
  return [...quoted, ...bare].flatMap(spread).map((place) => place.replace(/\/$/, ''));
}

// `walk/{stage1,stage2}.ts` is two places.
function spread(place: string): string[] {
  const braces = /^(.*)\{([^}]*)\}(.*)$/.exec(place);
  if (braces === null) return [place];
  const [, before, inside, behind] = braces;
  return inside.split(',').map((part) => before + part + behind);
}

function placeExists(tree: Tree, known: Known, file: string, place: string): boolean {
  if (MADE.some((made) => `${place}/`.startsWith(made))) return true;
  if (place.startsWith(PACKAGE)) return isEntry(tree, `./${place.slice(PACKAGE.length)}`);
  const star = place.indexOf('*');
  if (star >= 0) return [...known.places].some((path) => path.startsWith(place.slice(0, star)));
  const near = posix.normalize(posix.join(dirname(file), place));
  return (
    [place, posix.normalize(place), near, `${place}.ts`].some((path) => known.places.has(path)) ||
    tree.paths.has(near)
  );
}

/** What programs import from. */
const PACKAGE = 'smmuv3-wasm/';

// Whether package.json exports it, by itself or by a pattern.
function isEntry(tree: Tree, path: string): boolean {
  const { exports = {} } = JSON.parse(tree.texts.get('package.json') ?? '{}') as { exports?: object };
  return Object.keys(exports).some((entry) => {
    const [before, after] = entry.split('*');
    return after === undefined ? entry === path : path.startsWith(before) && path.endsWith(after);
  });
}

// Names in backticks that are whole identifiers; one or two letters are a formula's.
function quotedNames(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)]
    .map(([, inside]) => inside)
    .filter((inside) => inside.length > 2 && IDENTIFIER.test(inside) && !FILE.test(inside));
}

function nameExists({ words, places, elsewhere }: Known, name: string): boolean {
  if (places.has(name)) return true;
  if (name.endsWith('_')) return [...words].some((word) => word.startsWith(name));
  const parts = name.replace(/\(.*\)$/, '').split('.');
  return parts.every((part) => words.has(part) || elsewhere.has(part) || isRegister(words, part));
}

function constantExists({ words }: Known, name: string): boolean {
  if (!name.endsWith('*')) return words.has(name) || isRegister(words, name);
  const start = name.slice(0, -1);
  return [...words].some((word) => word.startsWith(start));
}

// The specification's own name of a register: SMMU_CR0.
function isRegister(words: ReadonlySet<string>, name: string): boolean {
  return name.startsWith('SMMU_') && words.has(name.slice('SMMU_'.length));
}
