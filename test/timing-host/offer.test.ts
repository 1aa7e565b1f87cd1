import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Batch, STATUS_OK, STATUS_PENDING } from '../../src/index.js';
import type { Machine } from '../support/machine.js';
import { gem5, SID, timedMachine } from './timed-machine.js';

const ROWS = 300;

let m: Machine;
beforeEach(async () => {
  m = await timedMachine(gem5(100));
});
afterEach(() => m.smmu.dispose());

function pages(machine: Machine, rows = ROWS): Batch {
  const batch = machine.smmu.createBatch(rows);
  for (let i = 0; i < rows; i++) {
    batch.streamId[i] = SID;
    batch.iova[i] = BigInt((i * 37) % 290) << 12n;
    batch.requester[i] = i % 8;
    batch.arrival[i] = BigInt(i % 50 === 0 ? 60 : i % 5); // as gaps
  }
  return batch;
}

const times = ({ accepted, translated, completion, status }: Batch): unknown => [
  [...accepted],
  [...translated],
  [...completion],
  [...status],
];

describe('offer', () => {
  test.each([1, 7, 64, 299])('a closed loop %i rows at a time is the loop of one run', async (count) => {
    const other = await timedMachine(gem5(100));
    const whole = pages(other);
    const { cycles } = other.smmu.run(whole, { outstanding: 24, minGap: 2 });

    const batch = pages(m);
    for (let start = 0; start < ROWS; start += count) {
      m.smmu.offer(batch, { start, count: Math.min(count, ROWS - start), outstanding: 24, minGap: 2 });
    }
    m.smmu.drain();
    expect(times(batch)).toEqual(times(whole));
    expect(m.smmu.stats()).toEqual(other.smmu.stats());

    // Letting the pipeline run empty in between is not that.
    other.smmu.dispose();
    const drained = await timedMachine(gem5(100));
    const rows = pages(drained);
    for (let start = 0; start < ROWS; start += count) {
      drained.smmu.offer(rows, { start, count: Math.min(count, ROWS - start), outstanding: 24, minGap: 2 });
      drained.smmu.drain();
    }
    expect(drained.smmu.stats().timing!.cycles).toBeGreaterThan(cycles);
    drained.smmu.dispose();
  });

  test('rows are pending until they are answered; time has come to the last acceptance', () => {
    const batch = pages(m);
    m.smmu.offer(batch, { count: 4, outstanding: 4 });
    expect([...batch.status.subarray(0, 5)]).toEqual([...Array<number>(4).fill(STATUS_PENDING), 0]);
    // Row 0 enters at once and each gap after it.
    expect(m.smmu.now).toBe(1n + 2n + 3n);
    m.smmu.advance(2000n);
    expect([...batch.status.subarray(0, 4)].map((word) => word & 0xff)).toEqual(Array(4).fill(STATUS_OK));
    expect([...batch.accepted.subarray(0, 4)]).toEqual([0n, 1n, 3n, 6n]);
  });

  test('a row on its way is not taken again', () => {
    const batch = pages(m);
    m.smmu.offer(batch, { count: 3 });
    expect(() => m.smmu.offer(batch, { start: 2, count: 1 })).toThrow(
      /^row 2 has been offered and not answered yet/,
    );
    m.smmu.drain();
    m.smmu.offer(batch, { start: 2, count: 1 });
  });

  test('what needs the device for itself lets them finish', () => {
    const batch = pages(m, 8);
    const other = pages(m, 8);
    const answered = (): boolean => batch.status.every((word) => (word & 0xff) === STATUS_OK);
    for (const call of [
      () => m.smmu.offer(other),
      () => m.smmu.run(other, { outstanding: 2 }),
      () => m.smmu.translateBatch(other),
      () => m.translate(SID, 0n),
      () => m.smmu.save(),
    ]) {
      m.smmu.drain();
      m.smmu.offer(batch, { outstanding: 8 });
      expect(answered()).toBe(false);
      call();
      expect(answered()).toBe(true);
    }
    m.smmu.drain();
    m.smmu.offer(batch, { outstanding: 8 });
    batch.dispose();
    expect(m.smmu.nextEvent()).toBeNull();
  });

  test('wrong arguments', () => {
    const batch = pages(m, 8);
    expect(() => m.smmu.offer(batch, { minGap: 2 })).toThrow('rows.minGap is for a closed loop');
    expect(() => m.smmu.offer(batch, { start: 7, count: 2 })).toThrow(/^rows.count must be/);
    expect(() => m.smmu.offer(batch, { outstanding: 0 })).toThrow(/^rows.outstanding must be/);
    batch.size[5] = 128;
    batch.iova[5] = 0xfc0n;
    expect(() => m.smmu.offer(batch, { start: 2 })).toThrow(/^row 5: size 128 at iova 0xfc0 crosses/);
  });
});

test('ordering ids that take turns are those of one run', () => {
  const batch = pages(m, 40);
  batch.requester.fill(1);
  batch.arrival.fill(0n);
  // The cold row 0 and the warm ones behind it: with one requester they leave in order.
  const inOrder = (): boolean =>
    [...batch.translated].every((at, i) => i === 0 || at >= batch.translated[i - 1]);
  m.smmu.run(batch, { outstanding: 16, requesters: 16 });
  expect(inOrder()).toBe(false);
  m.smmu.translateBatch(batch);
  expect(inOrder()).toBe(true);
});
