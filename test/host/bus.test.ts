import { describe, expect, test } from '@jest/globals';
import { type Bus, IommuError, Smmu } from '../../src/index.js';
import { Machine, R, RAM } from '../support/machine.js';
import { record } from '../support/events.js';
import { stage1 } from '../support/streams.js';
import { s1Leaf } from '../support/encode.js';

const FAR = 0xf_ffff_f000_0000n; // near 2^52: exact as a number

/** A bus over a plain buffer at FAR. */
class Buffer4K implements Bus {
  readonly bytes = new Uint8Array(1 << 16);
  readonly log: string[] = [];
  inside: (() => void) | undefined;
  read(address: number, into: Uint8Array): boolean {
    this.log.push(`read ${address.toString(16)} ${into.length}`);
    this.inside?.();
    const at = address - Number(FAR);
    if (at < 0 || at >= this.bytes.length) return false;
    into.set(this.bytes.subarray(at, at + into.length));
    return true;
  }
  write(address: number, from: Uint8Array): boolean {
    this.log.push(`write ${address.toString(16)} ${from.length}`);
    const at = address - Number(FAR);
    if (at < 0 || at >= this.bytes.length) return false;
    this.bytes.set(from, at);
    return true;
  }
}

/** A machine whose stream 1 has its STE on the bus: the stream table lies there. */
async function busMachine(bus: Bus): Promise<Machine> {
  const m = await Machine.create({ bus, id: { OAS: 6, DS: 1, VAX: 1 }, enable: false });
  m.smmu.write64(R.STRTAB_BASE, FAR);
  m.smmu.write32(R.STRTAB_BASE_CFG, 4);
  m.eventQueue(RAM + 0x2000n, 6);
  m.smmu.write32(R.CR0, 5);
  return m;
}

const BYPASS_STE = 0x9n; // V, Config bypass

