// What the host tells, on its way to the guest: faults through the whole stack, stalls and their answers, what is the host's stays there.
import { afterEach, describe, expect, test } from '@jest/globals';
import type { IoPageTable } from '../../src/iommu/index.js';
import { PagePool } from '../../src/iommu/index.js';
import { Guest } from '../iommu/support/guest.js';
import { cd } from '../iommufd/support/cd.js';
import {
  CMDQEN,
  cfgiSte,
  EVENTQEN,
  FAULT,
  GPA,
  GUEST_BYTES,
  HOSTS,
  PA,
  R,
  Rig,
  type RigOptions,
  SID,
  SYNC,
  VSID,
} from './support/rig.js';

const TABLES = GPA + 0x40_0000n;
const PAGE = GPA + 0x80_0000n;
const STALLS: RigOptions = { hostId: { STALL_MODEL: 0, STALL_MAX: 16 }, id: { STALL_MODEL: 0 } };

let rig: Rig;
afterEach(() => expect(rig.vsmmu.fatalErrors).toEqual([]));

/** A device that translates: page 0x1000 is mapped; the CD stalls where asked. */
async function guest(
  options: RigOptions & { stall?: boolean },
): Promise<{ table: IoPageTable; memory: Guest }> {
  const { stall = false, ...rest } = options;
  rig = await Rig.create(rest);
  const memory = new Guest(rig.h, GPA, PA, GUEST_BYTES);
  Object.assign(memory, { pool: new PagePool(memory.memory, TABLES, 0x10_0000) });
  const table = memory.table();
  table.map(0x1000n, PAGE, 4096n, 3);
  rig.ste([cd(memory, table, stall) | 0xbn, 0xd4n]);
  rig.enable();
  rig.took();
  return { table, memory };
}

