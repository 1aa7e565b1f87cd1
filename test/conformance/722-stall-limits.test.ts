// Full and waiting resources: more stalls than there are places, stalls whose record waits for the Event queue, queues whose
// indices make no sense (IHI 0070 §3.5.1, §3.12.2, §4.7.2, §6.3.9).
import { beforeEach, describe, expect, test } from '@jest/globals';
import { cmd, s1Leaf, s2Leaf } from '../support/encode.js';
import { C_BAD_STE, F_TRANSLATION, record } from '../support/events.js';
import { CMDQEN, EVENTQEN, Machine, R, SMMUEN } from '../support/machine.js';
import { stage1, stage2 } from '../support/streams.js';
import { say, WAYS } from '../support/ways.js';

const VA = 0x12_3000n;
const PA = 0x5555_5000n;
let m: Machine;
const outcomes = (): string[] => m.resumed.map((r) => r.outcome.status);

describe('IHI 0070 §3.12.2 no place is left for a stall', () => {
  beforeEach(async () => {
    m = await Machine.create({ id: { STALL_MAX: 2 } });
  });
  /** Takes both places by another stream. */
  const fill = (): void => {
    stage1(m, 9, { cdFields: { S: 1, ASID: 9 } });
    for (const va of [0x1000n, 0x2000n]) expect(m.translate(9, va).status).toBe('stalled');
    expect(m.events()).toHaveLength(2);
  };
  const flags = [0, 1].flatMap((A) => [0, 1].map((R0) => [A, R0] as const));
  const cases = WAYS.flatMap((way) => flags.map(([A, R0]) => [way, A, R0] as const));
  test.each(cases)(
    'stage 1, CD.S = 1, asked by %s, CD.A = %i, CD.R = %i: aborts and is recorded, Stall = 0',
    (way, A, R0) => {
      stage1(m, 3, { cdFields: { S: 1, A, R: R0 } });
      fill();
      expect(say(m, way, 3, VA)).toEqual({ status: 'abort', pa: 0n, event: F_TRANSLATION });
      m.expectEvents(record(F_TRANSLATION, { sid: 3, input: VA }));
      expect(outcomes()).toEqual([]);
    },
  );
  test.each([0, 1])('stage 2, S2S = 1, S2R = %i: aborts and is recorded', (S2R) => {
    stage2(m, 3, { steFields: { S2S: 1, S2R } });
    fill();
    expect(m.translate(3, VA).status).toBe('abort');
    m.expectEvents(record(F_TRANSLATION, { sid: 3, input: VA, s2: true, ipa: VA }));
  });
  test('the last place is given, the one after it is not, and an answer frees it', () => {
    stage1(m, 3, { cdFields: { S: 1, A: 0 } });
    const stags = [0, 1].map((i) => m.translate(3, VA + BigInt(i) * 0x1000n).stag!);
    expect(m.translate(3, VA + 0x2000n).status).toBe('abort');
    m.command(cmd.resume(3, stags[0], 'abort'));
    expect(m.translate(3, VA + 0x2000n).status).toBe('stalled');
    expect(m.translate(3, VA + 0x3000n).status).toBe('abort');
  });
  test('a stall that is retried without repair keeps a place, when all others are taken', () => {
    stage1(m, 3, { cdFields: { S: 1 } });
    const stags = [0, 1].map((i) => m.translate(3, VA + BigInt(i) * 0x1000n).stag!);
    m.events();
    m.command(cmd.resume(3, stags[0], 'retry'));
    expect(outcomes()).toEqual([]);
    expect((m.events()[0][1] >> 31n) & 1n).toBe(1n);
  });
});

describe('IHI 0070 §4.7.2, §6.3.9 stalls whose record still waits for the Event queue', () => {
  /** The queue has one place, and something else stands in it. */
  beforeEach(async () => {
    m = await Machine.create();
    stage1(m, 3, { cdFields: { S: 1, R: 0 } });
    m.cr0(SMMUEN | CMDQEN);
    m.eventQueue(m.alloc(4096), 0);
    m.cr0(SMMUEN | EVENTQEN | CMDQEN);
    m.translate(200, 0n); // C_BAD_STE
  });
  test('CMD_STALL_TERM ends them; no record comes later', () => {
    for (const va of [VA, VA + 0x1000n]) expect(m.translate(3, va).status).toBe('stalled');
    m.command(cmd.stallTerm(3));
    expect(outcomes()).toEqual(['abort', 'abort']);
    m.expectEvents(record(C_BAD_STE, { sid: 200 }));
    m.expectEvents();
  });
  test('CMD_STALL_TERM of another stream leaves them', () => {
    m.translate(3, VA);
    m.command(cmd.stallTerm(4));
    expect(outcomes()).toEqual([]);
    m.expectEvents(record(C_BAD_STE, { sid: 200 }));
    expect(m.events()[0][2]).toBe(VA);
  });
  test('SMMUEN 1 to 0 ends them; no record comes later', () => {
    m.translate(3, VA);
    m.cr0(EVENTQEN | CMDQEN);
    expect(outcomes()).toEqual(['abort']);
    m.expectEvents(record(C_BAD_STE, { sid: 200 }));
    m.expectEvents();
  });
  test('CMD_RESUME answers none of them: software has not seen a STAG', () => {
    const { stag } = m.translate(3, VA);
    m.command(cmd.resume(3, stag!, 'abort'));
    expect(outcomes()).toEqual([]);
    m.expectEvents(record(C_BAD_STE, { sid: 200 }));
    expect(m.events()[0][2]).toBe(VA);
  });
  test('they come one by one as places come free, each once, in their own time', () => {
    const vas = [VA, VA + 0x1000n, VA + 0x2000n];
    for (const va of vas) m.translate(3, va);
    m.expectEvents(record(C_BAD_STE, { sid: 200 }));
    const seen = [0, 1, 2].map(() => m.events().map((e) => e[2]));
    expect(seen.flat().sort()).toEqual(vas);
    expect(seen.map((s) => s.length)).toEqual([1, 1, 1]);
    m.expectEvents();
  });
});

