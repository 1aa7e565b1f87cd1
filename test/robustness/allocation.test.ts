/** Nothing is allocated after creation: linear memory keeps its size, and the hot paths make no JavaScript objects. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { Smmu, type Batch } from '../../src/index.js';
import { cmd, s1Leaf } from '../support/encode.js';
import type { Machine } from '../support/machine.js';
import { RAM, RAM_BYTES } from '../support/machine.js';
import { stage1 } from '../support/streams.js';
import { machineOver } from '../host/machine-over.js';

const PAGES = 64;
const SID = 1;
const OUT = 0x1_0000_0000n;
const ROUNDS = 200_000;
/** A boxed double, which code that V8 has not optimised yet makes of every result; an object would take 24 and more. */
const BYTES_PER_CALL = 20;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes of JavaScript heap that `work` leaves, garbage included, per call. */
function heapPerCall(calls: number, work: () => void): number {
  work(); // compiled and warm
  let least = Infinity;
  for (let i = 0; i < 5; i++) {
    collect();
    const before = process.memoryUsage().heapUsed;
    work();
    least = Math.min(least, Math.max(0, process.memoryUsage().heapUsed - before));
  }
  return least / calls;
}

async function machine(caches: 'mmu600-agilex5' | false): Promise<Machine> {
  const smmu = await Smmu.create({ caches, timing: false, ram: [{ base: RAM, size: RAM_BYTES }] });
  const m = machineOver(smmu);
  const { tables } = stage1(m, SID);
  for (let i = 0n; i < BigInt(PAGES); i++) tables.map(i << 12n, OUT + (i << 12n), s1Leaf());
  return m;
}

function fill(batch: Batch): void {
  for (let i = 0; i < batch.capacity; i++) {
    batch.iova[i] = BigInt(i % PAGES) << 12n;
    batch.streamId[i] = SID;
    batch.size[i] = 64;
  }
}

describe.each(['mmu600-agilex5', false] as const)('with caches: %s', (caches) => {
  let m: Machine;
  beforeAll(async () => {
    m = await machine(caches);
  });

  test('lookup makes no objects', () => {
    const { smmu } = m;
    let last = 0;
    const bytes = heapPerCall(ROUNDS, () => {
      for (let i = 0; i < ROUNDS; i++) last = smmu.lookup(SID, (i % PAGES) * 4096, 0);
    });
    expect(last).toBe(Number(OUT) + ((ROUNDS - 1) % PAGES) * 4096);
    process.stderr.write(`lookup: ${bytes.toFixed(2)} bytes of heap a call\n`);
    expect(bytes).toBeLessThan(BYTES_PER_CALL);
  });

  test('lookupWords makes no objects', () => {
    const { smmu } = m;
    let last = 0;
    const bytes = heapPerCall(ROUNDS, () => {
      for (let i = 0; i < ROUNDS; i++) last = smmu.lookupWords(SID, (i % PAGES) * 4096, 0, 0);
    });
    expect(last).toBe(Number(OUT) + ((ROUNDS - 1) % PAGES) * 4096);
    process.stderr.write(`lookupWords: ${bytes.toFixed(2)} bytes of heap a call\n`);
    expect(bytes).toBeLessThan(BYTES_PER_CALL);
  });

  test('translateBatch makes no objects for its rows', () => {
    const { smmu } = m;
    const batch = smmu.createBatch(20_000);
    fill(batch);
    let ok = 0;
    const rounds = ROUNDS / batch.capacity;
    const bytes = heapPerCall(ROUNDS, () => {
      for (let i = 0; i < rounds; i++) ok = smmu.translateBatch(batch).ok;
    });
    expect(ok).toBe(batch.capacity);
    process.stderr.write(`translateBatch: ${bytes.toFixed(2)} bytes of heap a row\n`);
    expect(bytes).toBeLessThan(1);
    batch.dispose();
  });
});

test('a lent memory keeps its size and its buffer through a whole run', async () => {
  const ram = [{ base: RAM, size: RAM_BYTES, offset: 0 }];
  const options = { timing: false, batchBytes: 65536, ram } as const;
  const bytes = RAM_BYTES + Smmu.coreBytes(options);
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / 65536) });
  const { buffer } = memory;
  const smmu = await Smmu.create({ ...options, memory, coreBase: RAM_BYTES });
  const m = machineOver(smmu);
  const { tables } = stage1(m, SID);
  for (let i = 0n; i < 2000n; i++) {
    tables.map(i << 12n, OUT + (i << 12n), s1Leaf());
    m.expectOk(SID, i << 12n, OUT + (i << 12n));
    m.translate(SID, (i + 5000n) << 12n); // faults
    if (i % 50n === 0n) m.command(cmd.nhVa(0, 0, i << 12n), cmd.cfgiAll(), cmd.nsnhAll());
    m.events();
  }
  expect(memory.buffer).toBe(buffer);
  expect(buffer.byteLength).toBe(Math.ceil(bytes / 65536) * 65536);
  smmu.dispose();
});
