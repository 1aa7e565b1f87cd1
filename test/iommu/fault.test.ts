import { describe, expect, test } from '@jest/globals';
import type { Resumed } from '../../src/index.js';
import {
  IOMMU_FAULT_DMA_UNRECOV,
  IOMMU_FAULT_PAGE_REQ,
  IOMMU_FAULT_PERM_READ,
  IOMMU_FAULT_PERM_WRITE,
  IOMMU_FAULT_REASON_ACCESS,
  IOMMU_FAULT_REASON_BAD_PASID_ENTRY,
  IOMMU_FAULT_REASON_OOR_ADDRESS,
  IOMMU_FAULT_REASON_PASID_FETCH,
  IOMMU_FAULT_REASON_PASID_INVALID,
  IOMMU_FAULT_REASON_PERMISSION,
  IOMMU_FAULT_REASON_PTE_FETCH,
  IOMMU_FAULT_REASON_WALK_EABT,
  PROT_READ,
  SMMUV3_S1_CFG,
  type IommuDevice,
  type IommuDomain,
  type IommuFault,
} from '../../src/iommu/index.js';
import { cmd } from '../support/encode.js';
import { Guest, RW } from './support/guest.js';
import { codeOf, FREE, Host } from './support/host.js';

const SID = 0x10;
const RAM = 0x8000_0000n;
const VA = 0x12_3000n;

interface Setup {
  h: Host;
  dev: IommuDevice;
  domain: IommuDomain;
  guest: Guest;
  cd: bigint;
  faults: IommuFault[];
  host: string[];
  resumed: Resumed[];
}
/** A bound guest that maps VA; its faults and the host's. */
async function setup(stall = false, bind = true): Promise<Setup> {
  const faults: IommuFault[] = [];
  const host: string[] = [];
  const resumed: Resumed[] = [];
  const h = await Host.create({
    onEvent: (event, device) => host.push(`${event.name} ${device === undefined ? 'unknown' : 'known'}`),
    smmu: { ram: [{ base: 0x4000_0000n, size: 64 << 20 }], onResume: (r) => resumed.push(r) },
  });
  const dev = h.device(SID, { stall });
  const domain = h.iommu.domainAlloc({ type: 'nested' });
  const guest = new Guest(h, RAM, FREE, 4 << 20);
  guest.mapRam(domain);
  h.iommu.attachDevice(domain, dev);
  const table = guest.table();
  table.map(VA, RAM + 0x30_0000n, 0x1000n, PROT_READ);
  const cd = guest.cd(table, 7);
  if (stall) guest.memory.write64(cd, guest.memory.read64(cd) | (1n << 44n));
  const smmuS1 = { flags: 0, cdptrDma: cd, asidBits: 16 };
  if (bind) h.iommu.bindGuestStage(domain, dev, { flags: SMMUV3_S1_CFG, smmuS1 });
  h.iommu.setFaultHandler(dev, (fault) => faults.push(fault));
  return { h, dev, domain, guest, cd, faults, host, resumed };
}

