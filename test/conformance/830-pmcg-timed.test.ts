// Counter groups while time passes (IHI 0070 §10.3, §10.2.1): cycles of either clock, overflow at its cycle, cycles in which
// something is full, and that counting costs no time.
import { afterEach, describe, expect, test } from '@jest/globals';
import { presets, Smmu, type SmmuOptions, type Translation } from '../../src/index.js';
import { s1Leaf } from '../support/encode.js';
import { machineOver } from '../host/machine-over.js';
import { identification, RAM, RAM_BYTES, type Machine } from '../support/machine.js';
import { Counters, OVFCAP, P, SPAN } from '../support/pmcg.js';
import { stage1 } from '../support/streams.js';

type Timing = Extract<SmmuOptions['timing'], object>;
const SID = 5;
const DATA = RAM + 0x80_0000n;
const TOP32 = (1n << 32n) - 1n;
const gem5 = presets['gem5-default'].timing;
const BITS32 = { ...gem5.pmcg, counters: 4, counterBits: 32 } as const;

let m: Machine;
let log: bigint[];
let tcu: Counters;
let tbu: Counters;
/** Stream SID with stage 1 over 64 pages. */
async function machine(timing: SmmuOptions['timing'], options: Partial<SmmuOptions> = {}): Promise<Machine> {
  log = [];
  const smmu = await Smmu.create({
    id: await identification(),
    ram: [{ base: RAM, size: RAM_BYTES }],
    timing,
    onInterrupt: (source) => {
      if (source === 'pmcg') log.push(smmu.now);
    },
    ...options,
  });
  m = machineOver(smmu);
  const { tables } = stage1(m, SID);
  for (let page = 0n; page < 64n; page++) tables.map(page << 12n, DATA + (page << 12n), s1Leaf());
  tcu = new Counters(smmu.pmcg[0]);
  tbu = new Counters(smmu.pmcg[1]);
  return m;
}
const with32 = (timing: Timing): Timing => ({ ...timing, pmcg: BITS32 });
afterEach(() => m.smmu.dispose());

