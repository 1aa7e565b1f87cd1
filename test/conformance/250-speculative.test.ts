// Hardware updates of speculative reads and of prefetches: all of them when the translation succeeds, none when it does not
// (IHI 0070 §3.14, §4.2).
import { describe, expect, test } from '@jest/globals';
import type { Bus } from '../../src/index.js';
import { cmd, s1Leaf, s2Leaf } from '../support/encode.js';
import { HOLE, Machine } from '../support/machine.js';
import { RAM_TO_GUEST, nested, stage1, type Nested } from '../support/streams.js';

const VA = 0x7654_3000n;
const IPA = 0x9_8765_4000n;
const PA = 0x1_2345_6000n;
const AF = 1n << 10n;
const S2_WRITABLE = 1n << 7n;

/** A nested stream: all access flags that VA needs are clear, but for what `leaf` says of the page with its level 3 table. */
function unaccessed(m: Machine, leaf: { s2ap: number; af: number }): Nested & { tablePage: bigint } {
  const n = nested(m, 0, { ramLevel: 3, cdFields: { HA: 1 }, steFields: { S2HA: 1 } });
  n.tables.map(VA, IPA, s1Leaf({ af: 0 }));
  n.s2.map(IPA, PA, s2Leaf({ af: 0 }));
  const slot = n.tables.slot(VA, 3);
  const tablePage = (slot + RAM_TO_GUEST) & ~0xfffn;
  n.s2.map(tablePage, slot & ~0xfffn, s2Leaf(leaf));
  return { ...n, tablePage };
}
const flags = (n: ReturnType<typeof unaccessed>): boolean[] =>
  [n.s2.read(n.tablePage, 3), n.tables.read(VA, 3), n.s2.read(IPA, 3)].map((d) => (d & AF) !== 0n);

describe('IHI 0070 §3.14 speculative reads, §3.13.5 with two stages', () => {
  test('one that succeeds sets every access flag that another read would', async () => {
    const m = await Machine.create();
    const n = unaccessed(m, { s2ap: 3, af: 0 });
    m.expectOk(0, VA, PA, { speculative: true });
    expect(flags(n)).toEqual([true, true, true]);
  });

  test.each([
    ['CD.A = 1', { A: 1 }, 'abort'],
    ['CD.A = 0', { A: 0 }, 'raz-wi'],
    ['CD.S = 1', { S: 1, A: 0 }, 'stalled'],
  ])('one that faults ends as an abort without an event, with %s', async (_, cdFields, otherwise) => {
    const m = await Machine.create();
    stage1(m, 0, { cdFields });
    const { status, event, stag } = m.translate(0, VA, { speculative: true });
    expect({ status, event, stag }).toEqual({ status: 'abort', event: undefined, stag: undefined });
    m.expectEvents();
    expect(m.translate(0, VA).status).toBe(otherwise);
  });

  test('the stage 1 descriptor may not be written: abort, and its own page at stage 2 stays unaccessed', async () => {
    const m = await Machine.create();
    const n = unaccessed(m, { s2ap: 1, af: 0 });
    m.expectSilentAbort(0, VA, { speculative: true });
    expect(flags(n)).toEqual([false, false, false]);
  });

  test('a fault of the output after the update of stage 1: abort, and no flag is set', async () => {
    const m = await Machine.create();
    const n = unaccessed(m, { s2ap: 3, af: 0 });
    n.s2.map(IPA, PA, s2Leaf({ s2ap: 2 }));
    m.expectSilentAbort(0, VA, { speculative: true });
    expect(flags(n)).toEqual([false, false, true]);
  });

  test('writable-clean at stage 2: the update of a stage 1 descriptor makes its page dirty, or leaves it clean', async () => {
    for (const s2ap of [3, 2]) {
      const m = await Machine.create();
      const n = nested(m, 0, { ramLevel: 3, cdFields: { HA: 1 }, steFields: { S2HA: 1, S2HD: 1 } });
      n.tables.map(VA, IPA, s1Leaf({ af: 0 }));
      n.s2.map(IPA, PA, s2Leaf({ s2ap }));
      const slot = n.tables.slot(VA, 3);
      const page = (slot + RAM_TO_GUEST) & ~0xfffn;
      n.s2.map(page, slot & ~0xfffn, s2Leaf({ s2ap: 1, dbm: 1 }));
      expect(m.translate(0, VA, { speculative: true }).status).toBe(s2ap === 3 ? 'ok' : 'abort');
      expect((n.s2.read(page, 3) & S2_WRITABLE) !== 0n).toBe(s2ap === 3);
    }
  });

  test('a CD that does not come: the access flags on the way to it stay clear', async () => {
    const m = await Machine.create();
    const n = nested(m, 0, { ramLevel: 3, cdFields: { V: 0 }, steFields: { S2HA: 1 } });
    n.s2.map(n.cdIpa & ~0xfffn, n.cd & ~0xfffn, s2Leaf({ af: 0 }));
    m.expectSilentAbort(0, VA, { speculative: true });
    expect(n.s2.read(n.cdIpa, 3) & AF).toBe(0n);
  });

  test('what is only marked in memory at the end is filled after it: the next read needs no walk', async () => {
    const m = await Machine.create({ caches: 'mmu600-agilex5' });
    unaccessed(m, { s2ap: 3, af: 0 });
    m.expectOk(0, VA, PA, { speculative: true });
    expect(m.expectOk(0, VA, PA).hit).toBe('micro-tlb');
  });
});

