// ATS of a guest's devices. The tests are named by the sections of the digest on virtual SMMUs. No model has ATS: the host keeps books.
import { afterEach, describe, expect, test } from '@jest/globals';
import type { AnnouncedId } from '../../src/vsmmu/index.js';
import {
  cfgiSte,
  CMDQEN,
  EVENTQEN,
  HOSTS,
  NH_VA,
  R,
  Rig,
  type RigOptions,
  S1,
  SID,
  SYNC,
  SYNC_IRQ,
} from './support/rig.js';

const ATS: RigOptions = { abilities: { ats: true }, id: { ATS: 1 } };
const EATS = (value: number): bigint => BigInt(value) << 28n;
/** Everything of a device's. */
const atcInv = (vsid = 8): readonly [bigint, bigint] => [(BigInt(vsid) << 32n) | 0x40n, 52n];

let rig: Rig;
afterEach(() => {
  expect(rig.strict?.wrong ?? []).toEqual([]);
  expect(rig.vsmmu.fatalErrors).toEqual([]);
});

/** The device translates, with EATS as said. */
async function translating(eats = 1, options: RigOptions = ATS): Promise<void> {
  rig = await Rig.create(options);
  rig.ste([S1[0], S1[1] | EATS(eats)]);
  rig.enable();
  rig.took();
}

describe('§2: what is announced', () => {
  const announced = (): number => (rig.vsmmu.read32(0) >>> 10) & 1;

  test('ATS is 0 unless it is asked for, whatever the host has', async () => {
    rig = await Rig.create({ abilities: { ats: true } });
    expect(announced()).toBe(0);
    rig = await Rig.create({ abilities: { ats: true }, id: 'auto' });
    expect(announced()).toBe(0);
    rig = await Rig.create(ATS);
    expect(announced()).toBe(1);
  });

  test.each([true, false])('asked for as auto: what the host has (%s)', async (ats) => {
    rig = await Rig.create({ abilities: { ats }, id: { ATS: 'auto' } });
    expect(announced()).toBe(Number(ats));
  });

  test.each(['strict', ...HOSTS] as const)('%s: refused when the host does not say it', async (kind) => {
    const id: AnnouncedId = { ATS: 1 };
    await expect(Rig.create({ kind, id })).rejects.toThrow(
      new RangeError('id.ATS cannot be 1: the host has none for its device'),
    );
  });

  test('a device that comes later and has none is refused, and nothing the guest has read changes', async () => {
    await translating();
    const { inner } = rig.recorder;
    const hwInfo = inner.hwInfo.bind(inner);
    inner.hwInfo = (device) => ({ ...hwInfo(device), ats: device === undefined });
    expect(() => rig.add(9, 0x200)).toThrow('id.ATS cannot be 1');
    expect([rig.took(), announced()]).toEqual([[], 1]);
  });

  test('CR0.ATSCHK is there with ATS alone', async () => {
    for (const [options, bits] of [
      [ATS, 0x10],
      [{}, 0],
    ] as const) {
      rig = await Rig.create(options);
      rig.vsmmu.write32(R.CR0, 0x10);
      expect([rig.vsmmu.read32(R.CR0), rig.vsmmu.read32(R.CR0ACK)]).toEqual([bits, bits]);
    }
  });
});

describe('§3: EATS of the words that the host is given', () => {
  test.each([
    ['not announced', {}, [0, 0, 0, 0]], // ignored, and no reason to fail
    ['announced', ATS, [0, 1, undefined, 0]], // 0b10 is ILLEGAL without stage 2, 0b11 is as 0b00 without DPT
  ] as const)('ATS %s', async (_, options, given) => {
    for (const [eats, expected] of given.entries()) {
      await translating(eats, options);
      const policy = rig.vsmmu.policy(8);
      const seen = policy.kind === 'translate' ? Number((policy.ste[1] >> 28n) & 3n) : undefined;
      expect([eats, policy.kind, seen]).toEqual([
        eats,
        expected === undefined ? 'abort' : 'translate',
        expected,
      ]);
      expect(rig.errorActive).toBe(false);
    }
  });

  test('an STE whose EATS alone has changed is installed; one that bypasses or aborts has none', async () => {
    await translating(0);
    rig.ste([S1[0], S1[1] | EATS(1)]);
    rig.send(cfgiSte());
    expect(rig.took()).toEqual(['install(8, 8004000b, 100000d4)']);
    rig.ste([9n, EATS(2)]);
    rig.send(cfgiSte());
    rig.ste([1n, EATS(2)]);
    rig.send(cfgiSte());
    expect(rig.took()).toEqual(['bypass(8)', 'abort(8)']);
  });

  test('§4: iommufd, a host without ATS: the guest’s EATS does not reach the physical STE', async () => {
    await translating(1, { kind: 'iommufd' });
    expect((rig.h.ste(SID)[1] >> 28n) & 3n).toBe(0n);
  });
});

