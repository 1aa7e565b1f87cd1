// Commands take time (docs/timing.md, "commands"): gem5's model of the command queue, IHI 0070 §4.7.3.
import { describe, expect, test } from '@jest/globals';
import { presets, type SmmuOptions, type Translation } from '../../src/index.js';
import { cmd, type Command } from '../support/encode.js';
import { CMDQEN, EVENTQEN, type Machine, R, SMMUEN, SPACIOUS } from '../support/machine.js';
import { DATA, gem5, SID, timedMachine } from './timed-machine.js';

const L = 37;
const [EXECUTE, UP, INVALIDATE, DOWN, SYNC] = [3, 5, 14, 9, 50];

/** One clock; what a TLBI and a CMD_SYNC take is the sum of the parts. */
function engine(commands = {}): SmmuOptions['timing'] {
  const { timing } = presets['gem5-default'];
  return {
    ...timing,
    link: { down: DOWN, up: UP },
    memory: { ...timing.memory, latency: L },
    commands: { fetch: true, execute: EXECUTE, invalidate: INVALIDATE, sync: SYNC, ...commands },
  };
}
const FETCH = 1 + L;
const TLBI = FETCH + EXECUTE + UP + INVALIDATE + DOWN;
const CMD_SYNC = FETCH + EXECUTE + SYNC;

const cons = (m: Machine): number => m.smmu.read32(R.CMDQ_CONS) & 0xfffff;

/** A machine whose commands of the set-up are done with. */
async function machine(timing: SmmuOptions['timing'], options: Partial<SmmuOptions> = {}): Promise<Machine> {
  const m = await timedMachine(timing, options);
  m.smmu.advance(100_000n);
  return m;
}

/** Cycles from the doorbell until CONS has moved for each of the commands. */
function whenConsumed(m: Machine, ...commands: Command[]): number[] {
  const from = m.smmu.now;
  const before = cons(m);
  m.queue(...commands);
  const times: number[] = [];
  for (let t = from; times.length < commands.length; t += 1n) {
    if (t > from + 100_000n) throw new Error(`${times.length} of ${commands.length} commands were consumed`);
    m.smmu.advance(t);
    while (((cons(m) - before) & 0xff) > times.length) times.push(Number(t - from));
  }
  return times;
}

