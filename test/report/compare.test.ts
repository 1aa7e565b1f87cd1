// smmuv3 compare: two results side by side, differences first.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Comparable, compareResults, flatten } from '../../src/report/compare.js';
import { smmuv3 } from '../cli/run.js';

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'smmuv3-compare-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

const at = (name: string): string => join(directory, name);

async function keep(name: string, ...args: string[]): Promise<string> {
  const { out } = await smmuv3(
    'run',
    'gen:sequential,count=1',
    '--timing',
    'gem5-default',
    ...args,
    '--json',
  );
  writeFileSync(at(name), out);
  return at(name);
}

const result = (statistics: Record<string, number>): Comparable => ({
  name: 'x',
  how: {},
  configuration: {},
  statistics,
  histogram: [],
});

test('greatest relative change first, what appears before that, streams behind', () => {
  const a = result({ same: 3, zero: 0, tenfold: 1, tenth: 10, from0: 0, gone: 5, 'streams.0x1.big': 1 });
  const b = result({ same: 3, zero: 0, tenfold: 10, tenth: 1, from0: 7, 'streams.0x1.big': 1000 });
  const { different, equal } = compareResults(a, b);
  expect(different).toEqual([
    { name: 'from0', a: 0, b: 7, change: undefined },
    { name: 'gone', a: 5, b: undefined, change: undefined },
    { name: 'tenfold', a: 1, b: 10, change: 9 },
    { name: 'tenth', a: 10, b: 1, change: -0.9 },
    { name: 'streams.0x1.big', a: 1, b: 1000, change: 999 },
  ]);
  expect(equal).toEqual([{ name: 'same', value: 3 }]);
});

test('plain data by path', () => {
  expect(flatten({ a: { b: [1, { c: false }] }, d: 'x', e: null })).toEqual({
    'a.b[0]': '1',
    'a.b[1].c': 'false',
    d: 'x',
    e: 'null',
  });
});

describe('smmuv3 compare', () => {
  // 49 cycles and seven accesses of L (gem5's closed form of a cold read).
  test('two runs: the one difference in the configuration, then the figures', async () => {
    const [a, b] = [await keep('a.json'), await keep('b.json', '--set', 'memory.latency=37')];
    const { code, out } = await smmuv3('compare', a, b);
    expect(code).toBe(0);
    expect(out).toMatch(/^asked\.set\[0\] +- +memory\.latency=37$/m);
    expect(out).toMatch(/^memory\.latency +100 +37$/m);
    expect(out).toMatch(/^memory\.dataLatency +100 +37$/m);
    expect(out).toMatch(/^cycles +749 +308 +-58\.9 %$/m);
    expect(out).toMatch(/^\d+ others are equal and not zero \(--all\)$/m);
    const all = (await smmuv3('compare', a, b, '--all')).out;
    expect(all).toMatch(/^walks +1$/m);
    const json = JSON.parse((await smmuv3('compare', a, b, '--json')).out) as { different: unknown[] };
    expect(json.different).toContainEqual({ name: 'cycles', a: 749, b: 308, change: 308 / 749 - 1 });
  });

  test('a result with itself', async () => {
    const a = await keep('a.json');
    expect((await smmuv3('compare', a, a)).out).toContain('all statistics are equal');
  });

  test('points of a sweep by their number', async () => {
    const row = (index: number, latency: number, cycles: number): string =>
      JSON.stringify({
        sweep: 'aa',
        points: 2,
        index,
        set: { 'memory.latency': latency },
        point: `p${index}`,
        trace: { name: 'gen:random', sha256: 'ff' },
        core: 'cc',
        version: '0.1.0',
        seed: 0,
        options: {},
        configuration: { timing: { memory: { latency } }, caches: false },
        statistics: { cycles },
      });
    writeFileSync(at('rows.jsonl'), `${row(1, 37, 308)}\n${row(0, 100, 749)}\n`);
    const { out } = await smmuv3('compare', at('rows.jsonl:0'), at('rows.jsonl:1'));
    expect(out).toMatch(/rows\.jsonl: point 0 \(memory\.latency=100\)$/m);
    expect(out).toMatch(/^memory\.latency +100 +37$/m);
    expect(out).toMatch(/^cycles +749 +308 +-58\.9 %$/m);
    expect((await smmuv3('compare', at('rows.jsonl:0'), at('rows.jsonl:7'))).err).toContain('has no point 7');
    expect((await smmuv3('compare', at('rows.jsonl'), at('rows.jsonl:1'))).err).toContain(
      'holds 2 points of a sweep, expected one: name it as in',
    );
  });

  test.each([
    ['nothing', undefined, 'no such file, expected a result of smmuv3 run --json'],
    ['no JSON', 'x', 'not valid JSON'],
    ['other JSON', '{"a":1}', 'field "statistics": got nothing, expected a JSON object'],
  ])('%s is refused', async (_, text, sentence) => {
    const a = await keep('a.json');
    if (text !== undefined) writeFileSync(at('other.json'), text);
    const { code, err } = await smmuv3('compare', a, at(text === undefined ? 'none.json' : 'other.json'));
    expect(code).toBe(2);
    expect(err).toContain(sentence);
  });
});
