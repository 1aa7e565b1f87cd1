// Overflow of counters, what it sets off, and capture (IHI 0070 §10.2.1); time off, so that cycles pass with `advance` alone.
import { beforeEach, describe, expect, test } from '@jest/globals';
import { presets, Smmu, type SmmuOptions } from '../../src/index.js';
import { HOLE, RAM, RAM_BYTES } from '../support/machine.js';
import { Counters, OVFCAP, P, SPAN } from '../support/pmcg.js';

const TOP = (1n << 64n) - 1n;
const MSI = RAM + 0x100n;
const BYPASS = 1; // event 1 of the TBU: one for each transaction while SMMUEN is 0

/** Interrupts with the cycle of each. */
let log: string[];
let smmu: Smmu;
let tcu: Counters;
let tbu: Counters;
async function device(options: Partial<SmmuOptions> = {}): Promise<void> {
  log = [];
  smmu = await Smmu.create({
    ram: [{ base: RAM, size: RAM_BYTES }],
    timing: false,
    onInterrupt: (source) => log.push(`${source} at ${smmu.now}`),
    ...options,
  });
  tcu = new Counters(smmu.pmcg[0]);
  tbu = new Counters(smmu.pmcg[1]);
}
beforeEach(() => device());
const transactions = (n: number): void => {
  for (let i = 0; i < n; i++) smmu.translate({ streamId: 1, iova: 0n });
};

describe('IHI 0070 §10.2.1 overflow', () => {
  test('the counter goes on from 0 and OVS says so; OVS stays until it is cleared', () => {
    tbu.count(5, BYPASS, { from: TOP - 1n });
    transactions(1);
    expect([tbu.get(5), tbu.overflowed]).toEqual([TOP, 0n]);
    transactions(3);
    expect([tbu.get(5), tbu.overflowed]).toEqual([2n, 1n << 5n]);
    tbu.group.write64(P.OVSCLR0, 1n << 5n);
    transactions(1);
    expect([tbu.get(5), tbu.overflowed]).toEqual([3n, 0n]);
    expect(log).toEqual([]);
  });

  test('a write of a counter is no overflow', () => {
    tbu.count(0, BYPASS, { from: TOP }).interruptOn(0);
    tbu.set(0, 0n);
    expect([tbu.overflowed, log]).toEqual([0n, []]);
  });

  test('cycles: at the cycle of the wrap, neither before nor after', () => {
    smmu.advance(100n);
    tcu.count(0, 0, { from: TOP - 9n }).interruptOn(0); // wraps with the tenth cycle
    smmu.advance(109n);
    expect([log, tcu.overflowed, tcu.get(0)]).toEqual([[], 0n, TOP]);
    smmu.advance(110n);
    expect([log, tcu.overflowed, tcu.get(0)]).toEqual([['pmcg at 110'], 1n, 0n]);
    expect(smmu.nextEvent()).toBeNull();
  });

  test.each([false, true])(
    'cycles: time that passes by years ends, with the counter right (timed: %s)',
    async (timed) => {
      const { timing } = presets['gem5-default'];
      await device(timed ? { timing: { ...timing, pmcg: { counterBits: 32 } } } : {});
      const wrap = timed ? 1n << 32n : 1n << 64n;
      tcu.count(0, 0, { from: wrap - 1n }).interruptOn(0);
      const years = timed ? 20_000n * wrap + 5n : (1n << 62n) + 5n;
      smmu.advance(years);
      expect(smmu.now).toBe(years);
      expect(tcu.get(0)).toBe((wrap - 1n + years) % wrap);
      expect(tcu.overflowed).toBe(1n);
      expect(log[0]).toBe('pmcg at 1');
      expect(log).toHaveLength(timed ? 16_385 : 1);
      if (timed) expect(log[16_383]).toBe(`pmcg at ${16_383n * wrap + 1n}`);
    },
  );

  test('cycles: advance stops at the wrap for the interrupt, and goes on', () => {
    tcu
      .count(0, 0, { from: TOP - 9n })
      .count(1, 0, { from: TOP - 29n })
      .interruptOn(0, 1);
    tbu.count(3, 0, { from: TOP - 19n }).interruptOn(3);
    expect(smmu.nextEvent()).toBe(10n);
    smmu.advance(1000n);
    expect(log).toEqual(['pmcg at 10', 'pmcg at 20', 'pmcg at 30']);
    expect([smmu.now, tcu.get(0), tcu.get(1), tbu.get(3)]).toEqual([1000n, 990n, 970n, 980n]);
  });

  test('a handler may arm the counter again: the next interrupt is as exact', async () => {
    await device({
      onInterrupt: () => {
        log.push(`${smmu.now}`);
        if (log.length < 4) tcu.set(0, TOP - 24n);
      },
    });
    tcu.count(0, 0, { from: TOP - 24n }).interruptOn(0);
    smmu.advance(110n);
    expect(log).toEqual(['25', '50', '75', '100']);
  });

  test('what a handler throws comes out at the end; time has passed all the same', async () => {
    await device({
      onInterrupt: () => {
        throw new Error('mine');
      },
    });
    tcu.count(0, 0, { from: TOP - 4n }).interruptOn(0);
    expect(() => smmu.advance(50n)).toThrow('mine');
    expect([smmu.now, tcu.get(0)]).toEqual([50n, 45n]);
  });

  test('CR.E = 0 and CNTEN = 0 stop the clock of a counter of cycles', () => {
    tcu.count(0, 0, { from: TOP - 9n }).interruptOn(0);
    smmu.advance(4n);
    tcu.group.write32(P.CR, 0);
    smmu.advance(50n);
    tcu.group.write32(P.CR, 1);
    smmu.advance(52n);
    tcu.group.write64(P.CNTENCLR0, 1n);
    smmu.advance(90n);
    tcu.group.write64(P.CNTENSET0, 1n);
    expect(tcu.get(0)).toBe(TOP - 3n);
    smmu.advance(93n);
    expect(log).toEqual([]);
    smmu.advance(94n);
    expect(log).toEqual(['pmcg at 94']);
  });
});

