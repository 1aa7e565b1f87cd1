/**
 * Batches remember what stage 2 makes of pages of stage 1 tables (walk/table-pages.ts) only while nothing can have changed: not from one
 * call to the next, nor past a row that the state machine has done. Nothing but configurations is cached here, so that a change of the
 * tables shows at once (IHI 0070 §3.21.1).
 */
import { expect, test } from '@jest/globals';
import type { Batch, Bus, CacheConfig } from '../../src/index.js';
import { s1Leaf, s2Leaf } from '../support/encode.js';
import { Machine, TIMING } from '../support/machine.js';
import { type Nested, nested, RAM_TO_GUEST, stage1 } from '../support/streams.js';

const NESTED = 1;
const OTHER = 2;
const VA = 0x1234_5000n;
const [BEFORE, AFTER] = [0x8_0000_0000n, 0x8_0000_1000n];
const [OUTPUT_BEFORE, OUTPUT_AFTER] = [0x10_0000_0000n, 0x20_0000_0000n];
const BUS = 0x1_0000_0000n;
const caches: CacheConfig = { configCache: { entries: 16, ways: 4, policy: 'round-robin' } };

/** A guest's page; `move` has stage 2 lead to another table of stage 1, whose leaf is another. */
function guest(m: Machine): { stream: Nested; move: () => void } {
  const stream = nested(m, NESTED, { ramLevel: 3 });
  stream.s2.map(BEFORE, OUTPUT_BEFORE, s2Leaf(), 3);
  stream.s2.map(AFTER, OUTPUT_AFTER, s2Leaf(), 3);
  stream.tables.map(VA, BEFORE, s1Leaf());
  const leaf = stream.tables.slot(VA, 3);
  const table = leaf & ~0xfffn;
  const other = m.alloc(4096);
  m.smmu.memory.write64(other + (leaf & 0xfffn), (m.smmu.memory.read64(leaf) & 0xfffn) | AFTER);
  const move = (): void => {
    stream.s2.map(table + RAM_TO_GUEST, other, s2Leaf(), 3);
  };
  return { stream, move };
}

function fill(batch: Batch, rows: readonly (readonly [streamId: number, iova: bigint])[]): void {
  rows.forEach(([streamId, iova], i) => {
    batch.streamId[i] = streamId;
    batch.iova[i] = iova;
    batch.size[i] = 1;
  });
}

const nestedRows = Array.from({ length: 8 }, () => [NESTED, VA] as const);

test('a call sees stage 2 as it is, whatever the call before walked', async () => {
  const m = await Machine.create({ caches });
  const { move } = guest(m);
  const batch = m.smmu.createBatch(nestedRows.length);
  fill(batch, nestedRows);
  m.smmu.translateBatch(batch);
  expect([...batch.pa]).toEqual(nestedRows.map(() => OUTPUT_BEFORE));
  move();
  m.smmu.translateBatch(batch);
  expect([...batch.pa]).toEqual(nestedRows.map(() => OUTPUT_AFTER));
});

(TIMING === false ? test : test.skip)(
  'a row that the machine does may change what later rows find',
  async () => {
    let onBus = (): void => undefined;
    const words = new Map<bigint, bigint>();
    const bus: Bus = {
      read(pa, bytes) {
        onBus();
        new DataView(bytes.buffer, bytes.byteOffset, bytes.length).setBigUint64(
          0,
          words.get(BigInt(pa)) ?? 0n,
          true,
        );
        return true;
      },
      write: () => false,
    };
    const m = await Machine.create({ caches, bus });
    const { move } = guest(m);
    // Its tables are the embedder's: a walk calls for them, and what is called changes the guest's.
    const other = stage1(m, OTHER);
    words.set(BUS, (OUTPUT_BEFORE & ~0xfffn) | s1Leaf() | 3n);
    other.tables.raw(VA & ~0x1f_ffffn, 2, BUS | 3n);
    words.set(BUS + ((VA >> 12n) & 511n) * 8n, OUTPUT_BEFORE | s1Leaf() | 3n);
    const rows = [...nestedRows, [OTHER, VA] as const, ...nestedRows];
    const batch = m.smmu.createBatch(rows.length);
    fill(batch, rows);
    m.smmu.translateBatch(batch);
    onBus = () => move();
    m.smmu.translateBatch(batch);
    expect([...batch.pa]).toEqual(
      rows.map((_, i) => (i <= nestedRows.length ? OUTPUT_BEFORE : OUTPUT_AFTER)),
    );
  },
);