describe.each(HOSTS)('%s', (kind) => {
  test('a fault of stage 1: the physical record, its StreamID the guest’s', async () => {
    await guest({ kind });
    const { event } = rig.h.translate(SID, 0x5123n);
    expect(event!.words[0] >> 32n).toBe(BigInt(SID));
    const [word0, ...others] = event!.words;
    expect(rig.event(0)).toEqual([(word0 & 0xffff_ffffn) | (8n << 32n), ...others]);
    expect(rig.took()).toEqual(['irq eventq']);
    expect(rig.vsmmu.read32(R.EVENTQ_PROD)).toBe(1);
  });

  test('C_BAD_CD of the guest’s own CD is told', async () => {
    const { memory } = await guest({ kind });
    rig.ste([(TABLES + 0x8_0000n) | 0xbn]); // no CD there: V is 0
    rig.send(cfgiSte());
    expect(memory.memory.read64(TABLES + 0x8_0000n)).toBe(0n);
    rig.h.translate(SID, 0x1000n);
    expect(rig.event(0)[0]).toBe(0x8_0000_000an);
  });

  test('a fault of stage 2 on the data is nothing to the guest', async () => {
    const { table } = await guest({ kind });
    table.map(0x2000n, 0x1_0000_0000n, 4096n, 3); // no RAM of the guest's
    expect(rig.h.outcome(SID, 0x2000n)).toBe('abort F_TRANSLATION');
    expect(rig.vsmmu.read32(R.EVENTQ_PROD)).toBe(0);
  });

  test('a CD outside guest RAM: nothing is told by default', async () => {
    await guest({ kind });
    rig.ste([0x1_0000_0000n | 0xbn]);
    rig.send(cfgiSte());
    rig.h.translate(SID, 0x1000n);
    expect(rig.vsmmu.read32(R.EVENTQ_PROD)).toBe(0);
  });

  test('stalls: told, answered once, by retry', async () => {
    const { table } = await guest({ kind, ...STALLS, stall: true });
    const stalled = rig.h.translate(SID, 0x2040n, true);
    expect(stalled.status).toBe('stalled');
    const record = rig.event(0);
    expect([record[0], record[1] & 0x8000_ffffn, record[2]]).toEqual([
      0x8_0000_0010n,
      0x8000_0000n | BigInt(stalled.stag!),
      0x2040n,
    ]);
    expect((record[1] >> 35n) & 1n).toBe(0n); // a write
    table.map(0x2000n, PAGE, 4096n, 3);
    rig.took();
    rig.send([0x8_0000_1044n, BigInt(stalled.stag!)], [0x8_0000_1044n, BigInt(stalled.stag!)], SYNC);
    expect(rig.took()).toEqual(['respond(retry)']);
    const [{ outcome }] = rig.h.smmu.takeResumed();
    expect([outcome.status, outcome.pa]).toEqual(['ok', PAGE - GPA + PA + 0x40n]);
    expect(rig.err).toBe(0);
  });

  test('stalls: RESUME of an unknown pair does nothing; STALL_TERM ends all of a stream’s', async () => {
    await guest({ kind, ...STALLS, stall: true });
    rig.h.translate(SID, 0x2040n);
    rig.h.translate(SID, 0x3040n);
    rig.took();
    rig.send([0x8_0000_1044n, 0x7777n], [0x9_0000_1044n, 0n]);
    expect(rig.took()).toEqual([]);
    rig.send([0x8_0000_0045n, 0n]);
    expect(rig.took()).toEqual(['respond(abort)', 'respond(abort)']);
    expect(rig.h.smmu.takeResumed().map(({ outcome }) => outcome.status)).toEqual(['abort', 'abort']);
  });

  test.each<[string, () => void]>([
    ['SMMUEN falls', () => rig.enable(EVENTQEN | CMDQEN)],
    ['the device is unplugged', () => rig.vsmmu.removeDevice(rig.device)],
    ['the device gets another number', () => rig.vsmmu.renumber(rig.device, 20)],
    ['the machine is reset', () => rig.vsmmu.reset()],
  ])(
    'stalls: when %s, all are answered before the stream changes, and late RESUMEs do nothing',
    async (_, action) => {
      await guest({ kind, ...STALLS, stall: true });
      const { stag } = rig.h.translate(SID, 0x2040n);
      rig.took();
      action();
      const ops = rig.took();
      expect(ops[0]).toBe('respond(abort)');
      expect(rig.h.smmu.takeResumed().length).toBe(1);
      if (ops.includes('bypass(8)')) rig.send([0x8_0000_1044n, BigInt(stag!)]);
      expect(rig.took().filter((op) => op.startsWith('respond'))).toEqual([]);
    },
  );

  test('stalls: a full Event queue loses none; the guest hears of it once there is room', async () => {
    await guest({ kind, ...STALLS, stall: true });
    for (let i = 0; i < 6; i++) rig.h.translate(SID, 0x2000n + BigInt(i * 0x1000));
    expect([rig.vsmmu.read32(R.EVENTQ_PROD), rig.vsmmu.stats().stalls]).toEqual([4, 4]);
    rig.vsmmu.write32(R.EVENTQ_CONS, 4);
    expect([rig.vsmmu.read32(R.EVENTQ_PROD), rig.vsmmu.stats().stalls]).toEqual([6, 6]);
    expect([rig.event(0)[2], rig.event(1)[2]]).toEqual([0x6000n, 0x7000n]);
    expect(rig.vsmmu.stats().overflowedEvents).toBe(0);
  });

  test('stalls that are not announced: S1STALLD = 1 in the physical STE, a CD with S = 1 is bad, nothing waits', async () => {
    await guest({ kind, hostId: { STALL_MODEL: 0, STALL_MAX: 16 }, id: {}, stall: true });
    if (kind === 'iommufd') expect((rig.h.ste(SID)[1] >> 27n) & 1n).toBe(1n);
    const { status, event } = rig.h.translate(SID, 0x2000n);
    // In the 2018 form the host decides S1STALLD by the device, and this one may stall: its answer comes at once.
    expect(kind === 'iommufd' ? event!.name : status).toBe(kind === 'iommufd' ? 'C_BAD_CD' : 'stalled');
    if (kind === 'bind')
      expect(rig.h.smmu.takeResumed().map(({ outcome }) => outcome.status)).toEqual(['abort']);
    rig.send([0x8_0000_1044n, 0n]);
    expect(rig.err).toBe(1); // RESUME is illegal
  });
});

