import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { FLAG_WRITE, type Translation } from '../../src/index.js';
import type { Machine } from '../support/machine.js';
import { DATA, gem5, PAGES, SID, timedMachine } from './timed-machine.js';

const FAR = PAGES << 12n; // not mapped

let m: Machine;
beforeEach(async () => {
  m = await timedMachine(gem5(100));
});
afterEach(() => m.smmu.dispose());

describe('one at a time', () => {
  test('times of a translation (closed forms of gem5: 49 + 7L, 4 + L, 33 + 2L)', () => {
    const cold = m.translate(SID, 0n);
    expect(cold).toMatchObject({ status: 'ok', pa: DATA, latency: 749, accepted: 1n, completion: 750n });
    expect(cold.translated - cold.accepted).toBe(648n);
    expect(m.smmu.now).toBe(750n);
    expect(m.translate(SID, 64n)).toMatchObject({ latency: 104, hit: 'micro-tlb' });
    expect(m.translate(SID, 0x1000n)).toMatchObject({ latency: 233, hit: 'walk' });
    expect(m.smmu.nextEvent()).toBeNull();
  });

  test('arrival: as given, later than now or not; never decreasing', () => {
    expect(m.translate(SID, 0n, { arrival: 5000n })).toMatchObject({ accepted: 5000n, completion: 5749n });
    expect(m.translate(SID, 0n)).toMatchObject({ accepted: 5749n });
    expect(() => m.translate(SID, 0n, { arrival: 4999n })).toThrow(/^arrival must not decrease/);
  });

  test('lookup and lastTranslation', () => {
    expect(m.smmu.lookup(SID, 0x2040, 0)).toBe(Number(DATA) + 0x2040);
    expect(m.smmu.now).toBe(750n);
    expect(m.smmu.lookupWords(SID, 0x2080, 0, FLAG_WRITE)).toBe(Number(DATA) + 0x2080);
    expect(m.smmu.lookup(SID, Number(FAR), 0)).toBe(-1);
    expect(m.smmu.lastTranslation()).toMatchObject({ status: 'abort', event: { name: 'F_TRANSLATION' } });
    expect(m.smmu.lastTranslation().latency).toBeGreaterThan(100);
  });
});

describe('submit, advance and poll', () => {
  test('transactions overlap, finish as time passes, in completion order', () => {
    const tickets = [0n, 0x5000n, 0x40n].map((iova, i) =>
      m.smmu.submit({ streamId: SID, iova, requester: i, arrival: BigInt(100 + i) }),
    );
    const done: Translation[] = [];
    expect(m.smmu.poll(done)).toBe(0);
    expect(m.smmu.nextEvent()).toBe(100n);
    m.smmu.advance(200n);
    expect(m.smmu.now).toBe(200n);
    expect(m.smmu.poll(done)).toBe(0);
    m.smmu.advance(10_000n);
    expect(m.smmu.poll(done)).toBe(3);
    expect(done.map(({ accepted }) => accepted)).toEqual([100n, 101n, 102n]);
    expect(done.map(({ ticket }) => ticket)).toEqual(tickets);
    expect(done.every((d, i) => i === 0 || d.completion >= done[i - 1].completion)).toBe(true);
    expect(done[0]).toMatchObject({ status: 'ok', pa: DATA, latency: 749 });
    expect(m.smmu.nextEvent()).toBeNull();
    expect(() => m.smmu.advance(9999n)).toThrow(/^time does not run backwards/);
  });

  test('translate drains what was submitted', () => {
    const ticket = m.smmu.submit({ streamId: SID, iova: 0n });
    m.translate(SID, 0x1000n);
    const done: Translation[] = [];
    expect(m.smmu.poll(done)).toBe(1);
    expect(done[0]).toMatchObject({ ticket, accepted: 1n, latency: 749 });
  });

  test('the inbox has an end, and says so', () => {
    for (let i = 0; i < 4096; i++) m.smmu.submit({ streamId: SID, iova: 0n });
    expect(() => m.smmu.submit({ streamId: SID, iova: 0n })).toThrow(
      /^submit has room for 4096 transactions that have not been answered/,
    );
    m.smmu.advance(1_000_000n);
    m.smmu.submit({ streamId: SID, iova: 0n });
    m.smmu.advance(1_001_000n);
    const done: Translation[] = [];
    expect(m.smmu.poll(done)).toBe(4097);
  });
});
