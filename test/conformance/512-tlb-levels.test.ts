// TTL and Leaf against one cached Table descriptor at a time: a walk cache for its level alone says whether it is still there.
import { describe, expect, test } from '@jest/globals';
import type { SmmuOptions } from '../../src/index.js';
import { cmd, s1Leaf, s2Leaf, type Command } from '../support/encode.js';
import { Machine } from '../support/machine.js';
import { stage1, stage2 } from '../support/streams.js';

const VA = 0x40_4000_0000n; // aligned to a leaf of every level
const PA = 0x1_0000_0000n;
const cache = { entries: 64, ways: 'full', policy: 'lru' } as const;
const only = (level: number): (typeof cache | false)[] =>
  [0, 1, 2, 3].map((l) => (l === level ? cache : false));

/** Reads of the walk after the command, when the Table descriptor of `level` was cached before. */
async function readsAfter(stage: 1 | 2, level: number, command: Command): Promise<number> {
  const caches: SmmuOptions['caches'] = {
    walkCaches: stage === 1 ? { s1: only(level) } : { s2: only(level) },
  };
  const m = await Machine.create({ caches, id: { RIL: 1 } });
  if (stage === 1) stage1(m, 0).tables.map(VA, PA, s1Leaf());
  else stage2(m, 0, { tsz: 20, start: 0 }).map(VA, PA, s2Leaf());
  const all = m.expectOk(0, VA, PA).reads;
  expect(stage === 1 ? all.stage1 : all.stage2).toBe(4);
  // The cached descriptor saves the reads down to its level.
  const saved = m.expectOk(0, VA, PA).reads;
  expect(stage === 1 ? saved.stage1 : saved.stage2).toBe(3 - level);
  m.command(command);
  const { reads } = m.expectOk(0, VA, PA);
  return stage === 1 ? reads.stage1 : reads.stage2;
}

describe('IHI 0070 §4.4.1.1 TTL and Leaf: which cached Table descriptors of the address go', () => {
  const levels = [0, 1, 2];
  // Leaf = 0 with a level hint: leaves of that level, and Table descriptors above it. Without one, all.
  const ttls: [number, number[]][] = [
    [0, [0, 1, 2]],
    [1, [0]],
    [2, [0, 1]],
    [3, [0, 1, 2]],
  ];
  const stages: [1 | 2, string, (r: object) => Command][] = [
    [1, 'CMD_TLBI_NH_VA', (r) => cmd.nhVa(0, 0, VA, r)],
    [1, 'CMD_TLBI_NH_VAA', (r) => cmd.nhVaa(0, VA, r)],
    [2, 'CMD_TLBI_S2_IPA', (r) => cmd.s2Ipa(0, VA, r)],
  ];
  const cases = stages.flatMap(([stage, name, make]) =>
    ttls.flatMap(([ttl, gone]) =>
      levels.map((level) => ({ stage, name, make, ttl, level, goes: gone.includes(level) })),
    ),
  );
  test.each(cases)('§4.4.1.1 $name, TTL = $ttl: the level $level Table goes: $goes', async (row) => {
    const { stage, make, ttl, level, goes } = row;
    // NUM = 1 without a hint, since NUM = SCALE = TTL = 0 is no range.
    const command = make({ tg: 1, num: ttl === 0 ? 1 : 0, ttl, leaf: 0 });
    expect(await readsAfter(stage, level, command)).toBe(goes ? 4 : 3 - level);
  });
  test.each(cases.filter(({ ttl }) => ttl === 0 || ttl === 3))(
    '§4.4.1 $name, TTL = $ttl, Leaf = 1: no Table descriptor goes (level $level)',
    async ({ stage, make, ttl, level }) => {
      const command = make({ tg: 1, num: ttl === 0 ? 1 : 0, ttl, leaf: 1 });
      expect(await readsAfter(stage, level, command)).toBe(3 - level);
    },
  );
  test.each(levels)(
    '§4.4.1 CMD_TLBI_NH_VA of an address beside the Table of level %i leaves it',
    async (level) => {
      // A Table descriptor of level L stands for 2^(39 - 9L) bytes.
      const bytes = 1n << BigInt(39 - 9 * level);
      const beside = (VA & ~(bytes - 1n)) + bytes;
      expect(await readsAfter(1, level, cmd.nhVa(0, 0, beside))).toBe(3 - level);
      expect(await readsAfter(1, level, cmd.nhVa(0, 0, beside - 0x1000n))).toBe(4);
    },
  );
});
