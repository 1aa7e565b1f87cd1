import { expect, test } from '@jest/globals';
import type { Smmu, Translation } from '../../src/index.js';
import { R } from '../support/machine.js';
import { gem5, PAGES, SID, timedMachine } from './timed-machine.js';

const FAR = PAGES << 12n; // not mapped

test('an interrupt is delivered at its cycle, and its handler may use the device', async () => {
  const seen: bigint[] = [];
  const nested: Translation[] = [];
  const device: { smmu?: Smmu } = {};
  const m = await timedMachine(gem5(100), {
    onInterrupt: () => {
      const smmu = device.smmu!;
      seen.push(smmu.now);
      smmu.write32(R.EVENTQ_CONS, smmu.read32(R.EVENTQ_PROD)); // the next record is an edge again
      if (nested.length === 0) nested.push(smmu.translate({ streamId: SID, iova: 0x7000n }));
      smmu.submit({ streamId: SID, iova: 0x8000n });
    },
  });
  const { smmu } = m;
  device.smmu = smmu;
  smmu.write32(R.IRQ_CTRL, 4); // EVENTQ_IRQEN

  smmu.submit({ streamId: SID, iova: FAR });
  smmu.advance(100_000n);
  expect(seen).toHaveLength(1);
  expect(seen[0]).toBeLessThan(2000n);
  expect(smmu.now).toBe(100_000n);
  expect(nested).toMatchObject([{ status: 'ok' }]);

  nested.length = 0;
  const batch = smmu.createBatch(64);
  batch.streamId.fill(SID);
  batch.iova.set(Array.from({ length: 64 }, (_, i) => BigInt(i) << 12n));
  batch.iova[3] = FAR;
  batch.iova[50] = FAR;
  expect(smmu.translateBatch(batch)).toMatchObject({ count: 64, ok: 62, abort: 2 });
  expect(nested).toMatchObject([{ status: 'ok' }]);
  // The nested call ended the rows first: nothing of them is newer than its own answer.
  expect(batch.completion.every((at) => at > 0n && at <= nested[0].accepted)).toBe(true);
  expect(seen.length).toBeGreaterThanOrEqual(2);
  expect(smmu.poll([])).toBeGreaterThanOrEqual(1);
  smmu.dispose();
});

test('what a callback throws is thrown when all rows are done', async () => {
  const m = await timedMachine(gem5(0), {
    onInterrupt: () => {
      throw new Error('from the handler');
    },
  });
  m.smmu.write32(R.IRQ_CTRL, 4);
  const batch = m.smmu.createBatch(8);
  batch.streamId.fill(SID);
  batch.iova[0] = FAR;
  expect(() => m.smmu.translateBatch(batch)).toThrow('from the handler');
  expect([...batch.status].map((word) => word & 0xff)).toEqual([1, 0, 0, 0, 0, 0, 0, 0]);
  expect(m.smmu.translate({ streamId: SID, iova: 0n }).status).toBe('ok');
  m.smmu.dispose();
});
