// Calls that repeat what the call before did: their answers depend on what is asked, not on what was asked last.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Smmu } from '../../src/index.js';
import { Machine, RAM } from '../support/machine.js';
import { stage1, stage2 } from '../support/streams.js';
import { s1Leaf, s2Leaf } from '../support/encode.js';

const SID = 5;
const PAGE = RAM + 0x40_0000n;
const NORMAL = 0;
const DEVICE = 1;

let m: Machine;
let smmu: Smmu;
beforeEach(async () => {
  m = await Machine.create({ caches: 'mmu600-agilex5' });
  smmu = m.smmu;
  const { tables } = stage1(m, SID);
  tables.map(0x7000n, PAGE, s1Leaf({ attrIndx: NORMAL }));
  tables.map(0x8000n, PAGE + 0x1000n, s1Leaf({ attrIndx: DEVICE }));
  for (let i = 0; i < 3; i++) for (const iova of [0x7000, 0x8000]) smmu.lookup(SID, iova, 0);
});
afterEach(() => smmu.dispose());

test('an address that is no integer is none, also in a page that was looked up last', () => {
  const pa = Number(PAGE);
  expect(smmu.lookup(SID, 0x7010, 0)).toBe(pa + 0x10);
  for (const iova of [0x7010 + 0.5, -0x7010, 0x7010 + 2 ** -30, 2 ** 52 + 0x7010, 2 ** 53 + 0x7010, NaN])
    expect([iova, smmu.lookup(SID, iova, 0)]).toEqual([iova, -1]);
  expect(smmu.lookup(SID, 0x7011, 0)).toBe(pa + 0x11);
  expect(smmu.lookupWords(SID, 0x7012, 0, 0)).toBe(pa + 0x12);
});

test('attributes are those of the page and of the transaction', () => {
  const type = (iova: bigint, memType?: number): number =>
    smmu.translate({ streamId: SID, iova, ...(memType === undefined ? {} : { memType }) }).attributes.memType;
  const [normal, device] = [type(0x7000n), type(0x8000n)];
  expect(normal).toBe(0xff);
  expect(device).toBe(0x04);
  for (let i = 0; i < 3; i++) expect([type(0x7000n), type(0x8000n)]).toEqual([normal, device]);
  const hints = (allocHints: number): number =>
    smmu.translate({ streamId: SID, iova: 0x7000n, allocHints }).attributes.allocHints;
  const first = [hints(6), hints(0), hints(2)];
  expect([hints(6), hints(0), hints(2)]).toEqual(first);
});

test('attributes that a transaction brings to stage 2 alone are its own, hit after hit (IHI 0070 §13.1.5)', () => {
  stage2(m, SID + 1).map(0x7000n, PAGE, s2Leaf());
  const types = [0xff, 0x44, 0x04];
  const of = (memType: number): number =>
    smmu.translate({ streamId: SID + 1, iova: 0x7000n, memType }).attributes.memType;
  for (let time = 0; time < 3; time++) expect(types.map(of)).toEqual(types);
});

test('with SMMUEN = 0 an address is its own, also in a page that was looked up last', () => {
  expect(smmu.lookup(SID, 0x7020, 0)).toBe(Number(PAGE) + 0x20);
  m.cr0(0);
  expect(smmu.lookup(SID, 0x7020, 0)).toBe(0x7020);
  m.cr0(13);
  expect(smmu.lookup(SID, 0x7020, 0)).toBe(Number(PAGE) + 0x20);
});

test('results are objects of their own', () => {
  const [a, b] = [0, 1].map(() => smmu.translate({ streamId: SID, iova: 0x7000n }));
  expect(a).toEqual(b);
  expect(a.reads).not.toBe(b.reads);
  expect(a.permissions).not.toBe(b.permissions);
  expect(a.attributes).not.toBe(b.attributes);
  expect(Object.keys(a).join(' ')).toBe(
    'status pa pageSize permissions attributes accepted translated completion latency reads hit',
  );
});

test('arrivals go on from the last one, also beyond what a number holds', async () => {
  const at = 2n ** 53n - 2n;
  smmu.translate({ streamId: SID, iova: 0x7000n, arrival: at });
  for (let i = 0; i < 5; i++) smmu.translate({ streamId: SID, iova: 0x7000n });
  const early = { streamId: SID, iova: 0x7000n, arrival: at + 4n };
  expect(() => smmu.translate(early)).toThrow(
    `arrival must not decrease: ${at + 4n} is before the previous one at ${at + 5n}`,
  );
  const other = await Machine.create({ caches: 'mmu600-agilex5' });
  for (let i = 0; i < 5; i++) other.smmu.translate({ streamId: SID, iova: 0x7000n });
  expect(() => other.smmu.translate({ ...early, arrival: 3n })).toThrow(
    'arrival must not decrease: 3 is before the previous one at 4',
  );
  other.smmu.advance(2n ** 53n - 4n);
  for (let i = 0; i < 6; i++) other.smmu.translate({ streamId: SID, iova: 0x7000n });
  expect(() => other.smmu.translate({ ...early, arrival: 5n })).toThrow(
    `before the previous one at ${2n ** 53n + 1n}`,
  );
  other.smmu.dispose();
});