describe('faults of stage 2 on the guest’s own tables, with s2FetchFaults: guest', () => {
  const options: RigOptions = { kind: 'bind', s2FetchFaults: 'guest' };

  test('the CD outside guest RAM: F_CD_FETCH with the guest-physical address', async () => {
    await guest(options);
    rig.ste([0x1_0000_0000n | 0xbn]);
    rig.send(cfgiSte());
    expect(rig.h.translate(SID, 0x1000n).event!.s2).toBe(true);
    expect(rig.event(0)).toEqual([0x8_0000_0009n, 0n, 0n, 0x1_0000_0000n]);
  });

  test('a table outside guest RAM: F_WALK_EABT with both addresses', async () => {
    const { table, memory } = await guest(options);
    // The level 1 descriptor for [1 GiB, 2 GiB) of a 39-bit table.
    memory.memory.write64(table.ttb + 8n, 0x1_0000_3000n | 3n);
    rig.h.translate(SID, 0x4000_0040n, true);
    const [word0, word1, word2, word3] = rig.event(0);
    expect([word0, word2, word3]).toEqual([0x8_0000_000bn, 0x4000_0040n, 0x1_0000_3000n]);
    expect([(word1 >> 39n) & 1n, (word1 >> 40n) & 3n, (word1 >> 35n) & 1n]).toEqual([0n, 1n, 0n]);
  });

  test('on the data: nothing', async () => {
    const { table } = await guest(options);
    table.map(0x2000n, 0x1_0000_0000n, 4096n, 3);
    rig.h.translate(SID, 0x2000n);
    expect(rig.vsmmu.read32(R.EVENTQ_PROD)).toBe(0);
  });

  test('the form of today does not tell of them: refused at creation', async () => {
    await expect(Rig.create({ ...options, kind: 'iommufd' })).rejects.toThrow(
      "s2FetchFaults cannot be 'guest': this host does not tell of faults of stage 2",
    );
  });
});

describe('the guest’s Event queue', () => {
  const event = (vsid = VSID): void => rig.recorder.onEvent!({ kind: 'event', vsid, words: FAULT });

  test('outside RAM: EVENTQ_ABT_ERR, PROD stays, what follows is dropped until it is acknowledged', async () => {
    rig = await Rig.create();
    rig.vsmmu.write64(R.EVENTQ_BASE, 0x1_0000_0000n | 2n);
    rig.enable();
    rig.took();
    event();
    event();
    expect([rig.vsmmu.read32(R.EVENTQ_PROD), rig.vsmmu.read32(R.GERROR), rig.took()]).toEqual([
      0,
      4,
      ['irq gerror'],
    ]);
    expect(rig.vsmmu.stats()).toMatchObject({ droppedEvents: 2, overflowedEvents: 0 });
  });

  test('OVFLG toggles once until OVACKFLG follows', async () => {
    rig = await Rig.create();
    rig.enable();
    for (let i = 0; i < 7; i++) event();
    expect(rig.vsmmu.read32(R.EVENTQ_PROD)).toBe(0x8000_0004);
    rig.vsmmu.write32(R.EVENTQ_CONS, 0x8000_0001);
    event();
    event();
    expect(rig.vsmmu.read32(R.EVENTQ_PROD)).toBe(5); // a second overflow: toggled back
  });

  test('an event of a StreamID that has been given up goes to nobody, least of all to its next owner', async () => {
    rig = await Rig.create();
    rig.enable();
    rig.vsmmu.renumber(rig.device, 20);
    event(8);
    expect([rig.vsmmu.read32(R.EVENTQ_PROD), rig.vsmmu.stats().droppedEvents]).toEqual([0, 1]);
  });

  test('EVENTQ_BASE does not change while the queue is on', async () => {
    rig = await Rig.create();
    rig.enable();
    rig.vsmmu.write64(R.EVENTQ_BASE, GPA | 3n);
    event();
    expect(rig.event(0)).toEqual([...FAULT]);
  });

  test('LOST_EVENTS of the host counts all up to its number; OVFLG is not for that', async () => {
    rig = await Rig.create();
    rig.enable();
    rig.recorder.onEvent!({ kind: 'event', vsid: 8, words: FAULT, sequence: 4 });
    rig.recorder.onEvent!({ kind: 'lost', sequence: 9 });
    rig.recorder.onEvent!({ kind: 'event', vsid: 8, words: FAULT, sequence: 10 });
    expect([rig.vsmmu.stats().hostLostEvents, rig.vsmmu.read32(R.EVENTQ_PROD)]).toEqual([5, 2]);
  });

  test('a host address in F_CD_FETCH and F_WALK_EABT is not for the guest', async () => {
    rig = await Rig.create();
    rig.enable();
    rig.recorder.onEvent!({ kind: 'event', vsid: 8, words: [0x8_0000_0009n, 0n, 0n, 0x4800_1000n] });
    expect(rig.event(0)).toEqual([0x8_0000_0009n, 0n, 0n, 0n]);
  });

  test('badSte: record tells of an ILLEGAL STE at CFGI_STE; by default nobody is told', async () => {
    for (const [badSte, count] of [
      ['silent', 0],
      ['record', 1],
    ] as const) {
      rig = await Rig.create({ badSte });
      rig.ste([0x8004_000fn]);
      rig.enable();
      rig.send(cfgiSte());
      expect(rig.vsmmu.read32(R.EVENTQ_PROD)).toBe(count);
      if (count === 1) expect(rig.event(0)).toEqual([0x8_0000_0004n, 0n, 0n, 0n]);
    }
  });
});
