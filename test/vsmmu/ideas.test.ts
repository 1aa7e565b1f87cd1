// The 25 ideas of the digest on virtual SMMUs, in its order and with its words, over each back end: one that keeps books, bind, iommufd.
// Each has a test of its number here. Who holds it as well (files of this folder; "stack": property.test.ts, by mutants of
// scripts/mutate/list/host.mjs):
//
//  1 bypass after reset          devices (reset, resetAbort), stack      14 GERRORN restarts             like-the-core (commands)
//  2 SMMUEN with an empty STE    stack (boot, SMMUEN off and on)         15 a batch fails                stack, ats §7, iommufd/commands
//  3 one install                 iommufd/vste (physical words), stack    16 an install fails             devices (onFailure, restore), stack
//  4 equal words                 like-the-core (streams)                 17 GBPA with SMMUEN = 1         devices (kexec), stack
//  5 fields that are dropped     iommufd/vste (masks)                    18 GBPA without Update          like-the-core (registers)
//  6 ILLEGAL                     like-the-core (streams), ats §3         19 Event queue full             events, stack (both queues)
//  7 bypass, then destroy        devices (2018: through abort), stack    20 sequence numbers             events, iommufd/queues, stack
//  8 CFGI_ALL                    ats §7, §11                             21 EVENTQEN = 0                 events
//  9 CFGI_STE_RANGE              here alone                              22 the edge of RAM              like-the-core (streams)
// 10 CFGI_CD before the STE      stack (our driver sends it so)          23 CMDQ_BASE outside RAM        here alone
// 11 one batch                   devices (one TLBI), stack               24 ATC_INV                      ats §5
// 12 order                       devices (policy before the queue)       25 host without ASID16 and more identification
// 13 an illegal command          like-the-core (commands)
import { afterEach, describe, expect, test } from '@jest/globals';
import { InvalidationError, IommuError } from '../../src/iommufd/index.js';
import {
  at,
  CFGI_ALL,
  cfgiCd,
  cfgiSte,
  CMDQ,
  CMDQEN,
  EVENTQEN,
  FAULT,
  GPA,
  KINDS,
  NH_VA,
  PA,
  R,
  Rig,
  type RigOptions,
  S1,
  SID,
  SMMUEN,
  SYNC,
  SYNC_IRQ,
} from './support/rig.js';

let rig: Rig;
afterEach(() => {
  expect(rig.strict?.wrong ?? []).toEqual([]);
  expect(rig.vsmmu.fatalErrors).toEqual([]);
});

/** A rig whose device translates. */
async function translating(options: RigOptions): Promise<Rig> {
  rig = await Rig.create(options);
  rig.ste(S1);
  rig.enable();
  rig.took();
  return rig;
}

