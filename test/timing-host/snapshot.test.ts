import { expect, test } from '@jest/globals';
import { type Smmu, Smmu as Device, type Translation } from '../../src/index.js';
import { identification, RAM, RAM_BYTES } from '../support/machine.js';
import { gem5, SID, timedMachine } from './timed-machine.js';

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.from(a).equals(Buffer.from(b));

function submitMany(smmu: Smmu): void {
  for (let i = 0; i < 200; i++) {
    smmu.submit({
      streamId: SID,
      iova: BigInt((i * 7919) % 310) << 12n,
      access: i % 3 === 0 ? 'write' : 'read',
      requester: i % 5,
    });
  }
}

test('a device saved with transactions in flight continues bit for bit', async () => {
  const timing = gem5(100);
  const a = (await timedMachine(timing)).smmu;
  submitMany(a);
  a.advance(1000n);
  const snapshot = a.save({ ram: true });
  const b = await Device.create({
    id: await identification(),
    ram: [{ base: RAM, size: RAM_BYTES }],
    timing,
  });
  b.restore(snapshot);
  expect(b.now).toBe(1000n);
  expect(b.nextEvent()).toBe(a.nextEvent());
  for (const smmu of [a, b]) {
    smmu.advance(3000n);
    smmu.submit({ streamId: SID, iova: 0x3000n });
    smmu.advance(50_000n);
  }
  const [left, right]: Translation[][] = [[], []];
  expect(a.poll(left)).toBe(201);
  expect(b.poll(right)).toBe(201);
  expect(right).toEqual(left);
  expect(b.stats()).toEqual(a.stats());
  expect(same(b.save({ ram: true }), a.save({ ram: true }))).toBe(true);
  a.dispose();
  b.dispose();
});

test('reset empties the pipeline and starts the clock again', async () => {
  const { smmu } = await timedMachine(gem5(100));
  submitMany(smmu);
  smmu.advance(500n);
  smmu.reset();
  expect([smmu.now, smmu.nextEvent(), smmu.poll([])]).toEqual([0n, null, 0]);
  expect(smmu.stats().timing).toMatchObject({ transactions: 0, cycles: 0 });
  expect(smmu.translate({ streamId: SID, iova: 0n })).toMatchObject({ accepted: 1n });
  smmu.dispose();
});

test('another timing is another configuration', async () => {
  const [a, b] = [await timedMachine(gem5(100)), await timedMachine(gem5(37))];
  const off = await timedMachine(false, { caches: 'gem5-default' });
  expect(() => b.smmu.restore(a.smmu.save())).toThrow(/another configuration/);
  expect(() => off.smmu.restore(a.smmu.save())).toThrow(/another configuration/);
  for (const { smmu } of [a, b, off]) smmu.dispose();
});