describe('IHI 0070 §10.3 event 0: cycles of the group’s own clock', () => {
  test('TCU at 600 MHz, TBU at 400 MHz', async () => {
    await machine('mmu600-agilex5');
    tcu.count(0, 0);
    tbu.count(0, 0);
    m.smmu.advance(1000n);
    expect([tcu.get(0), tbu.get(0)]).toEqual([1000n, 666n]); // two TBU cycles in three
    m.smmu.advance(1001n);
    expect([tcu.get(0), tbu.get(0)]).toEqual([1001n, 667n]);
  });

  test('the interrupt of the TCU’s counter comes at its cycle', async () => {
    await machine(with32(gem5));
    m.smmu.advance(100n);
    tcu.count(0, 0, { from: TOP32 - 49n }).interruptOn(0); // wraps with the fiftieth cycle
    expect(m.smmu.nextEvent()).toBe(150n);
    m.smmu.advance(149n);
    expect([log, tcu.get(0)]).toEqual([[], TOP32]);
    m.smmu.advance(150n);
    expect([log, tcu.get(0), tcu.overflowed]).toEqual([[150n], 0n, 1n]);
    m.smmu.advance(5000n);
    expect([log, tcu.get(0)]).toEqual([[150n], 4850n]);
  });

  test('and that of a TBU with a clock of its own', async () => {
    await machine({ ...presets['mmu600-agilex5'].timing });
    m.smmu.advance(100n); // 200 ticks of 1/3 TBU cycle: 66 TBU cycles
    tbu.count(0, 0, { from: TOP32 - 9n }).interruptOn(0); // cycle 76 of the TBU: 76 * 600 / 400 = 114 of the TCU
    m.smmu.advance(113n);
    expect(log).toEqual([]);
    m.smmu.advance(114n);
    expect(log).toEqual([114n]);
  });

  test('while transactions are under way, and their times do not change', async () => {
    const times = async (counting: boolean): Promise<unknown> => {
      await machine(with32(gem5));
      if (counting) {
        tcu
          .count(0, 0, { from: TOP32 - 299n })
          .count(1, 0, { from: TOP32 - 333n })
          .interruptOn(0, 1);
        tcu.count(2, 4).count(3, 0x91);
        tbu.countAll(1, 2, 0x85, 0x87);
      }
      for (let i = 0n; i < 40n; i++)
        m.smmu.submit({
          streamId: SID,
          iova: ((i * 7n) % 20n) << 12n,
          arrival: 10n + i,
          requester: Number(i % 3n),
        });
      m.smmu.advance(20_000n);
      const done: Translation[] = [];
      m.smmu.poll(done);
      expect(done).toHaveLength(40);
      return done;
    };
    const without = await times(false);
    m.smmu.dispose();
    expect(await times(true)).toEqual(without);
    expect(log).toEqual([300n, 334n]);
    expect(tbu.get(0)).toBe(40n);
  });

  test('a batch stops for the interrupt at its cycle', async () => {
    await machine(with32(gem5));
    tcu.count(0, 0, { from: TOP32 - 499n }).interruptOn(0);
    const batch = m.smmu.createBatch(20);
    batch.streamId.fill(SID);
    batch.iova.forEach((_, i) => (batch.iova[i] = BigInt(i) << 12n));
    m.smmu.translateBatch(batch);
    expect(log).toEqual([500n]);
    expect(m.smmu.now).toBeGreaterThan(800n);
  });

  test('no overflow keeps time going: what drains ends with the last answer', async () => {
    await machine(with32(gem5));
    tcu.count(0, 0, { from: TOP32 - 100_000n }).interruptOn(0);
    expect(m.translate(SID, 0n)).toMatchObject({ latency: 749, completion: 750n }); // gem5: 49 + 7L, L = 100
    expect([m.smmu.now, log, tcu.get(0)]).toEqual([750n, [], TOP32 - 100_000n + 750n]);
    expect(m.smmu.nextEvent()).toBe(100_001n);
  });

  test('an overflow between the last event and the last answer is not lost', async () => {
    await machine(with32(gem5));
    tcu.count(0, 0, { from: TOP32 - 748n }).interruptOn(0);
    m.translate(SID, 0n);
    expect([m.smmu.now, log.length, tcu.get(0)]).toEqual([750n, 1, 1n]);
  });

  test('OVFCAP captures at the cycle of the wrap, the other counters as they are then', async () => {
    await machine(with32(gem5));
    tcu.count(0, 0, { type: (SPAN | OVFCAP) >>> 0, from: TOP32 - 299n }).count(1, 4);
    m.smmu.submit({ streamId: SID, iova: 0n, arrival: 1n });
    m.smmu.advance(10_000n);
    // Reads of 100 cycles and a little each: STE and CD first, so no descriptor has been read by cycle 300.
    expect([tcu.captured(0), tcu.captured(1), tcu.get(1)]).toEqual([0n, 0n, 4n]);
  });

  test('a snapshot keeps the planned overflow', async () => {
    await machine(with32(gem5));
    tcu.count(0, 0, { from: TOP32 - 499n }).interruptOn(0);
    m.smmu.submit({ streamId: SID, iova: 0n, arrival: 10n });
    m.smmu.advance(200n);
    const saved = m.smmu.save();
    m.smmu.advance(1000n);
    expect(log).toEqual([500n]);
    m.smmu.restore(saved);
    log = [];
    expect(tcu.get(0)).toBe(TOP32 - 299n);
    m.smmu.advance(1000n);
    expect([log, tcu.get(0)]).toEqual([[500n], 500n]);
  });
});

