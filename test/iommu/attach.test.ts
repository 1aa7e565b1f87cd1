import { describe, expect, test } from '@jest/globals';
import {
  PROT_READ,
  PROT_WRITE,
  type DomainType,
  type IommuDevice,
  type IommuDomain,
} from '../../src/iommu/index.js';
import { cd, cmd, ste, type Command } from '../support/encode.js';
import { codeOf, FREE, hexed, Host, SYNC, type HostOptions } from './support/host.js';

const SID = 0x10;
const RW = PROT_READ | PROT_WRITE;
const cfgi: Command[] = [cmd.cfgiSte(SID), SYNC];
const cdSync: Command[] = [cmd.cfgiCd(SID, 0), SYNC];
const prefetch: Command = cmd.prefetchConfig(SID);
const times = (n: number, commands: Command[]): Command[] => Array.from({ length: n }, () => commands).flat();

async function setup(
  type: DomainType | undefined,
  options: HostOptions = {},
): Promise<{ h: Host; dev: IommuDevice; domain: IommuDomain | undefined }> {
  const h = await Host.create(options);
  const dev = h.device(SID, { pasidBits: 4 });
  const domain = type === undefined ? undefined : h.iommu.domainAlloc({ type });
  if (domain !== undefined) h.iommu.attachDevice(domain, dev);
  return { h, dev, domain };
}

/** What an STE of each kind holds, by hand (IHI 0070 §5.2; iommu-ops: "How the driver makes STEs and CDs"). */
function expected(domain: IommuDomain, dev: IommuDevice): bigint[] {
  const s2 = {
    SHCFG: 1,
    S2VMID: domain.vmid,
    S2T0SZ: 16,
    S2SL0: 2,
    S2IR0: 1,
    S2OR0: 1,
    S2SH0: 3,
    S2TG: 0,
    S2PS: 5,
    S2AA64: 1,
    S2PTW: 1,
    S2R: 1,
    S2TTB: domain.table?.ttb ?? 0n,
  };
  switch (domain.type) {
    case 'blocked':
      return ste({ V: 1, Config: 0 });
    case 'identity':
      return ste({ V: 1, Config: 4, SHCFG: 1 });
    case 'dma':
      return ste({
        V: 1,
        Config: 5,
        S1CDMax: 4,
        S1ContextPtr: dev.cdTable!.base,
        S1DSS: 2,
        S1CIR: 1,
        S1COR: 1,
        S1CSH: 3,
        S1STALLD: 1,
      });
    default:
      return ste({ V: 1, Config: 6, ...s2 });
  }
}

describe('what each kind of domain puts into the STE', () => {
  test.each(['blocked', 'identity', 'dma', 'stage2', 'nested'] as const)('%s', async (type) => {
    const { h, dev, domain } = await setup(type);
    expect(h.ste(SID)).toEqual(expected(domain!, dev));
  });
  test('dma: the CD, by hand', async () => {
    const { h, dev, domain } = await setup('dma');
    expect(h.words(dev.cdTable!.base)).toEqual(
      cd({
        T0SZ: 16,
        IR0: 1,
        OR0: 1,
        SH0: 3,
        EPD1: 1,
        V: 1,
        IPS: 5,
        AA64: 1,
        R: 1,
        A: 1,
        ASET: 1,
        ASID: domain!.asid,
        TTB0: domain!.table!.ttb,
        MAIR: 0xf4_04_ff_44n,
      }),
    );
  });
  test('without IDR1.ATTR_TYPES_OVR SHCFG stays 0; without stalls S1STALLD', async () => {
    const id = { ATTR_TYPES_OVR: 0, STALL_MODEL: 1 };
    expect((await setup('identity', { id })).h.ste(SID)[1]).toBe(0n);
    expect((await setup('dma', { id })).h.ste(SID)[1]).toBe(0xd6n);
  });
  test('a device that can stall: S1STALLD 0, CD.S 1; S2S in a stage 2', async () => {
    const h = await Host.create();
    const dev = h.device(SID, { stall: true });
    const dma = h.iommu.domainAlloc({ type: 'dma' });
    h.iommu.attachDevice(dma, dev);
    expect(h.ste(SID)[1]).toBe(0xd6n);
    expect((h.words(dev.cdTable!.base)[0] >> 44n) & 1n).toBe(1n);
    h.iommu.attachDevice(h.iommu.domainAlloc({ type: 'stage2' }), dev);
    expect((h.ste(SID)[2] >> 57n) & 1n).toBe(1n);
  });
  test('e2h: STRW is EL2, invalidation by EL2 commands', async () => {
    const { h, domain } = await setup('dma', { e2h: true });
    expect((h.ste(SID)[1] >> 30n) & 3n).toBe(2n);
    expect(h.smmu.read32(0x2c)).toBe(3); // PTM needs IDR0.BTM
    h.iommu.map(domain!, 0x1000n, FREE, 4096, RW);
    expect(h.outcome(SID, 0x1000n)).toBe(`0x${FREE.toString(16)}`);
    expect(h.commands(() => h.iommu.unmap(domain!, 0x1000n, 4096))).toEqual([
      cmd.el2Va(domain!.asid, 0x1000n, { tg: 1, ttl: 3, leaf: 1 }),
      SYNC,
    ]);
    expect(h.outcome(SID, 0x1000n)).toBe('abort F_TRANSLATION');
    expect(h.commands(() => h.iommu.flushIotlbAll(domain!))).toEqual([cmd.el2Asid(domain!.asid), SYNC]);
  });
  test('two-level CD tables above 1024 contexts', async () => {
    const h = await Host.create();
    const dev = h.device(SID, { pasidBits: 12 });
    const domain = h.iommu.domainAlloc({ type: 'dma' });
    const seen = h.commands(() => h.iommu.attachDevice(domain, dev));
    expect(seen.slice(0, 2)).toEqual([cmd.cfgiCd(SID, 0, 0), SYNC]); // the new level 1 descriptor
    expect((h.ste(SID)[0] >> 4n) & 3n).toBe(2n);
    h.iommu.map(domain, 0n, FREE, 4096, RW);
    expect(h.outcome(SID, 0n)).toBe('0x41000000');
    h.iommu.setDevPasid(domain, dev, 4095);
    expect(h.outcome(SID, 0n, false, 4095)).toBe('0x41000000');
  });
});

