/**
 * Runs of walks (translate/runs.ts, translate/alike.ts) end before a row that is not such as those before it, wherever in the run that
 * row stands: rows are looked at four at a time, and what remains one by one.
 */
import { afterEach, expect, test } from '@jest/globals';
import * as Flag from '../../assembly/abi/flag.js';
import type { CacheConfig } from '../../src/index.js';
import { s1Leaf, TG0 } from '../support/encode.js';
import { MAIR, stage1 } from '../support/streams.js';
import { Pair, type Row } from './pair.js';

const ROWS = 11;
const VA = 0x40_0000n;
const OUTPUT = 0x10_0000_0000n;
const OTHER_OUTPUT = 0x20_0000_0000n;
const configCache = { entries: 16, ways: 4, policy: 'round-robin' } as const;
const mainTlb = { entries: 64, ways: 4, policy: 'round-robin' } as const;
const level = { entries: 16, ways: 4, policy: 'round-robin' } as const;

/** Each is taken by another form of the loop. */
const CACHES: readonly (readonly [string, CacheConfig])[] = [
  ['nothing but configurations cached', { configCache }],
  ['a TLB', { configCache, mainTlb }],
  [
    'two TLBs and walk caches',
    {
      configCache,
      mainTlb,
      microTlb: { entries: 16, ways: 'full', policy: 'round-robin' },
      walkCaches: { s1: [level, level, level, level] },
    },
  ],
];
const positions = Array.from({ length: ROWS }, (_, n) => n);

let pair: Pair | undefined;
afterEach(() => {
  pair?.dispose();
  pair = undefined;
});

async function untimed(caches: CacheConfig): Promise<Pair> {
  pair = await Pair.create({ caches, timing: false });
  return pair;
}

/** Streams of their own for each position. */
const sidOf = (odd: number): number => 2 * odd;

/** Cold, then as the caches have it. */
function through(devices: Pair, rows: readonly Row[]): bigint[] {
  devices.fill(rows);
  devices.run('batch', [ROWS]);
  const cold = devices.outputs();
  devices.run('batch', [ROWS]);
  expect(devices.outputs()).toEqual(cold);
  return cold;
}

const page = (n: number): bigint => BigInt(n) << 12n;

test.each(CACHES)('a row of another substream, with %s (IHI 0070 §3.3.2)', async (_, caches) => {
  const devices = await untimed(caches);
  for (const odd of positions) {
    const sid = sidOf(odd);
    const m = devices.machine;
    const table = m.alloc(64 << 3);
    m.ste(sid, { Config: 5, S1ContextPtr: table, S1CDMax: 3, S1DSS: 2 });
    for (const [ssid, output] of [
      [1, OUTPUT],
      [2, OTHER_OUTPUT],
    ] as const) {
      const tables = m.tables({ granule: 12, tsz: 16 });
      const fields = { V: 1, AA64: 1, IPS: 5, R: 1, A: 1, MAIR, T0SZ: 16, TG0: TG0[12], EPD1: 1 };
      m.cd(table + BigInt(ssid * 64), { ...fields, ASID: 2 * sid + ssid, TTB0: tables.root });
      for (const n of positions) tables.map(VA + page(n), output + page(n), s1Leaf({ nG: 1 }));
    }
    const rows = positions.map((n) => ({
      streamId: sid,
      substreamId: n === odd ? 2 : 1,
      iova: VA + page(n),
      flags: Flag.SSV,
    }));
    expect(through(devices, rows)).toEqual(
      positions.map((n) => (n === odd ? OTHER_OUTPUT : OUTPUT) + page(n)),
    );
  }
  devices.compareState();
});

test.each(CACHES)('a row of another stream, with %s', async (_, caches) => {
  const devices = await untimed(caches);
  for (const odd of positions) {
    const sid = sidOf(odd);
    for (const [one, output] of [
      [sid, OUTPUT],
      [sid + 1, OTHER_OUTPUT],
    ] as const) {
      const { tables } = stage1(devices.machine, one, { cdFields: { ASID: 1 + one } });
      for (const n of positions) tables.map(VA + page(n), output + page(n), s1Leaf({ nG: 1 }));
    }
    const rows = positions.map((n) => ({
      streamId: n === odd ? sid + 1 : sid,
      iova: VA + page(n),
      flags: 0,
    }));
    expect(through(devices, rows)).toEqual(
      positions.map((n) => (n === odd ? OTHER_OUTPUT : OUTPUT) + page(n)),
    );
  }
  devices.compareState();
});

test.each(CACHES)('a write among reads of pages that are not to be written, with %s', async (_, caches) => {
  const devices = await untimed(caches);
  for (const odd of positions) {
    const sid = sidOf(odd);
    const { tables } = stage1(devices.machine, sid);
    for (const n of positions) tables.map(VA + page(n), OUTPUT + page(n), s1Leaf({ ap: 3 }));
    const rows = positions.map((n) => ({
      streamId: sid,
      iova: VA + page(n),
      flags: n === odd ? Flag.WRITE : 0,
    }));
    devices.fill(rows);
    devices.run('batch', [ROWS]);
    expect(devices.faults()).toEqual(positions.map((n) => n === odd));
  }
  devices.compareState();
});

test.each(CACHES)('a global page, which another ASID hits too, with %s (DDI 0487 nG)', async (_, caches) => {
  const devices = await untimed(caches);
  for (const odd of positions) {
    const sid = sidOf(odd);
    const m = devices.machine;
    const { tables } = stage1(m, sid, { cdFields: { ASID: 1 + sid } });
    for (const n of positions) tables.map(VA + page(n), OUTPUT + page(n), s1Leaf({ nG: n === odd ? 0 : 1 }));
    // The same tables by another ASID, where the global page alone may be found.
    const other = m.alloc(64);
    const fields = { V: 1, AA64: 1, IPS: 5, R: 1, A: 1, MAIR, T0SZ: 16, TG0: TG0[12], EPD1: 1 };
    m.cd(other, { ...fields, ASID: 2 + sid, TTB0: tables.root });
    m.ste(sid + 1, { Config: 5, S1ContextPtr: other });
    const rowsOf = (streamId: number): Row[] =>
      positions.map((n) => ({ streamId, iova: VA + page(n), flags: 0 }));
    through(devices, rowsOf(sid));
    expect(through(devices, rowsOf(sid + 1))).toEqual(positions.map((n) => OUTPUT + page(n)));
  }
  devices.compareState();
});
