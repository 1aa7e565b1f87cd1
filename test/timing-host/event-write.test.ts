// eventWrite: a fault that is recorded is answered when its record is in memory; one that is not, at once. Which it is: CD.R and
// CD.S, STE.S2R and STE.S2S (IHI 0070 §5.2, §5.4, §5.5, §3.12), CR2.RECINVSID (§6.3.12), CR0.EVENTQEN, room in the queue (§7.4),
// and never a speculative access (§3.14). Cycles are sums of the stages of gem5-default, as in policies.test.ts.
import { afterEach, describe, expect, test } from '@jest/globals';
import type { presets } from '../../src/index.js';
import type { Transaction } from '../../src/index.js';
import { cmd, s1Leaf, s2Leaf } from '../support/encode.js';
import { CMDQEN, EVENTQEN, R, RAM, SMMUEN, type Machine } from '../support/machine.js';
import { stage1, stage2 } from '../support/streams.js';
import { PAGES, SID, gem5, timedMachine } from './timed-machine.js';

const L = 100;
const base = gem5(L) as (typeof presets)['gem5-default']['timing'];
let m: Machine;
afterEach(() => m.smmu.dispose());

const FAULT = PAGES << 12n;
const RESPONSE = 1;
/** 32 bytes through a port of 16 are two beats; then memory takes them. */
const RECORD = 2 + L;
/** Port 1, micro TLB 1, main TLB 3, link 8, configuration 3, walk cache 4, start 1, one read 1 + L, evaluation 1, link 8. */
const SETTLED = 31 + L;
/** As SETTLED, with no configuration kept: an STE's read in the walk's place. */
const REFUSED_STE = 1 + 1 + 3 + 8 + 3 + (1 + L) + 8;

const fault = (t: Partial<Transaction> = {}, sid = SID): { status: string; latency: number | undefined } => {
  const { status, latency } = m.translate(sid, FAULT, t);
  return { status, latency };
};

describe('CR0.EVENTQEN', () => {
  test.each<[boolean, number, number]>([
    [true, EVENTQEN, SETTLED + RECORD + RESPONSE],
    [true, 0, SETTLED + RESPONSE],
    [false, EVENTQEN, SETTLED + RESPONSE],
    [false, 0, SETTLED + RESPONSE],
  ])('eventWrite %s, EVENTQEN = %i: answered after %i', async (eventWrite, enabled, answer) => {
    m = await timedMachine({ ...base, eventWrite });
    m.translate(SID, 0n);
    m.cr0(SMMUEN | CMDQEN | enabled);
    expect(fault()).toEqual({ status: 'abort', latency: answer });
    expect(m.smmu.stats().events).toEqual(enabled ? { F_TRANSLATION: 1 } : {});
  });
});

test('a speculative fault has no record to wait for (§3.14)', async () => {
  m = await timedMachine(base);
  m.translate(SID, 0n);
  expect(fault({ speculative: true })).toEqual({ status: 'abort', latency: SETTLED + RESPONSE });
});

describe('CD.R and CD.S (§5.4)', () => {
  // [R, S, A, status, recorded]. A stall is always recorded.
  test.each<[number, number, number, string, boolean]>([
    [1, 0, 1, 'abort', true],
    [0, 0, 1, 'abort', false],
    [1, 0, 0, 'raz-wi', true],
    [0, 0, 0, 'raz-wi', false],
    [0, 1, 0, 'stalled', true],
    [1, 1, 0, 'stalled', true],
  ])('R = %i, S = %i, A = %i: %s, recorded: %s', async (r, s, a, status, recorded) => {
    m = await timedMachine(base);
    const { tables } = stage1(m, SID + 1, { cdFields: { R: r, S: s, A: a, ASID: 7 } });
    tables.map(0n, RAM, s1Leaf());
    tables.map(FAULT - 0x1000n, RAM, s1Leaf());
    m.translate(SID + 1, FAULT - 0x1000n);
    expect(fault({}, SID + 1)).toEqual({ status, latency: SETTLED + (recorded ? RECORD : 0) + RESPONSE });
    expect(m.events()).toHaveLength(recorded ? 1 : 0);
  });
});

describe('STE.S2R and STE.S2S (§5.2)', () => {
  test.each<[number, number, string, boolean]>([
    [1, 0, 'abort', true],
    [0, 0, 'abort', false],
    [0, 1, 'stalled', true],
    [1, 1, 'stalled', true],
  ])('S2R = %i, S2S = %i: %s, recorded: %s', async (S2R, S2S, status, recorded) => {
    m = await timedMachine(base);
    const tables = stage2(m, SID + 1, { vmid: 3, steFields: { S2R, S2S } });
    tables.map(FAULT - 0x1000n, RAM, s2Leaf());
    m.translate(SID + 1, FAULT - 0x1000n);
    expect(fault({}, SID + 1)).toEqual({ status, latency: SETTLED + (recorded ? RECORD : 0) + RESPONSE });
    expect(m.events()).toHaveLength(recorded ? 1 : 0);
  });
});

