import { describe, expect, test } from '@jest/globals';
import { Smmu } from '../../src/index.js';
import { HostIommu, type DriverError } from '../../src/iommu/index.js';
import { cmd, type Command } from '../support/encode.js';
import { identification, type Id } from '../support/machine.js';
import { codeOf, Host, RAM, RAM_BYTES, SYNC } from './support/host.js';

const POOL = { base: RAM, size: 16 << 20 };

/** A device whose register accesses are written down. */
async function watched(id: Id = {}): Promise<{ smmu: Smmu; accesses: string[] }> {
  const smmu = await Smmu.create({
    id: await identification(id),
    ram: [{ base: RAM, size: RAM_BYTES }],
    timing: false,
  });
  const accesses: string[] = [];
  for (const name of ['write32', 'write64'] as const) {
    const original: (offset: number, value: never) => void = smmu[name].bind(smmu);
    Object.defineProperty(smmu, name, {
      value: (offset: number, value: number | bigint) => {
        accesses.push(`${offset.toString(16)}=${value.toString(16)}`);
        original(offset, value as never);
      },
    });
  }
  return { smmu, accesses };
}

describe('probe', () => {
  test('writes what Linux writes, in its order (data/linux-nested-4k, mmio.jsonl)', async () => {
    const { smmu, accesses } = await watched({ Hyp: 0, CMDQS: 7, EVENTQS: 7 });
    await HostIommu.probe(smmu, { pool: POOL, cmdqLog2: 8, evtqLog2: 8 });
    const cmdq = 0x4000000040000000n | (smmu.read64(0x90) & 0xffff_ffff_ffe0n);
    expect(accesses).toEqual([
      '20=0',
      '50=0',
      '28=d75',
      '2c=6',
      `80=${smmu.read64(0x80).toString(16)}`,
      '88=10210', // two levels, split at 8, 16 StreamID bits
      `90=${(cmdq | 7n).toString(16)}`,
      '98=0',
      '9c=0',
      '20=8', // CMDQEN
      '98=2', // CFGI_ALL, SYNC
      '98=4', // TLBI_NSNH_ALL, SYNC
      `a0=${smmu.read64(0xa0).toString(16)}`,
      '100a8=0',
      '100ac=0',
      '20=c', // and EVENTQEN
      '68=0',
      'b0=0',
      '50=5',
      '20=d', // and SMMUEN
    ]);
    expect(smmu.read64(0x80) >> 62n).toBe(1n);
  });

  test('invalidates everything that was cached, EL2 included where it exists', async () => {
    const smmu = await Smmu.create({ ram: [{ base: RAM, size: RAM_BYTES }], timing: false });
    await HostIommu.probe(smmu, { pool: POOL });
    const base = smmu.read64(0x90) & 0xffff_ffff_ffe0n;
    const words = Array.from({ length: 5 }, (_, i): Command => [
      smmu.memory.read64(base + BigInt(i * 16)),
      smmu.memory.read64(base + BigInt(i * 16 + 8)),
    ]);
    expect(words).toEqual([cmd.cfgiAll(), SYNC, cmd.el2All(), cmd.nsnhAll(), SYNC]);
  });

  test('believes the identification registers', async () => {
    const h = await Host.create({
      id: {
        ASID16: 0,
        VMID16: 0,
        SSIDSIZE: 5,
        SIDSIZE: 9,
        RIL: 0,
        OAS: 2,
        GRAN64K: 0,
        STALL_MODEL: 1,
        FWB: 0,
      },
    });
    expect(h.iommu.features).toMatchObject({
      asidBits: 8,
      vmidBits: 8,
      ssidBits: 5,
      sidBits: 9,
      rangeInvalidation: false,
      oasBits: 40,
      vaBits: 48,
      granules: [12, 14],
      stalls: 'none',
      fwb: false,
    });
  });

  test('SIDSIZE up to 8, or no two-level tables: a linear Stream table whose entries abort', async () => {
    for (const id of [{ SIDSIZE: 8 }, { SIDSIZE: 6, ST_LEVEL: 0 }] as Id[]) {
      const h = await Host.create({ id });
      expect(h.smmu.read32(0x88)).toBe(id.SIDSIZE);
      expect(h.ste(5)).toEqual([1n, 0n, 0n, 0n, 0n, 0n, 0n, 0n]);
      expect(h.outcome(5, 0n)).toBe('abort silently');
    }
  });

  test('two levels: a StreamID without device has no entry, one beside a device aborts', async () => {
    const events: number[] = [];
    const h = await Host.create({ onEvent: (event) => events.push(event.type) });
    expect(h.outcome(0x200, 0n)).toBe('abort C_BAD_STREAMID');
    h.device(0x210);
    expect(h.outcome(0x200, 0n)).toBe('abort silently');
    expect(events).toEqual([0x02]);
  });

  test('takes over an SMMU that is running: traffic aborts in between, errors are acknowledged', async () => {
    const first = await Host.create();
    const dev = first.device();
    first.iommu.attachDevice(first.iommu.domainAlloc({ type: 'identity' }), dev);
    expect(first.outcome(0x10, 0x5000n)).toBe('0x5000');
    const second = await HostIommu.probe(first.smmu, { pool: POOL });
    expect(first.outcome(0x10, 0x5000n)).toBe('abort C_BAD_STREAMID');
    second.addDevice({ streamIds: [0x10] });
    expect(first.outcome(0x10, 0x5000n)).toBe('abort silently');
    second.shutdown();
    expect(first.outcome(0x10, 0x5000n)).toBe('abort silently');
  });

  test.each([
    ['no MSI for cmdSync', { MSI: 0 }, { cmdSync: 'msi' as const }, 'EOPNOTSUPP'],
    ['no EL2 for e2h', { Hyp: 0 }, { e2h: true }, 'EOPNOTSUPP'],
    ['a pool too small', {}, { pool: { base: RAM, size: 4096 } }, 'ENOMEM'],
  ])('%s: refused', async (_, id, options, code) => {
    await expect(Host.create({ id, ...options })).rejects.toMatchObject({ code });
  });

  test.each([
    [{ cmdqLog2: 20 }, RangeError],
    [{ steUpdate: 'fast' }, RangeError],
    [{ speed: 1 }, TypeError],
  ])('wrong option %j: one sentence', async (options, error) => {
    await expect(Host.create(options as never)).rejects.toThrow(error);
  });
});