test('§3.12.2 a stall while EVENTQEN is 0: its record comes when EVENTQEN rises', async () => {
  m = await Machine.create();
  stage1(m, 3, { cdFields: { S: 1 } });
  m.cr0(SMMUEN | CMDQEN);
  const { status, stag } = m.translate(3, VA);
  expect(status).toBe('stalled');
  m.expectEvents();
  m.cr0(SMMUEN | EVENTQEN | CMDQEN);
  m.expectEvents(record(F_TRANSLATION, { sid: 3, input: VA, stall: true, stag: stag! }));
});

test('a device that has been reset gives the STAGs of a new one', async () => {
  m = await Machine.create();
  const stags = (): (number | undefined)[] => {
    stage1(m, 3, { cdFields: { S: 1 } });
    return [0n, 1n, 2n].map((page) => m.translate(3, VA + (page << 12n)).stag);
  };
  const first = stags();
  m.smmu.reset();
  m.enable();
  expect(stags()).toEqual(first);
});

describe('IHI 0070 §3.5.1 indices that make no sense', () => {
  beforeEach(async () => {
    m = await Machine.create();
  });
  const cons = (): number => m.smmu.read32(R.CMDQ_CONS) & 0xfffff;
  const gerror = (): number => (m.smmu.read32(R.GERROR) ^ m.smmu.read32(R.GERRORN)) >>> 0;
  // The machine's Command queue has 128 entries: indices of eight bits, the highest of them the wrap bit.
  test.each([
    [129, 0],
    [255, 0],
    [0x90, 0x0f],
    [0x10, 0x8f],
    [0x7f, 0xfe],
  ])('CMDQ: PROD %i and CONS %i are more than the queue apart: nothing is consumed', (prod, start) => {
    for (let i = 0; i < 128; i++) m.words(m.commandSlot(i), cmd.raw(0xff));
    m.cr0(SMMUEN | EVENTQEN);
    m.smmu.write32(R.CMDQ_CONS, start);
    m.smmu.write32(R.CMDQ_PROD, prod);
    m.cr0(SMMUEN | EVENTQEN | CMDQEN);
    expect([cons(), gerror()]).toEqual([start, 0]);
    m.smmu.write32(R.CMDQ_PROD, prod); // the doorbell again
    expect([cons(), gerror()]).toEqual([start, 0]);
  });
  test('CMDQ: exactly the queue apart is a full queue', () => {
    for (let i = 0; i < 128; i++) m.words(m.commandSlot(i), cmd.sync());
    m.cr0(SMMUEN | EVENTQEN);
    m.smmu.write32(R.CMDQ_CONS, 0x0f);
    m.smmu.write32(R.CMDQ_PROD, 0x8f);
    m.cr0(SMMUEN | EVENTQEN | CMDQEN);
    expect([cons(), gerror()]).toEqual([0x8f, 0]);
  });
  test('CMDQ: a PROD that makes sense starts it again', () => {
    m.words(m.commandSlot(0), cmd.sync());
    m.smmu.write32(R.CMDQ_PROD, 0x90);
    expect(cons()).toBe(0);
    m.smmu.write32(R.CMDQ_PROD, 1);
    expect([cons(), gerror()]).toEqual([1, 0]);
  });
  test('EVENTQ: inconsistent counts as full: the record is lost and overflows once', () => {
    m.cr0(SMMUEN | CMDQEN);
    m.smmu.write32(R.EVENTQ_PROD, 0);
    m.smmu.write32(R.EVENTQ_CONS, 1); // 127 in a queue of 64
    m.cr0(SMMUEN | EVENTQEN | CMDQEN);
    m.translate(200, 0n);
    m.translate(201, 0n);
    expect(m.smmu.read32(R.EVENTQ_PROD)).toBe(0x8000_0000);
  });
});

describe('IHI 0070 §4.7.1 a retry after the place was given away', () => {
  test('the transaction is translated with what the tables say now, by either stage', async () => {
    m = await Machine.create({ id: { STALL_MAX: 1 } });
    const s1 = stage1(m, 3, { cdFields: { S: 1, ASID: 3 } }).tables;
    const s2 = stage2(m, 4, { vmid: 4, steFields: { S2S: 1 } });
    const first = m.translate(3, VA);
    s1.map(VA, PA, s1Leaf());
    m.command(cmd.resume(3, first.stag!, 'retry'));
    const second = m.translate(4, VA);
    s2.map(VA, PA, s2Leaf());
    m.command(cmd.resume(4, second.stag!, 'retry'));
    expect(m.resumed.map((r) => [r.streamId, r.outcome.status, r.outcome.pa])).toEqual([
      [3, 'ok', PA],
      [4, 'ok', PA],
    ]);
  });
});
