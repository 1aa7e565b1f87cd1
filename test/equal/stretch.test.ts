/** Rows that all hit, in time: what their stretch (timing/stretch.ts) leaves in the statistics is what the machine leaves. */
import { expect, test } from '@jest/globals';
import { presets } from '../../src/index.js';
import { s1Leaf } from '../support/encode.js';
import { stage1 } from '../support/streams.js';
import { Pair } from './pair.js';

const ROWS = 300;
const PAGES = 8;

test('the greatest latency of hits alone, in an open and a closed loop', async () => {
  const timing = 'mmu600-agilex5';
  const pair = await Pair.create({ timing, caches: presets[timing].caches });
  try {
    const { tables } = stage1(pair.machine, 1);
    const page = (n: number): bigint => BigInt(n % PAGES) << 12n;
    for (let n = 0; n < PAGES; n++) tables.map(0x40_0000n + page(n), 0x10_0000_0000n + page(n), s1Leaf());
    pair.fill(
      Array.from({ length: ROWS }, (_, n) => ({ streamId: 1, iova: 0x40_0000n + page(n), flags: 0 })),
    );
    pair.run('loop', [ROWS], 1);
    for (const [manner, outstanding] of [
      ['loop', 8],
      ['loop', 64],
      ['batch', 1],
    ] as const) {
      for (const smmu of [pair.short, pair.long]) smmu.resetStats();
      pair.run(manner, [ROWS], outstanding);
      pair.compareState();
    }
    expect(pair.outputs()).toEqual(Array.from({ length: ROWS }, (_, n) => 0x10_0000_0000n + page(n)));
  } finally {
    pair.dispose();
  }
});
