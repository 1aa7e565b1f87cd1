import { describe, expect, test } from '@jest/globals';
import type { DomainType, IommuDevice, IommuDomain } from '../../src/iommu/index.js';
import { cmd, type Command } from '../support/encode.js';
import { RW } from './support/guest.js';
import { codeOf, FREE, hexed, Host, SYNC, type HostOptions } from './support/host.js';

const SID = 0x10;
const M2 = 0x20_0000n;

interface Setup {
  h: Host;
  dev: IommuDevice;
  domain: IommuDomain;
  unmap: (iova: bigint, size: bigint) => Command[];
}
async function setup(type: DomainType, options: HostOptions = {}, granule = 4096): Promise<Setup> {
  const h = await Host.create(options);
  const dev = h.device(SID);
  const domain = h.iommu.domainAlloc({ type, granule });
  h.iommu.attachDevice(domain, dev);
  return { h, dev, domain, unmap: (iova, size) => h.commands(() => h.iommu.unmap(domain, iova, size)) };
}

describe('the commands of a strict unmap, word for word', () => {
  test('dma, one page: NH_VA with VMID 0, the level of the leaf, Leaf', async () => {
    const { h, domain, unmap } = await setup('dma');
    h.iommu.map(domain, 0xfffb_f000n, FREE, 4096, RW);
    // As in data/linux-nested-4k, command 84, but for the ASID.
    expect(unmap(0xfffb_f000n, 4096n)).toEqual([[0x12n | (BigInt(domain.asid) << 48n), 0xfffb_f701n], SYNC]);
  });
  test('many pages: ranges by powers of two', async () => {
    const { h, domain, unmap } = await setup('dma');
    h.iommu.map(domain, 0x1000n, FREE + 0x1000n, 100 * 4096, RW);
    const va = (page: number, num: number, scale: number): Command =>
      cmd.nhVa(0, domain.asid, BigInt(page * 4096), { num, scale, tg: 1, ttl: 3, leaf: 1 });
    // 100 = 25 * 4
    expect(unmap(0x1000n, 100n * 4096n)).toEqual([va(1, 24, 2), SYNC]);
    h.iommu.map(domain, 0x1000n, FREE + 0x1000n, 99 * 4096, RW);
    // 99 = 3 + 3 * 32
    expect(unmap(0x1000n, 99n * 4096n)).toEqual([va(1, 2, 0), va(4, 2, 5), SYNC]);
  });
  test('a block: TTL of its level', async () => {
    const { h, domain, unmap } = await setup('dma');
    h.iommu.map(domain, 0x4000_0000n, 0x4000_0000n, 0x4000_0000, RW);
    h.iommu.map(domain, M2, FREE, M2, RW);
    expect(unmap(0x4000_0000n, 1n << 30n)).toEqual([
      cmd.nhVa(0, domain.asid, 0x4000_0000n, { scale: 18, tg: 1, ttl: 1, leaf: 1 }),
      SYNC,
    ]);
    expect(unmap(M2, M2)).toEqual([cmd.nhVa(0, domain.asid, M2, { scale: 9, tg: 1, ttl: 2, leaf: 1 }), SYNC]);
  });
  test('a full table goes as a whole: not Leaf, no TTL, and its memory is free again', async () => {
    const { h, domain, unmap } = await setup('dma');
    h.iommu.map(domain, 0n, FREE, 4096, RW); // the tables above stay
    const used = h.iommu.poolUsed;
    for (let i = 0n; i < 512n; i++) h.iommu.map(domain, M2 + i * 4096n, FREE + (511n - i) * 4096n, 4096, RW);
    expect(h.outcome(SID, M2)).toBe('0x411ff000');
    expect(h.iommu.poolUsed).toBe(used + 4096);
    expect(unmap(M2, M2)).toEqual([cmd.nhVa(0, domain.asid, M2, { scale: 9, tg: 1 }), SYNC]);
    expect(h.iommu.poolUsed).toBe(used);
    expect(h.outcome(SID, M2)).toBe('abort F_TRANSLATION');
  });
  test.each([
    [16384, 3, 14, 2],
    [65536, 2, 16, 3],
  ])('granule %i', async (granule, _, log2, tg) => {
    const { h, domain, unmap } = await setup('dma', {}, granule);
    h.iommu.map(domain, BigInt(granule), FREE, 3 * granule, RW);
    expect(unmap(BigInt(granule), 3n << BigInt(log2))).toEqual([
      cmd.nhVa(0, domain.asid, BigInt(granule), { num: 2, tg, ttl: 3, leaf: 1 }),
      SYNC,
    ]);
  });
  test('stage 2: S2_IPA with its VMID', async () => {
    const { h, domain, unmap } = await setup('stage2');
    h.iommu.map(domain, 0x1000n, FREE, 4096, RW);
    expect(unmap(0x1000n, 4096n)).toEqual([
      cmd.s2Ipa(domain.vmid, 0x1000n, { tg: 1, ttl: 3, leaf: 1 }),
      SYNC,
    ]);
  });
  test('nested: after its SYNC also NH_ALL of the VMID, for what combines both stages', async () => {
    const { h, domain, unmap } = await setup('nested');
    h.iommu.map(domain, 0x1000n, FREE, 4096, RW);
    expect(unmap(0x1000n, 4096n)).toEqual([
      cmd.s2Ipa(domain.vmid, 0x1000n, { tg: 1, ttl: 3, leaf: 1 }),
      SYNC,
      cmd.nhAll(domain.vmid),
      SYNC,
    ]);
    expect(h.commands(() => h.iommu.flushIotlbAll(domain))).toEqual([cmd.s12Vmall(domain.vmid), SYNC]);
  });
  test('nothing mapped there: no command, 0 bytes', async () => {
    const { h, domain, unmap } = await setup('dma');
    expect(unmap(0x1000n, 4096n)).toEqual([]);
    expect(h.iommu.unmap(domain, 0x1000n, 4096)).toBe(0);
    expect(h.iommu.unmap(domain, 0x1000n, 4096n)).toBe(0n);
  });
  describe('without IDR3.RIL', () => {
    const id = { RIL: 0 };
    test('one command for each page, without range fields', async () => {
      const { h, domain, unmap } = await setup('dma', { id });
      h.iommu.map(domain, 0x1000n, FREE, 3 * 4096, RW);
      expect(unmap(0x1000n, 3n * 4096n)).toEqual([
        ...[0x1000n, 0x2000n, 0x3000n].map((va) => cmd.nhVa(0, domain.asid, va, { leaf: 1 })),
        SYNC,
      ]);
    });
    test('granule / 8 pages and more: everything of the ASID or VMID', async () => {
      const a = await setup('dma', { id, cmdqLog2: 11 });
      a.h.iommu.map(a.domain, 0x1000n, FREE + 0x1000n, 511 * 4096, RW);
      expect(a.unmap(0x1000n, 511n * 4096n).length).toBe(512);
      a.h.iommu.map(a.domain, 0x1000n, FREE + 0x1000n, 512 * 4096, RW);
      expect(a.unmap(0x1000n, 512n * 4096n)).toEqual([cmd.nhAsid(0, a.domain.asid), SYNC]);
      const b = await setup('stage2', { id });
      b.h.iommu.map(b.domain, 0x1000n, FREE + 0x1000n, 512 * 4096, RW);
      expect(b.unmap(0x1000n, 512n * 4096n)).toEqual([cmd.s12Vmall(b.domain.vmid), SYNC]);
    });
    test('a table that goes: one address of its span, not Leaf', async () => {
      const { h, domain, unmap } = await setup('stage2', { id }, 65536);
      h.iommu.map(domain, 0n, FREE, 65536, RW);
      expect(unmap(0n, 65536n)).toEqual([cmd.s2Ipa(domain.vmid, 0n, { leaf: 1 }), SYNC]);
    });
  });
});

