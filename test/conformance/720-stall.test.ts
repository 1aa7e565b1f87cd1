import { beforeEach, describe, expect, test } from '@jest/globals';
import { cmd, s1Leaf, s2Leaf } from '../support/encode.js';
import { F_ACCESS, F_PERMISSION, F_TRANSLATION, record } from '../support/events.js';
import { CMDQEN, EVENTQEN, Machine, R, SMMUEN } from '../support/machine.js';
import { stage1, stage2, type Stage1 } from '../support/streams.js';

const VA = 0x12_3000n;
const PA = 0x5555_5000n;
let m: Machine;
let s: Stage1;
beforeEach(async () => {
  m = await Machine.create();
  s = stage1(m, 3, { cdFields: { S: 1, R: 0 } });
});
/** A stalled read of VA on stream 3; its STAG. */
function stall(va = VA): number {
  const out = m.translate(3, va);
  expect(out.status).toBe('stalled');
  m.expectEvents(record(F_TRANSLATION, { sid: 3, input: va, stall: true, stag: out.stag! }));
  return out.stag!;
}
const outcomes = (): string[] => m.resumed.map((r) => r.outcome.status);

describe('IHI 0070 §3.12.2, §5.5 stall', () => {
  test('CD.S = 1: the transaction stalls, the record has Stall = 1 and the STAG, whatever CD.R', () => {
    stall();
  });
  test('outstanding stalls have different STAGs', () => {
    expect(stall()).not.toBe(stall(0x1000n));
  });
  test.each([
    [F_ACCESS, { af: 0 }],
    [F_PERMISSION, { ap: 0 }],
  ])('event %i stalls too', (type, leaf) => {
    s.tables.map(VA, PA, s1Leaf(leaf));
    const out = m.translate(3, VA);
    expect(out.status).toBe('stalled');
    m.expectEvents(record(type, { sid: 3, input: VA, stall: true, stag: out.stag! }));
  });
  test('S2S = 1: a stage 2 fault stalls, S2 = 1, recorded whatever S2R', () => {
    stage2(m, 4, { steFields: { S2S: 1, S2R: 0 } });
    const out = m.translate(4, VA);
    expect(out.status).toBe('stalled');
    m.expectEvents(
      record(F_TRANSLATION, { sid: 4, input: VA, s2: true, ipa: VA, stall: true, stag: out.stag! }),
    );
  });
  test('an external abort never stalls', () => {
    m.cd(s.cd, { ...s.cdFields, TTB0: 0x2000_0000n });
    expect(m.translate(3, VA).status).toBe('abort');
  });
  test('a configuration error never stalls', () => {
    m.cd(s.cd, { ...s.cdFields, V: 0 });
    expect(m.translate(3, VA).status).toBe('abort');
  });
});

describe('IHI 0070 §4.7.1 CMD_RESUME', () => {
  test('a retry that stalls again: a new record with a STAG that can be resumed, and nobody is told that it is stalled no more', () => {
    let stag = stall();
    for (let round = 0; round < 3; round++) {
      m.command(cmd.resume(3, stag, 'retry'));
      const [again] = m.events();
      expect([Number(again[0] & 0xffn), (again[1] >> 31n) & 1n]).toEqual([F_TRANSLATION, 1n]);
      stag = Number(again[1] & 0xffffn);
      expect(m.smmu.stats().stalled).toBe(1);
      expect(m.resumed).toEqual([]);
    }
    s.tables.map(VA, PA, s1Leaf());
    m.command(cmd.resume(3, stag, 'retry'));
    expect(m.resumed.map((r) => [r.stag, r.outcome.status, r.outcome.pa])).toEqual([[stag, 'ok', PA]]);
    expect(m.smmu.stats().stalled).toBe(0);
  });
  test('of several that are retried at once, those alone that stall no more are told', () => {
    const pages = [0x1000n, 0x2000n, 0x3000n, 0x4000n];
    const stags = pages.map((va) => stall(va));
    s.tables.map(pages[1], PA, s1Leaf());
    s.tables.map(pages[3], PA, s1Leaf());
    m.command(...stags.map((stag) => cmd.resume(3, stag, 'retry')));
    expect(m.resumed.map((r) => [r.stag, r.transaction.iova])).toEqual([
      [stags[1], pages[1]],
      [stags[3], pages[3]],
    ]);
    expect([m.events().length, m.smmu.stats().stalled]).toEqual([2, 2]);
  });
  test('retry after repair: the transaction is translated anew', () => {
    const stag = stall();
    s.tables.map(VA, PA, s1Leaf());
    m.command(cmd.resume(3, stag, 'retry'));
    expect(m.resumed.map((r) => [r.streamId, r.stag, r.outcome.status, r.outcome.pa])).toEqual([
      [3, stag, 'ok', PA],
    ]);
    m.expectEvents();
  });
  test('retry without repair: it stalls again with a new record', () => {
    const stag = stall();
    m.command(cmd.resume(3, stag, 'retry'));
    const [again] = m.events();
    expect(again[0]).toBe(record(F_TRANSLATION, { sid: 3 })[0]);
    expect((again[1] >> 31n) & 1n).toBe(1n);
    expect(outcomes()).not.toContain('ok');
  });
  test('retry uses the configuration of now: CD.S = 0, A = 1, R = 1 ends in a recorded abort', () => {
    const stag = stall();
    m.cd(s.cd, { ...s.cdFields, S: 0, R: 1, A: 1 });
    m.command(cmd.cfgiCd(3, 0), cmd.resume(3, stag, 'retry'));
    expect(outcomes()).toEqual(['abort']);
    m.expectEvents(record(F_TRANSLATION, { sid: 3, input: VA }));
  });
  test('terminate with abort', () => {
    m.command(cmd.resume(3, stall(), 'abort'));
    expect(outcomes()).toEqual(['abort']);
    m.expectEvents();
  });
  test('terminate without abort completes RAZ/WI', () => {
    m.command(cmd.resume(3, stall(), 'terminate'));
    expect(outcomes()).toEqual(['raz-wi']);
  });
  test('with TERM_MODEL = 1 terminate aborts whatever Ab', async () => {
    m = await Machine.create({ id: { TERM_MODEL: 1 } });
    s = stage1(m, 3, { cdFields: { S: 1 } });
    m.command(cmd.resume(3, stall(), 'terminate'));
    expect(outcomes()).toEqual(['abort']);
  });
  test('a STAG of another StreamID matches nothing', () => {
    const stag = stall();
    m.command(cmd.resume(2, stag, 'abort'), cmd.resume(3, stag + 1, 'abort'));
    expect(outcomes()).toEqual([]);
    m.command(cmd.resume(3, stag, 'abort'));
    expect(outcomes()).toEqual(['abort']);
  });
  test('a STAG that was answered matches nothing more', () => {
    const stag = stall();
    m.command(cmd.resume(3, stag, 'abort'), cmd.resume(3, stag, 'abort'));
    expect(outcomes()).toEqual(['abort']);
  });
  test('each stall is answered on its own', () => {
    const [a, b] = [stall(), stall(0x1000n)];
    m.command(cmd.resume(3, b, 'abort'));
    expect(m.resumed.map((r) => r.stag)).toEqual([b]);
    m.command(cmd.resume(3, a, 'terminate'));
    expect(outcomes()).toEqual(['abort', 'raz-wi']);
  });
  test('a stage 2 stall resumes as well', () => {
    const t = stage2(m, 4, { steFields: { S2S: 1 } });
    const { stag } = m.translate(4, VA);
    m.events();
    t.map(VA, PA, s2Leaf());
    m.command(cmd.resume(4, stag!, 'retry'));
    expect(m.resumed.map((r) => [r.outcome.status, r.outcome.pa])).toEqual([['ok', PA]]);
  });
});

