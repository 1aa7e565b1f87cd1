/**
 * Runs of walks (translate/runs.ts, translate/alike.ts) end before a row that is not such as those before it, wherever in the run that
 * row stands: rows are looked at four at a time, and what remains one by one.
 */
import { afterEach, expect, test } from '@jest/globals';
import * as Flag from '../../assembly/abi/flag.js';
import type { CacheConfig } from '../../src/index.js';
import { s1Leaf, s2Leaf, TG0 } from '../support/encode.js';
import { MAIR, nested, stage1 } from '../support/streams.js';
import type { Tables } from '../support/tables.js';
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
  // A device for each: where a global entry is there already, no run begins.
  for (const odd of [1, 4, 7, 10]) {
    const devices = await untimed(caches);
    const m = devices.machine;
    const sid = sidOf(odd);
    const { tables } = stage1(m, sid, { cdFields: { ASID: 1 } });
    for (const n of positions) tables.map(VA + page(n), OUTPUT + page(n), s1Leaf({ nG: n === odd ? 0 : 1 }));
    // The same tables by another ASID, where the global page alone may be found.
    const other = m.alloc(64);
    const fields = { V: 1, AA64: 1, IPS: 5, R: 1, A: 1, MAIR, T0SZ: 16, TG0: TG0[12], EPD1: 1 };
    m.cd(other, { ...fields, ASID: 2, TTB0: tables.root });
    m.ste(sid + 1, { Config: 5, S1ContextPtr: other });
    const rowsOf = (streamId: number): Row[] =>
      positions.map((n) => ({ streamId, iova: VA + page(n), flags: 0 }));
    through(devices, rowsOf(sid));
    devices.compareState();
    expect(through(devices, rowsOf(sid + 1))).toEqual(positions.map((n) => OUTPUT + page(n)));
    devices.compareState();
    devices.dispose();
    pair = undefined;
  }
});

test('a global page that the main TLB alone has, among hits of the loop, counts as global in the micro TLB (§3.17)', async () => {
  const microTlb = { entries: 16, ways: 'full', policy: 'plru' } as const;
  const devices = await untimed({ configCache, mainTlb: { ...mainTlb, entries: 256 }, microTlb });
  const m = devices.machine;
  const { tables } = stage1(m, 1, { cdFields: { ASID: 1 } });
  const pages = Array.from({ length: 64 }, (_, n) => n);
  for (const n of pages) tables.map(VA + page(n), OUTPUT + page(n), s1Leaf({ nG: n === 0 ? 0 : 1 }));
  // The micro TLB loses the first page to those behind it; then its entry comes back.
  for (const some of [pages, pages.slice(0, 4)]) {
    devices.fill(some.map((n) => ({ streamId: 1, iova: VA + page(n), flags: 0 })));
    devices.run('batch', [some.length]);
    expect(devices.outputs()).toEqual(some.map((n) => OUTPUT + page(n)));
    devices.compareState();
  }
});

test('rows that all have one substream, where their stream has the same pages without (§3.9)', async () => {
  const microTlb = { entries: 16, ways: 'full', policy: 'plru' } as const;
  const devices = await untimed({ configCache, mainTlb, microTlb });
  const m = devices.machine;
  const cds = m.alloc(64 << 3);
  m.ste(1, { Config: 5, S1ContextPtr: cds, S1CDMax: 3, S1DSS: 2 });
  const outputs = [OUTPUT, OTHER_OUTPUT];
  for (const [ssid, output] of outputs.entries()) {
    const tables = m.tables({ granule: 12, tsz: 16 });
    const fields = { V: 1, AA64: 1, IPS: 5, R: 1, A: 1, MAIR, T0SZ: 16, TG0: TG0[12], EPD1: 1 };
    m.cd(cds + BigInt(ssid * 64), { ...fields, ASID: 1 + ssid, TTB0: tables.root });
    for (const n of positions) tables.map(VA + page(n), output + page(n), s1Leaf({ nG: 1 }));
  }
  // A block of rows that are looked at together, and some more.
  const numbers = Array.from({ length: 140 }, (_, row) => row % positions.length);
  for (let time = 0; time < 2; time++)
    for (const [ssid, output] of outputs.entries()) {
      const substream = ssid === 0 ? { flags: 0 } : { flags: Flag.SSV, substreamId: ssid };
      devices.fill(numbers.map((n) => ({ streamId: 1, iova: VA + page(n), ...substream })));
      devices.run('batch', [numbers.length]);
      expect(devices.outputs()).toEqual(numbers.map((n) => output + page(n)));
      devices.compareState();
    }
});

