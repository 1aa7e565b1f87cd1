// What an emulator needs around the device: registers for a driver compiled to Wasm, interrupts that wait, windows that grow with
// their memory, callbacks that must answer at once, and what is said to who calls the wrong thing.
import { describe, expect, test } from '@jest/globals';
import { busMemory, HostIommu, PROT_READ } from '../../src/iommu/index.js';
import { Smmu, type InterruptSource } from '../../src/index.js';

const RAM = 0x4000_0000n;

describe('mmioImports', () => {
  test('numbers are signed as WebAssembly has them, both ways', async () => {
    const smmu = await Smmu.create({ timing: false });
    const { mmioRead32, mmioRead64, mmioWrite32, mmioWrite64 } = smmu.mmioImports(0x8000_0000);
    const base = 0x8000_0000 | 0; // an i32 pointer
    mmioWrite64(base + 0x80, -0x4000_0000_0000_0000n); // STRTAB_BASE.RA, bit 62, and bit 63, which is RES0
    expect(smmu.read64(0x80)).toBe(0x4000_0000_0000_0000n);
    mmioWrite32(base + 0x44, -0x8000_0000 + (1 << 20)); // GBPA: Update, ABORT
    expect(smmu.read32(0x44) & (1 << 20)).not.toBe(0);
    mmioWrite32(base + 0x100ac, -1); // EVENTQ_CONS, page 1: OVACKFLG and the index
    expect(smmu.read32(0x100ac)).toBe(0x800f_ffff);
    expect(mmioRead32(base + 0x100ac)).toBe(0x800f_ffff | 0);
    expect(BigInt.asUintN(64, mmioRead64(base + 0x80))).toBe(smmu.read64(0x80));
  });

  test('an access beyond the registers, and a base that is none, are one sentence', async () => {
    const smmu = await Smmu.create({ timing: false });
    const imports = smmu.mmioImports(0x900_0000);
    expect(() => imports.mmioRead32(0x902_0000)).toThrow(
      /^the driver's access at 0x9020000 is outside the SMMU's registers, 0x9000000 to 0x901ffff$/,
    );
    expect(() => smmu.mmioImports(-1)).toThrow(/^base must be between 0 and/);
  });
});

describe('deferInterrupts', () => {
  async function faulting() {
    const seen: InterruptSource[] = [];
    const smmu = await Smmu.create({ timing: false, onInterrupt: (source) => seen.push(source) });
    smmu.write64(0x80, RAM);
    smmu.write64(0xa0, (RAM + 0x2000n) | 4n); // EVENTQ_BASE
    smmu.write32(0x50, 0x4); // IRQ_CTRL.EVENTQ_IRQEN
    smmu.write32(0x20, 0x5); // CR0: SMMUEN, EVENTQEN
    const fault = (): void => {
      smmu.translate({ streamId: 0, iova: 0n });
      smmu.write32(0x100ac, smmu.read32(0x100a8)); // EVENTQ_CONS: empty again
    };
    return { smmu, seen, fault };
  }

  test('pulses wait, one for each source, and come when interrupts are on again', async () => {
    const { smmu, seen, fault } = await faulting();
    smmu.deferInterrupts(true);
    fault();
    fault();
    expect(seen).toEqual([]);
    expect(smmu.pendingInterrupts).toEqual(['eventq']);
    smmu.deferInterrupts(false);
    expect(seen).toEqual(['eventq']);
    expect(smmu.pendingInterrupts).toEqual([]);
    fault();
    expect(seen).toEqual(['eventq', 'eventq']);
  });

  test('a snapshot keeps what waits', async () => {
    const { smmu, fault } = await faulting();
    smmu.deferInterrupts(true);
    fault();
    const other = await faulting();
    other.smmu.deferInterrupts(true);
    other.smmu.restore(smmu.save());
    expect(other.smmu.pendingInterrupts).toEqual(['eventq']);
    other.smmu.deferInterrupts(false);
    expect(other.seen).toEqual(['eventq']);
  });
});