/** 64-bit words at HOLE, with compare-exchanges that a test decides. */
class Words implements Bus {
  readonly words = new Map<number, bigint>();
  /** The address is exchanged (true), aborts (undefined), or changes just before (a word). */
  decide: (address: number) => boolean | bigint | undefined = () => true;

  read(address: number, into: Uint8Array): boolean {
    const view = new DataView(into.buffer, into.byteOffset, into.length);
    for (let i = 0; i < into.length; i += 8) view.setBigUint64(i, this.words.get(address + i) ?? 0n, true);
    return true;
  }
  write(): boolean {
    return false;
  }
  compareExchange64(address: number, expected: bigint, desired: bigint): bigint | undefined {
    const decision = this.decide(address);
    if (decision === undefined || decision === false) return undefined;
    if (typeof decision === 'bigint') this.words.set(address, decision);
    const found = this.words.get(address) ?? 0n;
    if (found === expected) this.words.set(address, desired);
    return found;
  }
}

/** Tables of levels 2 and 3 on the bus, those above in RAM; HAFT, and nothing has been accessed. */
async function onBus(): Promise<{
  m: Machine;
  bus: Words;
  ram: () => boolean[];
  table: number;
  leaf: number;
}> {
  const bus = new Words();
  const m = await Machine.create({ bus, id: { HTTU: 3 } });
  const { tables } = stage1(m, 0, { cdFields: { HA: 1, HAFT: 1 } });
  tables.raw(VA, 1, HOLE | 3n);
  const table = Number(HOLE + ((VA >> 21n) & 511n) * 8n);
  bus.words.set(table, (HOLE + 0x1000n) | 3n);
  const leaf = Number(HOLE + 0x1000n + ((VA >> 12n) & 511n) * 8n);
  bus.words.set(leaf, PA | s1Leaf({ af: 0 }) | 3n);
  return { m, bus, table, leaf, ram: () => [0, 1].map((level) => (tables.read(VA, level) & AF) !== 0n) };
}
const accessed = (bus: Words, ...at: number[]): boolean[] =>
  at.map((address) => ((bus.words.get(address) ?? 0n) & AF) !== 0n);

describe('IHI 0070 §3.14 several updates reach memory together or not at all', () => {
  test('all of them', async () => {
    const { m, bus, table, leaf, ram } = await onBus();
    m.expectOk(0, VA, PA, { speculative: true });
    expect([...ram(), ...accessed(bus, table, leaf)]).toEqual([true, true, true, true]);
  });

  test('an external abort on the last: the others are taken back', async () => {
    const { m, bus, table, leaf, ram } = await onBus();
    bus.decide = (address) => address !== leaf || undefined;
    m.expectSilentAbort(0, VA, { speculative: true });
    expect([...ram(), ...accessed(bus, table, leaf)]).toEqual([false, false, false, false]);
  });

  test('a descriptor that has changed since it was read: none is made, and the walk begins again', async () => {
    const { m, bus, table, leaf, ram } = await onBus();
    const elsewhere = 0x2_3456_7000n;
    let changes = 0;
    bus.decide = (address) => {
      if (address !== leaf || changes > 0) return true;
      changes++;
      return elsewhere | s1Leaf({ af: 0 }) | 3n;
    };
    m.expectOk(0, VA, elsewhere, { speculative: true });
    expect([...ram(), ...accessed(bus, table, leaf)]).toEqual([true, true, true, true]);
    expect(changes).toBe(1);
  });

  test('one that changes every time: abort in the end, and nothing is held for good', async () => {
    const { m, bus, table, leaf, ram } = await onBus();
    let n = 0n;
    bus.decide = (address) => {
      if (address !== leaf) return true;
      n++;
      return PA | s1Leaf({ af: 0 }) | 3n | ((n & 7n) << 55n);
    };
    for (let i = 0; i < 40; i++) m.expectSilentAbort(0, VA, { speculative: true });
    expect([...ram(), ...accessed(bus, table, leaf)]).toEqual([false, false, false, false]);
    bus.decide = () => true;
    m.expectOk(0, VA, PA, { speculative: true });
  });
});

describe('IHI 0070 §4.2 prefetch commands update as speculative reads do', () => {
  test('§4.2.2 CMD_PREFETCH_ADDR sets the access flags of an address that translates', async () => {
    const m = await Machine.create();
    const n = unaccessed(m, { s2ap: 3, af: 0 });
    m.command(cmd.prefetchAddr(0, VA));
    expect(flags(n)).toEqual([true, true, true]);
  });

  test('§4.2.2 and none of an address that does not', async () => {
    const m = await Machine.create();
    const n = unaccessed(m, { s2ap: 1, af: 0 });
    m.command(cmd.prefetchAddr(0, VA));
    expect(flags(n)).toEqual([false, false, false]);
    m.expectEvents();
  });

  test('§4.2.1 both set the access flag of the page that the CD is read from, whatever becomes of the address', async () => {
    for (const command of [cmd.prefetchConfig(0), cmd.prefetchAddr(0, VA)]) {
      const m = await Machine.create();
      const n = nested(m, 0, { ramLevel: 3, steFields: { S2HA: 1 } });
      n.s2.map(n.cdIpa & ~0xfffn, n.cd & ~0xfffn, s2Leaf({ af: 0 }));
      m.command(command);
      expect(n.s2.read(n.cdIpa, 3) & AF).toBe(AF);
    }
  });
});
