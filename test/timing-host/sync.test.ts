// CMD_SYNC and what is in flight (IHI 0070 §3.21.1, §3.21.3, §4.7.3): it completes when every transaction that holds something that an
// invalidation before it names has left for memory, has been answered or recorded; nothing else delays it.
import { afterEach, describe, expect, test } from '@jest/globals';
import type { SmmuOptions, Translation, WalkAccess } from '../../src/index.js';
import { cmd, s1Leaf, s2Leaf, type Command } from '../support/encode.js';
import { CMDQEN, EVENTQEN, type Machine, R, RAM, SMMUEN, SPACIOUS } from '../support/machine.js';
import { GUEST, nested, stage1, stage2, type Nested } from '../support/streams.js';
import { DATA, gem5, SID, timedMachine } from './timed-machine.js';

const QUICK = 10;
const SLOW = 5000;
const OTHER = 9;
const OTHER_ASID = 77;
const BYPASS = 10;
const GUEST_SID = 11;
const VMID = 3;
const S2_SID = 12;
const S2_VMID = 4;
const HTTU_SID = 13;
const HTTU_ASID = 5;
/** One page of SID that is looked up, and one that shares nothing but the first table with it. */
const PAGE = 0x7000n;
const FAR = 0x80_0000_0000n;
const IPA = 0xc000_0000n;
/** Command engine and a CMD_SYNC with nothing in flight, of gem5's preset with a memory latency of QUICK. */
const ONE = 1 + QUICK;

let m: Machine;
let guest: Nested;
/** Which table accesses are slow. */
let slow: (access: WalkAccess) => boolean;
afterEach(() => m.smmu.dispose());

async function machine(options: Partial<SmmuOptions> = {}): Promise<void> {
  slow = () => false;
  m = await timedMachine(gem5(QUICK), {
    caches: SPACIOUS,
    asyncCommands: true,
    walkLatency: (access) => (slow(access) ? SLOW : QUICK),
    ...options,
  });
  const { tables } = stage1(m, OTHER, { cdFields: { ASID: OTHER_ASID } });
  for (const page of [PAGE, FAR]) tables.map(page, DATA + 0x1000n, s1Leaf());
  m.ste(BYPASS, { Config: 4 });
  guest = nested(m, GUEST_SID, { vmid: VMID });
  guest.tables.map(PAGE, IPA, s1Leaf());
  guest.s2.map(IPA, DATA, s2Leaf());
  const s2 = stage2(m, S2_SID, { vmid: S2_VMID });
  s2.map(PAGE, DATA, s2Leaf());
  const updated = stage1(m, HTTU_SID, { cdFields: { ASID: HTTU_ASID, HA: 1 } });
  updated.tables.map(PAGE, DATA, s1Leaf({ af: 0 }));
}

interface Seen {
  /** Cycles from the doorbell to the end of the CMD_SYNC. */
  sync: number;
  /** Cycles from the doorbell to when each transaction left, and what became of it. */
  results: { left: number; status: string; pa: bigint; event: string | undefined }[];
}

/** Rings the doorbell with the commands and a CMD_SYNC, and lets everything end. */
function finish(...commands: Command[]): Seen {
  const { smmu } = m;
  const from = smmu.now;
  m.queue(...commands, cmd.sync());
  while (!m.commandState().consumed) smmu.advance(smmu.nextEvent()!);
  const sync = Number(smmu.now - from);
  smmu.advance(smmu.now + 100_000n);
  const done: Translation[] = [];
  smmu.poll(done);
  const results = done
    .sort((a, b) => a.ticket! - b.ticket!)
    .map((t) => ({
      left: Number((t.status === 'ok' ? t.translated : t.completion) - from),
      status: t.status,
      pa: t.pa,
      event: t.event?.name,
    }));
  return { sync, results };
}

/** Cycles of n commands and a CMD_SYNC with nothing in flight. */
const idle = (n: number): number => 1 + (n + 1) * ONE;

