// Which STEs of a guest are taken, and what the host makes of them: the table "driver rules" of Linux's arm-smmu-v3-iommufd.c.
import { describe, expect, test } from '@jest/globals';
import { cdStage1 } from '../../src/iommu/index.js';
import { codeOf, hexed } from '../iommu/support/host.js';
import { Guest } from '../iommu/support/guest.js';
import { ABORT, BYPASS, IPA, nesting, PA, RAM_BYTES, S1, SID, VSID } from './support/machine.js';

/** A host whose stage 2 STE is the one that was seen: no FWB, no stalls, 44-bit addresses. */
const SEEN = { id: { FWB: 0, STALL_MODEL: 1, STALL_MAX: 0 } };
const bit = (n: number): bigint => 1n << BigInt(n);

describe('which bits of its STE a guest may set', () => {
  // V [0], Config [3:1], S1Fmt [5:4], S1ContextPtr [51:6], S1CDMax [63:59]; S1DSS, S1CIR, S1COR, S1CSH [7:0], S1STALLD [27], EATS [29:28]
  const allowed0 = 0xf80f_ffff_ffff_ffffn;
  const allowed1 = 0x3800_00ffn;
  test('every bit outside the two masks is EIO, every bit inside is taken', async () => {
    const { nested, fd } = await nesting();
    for (let n = 0; n < 64; n++) {
      const inside0 = ((allowed0 >> BigInt(n)) & 1n) === 1n;
      const inside1 = ((allowed1 >> BigInt(n)) & 1n) === 1n;
      // Bits of Config and EATS have values of their own, below.
      if (n > 3)
        expect([n, codeOf(() => nested([11n | bit(n), 0n]))]).toEqual([
          n,
          inside0 ? 'nothing thrown' : 'EIO',
        ]);
      if (n !== 29)
        expect([n, codeOf(() => nested([11n, bit(n)]))]).toEqual([n, inside1 ? 'nothing thrown' : 'EIO']);
    }
    expect(fd.ids.filter(({ kind }) => kind === 'HWPT_NESTED').length).toBe(53 + 10);
  });

  test('V = 0 is taken whatever else is set, and aborts', async () => {
    const { nested, fd, devId, h } = await nesting();
    fd.attachDevice(devId, nested([0xffff_ffff_ffff_fffen, (1n << 64n) - 1n]));
    expect(h.ste(SID)).toEqual([1n, 0n, 0n, 0n, 0n, 0n, 0n, 0n]);
  });

  test.each([0, 1, 2, 3, 4, 5, 6, 7])('Config 0b%i', async (config) => {
    const { nested } = await nesting();
    const taken = [0, 4, 5].includes(config);
    expect(codeOf(() => nested([1n | (BigInt(config) << 1n), 0n]))).toBe(taken ? 'nothing thrown' : 'EIO');
  });

  test.each([0, 1, 2, 3])('EATS %i', async (eats) => {
    const { nested, fd, devId, viommuId, h } = await nesting();
    const make = (): number => nested([S1[0], S1[1] | (BigInt(eats) << 28n)]);
    expect(codeOf(make)).toBe(eats < 2 ? 'nothing thrown' : 'EIO');
    if (eats > 1) return;
    fd.vdeviceAlloc({ viommuId, devId, virtId: VSID });
    fd.attachDevice(devId, make());
    expect((h.ste(SID)[1] >> 28n) & 3n).toBe(0n); // EATS is the host's
  });

  test('payload: type, length, and more bytes than are known', async () => {
    const { fd, devId, viommuId } = await nesting();
    const make = (dataType: number, bytes: number, tail = 0): string =>
      codeOf(() => {
        const data = new Uint8Array(bytes);
        if (tail !== 0) data[bytes - 1] = tail;
        return fd.hwptAlloc({ devId, ptId: viommuId, dataType, data });
      });
    expect(make(2, 16)).toBe('nothing thrown');
    expect(make(2, 24)).toBe('nothing thrown');
    expect(make(2, 24, 1)).toBe('E2BIG');
    expect(make(2, 8)).toBe('EINVAL');
    expect(make(1, 16)).toBe('EINVAL');
    expect(make(0, 16)).toBe('EINVAL');
    expect(codeOf(() => fd.hwptAlloc({ devId, ptId: viommuId, dataType: 2 }))).toBe('EINVAL');
    expect(codeOf(() => fd.hwptAlloc({ devId, ptId: viommuId }))).toBe('EOPNOTSUPP');
  });
});

