// The embedder's memory behind table walks: every access asked for once, in order, and exactly as long as it says.
import { describe, expect, test } from '@jest/globals';
import { presets, Smmu, type SmmuOptions, type WalkAccess } from '../../src/index.js';
import { s1Leaf, s2Leaf } from '../support/encode.js';
import { identification, RAM, RAM_BYTES } from '../support/machine.js';
import { nested, stage1 } from '../support/streams.js';
import { machineOver } from '../host/machine-over.js';
import { DATA, gem5, SID, timedMachine } from './timed-machine.js';

type Seen = Pick<WalkAccess, 'what' | 'level' | 'address' | 'bytes' | 'write' | 'streamId' | 'cycle'>;
const keep = (seen: Seen[], a: WalkAccess): void => {
  const { what, level, address, bytes, write, streamId, cycle } = a;
  seen.push({ what, level, address, bytes, write, streamId, cycle });
};

describe('walkLatency', () => {
  test('a cold stage 1 walk: what is read, where, when; the sum of the latencies in the answer', async () => {
    const seen: Seen[] = [];
    const latencies = [11, 200, 0, 37, 5, 64];
    const m = await timedMachine(gem5(100), {
      walkLatency: (access) => {
        keep(seen, access);
        return latencies[seen.length - 1];
      },
    });
    const t = m.translate(SID, 0n);
    expect(seen.map(({ what, level }) => `${what} ${level}`)).toEqual([
      'ste 0',
      'cd 0',
      'stage1 0',
      'stage1 1',
      'stage1 2',
      'stage1 3',
    ]);
    expect(seen.map(({ bytes }) => bytes)).toEqual([64, 64, 8, 8, 8, 8]);
    expect(seen.every(({ write, streamId }) => !write && streamId === SID)).toBe(true);
    expect(BigInt(seen[0].address)).toBe(m.steAddress(SID));
    // The reads find what they are said to read: the leaf is at the address of the last.
    expect(m.smmu.memory.read64(BigInt(seen[5].address)) & 0xfffff000n).toBe(DATA);
    // Cold: 49 cycles besides the six reads and the client's own access (gem5's closed form: 49 + 7L).
    expect(t.latency).toBe(49 + latencies.reduce((a, b) => a + b) + 100);
    // From one issue to the next: the answer, and for descriptors an evaluation, then a cycle at the port; after STE and CD the
    // walk cache is asked (12) and the walk starts (1).
    const gaps = seen.slice(1).map(({ cycle }, i) => cycle - seen[i].cycle);
    expect(gaps).toEqual([11 + 1, 200 + 12 + 1 + 1, 0 + 2, 37 + 2, 5 + 2]);
  });

  test('nested: stage 2 reads of the CD, of the tables and of the output', async () => {
    const seen: Seen[] = [];
    const smmu = await Smmu.create({
      id: await identification(),
      ram: [{ base: RAM, size: RAM_BYTES }],
      timing: gem5(100),
      walkLatency: (access) => (keep(seen, access), 100),
    });
    const m = machineOver(smmu);
    const n = nested(m, SID);
    n.tables.map(0n, 0x9_0000_0000n, s1Leaf());
    n.s2.map(0x9_0000_0000n, DATA, s2Leaf());
    const t = m.translate(SID, 0n);
    expect(t).toMatchObject({ status: 'ok', pa: DATA });
    const count = (what: string): number => seen.filter((a) => a.what === what).length;
    expect({ ste: count('ste'), cd: count('cd'), stage1: count('stage1'), stage2: count('stage2') }).toEqual(
      t.reads,
    );
  });

  test('hardware updates are writes', async () => {
    const seen: Seen[] = [];
    const smmu = await Smmu.create({
      id: await identification({ HTTU: 2 }),
      ram: [{ base: RAM, size: RAM_BYTES }],
      timing: gem5(100),
      walkLatency: (access) => (keep(seen, access), 100),
    });
    const m = machineOver(smmu);
    const { tables } = stage1(m, SID, { cdFields: { HA: 1 } });
    tables.map(0n, DATA, s1Leaf({ af: 0 }));
    expect(m.translate(SID, 0n).status).toBe('ok');
    const writes = seen.filter(({ write }) => write);
    expect(writes).toHaveLength(1);
    expect(writes[0]).toMatchObject({ what: 'stage1', level: 3 });
    const read = seen.find(({ what, level, write }) => what === 'stage1' && level === 3 && !write);
    expect(writes[0].address).toBe(read!.address);
  });

  test('§3.14 those of a speculative read come behind its reads, one after another', async () => {
    const seen: Seen[] = [];
    const smmu = await Smmu.create({
      id: await identification({ HTTU: 2 }),
      ram: [{ base: RAM, size: RAM_BYTES }],
      timing: gem5(100),
      walkLatency: (access) => (keep(seen, access), 100),
    });
    const m = machineOver(smmu);
    const n = nested(m, SID, { cdFields: { HA: 1 }, steFields: { S2HA: 1 } });
    n.tables.map(0n, 0x9_0000_0000n, s1Leaf({ af: 0 }));
    n.s2.map(0x9_0000_0000n, DATA, s2Leaf({ af: 0 }));
    expect(m.translate(SID, 0n, { speculative: true }).status).toBe('ok');
    const first = seen.findIndex(({ write }) => write);
    const writes = seen.slice(first);
    expect(writes.map(({ what, level, write }) => `${what} ${level} ${write}`)).toEqual([
      'stage1 3 true',
      'stage2 3 true',
    ]);
    expect(writes.map(({ address }) => BigInt(address))).toEqual([
      n.tables.slot(0n, 3),
      n.s2.slot(0x9_0000_0000n, 3),
    ]);
    expect(writes[1].cycle - writes[0].cycle).toBe(100 + 1);
    expect(n.tables.read(0n, 3) & n.s2.read(0x9_0000_0000n, 3) & (1n << 10n)).toBe(1n << 10n);
  });

  test('a latency that is none, and what the callback throws, come out of the call', async () => {
    for (const [bad, message] of [
      [1.5, /^walkLatency of the access at 0x[0-9a-f]+ must be an integer, not 1.5$/],
      [-1, /between 0 and .*, not -1$/],
      [2 ** 24, /not 16777216$/],
    ] as const) {
      const m = await timedMachine(gem5(100), { walkLatency: () => bad });
      expect(() => m.translate(SID, 0n)).toThrow(message);
      m.smmu.dispose();
    }
    const m = await timedMachine(gem5(100), {
      walkLatency: () => {
        throw new Error('mine');
      },
    });
    expect(() => m.translate(SID, 0n)).toThrow('mine');
    expect(m.translate(SID, 0n).hit).toBe('micro-tlb');
  });

  test('needs time', async () => {
    await expect(Smmu.create({ timing: false, walkLatency: () => 1 })).rejects.toThrow(
      /^walkLatency must be left out while timing is false/,
    );
  });
});

