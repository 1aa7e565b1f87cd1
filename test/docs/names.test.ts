// What comments and pages say of the code is so: words are in the glossary, files and names exist, rules are where the table
// says. Each check is shown to fail on a planted fault.
import { describe, expect, test } from '@jest/globals';
import { ELSEWHERE } from './elsewhere.js';
import { glossaryErrors, tableRows, whereErrors } from './glossary.js';
import {
  knownNames,
  misplacedNames,
  passages,
  readSources,
  type Tree,
  unknownMentions,
  unusedNames,
} from './mentions.js';
import { readTree } from './tree.js';

/** Columns of a line that can be read and compared. */
const LINE = 140;
/** It stays as it came. */
const FROZEN = 'bench/reference-kernel/';
const ARCHITECTURE = 'docs/architecture.md';
const CONFORMANCE = 'docs/conformance.md';
/** Rules that a stranger was sent to look for. */
const SOUGHT = [
  'S1DSS',
  'L1STD.Span',
  'T0SZ',
  'concatenat',
  'contiguous',
  'nested hardware updates',
  'STAG',
  'CMD_RESUME',
  'event queue overflow',
  'GBPA.ABORT',
  'TTL',
  'CMD_SYNC',
  'SPAN',
  'HAFT',
  'merge',
  'prefetch',
];

const tree = readTree();
const sources = readSources(tree);
const page = (file: string): string => tree.texts.get(file) ?? '';

describe('the house as it stands', () => {
  const where = passages(tree, sources);

  test('what comments and pages mention exists', () => {
    const known = knownNames(tree, sources, ELSEWHERE);
    expect(unknownMentions(tree, known, where)).toEqual([]);
    expect(misplacedNames(sources, where.prose)).toEqual([]);
  });

  test('names that are not ours are still mentioned', () => {
    expect(unusedNames(ELSEWHERE, where.prose)).toEqual([]);
  });

  test('the glossary has every namespace, prefix and own word, and no other', () => {
    expect(glossaryErrors(page(ARCHITECTURE), sources)).toEqual([]);
  });

  test('where to find: files, functions and tests are there', () => {
    const rows = tableRows(page(ARCHITECTURE), 'Where to find');
    expect(whereErrors(rows, tree, sources)).toEqual([]);
    const rules = rows.map(([rule]) => rule).join('\n');
    for (const rule of SOUGHT) expect(rules).toContain(rule);
  });

  test('pages have lines that can be read and compared', () => {
    const long = [...tree.texts]
      .filter(([file]) => file.endsWith('.md') && !file.startsWith(FROZEN))
      .flatMap(([file, text]) =>
        text.split('\n').map((line, i) => ({ place: `${file}:${i + 1}`, columns: line.length })),
      )
      .filter(({ columns }) => columns > LINE);
    expect(long).toEqual([]);
  });

  test('features that are supported: code and tests are there', () => {
    const rows = tableRows(page(CONFORMANCE), 'Supported');
    expect(rows.length).toBeGreaterThan(30);
    expect(
      whereErrors(
        rows.map(([feature, , section, code, tests]) => [feature, section, code, tests]),
        tree,
        sources,
      ),
    ).toEqual([]);
  });
});

/** A tree of its own. */
function planted(texts: Record<string, string>): { tree: Tree; sources: ReturnType<typeof readSources> } {
  const tree = { paths: new Set(Object.keys(texts)), texts: new Map(Object.entries(texts)) };
  return { tree, sources: readSources(tree) };
}

function mentions(texts: Record<string, string>, elsewhere: string[] = []): string[] {
  const { tree, sources } = planted(texts);
  return unknownMentions(tree, knownNames(tree, sources, elsewhere), passages(tree, sources));
}

