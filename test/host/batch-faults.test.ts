// translateBatchFaults: results, statistics and records as of single calls in order, with what became of each row that faulted.
import { describe, expect, test } from '@jest/globals';
import { HostIommu, PROT_READ } from '../../src/iommu/index.js';
import { type Batch, FLAG_WRITE, Smmu, type SmmuOptions, type Translation } from '../../src/index.js';

const RAM = 0x4000_0000n;

async function machine(stall: boolean, options: SmmuOptions = { timing: false }) {
  const smmu = await Smmu.create(options);
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

/** The rows again and again. */
function fill(batch: Batch): void {
  for (let i = 0; i < batch.capacity; i++) {
    const row = ROWS[i % ROWS.length];
    batch.streamId[i] = row.streamId;
    batch.iova[i] = BigInt(row.iova);
    batch.flags[i] = 'access' in row ? FLAG_WRITE : 0;
  }
}

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
    fill(batch);
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

describe.each(['gem5-default', 'mmu600-agilex5'] as const)('with time on, %s', (timing) => {
  test.each([false, true])(
    'the Translation of a submitted one at the same cycles, stalls %s',
    async (stall) => {
      const single = await machine(stall, { timing });
      const tickets = ROWS.map((row, i) =>
        single.submit({ ...row, requester: 0, arrival: 1000n + BigInt(7 * i) }),
      );
      single.advance(100_000n);
      const done: Translation[] = [];
      single.poll(done);
      const wanted = tickets.flatMap((ticket, row) => {
        const found = done.find((one) => one.ticket === ticket);
        return found === undefined || found.status === 'ok'
          ? []
          : [{ row, translation: { ...found, ticket: 0 } }];
      });
      expect(wanted.map(({ row }) => row)).toEqual([1, 2, 4]);

      const smmu = await machine(stall, { timing });
      const batch = smmu.createBatch(ROWS.length);
      fill(batch);
      ROWS.forEach((_, i) => (batch.arrival[i] = 1000n + BigInt(7 * i)));
      const { faults, ok, count } = smmu.translateBatchFaults(batch);
      expect({ ok, count }).toEqual({ ok: 3, count: 6 });
      expect(
        faults.map(({ row, translation }) => ({ row, translation: { ...translation, ticket: 0 } })),
      ).toEqual(wanted);
      expect(faults.map(({ row, translation }) => translation.completion === batch.completion[row])).toEqual([
        true,
        true,
        true,
      ]);
    },
  );

  test('more rows than are kept at a time, each once, and times as without the records', async () => {
    const [plain, smmu] = [await machine(false, { timing }), await machine(false, { timing })];
    const [one, other] = [plain, smmu].map((device) => device.createBatch(30_000));
    for (const batch of [one, other]) fill(batch);
    const { faults, ...summary } = smmu.translateBatchFaults(other);
    expect(summary).toEqual(plain.translateBatch(one));
    expect(faults.map(({ row }) => row)).toEqual(
      [...other.status].flatMap((status, row) => ((status & 0xff) === 0 ? [] : [row])),
    );
    expect(faults.every(({ row, translation }) => translation.pa === other.pa[row])).toBe(true);
    expect(other.completion).toEqual(one.completion);
    expect(smmu.stats()).toEqual(plain.stats());
  });

  test('rows that abort without an event (IHI 0070 §6.3.14 GBPA.ABORT), more than are kept at a time', async () => {
    const smmu = await Smmu.create({ timing });
    smmu.write32(0x44, 0x8010_0000); // SMMU_GBPA: Update, ABORT
    const batch = smmu.createBatch(30_000);
    const { abort, faults } = smmu.translateBatchFaults(batch);
    expect(abort).toBe(30_000);
    expect(faults.map(({ row }) => row)).toEqual(Array.from(faults, (_, row) => row));
    expect(faults.length).toBe(30_000);
    expect(
      faults.every(({ translation: { status, event } }) => status === 'abort' && event === undefined),
    ).toBe(true);
  });

  test('a batch that a callback puts through has its own', async () => {
    let nested: (() => void) | undefined;
    const smmu = await machine(false, { timing, onInterrupt: () => nested?.() });
    const [batch, inner] = [smmu.createBatch(6), smmu.createBatch(6)];
    fill(batch);
    fill(inner);
    let summary = '';
    nested = () => {
      nested = undefined;
      const { abort } = smmu.translateBatch(inner);
      summary = `${abort} aborted`;
    };
    expect(smmu.translateBatchFaults(batch).faults.map(({ row }) => row)).toEqual([1, 2, 4]);
    expect(summary).toBe('3 aborted');
  });
});