describe('addDevice', () => {
  test.each([
    ['no StreamID', [], 'ENODEV'],
    ['a StreamID beyond the table', [0x10000], 'ERANGE'],
    ['a StreamID that a device has', [0x20], 'EBUSY'],
  ])('%s', async (_, streamIds, code) => {
    const h = await Host.create();
    h.device(0x20);
    const used = h.iommu.poolUsed;
    expect(codeOf(() => h.iommu.addDevice({ streamIds }))).toBe(code);
    expect(h.iommu.poolUsed).toBe(used);
  });
  test('a StreamID that the device lists again (PCI aliases) counts once', async () => {
    const [h, once] = [await Host.create(), await Host.create()];
    const attach = (host: Host, streamIds: number[]): Command[] =>
      host.commands(() => {
        const device = host.iommu.addDevice({ streamIds });
        host.iommu.attachDevice(host.iommu.domainAlloc({ type: 'identity' }), device);
      });
    expect(attach(h, [0x30, 0x31, 0x30, 0x31, 0x31])).toEqual(attach(once, [0x30, 0x31]));
    const dev = h.iommu.addDevice({ streamIds: [0x40, 0x41, 0x40] });
    expect(dev.streamIds).toEqual([0x40, 0x41]);
    expect(h.outcome(0x30, 0x5000n)).toBe('0x5000');
    expect(codeOf(() => h.iommu.addDevice({ streamIds: [0x42, 0x41] }))).toBe('EBUSY');
    h.iommu.removeDevice(dev);
    h.iommu.addDevice({ streamIds: [0x42, 0x41, 0x40] });
  });
  test('a new level 1 descriptor is told to the SMMU (CFGI_STE, not leaf)', async () => {
    const h = await Host.create();
    expect(h.commands(() => h.device(0x310))).toEqual([cmd.cfgiSte(0x310, 0), SYNC]);
    expect(h.commands(() => h.device(0x311))).toEqual([]);
  });
  test('a removed device aborts and gives its StreamIDs and memory back', async () => {
    const h = await Host.create();
    h.device(0x11);
    const used = h.iommu.poolUsed;
    const dev = h.device(0x10, { pasidBits: 4 });
    h.iommu.attachDevice(h.iommu.domainAlloc({ type: 'identity' }), dev);
    h.iommu.removeDevice(dev);
    h.iommu.removeDevice(dev);
    expect(h.outcome(0x10, 0n)).toBe('abort silently');
    expect(h.iommu.poolUsed).toBe(used);
    expect(codeOf(() => h.iommu.attachDevice(h.iommu.domainAlloc({ type: 'identity' }), dev))).toBe('ENODEV');
    h.device(0x10);
  });
});