describe('a window that follows its lender', () => {
  async function lent() {
    const memory = new WebAssembly.Memory({ initial: 96 });
    const options = { timing: false, batchBytes: 0, caches: false } as const;
    const coreBase = 0;
    const offset = 65536 * Math.ceil(Smmu.coreBytes({ ...options, ram: [] }) / 65536);
    const ram = [{ base: 0n, size: 65536, offset, follow: true }];
    const smmu = await Smmu.create({ ...options, memory, coreBase, ram });
    return { memory, smmu, end: BigInt(memory.buffer.byteLength - offset) };
  }

  test('reaches to the end of the memory, and after a grow to the new one: for the host, for look-ups, for tables', async () => {
    const { memory, smmu, end } = await lent();
    smmu.memory.write64(end - 8n, 1n);
    expect(() => smmu.memory.read64(end)).toThrow(RangeError);
    memory.grow(1);
    const bytes = new Uint8Array(memory.buffer);
    bytes[bytes.length - 65536] = 0x9; // the lender's CPU writes an STE: valid, bypass
    expect(smmu.memory.read64(end)).toBe(9n);
    smmu.write64(0x80, end);
    smmu.write32(0x20, 1);
    expect(smmu.lookup(0, 0x1234, 0)).toBe(0x1234);
  });

  test('the first call after a grow may be a look-up', async () => {
    const { memory, smmu, end } = await lent();
    smmu.write64(0x80, end);
    smmu.write32(0x20, 1);
    expect(smmu.lookup(0, 0x1234, 0)).toBe(-1);
    memory.grow(1);
    new DataView(memory.buffer).setUint8(memory.buffer.byteLength - 65536, 0x9);
    expect(smmu.lookup(0, 0x1234, 0)).toBe(0x1234);
  });

  test('EBUSY and ENODEV are as ever', async () => {
    const { smmu } = await lent();
    smmu.dispose();
    expect(() => smmu.lookup(0, 0, 0)).toThrow(/^ENODEV/);
  });

  test('it is the last thing in the memory, and not in snapshots', async () => {
    const memory = new WebAssembly.Memory({ initial: 96 });
    const ram = [{ base: 0n, size: 65536, offset: 0, follow: true }];
    await expect(
      Smmu.create({ timing: false, batchBytes: 0, caches: false, memory, coreBase: 65536, ram }),
    ).rejects.toThrow(/coreBase would begin at 65536 of the lent memory, inside ram\[0\]/);
    await expect(Smmu.create({ ram: [{ base: 0n, size: 65536, follow: true }] })).rejects.toThrow(
      /^ram\[0\]\.follow is for a window of a lent memory/,
    );
    const { smmu } = await lent();
    expect(() => smmu.save({ ram: true })).toThrow(/^ram must be false/);
    smmu.restore(smmu.save());
  });
});

describe('callbacks inside the core answer at once', () => {
  const bus = { read: () => true, write: () => true };

  test('bus.read that returns a Promise is named', async () => {
    const smmu = await Smmu.create({ timing: false, bus: { ...bus, read: (async () => true) as never } });
    smmu.write64(0x80, 0n);
    smmu.write32(0x20, 1);
    expect(() => smmu.translate({ streamId: 0, iova: 0n })).toThrow(
      'bus.read returned a Promise: it runs inside the core and has to answer at once',
    );
  });

  test('bus.write likewise', async () => {
    const smmu = await Smmu.create({ timing: false, bus: { ...bus, write: (async () => true) as never } });
    expect(() => smmu.dmaWrite(0, 0n, new Uint8Array(8))).toThrow(/^bus\.write returned a Promise/);
  });

  test('bus.compareExchange64 likewise', async () => {
    // Stage 1 by hand, tables behind the bus; a page whose access flag is 0 is updated by hardware (IHI 0070 §3.13).
    const store = new DataView(new ArrayBuffer(0x4000));
    const word = (at: number, value: bigint): void => store.setBigUint64(at, value, true);
    word(0, 0xbn | 0x1000n); // STE: V, stage 1, CD at 0x1000
    word(0x1000, (1n << 43n) | (1n << 41n) | (1n << 31n) | (5n << 32n) | (1n << 30n) | (1n << 46n) | 25n); // HA, AA64, V, IPS, EPD1, A, T0SZ
    word(0x1008, 0x2000n); // TTB0
    word(0x1018, 0xffn); // MAIR
    word(0x2000, 0x41n); // level 1: a block, AP[1], AF 0
    const smmu = await Smmu.create({
      timing: false,
      ram: [],
      bus: {
        read: (address, into) => (into.set(new Uint8Array(store.buffer, address, into.length)), true),
        write: () => true,
        compareExchange64: (async () => 0n) as never,
      },
    });
    smmu.write32(0x20, 1);
    expect(() => smmu.translate({ streamId: 0, iova: 0n })).toThrow(
      /^bus\.compareExchange64 returned a Promise/,
    );
  });

  test('tbuOf likewise', async () => {
    const smmu = await Smmu.create({ timing: false, tbus: 2, tbuOf: (async () => 1) as never });
    expect(() => smmu.translate({ streamId: 0, iova: 0n })).toThrow(/^tbuOf returned a Promise/);
  });
});