describe('faults told to the device’s handler', () => {
  test('stage 1 of the guest: decoded, with the record', async () => {
    const { h, faults, host } = await setup();
    h.translate(SID, 0x5000n);
    h.translate(SID, VA, true);
    expect(faults).toMatchObject([
      {
        type: IOMMU_FAULT_DMA_UNRECOV,
        reason: IOMMU_FAULT_REASON_PTE_FETCH,
        streamId: SID,
        perm: IOMMU_FAULT_PERM_READ,
        addr: 0x5000n,
        event: { name: 'F_TRANSLATION', recorded: true },
      },
      { reason: IOMMU_FAULT_REASON_PERMISSION, perm: IOMMU_FAULT_PERM_WRITE, addr: VA },
    ]);
    expect(faults[0]).not.toHaveProperty('grpid');
    expect(host).toEqual([]);
  });
  test.each<[string, (s: Setup) => void, number]>([
    [
      'access flag',
      (s) => {
        const table = s.guest.table();
        table.map(VA, RAM, 0x1000n, RW);
        const words = table.ttb;
        void words;
        let at = table.ttb;
        for (let level = 1; level < 3; level++) {
          at = s.guest.memory.read64(at + ((VA >> BigInt(39 - 9 * level)) & 0x1ffn) * 8n) & 0xffff_ffff_f000n;
        }
        const leaf = at + ((VA >> 12n) & 0x1ffn) * 8n;
        s.guest.memory.write64(leaf, s.guest.memory.read64(leaf) & ~(1n << 10n));
        s.guest.cd(table, 8, s.cd);
      },
      IOMMU_FAULT_REASON_ACCESS,
    ],
    ['CD invalid', (s) => s.guest.memory.write64(s.cd, 0n), IOMMU_FAULT_REASON_BAD_PASID_ENTRY],
    [
      'output address out of range',
      (s) => {
        const word = s.guest.memory.read64(s.cd);
        s.guest.memory.write64(s.cd, word & ~(7n << 32n));
        s.guest.memory.write64(s.cd + 8n, 1n << 33n);
      },
      IOMMU_FAULT_REASON_BAD_PASID_ENTRY,
    ],
  ])('%s', async (_, spoil, reason) => {
    const s = await setup();
    spoil(s);
    s.h.translate(SID, VA);
    expect(s.faults.map((fault) => fault.reason)).toEqual([reason]);
  });
  test('a SubstreamID where there are none', async () => {
    const { h, faults } = await setup();
    h.translate(SID, VA, false, 9);
    expect(faults).toMatchObject([{ reason: IOMMU_FAULT_REASON_PASID_INVALID, pasid: 9 }]);
  });
  test('a walk and a CD fetch that leave the RAM', async () => {
    const s = await setup(false, false);
    s.h.iommu.map(s.domain, 0x1_0000_0000n, 0x1_0000_0000n, 0x20_0000, RW); // no RAM there
    const smmuS1 = { flags: 0, cdptrDma: 0x1_0000_0000n, asidBits: 16 };
    s.h.iommu.bindGuestStage(s.domain, s.dev, { flags: SMMUV3_S1_CFG, smmuS1 });
    s.h.translate(SID, VA);
    s.h.iommu.unbindGuestStage(s.domain, s.dev);
    s.guest.memory.write64(s.cd + 8n, 0x1_0000_0000n);
    s.h.iommu.bindGuestStage(s.domain, s.dev, {
      flags: SMMUV3_S1_CFG,
      smmuS1: { ...smmuS1, cdptrDma: s.cd },
    });
    s.h.translate(SID, VA);
    expect(s.faults).toMatchObject([
      { reason: IOMMU_FAULT_REASON_PASID_FETCH, fetchAddr: 0x1_0000_0000n },
      { reason: IOMMU_FAULT_REASON_WALK_EABT, fetchAddr: 0x1_0000_0000n, addr: VA },
    ]);
  });
  test('an input address beyond the guest’s: PTE_FETCH; an output beyond stage 1: OOR_ADDRESS', async () => {
    const s = await setup();
    s.h.translate(SID, 1n << 45n);
    const table = s.guest.table();
    table.map(0n, 0x2_0000_0000n, 0x1000n, RW);
    s.guest.cd(table, 9, s.cd);
    s.guest.memory.write64(s.cd, s.guest.memory.read64(s.cd) & ~(7n << 32n)); // IPS: 32 bits
    s.h.iommu.cacheInvalidate(s.domain, s.dev, { cache: 4, granularity: 0 });
    s.h.translate(SID, 0n);
    expect(s.faults.map(({ reason }) => reason)).toEqual([
      IOMMU_FAULT_REASON_PTE_FETCH,
      IOMMU_FAULT_REASON_OOR_ADDRESS,
    ]);
  });
  test('a stage 2 fault is the host’s, never the guest’s', async () => {
    const s = await setup();
    const table = s.guest.table();
    table.map(VA, 0x9000_0000n, 0x1000n, RW);
    s.guest.cd(table, 8, s.cd);
    s.h.translate(SID, VA);
    expect(s.faults).toEqual([]);
    expect(s.host).toEqual(['F_TRANSLATION known']);
  });
  test('without a handler, and of unknown streams: the host’s', async () => {
    const s = await setup();
    s.h.iommu.setFaultHandler(s.dev, undefined);
    s.h.translate(SID, 0x5000n);
    s.h.translate(0x900, 0n);
    expect(s.host).toEqual(['F_TRANSLATION known', 'C_BAD_STREAMID unknown']);
  });
  test('of a dma domain and of a stage 2 of the host’s: the device’s handler', async () => {
    for (const type of ['dma', 'stage2'] as const) {
      const s = await setup();
      s.h.iommu.attachDevice(s.h.iommu.domainAlloc({ type }), s.dev);
      s.h.translate(SID, 0x5000n);
      expect(s.faults).toMatchObject([{ reason: IOMMU_FAULT_REASON_PTE_FETCH, addr: 0x5000n }]);
    }
  });
});

