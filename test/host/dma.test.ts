// DMA by input address: pieces inside 4 KiB pages, faults where they are, stalls that are waited for, memory behind the bus.
import { describe, expect, test } from '@jest/globals';
import { HostIommu, PROT_READ, PROT_WRITE } from '../../src/iommu/index.js';
import { Smmu, type Bus, type SmmuOptions } from '../../src/index.js';

const RAM = 0x4000_0000n;
const RW = PROT_READ | PROT_WRITE;
/** Mapped at 0x10_0000 to 0x10_2fff: two pages that are apart, then one behind the second. */
const PAGES = [RAM + 0x20_0000n, RAM + 0x30_0000n, RAM + 0x30_1000n];
const IOVA = 0x10_0000n;

async function machine(options: SmmuOptions = {}, stall = false) {
  const driver: { iommu?: HostIommu } = {};
  const smmu = await Smmu.create({
    timing: false,
    ...options,
    onInterrupt: (source) => driver.iommu?.interrupt(source),
  });
  const iommu = await HostIommu.probe(smmu, { pool: { base: RAM, size: 1 << 20 } });
  driver.iommu = iommu;
  const device = iommu.addDevice({ streamIds: [1], stall });
  const domain = iommu.domainAlloc({ type: 'dma' });
  iommu.attachDevice(domain, device);
  PAGES.forEach((pa, i) => iommu.map(domain, IOVA + BigInt(0x1000 * i), pa, 4096n, RW));
  return { smmu, iommu, device, domain };
}

const pattern = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 7 + 3) & 0xff);

describe('a transfer', () => {
  test.each(['off', 'on'])(
    'over pages that are apart moves every byte to its place, time %s',
    async (time) => {
      const { smmu } = await machine(time === 'on' ? { timing: 'minimal' } : {});
      const bytes = pattern(0x1800);
      const written = smmu.dmaWrite(1, IOVA + 0xc00n, bytes);
      expect(written).toMatchObject({ status: 'ok', transferred: 0x1800, fault: undefined });
      expect(smmu.memory.read(PAGES[0] + 0xc00n, 0x400)).toEqual(bytes.slice(0, 0x400));
      expect(smmu.memory.read(PAGES[1], 0x1400)).toEqual(bytes.slice(0x400));
      const back = new Uint8Array(0x1800);
      expect(smmu.dmaRead(1, IOVA + 0xc00n, back).status).toBe('ok');
      expect(back).toEqual(bytes);
    },
  );

  test('is one transaction for each 4 KiB page that it touches', async () => {
    const { smmu } = await machine();
    smmu.resetStats();
    smmu.dmaRead(1, IOVA + 0xfffn, new Uint8Array(0x1002));
    expect(smmu.stats().transactions).toBe(3);
  });

  test('ends at a fault, says where, and has moved what lies before it', async () => {
    const { smmu } = await machine();
    smmu.memory.write(PAGES[2], pattern(4096));
    const into = new Uint8Array(0x2000).fill(0xee);
    const { status, transferred, fault } = smmu.dmaRead(1, IOVA + 0x2000n, into);
    expect({ status, transferred }).toEqual({ status: 'abort', transferred: 0x1000 });
    expect(fault?.iova).toBe(IOVA + 0x3000n);
    expect(fault?.translation.event).toMatchObject({
      name: 'F_TRANSLATION',
      rnw: true,
      inputAddr: IOVA + 0x3000n,
    });
    expect(into.slice(0, 0x1000)).toEqual(pattern(4096));
    expect(into.slice(0x1000).every((byte) => byte === 0xee)).toBe(true);
  });

  test('of nothing is no transaction', async () => {
    const { smmu } = await machine();
    smmu.resetStats();
    expect(smmu.dmaWrite(1, IOVA, new Uint8Array(0)).status).toBe('ok');
    expect(smmu.stats().transactions).toBe(0);
  });

  test('with CD.A = 0 faults read as zero and go on (IHI 0070 §5.5)', async () => {
    // Stage 1 by hand: terminated faults are RAZ/WI when CD.A is 0.
    const smmu = await Smmu.create({ timing: false });
    const [ste, cd, table] = [RAM, RAM + 0x1000n, RAM + 0x2000n];
    smmu.memory.write64(ste, 0xbn | cd); // V, Config: stage 1
    smmu.memory.write64(cd, (1n << 41n) | (1n << 31n) | (5n << 32n) | (1n << 30n) | 25n); // AA64, V, IPS 48, EPD1, T0SZ 25; A = R = 0
    smmu.memory.write64(cd + 8n, table);
    smmu.write64(0x80, RAM);
    smmu.write32(0x20, 1);
    const into = pattern(0x1800);
    const { status, transferred, fault } = smmu.dmaRead(0, 0x800n, into);
    expect({ status, transferred, at: fault?.iova }).toEqual({
      status: 'raz-wi',
      transferred: 0x1800,
      at: 0x800n,
    });
    expect(into.every((byte) => byte === 0)).toBe(true);
  });
});