describe('what an unmap leaves alone', () => {
  test('a page that no command named still hits', async () => {
    const { h, domain } = await setup('dma');
    h.iommu.map(domain, 0x1000n, FREE + 0x1000n, 2 * 4096, RW);
    h.translate(SID, 0x1000n);
    h.translate(SID, 0x2000n);
    h.iommu.unmap(domain, 0x1000n, 4096);
    expect(h.outcome(SID, 0x1000n)).toBe('abort F_TRANSLATION');
    const { status, hit } = h.translate(SID, 0x2000n);
    expect([status, ['micro-tlb', 'main-tlb', 'tcu-tlb'].includes(hit)]).toEqual(['ok', true]);
  });
  test('up to the first hole, as iommu_unmap; a block is not split', async () => {
    const { h, domain } = await setup('dma');
    h.iommu.map(domain, 0x1000n, FREE, 4096, RW);
    h.iommu.map(domain, 0x3000n, FREE, 4096, RW);
    expect(h.iommu.unmap(domain, 0x1000n, 0x3000)).toBe(0x1000);
    expect(h.outcome(SID, 0x3000n)).toBe('0x41000000');
    h.iommu.map(domain, M2, FREE, M2, RW);
    expect(codeOf(() => h.iommu.unmap(domain, M2, 4096))).toBe('EINVAL');
    expect(h.outcome(SID, M2)).toBe('0x41000000');
  });
});