describe('stalled faults and page responses', () => {
  test('success: tried again; RESUME without CMD_SYNC', async () => {
    const s = await setup(true);
    const { status, stag } = s.h.translate(SID, VA, true);
    expect(status).toBe('stalled');
    expect(s.faults).toMatchObject([
      { type: IOMMU_FAULT_PAGE_REQ, grpid: stag, perm: IOMMU_FAULT_PERM_WRITE },
    ]);
    const table = s.guest.table();
    table.map(VA, RAM + 0x38_0000n, 0x1000n, RW);
    s.guest.cd(table, 8, s.cd);
    s.guest.memory.write64(s.cd, s.guest.memory.read64(s.cd) | (1n << 44n));
    s.h.iommu.cacheInvalidate(s.domain, s.dev, { cache: 4, granularity: 0 });
    const seen = s.h.commands(() => s.h.iommu.pageResponse(s.dev, { grpid: stag!, code: 0 }));
    expect(seen).toEqual([cmd.resume(SID, stag!, 'retry')]);
    expect(s.resumed.map(({ outcome }) => [outcome.status, outcome.pa])).toEqual([['ok', FREE + 0x38_0000n]]);
  });
  test.each([
    [1, 'abort', 'abort'],
    [2, 'abort', 'abort'],
    [3, 'terminate', 'raz-wi'],
  ] as const)('code %i: %s', async (code, action, outcome) => {
    const s = await setup(true);
    const { stag } = s.h.translate(SID, 0x5000n);
    const seen = s.h.commands(() => s.h.iommu.pageResponse(s.dev, { grpid: stag!, code }));
    expect(seen).toEqual([cmd.resume(SID, stag!, action)]);
    expect(s.resumed.map((r) => r.outcome.status)).toEqual([outcome]);
    expect(codeOf(() => s.h.iommu.pageResponse(s.dev, { grpid: stag!, code }))).toBe('EINVAL');
  });
  test('answered from inside the handler', async () => {
    const s = await setup(true);
    s.h.iommu.setFaultHandler(s.dev, ({ grpid }) =>
      s.h.iommu.pageResponse(s.dev, { grpid: grpid!, code: 1 }),
    );
    s.h.translate(SID, 0x5000n);
    expect(s.resumed.map((r) => r.outcome.status)).toEqual(['abort']);
  });
  test('nobody to answer: aborted', async () => {
    const s = await setup(true);
    s.h.iommu.setFaultHandler(s.dev, undefined);
    s.h.translate(SID, 0x5000n);
    expect(s.resumed.map((r) => r.outcome.status)).toEqual(['abort']);
    expect(s.host).toEqual(['F_TRANSLATION known']);
  });
  test('a tag that does not wait: EINVAL', async () => {
    const s = await setup(true);
    expect(codeOf(() => s.h.iommu.pageResponse(s.dev, { grpid: 77, code: 0 }))).toBe('EINVAL');
  });
});
