import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Batch, FLAG_WRITE, HIT_MICRO, Smmu, STATUS_ABORT, STATUS_OK } from '../../src/index.js';
import { batchBytes } from '../../src/device/batch.js';
import { Machine, RAM } from '../support/machine.js';
import { stage1 } from '../support/streams.js';
import { s1Leaf } from '../support/encode.js';

const SID = 5;
const PAGES = 64;
const DATA = RAM + 0x40_0000n;

async function machine(): Promise<Machine> {
  const m = await Machine.create({ caches: 'mmu600-agilex5' });
  const { tables } = stage1(m, SID);
  for (let page = 0n; page < PAGES; page++) tables.map(page << 12n, DATA + (page << 12n), s1Leaf());
  return m;
}

/** Row i: an address that depends on i, some of them not mapped. */
const iovaOf = (row: number): bigint => BigInt((row * 7919) % (PAGES + 4)) * 4096n + BigInt((row % 60) * 64);

function fill(batch: Batch): void {
  for (let row = 0; row < batch.capacity; row++) {
    batch.streamId[row] = SID;
    batch.iova[row] = iovaOf(row);
    batch.size[row] = 64;
    batch.flags[row] = row % 3 === 0 ? FLAG_WRITE : 0;
  }
}

let m: Machine;
beforeEach(async () => {
  m = await machine();
});
afterEach(() => m.smmu.dispose());

describe('translateBatch', () => {
  test('gives the same results, statistics and state as single calls in order', async () => {
    const single = await machine();
    const batch = m.smmu.createBatch(500);
    fill(batch);
    const summary = m.smmu.translateBatch(batch);
    let ok = 0;
    for (let row = 0; row < 500; row++) {
      const t = single.translate(SID, iovaOf(row), { access: row % 3 === 0 ? 'write' : 'read' });
      const status = batch.status[row];
      if (t.status === 'ok') {
        ok++;
        expect(status & 0xff).toBe(STATUS_OK);
        expect(batch.pa[row]).toBe(t.pa);
        expect(1n << BigInt((status >> 16) & 0xff)).toBe(t.pageSize);
      } else {
        expect(status & 0xff).toBe(STATUS_ABORT);
        expect((status >> 8) & 0xff).toBe(t.event!.type);
      }
    }
    expect(summary).toEqual({ count: 500, ok, abort: 500 - ok, razWi: 0, stalled: 0 });
    expect(m.smmu.stats()).toEqual(single.smmu.stats());
    expect(m.events()).toEqual(single.events());
    single.smmu.dispose();
  });

  test('start and count choose rows, and the others stay as they are', () => {
    const batch = m.smmu.createBatch(10);
    fill(batch);
    batch.iova.fill(0n);
    batch.status.fill(0xffff_ffff);
    expect(m.smmu.translateBatch(batch, 3, 4).count).toBe(3);
    expect([...batch.status].map((s) => s === 0xffff_ffff)).toEqual(
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((row) => row < 4 || row > 6),
    );
    expect(batch.status[6] >>> 24).toBe(HIT_MICRO);
    expect(m.smmu.translateBatch(batch, 0)).toMatchObject({ count: 0, ok: 0 });
  });

  test('words are the same bytes', () => {
    const batch = m.smmu.createBatch(2);
    fill(batch);
    batch.iovaWords.set([0x1008, 0], 2);
    m.smmu.translateBatch(batch);
    expect(batch.iova[1]).toBe(0x1008n);
    expect(batch.paWords[2]).toBe(Number(batch.pa[1] & 0xffff_ffffn));
  });

  test('a row that crosses a page is refused by its number, after the rows before it', () => {
    const batch = m.smmu.createBatch(4);
    fill(batch);
    batch.iova.set([0n, 0n, 0xff0n, 0n]);
    expect(() => m.smmu.translateBatch(batch)).toThrow(
      'row 2: size 64 at iova 0xff0 crosses a 4 KiB boundary',
    );
    expect(m.smmu.stats().transactions).toBe(2);
    batch.iova[2] = 0n;
    batch.size[2] = 5000;
    expect(() => m.smmu.translateBatch(batch, 2, 2)).toThrow('row 2: size must be at most 4096, not 5000');
  });

  test('a row that crosses a page is refused wherever it stands, among misses and among hits', async () => {
    const rows = 11;
    for (let bad = 0; bad < rows; bad++) {
      const one = await machine();
      const batch = one.smmu.createBatch(rows);
      for (const times of [1, 2]) {
        for (let row = 0; row < rows; row++) {
          batch.streamId[row] = SID;
          batch.iova[row] = BigInt(row) * 4096n + (row === bad ? 0xfc1n : 0xfc0n);
          batch.size[row] = 64;
        }
        expect(() => one.smmu.translateBatch(batch)).toThrow(
          `row ${bad}: size 64 at iova 0x${(bad * 4096 + 0xfc1).toString(16)} crosses a 4 KiB boundary`,
        );
        expect(one.smmu.stats().transactions).toBe(bad * times);
      }
      one.smmu.dispose();
    }
  });

  test('callbacks run between rows, and may use the device', async () => {
    const seen: number[] = [];
    m.smmu.write32(0x50, 4); // IRQ_CTRL.EVENTQ_IRQEN
    const batch = m.smmu.createBatch(6);
    fill(batch);
    batch.iova.set([0n, 0x80_0000n, 0n, 0x80_0000n, 0n, 0n]);
    const push = m.interrupts.push.bind(m.interrupts);
    m.interrupts.push = (...sources: string[]) => {
      seen.push(m.events().length); // empties the queue: the next record is an edge again
      return push(...sources);
    };
    expect(m.smmu.translateBatch(batch)).toMatchObject({ ok: 4, abort: 2 });
    expect(seen).toEqual([1, 1]);
  });

  test('run is the same with times of zero', () => {
    const batch = m.smmu.createBatch(4);
    fill(batch);
    batch.iova.fill(0n);
    expect(m.smmu.run(batch, { outstanding: 8 })).toEqual({
      count: 4,
      ok: 4,
      abort: 0,
      razWi: 0,
      stalled: 0,
      start: 0n,
      end: 0n,
      cycles: 0,
      transactions: 4,
      faults: 0,
      latency: { mean: 0, p50: 0, p90: 0, p99: 0, p999: 0, max: 0 },
      effectiveTiming: false,
    });
    expect(() => m.smmu.run(batch, { outstanding: 0 })).toThrow(/^source\.outstanding must be between 1/);
  });
});

