// Devices that come, go, change their number; reset, save and restore; emulated ones; races.
import { afterEach, describe, expect, test } from '@jest/globals';
import { Guest } from '../iommu/support/guest.js';
import { codeOf } from '../iommu/support/host.js';
import { cd } from '../iommufd/support/cd.js';
import {
  at,
  CMDQ,
  CMDQEN,
  cfgiSte,
  EVENTQEN,
  GPA,
  GUEST_BYTES,
  HOSTS,
  KINDS,
  NH_VA,
  NSNH_ALL,
  PA,
  R,
  Rig,
  S1,
  SID,
  SMMUEN,
  SYNC,
  SYNC_IRQ,
} from './support/rig.js';

let rig: Rig;
afterEach(() => expect(rig.strict?.wrong ?? []).toEqual([]));

describe.each(KINDS)('%s', (kind) => {
  test('hot plug into a guest whose STE is there already: it translates at once, and never bypasses on the way', async () => {
    rig = await Rig.create({ kind, device: false });
    rig.ste(S1);
    rig.enable();
    rig.took();
    rig.add();
    expect(rig.took()).toEqual(['add(8)', 'install(8, 8004000b, d4)']);
  });

  test('unplug: it aborts first, then it is let go; a second time does nothing', async () => {
    rig = await Rig.create({ kind });
    rig.ste(S1);
    rig.enable();
    rig.took();
    rig.vsmmu.removeDevice(rig.device);
    rig.vsmmu.removeDevice(rig.device);
    expect(rig.took()).toEqual(['abort(8)', 'remove(8)']);
    expect(rig.dma(0x1000n, 'abort silently')).toBe('abort silently');
    rig.send(cfgiSte());
    expect(rig.took()).toEqual([]);
  });

  test('two devices claim one number: the second aborts until the first moves on', async () => {
    rig = await Rig.create({ kind });
    rig.ste(S1, 8);
    rig.ste([0x8005_000bn, 0xd4n], 9);
    const second = rig.add(9, 0x200);
    rig.enable();
    rig.took();
    rig.vsmmu.renumber(second, 8); // the guest swaps 8 and 9
    expect([second.blocked, second.vsid, rig.device.blocked]).toEqual([true, 8, false]);
    expect(rig.took()).toEqual(['abort(9)', 'remove(9)']);
    expect(rig.dma(0x1000n, 'abort silently', 0x200)).toBe('abort silently');
    rig.vsmmu.renumber(rig.device, 9);
    expect(rig.took()).toEqual([
      'abort(8)',
      'remove(8)',
      'add(8)',
      'install(8, 8004000b, d4)',
      'add(9)',
      'install(9, 8005000b, d4)',
    ]);
    expect([second.blocked, rig.device.blocked]).toEqual([false, false]);
  });

  test('a device that waits for its number can be taken away', async () => {
    rig = await Rig.create({ kind });
    const second = rig.add(8, 0x200);
    expect(second.blocked).toBe(true);
    rig.vsmmu.removeDevice(second);
    rig.took();
    rig.vsmmu.removeDevice(rig.device);
    expect(rig.took().filter((op) => op.startsWith('add'))).toEqual([]);
  });

  test('invalidations without any device are owed: the next to translate finds clean caches', async () => {
    rig = await Rig.create({ kind });
    rig.ste(S1);
    rig.enable();
    rig.vsmmu.removeDevice(rig.device);
    rig.took();
    rig.send(NH_VA, SYNC);
    expect([rig.took(), rig.cons]).toEqual([[], 2]);
    rig.add(8, 0x200);
    expect(rig.took()).toEqual(['add(8)', 'invalidate(1)', 'install(8, 8004000b, d4)']);
    expect(rig.recorder.batches.at(-1)).toEqual([[0x30n, 0n]]);
  });

  test('a TLBI goes to the host once, however many devices there are', async () => {
    rig = await Rig.create({ kind });
    rig.add(9, 0x200);
    rig.add(10, 0x201);
    rig.enable();
    rig.took();
    rig.send(NSNH_ALL, SYNC);
    expect(rig.took()).toEqual(['invalidate(1)']);
  });

  test('reset: streams follow GBPA’s reset value, registers are as after reset, devices stay', async () => {
    rig = await Rig.create({ kind });
    rig.ste(S1);
    rig.vsmmu.write32(R.GBPA, 0x8010_0000);
    rig.enable();
    rig.send([0x0en, 0n]);
    rig.took();
    rig.vsmmu.reset();
    expect(rig.took()).toEqual(['bypass(8)']);
    const registers = [
      R.CR0,
      R.CR0ACK,
      R.GERROR,
      R.GERRORN,
      R.CMDQ_PROD,
      R.CMDQ_CONS,
      R.STRTAB_BASE,
      R.EVENTQ_PROD,
    ];
    expect(registers.map((offset) => rig.vsmmu.read32(offset))).toEqual(registers.map(() => 0));
    expect(rig.vsmmu.read32(R.GBPA)).toBe(0x1000);
    expect(rig.dma(GPA, at(PA))).toBe(at(PA));
  });

  test('resetAbort: GBPA.ABORT is 1 after reset, and devices abort from the start', async () => {
    rig = await Rig.create({ kind, resetAbort: true });
    expect(rig.took()).toEqual(['add(8)']);
    expect([rig.vsmmu.read32(R.GBPA), rig.dma(GPA, 'abort silently')]).toEqual([0x10_1000, 'abort silently']);
  });

  test('save and restore: registers go along, streams follow the STEs in memory, after a full invalidation', async () => {
    rig = await Rig.create({ kind });
    rig.ste(S1);
    rig.enable();
    rig.send(NH_VA, SYNC);
    const saved = JSON.parse(JSON.stringify(rig.vsmmu.save())) as ReturnType<typeof rig.vsmmu.save>;
    rig.vsmmu.reset();
    rig.ste([0x8005_000bn]);
    rig.took();
    rig.vsmmu.restore(saved);
    expect(rig.took()).toEqual(['invalidate(1)', 'install(8, 8005000b, d4)']);
    expect([rig.vsmmu.read32(R.CR0ACK), rig.cons, rig.vsmmu.read64(R.CMDQ_BASE)]).toEqual([
      0xd,
      2,
      CMDQ | 4n,
    ]);
    expect(rig.vsmmu.save()).toEqual(saved);
  });

  test('restore: a stream that the host refuses aborts, and restore goes through', async () => {
    rig = await Rig.create({ kind });
    rig.ste(S1);
    rig.enable();
    const saved = rig.vsmmu.save();
    rig.vsmmu.reset();
    rig.recorder.failing.set('install', 1);
    rig.took();
    rig.vsmmu.restore(saved);
    expect(rig.took()).toEqual(['invalidate(1)', 'install(8, 8004000b, d4)', 'abort(8)']);
  });

  test('restore of another identification, or of nothing: refused, nothing changes', async () => {
    rig = await Rig.create({ kind });
    const saved = rig.vsmmu.save();
    rig.took();
    expect(() => rig.vsmmu.restore({ ...saved, idr: saved.idr.map((word) => word ^ 1) })).toThrow(
      'another IDR0',
    );
    expect(() => rig.vsmmu.restore({ ...saved, aidr: 0 })).toThrow('another AIDR');
    expect(() => rig.vsmmu.restore({ ...saved, version: 2 as 1 })).toThrow('snapshot.version must be 1');
    expect(() => rig.vsmmu.restore({ ...saved, registers: { ...saved.registers, cr0: -1 } })).toThrow('cr0');
    expect(() => rig.vsmmu.restore('x' as never)).toThrow(TypeError);
    expect(rig.took()).toEqual([]);
  });

  test('a host that does not take a device: the call throws, and nothing is left behind', async () => {
    rig = await Rig.create({ kind, device: false });
    rig.recorder.failing.set('add', 1);
    expect(() => rig.add()).toThrow('add(8) fails');
    rig.took();
    rig.add(8, 0x300);
    expect(rig.took()).toEqual(['add(8)', 'bypass(8)']);
  });

  test('a stream that cannot even be made to abort: the embedder is told', async () => {
    const told: string[] = [];
    rig = await Rig.create({ kind, onFatal: (error) => told.push(error.message) });
    rig.recorder.failing.set('abort', 1);
    rig.enable();
    expect(told).toEqual(['StreamID 8 cannot be made to abort: the guest’s device is out of control']);
  });

  test('onFailure: keep leaves the old STE where the host still has it', async () => {
    rig = await Rig.create({ kind, onFailure: 'keep' });
    rig.ste(S1);
    rig.enable();
    rig.took();
    rig.ste([0x8005_000bn]);
    rig.recorder.failing.set('install', 1);
    rig.send(cfgiSte());
    expect(rig.took()).toEqual(['install(8, 8005000b, d4)']);
    rig.send(cfgiSte());
    expect(rig.took()).toEqual(['install(8, 8005000b, d4)']);
    // From bypass there is nothing to keep.
    rig.ste([9n, 0n]);
    rig.send(cfgiSte());
    rig.ste(S1);
    rig.recorder.failing.set('install', 1);
    rig.took();
    rig.send(cfgiSte());
    expect(rig.took()).toEqual(['install(8, 8004000b, d4)', 'abort(8)']);
  });

  test('dispose takes all down', async () => {
    rig = await Rig.create({ kind });
    rig.ste(S1);
    rig.enable();
    rig.vsmmu.dispose();
    if (kind === 'iommufd')
      expect(rig.fd.ids.map(({ kind: name }) => name)).toEqual(['DEVICE', 'IOAS', 'HWPT_PAGING', 'DEVICE']);
    if (kind !== 'strict') expect(rig.h.outcome(SID, GPA)).toBe('abort silently');
  });
});