describe('IHI 0070 §10.3 events while time passes', () => {
  test('one at a time they are those of a device without time', async () => {
    const events = [1, 2, 3, 4, 5, 0x80, 0x81, 0x84, 0x85, 0x90, 0x92, 0x94];
    const inTbu = [1, 2, 3, 0x80, 0x81, 0x82, 0x83, 0x84, 0x88];
    const pmcg = { ...gem5.pmcg, counters: 16 } as const;
    const count = async (timing: SmmuOptions['timing']): Promise<number[][]> => {
      await machine(timing, { caches: 'gem5-default' });
      const found: number[][] = [];
      // With time off there are eight counters: several runs of the same traffic see all events.
      for (const [list, group] of [
        [events.slice(0, 6), tcu],
        [events.slice(6), tcu],
        [inTbu.slice(0, 5), tbu],
        [inTbu.slice(5), tbu],
      ] as const) {
        m.smmu.pmcg.forEach((g) => g.write32(P.CR, 0));
        group.countAll(...list);
        m.command([0x04n, 31n], [0x30n, 0n]); // CMD_CFGI_ALL, CMD_TLBI_NSNH_ALL
        for (const iova of [0n, 0x40n, 0x1000n, 0n, 0x3f000n, 0x1040n]) m.translate(SID, iova);
        found.push(group.values(list.length));
      }
      return found;
    };
    const timed = await count({ ...gem5, pmcg });
    m.smmu.dispose();
    expect(timed).toEqual(await count(false));
    // Cold: STE, CD, four descriptors. Then two pages beside it, each a descriptor of level 3.
    expect(timed[0].slice(0, 5)).toEqual([3, 3, 1, 6, 2]);
    expect(timed[2].slice(0, 3)).toEqual([6, 3, 1]);
  });

  test.each(['merge', 'sleep'] as const)(
    '%s: of two misses of one page, one request is sent',
    async (mode) => {
      await machine({ ...gem5, tbu: { ...gem5.tbu, hazard: { ...gem5.tbu?.hazard, mode } } });
      tcu.countAll(1, 2);
      tbu.countAll(1, 2, 0x88);
      for (let i = 0; i < 2; i++)
        m.smmu.submit({ streamId: SID, iova: BigInt(64 * i), arrival: 10n, requester: i });
      m.smmu.advance(5000n);
      expect([tcu.values(2), tbu.values(3)]).toEqual([
        [1, 1],
        [2, 1, 1],
      ]);
    },
  );

  test('hits that take the short way without counters are counted, those under way when counting begins included', async () => {
    await machine(gem5);
    m.translate(SID, 0n);
    for (let i = 0; i < 4; i++) m.translate(SID, 64n); // known to the short way
    tbu.countAll(1, 0x83, 0x84);
    for (let i = 0; i < 4; i++) m.translate(SID, 64n);
    expect(tbu.values(3)).toEqual([4, 4, 0]);
    tbu.group.write32(P.CR, 0);
    for (let i = 0; i < 4; i++) m.translate(SID, 64n);
    // Under way: it has passed the port, not the micro TLB (gem5: one cycle each).
    const accepted = m.smmu.now + 5n;
    m.smmu.submit({ streamId: SID, iova: 0n, arrival: accepted });
    m.smmu.advance(accepted + 1n);
    tbu.group.write32(P.CR, 1);
    m.smmu.advance(accepted + 500n);
    expect(tbu.values(3)).toEqual([4, 5, 0]);
  });

  test('a prefetch behind a walk: event 0xa0, and its accesses; no transaction, no miss', async () => {
    await machine({ ...gem5, prefetch: { mode: 'forward', target: 'tcu' } });
    tcu.countAll(1, 2, 3, 4, 0xa0);
    tbu.countAll(1, 2, 0x88);
    m.translate(SID, 0n);
    m.smmu.advance(m.smmu.now + 5000n);
    // Cold: four descriptors; then the next page's, beside them.
    expect([tcu.values(5), tbu.values(3)]).toEqual([
      [1, 1, 1, 5, 1],
      [1, 1, 1],
    ]);
  });

  test('event 0x91: a request that waits for a walk slot', async () => {
    await machine({ ...gem5, tcu: { ...gem5.tcu, walkSlots: 1 } });
    tcu.countAll(0x91, 1);
    m.translate(SID, 0n);
    expect(tcu.values(2)).toEqual([0, 1]);
    for (let i = 1; i <= 3; i++)
      m.smmu.submit({ streamId: SID, iova: BigInt(i) << 12n, arrival: m.smmu.now + 5n, requester: i });
    m.smmu.advance(10_000n);
    expect(tcu.values(2)).toEqual([2, 4]); // the first of the three has the slot
  });

  test('event 0x85: cycles in which the TBU has no slot free, from acceptance until it is forwarded', async () => {
    await machine('minimal'); // one slot
    tbu.countAll(0x85, 1);
    const first = m.translate(SID, 0n, { arrival: 10n });
    expect(tbu.get(0)).toBe(first.translated - first.accepted);
    const second = m.translate(SID, 0x1000n, { arrival: 5000n });
    expect(tbu.get(0)).toBe(first.translated - first.accepted + second.translated - second.accepted);
    expect(second.translated - second.accepted).toBeGreaterThan(100n);
  });

  test('its overflow comes at the cycle', async () => {
    await machine({ ...presets.minimal.timing, pmcg: BITS32 });
    tbu.count(0, 0x85, { from: TOP32 - 49n }).interruptOn(0);
    m.smmu.submit({ streamId: SID, iova: 0n, arrival: 1000n });
    m.smmu.advance(1049n);
    expect(log).toEqual([]);
    m.smmu.advance(1050n); // accepted at 1000
    expect(log).toEqual([1050n]);
  });

  test('enabled while the TBU is full already, it counts from then on', async () => {
    await machine('minimal');
    m.smmu.submit({ streamId: SID, iova: 0n, arrival: 10n });
    m.smmu.advance(60n);
    tbu.countAll(0x85);
    m.smmu.advance(100n);
    expect(tbu.get(0)).toBe(40n);
  });

  test('event 0x87: cycles in which the write buffer is full', async () => {
    // 64 bytes at 16 a beat fill a buffer of four.
    await machine({ ...gem5, tbu: { ...gem5.tbu, portBytes: 16, writeBufferBeats: 4 } });
    tbu.countAll(0x87, 0x85);
    m.translate(SID, 0n);
    expect(tbu.values(2)).toEqual([0, 0]); // a read needs none of it, and 16 slots are not full
    const { accepted, translated } = m.translate(SID, 0n, { access: 'write', size: 64 });
    expect(tbu.values(2)).toEqual([Number(translated - accepted), 0]);
  });
});

describe('IHI 0070 §10.4 geometry of a product', () => {
  test('one filter for the group: that of counter 0', async () => {
    await machine('mmu600-agilex5');
    tbu.count(0, 1, { sid: SID, type: 0 }).count(1, 2, { sid: 9 }).count(2, 0x88, { sid: 9 });
    m.translate(SID, 0n);
    m.translate(9, 0n);
    expect(tbu.values(3)).toEqual([1, 1, 1]);
  });

  test('32 bits: wraps there, for events as for cycles', async () => {
    await machine('mmu600-agilex5');
    tbu.count(0, 0).count(1, 1, { from: TOP32 }).interruptOn(1); // counter 0's filter: every stream
    m.translate(SID, 0n);
    expect([tbu.get(1), tbu.overflowed, log.length]).toEqual([0n, 2n, 1]);
    tcu.count(0, 0, { from: 1n << 31n }); // as Linux starts a counter
    const before = m.smmu.now;
    m.smmu.advance(before + (1n << 31n) - 1n);
    expect([tcu.get(0), tcu.overflowed]).toEqual([TOP32, 0n]);
    m.smmu.advance(before + (1n << 31n));
    expect([tcu.get(0), tcu.overflowed]).toEqual([0n, 1n]);
  });
});
