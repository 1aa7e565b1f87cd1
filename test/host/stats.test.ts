import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Smmu } from '../../src/index.js';
import { commandName } from '../../src/stats/stats.js';
import { Machine, RAM } from '../support/machine.js';
import { stage1 } from '../support/streams.js';
import { s1Leaf } from '../support/encode.js';

const SID = 5;
let m: Machine;
beforeEach(async () => {
  m = await Machine.create({ caches: 'mmu600-agilex5' });
  stage1(m, SID).tables.map(0x7000n, RAM + 0x40_0000n, s1Leaf());
});
afterEach(() => m.smmu.dispose());

describe('stats', () => {
  test('count a transaction wherever it passes', () => {
    m.translate(SID, 0x7000n);
    m.translate(SID, 0x7000n);
    m.translate(SID, 0x8000n);
    m.translate(0x1000, 0n);
    const stats = m.smmu.stats();
    expect(stats).toMatchObject({
      transactions: 4,
      outcomes: { ok: 2, abort: 2, razWi: 0, stalled: 0 },
      events: { F_TRANSLATION: 1, C_BAD_STREAMID: 1 },
      eventsCaused: 2,
      eventsLost: 0,
      stalled: 0,
    });
    expect(stats.streams.map(({ streamId, transactions }) => [streamId, transactions])).toEqual([
      [SID, 3],
      [0x1000, 1],
    ]);
    expect(stats.streams[0]).toMatchObject({ configMisses: 1, events: 1, reads: { ste: 1, cd: 1 } });
    expect(stats.caches['tbu0.micro']).toMatchObject({ entries: 16, ways: 16, valid: 1, fills: 1 });
    expect(stats.caches.config).toMatchObject({ entries: 256, sets: 64, ways: 4, valid: 1 });
    expect(stats.caches.tcu).toBeUndefined();
  });

  test('count commands by name, and invalidated entries', () => {
    m.translate(SID, 0x7000n);
    m.command([0x30n, 0n]); // CMD_TLBI_NSNH_ALL
    const stats = m.smmu.stats();
    expect(stats.commands).toEqual({ CMD_TLBI_NSNH_ALL: 1, CMD_SYNC: 1 });
    expect(stats.caches['tbu0.micro']).toMatchObject({ valid: 0, invalidated: 1 });
    m.queue([0x99n, 0n]);
    expect(m.smmu.stats().commandErrors).toBe(1);
  });

  test('resetStats clears counters and keeps what caches hold', () => {
    m.translate(SID, 0x7000n);
    m.smmu.resetStats();
    const stats = m.smmu.stats();
    expect(stats.transactions).toBe(0);
    expect(stats.caches['tbu0.micro']).toMatchObject({ valid: 1, hits: 0, fills: 0 });
    expect(m.translate(SID, 0x7000n).hit).toBe('micro-tlb');
  });

  test('streams beyond statStreams share a record without an id', async () => {
    const smmu = await Smmu.create({ caches: false, timing: false, statStreams: 2 });
    for (const streamId of [1, 2, 3, 4, 1]) smmu.translate({ streamId, iova: 0n });
    const { streams, transactions } = smmu.stats();
    expect(transactions).toBe(5);
    expect(streams.map((s) => [s.streamId, s.transactions])).toEqual([
      [1, 2],
      [2, 1],
      [undefined, 2],
    ]);
    smmu.dispose();
  });

  test('names of opcodes', () => {
    expect([0x03, 0x04, 0x46, 0x99].map(commandName)).toEqual([
      'CMD_CFGI_STE',
      'CMD_CFGI_STE_RANGE',
      'CMD_SYNC',
      'CMD_0x99',
    ]);
  });
});
