/**
 * Rows of several streams in turn (translate/several.ts): streams whose lines in the memory of last tables are one, streams of other
 * shapes among them, rows that end the loop, and tables that are others from batch to batch.
 */
import { afterEach, expect, test } from '@jest/globals';
import * as Flag from '../../assembly/abi/flag.js';
import { Rng } from '../oracle/random.js';
import { s1Leaf } from '../support/encode.js';
import { stage1 } from '../support/streams.js';
import { Pair, type Row } from './pair.js';

const ROWS = 1500;
const PAGES = 24;
const VA = 0x40_0000n;
const OUTPUT = 0x10_0000_0000n;
const BLOCKS = 0x4000_0000n;
const CONTIGUOUS = 1n << 52n;
/** With 64 sets of four ways: streams whose configurations have the same line. */
const ALIKE = [1, 17, 33, 49];
const [GRANULE_16K, BLOCK, MIXED, SOLE] = [2, 3, 4, 5];

let pair: Pair | undefined;
afterEach(() => {
  pair?.dispose();
  pair = undefined;
});

const page = (n: number): bigint => BigInt(n) << 12n;
const outputOf = (sid: number, turn: number, n: number): bigint =>
  OUTPUT + BigInt(sid + 64 * turn) * 0x100_0000n + page(n);

test.each(['round-robin', 'lru', 'plru'] as const)('rows of several streams, %s', async (policy) => {
  const caches = { configCache: { entries: 256, ways: 4, policy } } as const;
  const devices = await Pair.create({ caches, timing: false });
  pair = devices;
  const m = devices.machine;
  const rng = new Rng(policy.length);
  const tables = new Map(
    [...ALIKE, SOLE, GRANULE_16K, BLOCK, MIXED].map((sid) => [
      sid,
      stage1(m, sid, { granule: sid === GRANULE_16K ? 14 : 12, cdFields: { ASID: sid } }).tables,
    ]),
  );
  const vaOf = (sid: number, n: number): bigint => {
    if (sid === BLOCK) return BLOCKS + (BigInt(n) << 21n);
    return sid === GRANULE_16K ? VA + (BigInt(n) << 14n) : VA + page(n);
  };
  for (const turn of [0, 1, 2]) {
    for (const [sid, own] of tables) {
      for (let n = 0; n < PAGES; n++) {
        const va = vaOf(sid, n);
        if (sid === BLOCK) own.map(va, OUTPUT + (BigInt(n + turn) << 21n), s1Leaf({ nG: 1 }), 2);
        else if (sid === GRANULE_16K) own.map(va, OUTPUT + (BigInt(n + turn) << 14n), s1Leaf({ nG: 1 }));
        else if (sid !== MIXED) own.map(va, outputOf(sid, turn, n), s1Leaf({ nG: 1 }));
        else if (n % 8 === 7) own.raw(va, 3, 0n);
        else
          own.map(
            va,
            outputOf(sid, turn, n),
            s1Leaf({ ap: n % 8 === 5 ? 3 : 1 }) | (n < 16 ? CONTIGUOUS : 0n),
          );
      }
    }
    // Other tables of the last level in the places of two.
    for (const sid of [ALIKE[turn], SOLE]) {
      const table = m.alloc(4096);
      const leaves = Array.from(
        { length: 512 },
        (_, n) => outputOf(sid, turn, n + 7) | s1Leaf({ nG: 1 }) | 3n,
      );
      m.words(table, leaves);
      tables.get(sid)?.raw(VA, 2, table | 3n);
    }
    const sids = [...ALIKE, ...ALIKE, SOLE, SOLE, GRANULE_16K, BLOCK, MIXED];
    const rows: Row[] = Array.from({ length: ROWS }, () => {
      const streamId = rng.pick(sids);
      const inside = BigInt(rng.below(4096) & ~63);
      return {
        streamId,
        iova: vaOf(streamId, rng.below(PAGES)) + inside,
        flags: rng.below(40) === 0 ? Flag.WRITE : 0,
      };
    });
    devices.fill(rows);
    devices.run('batch', [1, 7, 130, ROWS]);
    devices.run('batch', [ROWS]);
    devices.compareState();
  }
  expect(devices.faults().some((fault) => fault)).toBe(true);
});