describe('asyncCommands: CONS moves as time passes', () => {
  test('gem5: a cycle of the request port and L for each command, the first a cycle after the doorbell', async () => {
    const m = await machine(gem5(100), { asyncCommands: true });
    expect(whenConsumed(m, cmd.nhAll(), cmd.cfgiAll(), cmd.sync())).toEqual([102, 203, 304]);
  });

  test('a TLBI: fetch, execution, to the TBU, its TLB, and back; a CFGI the same; others no TBU', async () => {
    const m = await machine(engine(), { asyncCommands: true });
    expect(whenConsumed(m, cmd.nhVa(0, 0, 0n))).toEqual([1 + TLBI]);
    expect(whenConsumed(m, cmd.cfgiSte(SID))).toEqual([1 + TLBI]);
    expect(whenConsumed(m, cmd.prefetchConfig(SID))).toEqual([1 + FETCH + EXECUTE]);
  });

  test('one invalidation is under way at a time, and CMD_SYNC waits for it', async () => {
    const m = await machine(engine(), { asyncCommands: true });
    expect(whenConsumed(m, cmd.nhAll(), cmd.nsnhAll(), cmd.sync())).toEqual([
      1 + TLBI,
      1 + 2 * TLBI,
      1 + 2 * TLBI + CMD_SYNC,
    ]);
  });

  test('several TBUs are invalidated at once', async () => {
    const m = await machine(engine(), { asyncCommands: true, tbus: 3 });
    expect(whenConsumed(m, cmd.nhAll())).toEqual([1 + TLBI]);
    expect(m.smmu.stats().timing).toMatchObject({ commands: { tbuInvalidations: expect.any(Number) } });
  });

  test('without a fetch, and with nothing that takes time: a cycle', async () => {
    const free = { fetch: false, execute: 0, invalidate: 0, sync: 0 };
    const m = await machine(engine(free), { asyncCommands: true });
    expect(whenConsumed(m, cmd.nhAll(), cmd.sync())).toEqual([1, 1]);
  });

  test('mmu600-agilex5: about 126 ns for an invalidation, 240 ns for a CMD_SYNC, at 600 MHz', async () => {
    const m = await machine('mmu600-agilex5', { asyncCommands: true });
    const [tlbi, sync] = whenConsumed(m, cmd.nhAll(), cmd.sync());
    expect(Math.abs((tlbi - 1) / 0.6 - 126)).toBeLessThan(2.6); // a TBU cycle, for the edges of its clock
    expect((sync - tlbi) / 0.6).toBeCloseTo(240, 5);
  });

  test('an invalidated translation hits until the engine comes to the command', async () => {
    const m = await machine(engine(), { asyncCommands: true, caches: SPACIOUS });
    m.translate(SID, 0n);
    const from = m.smmu.now;
    m.queue(cmd.nhAll());
    m.smmu.advance(from + BigInt(FETCH));
    const valid = (): number => Object.values(m.smmu.stats().caches).reduce((n, c) => n + c.valid, 0);
    const before = valid();
    expect(before).toBeGreaterThan(5);
    m.smmu.advance(from + BigInt(1 + FETCH));
    expect(valid()).toBe(1); // the configuration
  });

  test('CMD_SYNC gives its interrupt when it is done, at its cycle', async () => {
    const at: bigint[] = [];
    const m = await machine(engine(), {
      asyncCommands: true,
      onInterrupt: (source) => source === 'cmd-sync' && at.push(m.smmu.now),
    });
    m.smmu.write32(R.CR0, SMMUEN | EVENTQEN | CMDQEN);
    const from = m.smmu.now;
    m.queue(cmd.nhAll(), cmd.sync(1));
    expect(at).toEqual([]);
    m.smmu.advance(from + 1000n);
    expect(at).toEqual([from + BigInt(1 + TLBI + CMD_SYNC)]);
  });

  test('a command in error stops the engine when it comes to it; acknowledged, it goes on', async () => {
    const m = await machine(engine(), { asyncCommands: true });
    const from = m.smmu.now;
    m.queue(cmd.raw(0xff), cmd.nhAll());
    m.smmu.advance(from + BigInt(FETCH));
    expect(m.commandState()).toEqual({ consumed: false, error: false });
    m.smmu.advance(from + BigInt(1 + FETCH));
    expect(m.commandState()).toEqual({ consumed: false, error: true });
    expect(m.smmu.nextEvent()).toBeNull();
    const bad = cons(m);
    m.words(m.commandSlot(bad), cmd.sync());
    m.smmu.write32(R.GERRORN, m.smmu.read32(R.GERROR));
    m.smmu.advance(m.smmu.now + 1000n);
    expect(m.commandState()).toEqual({ consumed: true, error: false });
  });

  test('CMDQEN cleared: the command under way is consumed, no other; set again: the rest', async () => {
    const m = await machine(engine(), { asyncCommands: true });
    const from = m.smmu.now;
    const before = cons(m);
    m.queue(cmd.nhAll(), cmd.nhAll());
    m.smmu.advance(from + BigInt(1 + FETCH));
    m.smmu.write32(R.CR0, SMMUEN | EVENTQEN);
    expect(cons(m) - before).toBe(1);
    m.smmu.advance(from + 10_000n);
    expect(cons(m) - before).toBe(1);
    m.smmu.write32(R.CR0, SMMUEN | EVENTQEN | CMDQEN);
    m.smmu.advance(m.smmu.now + BigInt(TLBI));
    expect(cons(m) - before).toBe(1);
    m.smmu.advance(m.smmu.now + 1n);
    expect(cons(m) - before).toBe(2);
  });

  test('a snapshot in the middle of a command goes on to the cycle', async () => {
    const options = { asyncCommands: true } as const;
    const [a, b] = [await machine(engine(), options), await machine(engine(), options)];
    const from = a.smmu.now;
    a.queue(cmd.nhAll(), cmd.sync());
    a.smmu.advance(from + BigInt(FETCH + 5));
    b.smmu.restore(a.smmu.save({ ram: true }));
    for (const m of [a, b]) {
      m.smmu.advance(from + BigInt(TLBI));
      const before = cons(m);
      m.smmu.advance(from + BigInt(1 + TLBI));
      expect(cons(m) - before).toBe(1);
      m.smmu.advance(from + BigInt(TLBI + CMD_SYNC));
      expect(cons(m) - before).toBe(1);
      m.smmu.advance(from + BigInt(1 + TLBI + CMD_SYNC));
      expect(cons(m) - before).toBe(2);
    }
  });

  test('needs time', async () => {
    await expect(timedMachine(false, { asyncCommands: true })).rejects.toThrow(
      /^asyncCommands must be false while timing is false/,
    );
  });
});