interface Flight {
  readonly sid: number;
  readonly iova?: bigint;
  readonly write?: boolean;
  /** Brought into the TLBs first. */
  readonly warm?: boolean;
  /** Held behind a slow walk of stream OTHER, of the same requester. */
  readonly held?: boolean;
  readonly slow?: (access: WalkAccess) => boolean;
}

/** Puts a transaction in flight, and lets time pass until all that is quick about it has happened. */
function fly({ sid, iova = PAGE, write = false, warm = false, held = false, slow: which }: Flight): void {
  const { smmu } = m;
  const access = write ? 'write' : 'read';
  if (warm) smmu.translate({ streamId: sid, iova, access });
  m.events();
  const { now } = smmu;
  slow = (a) => (held && a.streamId === OTHER) || which?.(a) === true;
  if (held) smmu.submit({ streamId: OTHER, iova: FAR, access, requester: 1, arrival: now + 1n });
  smmu.submit({ streamId: sid, iova, access, requester: 1, arrival: now + 2n });
  smmu.advance(now + 600n);
}

const level =
  (n: number, stage: 'stage1' | 'stage2' = 'stage1') =>
  (a: WalkAccess): boolean =>
    a.what === stage && a.level === n;
const page = (leaf = 0): Command => cmd.nhVa(0, 0, PAGE, { leaf });
/** No invalidation of these names anything of streams SID, BYPASS, GUEST_SID, S2_SID. */
const STRANGERS: [string, Command][] = [
  ['another ASID', cmd.nhAsid(0, 1234)],
  ['the page of another ASID', cmd.nhVa(0, 1234, PAGE)],
  ['another VMID', cmd.s12Vmall(99)],
  ['the page of another VMID', cmd.nhVaa(99, PAGE)],
  ['EL2', cmd.el2All()],
  ['the STE of another stream', cmd.cfgiSte(44)],
  ['a CD of another stream', cmd.cfgiCd(44, 0)],
];

