// translateBatchFaults: results, statistics and records as of single calls in order, with what became of each row that faulted.
import { describe, expect, test } from '@jest/globals';
import { HostIommu, PROT_READ } from '../../src/iommu/index.js';
import { FLAG_WRITE, Smmu, type Translation } from '../../src/index.js';

const RAM = 0x4000_0000n;

async function machine(stall: boolean) {
  const smmu = await Smmu.create({ timing: false });
  const iommu = await HostIommu.probe(smmu, { pool: { base: RAM, size: 1 << 20 } });
  const device = iommu.addDevice({ streamIds: [1], stall });
  const domain = iommu.domainAlloc({ type: 'dma' });
  iommu.attachDevice(domain, device);
  iommu.map(domain, 0x1000n, RAM + 0x20_0000n, 4096n, PROT_READ);
  smmu.resetStats();
  return smmu;
}

/** Rows 0 to 5: ok, not mapped, written where only reading is allowed, ok, no such stream, ok. */
const ROWS = [
  { streamId: 1, iova: 0x1000n },
  { streamId: 1, iova: 0x9000n },
  { streamId: 1, iova: 0x1040n, access: 'write' },
  { streamId: 1, iova: 0x1080n },
  { streamId: 2, iova: 0x1000n },
  { streamId: 1, iova: 0x10c0n },
] as const;

describe.each([false, true])('stalls %s', (stall) => {
  test('each faulting row has the Translation that a single call gives', async () => {
    const single = await machine(stall);
    const wanted: { row: number; translation: Translation }[] = [];
    ROWS.forEach((transaction, row) => {
      const translation = single.translate(transaction);
      if (translation.status !== 'ok') wanted.push({ row, translation });
    });
    expect(wanted.map(({ row }) => row)).toEqual([1, 2, 4]);

    const smmu = await machine(stall);
    const batch = smmu.createBatch(ROWS.length);
    ROWS.forEach((row, i) => {
      batch.streamId[i] = row.streamId;
      batch.iova[i] = row.iova;
      batch.flags[i] = 'access' in row ? FLAG_WRITE : 0;
    });
    const { faults, ok, count } = smmu.translateBatchFaults(batch);
    expect({ ok, count }).toEqual({ ok: 3, count: 6 });
    const facts = ({ row, translation: { status, event, stag } }: (typeof wanted)[number]) => ({
      row,
      status,
      event,
      stag,
    });
    expect(faults.map(facts)).toEqual(wanted.map(facts));
    expect(faults[0].translation.event?.words).toEqual(wanted[0].translation.event?.words);
    expect(smmu.stats()).toEqual(single.stats());
  });
});

test('rows are those of translateBatch, and a row that crosses a page is named', async () => {
  const smmu = await machine(false);
  const batch = smmu.createBatch(3);
  batch.streamId.fill(1);
  batch.iova.fill(0x1000n);
  batch.size[2] = 4096;
  batch.iova[2] = 0x1001n;
  expect(smmu.translateBatchFaults(batch, 1, 1)).toEqual({
    count: 1,
    ok: 1,
    abort: 0,
    razWi: 0,
    stalled: 0,
    faults: [],
  });
  expect(() => smmu.translateBatchFaults(batch)).toThrow(/^row 2: /);
  expect(() => smmu.translateBatchFaults(batch, 4)).toThrow(/^count must be between/);
});

test('with time on it is refused, in one sentence', async () => {
  const smmu = await Smmu.create({ timing: 'minimal' });
  expect(() => smmu.translateBatchFaults(smmu.createBatch(1))).toThrow(
    /^translateBatchFaults needs timing: false/,
  );
});