describe('IHI 0070 §10.2.1 interrupts', () => {
  test('INTEN and IRQEN, each of them; what was suppressed does not come later', () => {
    const wrap = (): void => {
      tbu.set(0, TOP);
      transactions(1);
    };
    tbu.count(0, BYPASS);
    wrap();
    tbu.group.write64(P.INTENSET0, 1n);
    wrap();
    tbu.group.write64(P.INTENSET0, 1n);
    tbu.group.write32(P.IRQ_CTRL, 1);
    expect(log).toEqual([]);
    wrap();
    expect(log).toHaveLength(1);
    tbu.group.write64(P.INTENCLR0, 1n);
    wrap();
    expect(log).toHaveLength(1);
  });

  test('every overflow interrupts, OVS set already or not', () => {
    tbu.count(0, BYPASS).interruptOn(0);
    for (let i = 0; i < 3; i++) {
      tbu.set(0, TOP);
      transactions(1);
    }
    expect([log.length, tbu.overflowed]).toEqual([3, 1n]);
  });

  test('several counters that wrap together: one interrupt of the group', () => {
    tbu.count(0, BYPASS, { from: TOP }).count(1, BYPASS, { from: TOP }).interruptOn(0, 1);
    transactions(1);
    expect([log.length, tbu.overflowed]).toEqual([1, 3n]);
  });

  test('§10.5 OVSSET sets the status alone', () => {
    tbu.count(0, BYPASS, { type: (SPAN | OVFCAP) >>> 0, from: 5n }).interruptOn(0);
    tbu.group.write64(P.OVSSET0, 1n);
    expect([log, tbu.overflowed, tbu.captured(0)]).toEqual([[], 1n, 0n]);
  });

  test('a hot look-up and a batch interrupt as a translation does', () => {
    smmu.lookup(1, 0, 0);
    tbu.count(0, BYPASS, { from: TOP }).interruptOn(0);
    expect(smmu.lookup(1, 0, 0)).toBe(0);
    expect(log).toHaveLength(1);
    tbu.set(0, TOP);
    expect(smmu.lookupWords(1, 0, 0, 0)).toBe(0);
    expect(log).toHaveLength(2);
    tbu.set(0, TOP - 1n);
    const batch = smmu.createBatch(4);
    batch.streamId.fill(1);
    smmu.translateBatch(batch);
    expect([log.length, tbu.get(0)]).toEqual([3, 2n]);
  });
});

