// The 2018 form and today's on one driver: for the same guest the same physical STE, the same invalidations, the same answers.
import { expect, test } from '@jest/globals';
import {
  IOMMU_CACHE_INV_TYPE_IOTLB,
  IOMMU_INV_ADDR_FLAGS_ARCHID,
  IOMMU_INV_ADDR_FLAGS_LEAF,
  IOMMU_INV_GRANU_ADDR,
  IOMMU_SMMU_S1_ABORTED,
  IOMMU_SMMU_S1_BYPASSED,
  SMMUV3_S1_CFG,
} from '../../src/iommu/index.js';
import { Guest } from '../iommu/support/guest.js';
import { hexed } from '../iommu/support/host.js';
import { cd } from './support/cd.js';
import { ABORT, BYPASS, IPA, nesting, PA, RAM_BYTES, VSID } from './support/machine.js';

test('one host, two devices, one guest: STEs, commands and answers are equal', async () => {
  const n = await nesting({ id: { FWB: 0 } });
  const { h, fd, devId, viommuId, nested } = n;
  const NEW = 0x4567;
  const OLD = 0x4568;
  fd.vdeviceAlloc({ viommuId, devId, virtId: VSID });
  const old = h.device(OLD);
  const domain = h.iommu.domainAlloc({ type: 'nested' });
  h.iommu.map(domain, IPA, PA, RAM_BYTES, 7);
  h.iommu.attachDevice(domain, old);
  const guest = new Guest(h, IPA, PA, RAM_BYTES);
  const table = guest.table();
  for (let i = 0n; i < 8n; i++)
    table.map(0x1000n * i, IPA + 0x30_0000n + 0x2000n * i, 4096n, i === 3n ? 1 : 3);
  const at = cd(guest, table, false);

  /** The STE, but for what the two domains have of their own: VMID and stage 2 table. */
  const ste = (sid: number): bigint[] =>
    h.ste(sid).map((w, i) => (i === 2 ? w & ~0xffffn : i === 3 ? 0n : w));
  const answers = (sid: number): string[] =>
    [0n, 0x1040n, 0x3008n, 0x9000n, IPA + 0x5000n, IPA - 0x1000n].flatMap((iova) => [
      h.outcome(sid, iova),
      h.outcome(sid, iova, true),
    ]);
  const same = (): void => {
    expect(ste(NEW)).toEqual(ste(OLD));
    expect(answers(NEW)).toEqual(answers(OLD));
  };
  const bind = (flags: number): void =>
    h.iommu.bindGuestStage(domain, old, {
      flags: SMMUV3_S1_CFG,
      smmuS1: { flags, cdptrDma: at, asidBits: 16 },
    });

  fd.attachDevice(devId, nested(BYPASS));
  bind(IOMMU_SMMU_S1_BYPASSED);
  same();
  // What the guest's STE says and 2018 could not: S1DSS SSID0, CIR and COR WB-RA, CSH inner, S1STALLD.
  fd.attachDevice(devId, nested([at | 0xbn, 0x0800_00d6n]));
  bind(0);
  same();
  expect(h.outcome(NEW, 0x1040n)).toBe(`0x${(PA + 0x30_2040n).toString(16)}`);

  table.unmap(0x1000n, 4096n);
  same(); // stale in both
  const today = hexed(
    h.commands(() => fd.hwptInvalidate({ hwptId: viommuId, entries: [[0x5_0000_0000_0012n, 0x1001n]] })),
  );
  const then = hexed(
    h.commands(() =>
      h.iommu.cacheInvalidate(domain, old, {
        cache: IOMMU_CACHE_INV_TYPE_IOTLB,
        granularity: IOMMU_INV_GRANU_ADDR,
        addrInfo: {
          flags: IOMMU_INV_ADDR_FLAGS_ARCHID | IOMMU_INV_ADDR_FLAGS_LEAF,
          archid: 5,
          addr: 0x1000n,
          granuleSize: 4096,
          nbGranules: 1,
        },
      }),
    ),
  );
  const vmids = [Number(h.ste(NEW)[2] & 0xffffn), Number(h.ste(OLD)[2] & 0xffffn)];
  expect(today).toEqual([`5${vmids[0].toString(16).padStart(4, '0')}00000012 1001`, 'fc02046 0']);
  expect(then).toEqual([`5${vmids[1].toString(16).padStart(4, '0')}00000012 1001`, 'fc02046 0']);
  same();
  expect(h.outcome(NEW, 0x1040n)).toBe('abort F_TRANSLATION');

  fd.attachDevice(devId, nested(ABORT));
  bind(IOMMU_SMMU_S1_ABORTED);
  same();
});

test('a device goes from one form to the other', async () => {
  const { h, fd, parent } = await nesting();
  const device = h.device(0x20);
  const id = fd.bindDevice(device);
  const domain = h.iommu.domainAlloc({ type: 'nested' });
  h.iommu.attachVirtualSte(domain, device, ABORT);
  expect(h.ste(0x20)[0]).toBe(1n);
  h.iommu.bindGuestStage(domain, device, {
    flags: SMMUV3_S1_CFG,
    smmuS1: { flags: 0, cdptrDma: 0x8000_0000n, asidBits: 8 },
  });
  expect(h.ste(0x20)[0]).toBe(0x8000_000fn);
  h.iommu.unbindGuestStage(domain, device);
  expect(h.ste(0x20)[0]).toBe(0xdn);
  h.iommu.attachVirtualSte(domain, device, ABORT);
  h.iommu.unbindGuestStage(domain, device);
  expect(h.ste(0x20)[0]).toBe(0xdn);
  fd.attachDevice(id, parent);
});
