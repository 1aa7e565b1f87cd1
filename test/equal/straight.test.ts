/**
 * A walk in a straight line (walk/straight.ts) is left to the machine where something about it is unusual: calls one at a time, whose
 * configuration is cached, and rows of nested streams with a TLB, which have no loop of their own.
 */
import { afterEach, expect, test } from '@jest/globals';
import * as Flag from '../../assembly/abi/flag.js';
import type { CacheConfig } from '../../src/index.js';
import { cmd, s1Leaf, s2Leaf } from '../support/encode.js';
import { F_ADDR_SIZE } from '../support/events.js';
import { RAM, RAM_BYTES } from '../support/machine.js';
import { nested, RAM_TO_GUEST, stage1, stage2 } from '../support/streams.js';
import { Pair } from './pair.js';

const VA = 0x40_0000n;
const OUTPUT = 0x10_0000_0000n;
const PAGE = 0x1000n;
const configCache = { entries: 16, ways: 4, policy: 'round-robin' } as const;
const mainTlb = { entries: 64, ways: 4, policy: 'round-robin' } as const;

let pair: Pair | undefined;
afterEach(() => {
  pair?.dispose();
  pair = undefined;
});

async function devices(caches: CacheConfig): Promise<Pair> {
  pair = await Pair.create({ caches, timing: false });
  return pair;
}

/** A look-up of both devices; the address, or -1. */
function looked(on: Pair, streamId: number, iova: bigint, flags = 0): number {
  const [short, long] = [on.short, on.long].map((smmu) => smmu.lookup(streamId, Number(iova), flags));
  expect(short).toBe(long);
  return short;
}

test('each of the two bits that forbid execution does (DDI 0487 D8.4.1 UXN, PXN, XN[1:0])', async () => {
  const on = await devices({ configCache });
  const { tables } = stage1(on.machine, 1);
  const two = stage2(on.machine, 2);
  for (let n = 0n; n < 4n; n++) {
    tables.map(VA + n * PAGE, OUTPUT, s1Leaf({ ap: n === 2n ? 0 : 1 }) | (n << 53n));
    two.map(VA + n * PAGE, OUTPUT, s2Leaf({ xn: Number(n) }));
  }
  const fetch = (sid: number, flags: number): boolean[] =>
    [0n, 1n, 2n, 3n].map((n) => looked(on, sid, VA + n * PAGE, Flag.INSTRUCTION | flags) >= 0);
  for (let time = 0; time < 2; time++) {
    expect(looked(on, 1, VA)).toBe(Number(OUTPUT));
    expect(looked(on, 2, VA)).toBe(Number(OUTPUT));
    expect(fetch(1, 0)).toEqual([true, true, false, false]);
    // The first two may be written without privilege.
    expect(fetch(1, Flag.PRIVILEGED)).toEqual([false, false, true, false]);
    expect(fetch(2, 0)).toEqual([true, true, false, false]);
  }
});

test('an access flag of 0 faults (IHI 0070 §3.13.1)', async () => {
  const on = await devices({ configCache });
  const { tables } = stage1(on.machine, 1);
  tables.map(VA, OUTPUT, s1Leaf());
  tables.map(VA + PAGE, OUTPUT, s1Leaf({ af: 0 }));
  for (let time = 0; time < 2; time++) {
    expect(looked(on, 1, VA)).toBe(Number(OUTPUT));
    expect(looked(on, 1, VA + PAGE)).toBe(-1);
  }
});

test.each([
  ['no TLBs', { configCache }],
  ['a main TLB', { configCache, mainTlb }],
  ['walk caches', { configCache, mainTlb, walkCaches: { s1: [mainTlb, mainTlb, mainTlb, mainTlb] } }],
] as const)(
  'a table beyond the output size is an Address size fault, where it lies in the window of those before (IHI 0070 §3.4.1), with %s',
  async (_, caches) => {
    const at = 0xffe0_0000n; // a window that goes on above 4 GiB
    const ram = [
      { base: RAM, size: RAM_BYTES },
      { base: at, size: 4 << 20 },
    ];
    const on = (pair = await Pair.create({ caches, timing: false, ram }));
    const [beyond, under] = [VA + (1n << 21n), VA];
    const output = 0x2000_0000n;
    for (const streamId of [1, 2]) stage1(on.machine, streamId, { cdFields: { TTB0: at, IPS: 0 } });
    for (const { memory } of [on.short, on.long]) {
      const table = (place: bigint, index: bigint, next: bigint): void =>
        memory.write64(place + 8n * index, next | 3n);
      table(at, 0n, at + 0x1000n);
      table(at + 0x1000n, 0n, at + 0x2000n);
      table(at + 0x2000n, under >> 21n, at + 0x3000n);
      table(at + 0x2000n, beyond >> 21n, 1n << 32n);
      for (const leaves of [at + 0x3000n, 1n << 32n])
        for (let n = 0n; n < 4n; n++) memory.write64(leaves + 8n * n, s1Leaf() | 3n | (output + n * PAGE));
    }
    for (let time = 0n; time < 2n; time++) {
      expect(looked(on, 1, under + time * PAGE)).toBe(Number(output + time * PAGE));
      expect(looked(on, 1, beyond + time * PAGE)).toBe(-1);
      on.compareState();
    }
    // As a run of one stream, and of several.
    for (const streams of [
      [1, 1],
      [1, 2],
    ]) {
      on.machine.command(cmd.nsnhAll(), cmd.sync());
      on.fill([
        { streamId: streams[0], iova: under, flags: 0 },
        { streamId: streams[1], iova: under + PAGE, flags: 0 },
        { streamId: streams[0], iova: under + 2n * PAGE, flags: 0 },
        { streamId: streams[1], iova: beyond + 3n * PAGE, flags: 0 },
      ]);
      on.run('batch', [4]);
      expect(on.outputs().slice(0, 3)).toEqual([0n, 1n, 2n].map((n) => output + n * PAGE));
      expect(on.machine.events().at(-1)![0] & 0xffn).toBe(BigInt(F_ADDR_SIZE));
      on.compareState();
    }
  },
);