/**
 * Syncs of each transition, as in the table of Linux's own test suite, without ATS. That suite goes between stage 1 and
 * stage 2 with VMID 0, hitlessly; with a VMID of its own two words decide, and the entry is invalid in between.
 */
const TRANSITIONS: [DomainType, DomainType, number, boolean?][] = [
  ['blocked', 'identity', 2],
  ['identity', 'blocked', 2],
  ['dma', 'blocked', 2],
  ['blocked', 'dma', 2],
  ['dma', 'identity', 3],
  ['identity', 'dma', 3],
  ['stage2', 'blocked', 2],
  ['blocked', 'stage2', 2],
  ['stage2', 'identity', 2],
  ['identity', 'stage2', 2],
  ['dma', 'stage2', 3, false],
  ['stage2', 'dma', 3, false],
];

describe('transitions', () => {
  test.each(TRANSITIONS)('%s to %s: %i syncs', async (from, to, syncs, hitless = true) => {
    const { h, dev } = await setup(from);
    const target = h.iommu.domainAlloc({ type: to });
    const seen = h.commands(() => h.iommu.attachDevice(target, dev));
    expect(dev.lastUpdate).toEqual({ syncs, hitless });
    const before = to === 'dma' ? times(2, cdSync) : [];
    const after = from === 'dma' ? times(2, cdSync) : [];
    expect(hexed(seen)).toEqual(hexed([...before, ...times(syncs, cfgi), prefetch, ...after]));
    expect(h.ste(SID)).toEqual(expected(target, dev));
    if (from === 'dma') expect(h.words(dev.cdTable!.base)).toEqual(cd({}));
  });
  test('attaching again changes nothing', async () => {
    const { h, dev, domain } = await setup('dma');
    expect(h.commands(() => h.iommu.attachDevice(domain!, dev))).toEqual([]);
  });
  test('dma to another dma: only the CD changes, and is invalid in between', async () => {
    const { h, dev } = await setup('dma');
    const other = h.iommu.domainAlloc({ type: 'dma' });
    const seen = h.commands(() => h.iommu.attachDevice(other, dev));
    expect(seen).toEqual(times(3, cdSync));
    h.iommu.map(other, 0n, FREE, 4096, RW);
    expect(h.outcome(SID, 0n)).toBe('0x41000000');
  });
  test.each<[DomainType, DomainType, number, boolean]>([
    ['blocked', 'stage2', 2, true],
    ['stage2', 'blocked', 1, true],
    ['stage2', 'identity', 1, true],
    ['dma', 'stage2', 3, false],
    ['stage2', 'nested', 3, false],
  ])('break-before-make: %s to %s: %i syncs, hitless %s', async (from, to, syncs, hitless) => {
    const { h, dev } = await setup(from, { steUpdate: 'break-before-make' });
    const target = h.iommu.domainAlloc({ type: to });
    const seen = h.commands(() => h.iommu.attachDevice(target, dev));
    expect(dev.lastUpdate).toEqual({ syncs, hitless });
    expect(seen.slice(0, 2 * syncs + 1)).toEqual([...times(syncs, cfgi), prefetch]);
    expect(h.ste(SID)).toEqual(expected(target, dev));
  });
  test('every StreamID of a device gets its own STE and its own invalidation', async () => {
    const h = await Host.create();
    const dev = h.iommu.addDevice({ streamIds: [1, 2] });
    const seen = h.commands(() => h.iommu.attachDevice(h.iommu.domainAlloc({ type: 'dma' }), dev));
    expect(seen).toEqual([
      ...times(2, [cmd.cfgiCd(1, 0), cmd.cfgiCd(2, 0), SYNC]),
      ...times(2, [cmd.cfgiSte(1), SYNC]),
      cmd.prefetchConfig(1),
      ...times(2, [cmd.cfgiSte(2), SYNC]),
      cmd.prefetchConfig(2),
    ]);
    expect(h.ste(1)).toEqual(h.ste(2));
  });
});