describe('a transaction in flight that the invalidation names', () => {
  const all: [string, Command][] = [
    ['CFGI_STE', cmd.cfgiSte(SID)],
    ['CFGI_STE_RANGE', cmd.cfgiSteRange(4, 1)],
    ['CFGI_ALL', cmd.cfgiAll()],
    ['CFGI_CD', cmd.cfgiCd(SID, 0)],
    ['CFGI_CD_ALL', cmd.cfgiCdAll(SID)],
    ['TLBI_NH_ASID', cmd.nhAsid(0, 0)],
    ['TLBI_NH_ALL', cmd.nhAll(0)],
    ['TLBI_NSNH_ALL', cmd.nsnhAll()],
    ['TLBI_NH_VA', page()],
    ['TLBI_NH_VAA', cmd.nhVaa(0, PAGE)],
    ['TLBI_NH_VA of a range', cmd.nhVa(0, 0, 0n, { tg: 1, num: 7, ttl: 3, leaf: 1 })],
  ];
  const flights: [string, Flight][] = [
    ['hit the micro TLB and waits for its order', { sid: SID, warm: true, held: true }],
    ['has been walked for and waits for its order', { sid: SID, held: true }],
  ];
  const named = flights.flatMap(([what, flight]) =>
    all.map(([command, c]) => [what, command, flight, c] as const),
  );
  test.each(named)('%s: %s waits until it has left', async (_, __, flight, command) => {
    await machine();
    fly(flight);
    const { sync, results } = finish(command);
    expect(results[1]).toMatchObject({ status: 'ok', pa: DATA + PAGE });
    expect(sync).toBe(results[1].left);
    expect(sync).toBeGreaterThan(SLOW);
  });

  test.each<[string, SmmuOptions['caches']]>([
    [
      'the main TLB, by stream',
      { ...(SPACIOUS as object), microTlb: false, mainTlb: { entries: 64, ways: 'full', policy: 'lru' } },
    ],
    ['the main TLB, by address space', { ...(SPACIOUS as object), microTlb: false }],
    ['the TCU TLB', { ...(SPACIOUS as object), microTlb: false, mainTlb: false }],
    ['a walk cache', { ...(SPACIOUS as object), microTlb: false, mainTlb: false, tcuTlb: false }],
  ])('it hit %s', async (_, caches) => {
    await machine({ caches });
    fly({ sid: SID, warm: true, held: true });
    const { sync, results } = finish(page(1));
    expect(results[1]).toMatchObject({ status: 'ok', pa: DATA + PAGE });
    expect(sync).toBe(results[1].left);
    expect(sync).toBeGreaterThan(SLOW);
  });

  test.each<[string, Flight, Command]>([
    ['its walk has read the Table descriptors', { sid: SID, slow: level(3) }, page()],
    ['it is reading the STE', { sid: SID, slow: ({ what }) => what === 'ste' }, cmd.cfgiSte(SID)],
    ['it is reading the CD', { sid: SID, slow: ({ what }) => what === 'cd' }, cmd.cfgiSte(SID)],
    [
      'it is reading the CD, and that is named',
      { sid: SID, slow: ({ what }) => what === 'cd' },
      cmd.cfgiCd(SID, 0),
    ],
    [
      'the access flag of its leaf is being set',
      { sid: HTTU_SID, slow: ({ write }) => write },
      cmd.nhVa(0, HTTU_ASID, PAGE, { leaf: 1 }),
    ],
    ['the stream is bypassed, by CFGI', { sid: BYPASS, held: true }, cmd.cfgiSte(BYPASS)],
    [
      'the stream is bypassed and its TBU knows it, by CFGI',
      { sid: BYPASS, warm: true, held: true },
      cmd.cfgiSte(BYPASS),
    ],
    ['stage 2 alone: the walk', { sid: S2_SID, slow: level(3, 'stage2') }, cmd.s2Ipa(S2_VMID, PAGE)],
    [
      'stage 2 alone: the answer',
      { sid: S2_SID, warm: true, held: true },
      cmd.s2Ipa(S2_VMID, PAGE, { leaf: 1 }),
    ],
    ['nested: the walk, by address', { sid: GUEST_SID, slow: level(3) }, cmd.nhVa(VMID, 0, PAGE)],
    ['nested: the answer, by IPA', { sid: GUEST_SID, held: true }, cmd.s2Ipa(VMID, IPA, { leaf: 1 })],
    [
      'nested: the answer, by address',
      { sid: GUEST_SID, warm: true, held: true },
      cmd.nhVa(VMID, 0, PAGE, { leaf: 1 }),
    ],
  ])('%s', async (_, flight, command) => {
    await machine();
    fly(flight);
    const { sync, results } = finish(command);
    const last = results.at(-1)!;
    expect(last.status).toBe('ok');
    expect(sync).toBe(last.left);
    expect(sync).toBeGreaterThan(SLOW - 700);
  });

  test('nested: a stage 1 descriptor whose page stage 2 gives up is read first', async () => {
    await machine();
    fly({ sid: GUEST_SID, slow: level(3) });
    const table = (guest.tables.slot(PAGE, 3) & ~0xfffn) - RAM + GUEST;
    const { sync, results } = finish(cmd.s2Ipa(VMID, table, { leaf: 1 }));
    expect(results[0]).toMatchObject({ status: 'ok', pa: DATA });
    expect(sync).toBe(results[0].left);
  });

  test('the event of a fault is in the queue before', async () => {
    await machine();
    fly({ sid: SID, iova: 0x5_0000_0000n, held: true });
    const before = m.smmu.read32(R.EVENTQ_PROD);
    const { now } = m.smmu;
    m.queue(cmd.cfgiSte(SID), cmd.sync());
    let written = 0n;
    while (!m.commandState().consumed) {
      m.smmu.advance(m.smmu.nextEvent()!);
      if (written === 0n && m.smmu.read32(R.EVENTQ_PROD) !== before) written = m.smmu.now;
    }
    expect(written).toBeGreaterThan(now);
    expect(m.smmu.now).toBe(written);
  });

  test('a prefetch under way', async () => {
    const timing = gem5(QUICK) as object;
    await machine({ timing: { ...timing, prefetch: { mode: 'forward', target: 'tcu' } } });
    const next = 0x20_0000n;
    const tables = stage1(m, 14, { cdFields: { ASID: 6 } }).tables;
    for (const at of [next - 0x1000n, next]) tables.map(at, DATA, s1Leaf());
    let prefetched = 0n;
    slow = (a) => {
      if (a.streamId !== 14 || a.level !== 3 || a.what !== 'stage1') return false;
      const mine = BigInt(a.address) === tables.slot(next, 3);
      if (mine) prefetched = m.smmu.now;
      return mine;
    };
    m.translate(14, next - 0x1000n);
    m.smmu.advance(m.smmu.now + 500n);
    expect(prefetched).toBeGreaterThan(0n);
    expect(finish(cmd.nhAsid(0, 6)).sync).toBeGreaterThan(SLOW - 600);
  });

  test('the time of the wait is counted', async () => {
    await machine();
    fly({ sid: SID, warm: true, held: true });
    const waited = (): number => m.smmu.stats().timing!.commands.syncWait;
    const before = waited();
    const { sync } = finish(page(1));
    expect(waited() - before).toBe(sync - idle(1));
  });

  test('one that slept for the page looks it up anew', async () => {
    await machine();
    fly({ sid: SID, slow: level(3) });
    m.smmu.submit({ streamId: SID, iova: PAGE, requester: 2, arrival: m.smmu.now + 1n });
    m.smmu.advance(m.smmu.now + 50n);
    slow = () => false;
    const { results } = ((): Seen => {
      const tables = stage1(m, SID).tables; // the CD now has other tables
      tables.map(PAGE, DATA + 0x9000n, s1Leaf());
      return finish(cmd.cfgiCd(SID, 0), cmd.nhAsid(0, 0));
    })();
    expect(results[0].pa).toBe(DATA + PAGE);
    expect(results[1].pa).toBe(DATA + 0x9000n);
  });
});