describe('races', () => {
  test('PROD moved from an interrupt handler while the queue is being worked on: nothing is lost', async () => {
    let more = 3;
    rig = await Rig.create({
      onInterrupt: (source) => {
        if (source === 'cmd-sync' && more-- > 0) rig.send(NH_VA, SYNC_IRQ);
      },
    });
    rig.enable();
    rig.took();
    rig.send(NH_VA, SYNC_IRQ);
    expect([rig.took().filter((op) => op === 'irq cmd-sync').length, rig.cons]).toEqual([4, 8]);
  });

  test('an inconsistent PROD: the queue stops and does not loop', async () => {
    rig = await Rig.create();
    rig.enable();
    rig.vsmmu.write32(R.CMDQ_PROD, 0x1f); // 31 entries in a queue of 16
    expect([rig.cons, rig.errorActive]).toEqual([0, false]);
  });

  test('the guest changes its STE and sends nothing: the host keeps the old words, whatever other devices do', async () => {
    rig = await Rig.create();
    rig.ste(S1);
    rig.enable();
    rig.ste([0x8005_000bn]);
    rig.took();
    const other = rig.add(9, 0x200);
    rig.vsmmu.removeDevice(other);
    expect(rig.took().filter((op) => op.includes('(8'))).toEqual([]);
  });

  test('CFGI_STE while SMMUEN = 0 does nothing; GBPA then acts on every device', async () => {
    rig = await Rig.create();
    rig.add(9, 0x200);
    rig.enable(CMDQEN);
    rig.took();
    rig.ste(S1);
    rig.send(cfgiSte(), SYNC);
    expect(rig.took()).toEqual([]);
    rig.vsmmu.write32(R.GBPA, 0x8010_0000);
    expect(rig.took()).toEqual(['abort(8)', 'abort(9)']);
  });

  test('Linux’s kexec: GBPA.ABORT with SMMUEN = 1, then CR0 = 0: every device aborts', async () => {
    rig = await Rig.create();
    rig.ste(S1);
    rig.enable();
    rig.vsmmu.write32(R.GBPA, 0x8010_1000);
    rig.took();
    rig.enable(0);
    expect(rig.took()).toEqual(['abort(8)']);
  });

  test('policy comes before the queue in one write of CR0', async () => {
    rig = await Rig.create();
    rig.ste(S1);
    rig.put(NH_VA, SYNC_IRQ);
    rig.vsmmu.write32(R.CMDQ_PROD, 2);
    rig.took();
    rig.enable(SMMUEN | CMDQEN | EVENTQEN);
    expect(rig.took()).toEqual(['install(8, 8004000b, d4)', 'invalidate(1)', 'irq cmd-sync']);
  });

  test('registers by halves: the first half of a base does nothing', async () => {
    rig = await Rig.create();
    rig.took();
    rig.vsmmu.write32(R.STRTAB_BASE, 0x8001_0000);
    rig.vsmmu.write32(R.STRTAB_BASE + 4, 0x4000_0000);
    expect([rig.took(), rig.vsmmu.read64(R.STRTAB_BASE)]).toEqual([[], 0x4000_0000_8001_0000n]);
    expect(codeOf(() => rig.vsmmu.read32(0xdead_0000))).toBe('nothing thrown');
  });

  test('2018: from STE to STE the stream aborts for a moment, and is never seen bypassing', async () => {
    rig = await Rig.create({ kind: 'bind' });
    rig.ste(S1);
    rig.enable();
    const seen: string[] = [];
    const { iommu } = rig.h;
    const bind = iommu.bindGuestStage.bind(iommu);
    iommu.bindGuestStage = (...args) => {
      bind(...args);
      seen.push(`${(rig.h.ste(SID)[0] >> 1n) & 7n}`);
    };
    rig.ste([0x8005_000bn]);
    rig.send(cfgiSte());
    expect(seen).toEqual(['0', '7']);
  });

  test('2018: hot plug goes through abort, not through stage 2 alone', async () => {
    rig = await Rig.create({ kind: 'bind', device: false });
    rig.ste(S1);
    rig.enable();
    const device = rig.newDevice(SID);
    const configs: bigint[] = [];
    const write64 = rig.h.smmu.memory.write64.bind(rig.h.smmu.memory);
    rig.h.smmu.memory.write64 = (pa, value) => {
      write64(pa, value);
      configs.push((rig.h.ste(SID)[0] >> 1n) & 7n);
    };
    rig.vsmmu.addDevice({ vsid: 8, device });
    expect(configs.length).toBeGreaterThan(0);
    expect(configs).not.toContain(6n);
    expect(configs).not.toContain(4n);
  });
});

