// One transaction at a time under 'gem5-default': exact to the cycle.
import { describe, expect, test } from '@jest/globals';
import { GROUPS } from '../../bench/experiments/closed-form-cases.js';
import { measure } from '../../bench/experiments/closed-forms.js';

describe.each([0, 37, 100])('closed forms, L = %d', (latency) => {
  test.each(GROUPS)('$name', async (group) => {
    const measured = await measure(group, latency);
    const got = measured.map(({ row, cycles, status }) => ({
      label: row.label,
      cycles: row.cycles === undefined ? undefined : cycles,
      status,
    }));
    const expected = measured.map(({ row, expected: asked }) => ({
      label: row.label,
      cycles: asked,
      status: row.fault === true ? 'abort' : 'ok',
    }));
    expect(got).toEqual(expected);
  });
});