describe('a scatter list', () => {
  test('has one piece for what is contiguous on both sides', async () => {
    const { smmu } = await machine();
    const { status, segments, transferred } = smmu.dmaMap(1, IOVA + 0x800n, 0x2800, 'write');
    expect({ status, transferred }).toEqual({ status: 'ok', transferred: 0x2800 });
    expect(segments).toEqual([
      { iova: IOVA + 0x800n, pa: PAGES[0] + 0x800n, length: 0x800 },
      { iova: IOVA + 0x1000n, pa: PAGES[1], length: 0x2000 },
    ]);
  });

  test('ends where a fault is', async () => {
    const { smmu } = await machine();
    const { status, segments, fault } = smmu.dmaMap(1, IOVA + 0x2000n, 0x1001, 'read');
    expect({ status, at: fault?.iova }).toEqual({ status: 'abort', at: IOVA + 0x3000n });
    expect(segments).toEqual([{ iova: IOVA + 0x2000n, pa: PAGES[2], length: 0x1000 }]);
  });
});

describe('memory outside RAM', () => {
  const DEVICE = 0x9000_0000n;

  async function withBus(bus: Bus) {
    const m = await machine({ bus });
    m.iommu.map(m.domain, 0x20_0000n, DEVICE, 4096n, RW);
    return m;
  }

  test('is the bus’s, by physical address', async () => {
    const seen: string[] = [];
    const { smmu } = await withBus({
      read: (address, into) => (seen.push(`read ${address.toString(16)}`), into.fill(5), true),
      write: (address, from) => (seen.push(`write ${address.toString(16)} ${from.join()}`), true),
    });
    const into = new Uint8Array(2);
    expect(smmu.dmaRead(1, 0x20_0010n, into).status).toBe('ok');
    expect(smmu.dmaWrite(1, 0x20_0040n, Uint8Array.of(7, 8)).status).toBe('ok');
    expect([...into]).toEqual([5, 5]);
    expect(seen).toEqual(['read 90000010', 'write 90000040 7,8']);
  });

  test('that does not answer ends the transfer, translated as it was', async () => {
    const { smmu } = await withBus({ read: () => false, write: () => false });
    const { status, fault } = smmu.dmaWrite(1, 0x20_0000n, Uint8Array.of(1));
    expect({ status, translated: fault?.translation.status }).toEqual({ status: 'abort', translated: 'ok' });
  });

  test('what the bus throws comes through, and the device goes on', async () => {
    const { smmu } = await withBus({
      read: () => {
        throw new Error('no such device');
      },
      write: () => true,
    });
    expect(() => smmu.dmaRead(1, 0x20_0000n, new Uint8Array(1))).toThrow('no such device');
    expect(smmu.dmaRead(1, IOVA, new Uint8Array(1)).status).toBe('ok');
  });

  test('a transfer over the end of RAM is both', async () => {
    const seen: number[] = [];
    const smmu = await Smmu.create({
      timing: false,
      ram: [{ base: 0x1000n, size: 0x800 }],
      bus: { read: () => false, write: (address, from) => (seen.push(address, from.length), true) },
    });
    expect(smmu.dmaWrite(0, 0x17f0n, new Uint8Array(0x20).fill(9)).status).toBe('ok');
    expect(smmu.memory.read(0x17f0n, 0x10).every((byte) => byte === 9)).toBe(true);
    expect(seen).toEqual([0x1800, 0x10]);
  });
});