describe('command queue', () => {
  test.each([0, 1, 3, 8])('2^%i entries: more commands than fit, over the wrap', async (cmdqLog2) => {
    const h = await Host.create({ id: { RIL: 0 }, cmdqLog2 });
    const dev = h.device();
    const domain = h.iommu.domainAlloc({ type: 'dma' });
    h.iommu.attachDevice(domain, dev);
    h.iommu.map(domain, 0n, 0x4200_0000n, 0x40000, 3);
    expect(h.outcome(0x10, 0x3f000n)).toBe('0x4203f000');
    const before = h.iommu.counts.commands;
    expect(h.iommu.unmap(domain, 0n, 0x40000)).toBe(0x40000);
    expect(h.iommu.counts.commands - before).toBe(65);
    expect(h.outcome(0x10, 0x3f000n)).toBe('abort F_TRANSLATION');
  });
  test('one doorbell for a batch and its CMD_SYNC', async () => {
    const h = await Host.create({ id: { RIL: 0 } });
    const domain = h.iommu.domainAlloc({ type: 'dma' });
    h.iommu.map(domain, 0n, 0x4200_0000n, 0x40000, 3);
    const { doorbells, syncs } = h.iommu.counts;
    h.iommu.unmap(domain, 0n, 0x40000);
    expect(h.iommu.counts).toMatchObject({ doorbells: doorbells + 1, syncs: syncs + 1 });
  });
  test('cmdSync msi: the SMMU clears the CMD_SYNC in the ring', async () => {
    const h = await Host.create({ cmdSync: 'msi', cmdqLog2: 3 });
    const dev = h.device();
    const domain = h.iommu.domainAlloc({ type: 'identity' });
    const seen = h.commands(() => h.iommu.attachDevice(domain, dev));
    const at = seen.findIndex(([op]) => (op & 0xffn) === 0n || (op & 0xffff_ffffn) === 0n);
    const slot = (seen[at][1] & 0xf0n) >> 4n;
    expect(seen[at]).toEqual([0n, smmuBase(h) + slot * 16n]);
    expect(h.outcome(0x10, 0x1234n)).toBe('0x1234');
    for (let i = 0; i < 20; i++) h.iommu.flushIotlbAll(h.iommu.domainAlloc({ type: 'dma' }));
    expect(h.iommu.errors).toEqual([]);
  });
  test('a ring in a sparse window, where no view of it exists', async () => {
    const h = await Host.create({
      smmu: { ram: [{ base: RAM, size: RAM_BYTES, sparse: true }] },
      cmdqLog2: 10,
    });
    h.iommu.attachDevice(h.iommu.domainAlloc({ type: 'identity' }), h.device());
    expect(h.outcome(0x10, 0x1234n)).toBe('0x1234');
  });
});

const smmuBase = (h: Host): bigint => h.smmu.read64(0x90) & 0xffff_ffff_ffe0n;