describe('errors of attach and detach', () => {
  test('a domain of another SMMU: EINVAL', async () => {
    const [a, b] = [await Host.create(), await Host.create()];
    expect(codeOf(() => a.iommu.attachDevice(b.iommu.domainAlloc({ type: 'identity' }), a.device()))).toBe(
      'EINVAL',
    );
    expect(codeOf(() => a.iommu.removeDevice(b.device()))).toBe('EINVAL');
  });
  test.each([
    ['nested', { S1P: 0, Hyp: 0, HAD: 0, SSIDSIZE: 0, CD2L: 0 }],
    ['nested', { S2P: 0, Hyp: 0, VMW: 0 }],
    ['stage2', { S2P: 0, Hyp: 0, VMW: 0 }],
    ['dma', { S1P: 0, Hyp: 0, HAD: 0, SSIDSIZE: 0, CD2L: 0 }],
  ] as const)('%s on an SMMU without the stage %j: EINVAL', async (type, id) => {
    const h = await Host.create({ id });
    const domain = h.iommu.domainAlloc({ type });
    expect(codeOf(() => h.iommu.attachDevice(domain, h.device()))).toBe('EINVAL');
    expect(codeOf(() => h.iommu.map(domain, 0n, FREE, 4096, RW))).toBe('EINVAL');
  });
  test('a freed domain, a foreign detach: EINVAL', async () => {
    const { h, dev, domain } = await setup('dma');
    const other = h.iommu.domainAlloc({ type: 'dma' });
    expect(codeOf(() => h.iommu.detachDevice(other, dev))).toBe('EINVAL');
    expect(codeOf(() => h.iommu.domainFree(domain!))).toBe('EBUSY');
    h.iommu.detachDevice(domain!, dev);
    expect(h.outcome(SID, 0n)).toBe('abort silently');
    h.iommu.domainFree(domain!);
    h.iommu.domainFree(domain!);
    expect(codeOf(() => h.iommu.attachDevice(domain!, dev))).toBe('EINVAL');
    expect(codeOf(() => h.iommu.map(domain!, 0n, FREE, 4096, RW))).toBe('EINVAL');
  });
  test('no memory for the CD table: ENOMEM, and the old attachment holds', async () => {
    const h = await Host.create({ id: { SIDSIZE: 8 }, pool: { base: 0x4000_0000n, size: 256 << 10 } });
    const dev = h.device(SID, { pasidBits: 10 });
    const identity = h.iommu.domainAlloc({ type: 'identity' });
    h.iommu.attachDevice(identity, dev);
    const big = h.iommu.domainAlloc({ type: 'dma' });
    h.iommu.map(big, 0n, FREE, 4096, RW);
    for (let i = 1n; codeOf(() => h.iommu.map(big, i << 30n, FREE, 4096, RW)) !== 'ENOMEM'; i++);
    expect(codeOf(() => h.iommu.attachDevice(big, dev))).toBe('ENOMEM');
    expect(h.outcome(SID, 0x1234n)).toBe('0x1234');
    expect(dev.domain).toBe(identity);
  });
  test('an op taken away: ENODEV', async () => {
    const { h, dev } = await setup('identity');
    const domain = h.iommu.domainAlloc({ type: 'dma' });
    domain.ops = {};
    expect(codeOf(() => h.iommu.attachDevice(domain, dev))).toBe('ENODEV');
  });
});

