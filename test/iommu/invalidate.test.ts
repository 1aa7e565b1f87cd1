import { beforeEach, describe, expect, test } from '@jest/globals';
import {
  IOMMU_CACHE_INV_TYPE_DEV_IOTLB as DEV,
  IOMMU_CACHE_INV_TYPE_IOTLB as TLB,
  IOMMU_CACHE_INV_TYPE_PASID as PASID,
  IOMMU_INV_ADDR_FLAGS_ARCHID as ARCHID,
  IOMMU_INV_ADDR_FLAGS_LEAF as LEAF,
  IOMMU_INV_GRANU_ADDR,
  IOMMU_INV_GRANU_DOMAIN,
  IOMMU_INV_GRANU_PASID,
  SMMUV3_S1_CFG,
  type CacheInvalidateInfo,
  type IommuDevice,
  type IommuDomain,
  type IoPageTable,
} from '../../src/iommu/index.js';
import { cmd, type Command } from '../support/encode.js';
import { Guest, RW } from './support/guest.js';
import { codeOf, FREE, Host, SYNC, type HostOptions } from './support/host.js';

const SIDS = [0x10, 0x11];
const RAM = 0x8000_0000n;
const VA = 0x12_3000n;
const ASID = 7;

let h: Host;
let dev: IommuDevice;
let domain: IommuDomain;
let guest: Guest;
let table: IoPageTable;
let cd: bigint;

async function setup(options: HostOptions = {}): Promise<void> {
  h = await Host.create(options);
  dev = h.iommu.addDevice({ streamIds: SIDS });
  domain = h.iommu.domainAlloc({ type: 'nested' });
  guest = new Guest(h, RAM, FREE, 4 << 20);
  guest.mapRam(domain);
  h.iommu.attachDevice(domain, dev);
  table = guest.table();
  for (let i = 0n; i < 4n; i++) table.map(VA + i * 4096n, RAM + 0x30_0000n + i * 4096n, 0x1000n, RW);
  cd = guest.cd(table, ASID);
  h.iommu.bindGuestStage(domain, dev, {
    flags: SMMUV3_S1_CFG,
    smmuS1: { flags: 0, cdptrDma: cd, asidBits: 16 },
  });
}
beforeEach(() => setup());

const at = (addr: bigint, more: object = {}): CacheInvalidateInfo => ({
  cache: TLB,
  granularity: IOMMU_INV_GRANU_ADDR,
  addrInfo: { flags: ARCHID, archid: ASID, addr, granuleSize: 4096, nbGranules: 1, ...more },
});
const sent = (info: CacheInvalidateInfo | CacheInvalidateInfo[]): Command[] =>
  h.commands(() => h.iommu.cacheInvalidate(domain, dev, info));

describe('cacheInvalidate: the commands, the host’s VMID and StreamIDs filled in', () => {
  test('by domain', () => {
    expect(sent({ cache: TLB, granularity: IOMMU_INV_GRANU_DOMAIN })).toEqual([cmd.nhAll(domain.vmid), SYNC]);
    expect(sent({ cache: PASID, granularity: IOMMU_INV_GRANU_DOMAIN })).toEqual([
      cmd.cfgiCdAll(0x10),
      cmd.cfgiCdAll(0x11),
      SYNC,
    ]);
  });
  test('by ASID, by PASID, both', () => {
    const pasidInfo = { flags: 3, archid: ASID, pasid: 5 };
    const granularity = IOMMU_INV_GRANU_PASID;
    const cds = [cmd.cfgiCd(0x10, 5), cmd.cfgiCd(0x11, 5)];
    expect(sent({ cache: TLB, granularity, pasidInfo })).toEqual([cmd.nhAsid(domain.vmid, ASID), SYNC]);
    expect(sent({ cache: PASID, granularity, pasidInfo })).toEqual([...cds, SYNC]);
    expect(sent({ cache: TLB | PASID, granularity, pasidInfo })).toEqual([
      ...cds,
      cmd.nhAsid(domain.vmid, ASID),
      SYNC,
    ]);
  });
  test('by address: one page, a range, leaf, a block, all ASIDs', () => {
    expect(sent(at(VA))).toEqual([cmd.nhVa(domain.vmid, ASID, VA), SYNC]);
    expect(sent(at(VA, { flags: ARCHID | LEAF }))).toEqual([
      cmd.nhVa(domain.vmid, ASID, VA, { leaf: 1 }),
      SYNC,
    ]);
    expect(sent(at(VA, { nbGranules: 4 }))).toEqual([
      cmd.nhVa(domain.vmid, ASID, VA, { scale: 2, tg: 1 }),
      SYNC,
    ]);
    expect(sent(at(0x20_0000n, { granuleSize: 0x20_0000, nbGranules: 2 }))).toEqual([
      cmd.nhVa(domain.vmid, ASID, 0x20_0000n),
      cmd.nhVa(domain.vmid, ASID, 0x40_0000n),
      SYNC,
    ]);
    expect(sent(at(VA, { flags: 0 }))).toEqual([cmd.nhVaa(domain.vmid, VA), SYNC]);
    expect(sent(at(0xffff_ffff_ffff_f000n))).toEqual([
      cmd.nhVa(domain.vmid, ASID, 0xffff_ffff_ffff_f000n),
      SYNC,
    ]);
  });
  test('several at once: one CMD_SYNC', () => {
    expect(sent([at(VA), at(VA + 0x1000n)])).toEqual([
      cmd.nhVa(domain.vmid, ASID, VA),
      cmd.nhVa(domain.vmid, ASID, VA + 0x1000n),
      SYNC,
    ]);
  });
  test('without IDR3.RIL: address by address, then the whole ASID', async () => {
    await setup({ id: { RIL: 0 } });
    expect(sent(at(VA, { nbGranules: 3 })).length).toBe(4);
    expect(sent(at(VA, { nbGranules: 512 }))).toEqual([cmd.nhAsid(domain.vmid, ASID), SYNC]);
    expect(sent(at(VA, { flags: 0, nbGranules: 512 }))).toEqual([cmd.nhAll(domain.vmid), SYNC]);
  });
});