test.each([
  ['micro TLB', 16],
  ['main TLB', 64],
])(
  'reads and writes mixed, of pages in the %s: each is asked for its own kind (DDI 0487 D8.4.1)',
  async (_, pages) => {
    const microTlb = { entries: 16, ways: 'full', policy: 'plru' } as const;
    const devices = await untimed({ configCache, mainTlb, microTlb });
    const numbers = Array.from({ length: 256 }, (_, row) => row % pages);
    for (const streamId of [1, 2]) {
      const { tables } = stage1(devices.machine, streamId, { cdFields: { ASID: streamId } });
      // Even pages may be written, odd ones only be read.
      for (let n = 0; n < pages; n++)
        tables.map(VA + page(n), OUTPUT + page(n), s1Leaf({ nG: 1, ap: n % 2 === 0 ? 1 : 3 }));
    }
    const fill = (streams: number, odd?: number): void =>
      devices.fill(
        numbers.map((n, row) => ({
          streamId: 1 + (row % streams),
          iova: VA + page(n),
          flags: row === odd || (n % 4 === 0 && row > 3) ? Flag.WRITE : 0,
        })),
      );
    for (const streams of [1, 2]) {
      fill(streams);
      for (let time = 0; time < 3; time++) {
        devices.run('batch', [numbers.length]);
        expect(devices.outputs()).toEqual(numbers.map((n) => OUTPUT + page(n)));
      }
      for (const odd of [1, 63, 127, 129, 255]) {
        fill(streams, odd);
        devices.run('batch', [numbers.length]);
        expect(devices.faults()).toEqual(numbers.map((_, row) => row === odd));
      }
      devices.compareState();
    }
  },
);

test('pages of two sizes whose entries come back from the main TLB, all of one and then all of the other', async () => {
  const microTlb = { entries: 16, ways: 'full', policy: 'plru' } as const;
  const devices = await untimed({ configCache, mainTlb: { ...mainTlb, entries: 256 }, microTlb });
  const { tables } = stage1(devices.machine, 1, { cdFields: { ASID: 1 } });
  const block = (n: number): bigint => BigInt(n) << 21n;
  const numbers = Array.from({ length: 16 }, (_, n) => n);
  for (const n of numbers) {
    tables.map(VA + page(n), OUTPUT + page(n), s1Leaf({ nG: 1 }));
    tables.map((1n << 36n) + block(n), OTHER_OUTPUT + block(n), s1Leaf({ nG: 1 }), 2);
  }
  const rowsOf = (first: bigint, size: (n: number) => bigint): Row[] =>
    numbers.map((n) => ({ streamId: 1, iova: first + size(n), flags: 0 }));
  for (let time = 0; time < 3; time++)
    for (const rows of [rowsOf(VA, page), rowsOf(1n << 36n, block)]) {
      devices.fill(rows);
      devices.run('batch', [rows.length]);
      devices.compareState();
    }
});