describe('map and iovaToPhys', () => {
  test.each(['dma', 'stage2', 'nested'] as const)('%s: pages, blocks, what is not mapped', async (type) => {
    const { h, domain } = await setup(type);
    h.iommu.map(domain, M2 - 0x1000n, FREE + M2 - 0x1000n, M2 + 0x2000n, RW);
    for (const iova of [M2 - 1n, M2, 2n * M2 - 1n, 2n * M2 + 0xfffn]) {
      expect(h.iommu.iovaToPhys(domain, iova)).toBe(FREE + iova);
      expect(h.outcome(SID, iova)).toBe(`0x${(FREE + iova).toString(16)}`);
    }
    expect(h.translate(SID, M2).pageSize).toBe(M2);
    expect(h.iommu.iovaToPhys(domain, 0n)).toBeNull();
    expect(codeOf(() => h.iommu.map(domain, M2, FREE, 4096, RW))).toBe('EEXIST');
    expect(codeOf(() => h.iommu.map(domain, 0n, FREE, 100, RW))).toBe('EINVAL');
    expect(codeOf(() => h.iommu.map(domain, 0n, FREE, 4096, 64 | RW))).toBe('EINVAL');
    expect(codeOf(() => h.iommu.map(domain, 0n, 1n << 50n, 4096, RW))).toBe('ERANGE');
    expect(codeOf(() => h.iommu.unmap(domain, 1n << 48n, 4096))).toBe('ERANGE');
  });
  test('identity and blocked have no page tables', async () => {
    const { h, domain } = await setup('identity');
    expect(h.iommu.iovaToPhys(domain, 0x1234n)).toBe(0x1234n);
    expect(codeOf(() => h.iommu.map(domain, 0n, FREE, 4096, RW))).toBe('EINVAL');
    expect(codeOf(() => h.iommu.unmap(domain, 0n, 4096))).toBe('EINVAL');
    expect(h.iommu.iovaToPhys(h.iommu.domainAlloc({ type: 'blocked' }), 0n)).toBeNull();
    h.iommu.flushIotlbAll(domain);
  });
  test('an empty table gives way to a block, and walk caches forget it', async () => {
    const { h, domain } = await setup('dma');
    h.iommu.map(domain, M2, FREE, 4096, RW);
    h.translate(SID, M2);
    h.iommu.unmap(domain, M2, 4096);
    h.iommu.map(domain, M2, FREE, M2, RW);
    expect(h.outcome(SID, M2 + 0x5000n)).toBe('0x41005000');
    expect(h.translate(SID, M2).pageSize).toBe(M2);
  });
  test('the Contiguous hint', async () => {
    const h = await Host.create();
    const dev = h.device(SID);
    const domain = h.iommu.domainAlloc({ type: 'dma', contiguous: true });
    h.iommu.attachDevice(domain, dev);
    h.iommu.map(domain, 0x1_0000n, FREE, 0x1_0000, RW);
    expect(h.outcome(SID, 0x1_8000n)).toBe('0x41008000');
    expect(h.commands(() => h.iommu.unmap(domain, 0x1_0000n, 0x1_0000))).toEqual([
      cmd.nhVa(0, domain.asid, 0x1_0000n, { scale: 4, tg: 1, ttl: 3, leaf: 1 }),
      SYNC,
    ]);
    expect(h.outcome(SID, 0x1_8000n)).toBe('abort F_TRANSLATION');
  });
  test.each([{ granule: 8192 }, { granule: 12 }])('domain %j: EINVAL', async (options) => {
    const h = await Host.create();
    expect(codeOf(() => h.iommu.domainAlloc({ type: 'dma', ...options }))).toBe('EINVAL');
    expect(h.iommu.getResvRegions()).toEqual([{ start: 0x800_0000n, length: 0x10_0000n, type: 'sw-msi' }]);
  });
  test('S2FWB where there is IDR3.FWB', async () => {
    const h = await Host.create({ id: { FWB: 1 } });
    const dev = h.device(SID);
    const domain = h.iommu.domainAlloc({ type: 'nested', fwb: true });
    h.iommu.attachDevice(domain, dev);
    h.iommu.map(domain, 0n, FREE, 4096, RW);
    expect((h.ste(SID)[1] >> 25n) & 1n).toBe(1n);
    expect(h.outcome(SID, 0n)).toBe('0x41000000');
    expect(codeOf(() => h.iommu.domainAlloc({ type: 'dma', fwb: true }))).toBe('EOPNOTSUPP');
  });
});