describe('IHI 0070 §4.7.2 CMD_STALL_TERM, §6.3.9 SMMUEN', () => {
  test('CMD_STALL_TERM aborts every stall of the stream, of no other', () => {
    stage1(m, 5, { cdFields: { S: 1 } });
    stall();
    stall(0x1000n);
    m.translate(5, VA);
    m.command(cmd.stallTerm(3));
    expect(m.resumed.map((r) => [r.streamId, r.outcome.status])).toEqual([
      [3, 'abort'],
      [3, 'abort'],
    ]);
  });
  test('SMMUEN 1 to 0 aborts all stalls and frees their STAGs', () => {
    const stag = stall();
    m.cr0(EVENTQEN | CMDQEN);
    expect(outcomes()).toEqual(['abort']);
    m.cr0(SMMUEN | EVENTQEN | CMDQEN);
    m.command(cmd.resume(3, stag, 'retry'));
    expect(outcomes()).toEqual(['abort']);
  });
  test('§4.3 invalidations do not touch stalled transactions', () => {
    stall();
    m.command(cmd.cfgiAll(), cmd.nsnhAll());
    expect(outcomes()).toEqual([]);
  });
});

describe('IHI 0070 §3.12.2, §7.2 stalls and a queue that is not writable', () => {
  beforeEach(() => {
    m.cr0(SMMUEN | CMDQEN);
    m.eventQueue(m.alloc(4096), 0);
    m.cr0(SMMUEN | EVENTQEN | CMDQEN);
    m.translate(9, 0n); // C_BAD_STE fills the queue
  });
  const ov = (): boolean => (m.smmu.read32(R.EVENTQ_PROD) & 0x8000_0000) !== 0;
  test('a full queue: the stall record waits, no overflow; it comes when there is room', () => {
    expect(m.translate(3, VA).status).toBe('stalled');
    expect(ov()).toBe(false);
    m.expectEvents(record(0x04, { sid: 9 }));
    const [late] = m.events();
    expect([late[0], late[2]]).toEqual([record(F_TRANSLATION, { sid: 3 })[0], VA]);
    expect((late[1] >> 31n) & 1n).toBe(1n);
  });
  test('a stall that waited and would no longer fault leaves no record', () => {
    m.translate(3, VA);
    s.tables.map(VA, PA, s1Leaf());
    m.expectEvents(record(0x04, { sid: 9 }));
    m.expectEvents();
    expect(m.resumed.map((r) => [r.outcome.status, r.outcome.pa])).toEqual([['ok', PA]]);
  });
  test('EVENTQEN = 0: the stall waits too', () => {
    m.cr0(SMMUEN | CMDQEN);
    expect(m.translate(3, VA).status).toBe('stalled');
    m.cr0(SMMUEN | CMDQEN | EVENTQEN);
    m.events();
    expect(m.events()[0][2]).toBe(VA);
  });
});