describe('GERROR', () => {
  /** Puts a command of an unknown opcode where the driver's next one will go. */
  function spoil(h: Host): void {
    const prod = h.smmu.read32(0x98);
    h.smmu.memory.write64(smmuBase(h) + BigInt((prod & 0xff) * 16), 0xffn);
    h.smmu.write32(0x98, (prod + 1) & 0x1ff);
  }
  test.each([true, false])(
    'a bad command is skipped and the queue goes on (interrupt wired: %s)',
    async (wired) => {
      const told: DriverError[] = [];
      const h = await Host.create({ wired, onError: (error) => told.push(error) });
      const at = h.smmu.read32(0x98);
      spoil(h);
      if (!wired) {
        expect(told).toEqual([]);
        h.iommu.poll();
      }
      expect(told).toMatchObject([{ kind: 'command-illegal', command: [0xffn, 0n] }]);
      expect(h.iommu.errors).toEqual(told);
      expect(h.smmu.read32(0x60)).toBe(h.smmu.read32(0x64));
      expect(h.smmu.memory.read64(smmuBase(h) + BigInt((at & 0xff) * 16))).toBe(0x46n); // CMD_SYNC, SIG_NONE
      expect(h.smmu.read32(0x9c) & 0x1ff).toBe(h.smmu.read32(0x98));
    },
  );
  test('whoever waits for a CMD_SYNC skips the bad command without an interrupt', async () => {
    const h = await Host.create({ wired: false, id: { S2P: 1 } });
    const dev = h.device();
    const memory = h.smmu.memory;
    const prod = h.smmu.read32(0x98);
    // The driver writes CFGI_STE here; the memory system turns it into garbage just before the doorbell.
    const original = h.smmu.write32.bind(h.smmu);
    let spoiled = false;
    Object.defineProperty(h.smmu, 'write32', {
      value: (offset: number, value: number) => {
        if (offset === 0x98 && !spoiled) {
          memory.write64(smmuBase(h) + BigInt((prod & 0xff) * 16), 0xffn);
          spoiled = true;
        }
        original(offset, value);
      },
    });
    h.iommu.attachDevice(h.iommu.domainAlloc({ type: 'identity' }), dev);
    expect(h.iommu.errors.map(({ kind }) => kind)).toEqual(['command-illegal']);
    expect(h.outcome(0x10, 0x42n)).toBe('0x42');
  });
  test('a queue that stands still: ETIMEDOUT', async () => {
    const h = await Host.create();
    const dev = h.device();
    h.smmu.write32(0x20, 0);
    expect(codeOf(() => h.iommu.attachDevice(h.iommu.domainAlloc({ type: 'identity' }), dev))).toBe(
      'ETIMEDOUT',
    );
  });
});

describe('event queue', () => {
  test('drained on interrupt, records decoded, those of unknown streams for the host', async () => {
    const seen: string[] = [];
    const h = await Host.create({
      evtqLog2: 2,
      onEvent: (event, device) => seen.push(`${event.name} ${event.streamId} ${device === undefined}`),
    });
    h.device(0x10);
    for (let i = 0; i < 9; i++) h.translate(0x400 + i, 0n);
    expect(seen).toEqual(Array.from({ length: 9 }, (_, i) => `C_BAD_STREAMID ${0x400 + i} true`));
    expect(h.smmu.read32(0x100a8)).toBe(h.smmu.read32(0x100ac));
  });
  test('polling takes out what an unwired queue holds; overflow is acknowledged and told', async () => {
    let events = 0;
    const h = await Host.create({ wired: false, evtqLog2: 1, onEvent: () => events++ });
    for (let i = 0; i < 5; i++) h.translate(0x400, 0n);
    expect(h.iommu.poll()).toBe(2);
    expect(events).toBe(2);
    expect(h.iommu.errors.map(({ kind }) => kind)).toEqual(['event-overflow']);
    for (let i = 0; i < 3; i++) h.translate(0x400, 0n);
    expect(h.iommu.poll()).toBe(2);
    expect(h.iommu.errors.length).toBe(2);
    expect(h.iommu.poll()).toBe(0);
  });
  test('a handler may cause further events, and throw', async () => {
    const seen: number[] = [];
    const h = await Host.create({
      onEvent: (event) => {
        seen.push(event.streamId);
        if (event.streamId < 0x403) h.translate(event.streamId + 1, 0n);
        if (event.streamId === 0x401) throw new Error('handler');
      },
    });
    expect(() => h.translate(0x400, 0n)).toThrow('handler');
    expect(seen).toEqual([0x400, 0x401, 0x402, 0x403]);
  });
});
