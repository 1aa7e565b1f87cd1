// Transactions of one requester and direction leave a TBU in order; no requester waits for another (docs/timing.md).
import { expect, test } from '@jest/globals';
import { Machine } from '../../bench/experiments/machine.js';
import { FLAG_WRITE, presets } from '../../src/index.js';

const STREAM = 1;
const WARM = 0x100_0000_0000;
const COLD = 0x200_0000_0000;
const OTHERS = 500;
const REQUESTERS = 65536;

test('a requester waits for itself, in one direction, and for nobody else', async () => {
  const { timing, caches } = presets['gem5-default'];
  const machine = await Machine.create({
    timing: {
      ...timing,
      tbu: { ...timing.tbu, slots: 512 },
      memory: { ...timing.memory, latency: 300, dataLatency: 1 },
    },
    caches: { ...caches, walkCaches: false }, // a miss outlasts all the hits
  });
  const { smmu } = machine;
  const rounds = 20;
  const stage1 = machine.tables(1);
  stage1.map(WARM, 0x80_0000_0000);
  for (let round = 0; round < rounds; round++) stage1.map(COLD + round * 4096, 0x81_0000_0000);
  machine.stream(STREAM, { stage1 });
  smmu.lookup(STREAM, WARM, 0);

  const rows = OTHERS + 3;
  const batch = smmu.createBatch(rows);
  const late: number[] = []; // of the others, those that came no earlier than the miss
  for (let round = 0; round < rounds; round++) {
    // Over the rounds the others come from all over the range.
    const first = (round * 3277) % REQUESTERS;
    batch.streamId.fill(STREAM);
    batch.iova.fill(BigInt(WARM));
    batch.flags.fill(0);
    for (let row = 0; row < rows; row++) batch.requester[row] = (first + row) % REQUESTERS;
    batch.iova[0] = BigInt(COLD + round * 4096);
    batch.requester[rows - 2] = first;
    batch.requester[rows - 1] = first;
    batch.flags[rows - 1] = FLAG_WRITE;
    smmu.translateBatch(batch);
    const completion = Array.from(batch.completion, Number);
    const miss = completion[0];
    late.push(completion.slice(1, OTHERS + 1).filter((at) => at >= miss).length);
    expect(completion[rows - 2]).toBeGreaterThanOrEqual(miss); // its own next read
    expect(completion[rows - 1]).toBeLessThan(miss); // its write
  }
  expect(late).toEqual(late.map(() => 0));
});