describe('HostIommu over memory behind the bus', () => {
  test('tables and queues are there, and translate', async () => {
    const store = new Uint8Array(4 << 20);
    const BASE = 0x8_0000_0000;
    const at = (address: number, length: number): Uint8Array | undefined => {
      const start = address - BASE;
      return start >= 0 && start + length <= store.length ? store.subarray(start, start + length) : undefined;
    };
    const bus = {
      read: (address: number, into: Uint8Array) => {
        const bytes = at(address, into.length);
        if (bytes !== undefined) into.set(bytes);
        return bytes !== undefined;
      },
      write: (address: number, from: Uint8Array) => {
        const bytes = at(address, from.length);
        bytes?.set(from);
        return bytes !== undefined;
      },
    };
    const smmu = await Smmu.create({ timing: false, ram: [], bus });
    const memory = busMemory(bus);
    const iommu = await HostIommu.probe(smmu, { memory, pool: { base: BigInt(BASE), size: 2 << 20 } });
    expect(iommu.smmu).toBe(smmu);
    const domain = iommu.domainAlloc({ type: 'dma' });
    iommu.attachDevice(domain, iommu.addDevice({ streamIds: [7] }));
    iommu.map(domain, 0x1000n, 0x8_0030_0000n, 4096n, PROT_READ);
    expect(smmu.translate({ streamId: 7, iova: 0x1010n })).toMatchObject({
      status: 'ok',
      pa: 0x8_0030_0010n,
    });
    const into = new Uint8Array(4);
    store.fill(3, 0x30_0000, 0x30_0004);
    expect(smmu.dmaRead(7, 0x1000n, into).status).toBe('ok');
    expect([...into]).toEqual([3, 3, 3, 3]);
    iommu.unmap(domain, 0x1000n, 4096n);
    expect(smmu.translate({ streamId: 7, iova: 0x1010n }).event?.name).toBe('F_TRANSLATION');
    expect(() => memory.read64(0n)).toThrow(/^the bus does not answer a read of 8 bytes at 0x0$/);
    expect(() => memory.view(0n, 8)).toThrow(/lie behind the bus$/);
    expect(() => busMemory(undefined as never)).toThrow(/^bus must be an object with read and write/);
  });
});

describe('who calls the wrong thing is told what to call', () => {
  test('new Smmu()', () => {
    const Made = Smmu as unknown as new () => Smmu;
    expect(() => new Made()).toThrow(/^new Smmu\(\) makes no device: call await Smmu\.create\(options\)$/);
  });

  test('new HostIommu(), probe() and addDevice()', async () => {
    const Made = HostIommu as unknown as new () => HostIommu;
    const call = /call await HostIommu\.probe\(smmu, \{ pool \}\)$/;
    expect(() => new Made()).toThrow(call);
    const smmu = await Smmu.create({ timing: false });
    await expect(HostIommu.probe(undefined as never, {} as never)).rejects.toThrow(call);
    const iommu = await HostIommu.probe(smmu, { pool: { base: RAM, size: 1 << 20 } });
    expect(() => iommu.addDevice(undefined as never)).toThrow(
      /such as \{ streamIds: \[0x10\] \}, not undefined$/,
    );
  });
});
