// A memory that threads share: a device in it is as any other, and devices of two threads see one RAM.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from '@jest/globals';
import { withSharedMemory } from '../../src/core/shared-core.js';
import { Smmu, type SmmuOptions } from '../../src/index.js';

const PAGE = 65536;
const RAM = 0x4000_0000n;
const SIZES: SmmuOptions = { timing: false, batchBytes: 68 * 64, caches: 'minimal', ram: [] };
const corePages = Math.ceil(Smmu.coreBytes(SIZES) / PAGE);

function machine(shared: boolean, devices = 1) {
  const pages = devices * corePages + 16;
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages + 16, shared });
  const ram = [{ base: RAM, size: 16 * PAGE, offset: devices * corePages * PAGE }];
  return { memory, ram };
}

async function device(shared: boolean) {
  const { memory, ram } = machine(shared);
  const smmu = await Smmu.create({ ...SIZES, memory, coreBase: 0, ram });
  smmu.memory.write64(RAM, 0xdn); // STE 0: valid, stage 2 translates
  smmu.memory.write64(RAM + 0x10n, 0x040d_0059_0000_0000n);
  smmu.memory.write64(RAM + 0x18n, RAM + 0x1000n);
  smmu.memory.write64(RAM + 0x1000n, RAM | 0x4fdn); // level 1: the first GiB
  smmu.write64(0x80, RAM);
  smmu.write32(0x20, 1);
  return smmu;
}

describe('a device in a shared memory', () => {
  test('answers as one in a memory of its own thread, in every way', async () => {
    const [shared, own] = await Promise.all([device(true), device(false)]);
    for (const smmu of [shared, own]) {
      expect(smmu.translate({ streamId: 0, iova: 0x9008n })).toMatchObject({
        status: 'ok',
        pa: RAM + 0x9008n,
      });
      expect(smmu.lookup(0, 0x9010, 0)).toBe(Number(RAM) + 0x9010);
      expect(smmu.dmaWrite(0, 0x9000n, Uint8Array.of(1, 2, 3)).status).toBe('ok');
      const batch = smmu.createBatch(64);
      batch.iova.fill(0x2_0000_0000n);
      expect(smmu.translateBatch(batch)).toMatchObject({ abort: 64 });
    }
    expect(shared.stats()).toEqual(own.stats());
    expect(shared.memory.read(RAM + 0x9000n, 3)).toEqual(Uint8Array.of(1, 2, 3));
  });

  test('its snapshots are of the same build', async () => {
    const [shared, own] = await Promise.all([device(true), device(false)]);
    shared.write32(0x50, 4); // IRQ_CTRL.EVENTQ_IRQEN
    own.restore(shared.save());
    expect(own.read32(0x50)).toBe(4);
  });

  test('a compiled module cannot be changed, and is refused in one sentence', async () => {
    const module = await WebAssembly.compile(await readFile('dist/core.wasm'));
    const { memory, ram } = machine(true);
    await expect(Smmu.create({ ...SIZES, memory, coreBase: 0, ram, module })).rejects.toThrow(
      /^module must be bytes or a Response when memory is shared/,
    );
  });

  test('what is no module is left to be refused as one', () => {
    expect(withSharedMemory(new Uint8Array(8))).toBeUndefined();
    expect(withSharedMemory(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 2, 0xff, 0xff))).toBeUndefined();
  });
});

test('devices of two threads over one RAM', async () => {
  const { memory, ram } = machine(true, 2);
  const mine = await Smmu.create({ ...SIZES, memory, coreBase: 0, ram });
  mine.dmaWrite(0, RAM + 0x8000n, new TextEncoder().encode('across')); // not enabled: passes unchanged
  const script = `
    import { workerData, parentPort } from 'node:worker_threads';
    import { Smmu } from '${pathToFileURL(join(process.cwd(), 'dist/lib/index.js')).href}';
    const { sizes, memory, ram, coreBase } = workerData;
    const smmu = await Smmu.create({ ...sizes, memory, ram, coreBase });
    const bytes = new Uint8Array(6);
    smmu.dmaRead(0, ${RAM}n + 0x8000n, bytes);
    smmu.dmaWrite(0, ${RAM}n + 0x9000n, bytes.reverse());
    parentPort.postMessage(smmu.stats().transactions);
  `;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(script)}`), {
    workerData: { sizes: SIZES, memory, ram, coreBase: corePages * PAGE },
  });
  const transactions = await new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  await worker.terminate();
  expect(transactions).toBe(2);
  const seen = new Uint8Array(6);
  mine.dmaRead(0, RAM + 0x9000n, seen);
  expect(new TextDecoder().decode(seen)).toBe('ssorca');
  expect(mine.stats().transactions).toBe(2);
});
