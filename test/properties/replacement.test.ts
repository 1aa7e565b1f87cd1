/**
 * Replacement by hand: which entry goes, policy by policy (Jaleel et al., ISCA 2010, for RRIP; docs/architecture.md). Every page
 * that is named here maps into the set that the test fills; a hit is told by the TLB that answered.
 */
import { afterEach, describe, expect, test } from '@jest/globals';
import type { CacheGeometry } from '../../src/index.js';
import { s1Leaf } from '../support/encode.js';
import { Machine } from '../support/machine.js';
import { stage1 } from '../support/streams.js';
import { say, WAYS, type Way } from '../support/ways.js';

const PA = 0x1_0000_0000n;
const PAGES = 32n;
let m: Machine;
afterEach(() => m.smmu.dispose());

async function machine(mainTlb: CacheGeometry): Promise<void> {
  m = await Machine.create({ caches: { mainTlb } });
  const { tables } = stage1(m, 0);
  for (let page = 0n; page < PAGES; page++) tables.map(page << 12n, PA + (page << 12n), s1Leaf());
}
const use = (way: Way, ...pages: number[]): void => {
  for (const page of pages) {
    const iova = BigInt(page) << 12n;
    expect(say(m, way, 0, iova).pa).toBe(PA + iova);
  }
};
/** 'h' or 'm' for each page, asked one after another; a page that misses comes in. */
const ask = (...pages: number[]): string =>
  pages.map((page) => (m.translate(0, BigInt(page) << 12n).hit === 'main-tlb' ? 'h' : 'm')).join('');

describe.each(WAYS)('warmed by %s', (way) => {
  test('RRIP inserts with a long interval: a page used again outlives two new ones, and no more', async () => {
    await machine({ entries: 2, ways: 'full', policy: 'rrip' });
    // Intervals of [first way, second way]: 0 2; 1 2 -> all older, 1 3: the second goes; 2 3: the second again; 3 3: the first.
    use(way, 0, 1, 0, 2, 3);
    expect(ask(0)).toBe('h'); // and is near again: 0 2
    use(way, 4, 5, 6); // 1 2, 2 2, then both 3: the first goes
    expect(ask(0)).toBe('m');
  });
  test('RRIP without any use again: the first way that is distant goes', async () => {
    await machine({ entries: 3, ways: 'full', policy: 'rrip' });
    use(way, 0, 1, 2, 3); // 2 2 2 -> 3 3 3: the first; then 2 3 3
    expect(ask(3, 1)).toBe('hh'); // 0 0 3
    use(way, 4); // the third: 0 0 2
    expect(ask(1, 3)).toBe('hh');
    expect(ask(2)).toBe('m');
  });
  test('LRU: the one used longest ago goes', async () => {
    await machine({ entries: 4, ways: 'full', policy: 'lru' });
    use(way, 0, 1, 2, 3, 0, 4);
    expect(ask(0, 2, 3, 4)).toBe('hhhh');
    expect(ask(1)).toBe('m');
  });
  test('tree pseudo-LRU: both nodes point away from what was used last', async () => {
    await machine({ entries: 4, ways: 'full', policy: 'plru' });
    use(way, 0, 1, 2, 3, 0); // the root points right, the right node at way 2
    use(way, 4); // so page 2 goes; the root points left, the left node at way 1
    use(way, 5); // so page 1 goes
    expect(ask(0, 3, 4, 5)).toBe('hhhh');
    expect(ask(1)).toBe('m');
  });
  test('round robin takes no notice of uses', async () => {
    await machine({ entries: 4, ways: 'full', policy: 'round-robin' });
    // The counter steps before its use: the second way is the first to go.
    use(way, 0, 1, 2, 3, 1, 1, 4);
    expect(ask(0, 2, 3, 4)).toBe('hhhh');
    expect(ask(1)).toBe('m');
  });
  // Four sets of two ways: pages 0, 4, 8 share one, pages 1, 5, 9 another.
  test.each([
    ['set', 5, 1], // each set's counter steps to its second way
    ['cache', 1, 5], // the counter stands at the second way, and steps to the first
  ] as const)(
    'round robin with a counter for each %s: page %i goes, page %i stays',
    async (counter, goes, stays) => {
      await machine({ entries: 8, ways: 2, policy: 'round-robin', counter, index: 'modulo' });
      use(way, 0, 4, 1, 5, 2, 6, 3, 7); // all full
      use(way, 8, 9);
      expect(ask(0, 8, 9, stays)).toBe('hhhh');
      expect(ask(goes)).toBe('m');
    },
  );
  test.each(['set', 'cache'] as const)(
    'round robin with a counter for each %s: an empty way comes first',
    async (counter) => {
      await machine({ entries: 8, ways: 2, policy: 'round-robin', counter, index: 'modulo' });
      use(way, 0, 1, 2, 3, 4, 5, 6, 7);
      expect(ask(0, 1, 2, 3, 4, 5, 6, 7)).toBe('hhhhhhhh');
    },
  );
});

test('random: of the same seed the same, and each way goes at some time', async () => {
  const run = async (): Promise<string> => {
    await machine({ entries: 4, ways: 'full', policy: 'random' });
    return Array.from({ length: 60 }, (_, i) => ask((i * 5) % 6)).join('');
  };
  const first = await run();
  m.smmu.dispose();
  expect(await run()).toBe(first);
  m.smmu.dispose();
  const gone = new Set<number>();
  await machine({ entries: 4, ways: 'full', policy: 'random' });
  use('translate', 0, 1, 2, 3);
  for (let page = 4; page < 24; page++) {
    const held = [0, 1, 2, 3].filter((p) => !gone.has(p));
    use('translate', page);
    for (const p of held) if (ask(p) === 'm') gone.add(p);
  }
  expect(gone.size).toBe(4);
});
