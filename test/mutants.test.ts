// The mutants of `npm run mutate` and of the host change what they say: each has its place in the code as it stands, and tests that exist.
import { describe, expect, test } from '@jest/globals';
import { applied, type Mutant, titleOf } from '../scripts/mutate/anchors.mjs';
import { hostMutants } from '../scripts/mutate/list/host.mjs';
import { mutants } from '../scripts/mutate/list/index.mjs';
import { survivors } from '../scripts/mutate/survivors.mjs';
import { coreSources, hostSources, testFiles } from '../scripts/mutate/tree.mjs';

const sources = coreSources();
const titles = mutants.map(titleOf);

describe('mutants of the core', () => {
  test.each(mutants.map((mutant, i) => [titles[i], mutant] as const))('%s', (_title, mutant) => {
    expect(applied(sources, mutant).text).not.toBe(sources.get(applied(sources, mutant).file));
    for (const prefix of mutant.tests) expect([prefix, testFiles([prefix]).length]).not.toEqual([prefix, 0]);
    expect(mutant.tests.length).toBeGreaterThan(0);
  });

  test('no two are the same, and every room has some', () => {
    expect(new Set(titles).size).toBe(titles.length);
    const rooms = new Set([...sources.keys()].map((file) => file.split('/')[1]));
    const covered = new Set(mutants.map((mutant) => applied(sources, mutant).file.split('/')[1]));
    // Layout, and the file that only exports.
    expect([...rooms].filter((room) => !covered.has(room)).sort()).toEqual([
      'abi',
      'build-flags.d.ts',
      'index.ts',
    ]);
  });

  test('survivors that are listed are mutants', () => {
    expect(Object.keys(survivors).filter((title) => !titles.includes(title))).toEqual([]);
  });
});

describe('mutants of the host', () => {
  const host = hostSources();
  test.each(hostMutants.map((mutant) => [titleOf(mutant), mutant] as const))('%s', (_title, mutant) => {
    expect(applied(host, mutant).text).not.toBe(host.get(applied(host, mutant).file));
    for (const prefix of mutant.tests) expect([prefix, testFiles([prefix]).length]).not.toEqual([prefix, 0]);
  });

  test('no two are the same', () => {
    expect(new Set(hostMutants.map(titleOf)).size).toBe(hostMutants.length);
  });
});

describe('an anchor', () => {
  const code = new Map([
    [
      'assembly/walk/a.ts',
      'export function f(): i32 {\n  if (\n    a\n  ) return 1;\n  return 1;\n}\n\nfunction g(): i32 {\n  return 1;\n}\n',
    ],
    ['assembly/tlb/b.ts', 'function g(): i32 {\n  return 2;\n}\n'],
  ]);
  const mutant = (at: string, find: string, put = ''): Mutant => ({ at, find, put, breaks: '', tests: [] });

  test('is found whatever its white space, in its function alone', () => {
    expect(applied(code, mutant('a#f', 'if ( a )', 'if ( b )'))).toMatchObject({
      file: 'assembly/walk/a.ts',
      line: 2,
    });
    expect(applied(code, mutant('walk/a#g', 'return 1;', 'return 2;')).line).toBe(9);
  });

  test.each([
    [mutant('a#f', 'return 1;', 'x'), 'its text stands 2 times'],
    [mutant('a#g', 'return 2;', 'x'), 'its text stands 0 times'],
    [mutant('a#h', 'return 1;', 'x'), 'expected one file of that name with that function, found none'],
    [mutant('c#g', 'return 1;', 'x'), 'expected one file of that name with that function, found none'],
    [mutant('b#g', 'return 2;', 'return 2;'), 'changes nothing'],
  ])('that does not fit is named: %j', (wrong, sentence) => {
    expect(() => applied(code, wrong)).toThrow(sentence);
  });
});
