// A refused source (timing.md, acceptance): it tries again a TBU cycle after slots or beats come free, and after memory accepts any
// request, as gem5's SMMU calls its devices. What comes free in that cycle before its turn is there for it.
import { describe, expect, test } from '@jest/globals';
import type { presets, Translation } from '../../src/index.js';
import { s1Leaf } from '../support/encode.js';
import { stage1 } from '../support/streams.js';
import { DATA, gem5, SID, timedMachine } from './timed-machine.js';

const L = 100;
const WALKER = 7;
/** Arrival of the one that has the only slot, and cycles from it to its leaving: port, micro TLB, memory. */
const HIT = 10_000;
const LEAVES = 3;

/** The cycle in which the second one is accepted, counted from the first one's leaving; and when a walk's reads are accepted. */
async function second(walkArrives: number, write = false): Promise<{ after: number; reads: number[] }> {
  const base = gem5(L) as (typeof presets)['gem5-default']['timing'];
  const reads: number[] = [];
  const m = await timedMachine(
    { ...base, tbu: { ...base.tbu, slots: 1 } },
    {
      tbus: 2,
      tbuOf: (sid) => (sid === WALKER ? 1 : 0),
      walkLatency: ({ cycle }) => {
        reads.push(cycle);
        return L;
      },
    },
  );
  stage1(m, WALKER, { cdFields: { ASID: WALKER } }).tables.map(0n, DATA, s1Leaf());
  m.translate(SID, 0n);
  reads.length = 0;
  const tickets = [
    [WALKER, walkArrives, false],
    [SID, HIT, false],
    [SID, HIT + 1, write],
  ] as const;
  for (const [requester, [streamId, at, writes]] of tickets.entries())
    m.smmu.submit({
      streamId,
      iova: 0n,
      arrival: BigInt(at),
      requester,
      size: 16,
      access: writes ? 'write' : 'read',
    });
  m.smmu.advance(20_000n);
  const done: Translation[] = [];
  m.smmu.poll(done);
  m.smmu.dispose();
  const [, first, other] = done.sort((a, b) => a.ticket! - b.ticket!);
  return { after: Number(other.accepted - first.translated), reads: reads.map((at) => at - HIT) };
}

// Port, micro and main TLB, link, configuration cache and a cycle of the port: when the STE's read is accepted.
const STE_READ = 1 + 1 + 3 + 8 + 3 + 1;

describe.each([false, true])('the only slot comes free; the refused one is a write: %p', (write) => {
  test.each([-3, -2, -1, 0, 1, 2])('a read of a walk is accepted %i cycles from then', async (shift) => {
    const { after, reads } = await second(HIT + LEAVES + shift - STE_READ, write);
    // In the cycle of the leaving itself the port is taken, and whoever comes second is a cycle late.
    const at = reads[0];
    expect(Math.abs(at - LEAVES - shift)).toBeLessThanOrEqual(1);
    // A cycle before: the source is called for this cycle, and the slot is given back before its turn.
    expect(after).toBe(at === LEAVES - 1 ? 0 : 1);
  });
});
