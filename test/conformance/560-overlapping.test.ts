// Software that changes the size of a mapping without break-before-make leaves entries of both in the caches. One of them answers,
// never a mixture (chosen: the smallest), and an invalidation of the address takes both.
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { SmmuOptions } from '../../src/index.js';
import { cmd, s1Leaf } from '../support/encode.js';
import { Machine } from '../support/machine.js';
import { stage1 } from '../support/streams.js';
import type { Tables } from '../support/tables.js';

const BLOCK = 0x40_0000n;
const PAGE = BLOCK + 0x5000n;
const OTHER = BLOCK + 0x9000n;
const IN_PAGES = 0x1_0000_0000n;
const IN_BLOCK = 0x2_0000_0000n;

const MAIN_ALONE: SmmuOptions['caches'] = { mainTlb: { entries: 64, ways: 'full', policy: 'lru' } };

describe('IHI 0070 §3.21.1 entries of two sizes for one address', () => {
  let m: Machine;
  let tables: Tables;
  beforeEach(async () => {
    m = await Machine.create({ caches: MAIN_ALONE });
    ({ tables } = stage1(m, 0));
  });

  const pages = (): void => {
    for (const va of [PAGE, OTHER]) tables.map(va, IN_PAGES + (va - BLOCK), s1Leaf());
  };
  const answer = (va: bigint): string => {
    const { status, pa } = m.translate(0, va);
    if (status !== 'ok') return status;
    const offset = va - BLOCK;
    return pa === IN_PAGES + offset ? 'page' : pa === IN_BLOCK + offset ? 'block' : `0x${pa.toString(16)}`;
  };

  test('pages that became a block: a page that was used answers as a page, the rest as the block', () => {
    pages();
    expect(answer(PAGE)).toBe('page');
    tables.map(BLOCK, IN_BLOCK, s1Leaf(), 2);
    expect(answer(OTHER)).toBe('block');
    expect(answer(PAGE)).toBe('page');
    expect(answer(BLOCK)).toBe('block');
  });

  test('TLBI_NH_VA of the page takes both entries', () => {
    pages();
    answer(PAGE);
    tables.map(BLOCK, IN_BLOCK, s1Leaf(), 2);
    answer(OTHER);
    tables.map(BLOCK, 0x3_0000_0000n, s1Leaf(), 2);
    m.command(cmd.nhVa(0, 0, PAGE));
    expect(answer(PAGE)).toBe('0x300005000');
    expect(answer(OTHER)).toBe('0x300009000');
  });
});