describe('§5: ATC_INV', () => {
  test('without ATS it is illegal, whatever the stream does', async () => {
    await translating(0, {});
    rig.send(atcInv());
    expect([rig.cons, rig.err, rig.took()]).toEqual([0, 1, ['irq gerror']]);
  });

  test('SMMUEN = 0: consumed', async () => {
    rig = await Rig.create(ATS);
    rig.ste([S1[0], S1[1] | EATS(1)]);
    rig.enable(CMDQEN | EVENTQEN);
    rig.took();
    rig.send(atcInv(), SYNC);
    expect([rig.took(), rig.cons, rig.err]).toEqual([[], 2, 0]);
  });

  test('a stream that translates: as it is; one that bypasses, aborts or has no device: consumed', async () => {
    await translating();
    rig.send(atcInv(), SYNC);
    expect(rig.recorder.batches).toEqual([[atcInv()]]);
    for (const word0 of [9n, 1n]) {
      rig.ste([word0]);
      rig.send(cfgiSte(), atcInv(), SYNC);
    }
    rig.send(atcInv(77), atcInv(0xffff_ffff), SYNC);
    expect([rig.recorder.batches.length, rig.err]).toEqual([1, 0]);
  });

  test.each([
    ['SSec = 1', [0x8_0000_0440n, 52n]],
    ['Size 53', [0x8_0000_0040n, 53n]],
    ['Size 63', [0x8_0000_0040n, 63n]],
  ] as const)('%s: illegal here, and not in the host’s own queue', async (_, command) => {
    await translating();
    rig.send(command);
    expect([rig.cons, rig.err, rig.recorder.batches]).toEqual([0, 1, []]);
  });

  test.each([
    // SSV, Global and SubstreamID mean something with PASIDs and SSV = 1; the address keeps all its bits.
    ['no PASIDs', {}, [0x8_0012_3b40n, 0x5_6000n], [0x8_0000_0040n, 0x5_6000n]],
    ['PASIDs, SSV = 0', { SSIDSIZE: 8 }, [0x8_0012_3340n, 0x5_6000n], [0x8_0000_0040n, 0x5_6000n]],
    ['PASIDs, SSV = 1', { SSIDSIZE: 8 }, [0x8_0001_2a40n, 0x5_6003n], [0x8_0001_2a40n, 0x5_6003n]],
    ['RES0 bits', {}, [0x8_0000_5140n, 0x5_6fc3n & ~0x3fn], [0x8_0000_0040n, 0x5_6000n]],
  ] as const)('%s: clean before the host sees it', async (_, fields, command, sent) => {
    await translating(1, { ...ATS, id: { ATS: 1, ...fields } });
    rig.send(command, SYNC);
    expect(rig.recorder.batches).toEqual([[sent]]);
  });
});

test('§6: it gathers with what goes to the host, in order, up to CMD_SYNC', async () => {
  await translating();
  rig.send(NH_VA, SYNC_IRQ, atcInv(), NH_VA, SYNC_IRQ);
  expect(rig.took()).toEqual(['invalidate(1)', 'invalidate(2)', 'irq cmd-sync', 'irq cmd-sync']);
  expect(rig.recorder.batches.map((batch) => batch.map(([word0]) => word0 & 0xffn))).toEqual([
    [0x12n],
    [0x40n, 0x12n],
  ]);
});

describe('§7: the host fails a batch', () => {
  async function three(): Promise<void> {
    await translating();
    rig.add(9, 0x200);
    rig.add(10, 0x201);
    rig.ste([S1[0], S1[1] | EATS(1)], 9);
    rig.ste(S1, 10); // translates, without ATS
    rig.send([4n, 31n]);
    rig.took();
    rig.recorder.batches.length = 0;
  }

  test('the SMMU’s caches first, then those of each device with EATS, and of no other', async () => {
    await three();
    rig.recorder.failing.set('invalidate', 1);
    rig.send(NH_VA, SYNC_IRQ);
    expect(rig.took()).toEqual(['invalidate(1)', 'invalidate(4)', 'invalidate(2)', 'irq cmd-sync']);
    expect(rig.recorder.batches[1].map(([word0]) => word0 & 0xffn)).toEqual([0x30n, 6n, 6n, 6n]);
    expect(rig.recorder.batches[2]).toEqual([atcInv(8), atcInv(9)]);
    expect([rig.cons, rig.err]).toEqual([3, 0]);
  });

  test('those of the devices cannot be reached: every stream aborts, CERROR_ILL', async () => {
    await three();
    let calls = 0;
    rig.recorder.failNext = (call) => call.startsWith('invalidate') && [1, 3].includes(++calls);
    rig.send(NH_VA, SYNC_IRQ);
    expect(rig.took()).toEqual([
      'invalidate(1)',
      'invalidate(4)',
      'invalidate(2)',
      'abort(8)',
      'abort(9)',
      'abort(10)',
      'irq gerror',
    ]);
    expect([rig.cons, rig.err]).toEqual([1, 1]);
  });
});

test('§11: each StreamID its own; an emulated device has none, and its commands are consumed', async () => {
  await translating();
  rig.add(9, 0x200);
  rig.ste([S1[0], S1[1] | EATS(1)], 9);
  rig.vsmmu.addDevice({ vsid: 10, emulated: true });
  rig.ste([S1[0], S1[1] | EATS(1)], 10);
  rig.send([4n, 31n]);
  rig.send(atcInv(8), atcInv(9), atcInv(10), SYNC);
  expect(rig.recorder.batches).toEqual([[atcInv(8), atcInv(9)]]);
});