test('without ASIDs no entry is global (IHI 0070 §5.4 ASID, §5.2 STRW)', async () => {
  const on = await devices({ configCache, mainTlb });
  const { tables } = stage1(on.machine, 1, { steFields: { STRW: 2 } });
  for (let n = 0n; n < 8n; n++) tables.map(VA + n * PAGE, OUTPUT + n * PAGE, s1Leaf({ nG: 0 }));
  for (let n = 0n; n < 8n; n++) {
    expect(looked(on, 1, VA + n * PAGE)).toBe(Number(OUTPUT + n * PAGE));
    on.compareState();
  }
});

test('a leaf larger than the output size of stage 2 counts as so large (IHI 0070 §3.4)', async () => {
  const on = await devices({ configCache, mainTlb });
  // Sixteen blocks of 1 GiB are a group, to themselves; S2PS is 32 bits.
  const tables = stage2(on.machine, 1, { tsz: 24, steFields: { S2PS: 0 } });
  const blocks = 4n;
  for (let n = 0n; n < blocks; n++) tables.map(n << 30n, n << 30n, s2Leaf({ contiguous: 1 }), 1);
  for (const iova of [0x4123_4000n, 0x9123_4000n, 0xd123_4000n]) {
    on.machine.command(cmd.nsnhAll(), cmd.sync());
    on.fill([{ streamId: 1, iova, flags: 0 }]);
    on.run('batch', [1]);
    expect(on.outputs()).toEqual([iova]);
    on.compareState();
  }
});

test('what stage 2 makes of one page of stage 1 tables is not that of another (walk/table-pages.ts)', async () => {
  const on = await devices({ configCache, mainTlb });
  const m = on.machine;
  const { tables } = nested(m, 1, { ramLevel: 3 });
  const other = VA + (1n << 21n);
  tables.map(VA, OUTPUT, s1Leaf());
  const first = tables.slot(VA, 3) >> 12n;
  m.alloc(4096 * 63, 4096);
  tables.map(other, OUTPUT, s1Leaf());
  expect((tables.slot(other, 3) >> 12n) - first).toBe(64n); // the same line
  const vas = [0n, 1n, 2n, 3n].flatMap((n) => [VA + n * PAGE, other + n * PAGE]);
  vas.forEach((va, i) => tables.map(va, 0x8000_0000n + BigInt(i) * PAGE, s1Leaf()));
  on.fill(vas.map((iova) => ({ streamId: 1, iova, flags: 0 })));
  on.run('batch', [vas.length]);
  expect(on.outputs()).toEqual(vas.map((_, i) => 0x4000_0000n + BigInt(i) * PAGE));
  on.compareState();
});

test('what stage 2 made of a page is not believed in the next call (IHI 0070 §3.21.1)', async () => {
  const on = await devices({ configCache, mainTlb });
  const m = on.machine;
  const { tables, s2 } = nested(m, 1, { ramLevel: 3 });
  const outputs = [0x8_0000_0000n, 0x8_0000_1000n];
  for (const output of outputs) s2.map(output, OUTPUT + (output & 0xffffn), s2Leaf());
  tables.map(VA, outputs[0], s1Leaf());
  const leaf = tables.slot(VA, 3);
  const copy = m.alloc(4096, 4096);
  for (const { memory } of [on.short, on.long])
    memory.write64(copy + (leaf & 0xfffn), (memory.read64(leaf) & 0xfffn) | outputs[1]);
  on.fill([{ streamId: 1, iova: VA, flags: 0 }]);
  for (let time = 0; time < 2; time++) {
    on.run('batch', [1]);
    expect(on.outputs()).toEqual([OUTPUT]);
    m.command(cmd.nsnhAll(), cmd.sync());
  }
  s2.map((leaf & ~0xfffn) + RAM_TO_GUEST, copy, s2Leaf());
  m.command(cmd.nsnhAll(), cmd.sync());
  on.run('batch', [1]);
  expect(on.outputs()).toEqual([OUTPUT + PAGE]);
});
