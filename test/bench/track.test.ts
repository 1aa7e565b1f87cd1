// Tracking of performance: intervals, golden figures with their reasons, and the formats that other tools read.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { accept, changesOf, readGolden } from '../../bench/golden/golden.js';
import { medianInterval, verdictOf } from '../../bench/track/median-interval.js';
import { historyPage } from '../../bench/track/page.js';
import { bencherMetrics, customBiggerIsBetter, recordOf } from '../../bench/track/record.js';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'smmuv3-golden-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the interval of a median', () => {
  // Of n values, k at each end left out: the chance to miss is twice the sum of C(n, i) / 2^n for i up to k.
  test('from the binomial distribution by hand: six values and 5 %', () => {
    // 2 / 64 = 3.1 %: the least and the greatest; leaving one out would be 2 * 7 / 64.
    expect(medianInterval([6, 1, 5, 2, 4, 3], 0.05)).toEqual({ median: 3.5, low: 1, high: 6 });
    expect(medianInterval([6, 1, 5, 2, 4, 3], 2 * (7 / 64))).toMatchObject({ low: 2, high: 5 });
  });

  test('too few values say nothing', () => {
    expect(medianInterval([1, 2, 3, 4], 0.05)).toEqual({ median: 2.5, low: -Infinity, high: Infinity });
  });

  test('a difference counts when all of the interval lies beyond the threshold', () => {
    const verdict = (low: number, high: number): string => verdictOf({ median: 1, low, high }, 0.03);
    expect([verdict(0.9, 0.96), verdict(0.9, 0.98), verdict(1.02, 1.1), verdict(1.04, 1.1)]).toEqual([
      'slower',
      'same',
      'same',
      'faster',
    ]);
  });

  test('coins: it misses no more often than it says', () => {
    let seed = 1;
    const random = (): number => (seed = (seed * 48271) % 2147483647) / 2147483647;
    let missed = 0;
    for (let i = 0; i < 2000; i++) {
      const { low, high } = medianInterval(
        Array.from({ length: 21 }, () => random() ** 2),
        0.05,
      );
      // The median of u^2 is 1/4.
      if (low > 0.25 || high < 0.25) missed++;
    }
    expect(missed).toBeLessThanOrEqual(2000 * 0.05 + 3 * Math.sqrt(2000 * 0.05 * 0.95));
    expect(missed).toBeGreaterThan(10);
  });
});

describe('golden figures', () => {
  test('what changed is named, and taken by name or group with its reason', () => {
    const first = { 'hits.cycles': 10, 'hits.walks': 2, 'wasm.bytes': 100 };
    accept(folder, first, 'hits', 'The first');
    expect(readGolden(folder)).toEqual({ 'hits.cycles': 10, 'hits.walks': 2 });
    const now = { 'hits.cycles': 11, 'wasm.bytes': 100 };
    expect(changesOf(readGolden(folder), now)).toEqual([
      { name: 'hits.cycles', before: 10, now: 11 },
      { name: 'hits.walks', before: 2, now: undefined },
      { name: 'wasm.bytes', before: undefined, now: 100 },
    ]);
    expect(accept(folder, now, 'hits.cycles', 'A cycle more for the link')).toHaveLength(1);
    expect(accept(folder, now, 'hit', 'A prefix of a name is no group')).toEqual([]);
    expect(readGolden(folder)).toEqual({ 'hits.cycles': 11, 'hits.walks': 2 });
    const reasons = readFileSync(join(folder, 'reasons.jsonl'), 'utf8').trim().split('\n');
    expect(JSON.parse(reasons[2])).toEqual({
      name: 'hits.cycles',
      before: 10,
      now: 11,
      why: 'A cycle more for the link',
    });
  });
});

describe('formats', () => {
  const spread = { median: 0.5, min: 0.4, max: 0.6 };
  const record = recordOf(
    {
      node: 'v20.20.2',
      cpu: 'A CPU',
      results: [
        {
          group: 'TLB hits',
          name: 'micro',
          detail: '',
          reference: 'tlbSimd',
          rate: spread,
          ratio: spread,
          referenceRate: spread,
        },
      ],
    },
    { 'hits.cycles': 10, 'wasm.exports': 'a b' },
    { commit: 'abcdef0123456789', date: '2026-11-28T00:00:00Z' },
  );

  test('customBiggerIsBetter, as the README of github-action-benchmark has it', () => {
    const schema = {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['name', 'unit', 'value'],
        additionalProperties: false,
        properties: {
          name: { type: 'string', minLength: 1 },
          unit: { type: 'string' },
          value: { type: 'number' },
          range: { type: 'string' },
          extra: { type: 'string' },
        },
      },
    };
    const entries = customBiggerIsBetter(record);
    const validate = new Ajv().compile(schema);
    expect([validate(entries), validate.errors]).toEqual([true, null]);
    expect(entries[0]).toMatchObject({ name: 'TLB hits/micro × tlbSimd', value: 0.5, range: '0.4..0.6' });
  });

  test('Bencher Metric Format', () => {
    const measure = {
      type: 'object',
      required: ['value'],
      additionalProperties: false,
      properties: {
        value: { type: 'number' },
        lower_value: { type: 'number' },
        upper_value: { type: 'number' },
      },
    };
    const schema = {
      type: 'object',
      minProperties: 1,
      additionalProperties: { type: 'object', minProperties: 1, additionalProperties: measure },
    };
    const metrics = bencherMetrics(record);
    const validate = new Ajv().compile(schema);
    expect([validate(metrics), validate.errors]).toEqual([true, null]);
    expect(metrics).toEqual({
      'TLB hits/micro × tlbSimd': { ratio: { value: 0.5, lower_value: 0.4, upper_value: 0.6 } },
      'hits.cycles': { count: { value: 10 } },
    });
  });

  test('a page with a chart for each group and one of the deterministic figures', () => {
    const html = historyPage([record, { ...record, commit: '0123' }]);
    expect(html.match(/<figure id=/g)).toHaveLength(2);
    expect(html).toContain('Performance over 2 measurements');
  });
});