describe.each(HOSTS)('emulated devices beside assigned ones: %s', (kind) => {
  async function both(): Promise<{ table: ReturnType<Guest['table']> }> {
    rig = await Rig.create({ kind });
    rig.vsmmu.addDevice({ vsid: 9, emulated: true });
    const memory = new Guest(rig.h, GPA, PA, GUEST_BYTES);
    memory.pool.alloc(0x40_0000);
    const table = memory.table();
    table.map(0x1000n, GPA + 0x80_0000n, 4096n, 3);
    const words = [cd(memory, table, false) | 0xbn, 0xd4n];
    rig.ste(words);
    rig.ste(words, 9);
    rig.enable();
    rig.took();
    return { table };
  }
  const emulated = (iova: bigint, access: 'read' | 'write' = 'read'): string => {
    const { status, pa, event } = rig.vsmmu.translate({ streamId: 9, iova, access });
    return status === 'ok' ? at(pa) : `${status} ${event?.name ?? 'silently'}`;
  };

  test('translated by the guest’s tables to a guest-physical address', async () => {
    await both();
    expect(emulated(0x1040n)).toBe(at(GPA + 0x80_0040n));
    expect(rig.dma(0x1040n, '')).toBe(at(PA + 0x80_0040n));
  });

  test('its faults go into the guest’s queue, with its StreamID', async () => {
    await both();
    expect(emulated(0x5000n)).toBe('abort F_TRANSLATION');
    expect(rig.event(0)[0]).toBe(0x9_0000_0010n);
    expect(rig.took()).toEqual(['irq eventq']);
    expect(rig.event(0)[2]).toBe(0x5000n);
  });

  test('it has caches, honest ones: stale until the guest invalidates, and one command acts on both', async () => {
    const { table } = await both();
    emulated(0x1040n);
    rig.dma(0x1040n, '');
    table.unmap(0x1000n, 4096n);
    expect([emulated(0x1040n), rig.dma(0x1040n, '')]).toEqual([at(GPA + 0x80_0040n), at(PA + 0x80_0040n)]);
    rig.send([0x0005_0000_0000_0012n, 0x1000n], SYNC);
    expect([emulated(0x1040n), rig.dma(0x1040n, '')]).toEqual(['abort F_TRANSLATION', 'abort F_TRANSLATION']);
  });

  test('GBPA and SMMUEN are its as well', async () => {
    await both();
    rig.enable(0);
    expect(emulated(0x1040n)).toBe('0x1040');
    rig.vsmmu.write32(R.GBPA, 0x8010_0000);
    expect(emulated(0x1040n)).toBe('abort silently');
  });

  test('plugged after invalidations that it did not see: its caches are clean', async () => {
    const { table } = await both();
    emulated(0x1040n);
    const device = { vsid: 9, emulated: true } as const;
    const handle = rig.vsmmu.addDevice({ vsid: 10, emulated: true });
    rig.vsmmu.removeDevice(handle);
    expect(() => rig.vsmmu.addDevice(device)).toThrow('vsid 9 is in use');
    rig.vsmmu.removeDevice(handle); // twice
    table.unmap(0x1000n, 4096n);
    rig.send(NSNH_ALL, SYNC);
    expect(emulated(0x1040n)).toBe('abort F_TRANSLATION');
  });

  test('a StreamID of no emulated device is refused', async () => {
    await both();
    expect(() => rig.vsmmu.translate({ streamId: 8, iova: 0n })).toThrow(
      "streamId 8 is no emulated device's",
    );
    expect(() => rig.vsmmu.addDevice({ vsid: 9, device: 1 })).toThrow("vsid 9 is an emulated device's");
    expect(() => rig.vsmmu.addDevice({ vsid: 0x1_0000, emulated: true })).toThrow(
      'vsid must be between 0 and 65535',
    );
  });
});

test('the events of a batch of translations by an emulated device all arrive, or are counted', async () => {
  rig = await Rig.create({ device: false });
  rig.vsmmu.addDevice({ vsid: 9, emulated: true });
  rig.vsmmu.write32(R.CR2, 2); // RECINVSID
  rig.vsmmu.write32(R.STRTAB_BASE_CFG, 2); // StreamID 9 is beyond
  rig.enable();
  for (let i = 0; i < 40; i++) rig.vsmmu.translate({ streamId: 9, iova: BigInt(i) });
  expect(rig.vsmmu.stats()).toMatchObject({ events: 4, overflowedEvents: 36 });
});