/** What makes one row of a run of nested walks another (IHI 0070 §3.4, DDI 0487 D8.2): a page of the guest, and how stage 2 has it. */
const NESTED: readonly (readonly [string, (page: NestedPage) => void])[] = [
  ['no output in stage 2', ({ tables, va, ipa }) => tables.map(va, ipa, s1Leaf())],
  [
    'a page that stage 2 lets nobody read',
    ({ tables, s2, va, ipa }) => {
      tables.map(va, ipa, s1Leaf());
      s2.map(ipa, OTHER_OUTPUT, s2Leaf({ s2ap: 2 }), 3);
    },
  ],
  [
    'a page that stage 1 lets nobody read',
    ({ tables, s2, va, ipa }) => {
      tables.map(va, ipa, s1Leaf({ ap: 0 }));
      s2.map(ipa, OTHER_OUTPUT, s2Leaf(), 3);
    },
  ],
  [
    'an access flag of 0 in stage 2',
    ({ tables, s2, va, ipa }) => {
      tables.map(va, ipa, s1Leaf());
      s2.map(ipa, OTHER_OUTPUT, s2Leaf({ af: 0 }), 3);
    },
  ],
  [
    'an access flag of 0 in stage 1',
    ({ tables, s2, va, ipa }) => {
      tables.map(va, ipa, s1Leaf({ af: 0 }));
      s2.map(ipa, OTHER_OUTPUT, s2Leaf(), 3);
    },
  ],
  [
    'an output beyond the input of stage 2',
    ({ tables, s2, va, ipa }) => {
      tables.map(va, ipa + (1n << 41n), s1Leaf());
      s2.map(ipa, OTHER_OUTPUT, s2Leaf(), 3);
    },
  ],
  ['no leaf in stage 1', () => undefined],
  [
    'a block of stage 2',
    ({ tables, s2, va }) => {
      tables.map(va, BLOCK_IPA + 0x5000n, s1Leaf());
      s2.map(BLOCK_IPA, 0x40_0000_0000n, s2Leaf(), 2);
    },
  ],
  ['a block of stage 1', ({ tables, va }) => tables.map(va, BLOCK_IPA, s1Leaf(), 2)],
  [
    'hierarchical permissions',
    ({ tables, s2, va, ipa }) => {
      tables.map(va, ipa, s1Leaf());
      s2.map(ipa, OTHER_OUTPUT, s2Leaf(), 3);
      tables.or(va, 2, 1n << 61n);
    },
  ],
  ['a table of stage 1 that stage 2 does not have', ({ tables, va }) => tables.raw(va, 2, NOWHERE | 3n)],
];
interface NestedPage {
  readonly tables: Tables;
  readonly s2: Tables;
  readonly va: bigint;
  readonly ipa: bigint;
}
const BLOCK_IPA = 0x10_4000_0000n;
const NOWHERE = 0x7f_0000_0000n;

test.each(NESTED)('a nested walk to %s', async (_, prepare) => {
  const devices = await untimed({ configCache });
  for (const odd of positions) {
    const sid = sidOf(odd);
    const { tables, s2 } = nested(devices.machine, sid, { vmid: 1 + sid, cdFields: { ASID: 1, IPS: 5 } });
    // Under a table of its own, which can be made another without the others.
    const vaOf = (n: number): bigint => (n === odd ? 0x1000_0000n : VA) + page(n);
    for (const n of positions) {
      if (n === odd) prepare({ tables, s2, va: vaOf(n), ipa: OUTPUT + page(n) });
      else {
        tables.map(vaOf(n), OUTPUT + page(n), s1Leaf());
        s2.map(OUTPUT + page(n), OTHER_OUTPUT + 3n * page(n), s2Leaf(), 3);
      }
    }
    devices.fill(positions.map((n) => ({ streamId: sid, iova: vaOf(n), flags: 0 })));
    devices.run('batch', [ROWS]);
    const rest = positions.filter((n) => n !== odd);
    const outputs = devices.outputs();
    expect(rest.map((n) => outputs[n])).toEqual(rest.map((n) => OTHER_OUTPUT + 3n * page(n)));
  }
  devices.compareState();
});
