// The core's engine against gem5's own cycles where transactions meet.
import { describe, expect, test } from '@jest/globals';
import { FLAG_WRITE } from '../../src/index.js';
import { gem5Timing } from '../../bench/experiments/closed-forms.js';
import { Machine } from '../../bench/experiments/machine.js';
import { contentionTables, distance, FILLERS, traces } from './contention.js';

const LATENCY = 100;
const OUTSTANDING = 64;
/** Cycles that a request may be off where gem5's order of events of one tick decides. */
const SLACK = 2;

describe('contention traces of gem5', () => {
  test.each(traces)('$name', async ({ parts }) => {
    const machine = await Machine.create({ caches: 'gem5-default', timing: gem5Timing(LATENCY) });
    const { smmu } = machine;
    const stage1 = machine.tables(1);
    contentionTables(stage1);
    FILLERS.forEach((page) => stage1.map(page, page));
    machine.stream(0, { stage1 });
    const off = parts.map(({ rows }, part) => {
      if (part > 0) for (const page of FILLERS) smmu.translate({ streamId: 0, iova: BigInt(page) });
      const batch = smmu.createBatch(rows.length);
      rows.forEach(({ va, write, gap }, i) => {
        batch.iova[i] = BigInt(va);
        batch.size[i] = 64;
        batch.flags[i] = write ? FLAG_WRITE : 0;
        batch.arrival[i] = BigInt(gap);
      });
      const first = part === 0 ? BigInt(rows[0].offered) : smmu.now + 100n;
      smmu.run(batch, { outstanding: OUTSTANDING, firstOffer: first });
      const times = rows.map((_, i) => [Number(batch.accepted[i]), Number(batch.completion[i])] as const);
      return distance({ rows }, times);
    });
    for (const { most } of off) expect(most).toBeLessThanOrEqual(SLACK);
  });
});