describe('a stall', () => {
  const HOLE = IOVA + 0x3000n;

  test('is waited for: the transfer goes on when software resumes it', async () => {
    const { smmu, iommu, device, domain } = await machine({}, true);
    let resume: (() => void) | undefined;
    iommu.setFaultHandler(device, ({ grpid = 0 }) => {
      resume = () => {
        iommu.map(domain, HOLE, RAM + 0x50_0000n, 4096n, RW);
        iommu.pageResponse(device, { grpid, code: 0 });
      };
    });
    const transfer = smmu.dmaWrite(1, HOLE - 4n, pattern(8));
    expect({ status: transfer.status, transferred: transfer.transferred }).toEqual({
      status: 'stalled',
      transferred: 4,
    });
    const finished = transfer.finished;
    resume?.();
    expect(transfer).toMatchObject({ status: 'ok', transferred: 8 });
    expect(await finished).toBe(transfer);
    expect(smmu.memory.read(RAM + 0x50_0000n, 4)).toEqual(pattern(8).slice(4));
    expect(smmu.takeResumed()).toEqual([]);
  });

  test('that is terminated ends the transfer', async () => {
    const { smmu, iommu, device } = await machine({}, true);
    iommu.setFaultHandler(device, ({ grpid = 0 }) =>
      queueMicrotask(() => iommu.pageResponse(device, { grpid, code: 1 })),
    );
    const transfer = await smmu.dmaRead(1, HOLE, new Uint8Array(4)).finished;
    expect(transfer).toMatchObject({ status: 'abort', transferred: 0 });
    expect(transfer.fault?.iova).toBe(HOLE);
  });

  test('that is resumed before the call returns has not stalled', async () => {
    const { smmu, iommu, device, domain } = await machine({}, true);
    iommu.setFaultHandler(device, ({ grpid = 0 }) => {
      iommu.map(domain, HOLE, RAM + 0x50_0000n, 4096n, RW);
      iommu.pageResponse(device, { grpid, code: 0 });
    });
    expect(smmu.dmaMap(1, HOLE, 16, 'read')).toMatchObject({
      status: 'ok',
      segments: [{ iova: HOLE, pa: RAM + 0x50_0000n, length: 16 }],
    });
  });

  test.each(['reset', 'dispose'] as const)('ends with the device: %s', async (end) => {
    const { smmu, iommu, device } = await machine({}, true);
    iommu.setFaultHandler(device, () => undefined);
    const transfer = smmu.dmaRead(1, HOLE, new Uint8Array(4));
    expect(transfer.status).toBe('stalled');
    smmu[end]();
    expect((await transfer.finished).status).toBe('abort');
  });
});

describe('what is wrong is one sentence', () => {
  test.each<[string, (smmu: Smmu) => unknown, RegExp]>([
    ['no bytes', (s) => s.dmaRead(1, 0n, 4 as never), /^bytes must be a Uint8Array, not 4$/],
    ['words', (s) => s.dmaRead(1, 0n, new Uint32Array(1) as never), /^bytes must be a Uint8Array/],
    [
      'a number for an address',
      (s) => s.dmaWrite(1, 0 as never, new Uint8Array(1)),
      /^iova must be a bigint, not 0$/,
    ],
    ['a stream that there is not', (s) => s.dmaRead(-1, 0n, new Uint8Array(1)), /^streamId must be between/],
    [
      'beyond the last address',
      (s) => s.dmaRead(1, (1n << 64n) - 1n, new Uint8Array(2)),
      /beyond the last address$/,
    ],
    [
      'an access that there is not',
      (s) => s.dmaMap(1, 0n, 1, 'rw' as never),
      /^access must be 'read' or 'write'/,
    ],
    [
      'an option that there is not',
      (s) => s.dmaMap(1, 0n, 1, 'read', { pasid: 1 } as never),
      /has no field 'pasid'/,
    ],
    ['a length that is none', (s) => s.dmaMap(1, 0n, 0.5, 'read'), /^length must be an integer/],
  ])('%s', async (_, use, message) => {
    const smmu = await Smmu.create({ timing: false });
    expect(() => use(smmu)).toThrow(message);
  });
});
