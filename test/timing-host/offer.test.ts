import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Batch, STATUS_OK, STATUS_PENDING, type Translation } from '../../src/index.js';
import { Rng } from '../oracle/random.js';
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
    for (const stray of [{ minGap: 2 }, { requesters: 2 }, { firstOffer: 2n }]) {
      expect(() => m.smmu.offer(batch, stray)).toThrow(
        `rows.${Object.keys(stray)[0]} is for a closed loop: it needs rows.outstanding`,
      );
    }
    for (const requesters of [0, 65537, 1.5, NaN]) {
      expect(() => m.smmu.offer(batch, { outstanding: 1, requesters })).toThrow(/^rows.requesters must be/);
    }
    for (const firstOffer of [-1n, 1n << 63n, 5 as never]) {
      expect(() => m.smmu.offer(batch, { outstanding: 1, firstOffer })).toThrow(/^rows.firstOffer must be/);
    }
    expect(() => m.smmu.offer(batch, { start: 7, count: 2 })).toThrow(/^rows.count must be/);
    expect(() => m.smmu.offer(batch, { outstanding: 0 })).toThrow(/^rows.outstanding must be/);
    batch.size[5] = 128;
    batch.iova[5] = 0xfc0n;
    expect(() => m.smmu.offer(batch, { start: 2 })).toThrow(/^row 5: size 128 at iova 0xfc0 crosses/);
  });
});

describe('a closed loop with everything that run takes, in pieces', () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])('divided at random (%i): the same times and counts', async (seed) => {
    const rng = new Rng(seed);
    const source = {
      outstanding: rng.pick([1, 3, 16, 64]),
      minGap: rng.pick([0, 0, 3]),
      requesters: rng.pick([1, 2, 7, 32, 65536]),
      firstOffer: rng.pick([0n, 1n, 500n]),
    };
    const other = await timedMachine(gem5(100));
    const whole = pages(other);
    const { start, cycles } = other.smmu.run(whole, source);
    expect(start).toBe(source.firstOffer);

    const batch = pages(m);
    const { firstOffer, ...rest } = source;
    for (let at = 0; at < ROWS;) {
      const count = Math.min(rng.between(1, 90), ROWS - at);
      m.smmu.offer(batch, {
        start: at,
        count,
        ...rest,
        ...(at === 0 || rng.chance(0.3) ? { firstOffer } : {}),
      });
      at += count;
    }
    m.smmu.drain();
    expect(times(batch)).toEqual(times(whole));
    expect(m.smmu.stats()).toEqual(other.smmu.stats());
    expect(m.smmu.stats().timing!.cycles).toBe(cycles);
    other.smmu.dispose();
  });

  test('through a batch that is used again and again, the ids go on where they were', async () => {
    const RING = 60;
    const loop = { outstanding: 8 };
    const machines = [await timedMachine(gem5(100)), await timedMachine(gem5(100))];
    const [whole, byRow] = machines.map((machine) => pages(machine));
    // Hits behind misses: who is ordered with whom shows.
    for (const batch of [whole, byRow]) {
      batch.arrival.fill(0n);
      for (let i = 0; i < ROWS; i++) batch.iova[i] = BigInt(i % 5 === 0 ? i : (i * i) % 8) << 12n;
    }
    machines[0].smmu.run(whole, { ...loop, requesters: 7 });
    for (let i = 0; i < ROWS; i++) byRow.requester[i] = (i % RING) % 7;
    machines[1].smmu.run(byRow, loop);
    expect(times(whole)).not.toEqual(times(byRow));

    const ring = m.smmu.createBatch(RING);
    const got: bigint[] = [];
    for (let start = 0; start < ROWS; start += 20) {
      const at = start % RING;
      if (start >= RING) got.push(...ring.completion.subarray(at, at + 20));
      for (let i = 0; i < 20; i++) {
        ring.streamId[at + i] = whole.streamId[start + i];
        ring.iova[at + i] = whole.iova[start + i];
        ring.arrival[at + i] = whole.arrival[start + i];
      }
      m.smmu.offer(ring, { start: at, count: 20, ...loop, requesters: 7 });
    }
    m.smmu.drain();
    got.push(...ring.completion); // ROWS is a multiple of RING
    expect(got).toEqual([...whole.completion]);
    machines.forEach((machine) => machine.smmu.dispose());
  });

  test('a later first offer holds a piece back; nothing is offered before now', async () => {
    const batch = pages(m, 8);
    batch.arrival.fill(0n);
    m.smmu.offer(batch, { count: 4, outstanding: 8 });
    m.smmu.offer(batch, { start: 4, outstanding: 8, firstOffer: 5000n });
    m.smmu.drain();
    expect([...batch.accepted]).toEqual([0n, 1n, 2n, 3n, 5000n, 5001n, 5002n, 5003n]);
    const now = m.smmu.now;
    m.smmu.offer(batch, { count: 1, outstanding: 1, firstOffer: 10n });
    m.smmu.drain();
    expect(batch.accepted[0]).toBe(now);
  });
});

describe('drain', () => {
  const poll = (): number[] => {
    const out: Translation[] = [];
    m.smmu.poll(out);
    return out.map(({ ticket }) => ticket!);
  };

  test('finishes submitted transactions, those that arrive later among them', () => {
    const tickets = [10n, 20n, 90_000n].map((arrival) =>
      m.smmu.submit({ streamId: SID, iova: arrival << 12n, arrival }),
    );
    expect(poll()).toEqual([]);
    m.smmu.drain();
    expect(poll().sort()).toEqual(tickets);
    expect(m.smmu.now).toBeGreaterThan(90_000n);
    expect(m.smmu.nextEvent()).toBeNull();
  });

  test('and offered rows with them', () => {
    const batch = pages(m, 8);
    m.smmu.offer(batch, { outstanding: 8 });
    const ticket = m.smmu.submit({ streamId: SID, iova: 0n });
    m.smmu.drain();
    expect(poll()).toEqual([ticket]);
    expect([...batch.status].every((word) => (word & 0xff) === STATUS_OK)).toBe(true);
  });

  test('more of them than the inbox hands over at once', () => {
    let tickets = 0;
    try {
      for (;;) {
        m.smmu.submit({ streamId: SID, iova: BigInt(tickets % 290) << 12n });
        tickets++;
      }
    } catch (error) {
      expect(error).toBeInstanceOf(RangeError);
    }
    m.smmu.drain();
    expect(poll()).toHaveLength(tickets);
  });

  test('with nothing to wait for it does nothing, nor does time pass', () => {
    m.smmu.drain();
    expect(m.smmu.now).toBe(0n);
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
