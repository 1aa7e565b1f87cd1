import { describe, expect, test } from '@jest/globals';
import { Smmu, type SmmuOptions } from '../../src/index.js';
import { s1Leaf } from '../support/encode.js';
import { Machine, R, RAM } from '../support/machine.js';
import { machineOver } from './machine-over.js';
import { stage1 } from '../support/streams.js';

const SID = 5;
const UNKNOWN = 0x1000;
const EVENTQ_IRQEN = 4;
const GERROR_IRQEN = 1;
const STALL = { cdFields: { S: 1, R: 1, A: 0 } };

describe('onInterrupt', () => {
  test('comes before the call returns, and the handler may use the device', async () => {
    const m = await Machine.create();
    const log: string[] = [];
    m.interrupts.push = (source) => {
      log.push(`${source} ${m.events().length}`);
      return 1;
    };
    m.smmu.write32(R.IRQ_CTRL, EVENTQ_IRQEN);
    m.translate(UNKNOWN, 0n);
    log.push('returned');
    m.translate(UNKNOWN, 0n);
    expect(log).toEqual(['eventq 1', 'returned', 'eventq 1']);
    m.smmu.dispose();
  });

  test('what a handler causes is queued behind what is waiting', async () => {
    const m = await Machine.create();
    m.smmu.write32(R.IRQ_CTRL, EVENTQ_IRQEN | GERROR_IRQEN);
    const log: string[] = [];
    m.interrupts.push = (source) => {
      log.push(`> ${source}`);
      if (source === 'cmd-sync') m.translate(UNKNOWN, 0n);
      log.push(`< ${source}`);
      return 1;
    };
    m.queue([0x46n | (1n << 12n), 0n], [0x99n, 0n]); // CMD_SYNC with an interrupt, then an illegal command
    expect(log).toEqual(['> cmd-sync', '< cmd-sync', '> gerror', '< gerror', '> eventq', '< eventq']);
    m.smmu.dispose();
  });

  test('what a handler translates is not the last translation of the call around it', async () => {
    const m = await Machine.create();
    m.ste(9, { Config: 4 });
    m.smmu.write32(R.IRQ_CTRL, EVENTQ_IRQEN);
    m.interrupts.push = () => m.smmu.lookup(9, 0x40, 0);
    expect(m.smmu.lookup(UNKNOWN, 0, 0)).toBe(-1);
    expect(m.smmu.lastTranslation().event).toMatchObject({ name: 'C_BAD_STREAMID' });
    expect(m.translate(UNKNOWN, 0n).event).toMatchObject({ name: 'C_BAD_STREAMID' });
    expect(m.smmu.lastTranslation().status).toBe('abort');
    m.smmu.dispose();
  });

  test('what a handler throws reaches the caller, after the others have run', async () => {
    const m = await Machine.create();
    m.smmu.write32(R.IRQ_CTRL, GERROR_IRQEN);
    const seen: string[] = [];
    m.interrupts.push = (source) => {
      seen.push(source);
      if (source === 'cmd-sync') throw new Error('handler failed');
      return 1;
    };
    expect(() => m.queue([0x46n | (1n << 12n), 0n], [0x99n, 0n])).toThrow('handler failed');
    expect(seen).toEqual(['cmd-sync', 'gerror']);
    expect(m.commandState().error).toBe(true);
    m.smmu.dispose();
  });

  test('thousands from one doorbell all arrive', async () => {
    const SYNCS = 4000;
    let count = 0;
    const msis: number[] = [];
    const smmu = await Smmu.create({
      caches: false,
      timing: false,
      onMsi: (_, data) => {
        count++;
        msis.push(data);
      },
    });
    smmu.write64(R.CMDQ_BASE, 0x4010_0000n | 12n);
    for (let i = 0; i < SYNCS; i++) {
      smmu.memory.write64(0x4010_0000n + BigInt(16 * i), 0x46n | (1n << 12n) | (BigInt(i) << 32n));
      smmu.memory.write64(0x4010_0008n + BigInt(16 * i), 0x1000n); // in no window
    }
    smmu.write32(R.CR0, 8);
    smmu.write32(R.CMDQ_PROD, SYNCS);
    expect(smmu.read32(R.CMDQ_CONS)).toBe(SYNCS);
    expect(count).toBe(SYNCS);
    expect(msis.every((data, i) => data === i)).toBe(true);
    smmu.dispose();
  });
});

describe('onMsi', () => {
  const MSI = 0x1000n; // in no window
  const sync: [bigint, bigint] = [0x46n | (1n << 12n) | (0x77n << 32n), MSI];
  const gerror = (m: Machine): number => m.smmu.read32(R.GERROR);

  test('takes what RAM and bus do not', async () => {
    const seen: [bigint, number][] = [];
    const m = await Machine.create({ onMsi: (address, data) => void seen.push([address, data]) });
    m.queue(sync);
    expect(seen).toEqual([[MSI, 0x77]]);
    expect(gerror(m)).toBe(0);
    m.queue([sync[0], RAM + 0x8000n]);
    expect(m.smmu.memory.read32(RAM + 0x8000n)).toBe(0x77);
    expect(seen).toHaveLength(1);
    m.smmu.dispose();
  });

  test.each<[string, SmmuOptions['onMsi']]>([
    ['false from it', () => false],
    ['its absence', undefined],
  ])('%s aborts the write, which GERROR records', async (_, onMsi) => {
    const m = await Machine.create({ onMsi });
    m.queue(sync);
    expect(gerror(m)).toBe(1 << 4); // MSI_CMDQ_ABT_ERR
    m.smmu.dispose();
  });
});

describe('stalled transactions', () => {
  const resume = (sid: number, stag: number, retry: boolean): [bigint, bigint] => [
    0x44n | ((retry ? 1n : 0n) << 12n) | (BigInt(sid) << 32n),
    BigInt(stag),
  ];

  test('onResume tells the transaction as it was given and what became of it', async () => {
    const m = await Machine.create();
    const { tables } = stage1(m, SID, STALL);
    const given = { access: 'write', size: 16, requester: 3, arrival: 50n } as const;
    const stalled = m.translate(SID, 0x7010n, given);
    expect(stalled.status).toBe('stalled');
    expect(stalled.event).toMatchObject({ stall: true, stag: stalled.stag });
    tables.map(0x7000n, RAM + 0x40_0000n, s1Leaf());
    m.command(resume(SID, stalled.stag!, true));
    expect(m.resumed).toHaveLength(1);
    expect(m.resumed[0]).toMatchObject({
      streamId: SID,
      stag: stalled.stag,
      transaction: { streamId: SID, iova: 0x7010n, ...given },
      outcome: { status: 'ok', pa: RAM + 0x40_0010n },
    });
    m.smmu.dispose();
  });

  test('without onResume they wait in takeResumed', async () => {
    const smmu = await Smmu.create({ ram: [{ base: RAM, size: 16 << 20 }], caches: false, timing: false });
    const m = machineOver(smmu);
    stage1(m, SID, STALL);
    const tags = [0x1000n, 0x2000n].map((iova) => m.translate(SID, iova).stag!);
    m.command([0x45n | (BigInt(SID) << 32n), 0n]); // CMD_STALL_TERM
    const taken = smmu.takeResumed();
    expect(taken.map(({ stag }) => stag).sort()).toEqual([...tags].sort());
    expect(taken.every(({ outcome }) => outcome.status === 'abort')).toBe(true);
    expect(smmu.takeResumed()).toEqual([]);
    smmu.dispose();
  });
});