describe('the bus', () => {
  test('takes what no window holds, 52-bit addresses exactly', async () => {
    const bus = new Buffer4K();
    new DataView(bus.bytes.buffer).setBigUint64(64, BYPASS_STE, true);
    const m = await busMachine(bus);
    expect(m.translate(1, 0x123n)).toMatchObject({ status: 'ok', pa: 0x123n });
    expect(bus.log).toEqual(
      ['read fffff00000040 64'].map((line) => line.replace('fffff0000', FAR.toString(16).slice(0, 9))),
    );
    m.smmu.dispose();
  });

  test('false and undefined are external aborts', async () => {
    for (const answer of [false, undefined]) {
      const m = await busMachine({ read: () => answer as boolean, write: () => false });
      expect(m.translate(1, 0n)).toMatchObject({
        status: 'abort',
        event: { name: 'F_STE_FETCH', fetchAddr: FAR + 64n },
      });
      m.smmu.dispose();
    }
  });

  test('absent: external abort', async () => {
    const smmu = await Smmu.create({ ram: [], caches: false, timing: false, id: 'v3.4' });
    smmu.write64(R.STRTAB_BASE, FAR);
    smmu.write32(R.STRTAB_BASE_CFG, 4);
    smmu.write32(R.CR0, 1);
    expect(smmu.translate({ streamId: 1, iova: 0n }).event).toMatchObject({
      name: 'F_STE_FETCH',
      recorded: false,
    });
    smmu.dispose();
  });

  test('entering the device from it is EBUSY, and the device goes on', async () => {
    const bus = new Buffer4K();
    const m = await busMachine(bus);
    const failures: unknown[] = [];
    bus.inside = () => {
      for (const enter of [
        () => m.smmu.read32(0),
        () => m.smmu.lookup(0, 0, 0),
        () => m.smmu.translate({ streamId: 0, iova: 0n }),
        () => m.smmu.reset(),
        () => m.smmu.takeResumed(),
      ]) {
        try {
          enter();
        } catch (error) {
          failures.push(error);
        }
      }
      m.smmu.memory.write32(RAM, 1); // guest memory is not the device
    };
    new DataView(bus.bytes.buffer).setBigUint64(64, BYPASS_STE, true);
    expect(m.translate(1, 0n).status).toBe('ok');
    expect(failures).toHaveLength(5);
    for (const failure of failures) {
      expect(failure).toBeInstanceOf(IommuError);
      expect(failure).toMatchObject({ name: 'IommuError', code: 'EBUSY', errno: -16 });
    }
    bus.inside = undefined;
    expect(m.smmu.read32(0)).toBe(m.smmu.id.idr0);
    m.smmu.dispose();
  });

  test('what it throws is thrown again by the call, and was an external abort', async () => {
    const bus = new Buffer4K();
    const m = await busMachine(bus);
    bus.inside = () => {
      throw new Error('no such device');
    };
    expect(() => m.translate(1, 0n)).toThrow('no such device');
    expect(m.smmu.lastTranslation()).toMatchObject({ status: 'abort', event: { name: 'F_STE_FETCH' } });
    expect(() => m.smmu.lookup(1, 0, 0)).toThrow('no such device');
    bus.inside = undefined;
    m.expectEvents(record(0x03, { sid: 1, fetch: FAR + 64n }), record(0x03, { sid: 1, fetch: FAR + 64n }));
    m.smmu.dispose();
  });

  test('hardware updates go through compareExchange64, or abort without it', async () => {
    const swaps: [number, bigint, bigint][] = [];
    const bus: Bus = new Buffer4K();
    const run = async (): Promise<string> => {
      const m = await Machine.create({ bus, id: { OAS: 6, DS: 1, VAX: 1 } });
      const { tables } = stage1(m, 3, { cdFields: { IPS: 6, HA: 1 }, tsz: 25, oa52: true });
      const leaf = (RAM + 0x50_0000n) | s1Leaf({ af: 0 }) | 3n;
      new DataView((bus as Buffer4K).bytes.buffer).setBigUint64(0, leaf, true);
      // The level 3 table is the one on the bus: a Table descriptor of level 2 names it.
      tables.raw(0n, 2, (FAR & 0x3_ffff_ffff_f000n) | (((FAR >> 50n) & 3n) << 8n) | 3n);
      const { status } = m.translate(3, 0n);
      m.smmu.dispose();
      return status;
    };
    expect(await run()).toBe('abort');
    bus.compareExchange64 = (address, expected, value) => {
      swaps.push([address, expected, value]);
      return expected;
    };
    expect(await run()).toBe('ok');
    expect(swaps).toHaveLength(1);
    const [address, expected, value] = swaps[0];
    expect(address).toBe(Number(FAR));
    expect(value ^ expected).toBe(1n << 10n); // AF
  });
});

describe('tbuOf', () => {
  test('is asked once for each stream', async () => {
    const asked: number[] = [];
    const smmu = await Smmu.create({
      caches: 'mmu600-agilex5',
      timing: false,
      tbus: 3,
      tbuOf: (streamId) => {
        asked.push(streamId);
        return streamId % 3;
      },
    });
    for (const streamId of [4, 5, 4, 0xffff_ffff]) smmu.translate({ streamId, iova: 0n });
    expect(asked).toEqual([4, 5, 0xffff_ffff]);
    expect(smmu.stats().streams.map(({ streamId, tbu }) => [streamId, tbu])).toEqual([
      [4, 1],
      [5, 2],
      [0xffff_ffff, 0],
    ]);
    smmu.dispose();
  });

  test('a TBU that is not there is a RangeError of the call', async () => {
    const smmu = await Smmu.create({ caches: false, timing: false, tbuOf: () => 1 });
    expect(() => smmu.translate({ streamId: 7, iova: 0n })).toThrow(
      /^tbuOf\(7\) must be between 0 and 0, not 1$/,
    );
    smmu.dispose();
  });
});