describe('at the doorbell: effect and CONS at once, the engine is busy', () => {
  test('for the same time, and transactions do not wait for its end', async () => {
    const m = await machine(engine());
    m.translate(SID, 0n);
    const { now } = m.smmu;
    const busy = (): number => m.smmu.stats().timing!.commands.busyCycles;
    const before = busy();
    const other = cmd.nhVa(0, 0, 0x5_0000_0000n);
    m.queue(other, other, cmd.sync());
    expect(m.commandState().consumed).toBe(true);
    expect(m.smmu.nextEvent()).toBe(now + 1n);
    expect(m.translate(SID, 0n)).toMatchObject({ hit: 'micro-tlb', latency: 4 + L });
    expect(m.smmu.nextEvent()).not.toBeNull();
    m.smmu.advance(now + 1000n);
    expect(m.smmu.nextEvent()).toBeNull();
    expect(busy() - before).toBe(1 + 2 * TLBI + CMD_SYNC);
  });

  test.each([
    ['before it reaches the TLB: not held up', 0, 0],
    ["at the TLB's port: until it is free", 1, 1],
    ['behind it: not held up', 1 + INVALIDATE, 0],
  ])('a main TLB hit that comes %s', async (_, shift, waits) => {
    const { caches } = presets['gem5-default'];
    const micro = { ...caches.microTlb, enabled: false };
    const m = await machine(engine(), {
      caches: {
        ...caches,
        microTlb: micro,
        mainTlb: { ...caches.mainTlb, slots: 1 },
      } as SmmuOptions['caches'],
    });
    m.translate(SID, 0n);
    const from = m.smmu.now + 10n;
    m.smmu.advance(from);
    m.queue(cmd.nhVa(0, 0, 0x5_0000_0000n));
    // The invalidation holds the only port from here on.
    const held = from + BigInt(1 + FETCH + EXECUTE + UP);
    // A transaction takes a cycle at the TBU's port before its look-up of 3.
    const arrival = held - 1n + BigInt(shift) - (waits ? 0n : shift === 0 ? 3n : 0n);
    m.smmu.submit({ streamId: SID, iova: 0n, arrival });
    m.smmu.advance(from + 2000n);
    const done: Translation[] = [];
    expect(m.smmu.poll(done)).toBe(1);
    const isolated = 1n + 3n + 1n;
    const lookup = waits ? held + BigInt(INVALIDATE) : arrival + 1n;
    expect(done[0]).toMatchObject({ pa: DATA, hit: 'main-tlb', translated: lookup - 1n + isolated });
  });
});

describe('statistics of the queue, in both modes', () => {
  const COUNT = 100;

  test('at the doorbell: CONS moves, and what a queue would have to hold shows', async () => {
    const m = await machine(engine());
    m.smmu.resetStats();
    for (let i = 0; i < COUNT; i++) m.queue(cmd.nhVa(0, 0, 0x5_0000_0000n));
    expect(m.commandState().consumed).toBe(true);
    m.smmu.advance(m.smmu.now + BigInt(COUNT * TLBI) + 10n);
    const { commands } = m.smmu.stats().timing!;
    expect(commands.busyCycles).toBe(1 + COUNT * TLBI);
    expect(commands.backlog.max).toBe(COUNT);
    // Command n waits for those before it; all but the first cycle is somebody's.
    expect(commands.waitCycles).toBe((COUNT - 1) * (1 + (COUNT * TLBI) / 2));
    expect(commands.backlog.mean).toBeCloseTo(1 + commands.waitCycles / commands.busyCycles, 10);
  });

  test('as time passes: how full the queue is', async () => {
    const m = await machine(engine(), { asyncCommands: true });
    m.smmu.resetStats();
    m.queue(...Array.from({ length: COUNT }, () => cmd.nhVa(0, 0, 0x5_0000_0000n)));
    m.smmu.advance(m.smmu.now + BigInt(COUNT * TLBI) + 10n);
    const { commands } = m.smmu.stats().timing!;
    expect(commands.busyCycles).toBe(1 + COUNT * TLBI);
    expect(commands.backlog.max).toBe(COUNT);
    expect(commands.waitCycles).toBe((COUNT - 1) * (1 + (COUNT * TLBI) / 2));
  });
});