describe('no other delays a CMD_SYNC', () => {
  const flights: [string, Flight][] = [
    ['hit, held by order', { sid: SID, warm: true, held: true }],
    ['walked for, held by order', { sid: SID, held: true }],
    ['fault, held by order', { sid: SID, iova: 0x5_0000_0000n, held: true }],
    ['in its walk', { sid: SID, slow: level(3) }],
    ['reading its STE', { sid: SID, slow: ({ what }) => what === 'ste' }],
    ['bypassed, held by order', { sid: BYPASS, warm: true, held: true }],
    ['nested, in its walk', { sid: GUEST_SID, slow: level(3) }],
    ['nested, in stage 2 of its output', { sid: GUEST_SID, slow: level(3, 'stage2') }],
    ['nested, held by order', { sid: GUEST_SID, warm: true, held: true }],
    ['stage 2 alone, in its walk', { sid: S2_SID, slow: level(3, 'stage2') }],
  ];
  test.each(
    flights.flatMap(([what, flight]) => STRANGERS.map(([c, command]) => [what, c, flight, command] as const)),
  )('%s: %s', async (_, __, flight, command) => {
    await machine();
    fly(flight);
    expect(finish(command).sync).toBe(idle(1));
  });

  test.each<[string, Flight, Command]>([
    ['another page', { sid: SID, warm: true, held: true }, cmd.nhVa(0, 0, 0x9000n)],
    ['last level only, and the walk has not got there', { sid: SID, slow: level(3) }, page(1)],
    ['a Table descriptor that the walk did not use', { sid: SID, slow: level(3) }, cmd.nhVa(0, 0, FAR)],
    ['bypassed: no TLBI names it', { sid: BYPASS, warm: true, held: true }, cmd.nsnhAll()],
    [
      'another IPA',
      { sid: S2_SID, slow: level(3, 'stage2') },
      cmd.s2Ipa(S2_VMID, PAGE + 0x1000n, { leaf: 1 }),
    ],
    [
      'nested: an IPA that it has not come to',
      { sid: GUEST_SID, slow: level(3) },
      cmd.s2Ipa(VMID, IPA, { leaf: 1 }),
    ],
    [
      'nested: an IPA, and it hit a combined entry',
      { sid: GUEST_SID, warm: true, held: true },
      cmd.s2Ipa(VMID, IPA),
    ],
    ['another SubstreamID', { sid: SID, warm: true, held: true }, cmd.cfgiCd(SID, 3)],
  ])('%s', async (_, flight, command) => {
    await machine();
    fly(flight);
    expect(finish(command).sync).toBe(idle(1));
  });

  // A Table descriptor is no leaf: not global, and not named by the last level.
  const timing = gem5(QUICK) as { tcu: object };
  const EVALUATE = 1000;
  test.each<[string, number, Command, boolean]>([
    ...STRANGERS.map(([what, command]) => [what, SID, command, false] as [string, number, Command, boolean]),
    ['the page, last level', SID, page(1), false],
    ['the page', SID, page(), true],
    ['the address space', SID, cmd.nhAsid(0, 0), true],
    ['stage 2: the page, last level', S2_SID, cmd.s2Ipa(S2_VMID, PAGE, { leaf: 1 }), false],
    ['stage 2: the page of another VMID', S2_SID, cmd.s2Ipa(99, PAGE), false],
    ['stage 2: the page', S2_SID, cmd.s2Ipa(S2_VMID, PAGE), true],
  ])('the first Table descriptor is being evaluated: %s of stream %i', async (_, sid, command, waits) => {
    await machine({ timing: { ...timing, tcu: { ...timing.tcu, evaluate: EVALUATE } } });
    fly({ sid });
    const { sync, results } = finish(command);
    if (waits) expect(sync).toBe(results[0].left);
    else expect(sync).toBe(idle(1));
    expect(results[0].left).toBeGreaterThan(EVALUATE);
  });

  test.each<[string, Command, boolean]>([
    ...STRANGERS.map(([what, command]) => [what, command, false] as [string, Command, boolean]),
    ['the page, last level', cmd.nhVa(VMID, 0, PAGE, { leaf: 1 }), false],
    ['the page', cmd.nhVa(VMID, 0, PAGE), true],
  ])('nested: stage 2 of the first table pointer is walked: %s', async (_, command, waits) => {
    const { walkCaches, ...rest } = SPACIOUS as { walkCaches: { s1: object[] } };
    const none = [false, false, false, false];
    const caches = { ...rest, ipaCache: false, walkCaches: { ...walkCaches, s2: none } };
    await machine({ caches: caches as SmmuOptions['caches'] });
    let walking = false;
    fly({
      sid: GUEST_SID,
      slow: (a) => {
        if (a.what === 'stage1') walking = true;
        return walking && a.what === 'stage2';
      },
    });
    const { sync, results } = finish(command);
    expect(results[0].left).toBeGreaterThan(SLOW - 600);
    if (waits) expect(sync).toBe(results[0].left);
    else expect(sync).toBe(idle(1));
  });

  test('a transaction that comes after the invalidation', async () => {
    await machine();
    slow = level(3);
    m.smmu.submit({ streamId: SID, iova: PAGE, arrival: m.smmu.now + BigInt(idle(0)) + 2n });
    expect(finish(cmd.nsnhAll()).sync).toBe(idle(1));
  });

  test('one that an invalidation before the last CMD_SYNC named', async () => {
    await machine();
    fly({ sid: SID, warm: true, held: true });
    expect(finish(page(1)).sync).toBeGreaterThan(SLOW);
    fly({ sid: SID, warm: true, held: true });
    expect(finish(cmd.prefetchConfig(SID)).sync).toBe(idle(1));
  });

  test('a stalled transaction, which has been answered (§4.7.3)', async () => {
    await machine();
    const { cdFields, cd } = stage1(m, 14, { cdFields: { ASID: 6, S: 1 } });
    m.cd(cd, { ...cdFields, S: 1 });
    expect(m.translate(14, PAGE).status).toBe('stalled');
    expect(finish(cmd.cfgiSte(14), cmd.nsnhAll()).sync).toBe(idle(2));
  });
});

