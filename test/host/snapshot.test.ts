import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { Smmu, type Translation } from '../../src/index.js';
import { Machine, R, RAM, RAM_BYTES } from '../support/machine.js';
import { machineOver } from './machine-over.js';
import { stage1 } from '../support/streams.js';
import { s1Leaf } from '../support/encode.js';

const SID = 5;

/** jest compares large arrays element by element, in seconds. */
const same = (a: Uint8Array, b: Uint8Array): boolean =>
  Buffer.from(a.buffer, a.byteOffset, a.length).equals(b);

async function machine(caches: 'mmu600-agilex5' | 'minimal' = 'mmu600-agilex5'): Promise<Machine> {
  const m = await Machine.create({ caches });
  const { tables } = stage1(m, SID, { cdFields: { S: 1, R: 1 } });
  for (let page = 0n; page < 300n; page++)
    tables.map(page << 12n, RAM + 0x80_0000n + (page << 12n), s1Leaf());
  return m;
}

/** Much traffic with random replacement, a few faults (stalls) among it. */
function traffic(m: Machine, from: number): Translation[] {
  return Array.from({ length: 600 }, (_, i) =>
    m.translate(SID, BigInt(((from + i) * 7919) % 310) << 12n, {
      access: i % 2 === 0 ? 'read' : 'write',
    }),
  );
}

describe('save and restore', () => {
  test('a restored device continues bit for bit', async () => {
    const a = await machine();
    traffic(a, 0);
    a.smmu.submit({ streamId: SID, iova: 0n });
    a.smmu.advance(7n);
    const snapshot = a.smmu.save({ ram: true });
    const b = await Machine.create({ caches: 'mmu600-agilex5' });
    b.smmu.restore(snapshot);
    expect(b.smmu.now).toBe(7n);
    expect(b.smmu.stats()).toEqual(a.smmu.stats());
    expect(traffic(b, 600)).toEqual(traffic(a, 600));
    expect(b.smmu.stats()).toEqual(a.smmu.stats());
    const [done, copy]: Translation[][] = [[], []];
    expect(a.smmu.poll(done)).toBe(1);
    expect(b.smmu.poll(copy)).toBe(1);
    expect(copy).toEqual(done);
    expect(same(b.smmu.save({ ram: true }), a.smmu.save({ ram: true }))).toBe(true);
    expect(() => b.translate(SID, 0n, { arrival: 1n })).toThrow(/arrival must not decrease/);
    a.smmu.dispose();
    b.smmu.dispose();
  });

  test('without ram, guest memory stays', async () => {
    const m = await machine('minimal');
    const snapshot = m.smmu.save();
    m.smmu.memory.write32(RAM + 0x70_0000n, 9);
    m.smmu.write32(R.CR0, 0);
    m.smmu.restore(snapshot);
    expect(m.smmu.read32(R.CR0) & 1).toBe(1);
    expect(m.smmu.memory.read32(RAM + 0x70_0000n)).toBe(9);
    const withRam = m.smmu.save({ ram: true });
    m.smmu.memory.write32(RAM + 0x70_0000n, 10);
    m.smmu.memory.write32(RAM + 0x7f_0000n, 10);
    m.smmu.restore(withRam);
    expect(m.smmu.memory.read32(RAM + 0x70_0000n)).toBe(9);
    expect(m.smmu.memory.read32(RAM + 0x7f_0000n)).toBe(0);
    m.smmu.dispose();
  });

  test('pages of a sparse window belong to RAM', async () => {
    const smmu = await Smmu.create({
      caches: false,
      timing: false,
      ram: [{ base: 0n, size: 2 ** 40, sparse: true, pool: 1 << 16 }],
    });
    smmu.memory.write32(0x5000n, 1);
    const [bare, full] = [smmu.save(), smmu.save({ ram: true })];
    smmu.memory.write32(0x9_0000_0000n, 2);
    smmu.restore(bare);
    expect(smmu.memory.read32(0x9_0000_0000n)).toBe(2);
    smmu.memory.write32(0x5000n, 3);
    smmu.restore(full);
    expect(smmu.memory.read32(0x5000n)).toBe(1);
    expect(smmu.memory.read32(0x9_0000_0000n)).toBe(0);
    smmu.memory.write32(0x9_0000_0000n, 4);
    expect(smmu.memory.read32(0x5000n)).toBe(1);
    smmu.dispose();
  });

  test('resumed transactions that nobody took are in it', async () => {
    const bare = { ram: [{ base: RAM, size: RAM_BYTES }], caches: false, timing: false } as const;
    const a = await Smmu.create(bare);
    const m = machineOver(a);
    stage1(m, SID, { cdFields: { S: 1, R: 1 } });
    const { stag } = m.translate(SID, 0x1000n);
    m.command([0x45n | (BigInt(SID) << 32n), 0n]); // CMD_STALL_TERM
    const b = await Smmu.create(bare);
    b.restore(a.save());
    const taken = b.takeResumed();
    expect(taken).toMatchObject([{ streamId: SID, stag, outcome: { status: 'abort' } }]);
    expect(a.takeResumed()).toEqual(taken);
    a.dispose();
    b.dispose();
  });

  test('callbacks stay the restoring device’s own', async () => {
    const a = await Machine.create();
    a.smmu.write32(R.IRQ_CTRL, 4);
    const b = await Machine.create();
    b.smmu.restore(a.smmu.save({ ram: true }));
    b.translate(0x1000, 0n);
    expect([a.interrupts, b.interrupts]).toEqual([[], ['eventq']]);
    a.smmu.dispose();
    b.smmu.dispose();
  });
});

describe('what is not its own is refused, and nothing has changed', () => {
  test('garbage, damage, another configuration, another build', async () => {
    const m = await machine('minimal');
    const snapshot = m.smmu.save({ ram: true });
    const before = m.smmu.save({ ram: true });
    const damaged = snapshot.slice();
    damaged[damaged.length >> 1] ^= 1;
    const version = snapshot.slice();
    version[12] = 99;
    const header = snapshot.slice();
    header[68] ^= 1;
    const other = await machine();
    const bytes = readFileSync(new URL('../../dist/core.wasm', import.meta.url));
    const changed = new Uint8Array([...bytes, 0, 2, 1, 0x78]); // a custom section named x
    const rebuilt = await Smmu.create({ caches: false, timing: false, module: changed });
    const plain = await Smmu.create({ caches: false, timing: false, module: new Uint8Array(bytes) });
    for (const [bad, sentence] of [
      [new Uint8Array(100), /^snapshot is not one/],
      [snapshot.subarray(0, 40), /^snapshot is not one/],
      [damaged, /^snapshot is damaged/],
      [header, /^snapshot is damaged/],
      [snapshot.subarray(0, snapshot.length - 1), /^snapshot is damaged/],
      [version, /^snapshot has format 1 and layout 99/],
      [other.smmu.save(), /^snapshot was taken from a device of another configuration/],
    ] as const) {
      expect(() => m.smmu.restore(bad)).toThrow(RangeError);
      expect(() => m.smmu.restore(bad)).toThrow(sentence);
    }
    expect(() => plain.restore(rebuilt.save())).toThrow(/^snapshot was taken by another build of the core$/);
    expect(() => m.smmu.restore([] as never)).toThrow(TypeError);
    expect(same(m.smmu.save({ ram: true }), before)).toBe(true);
    for (const smmu of [m.smmu, other.smmu, rebuilt, plain]) smmu.dispose();
  });
});
