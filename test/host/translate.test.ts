import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { FLAG_SSV, FLAG_WRITE, type Translation } from '../../src/index.js';
import { record } from '../support/events.js';
import { Machine, RAM } from '../support/machine.js';
import { stage1 } from '../support/streams.js';
import { s1Leaf } from '../support/encode.js';

const SID = 5;
const UNKNOWN = 0x1000; // beyond the stream table
const PAGE = RAM + 0x40_0000n;

let m: Machine;
beforeEach(async () => {
  m = await Machine.create({ caches: 'mmu600-agilex5' });
  const { tables } = stage1(m, SID);
  tables.map(0x7000n, PAGE, s1Leaf());
});
afterEach(() => m.smmu.dispose());

describe('translate', () => {
  test('a page: address, size, attributes, reads and what answered', () => {
    const first = m.translate(SID, 0x7123n);
    expect(first).toMatchObject({
      status: 'ok',
      pa: PAGE + 0x123n,
      pageSize: 4096n,
      hit: 'walk',
      latency: 0,
    });
    expect(first.reads).toEqual({ ste: 1, cd: 1, stage1: 4, stage2: 0 });
    expect(first.permissions.read).toBe(true);
    expect(first.event).toBeUndefined();
    const again = m.translate(SID, 0x7ff8n, { size: 8 });
    expect(again).toMatchObject({ status: 'ok', pa: PAGE + 0xff8n, hit: 'micro-tlb' });
    expect(again.reads).toEqual({ ste: 0, cd: 0, stage1: 0, stage2: 0 });
  });

  test('a fault is a result with its record', () => {
    const result = m.translate(UNKNOWN, 0n);
    expect(result).toMatchObject({ status: 'abort', hit: 'none' });
    expect(result.event).toMatchObject({ name: 'C_BAD_STREAMID', streamId: UNKNOWN, recorded: true });
    expect(result.event!.words).toEqual(record(0x02, { sid: UNKNOWN }));
    m.expectEvents(record(0x02, { sid: UNKNOWN }));
  });

  test('default incoming attributes are Normal write-back, non-shareable', () => {
    m.ste(9, { Config: 4 });
    const { attributes } = m.translate(9, 0x1234n);
    expect(attributes).toEqual({ memType: 0xff, shareability: 0, allocHints: 6 });
    const device = m.translate(9, 0x1234n, { memType: 0x04, shareability: 2, allocHints: 0 });
    expect(device.attributes.memType).toBe(0x04);
  });

  test.each<[Record<string, unknown>, RegExp]>([
    [{ streamId: -1 }, /^streamId must be between 0 and 0xffffffff, not -1$/],
    [{ streamId: 1.5 }, /^streamId must be an integer/],
    [{ iova: 5 }, /^iova must be a bigint, not 5$/],
    [{ iova: 1n << 64n }, /^iova must be between/],
    [{ substreamId: 1 << 20 }, /^substreamId must be between/],
    [{ access: 'execute' }, /^access must be 'read' or 'write', not 'execute'$/],
    [{ privileged: 1 }, /^privileged must be true or false, not 1$/],
    [{ memType: 256 }, /^memType must be between 0 and 255, not 256$/],
    [{ size: 0 }, /^size must be between 1 and 4096, not 0$/],
    [{ iova: 0xfc1n }, /^size 64 at iova 0xfc1 crosses a 4 KiB boundary: split the transaction there$/],
    [{ ats: 'request' }, /^ats must be 'translated'/],
    [{ arrival: 3 }, /^arrival must be a bigint/],
    [{ streamID: 3 }, /^transaction has no field 'streamID'/],
  ])('wrong fields are named: %#', (wrong, sentence) => {
    expect(() => m.smmu.translate({ streamId: SID, iova: 0n, ...wrong })).toThrow(sentence);
  });

  test('arrivals never decrease, and a refused one leaves no trace', () => {
    m.translate(SID, 0x7000n, { arrival: 100n });
    expect(() => m.translate(SID, 0x7000n, { arrival: 99n })).toThrow(
      'arrival must not decrease: 99 is before the previous one at 100',
    );
    m.translate(SID, 0x7000n, { arrival: 100n });
    m.translate(SID, 0x7000n); // 101
    expect(() => m.translate(SID, 0x7000n, { arrival: 100n })).toThrow(RangeError);
    expect(m.smmu.stats().transactions).toBe(3);
  });
});

describe('lookup', () => {
  test('gives the address as a number, or -1 and the rest by lastTranslation', () => {
    const { smmu } = m;
    expect(smmu.lookup(SID, 0x7040, 0)).toBe(Number(PAGE) + 0x40);
    expect(smmu.lookup(SID, 0x7040, 0)).toBe(Number(PAGE) + 0x40);
    expect(smmu.lookupWords(SID, 0x7040, 0, FLAG_WRITE)).toBe(Number(PAGE) + 0x40);
    expect(smmu.lookup(SID, 0x9000, 0)).toBe(-1);
    expect(smmu.lastTranslation()).toMatchObject({
      status: 'abort',
      event: { name: 'F_TRANSLATION', inputAddr: 0x9000n },
    });
  });

  test('all 64 bits by words, SubstreamID in the flags', () => {
    const { smmu } = m;
    expect(smmu.lookupWords(SID, 0x7000, 0x8000_0000, FLAG_SSV | (3 << 12))).toBe(-1);
    expect(smmu.lastTranslation().event).toMatchObject({ streamId: SID });
    expect(smmu.lookupWords(SID, 0x7000, 0x8000_0000, 0)).toBe(-1);
    expect(smmu.lastTranslation().event).toMatchObject({ inputAddr: 0x8000_0000_0000_7000n });
  });

  test('counts as translate does', () => {
    const { smmu } = m;
    smmu.lookup(SID, 0x7000, 0);
    smmu.lookup(SID, 0x7000, 0);
    smmu.translate({ streamId: SID, iova: 0x7000n });
    const stats = smmu.stats();
    expect(stats.outcomes.ok).toBe(3);
    expect(stats.hits['micro-tlb']).toBe(2);
    expect(stats.hits.walk).toBe(1);
  });
});

describe('submit and poll', () => {
  test('finished transactions come out once, in order, with their tickets', () => {
    const { smmu } = m;
    const a = smmu.submit({ streamId: SID, iova: 0x7000n });
    const b = smmu.submit({ streamId: SID, iova: 0x9000n });
    const done: Translation[] = [m.translate(SID, 0x7000n)];
    expect(smmu.poll(done)).toBe(2);
    expect(done.map(({ ticket, status }) => [ticket, status])).toEqual([
      [a, 'ok'],
      [b, 'abort'],
    ]);
    expect(done[1].event!.name).toBe('F_TRANSLATION');
    expect(smmu.poll(done)).toBe(0);
    expect(done).toEqual([]);
  });
});

describe('trace', () => {
  test('shows every step and answers as translate does', () => {
    const { steps, translation, complete } = m.smmu.trace({ streamId: SID, iova: 0x7008n });
    expect(complete).toBe(true);
    expect(translation).toMatchObject({ status: 'ok', pa: PAGE + 8n });
    const reads = steps
      .filter(({ kind }) => ['ste', 'cd', 'descriptor'].includes(kind))
      .map(({ kind }) => kind);
    expect(reads).toEqual(['ste', 'cd', 'descriptor', 'descriptor', 'descriptor', 'descriptor']);
    expect(steps.at(-1)).toMatchObject({ kind: 'output', data: PAGE + 8n });
    expect(m.smmu.trace({ streamId: SID, iova: 0x7008n }).steps.length).toBeLessThan(steps.length);
  });
});
