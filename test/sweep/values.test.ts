// Values of an axis and the points that axes make, each expectation written out by hand.
import { describe, expect, test } from '@jest/globals';
import { crossProduct, parseAxis, type Setting, settingText, sweptPaths } from '../../src/sweep/points.js';
import { parseValues } from '../../src/sweep/values.js';

describe('values', () => {
  test.each([
    ['64,256,1024', [64, 256, 1024]],
    ['20..200:20', [20, 40, 60, 80, 100, 120, 140, 160, 180, 200]],
    ['20..50:20', [20, 40]],
    ['1..4', [1, 2, 3, 4]],
    ['64..4096*4', [64, 256, 1024, 4096]],
    ['0.1..0.3:0.1', [0.1, 0.2, 0.1 + 2 * 0.1]],
    ['-2..2:2', [-2, 0, 2]],
    ['0x10..0x30:0x10', [16, 32, 48]],
    ['1,8..10,true', [1, 8, 9, 10, true]],
    ['lru,plru', ['lru', 'plru']],
    ['false', [false]],
    [' 1 , 2 ', [1, 2]],
  ])('%s', (text, values) => {
    expect(parseValues(text, 'x')).toEqual(values);
  });

  test.each([
    ['1,1', "'x=1,1' has 1 twice, expected each value once"],
    ['1..3,2', "'x=1..3,2' has 2 twice, expected each value once"],
    ['1,,2', "'x' has an empty value, expected a number or a word"],
    ['', "'x' has an empty value, expected a number or a word"],
    ['200..20:20', "'x=200..20:20': the range 200..20:20 ends below its beginning"],
    ['1..9:0', "'x=1..9:0': the range 1..9:0 does not come to its end, expected a step above 0, or a factor"],
    ['1..9*1', 'does not come to its end'],
    ['0..9*2', 'does not come to its end'],
    ['a..b', 'the range a..b needs numbers, such as 20..200:20 or 64..4096*2, not '],
    ['1..1000000', 'has more than 100000 values'],
  ])('%s is refused', (text, sentence) => {
    expect(() => parseValues(text, 'x')).toThrow(sentence);
  });
});

describe('points', () => {
  const [a, b] = [parseAxis('a=1,2'), parseAxis('b.c=x,y')];

  test('the cross product, the last axis changing fastest', () => {
    expect(crossProduct([a, b])).toEqual([
      { a: 1, 'b.c': 'x' },
      { a: 1, 'b.c': 'y' },
      { a: 2, 'b.c': 'x' },
      { a: 2, 'b.c': 'y' },
    ]);
  });

  test('listed points alone, and with an axis for each', () => {
    const listed: Setting[] = [{ d: 1 }, { d: 2, e: false }];
    expect(crossProduct([], listed)).toEqual(listed);
    expect(crossProduct([a], listed)).toEqual([
      { d: 1, a: 1 },
      { d: 1, a: 2 },
      { d: 2, e: false, a: 1 },
      { d: 2, e: false, a: 2 },
    ]);
  });

  test('without axes there is one point, which sets nothing', () => {
    expect(crossProduct([])).toEqual([{}]);
  });

  test('a path is set once', () => {
    expect(() => crossProduct([a, parseAxis('a=3')])).toThrow("'a' is swept twice");
    expect(() => crossProduct([a], [{ a: 3 }])).toThrow("'a' is swept and set by a listed point");
  });

  test('more than a million points are refused before they are made', () => {
    const axis = (path: string): ReturnType<typeof parseAxis> => parseAxis(`${path}=1..1001`);
    expect(() => crossProduct([axis('a'), axis('b')])).toThrow('the sweep has 1002001 points');
  });

  test('an axis needs a path and values', () => {
    expect(() => parseAxis('a')).toThrow("'a' must have the form path=values");
    expect(() => parseAxis('=1')).toThrow("'=1' must have the form path=values");
  });

  test('swept paths are those that differ, one that only some points set among them', () => {
    expect(
      sweptPaths([
        { a: 1, b: 2 },
        { a: 1, b: 3 },
      ]),
    ).toEqual(['b']);
    expect(sweptPaths([{ a: 1 }, { a: 1, b: 3 }])).toEqual(['b']);
    expect(settingText({ a: 1, 'b.c': 'x' })).toBe('a=1 b.c=x');
  });
});
