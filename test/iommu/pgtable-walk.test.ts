// The SMMU walks the driver's tables, and sees what the driver says is there.
import { expect, test } from '@jest/globals';
import { PagePool } from '../../src/iommu/alloc/pages.js';
import { cdStage1 } from '../../src/iommu/entry/cd.js';
import { steStage1, steStage2, steTraits } from '../../src/iommu/entry/ste.js';
import { IoPageTable, type PageTableConfig } from '../../src/iommu/pgtable/io-pgtable.js';
import { PROT_CACHE, PROT_MMIO, PROT_NOEXEC, PROT_READ, PROT_WRITE } from '../../src/iommu/uapi/prot.js';
import { Machine, RAM } from '../support/machine.js';

const RW = PROT_READ | PROT_WRITE;
const SID = 3;

const configs: (PageTableConfig & { oas: number; high?: boolean })[] = [
  { stage: 1, granule: 12, iasBits: 48, oasBits: 48, oas: 5 },
  { stage: 1, granule: 12, iasBits: 39, oasBits: 48, oas: 5, ttbr1: true },
  { stage: 1, granule: 12, iasBits: 39, oasBits: 48, oas: 5, contiguous: true },
  { stage: 1, granule: 14, iasBits: 48, oasBits: 48, oas: 5 },
  { stage: 1, granule: 16, iasBits: 48, oasBits: 48, oas: 5, coherent: false },
  { stage: 2, granule: 12, iasBits: 48, oasBits: 48, oas: 5 },
  { stage: 2, granule: 12, iasBits: 40, oasBits: 40, oas: 2 },
  { stage: 2, granule: 12, iasBits: 42, oasBits: 42, oas: 3 },
  { stage: 2, granule: 12, iasBits: 36, oasBits: 36, oas: 1 },
  { stage: 2, granule: 12, iasBits: 32, oasBits: 32, oas: 0 },
  { stage: 2, granule: 14, iasBits: 48, oasBits: 48, oas: 5, contiguous: true },
  { stage: 2, granule: 14, iasBits: 40, oasBits: 40, oas: 2 },
  { stage: 2, granule: 16, iasBits: 48, oasBits: 48, oas: 5 },
  { stage: 2, granule: 16, iasBits: 42, oasBits: 42, oas: 3, fwb: true },
];

test.each(configs)('stage $stage, granule $granule, $iasBits bits', async ({ oas, ...config }) => {
  const machine = await Machine.create({ id: { OAS: oas } });
  const pool = new PagePool(machine.smmu.memory, RAM + 0x20_0000n, 0x40_0000);
  const table = new IoPageTable(machine.smmu.memory, pool, config);
  const traits = steTraits({ idr0: machine.smmu.id.idr0, idr1: machine.smmu.id.idr1 });
  if (config.stage === 1) {
    const cd = pool.alloc(64);
    machine.words(cd, cdStage1(table.stage1, { asid: 5 }));
    machine.words(machine.steAddress(SID), steStage1(traits, { s1ContextPtr: cd, s1CDMax: 0 }));
  } else {
    machine.words(
      machine.steAddress(SID),
      steStage2(traits, { vmid: 7, registers: table.stage2, fwb: config.fwb }),
    );
  }
  const upper = config.ttbr1 === true ? (1n << 64n) - (1n << BigInt(config.iasBits)) : 0n;
  const page = table.pageSize;
  const block = table.leafSizes.at(-2)!;
  const top = upper + (1n << BigInt(config.iasBits));
  table.map(upper + block - page, block * 3n - page, block + 2n * page, RW | PROT_CACHE); // page, block, page
  table.map(upper + 4n * block, 7n * page, page, PROT_READ);
  table.map(top - page, 9n * page, page, RW | PROT_MMIO | PROT_NOEXEC);

  const attributesOf = (iova: bigint): number =>
    machine.expectOk(SID, iova, table.iovaToPhys(iova)!).attributes.memType;
  expect(attributesOf(upper + block - page)).toBe(0xff);
  expect(attributesOf(upper + block + 5n * page)).toBe(0xff);
  expect(attributesOf(upper + 2n * block)).toBe(0xff);
  expect(attributesOf(top - 1n - 63n)).toBe(0x04);
  expect(machine.translate(SID, upper + 4n * block, { access: 'write' }).event?.name).toBe('F_PERMISSION');
  machine.expectOk(SID, upper + 4n * block, 7n * page);
  for (const privileged of [false, true]) {
    const fetch = machine.translate(SID, top - page, { instruction: true, privileged });
    expect(fetch.event?.name).toBe('F_PERMISSION');
  }
  table.unmap(upper + block, block);
  expect(table.iovaToPhys(upper + block)).toBeNull();
  expect(machine.translate(SID, upper + block).event?.name).toBe('F_TRANSLATION');
  machine.expectOk(SID, upper + 2n * block, table.iovaToPhys(upper + 2n * block)!);
});