describe.each(KINDS)('%s', (kind) => {
  test('1: reset, device added: bypass, and DMA reaches guest RAM by its own numbers', async () => {
    rig = await Rig.create({ kind });
    expect(rig.took()).toEqual(['add(8)', 'bypass(8)']);
    expect(rig.dma(0x8000_1000n, at(0x4800_1000n))).toBe(at(0x4800_1000n));
  });

  test('2: SMMUEN = 1 with an STE of zeros: abort at the write of CR0', async () => {
    rig = await Rig.create({ kind });
    rig.took();
    rig.enable();
    expect(rig.took()).toEqual(['abort(8)']);
    expect(rig.dma(0x8000_1000n, 'abort silently')).toBe('abort silently');
    expect(rig.vsmmu.read32(R.EVENTQ_PROD)).toBe(0);
  });

  test('3: an STE, CFGI_STE, SYNC: one install with its two words', async () => {
    rig = await Rig.create({ kind });
    rig.enable();
    rig.took();
    rig.ste(S1);
    rig.send([0x8_0000_0003n, 1n], SYNC);
    expect(rig.took()).toEqual(['install(8, 8004000b, d4)']);
    expect(rig.cons).toBe(2);
    if (kind !== 'strict') expect(rig.h.ste(SID)[0]).toBe(0x8004_000fn);
  });

  test('4: the same CFGI_STE again: nothing is asked, CONS moves', async () => {
    await translating({ kind });
    rig.send(cfgiSte());
    expect(rig.took()).toEqual([]);
    expect(rig.cons).toBe(1);
    expect(rig.vsmmu.stats().skippedInstalls).toBeGreaterThan(0);
  });

  test('5: SHCFG, MemAttr and dwords 2 to 7 are dropped, and no reason to fail', async () => {
    rig = await Rig.create({ kind });
    rig.ste([
      S1[0],
      S1[1] | (1n << 36n) | (3n << 44n) | (0xfn << 32n),
      ...new Array<bigint>(6).fill((1n << 64n) - 1n),
    ]);
    rig.took();
    rig.enable();
    rig.send(cfgiSte());
    expect(rig.took()).toEqual(['install(8, 8004000b, d4)']);
    expect(rig.errorActive).toBe(false);
  });

  test('6: Config 0b111 aborts without a command error; 0b101 then translates', async () => {
    await translating({ kind });
    rig.ste([0x8004_000fn]);
    rig.send(cfgiSte());
    expect(rig.took()).toEqual(['abort(8)']);
    expect([rig.cons, rig.errorActive]).toEqual([1, false]);
    expect(rig.dma(0x1000n, 'abort silently')).toBe('abort silently');
    rig.ste(S1);
    rig.send(cfgiSte());
    expect(rig.took()).toEqual(['install(8, 8004000b, d4)']);
  });

  test('7: Config 0b100 bypasses; the page table of stage 1 goes after the attach', async () => {
    await translating({ kind });
    const nested = (): number => rig.fd.ids.filter(({ kind: name }) => name === 'HWPT_NESTED').length;
    if (kind === 'iommufd') expect(nested()).toBe(3); // abort, bypass, and the guest's
    rig.ste([0x9n, 0n]);
    const calls: string[] = [];
    if (kind === 'iommufd') {
      const { fd } = rig;
      const { attachDevice, destroy } = fd;
      fd.attachDevice = (...args) => (calls.push('attach'), attachDevice.apply(fd, args));
      fd.destroy = (id) => (calls.push('destroy'), destroy.call(fd, id));
    }
    rig.send(cfgiSte());
    expect(rig.took()).toEqual(['bypass(8)']);
    expect(rig.dma(GPA + 0x1000n, at(PA + 0x1000n))).toBe(at(PA + 0x1000n));
    if (kind === 'iommufd') expect([calls, nested()]).toEqual([['attach', 'destroy'], 2]);
  });

  test('8: CFGI_ALL looks at each of two devices once, and not at 2^32 StreamIDs', async () => {
    await translating({ kind });
    rig.add(9, 0x4568);
    rig.took();
    rig.ste([0x8005_000bn]);
    rig.ste([0x8006_000bn, 0xd4n], 9);
    const start = performance.now();
    rig.send(CFGI_ALL);
    const took = performance.now() - start;
    expect(rig.took()).toEqual(['install(8, 8005000b, d4)', 'install(9, 8006000b, d4)']);
    expect(took).toBeLessThan(200); // 2^32 would take minutes
  });

  test('9: CFGI_STE_RANGE of StreamID 0x13 with Range 2: 0x10 to 0x17', async () => {
    rig = await Rig.create({ kind, device: false });
    const vsids = [0x0f, 0x10, 0x13, 0x17, 0x18];
    vsids.forEach((vsid, i) => rig.add(vsid, 0x100 + i));
    rig.enable();
    rig.took();
    for (const vsid of vsids) rig.ste(S1, vsid);
    rig.send([0x13_0000_0004n, 2n]);
    expect(rig.took()).toEqual([0x10, 0x13, 0x17].map((vsid) => `install(${vsid}, 8004000b, d4)`));
  });

  test('10: CFGI_CD before the first STE that translates: consumed, no host command', async () => {
    rig = await Rig.create({ kind });
    rig.enable();
    rig.took();
    rig.send(cfgiCd(), SYNC);
    expect(rig.took()).toEqual([]);
    expect([rig.cons, rig.err]).toEqual([2, 0]);
  });

  test('11: five NH_VA and a SYNC in one doorbell: one batch of five, then the interrupt', async () => {
    await translating({ kind });
    rig.send(NH_VA, NH_VA, NH_VA, NH_VA, NH_VA, SYNC_IRQ);
    expect(rig.took()).toEqual(['invalidate(5)', 'irq cmd-sync']);
    expect(rig.cons).toBe(6);
  });

  test('12: NH_VA, CFGI_STE, NH_VA, SYNC: in this order', async () => {
    await translating({ kind });
    rig.ste([0x8005_000bn]);
    rig.send(NH_VA, cfgiSte(), NH_VA, SYNC_IRQ);
    expect(rig.took()).toEqual([
      'invalidate(1)',
      'install(8, 8005000b, d4)',
      'invalidate(1)',
      'irq cmd-sync',
    ]);
  });

  test('13: an illegal command: what was before it is done, what is after it is not', async () => {
    await translating({ kind });
    rig.send(NH_VA, [0x0en, 0n], NH_VA);
    expect(rig.took()).toEqual(['invalidate(1)', 'irq gerror']);
    expect([rig.cons, rig.err, rig.vsmmu.read32(R.GERROR)]).toEqual([1, 1, 1]);
  });

  test('14: the bad command overwritten, the error acknowledged: the queue goes on without a doorbell', async () => {
    await translating({ kind });
    rig.send(NH_VA, [0x0en, 0n], NH_VA);
    rig.took();
    rig.memory.write64(CMDQ + 16n, 0x46n);
    rig.vsmmu.write32(R.GERRORN, 4); // another bit: not an acknowledge of this one
    expect(rig.cons).toBe(1);
    rig.vsmmu.write32(R.GERRORN, 1);
    expect(rig.took()).toEqual(['invalidate(1)']);
    expect([rig.cons, rig.errorActive]).toEqual([3, false]);
  });

  test('15: the host fails a batch: no SYNC completes before everything has been invalidated', async () => {
    await translating({ kind });
    rig.recorder.failing.set('invalidate(3)', 1);
    rig.send(NH_VA, NH_VA, NH_VA, SYNC_IRQ);
    // NSNH_ALL and CFGI_CD_ALL of the stream that translates
    expect(rig.took()).toEqual(['invalidate(3)', 'invalidate(2)', 'irq cmd-sync']);
    expect(rig.recorder.batches.at(-1)).toEqual([
      [0x30n, 0n],
      [0x8_0000_0006n, 0n],
    ]);
    expect([rig.cons, rig.err]).toEqual([4, 0]);
  });

  test('15: and when that fails too, every stream aborts and the guest sees ILL at the first of the batch', async () => {
    await translating({ kind });
    rig.add(9, 0x4568);
    rig.ste(S1, 9);
    rig.send(cfgiSte(9));
    rig.took();
    rig.recorder.failing.set('invalidate', 2);
    rig.send(NH_VA, NH_VA, SYNC_IRQ);
    expect(rig.took()).toEqual(['invalidate(2)', 'invalidate(3)', 'abort(8)', 'abort(9)', 'irq gerror']);
    expect([rig.cons, rig.err, rig.errorActive]).toEqual([1, 1, true]);
    expect(rig.dma(0x1000n, 'abort silently')).toBe('abort silently');
    // The guest skips the command, as Linux does, and its next CFGI_STE translates, after a full invalidation.
    rig.memory.write64(CMDQ + 16n, 0x46n);
    rig.vsmmu.write32(R.GERRORN, 1);
    rig.took();
    rig.send(cfgiSte());
    expect(rig.took()).toEqual(['invalidate(1)', 'install(8, 8004000b, d4)']);
    expect(rig.recorder.batches.at(-1)).toEqual([[0x30n, 0n]]);
  });

  if (kind === 'iommufd') {
    test('15: entry_num 3 of a batch of five is not believed: all of it is made good', async () => {
      await translating({ kind });
      const { fd } = rig;
      const { hwptInvalidate } = fd;
      let sent = 0;
      fd.hwptInvalidate = (asked) => {
        if (++sent > 1) return hwptInvalidate.call(fd, asked);
        hwptInvalidate.call(fd, { ...asked, entries: asked.entries.slice(0, 3) as never });
        throw new InvalidationError('ETIMEDOUT', 'the queue has stopped', 3);
      };
      rig.send(NH_VA, NH_VA, NH_VA, NH_VA, NH_VA, SYNC_IRQ);
      expect(rig.took()).toEqual(['invalidate(5)', 'invalidate(2)', 'irq cmd-sync']);
      expect([rig.recorder.batches.at(-1)![0], rig.cons, rig.err]).toEqual([[0x30n, 0n], 6, 0]);
    });

    test.each(['hwptAlloc', 'attachDevice'] as const)(
      '16: %s fails once: nothing of the new page table stays',
      async (call) => {
        await translating({ kind });
        const { fd } = rig;
        const tables = (): number => fd.ids.filter(({ kind: name }) => name === 'HWPT_NESTED').length;
        const before = tables();
        let calls = 0;
        const once =
          <A extends unknown[]>(real: (...args: A) => number) =>
          (...args: A): number => {
            if (++calls === 1) throw new IommuError('ENOMEM', 'no memory');
            return real.apply(fd, args);
          };
        if (call === 'hwptAlloc') fd.hwptAlloc = once(fd.hwptAlloc);
        else fd.attachDevice = once(fd.attachDevice);
        rig.ste([0x8005_000bn]);
        rig.send(cfgiSte(), SYNC_IRQ);
        expect(rig.took()).toEqual(['install(8, 8005000b, d4)', 'abort(8)', 'irq cmd-sync']);
        expect([rig.cons, rig.errorActive, tables()]).toEqual([2, false, before - 1]);
        rig.send(cfgiSte());
        expect([rig.took(), tables(), rig.h.ste(SID)[0]]).toEqual([
          ['install(8, 8005000b, d4)'],
          before,
          0x8005_000fn,
        ]);
      },
    );
  }

  test('16: an install fails once: the stream aborts, the queue goes on, the next CFGI_STE translates', async () => {
    await translating({ kind });
    rig.ste([0x8005_000bn]);
    rig.recorder.failing.set('install', 1);
    rig.send(cfgiSte(), SYNC_IRQ);
    expect(rig.took()).toEqual(['install(8, 8005000b, d4)', 'abort(8)', 'irq cmd-sync']);
    expect([rig.cons, rig.errorActive]).toEqual([2, false]);
    expect(rig.dma(0x1000n, 'abort silently')).toBe('abort silently');
    rig.send(cfgiSte());
    expect(rig.took()).toEqual(['install(8, 8005000b, d4)']);
  });

  test('17: GBPA while SMMUEN = 1 is noted, and in force when SMMUEN falls', async () => {
    await translating({ kind });
    rig.vsmmu.write32(R.GBPA, 0x8010_0000);
    expect(rig.took()).toEqual([]);
    expect(rig.vsmmu.read32(R.GBPA)).toBe(0x0010_0000);
    rig.enable(EVENTQEN | CMDQEN);
    expect(rig.took()).toEqual(['abort(8)']);
    expect(rig.dma(0x8000_1000n, 'abort silently')).toBe('abort silently');
  });

  test('18: GBPA without Update is ignored', async () => {
    rig = await Rig.create({ kind });
    rig.took();
    rig.vsmmu.write32(R.GBPA, 0x0010_0000);
    expect(rig.took()).toEqual([]);
    expect(rig.vsmmu.read32(R.GBPA)).toBe(0x1000); // SHCFG incoming, after reset
  });

  test('19: five events into a queue of four: four are there, OVFLG, no GERROR', async () => {
    await translating({ kind });
    for (let i = 0; i < 5; i++) rig.recorder.onEvent!({ kind: 'event', vsid: 8, words: FAULT });
    expect([rig.vsmmu.read32(R.EVENTQ_PROD), rig.vsmmu.read32(R.GERROR)]).toEqual([0x8000_0004, 0]);
    expect(rig.event(3)).toEqual([...FAULT]);
    expect(rig.took()).toEqual(['irq eventq']); // from empty to not empty, once
  });

  test('20: sequence 7fffffff, 0, 3: 0, 0 and 2 lost on the way; OVFLG is another matter', async () => {
    await translating({ kind });
    const lost = [0x7fff_ffff, 0, 3].map((sequence) => {
      rig.recorder.onEvent!({ kind: 'event', vsid: 8, words: FAULT, sequence });
      return rig.vsmmu.stats().hostLostEvents;
    });
    expect(lost).toEqual([0, 0, 2]);
    expect(rig.vsmmu.read32(R.EVENTQ_PROD)).toBe(3);
  });

  test('21: an event while EVENTQEN = 0 is gone', async () => {
    await translating({ kind });
    rig.enable(SMMUEN | CMDQEN);
    rig.recorder.onEvent!({ kind: 'event', vsid: 8, words: FAULT });
    rig.enable();
    expect(rig.vsmmu.read32(R.EVENTQ_PROD)).toBe(0);
    expect(rig.vsmmu.stats().droppedEvents).toBe(1);
  });

  test('22: an STE in the last 64 bytes of RAM is read; one past it aborts', async () => {
    rig = await Rig.create({ kind });
    const last = GPA + 0x100_0000n - 64n;
    // LOG2SIZE 2: StreamID 3 is the last of a table of four.
    rig.vsmmu.removeDevice(rig.device);
    rig.vsmmu.write64(R.STRTAB_BASE, last - 192n);
    rig.vsmmu.write32(R.STRTAB_BASE_CFG, 2);
    rig.memory.write64(last, S1[0]);
    rig.memory.write64(last + 8n, S1[1]);
    rig.add(3, 0x200);
    rig.took();
    rig.enable();
    expect(rig.took()).toEqual(['install(3, 8004000b, d4)']);
    rig.enable(0);
    rig.took();
    rig.vsmmu.write64(R.STRTAB_BASE, GPA + 0x100_0000n);
    rig.enable();
    expect(rig.took()).toEqual(['abort(3)']);
  });

  test('23: CMDQ_BASE outside RAM: ABT at the first command', async () => {
    rig = await Rig.create({ kind });
    rig.vsmmu.write64(R.CMDQ_BASE, 0x1_0000_0000n | 4n);
    rig.enable(CMDQEN);
    rig.took();
    rig.vsmmu.write32(R.CMDQ_PROD, 1);
    expect([rig.cons, rig.err, rig.errorActive]).toEqual([0, 2, true]);
    expect(rig.took()).toEqual(['irq gerror']);
  });

  test('24: ATC_INV without ATS is illegal', async () => {
    await translating({ kind });
    rig.send([0x8_0000_0040n, 52n]);
    expect([rig.cons, rig.err]).toEqual([0, 1]);
  });
});

