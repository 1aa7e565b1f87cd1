/**
 * Streams, substreams and address spaces have numbers in the tags of TLBs, fewer than there may be of them: when all are given, those that
 * no entry carries are given anew. Whoever remembers a number must not take another's entry for its own.
 */
import { expect, test } from '@jest/globals';
import { FLAG_SSV } from '../../src/index.js';
import { s1Leaf, TG0 } from '../support/encode.js';
import { Machine } from '../support/machine.js';
import { MAIR, stage1 } from '../support/streams.js';

const NUMBERS = 2 ** 14 - 1;
const [FIRST, SECOND] = [1, 2];
/** The SubstreamID stands in [31:12] of a look-up's flags. */
const SUBSTREAM_SHIFT = 12;
const VA = 0x40_0000n;
const OWN = 0x10_0000_0000n;
const OTHERS = 0x20_0000_0000n;

test.each([4, 8])(
  'a stream that was looked up last is told from a substream that has its number now, %i later',
  async (more) => {
    const m = await Machine.create({ caches: 'mmu600-agilex5' });
    const { tables } = stage1(m, FIRST, { cdFields: { ASID: 1 } });
    tables.map(VA, OWN, s1Leaf());
    const others = m.tables({ granule: 12, tsz: 16 });
    others.map(VA, OTHERS, s1Leaf());
    const log2 = 15;
    const table = m.alloc(64 << log2);
    m.ste(SECOND, { Config: 5, S1ContextPtr: table, S1CDMax: log2, S1DSS: 2 });
    const fields = { V: 1, AA64: 1, IPS: 5, R: 1, A: 1, MAIR, T0SZ: 16, TG0: TG0[12], EPD1: 1 };
    const last = NUMBERS + more;
    for (let ssid = 1; ssid <= last; ssid++)
      m.cd(table + BigInt(ssid * 64), { ...fields, ASID: 2, TTB0: others.root });
    const own = (): number => m.smmu.lookup(FIRST, Number(VA), 0);
    expect([own(), own(), own()]).toEqual([OWN, OWN, OWN].map(Number));
    for (let ssid = 1; ssid <= last; ssid++)
      expect(m.smmu.lookup(SECOND, Number(VA), FLAG_SSV | (ssid << SUBSTREAM_SHIFT))).toBe(Number(OTHERS));
    expect(own()).toBe(Number(OWN));
    m.smmu.dispose();
  },
);