describe('mentions', () => {
  const code = {
    'assembly/walk/stage1.ts':
      'export const S1_READ: u32 = 1;\nexport function stage1Read(q: usize): void {}',
  };

  test.each([
    [
      'a file in a comment',
      { 'src/a.ts': '// see walk/config-block.ts' },
      "src/a.ts:1: no file or folder is called 'walk/config-block.ts'.",
    ],
    [
      'a file of a room without a suffix',
      { 'src/a.ts': 'f(); // as walk/nothing says' },
      "src/a.ts:1: no file or folder is called 'walk/nothing'.",
    ],
    [
      'a folder',
      { 'docs/a.md': 'in `assembly/nowhere/`' },
      "docs/a.md:1: no file or folder is called 'assembly/nowhere'.",
    ],
    [
      'a linked page',
      { 'docs/a.md': 'see [it](other.md#part)' },
      "docs/a.md:1: no file or folder is called 'other.md'.",
    ],
    [
      'a function',
      { 'src/a.ts': '/**\n * Calls `stage9Read`.\n */' },
      "src/a.ts:2: no name in the code is called 'stage9Read'.",
    ],
    [
      'a member',
      { 'docs/a.md': 'the option `stage1Read.twice`' },
      "docs/a.md:1: no name in the code is called 'stage1Read.twice'.",
    ],
    ['a constant', { 'src/a.ts': '// linked by T_LINK' }, "src/a.ts:1: no constant is called 'T_LINK'."],
    [
      'constants by their beginning',
      { 'src/a.ts': '// one of HAZARD_*' },
      "src/a.ts:1: no constant is called 'HAZARD_*'.",
    ],
    [
      'a step in a diagram',
      { 'docs/a.md': '```mermaid\nS1_READ --> S1_UPDATE_S2\n```' },
      "docs/a.md:2: no constant is called 'S1_UPDATE_S2'.",
    ],
  ])('%s that does not exist is named', (_what, texts, sentence) => {
    expect(mentions({ ...code, ...texts })).toEqual([sentence]);
  });

  test('what exists, is built, or is an end of a name is fine', () => {
    const text = [
      'see `walk/stage1.ts`, walk/stage1, `assembly/walk/`, stage1.ts and [the code](../assembly/walk/stage1.ts)',
      '`stage1Read` `stage1Read(q)` S1_* `dist/core.wasm` `walk/{stage1,stage1}.ts` `n` `1 << 2` SMMU_READ',
    ].join('\n');
    expect(mentions({ ...code, 'docs/a.md': text })).toEqual([]);
  });

  test('what is in code is no mention, and a string is no comment', () => {
    expect(mentions({ 'src/a.ts': "const T_X = 'walk/nothing.ts'; // T_X\nconst u = `// `;" })).toEqual([]);
  });

  test('a name of somebody else has to be listed, and used', () => {
    const texts = { 'docs/a.md': "Linux's `iommu_ops`" };
    expect(mentions(texts)).toHaveLength(1);
    expect(mentions(texts, ['iommu_ops'])).toEqual([]);
    expect(unusedNames(['iommu_ops', 'gone'], [{ file: 'a', line: 1, text: 'iommu_ops' }])).toEqual(['gone']);
  });

  test('a name behind a file, or in one, has to be declared there', () => {
    const { tree, sources } = planted({
      ...code,
      'assembly/walk/stage2.ts': '// see walk/stage1 `stage2Read`\nexport function stage2Read(): void {}',
      'docs/a.md':
        '`stage2Read` in `walk/stage1.ts`; `stage1Read` in `walk/stage1.ts`; `walk/stage2.ts` `stage2Read`',
    });
    expect(misplacedNames(sources, passages(tree, sources).prose)).toEqual([
      'assembly/walk/stage2.ts:1: walk/stage1 does not declare stage2Read.',
      'docs/a.md:1: walk/stage1.ts does not declare stage2Read.',
    ]);
  });
});

describe('glossary', () => {
  const table = (heading: string, ...rows: string[]): string =>
    [
      `### ${heading}`,
      '',
      '| word | what |',
      '| --- | --- |',
      ...rows.map((row) => `| ${row} | what |`),
      '',
    ].join('\n');
  const glossary = (namespaces: string[], prefixes: string[], words: string[]): string =>
    table('Namespaces', ...namespaces) + table('Prefixes', ...prefixes) + table('Own words', ...words);
  const code = {
    'assembly/abi/stream-record.ts': 'export const SR_A = 1;\nexport const SR_B = 2;',
    'assembly/walk/a.ts':
      "import * as StreamRecord from '../abi/stream-record';\n// a fragment of it\nconst Z_A = 1;\nconst Z_B = 2;\nconst ONE_OF = 3;",
  };
  const errors = (page: string, more: Record<string, string> = {}): string[] =>
    glossaryErrors(page, planted({ ...code, ...more }).sources);

  test('a glossary that has everything is fine', () => {
    expect(errors(glossary(['`StreamRecord`'], ['`Z_`'], ['fragment']))).toEqual([]);
  });

  test('a prefix, a namespace and a word too few or too many are named', () => {
    expect(errors(glossary(['`Header`'], ['`Y_`'], ['nowhere']))).toEqual([
      'namespace StreamRecord of assembly/abi/stream-record.ts is not in the glossary.',
      'the glossary has a namespace Header, which nothing imports.',
      'prefix Z_ of assembly/walk/a.ts is not in the glossary.',
      'the glossary has a prefix Y_, which no constant carries.',
      "the glossary has a word 'nowhere', which neither code nor comments use.",
    ]);
  });

  test('a namespace that is not called as its file is named', () => {
    const more = { 'src/b.ts': "import * as S from '../assembly/abi/stream-record.js';" };
    expect(errors(glossary(['`StreamRecord`', '`S`'], ['`Z_`'], []), more)).toEqual([
      'assembly/abi/stream-record.ts is imported as S, and its own name is StreamRecord.',
    ]);
  });

  test('in the host three constants make a family', () => {
    const two = { 'src/b.ts': 'const Q_A = 1;\nconst Q_B = 2;' };
    const page = glossary(['`StreamRecord`'], ['`Z_`'], []);
    expect(errors(page, two)).toEqual([]);
    expect(errors(page, { 'src/b.ts': `${two['src/b.ts']}\nconst Q_C = 3;` })).toEqual([
      'prefix Q_ of src/b.ts is not in the glossary.',
    ]);
  });
});

describe('where to find', () => {
  const { tree, sources } = planted({
    'assembly/walk/hit.ts': 'export function takeHit(): void {}',
    'test/conformance/520-caches.test.ts': '',
    'test/timing/order.test.ts': '',
  });
  const errors = (...rows: string[][]): string[] => whereErrors(rows, tree, sources);

  test('a row whose code and tests exist is fine', () => {
    expect(errors(['hits', '§3.17', '`walk/hit.ts` `takeHit`', '520, `timing/order`'])).toEqual([]);
  });

  test('a file, a function and a test that do not exist are named', () => {
    expect(
      errors(
        ['a', '', '`walk/miss.ts`', '520'],
        ['b', '', '`walk/hit.ts` `takeMiss`', '521'],
        ['c', '', '', ''],
      ),
    ).toEqual([
      "'a' names walk/miss.ts, which does not exist.",
      "'b' names takeMiss in walk/hit.ts, which does not declare it.",
      "'b' names test/conformance/521-, which is no test.",
      "'c' names no code.",
      "'c' names no test.",
    ]);
  });
});