describe('batches in the core', () => {
  test('are given room until there is none, and give it back', async () => {
    const smmu = await Smmu.create({
      caches: false,
      timing: false,
      batchBytes: batchBytes(100) + batchBytes(50),
    });
    const a = smmu.createBatch(100);
    const b = smmu.createBatch(50);
    expect(() => smmu.createBatch(1)).toThrow(/^capacity 1 takes \d+ bytes, but no gap/);
    a.dispose();
    a.dispose();
    expect(() => a.iova).toThrow(/^this batch has been disposed of$/);
    expect(() => smmu.translateBatch(a)).toThrow(TypeError);
    const c = smmu.createBatch(90);
    c.iova.fill(~0n);
    b.streamId.fill(1);
    expect([...b.streamId]).toEqual(new Array(50).fill(1));
    c.dispose();
    expect([...smmu.createBatch(90).iova]).toEqual(new Array(90).fill(0n));
    expect(() => smmu.createBatch(0)).toThrow(/^capacity must be between 1/);
    smmu.dispose();
  });

  test('of another device, or none, are refused', async () => {
    const other = await Smmu.create({ caches: false, timing: false });
    const batch = other.createBatch(1);
    expect(() => m.smmu.translateBatch(batch)).toThrow(/of this device, not of another$/);
    expect(() => m.smmu.translateBatch({} as Batch)).toThrow(/^batch must come from createBatch/);
    expect(() => other.translateBatch(batch, 2)).toThrow(/^count must be between 0 and 1, not 2$/);
    expect(() => other.translateBatch(batch, 1, 1)).toThrow(/^count must be between 0 and 0, not 1$/);
    other.dispose();
  });
});