describe('memory.answerBytes: the way back from memory', () => {
  const narrow = (answerBytes: number): SmmuOptions['timing'] => {
    const { timing } = presets['gem5-default'];
    return { ...timing, memory: { ...timing.memory, latency: 100, answerBytes } };
  };

  test.each([
    [64, 0],
    [32, 2],
    [16, 6],
    [8, 14],
  ])('%d bytes a cycle: a cold walk takes %d cycles more, for STE and CD', async (bytes, more) => {
    const m = await timedMachine(narrow(bytes));
    expect(m.translate(SID, 0n).latency).toBe(749 + more);
  });

  test('answers of reads that overlap come one after another', async () => {
    const m = await timedMachine(narrow(4)); // two cycles for a descriptor
    m.translate(SID, 0n);
    const { now } = m.smmu;
    // Sixteen pages, the last descriptor of each to be read, one read issued a cycle.
    for (let i = 1; i <= 16; i++)
      m.smmu.submit({ streamId: SID, iova: BigInt(i) << 12n, requester: i, arrival: now + 10n + BigInt(i) });
    m.smmu.advance(now + 5000n);
    const done: { completion: bigint }[] = [];
    m.smmu.poll(done as never);
    // 233 for the first (33 + 2L), a cycle more for its descriptor's second beat, two cycles for each that follows.
    expect(done.map(({ completion }) => Number(completion - now) - 11)).toEqual(
      Array.from({ length: 16 }, (_, i) => 233 + 1 + 2 * i),
    );
  });
});
