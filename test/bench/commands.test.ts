// The commands of bench/: what is wrong with their options is one sentence, and what they reckon is right.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { apart, apartText, isSame } from '../../bench/aa.js';
import { middleMean, type Series, spreadOf } from '../../bench/measure.js';
import { PEERS, quotedPeers } from '../../bench/peers.js';
import type { Result } from '../../bench/row.js';
import { longestPath, threadTimes } from '../../bench/thread-times.js';
import { slowed } from '../../scripts/prove-compare.mjs';

describe('one sentence and exit code 2', () => {
  test.each([
    ['dist/bench/main.js', '--foo'],
    ['dist/bench/main.js', 'extra'],
    ['dist/bench/sweep.js', '--foo'],
    ['dist/bench/slices.js', '--foo'],
    ['dist/bench/track/main.js', '--foo'],
    ['dist/bench/track/main.js', 'none.json'],
    ['dist/bench/golden/main.js', '--foo'],
    ['dist/bench/golden/main.js', '--accept'],
    ['dist/bench/experiments/main.js', '--foo'],
    ['dist/bench/experiments/main.js', '--only=foo'],
    ['scripts/bench-compare.mjs', '--foo'],
    ['scripts/bench-compare.mjs'],
    ['scripts/bench-compare.mjs', 'no-such-ref'],
    ['scripts/bench-compare.mjs', 'HEAD', '--rounds=many'],
    ['scripts/bench-compare.mjs', 'HEAD', '--threshold=x'],
    ['scripts/bench-compare.mjs', '--prove', 'HEAD'],
    ['scripts/bench-compare.mjs', '--prove', '--repetitions=0'],
  ])('%s %s %s', (...args) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).not.toContain('    at ');
  });
});

test('the proof changes the hit path as it stands, and only there', () => {
  const source = readFileSync('assembly/translate/hits.ts', 'utf8');
  const slow = slowed(source, 0.05);
  expect(slow).toContain('    if (done != stop) return done;\n    if (++repeated == 21) {\n');
  const kept = slow.split('\n').filter((line) => !/repeated/.test(line));
  for (const line of source.split('\n')) expect(kept).toContain(line);
  expect(() => slowed('another', 0.05)).toThrow('has no longer the lines');
});

const spread = (median: number): Result['ratio'] => ({ median, min: median, max: median });
const result = (group: string, name: string, reference: string, median: number): Result => ({
  group,
  name,
  reference,
  detail: '',
  rate: spread(1),
  ratio: spread(median),
  referenceRate: spread(1),
});

const series = (rates: readonly number[]): Series => ({
  rates,
  ratios: rates.map((rate) => rate / 1000),
  references: rates.map(() => 1000),
});

test('an A/A run compares repetition for repetition: what disturbs both alike is no difference', () => {
  // The machine became half as fast on the way, a little later for the second.
  const first = series([100, 100, 100, 50, 50, 50, 50]);
  const second = series([101, 101, 101, 101, 50.5, 50.5, 50.5]);
  expect(apart('row', [first, second])).toEqual({
    row: 'row',
    first: 0.05,
    second: 0.101,
    difference: expect.closeTo(0.01, 10),
  });
});

test('an A/A run says how many rows are too far apart', () => {
  const rows = [
    { row: 'g: b', first: 0.04, second: 0.039, difference: -0.025 },
    { row: 'g: a', first: 0.5, second: 0.504, difference: 0.008 },
  ];
  expect(apartText(rows)).toMatch(/^ *-2\.50 % {2}0\.04000 {2}0\.03900 {2}g: b\n/);
  expect(apartText(rows)).toContain('2 rows, 1 apart by 1.5 % or more');
  expect([isSame(rows), isSame(rows.slice(1))]).toEqual([false, true]);
});

test('a sample is the mean of the middle half, a measurement the median of its processes', () => {
  expect(middleMean([9, 1, 2, 3, 4, 100, 0, 5])).toBe((2 + 3 + 4 + 5) / 4);
  expect(middleMean([7])).toBe(7);
  // The second process took more repetitions than the others together: it counts once.
  expect(spreadOf([[1, 2, 3], [10, 10, 10, 10, 10, 10], [4]])).toEqual({ median: 4, min: 1, max: 10 });
});

test('peers are compared by the kernel of their machine, or not at all', () => {
  const hot = "the same walks with tables in the processor's caches, 4,096 pages in turn";
  const quoted = quotedPeers([result(hot, 'fast', 'tlbSimd', 0.2), result(hot, 'slow', 'tlbSimd', 0.05)]);
  const of = (peer: string, what: string): object | undefined =>
    quoted.find((one) => one.peer === peer && one.what === what);
  // 2.4 ns of tlbSimd over 25 and 54 ns.
  expect(of('OpenVMM', 'four reads')).toMatchObject({ slower: ['slow'], ratio: [2.4 / 54, 2.4 / 25] });
  expect(of('QEMU', 'four reads')).toMatchObject({ slower: [], ratio: [2.4 / 206, 2.4 / 206] });
  const unknown = quoted.filter(({ source }) => source !== 'issue 10');
  expect(unknown.length).toBeGreaterThan(0);
  for (const one of unknown) expect(one).not.toHaveProperty('slower');
});

test('every figure of a peer stands beside a group that bench/ has, and names its source', () => {
  const files = ['hit', 'walk', 'timed'].map((name) =>
    readFileSync(join('bench/cases', `${name}.ts`), 'utf8'),
  );
  const words = [
    'hit, micro TLB',
    'hit, main TLB',
    'miss, stage 1, 4 levels',
    'miss, nested',
    'timed hit',
    'timed miss',
  ];
  const groups = [...words, "the same walks with tables in the processor's caches"];
  expect(files.join('\n')).toContain(groups[6]);
  for (const { groups: pattern, source, nanoseconds } of PEERS) {
    expect(groups.some((group) => pattern.test(group))).toBe(true);
    expect(source.name).not.toBe('');
    expect(nanoseconds[0]).toBeLessThanOrEqual(nanoseconds[1]);
  }
});

test('the longest path is the main thread and the busiest other one', () => {
  const main = String(process.pid);
  const before = new Map([
    [main, 1],
    ['7', 2],
  ]);
  const after = new Map([
    [main, 1.5],
    ['7', 4],
    ['8', 3],
    ['9', 0.1],
  ]);
  expect(longestPath(before, after)).toBe(0.5 + 3);
  expect(threadTimes()?.get(main) ?? 1).toBeGreaterThan(0);
});