describe('the physical STE and the commands that were seen', () => {
  test('abort, S2 parent, nested, bypass, abort, nested, invalid: words and commands', async () => {
    const n = await nesting(SEEN);
    const { h, fd, devId, parent, viommuId, nested } = n;
    fd.vdeviceAlloc({ viommuId, devId, virtId: VSID });
    const CS = ['456700000003 1', 'fc02046 0'];
    const PREFETCH = '456700000001 0';
    const step = (to: number): { words: bigint[]; commands: string[] } => {
      const commands = hexed(h.commands(() => fd.attachDevice(devId, to)));
      return { words: h.ste(SID), commands };
    };
    const s2 = step(parent);
    const [, , dword2, dword3] = s2.words;
    const sh = s2.words[1]; // SHCFG incoming where the SMMU has ATTR_TYPES_OVR
    expect(s2.words).toEqual([0xdn, sh, dword2, dword3, 0n, 0n, 0n, 0n]);
    expect(s2.commands).toEqual([...CS, ...CS, PREFETCH]);
    const s1 = step(nested([0x8004_000bn, 0xd6n]));
    expect(s1.words).toEqual([0x8004_000fn, 0x8_00d6n | sh, dword2, dword3, 0n, 0n, 0n, 0n]);
    expect(s1.commands).toEqual([...CS, ...CS, PREFETCH]);
    const bypass = step(nested(BYPASS));
    expect(bypass.words).toEqual([0xdn, sh, dword2, dword3, 0n, 0n, 0n, 0n]);
    expect(bypass.commands).toEqual([...CS, ...CS, ...CS, PREFETCH]);
    const abort = step(nested(ABORT));
    expect(abort.words).toEqual([1n, 0n, 0n, 0n, 0n, 0n, 0n, 0n]);
    expect(abort.commands).toEqual([...CS, ...CS, PREFETCH]);
    step(nested([0x8004_000bn, 0xd6n]));
    const invalid = step(nested([0x8004_000an, 0xd6n]));
    expect(invalid.words).toEqual([1n, 0n, 0n, 0n, 0n, 0n, 0n, 0n]);
    expect(invalid.commands).toEqual([...CS, ...CS, PREFETCH]);
  });

  test("dword 1 joins the host's word and the guest's, with MEV", async () => {
    const { h, fd, devId, viommuId, nested, parent } = await nesting();
    fd.vdeviceAlloc({ viommuId, devId, virtId: VSID });
    fd.attachDevice(devId, parent);
    const host = h.ste(SID)[1];
    fd.attachDevice(devId, nested([S1[0] | (3n << 59n) | (1n << 4n), 0x0800_00ffn]));
    expect(h.ste(SID).slice(0, 2)).toEqual([
      0x8004_000fn | (3n << 59n) | (1n << 4n),
      host | 0x0800_00ffn | (1n << 19n),
    ]);
    expect((host >> 25n) & 1n).toBe(1n); // S2FWB of a nest parent on an SMMU that has it
  });

  test('from S1 to S1 in one step: no transaction finds the stream aborting, with today’s order of writes', async () => {
    const { h, fd, devId, viommuId, nested } = await nesting(SEEN);
    fd.vdeviceAlloc({ viommuId, devId, virtId: VSID });
    const old = nested(S1);
    fd.attachDevice(devId, old);
    const next = nested([0x8005_000bn, 0xd4n]);
    fd.attachDevice(devId, next);
    expect(h.ste(SID)[0]).toBe(0x8005_000fn);
    fd.destroy(old);
  });
});

describe('attach', () => {
  test('a translating STE needs a VDEVICE: ENOENT; abort and bypass do not', async () => {
    const { fd, devId, viommuId, nested } = await nesting();
    expect(codeOf(() => fd.attachDevice(devId, nested(S1)))).toBe('ENOENT');
    fd.attachDevice(devId, nested(BYPASS));
    fd.attachDevice(devId, nested(ABORT));
    fd.vdeviceAlloc({ viommuId, devId, virtId: VSID });
    fd.attachDevice(devId, nested(S1));
  });

  test('a refused attach leaves the device as it was', async () => {
    const { h, fd, devId, nested } = await nesting();
    fd.attachDevice(devId, nested(BYPASS));
    const before = h.ste(SID);
    expect(codeOf(() => fd.attachDevice(devId, nested(S1)))).toBe('ENOENT');
    expect(h.ste(SID)).toEqual(before);
    expect(h.outcome(SID, IPA + 0x1000n)).toBe(`0x${(PA + 0x1000n).toString(16)}`);
  });

  test('PASIDs in use: EBUSY', async () => {
    const { h, fd, nested } = await nesting();
    const device = h.device(0x20, { pasidBits: 4 });
    const devId = fd.bindDevice(device);
    h.iommu.setDevPasid(h.iommu.domainAlloc({ type: 'dma' }), device, 1);
    expect(codeOf(() => fd.attachDevice(devId, nested(BYPASS)))).toBe('EBUSY');
  });

  test('a device behind another SMMU: EINVAL, everywhere', async () => {
    const { fd, nested, viommuId, parent } = await nesting();
    const other = await nesting();
    const devId = fd.bindDevice(other.h.device(0x33), { iommu: other.h.iommu });
    expect(codeOf(() => fd.attachDevice(devId, nested(BYPASS)))).toBe('EINVAL');
    expect(codeOf(() => fd.hwptAlloc({ devId, ptId: viommuId, data: { ste: BYPASS } }))).toBe('EINVAL');
    expect(codeOf(() => fd.vdeviceAlloc({ viommuId, devId, virtId: 1n }))).toBe('EINVAL');
    expect(codeOf(() => fd.viommuAlloc({ devId, hwptId: parent }))).toBe('EINVAL');
  });

  test('DMA through the guest’s table and the host’s', async () => {
    const { h, fd, devId, viommuId, nested } = await nesting();
    const guest = new Guest(h, IPA, PA, RAM_BYTES);
    const table = guest.table();
    table.map(0x1000n, IPA + 0x30_0000n, 4096n, 3);
    const cd = guest.pool.alloc(64);
    cdStage1(table.stage1, { asid: 5 }).forEach((word, i) => guest.memory.write64(cd + BigInt(8 * i), word));
    fd.vdeviceAlloc({ viommuId, devId, virtId: VSID });
    fd.attachDevice(devId, nested([cd | 0xbn, 0xd4n]));
    expect(h.outcome(SID, 0x1040n)).toBe(`0x${(PA + 0x30_0040n).toString(16)}`);
    expect(h.outcome(SID, 0x2000n)).toBe('abort F_TRANSLATION');
    fd.detachDevice(devId);
    expect(h.outcome(SID, 0x1040n)).toBe('abort silently');
  });
});