describe('CMDQEN cleared (§6.3.9.3)', () => {
  test('a CMD_SYNC that waits is not consumed, and completes when the queue is on again', async () => {
    await machine();
    fly({ sid: SID, warm: true, held: true });
    m.queue(page(1), cmd.sync());
    m.smmu.advance(m.smmu.now + 500n);
    expect(m.commandState().consumed).toBe(false);
    m.cr0(SMMUEN | EVENTQEN);
    m.smmu.advance(m.smmu.now + 100_000n);
    expect(m.commandState().consumed).toBe(false);
    m.cr0(SMMUEN | EVENTQEN | CMDQEN);
    m.smmu.advance(m.smmu.now + BigInt(idle(0)));
    expect(m.commandState().consumed).toBe(true);
  });
});

describe('commands at the doorbell (asyncCommands: false)', () => {
  test('the write lets time pass until what is named has left; the rest goes on afterwards', async () => {
    await machine({ asyncCommands: false });
    fly({ sid: SID, warm: true, held: true });
    const { smmu } = m;
    smmu.submit({ streamId: BYPASS, iova: 0x1000n, requester: 5, arrival: smmu.now + 100_000n });
    const from = smmu.now;
    m.command(page(1));
    expect(smmu.now).toBeGreaterThan(from + BigInt(SLOW) - 700n);
    const done: Translation[] = [];
    expect(smmu.poll(done)).toBe(0); // gone to memory, whose answer is on the way
    expect(smmu.stats().timing!.commands.syncWait).toBe(Number(smmu.now - from));
    const left = smmu.now;
    smmu.advance(from + 1n); // the embedder's clock stands where it stood
    smmu.advance(left + 100n);
    expect(smmu.poll(done)).toBe(2);
    expect(done[1]).toMatchObject({ status: 'ok', translated: left });
    smmu.advance(left + 100_000n);
    expect(smmu.poll(done)).toBe(1);
    expect(() => smmu.advance(from)).toThrow(/^time does not run backwards/);
  });

  test('nothing that is named: no time passes', async () => {
    await machine({ asyncCommands: false });
    fly({ sid: SID, warm: true, held: true });
    const { now } = m.smmu;
    m.command(cmd.nhVa(0, 0, 0x9000n), cmd.cfgiSte(OTHER + 20), cmd.nhAsid(0, 1234));
    expect(m.smmu.now).toBe(now);
  });

  test('from an interrupt handler, while rows of a batch are in flight', async () => {
    let left: bigint[] = [];
    await machine({
      asyncCommands: false,
      onInterrupt: (source) => {
        if (source !== 'eventq' || left.length > 0) return;
        m.command(page(1), cmd.cfgiSte(SID));
        left = [m.smmu.now];
      },
    });
    m.translate(SID, PAGE);
    m.smmu.write32(R.IRQ_CTRL, 4);
    slow = ({ streamId }) => streamId === OTHER;
    const batch = m.smmu.createBatch(4);
    batch.streamId.set([OTHER, SID, BYPASS, 200]);
    batch.iova.set([FAR, PAGE, 0x1000n, 0n]);
    batch.requester.set([1, 1, 2, 3]);
    batch.arrival.set([1n, 2n, 3n, 4n].map((n) => m.smmu.now + n));
    m.smmu.translateBatch(batch);
    expect(left[0]).toBe(batch.translated[1]);
    expect(Array.from(batch.status.subarray(0, 4), (s) => s & 0xff)).toEqual([0, 0, 0, 1]);
  });
});
