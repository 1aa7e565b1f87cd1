// `npm test -- FILE` brings up to date what the tests of FILE read, and nothing else.
import { describe, expect, test } from '@jest/globals';
import { partsRead, testsNamed } from '../scripts/needs.mjs';

describe('parts that a test reads', () => {
  test.each([
    ['test/inspect/decode.test.ts', []],
    ['test/layers.test.ts', []],
    ['test/conformance/100-stream-table.test.ts', ['release']],
    ['test/robustness/robustness.test.ts', ['release', 'checking', 'broken']],
    ['test/equal/equal.test.ts', ['release', 'long']],
    ['test/cli/shell.test.ts', ['release', 'host']],
    ['test/docs/samples.test.ts', ['release', 'host', 'bundle']],
    ['test/web/walk.test.ts', ['release', 'web']],
    ['test/web/performance.test.ts', ['release', 'host', 'web']],
  ])('%s: %j', (file, parts) => {
    expect(testsNamed(file)).toEqual([file]);
    expect(partsRead([file])).toEqual(parts);
  });

  test('those of several tests are taken together', () => {
    expect(partsRead(['test/inspect/decode.test.ts', 'test/equal/equal.test.ts'])).toEqual([
      'release',
      'long',
    ]);
  });
});

describe('names of tests', () => {
  test('a part of the path will do, as with jest', () => {
    expect(testsNamed('inspect/dec')).toEqual(['test/inspect/decode.test.ts']);
    expect(testsNamed('test/inspect').length).toBeGreaterThan(1);
  });

  test('what names none is none', () => {
    expect(testsNamed('no-such-test')).toEqual([]);
  });
});