describe('CR2.RECINVSID (§6.3.12)', () => {
  const OUTSIDE = 1 << 9;
  // No STE is read. Other configuration errors are recorded whatever RECINVSID says.
  test.each<[number, string, number, number]>([
    [1, 'C_BAD_STREAMID', OUTSIDE, 1 + 1 + 3 + 8 + 3 + 8 + RECORD + RESPONSE],
    [0, 'C_BAD_STREAMID', OUTSIDE, 1 + 1 + 3 + 8 + 3 + 8 + RESPONSE],
    [1, 'C_BAD_STE', SID + 1, REFUSED_STE + RECORD + RESPONSE],
    [0, 'C_BAD_STE', SID + 1, REFUSED_STE + RECORD + RESPONSE],
  ])('RECINVSID = %i, %s of stream %i: answered after %i', async (recinvsid, name, sid, answer) => {
    m = await timedMachine(base);
    m.cr0(EVENTQEN | CMDQEN);
    m.smmu.write32(R.CR2, recinvsid << 1);
    m.cr0(SMMUEN | EVENTQEN | CMDQEN);
    expect(fault({}, sid)).toEqual({ status: 'abort', latency: answer });
    const recorded = name === 'C_BAD_STE' || recinvsid === 1;
    expect(m.smmu.stats().events).toEqual(recorded ? { [name]: 1 } : {});
  });
});

describe('a queue with no room (§7.4)', () => {
  const small = async (): Promise<void> => {
    m = await timedMachine(base);
    m.cr0(SMMUEN | CMDQEN);
    m.eventQueue(m.alloc(64), 1);
    m.cr0(SMMUEN | EVENTQEN | CMDQEN);
    m.translate(SID, 0n);
  };
  test('of two places the third fault waits for none', async () => {
    await small();
    const latencies = [1, 2, 3].map(() => fault().latency);
    expect(latencies).toEqual([SETTLED + RECORD + RESPONSE, SETTLED + RECORD + RESPONSE, SETTLED + RESPONSE]);
    expect(m.smmu.stats().events).toEqual({ F_TRANSLATION: 2 });
    m.events();
    expect(fault().latency).toBe(SETTLED + RECORD + RESPONSE);
  });
  test('records on their way have their places', async () => {
    await small();
    for (let requester = 0; requester < 4; requester++)
      m.smmu.submit({ streamId: SID, iova: FAULT + BigInt(requester * 0x1000), requester, arrival: 10_000n });
    m.smmu.advance(20_000n);
    const done: ReturnType<typeof m.translate>[] = [];
    m.smmu.poll(done);
    const from = Math.min(...done.map(({ completion }) => Number(completion))) - (SETTLED + RESPONSE);
    // Four pass the port a cycle apart; the first two take the two places, their beats through the one port.
    expect(done.map(({ completion }) => Number(completion) - from - RESPONSE).sort((a, b) => a - b)).toEqual([
      SETTLED,
      SETTLED + 1,
      SETTLED + RECORD - 2,
      SETTLED + RECORD,
    ]);
    expect(m.events()).toHaveLength(2);
  });
  test('a stall that the queue has no room for is answered at once, and recorded later', async () => {
    await small();
    const { tables } = stage1(m, SID + 1, { cdFields: { S: 1, A: 0, ASID: 7 } });
    tables.map(FAULT - 0x1000n, RAM, s1Leaf());
    m.translate(SID + 1, FAULT - 0x1000n);
    fault();
    fault();
    expect(fault({}, SID + 1)).toEqual({ status: 'stalled', latency: SETTLED + RESPONSE });
    expect(m.events()).toHaveLength(2);
    expect(m.events()).toHaveLength(1);
  });
  test('an active EVENTQ_ABT_ERR lets nothing be written', async () => {
    m = await timedMachine(base);
    m.cr0(SMMUEN | CMDQEN);
    m.eventQueue(0x2000_0000n, 1);
    m.cr0(SMMUEN | EVENTQEN | CMDQEN);
    m.translate(SID, 0n);
    // The first one finds out.
    expect([fault().latency, fault().latency]).toEqual([SETTLED + RECORD + RESPONSE, SETTLED + RESPONSE]);
  });
});

test('a CMD_SYNC waits for a fault without a record only to its answer (§4.7.3)', async () => {
  m = await timedMachine(base);
  const { tables } = stage1(m, SID + 1, { cdFields: { R: 0, ASID: 7 } });
  tables.map(FAULT - 0x1000n, RAM, s1Leaf());
  m.translate(SID + 1, FAULT - 0x1000n);
  m.smmu.submit({ streamId: SID + 1, iova: FAULT, arrival: m.smmu.now + 10n });
  m.smmu.advance(m.smmu.now + 10n + BigInt(SETTLED) - 1n);
  m.command(cmd.cfgiSte(SID + 1), cmd.sync(0));
  expect(m.smmu.stats().timing?.commands.syncWait).toBe(1);
});