describe('lazy mode', () => {
  test('what was unmapped is reached until the flush, which is one command for each domain', async () => {
    const { h, domain, unmap } = await setup('dma', { lazy: true });
    h.iommu.map(domain, 0x1000n, FREE, 4096, RW);
    h.translate(SID, 0x1000n);
    expect(unmap(0x1000n, 4096n)).toEqual([]);
    expect(h.outcome(SID, 0x1000n)).toBe('0x41000000');
    expect(h.commands(() => h.iommu.flush())).toEqual([cmd.nhAsid(0, domain.asid), SYNC]);
    expect(h.outcome(SID, 0x1000n)).toBe('abort F_TRANSLATION');
    expect(h.commands(() => h.iommu.flush())).toEqual([]);
  });
  test('an address that is mapped anew never meets its old translation', async () => {
    const { h, domain } = await setup('stage2', { lazy: true });
    h.iommu.map(domain, 0x1000n, FREE, 4096, RW);
    h.translate(SID, 0x1000n);
    h.iommu.unmap(domain, 0x1000n, 4096);
    h.iommu.map(domain, 0x1000n, FREE + 0x5000n, 4096, RW);
    expect(h.outcome(SID, 0x1000n)).toBe('0x41005000');
  });
  test('tables go at once, and 256 unmaps flush by themselves', async () => {
    const { h, domain, unmap } = await setup('dma', { lazy: true });
    for (let i = 0n; i < 512n; i++) h.iommu.map(domain, i * 4096n, FREE + (i ^ 1n) * 4096n, 4096, RW);
    expect(hexed(unmap(0n, M2))).toEqual(hexed([cmd.nhVa(0, domain.asid, 0n, { scale: 9, tg: 1 }), SYNC]));
    h.iommu.map(domain, M2, FREE + 0x1000n, 300 * 4096, RW);
    const syncs = h.iommu.counts.syncs;
    for (let i = 0n; i < 256n; i++) h.iommu.unmap(domain, M2 + i * 4096n, 4096);
    expect(h.iommu.counts.syncs).toBe(syncs);
    h.iommu.unmap(domain, M2 + 256n * 4096n, 4096);
    expect(h.iommu.counts.syncs).toBe(syncs + 1);
  });
});
