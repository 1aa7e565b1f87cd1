/**
 * The driver of smmuv3-wasm/iommu against the model: what a mapping, a binding and a guest's invalidation cost, everything
 * included that the model does for them.
 */
import { Smmu } from '../src/index.js';
import {
  cdStage1,
  guestMemory,
  HostIommu,
  IOMMU_CACHE_INV_TYPE_IOTLB,
  IOMMU_INV_ADDR_FLAGS_ARCHID,
  IOMMU_INV_ADDR_FLAGS_LEAF,
  IOMMU_INV_GRANU_ADDR,
  IoPageTable,
  PagePool,
  PROT_CACHE,
  PROT_READ,
  PROT_WRITE,
  SMMUV3_S1_CFG,
  type CacheInvalidateInfo,
  type IommuDevice,
  type IommuDomain,
} from '../src/iommu/index.js';
import type { Load } from './measure.js';
import type { Reference } from './reference.js';
import type { Case } from './row.js';

const RAM = 0x4000_0000n;
const RAM_BYTES = 64 << 20;
const POOL_BYTES = 16 << 20;
const SID = 0x10;
const ASID = 5;
const RW = PROT_READ | PROT_WRITE | PROT_CACHE;
const PAGE = 4096;
const IOVA = 0x10_0000n;
const OUTPUT = 0x4200_0000n;
const GUEST = { ipa: 0x8000_0000n, pa: 0x4300_0000n, size: 4 << 20 } as const;
/** Calls of one sample. */
const CALLS = 500;
/** Guest invalidations of one call, with one CMD_SYNC. */
const BATCH = 63;

interface Host {
  readonly smmu: Smmu;
  readonly iommu: HostIommu;
  readonly device: IommuDevice;
  readonly domain: IommuDomain;
}

async function host(type: 'dma' | 'nested', lazy = false): Promise<Host> {
  const smmu = await Smmu.create({ ram: [{ base: RAM, size: RAM_BYTES }], timing: false });
  const iommu = await HostIommu.probe(smmu, { pool: { base: RAM, size: POOL_BYTES }, lazy });
  const device = iommu.addDevice({ streamIds: [SID] });
  const domain = iommu.domainAlloc({ type });
  iommu.attachDevice(domain, device);
  return { smmu, iommu, device, domain };
}

/** A mapping made and taken away; `check` sees that the device is shut out. */
async function mapAndUnmap(name: string, pages: number, lazy: boolean): Promise<Load> {
  const { smmu, iommu, domain } = await host('dma', lazy);
  const calls = pages === 1 ? CALLS : CALLS / 50;
  const bytes = pages * PAGE;
  // An odd output keeps blocks out: pages are what is counted.
  const output = OUTPUT + BigInt(PAGE);
  return {
    name,
    operations: calls * pages,
    work: () => {
      for (let i = 0; i < calls; i++) {
        iommu.map(domain, IOVA, output, bytes, RW);
        iommu.unmap(domain, IOVA, bytes);
      }
      iommu.flush();
    },
    check: () => {
      iommu.map(domain, IOVA, output, bytes, RW);
      const mapped = smmu.translate({ streamId: SID, iova: IOVA });
      iommu.unmap(domain, IOVA, bytes);
      iommu.flush();
      const { status } = smmu.translate({ streamId: SID, iova: IOVA });
      if (mapped.pa !== output || status !== 'abort')
        throw new Error(`${name}: ${mapped.status}, then ${status}`);
    },
  };
}

async function guest(): Promise<Host & { cd: bigint }> {
  const h = await host('nested');
  h.iommu.map(h.domain, GUEST.ipa, GUEST.pa, GUEST.size, RW);
  const memory = guestMemory(h.smmu.memory, GUEST);
  const pool = new PagePool(memory, GUEST.ipa, GUEST.size / 2);
  const table = new IoPageTable(memory, pool, { stage: 1, granule: 12, iasBits: 39, oasBits: 40 });
  table.map(IOVA, GUEST.ipa + BigInt(GUEST.size / 2), BigInt(BATCH * PAGE), RW);
  const cd = pool.alloc(64);
  cdStage1(table.stage1, { asid: ASID }).forEach((word, i) => memory.write64(cd + BigInt(8 * i), word));
  return { ...h, cd };
}

function bindTranslate({ iommu, domain, device, cd }: Host & { cd: bigint }): void {
  iommu.bindGuestStage(domain, device, {
    flags: SMMUV3_S1_CFG,
    smmuS1: { flags: 0, cdptrDma: cd, asidBits: 16 },
  });
}

function expectNested(h: Host, name: string): void {
  const { status } = h.smmu.translate({ streamId: SID, iova: IOVA });
  if (status !== 'ok') throw new Error(`${name}: the guest's page gives ${status}`);
}

async function bindAndUnbind(): Promise<Load> {
  const h = await guest();
  const name = 'bind and unbind a guest stage';
  return {
    name,
    // Each is one change of the STE with its CMD_SYNCs.
    operations: 2 * CALLS,
    work: () => {
      for (let i = 0; i < CALLS; i++) {
        bindTranslate(h);
        h.iommu.unbindGuestStage(h.domain, h.device);
      }
    },
    check: () => {
      bindTranslate(h);
      expectNested(h, name);
      h.iommu.unbindGuestStage(h.domain, h.device);
    },
  };
}

async function invalidate(name: string, batch: number): Promise<Load> {
  const h = await guest();
  bindTranslate(h);
  const infos = Array.from({ length: batch }, (_, i): CacheInvalidateInfo => ({
    cache: IOMMU_CACHE_INV_TYPE_IOTLB,
    granularity: IOMMU_INV_GRANU_ADDR,
    addrInfo: {
      flags: IOMMU_INV_ADDR_FLAGS_ARCHID | IOMMU_INV_ADDR_FLAGS_LEAF,
      archid: ASID,
      addr: IOVA + BigInt(i * PAGE),
      granuleSize: PAGE,
      nbGranules: 1,
    },
  }));
  const calls = Math.ceil(CALLS / batch);
  return {
    name,
    operations: calls * batch,
    work: () => {
      for (let i = 0; i < calls; i++) h.iommu.cacheInvalidate(h.domain, h.device, infos);
    },
    check: () => expectNested(h, name),
  };
}

/** The rows of the driver, as operations a second. */
export async function iommuCases(reference: Reference): Promise<Case[]> {
  const loads = [
    await mapAndUnmap('map, unmap and sync of one 4K page', 1, false),
    await mapAndUnmap('the same, lazy', 1, true),
    await mapAndUnmap('map, unmap and sync of 512 pages, by page', 512, false),
    await bindAndUnbind(),
    await invalidate('guest invalidation, each with its CMD_SYNC', 1),
    await invalidate(`guest invalidations, ${BATCH} with one CMD_SYNC`, BATCH),
  ];
  return loads.map((load) => ({
    group: 'driver (smmuv3-wasm/iommu)',
    name: load.name,
    load,
    reference: reference.tlbSimd,
    detail: () => `${load.operations} operations a call`,
  }));
}