describe('PASIDs', () => {
  test('each PASID through its own domain, without PASID through the RID domain', async () => {
    const { h, dev, domain } = await setup('dma');
    const other = h.iommu.domainAlloc({ type: 'dma' });
    h.iommu.map(domain!, 0n, FREE, 4096, RW);
    h.iommu.map(other, 0n, FREE + 0x1000n, 4096, RW);
    const seen = h.commands(() => h.iommu.setDevPasid(other, dev, 3));
    expect(seen).toEqual(times(2, [cmd.cfgiCd(SID, 3), SYNC]));
    expect(h.outcome(SID, 0n)).toBe('0x41000000');
    expect(h.outcome(SID, 0n, false, 3)).toBe('0x41001000');
    expect(h.outcome(SID, 0n, false, 4)).toBe('abort C_BAD_CD');
    h.iommu.removeDevPasid(dev, 3);
    expect(h.outcome(SID, 0n, false, 3)).toBe('abort C_BAD_CD');
    h.iommu.domainFree(other);
  });
  test.each([
    ['identity', 1, '0x5000'],
    ['blocked', 0, 'abort F_STREAM_DISABLED'],
  ] as const)('with %s for the rest: S1DSS %i', async (type, s1dss, without) => {
    const { h, dev } = await setup(type);
    const domain = h.iommu.domainAlloc({ type: 'dma' });
    h.iommu.map(domain, 0x5000n, FREE, 4096, RW);
    h.iommu.setDevPasid(domain, dev, 1);
    expect(h.ste(SID)[1] & 3n).toBe(BigInt(s1dss));
    expect((h.ste(SID)[1] >> 44n) & 3n).toBe(s1dss === 1 ? 1n : 0n); // SHCFG
    expect(h.outcome(SID, 0x5000n)).toBe(without);
    expect(h.outcome(SID, 0x5000n, false, 1)).toBe('0x41000000');
    // From one to the other, the PASID keeps working.
    h.iommu.attachDevice(h.iommu.domainAlloc({ type: type === 'identity' ? 'blocked' : 'identity' }), dev);
    expect(h.outcome(SID, 0x5000n)).toBe(type === 'identity' ? 'abort F_STREAM_DISABLED' : '0x5000');
    expect(h.outcome(SID, 0x5000n, false, 1)).toBe('0x41000000');
    h.iommu.removeDevPasid(dev, 1);
    expect(h.outcome(SID, 0x5000n)).toBe(type === 'identity' ? 'abort silently' : '0x5000');
  });
  test('errors', async () => {
    const { h, dev } = await setup('dma');
    const dma = h.iommu.domainAlloc({ type: 'dma' });
    const stage2 = h.iommu.domainAlloc({ type: 'stage2' });
    expect(codeOf(() => h.iommu.setDevPasid(dma, dev, 0))).toBe('EINVAL');
    expect(codeOf(() => h.iommu.setDevPasid(dma, dev, 16))).toBe('EINVAL');
    expect(codeOf(() => h.iommu.setDevPasid(stage2, dev, 1))).toBe('EINVAL');
    expect(codeOf(() => h.iommu.removeDevPasid(dev, 1))).toBe('EINVAL');
    h.iommu.setDevPasid(dma, dev, 1);
    expect(codeOf(() => h.iommu.setDevPasid(dma, dev, 1))).toBe('EBUSY');
    expect(codeOf(() => h.iommu.attachDevice(stage2, dev))).toBe('EBUSY');
    expect(codeOf(() => h.iommu.attachDevice(h.iommu.domainAlloc({ type: 'nested' }), dev))).toBe('EBUSY');
    expect(codeOf(() => h.iommu.domainFree(dma))).toBe('EBUSY');
    h.iommu.removeDevPasid(dev, 1);
    h.iommu.attachDevice(stage2, dev);
    expect(codeOf(() => h.iommu.setDevPasid(dma, dev, 1))).toBe('EINVAL');
  });
});

describe('ASIDs and VMIDs', () => {
  test.each([
    ['dma', (tag: number) => cmd.nhAsid(0, tag)],
    ['stage2', (tag: number) => cmd.s12Vmall(tag)],
    ['nested', (tag: number) => cmd.s12Vmall(tag)],
  ] as const)('%s: invalidated when freed, before the number is used again', async (type, command) => {
    const h = await Host.create({ id: { ASID16: 0, VMID16: 0 } });
    const dev = h.device();
    const first = h.iommu.domainAlloc({ type });
    const tag = type === 'dma' ? first.asid : first.vmid;
    h.iommu.map(first, 0n, FREE, 4096, RW);
    h.iommu.attachDevice(first, dev);
    expect(h.outcome(SID, 0n)).toBe('0x41000000');
    h.iommu.detachDevice(first, dev);
    expect(h.commands(() => h.iommu.domainFree(first))).toEqual([command(tag), SYNC]);
    const rest = Array.from({ length: 255 }, () =>
      h.iommu.domainAlloc({ type: type === 'nested' ? 'stage2' : type }),
    );
    const last = rest.at(-1)!;
    expect(type === 'dma' ? last.asid : last.vmid).toBe(tag);
    expect(codeOf(() => h.iommu.domainAlloc({ type }))).toBe('ENOSPC');
    h.iommu.attachDevice(last, dev);
    expect(h.outcome(SID, 0n)).toBe('abort F_TRANSLATION');
  });
});