describe('what the guest sees', () => {
  const go = (): string => h.outcome(0x10, VA);
  const others = (): string[] => [1n, 2n, 3n].map((i) => h.translate(0x10, VA + i * 4096n).hit);

  test('without invalidation a page that the guest unmapped is still reached: the stale hit', () => {
    expect(go()).toBe('0x41300000');
    table.unmap(VA, 0x1000n);
    expect(go()).toBe('0x41300000');
    h.iommu.cacheInvalidate(domain, dev, at(VA));
    expect(go()).toBe('abort F_TRANSLATION');
  });
  test('an invalidation of one page leaves its neighbours in the TLB', () => {
    go();
    others();
    h.iommu.cacheInvalidate(domain, dev, at(VA));
    expect(others().every((hit) => hit === 'micro-tlb' || hit === 'main-tlb' || hit === 'tcu-tlb')).toBe(
      true,
    );
  });
  test('another ASID’s invalidation changes nothing', () => {
    go();
    table.unmap(VA, 0x1000n);
    h.iommu.cacheInvalidate(domain, dev, at(VA, { archid: ASID + 1 }));
    expect(go()).toBe('0x41300000');
  });
  test('another guest’s invalidation changes nothing', () => {
    const other = h.iommu.domainAlloc({ type: 'nested' });
    const device = h.device(0x20);
    h.iommu.attachDevice(other, device);
    go();
    table.unmap(VA, 0x1000n);
    h.iommu.cacheInvalidate(other, device, { cache: TLB, granularity: IOMMU_INV_GRANU_DOMAIN });
    expect(go()).toBe('0x41300000');
    h.iommu.cacheInvalidate(domain, dev, { cache: TLB, granularity: IOMMU_INV_GRANU_DOMAIN });
    expect(go()).toBe('abort F_TRANSLATION');
  });
  test('a CD that the guest changed takes effect with the invalidation of the PASID cache', () => {
    go();
    const other = guest.table();
    other.map(VA, RAM + 0x31_0000n, 0x1000n, RW);
    guest.cd(other, ASID + 1, cd);
    expect(go()).toBe('0x41300000');
    h.iommu.cacheInvalidate(domain, dev, { cache: PASID, granularity: IOMMU_INV_GRANU_DOMAIN });
    expect(go()).toBe('0x41310000');
  });
  test('unmapping guest RAM in the host’s stage 2 takes effect at once, whatever the guest does', () => {
    go();
    h.iommu.unmap(domain, RAM, 4 << 20);
    expect(h.outcome(0x10, VA)).toMatch(/^abort/);
    expect(h.outcome(0x11, VA)).toMatch(/^abort/);
  });
});

describe('errors, each before any command', () => {
  const info = (changes: object): CacheInvalidateInfo => ({ cache: TLB, granularity: 0, ...changes });
  test.each<[string, CacheInvalidateInfo, string]>([
    ['no cache', info({ cache: 0 }), 'EINVAL'],
    ['unknown cache', info({ cache: 8 }), 'EINVAL'],
    ['the device’s TLB', info({ cache: DEV }), 'ENOENT'],
    ['unknown granularity', info({ granularity: 3 }), 'EINVAL'],
    ['no pasidInfo', info({ granularity: 1 }), 'EINVAL'],
    ['no addrInfo', info({ granularity: 2 }), 'EINVAL'],
    ['TLB by PASID', info({ granularity: 1, pasidInfo: { flags: 1, pasid: 3 } }), 'ENOENT'],
    ['CDs by ASID', info({ cache: PASID, granularity: 1, pasidInfo: { flags: 2, archid: 3 } }), 'EINVAL'],
    ['CDs by address', { ...at(VA), cache: PASID }, 'EINVAL'],
    ['address by PASID', at(VA, { flags: 1 }), 'ENOENT'],
    ['unknown flags', at(VA, { flags: 8 }), 'EINVAL'],
    ['a granule of no table', at(VA, { granuleSize: 8192 }), 'EINVAL'],
    ['a granule that is no power of two', at(VA, { granuleSize: 5000 }), 'EINVAL'],
    ['no granules', at(VA, { nbGranules: 0 }), 'EINVAL'],
    ['past the end of the addresses', at(0xffff_ffff_ffff_f000n, { nbGranules: 2 }), 'EINVAL'],
  ])('%s: %j: %s', (_, wrong, code) => {
    const seen = h.commands(() => {
      expect(codeOf(() => h.iommu.cacheInvalidate(domain, dev, [at(VA), wrong]))).toBe(code);
    });
    expect(seen).toEqual([]);
  });
  test('not a nested domain, not attached: EINVAL; no op: ENODEV', () => {
    const stage2 = h.iommu.domainAlloc({ type: 'stage2' });
    expect(codeOf(() => h.iommu.cacheInvalidate(stage2, dev, at(VA)))).toBe('EINVAL');
    expect(codeOf(() => h.iommu.cacheInvalidate(domain, h.device(0x20), at(VA)))).toBe('EINVAL');
    domain.ops = {};
    expect(codeOf(() => h.iommu.cacheInvalidate(domain, dev, at(VA)))).toBe('ENODEV');
  });
});