describe('IHI 0070 §10.2.1 MSIs', () => {
  const arm = (address: bigint): void => {
    tbu.group.write32(P.IRQ_CTRL, 0);
    tbu.group.write64(P.IRQ_CFG0, address);
    tbu.group.write32(P.IRQ_CFG1, 0xfeed_0001);
    tbu.count(0, BYPASS, { from: TOP }).interruptOn(0);
  };

  test('data goes to the address, before the wired pulse', async () => {
    await device({ onInterrupt: () => log.push(smmu.memory.read32(MSI).toString(16)) });
    arm(MSI);
    transactions(1);
    expect(log).toEqual(['feed0001']);
    expect([smmu.stats().msis, tbu.group.read32(P.IRQ_STATUS)]).toEqual([1, 0]);
  });

  test('address 0: no MSI, the wire alone', () => {
    arm(0n);
    transactions(1);
    expect([log.length, smmu.stats().msis]).toEqual([1, 0]);
  });

  test('§10.5 IRQ_STATUS.IRQ_ABT: an external abort; IRQEN 0 to 1 clears it, 1 to 0 does not', () => {
    arm(HOLE);
    transactions(1);
    expect(tbu.group.read32(P.IRQ_STATUS)).toBe(1);
    expect(smmu.pmcg[0].read32(P.IRQ_STATUS)).toBe(0);
    tbu.group.write32(P.IRQ_STATUS, 0);
    tbu.group.write32(P.IRQ_CTRL, 1);
    expect(tbu.group.read32(P.IRQ_STATUS)).toBe(1);
    tbu.group.write32(P.IRQ_CTRL, 0);
    expect(tbu.group.read32(P.IRQ_STATUS)).toBe(1);
    tbu.group.write32(P.IRQ_CTRL, 1);
    expect(tbu.group.read32(P.IRQ_STATUS)).toBe(0);
  });

  test('the embedder takes the MSI, or refuses it: IRQ_ABT of that group', async () => {
    const taken: [bigint, number][] = [];
    await device({ onMsi: (address, data) => taken.push([address, data]) < 2 });
    arm(HOLE);
    transactions(1);
    expect(tbu.group.read32(P.IRQ_STATUS)).toBe(0);
    tbu.set(0, TOP);
    transactions(1);
    expect(taken).toEqual([
      [HOLE, 0xfeed_0001],
      [HOLE, 0xfeed_0001],
    ]);
    expect([tbu.group.read32(P.IRQ_STATUS), smmu.read32(0x60)]).toEqual([1, 0]); // no GERROR
  });

  test('SMMUv3.0 has no IRQ_STATUS', async () => {
    await device({ id: { aidr: 0 } });
    arm(HOLE);
    transactions(1);
    expect(tbu.group.read32(P.IRQ_STATUS)).toBe(0);
  });
});

describe('IHI 0070 §10.2.1 capture', () => {
  test('CAPR: all counters of the group at once, enabled or not; those of other groups stay', () => {
    tbu.count(0, BYPASS).count(1, 0);
    tbu.set(7, 77n);
    transactions(4);
    smmu.advance(9n);
    tcu.count(0, 0);
    tbu.group.write32(P.CAPR, 0);
    expect(tbu.captured(0)).toBe(0n);
    tbu.group.write32(P.CAPR, 1);
    transactions(1);
    smmu.advance(20n);
    expect([0, 1, 7].map((n) => tbu.captured(n))).toEqual([4n, 9n, 77n]);
    expect([0, 1, 7].map((n) => tbu.get(n))).toEqual([5n, 20n, 77n]);
    expect(tcu.captured(0)).toBe(0n);
  });

  test('OVFCAP: overflow captures, the value after the wrap included', () => {
    tbu.count(0, BYPASS, { type: (SPAN | OVFCAP) >>> 0, from: TOP - 1n }).count(1, BYPASS);
    transactions(5);
    expect([tbu.captured(0), tbu.captured(1)]).toEqual([0n, 2n]);
  });

  test('without OVFCAP an overflow captures nothing, whatever other counters have', () => {
    tbu.count(0, BYPASS, { from: TOP }).count(1, BYPASS, { type: (SPAN | OVFCAP) >>> 0 });
    transactions(1);
    expect([tbu.overflowed, tbu.get(1)]).toEqual([1n, 1n]);
    expect([tbu.captured(0), tbu.captured(1)]).toEqual([0n, 0n]);
  });

  test('OVFCAP of a counter of cycles captures at the cycle of its wrap, without anybody looking', () => {
    tcu.count(0, 0, { type: (SPAN | OVFCAP) >>> 0, from: TOP - 9n }).count(1, 0, { from: 1000n });
    smmu.advance(500n);
    expect([tcu.captured(0), tcu.captured(1), tcu.get(1)]).toEqual([0n, 1010n, 1500n]);
  });

  test('captured values can be read when the interrupt comes', async () => {
    await device({ onInterrupt: () => log.push(`${tbu.captured(1)}, ${tbu.overflowed}, ${tbu.get(0)}`) });
    tbu
      .count(0, BYPASS, { type: (SPAN | OVFCAP) >>> 0, from: TOP - 2n })
      .count(1, BYPASS)
      .interruptOn(0);
    transactions(3);
    expect(log).toEqual(['3, 1, 0']);
  });
});

describe('snapshots', () => {
  test('a restored device counts and interrupts as the first would have', () => {
    tcu.count(0, 0, { from: TOP - 49n }).interruptOn(0);
    tbu.count(2, BYPASS, { from: TOP - 1n }).interruptOn(2);
    smmu.advance(30n);
    const saved = smmu.save();
    const go = (): unknown[] => {
      log = [];
      transactions(2);
      smmu.lookup(1, 0, 0);
      smmu.advance(60n);
      return [log, tcu.get(0), tbu.get(2), tbu.overflowed];
    };
    const first = go();
    expect(first).toEqual([['pmcg at 30', 'pmcg at 50'], 10n, 1n, 4n]);
    smmu.restore(saved);
    expect(go()).toEqual(first);
  });
});