test('24: ATC_INV with ATS: consumed while SMMUEN = 0, handed on when the stream translates', async () => {
  rig = await Rig.create({ abilities: { ats: true }, id: { ATS: 1 } });
  rig.ste([S1[0], S1[1] | (1n << 28n)]);
  rig.enable(CMDQEN);
  rig.took();
  rig.send([0x8_0000_0040n, 52n], SYNC);
  expect([rig.took(), rig.cons, rig.err]).toEqual([[], 2, 0]);
  rig.enable();
  expect(rig.took()).toEqual(['install(8, 8004000b, 100000d4)']);
  rig.send([0x8_0000_0040n, 52n], SYNC);
  expect([rig.took(), rig.recorder.batches.at(-1)]).toEqual([['invalidate(1)'], [[0x8_0000_0040n, 52n]]]);
});

test('25: a host without ASID16, RIL and 16 KiB: asked for ASID16 a RangeError names it; the default has none of the three', async () => {
  const abilities = { idr: [0x0900_001f & ~(1 << 12), 0x0273_0520, 0, 0, 0, 0x55] };
  await expect(Rig.create({ abilities, id: { ASID16: 1 } })).rejects.toThrow(
    new RangeError('id.ASID16 cannot be 1: the host has 0'),
  );
  rig = await Rig.create({ abilities });
  const { fields } = rig.vsmmu.id;
  expect([fields.ASID16, fields.RIL, fields.GRAN16K]).toEqual([0, 0, 0]);
  expect([
    (rig.vsmmu.read32(0) >> 12) & 1,
    (rig.vsmmu.read32(0xc) >> 10) & 1,
    (rig.vsmmu.read32(0x14) >> 5) & 1,
  ]).toEqual([0, 0, 0]);
});
