import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { readSnapshot } from '../../src/capture/directory.js';
import { explain, type Explanation } from '../../src/explain/explain.js';
import { bringUp, deviceOptions } from '../../src/replay/device.js';
import { Smmu } from '../../src/device/smmu.js';
import type { Transaction } from '../../src/device/transaction.js';

let device: Smmu | undefined;
afterEach(() => {
  device?.dispose();
  device = undefined;
});

/** Explains one access to the final state of a capture, after `change` to its memory. */
async function explained(
  capture: string,
  transaction: Transaction,
  change: (memory: Smmu['memory']) => void = () => undefined,
): Promise<Explanation> {
  const snapshot = readSnapshot(join('data', capture));
  device = await Smmu.create(deviceOptions(snapshot));
  bringUp(device, snapshot);
  change(device.memory);
  return explain(device, { size: 1, ...transaction });
}

// Where linux-s1-4k and linux-s2-4k keep things for StreamID 0x20
const STE_S1 = 0x5be20800n;
const CD = 0x44758000n;
const LEVEL0 = 0x44d95000n;
const LEVEL1 = 0x44ebf018n;
const LEVEL2 = 0x43dc4fc8n;
const BLOCK: Transaction = { streamId: 0x20, iova: 0xff20_0000n };

test('each step of a walk: address, words by field name, what followed, section', async () => {
  const { steps, conclusion, why } = await explained('linux-s1-4k', BLOCK);
  const reads = steps.filter(({ address }) => address !== undefined);
  expect(reads.map(({ title, address, section, follows }) => [title, address, section, follows])).toEqual([
    ['Level 1 Stream Table Descriptor', 0x43d96000n, 'IHI 0070 §5.1', '256 STEs at 0x5be20000.'],
    ['STE of StreamID 0x20', STE_S1, 'IHI 0070 §5.2', 'Stage 1 translates, its CD is at PA 0x44758000.'],
    [
      'Context Descriptor',
      CD,
      'IHI 0070 §5.4',
      'Bit 55 of the input selects TTB0: 48-bit addresses, 4 KB granule, table at 0x44d95000; ASID 3.',
    ],
    ['Stage 1 level 0 descriptor', LEVEL0, 'DDI 0487 D8.3', 'The next table is at 0x44ebf000.'],
    ['Stage 1 level 1 descriptor', LEVEL1, 'DDI 0487 D8.3', 'The next table is at 0x43dc4000.'],
    ['Stage 1 level 2 descriptor', LEVEL2, 'DDI 0487 D8.3', 'A block: output 0x40000000.'],
  ]);
  expect(reads[1].decoded!.fields.find(({ name }) => name === 'Config')!.meaning).toBe(
    'stage 1 translates, stage 2 bypasses',
  );
  expect(conclusion).toBe(
    'Physical address 0x40000000, in a page of 0x200000 bytes that allows read, write, execute.',
  );
  expect(why).toBeUndefined();
});

test('a nested walk says what each stage 2 descriptor was needed for', async () => {
  const { steps } = await explained('linux-nested-4k', { streamId: 0x30, iova: 0x1000_0000n });
  // The guest's part and the host's, by name.
  expect(steps.find(({ title }) => title === 'STE of StreamID 0x30')!.follows).toMatch(
    /^Stage 1, the guest’s part, translates, its CD is at IPA 0x80010000; stage 2, the host’s part, translates \d+-bit IPAs/,
  );
  const titles = steps.filter(({ kind }) => kind === 'descriptor').map(({ title }) => title);
  expect(titles[0]).toBe('Stage 2 level 0 descriptor for the CD fetch at IPA 0x80010000');
  expect(titles).toContain('Stage 2 level 3 descriptor for the stage 1 descriptor at IPA 0x80011000');
  expect(titles.at(-1)).toBe('Stage 2 level 3 descriptor for the transaction at IPA 0x80419000');
});

test('tracing leaves no mark: the same transaction translates alike before and after', async () => {
  const { translation } = await explained('linux-s1-4k', BLOCK);
  expect(device!.translate({ ...BLOCK, size: 1 })).toMatchObject({ status: 'ok', pa: translation.pa });
});

describe('why a transaction fails, in one sentence', () => {
  const field = (memory: Smmu['memory'], at: bigint, clear: bigint, set: bigint): void =>
    memory.write64(at, (memory.read64(at) & ~clear) | set);
  const WIDE = 1n << 45n;
  const ABSENT = 0x2000_0000n;

  interface Case {
    readonly name: string;
    readonly capture?: string;
    readonly transaction?: Partial<Transaction>;
    readonly change?: (memory: Smmu['memory']) => void;
    readonly event: string | undefined;
    readonly why: string;
  }
  const cases: readonly Case[] = [
    {
      name: 'an invalid descriptor',
      change: (memory) => memory.write64(LEVEL1, 0n),
      event: 'F_TRANSLATION',
      why: 'The stage 1 level 1 descriptor at 0x44ebf018 is 0x0: bit 0 is clear, so it is invalid (DDI 0487 D8.3).',
    },
    {
      name: 'a block where there are none',
      change: (memory) => memory.write64(LEVEL0, 0x4000_0701n),
      event: 'F_TRANSLATION',
      why: 'The stage 1 level 0 descriptor at 0x44d95000 is 0x40000701: level 0 has no blocks with this granule, so it is invalid (DDI 0487 D8.3).',
    },
    {
      name: 'an address outside T0SZ',
      transaction: { iova: 1n << 50n },
      event: 'F_TRANSLATION',
      why: 'Input address 0x4000000000000 lies outside the 48 bits that CD.T0SZ gives TTB0 (IHI 0070 §3.4.1).',
    },
    {
      name: 'a disabled half',
      transaction: { iova: 0xffff_8000_0000_0000n },
      event: 'F_TRANSLATION',
      why: 'The address selects TTB1, and CD.EPD1 = 1 disables its walks (IHI 0070 §5.4).',
    },
    {
      name: 'an output beyond IPS',
      change: (memory) => field(memory, LEVEL2, 0n, WIDE),
      event: 'F_ADDR_SIZE',
      why: 'The stage 1 level 2 descriptor at 0x43dc4fc8 is 0x200040000f45: its address 0x200040000000 needs more than the 44 bits of CD.IPS and OAS (IHI 0070 §3.4).',
    },
    {
      name: 'an access flag',
      change: (memory) => field(memory, LEVEL2, 1n << 10n, 0n),
      event: 'F_ACCESS',
      why: 'The stage 1 level 2 descriptor at 0x43dc4fc8 is 0x40000b45: AF = 0, and neither CD.HA sets it nor CD.AFFD ignores it (DDI 0487 D8.5).',
    },
    {
      name: 'a write to a read-only page',
      transaction: { access: 'write' },
      change: (memory) => field(memory, LEVEL2, 0n, 1n << 7n),
      event: 'F_PERMISSION',
      why: 'The stage 1 level 2 descriptor at 0x43dc4fc8 is 0x40000fc5: AP[2] = 1 (AP[2:1] = 3) allows no write, and this is an unprivileged write (DDI 0487 D8.4).',
    },
    {
      name: 'a table that nothing answers for',
      change: (memory) => memory.write64(LEVEL0, ABSENT | 3n),
      event: 'F_WALK_EABT',
      why: 'Reading the stage 1 descriptor at 0x20000018 met an external abort (IHI 0070 §7.3.12).',
    },
    {
      name: 'a CD that nothing answers for',
      change: (memory) => field(memory, STE_S1, 0xffff_ffff_ffc0n, ABSENT),
      event: 'F_CD_FETCH',
      why: 'Reading the CD at 0x20000000 met an external abort (IHI 0070 §7.3.10).',
    },
    {
      name: 'a CD that is not valid',
      change: (memory) => field(memory, CD, 1n << 31n, 0n),
      event: 'C_BAD_CD',
      why: 'The CD is not usable: V = 0 (IHI 0070 §5.4.1).',
    },
    {
      name: 'a CD that breaks a rule',
      change: (memory) => field(memory, CD, 0x3fn, 15n),
      event: 'C_BAD_CD',
      why: 'The CD is not usable: T0SZ = 15 is outside 16..39 (IHI 0070 §5.4.1).',
    },
    {
      name: 'an STE that is not valid',
      change: (memory) => memory.write64(STE_S1, 0n),
      event: 'C_BAD_STE',
      why: 'The STE is not usable: V = 0 (IHI 0070 §5.2.2).',
    },
    {
      name: 'an STE that breaks a rule',
      change: (memory) => field(memory, STE_S1 + 8n, 0n, 1n << 27n),
      event: 'C_BAD_STE',
      why: 'The STE is not usable: S1STALLD = 1, but IDR0.STALL_MODEL = 1 (IHI 0070 §5.2.2).',
    },
    {
      name: 'an STE that aborts',
      change: (memory) => memory.write64(STE_S1, 1n),
      event: undefined,
      why: 'STE.Config = 0 aborts every transaction of the stream without an event (IHI 0070 §5.2).',
    },
    {
      name: 'a StreamID without an STE',
      transaction: { streamId: 0x1234 },
      event: 'C_BAD_STREAMID',
      why: 'The level 1 descriptor at 0x43d96090 has Span = 0, which gives StreamID 0x1234 no STE (IHI 0070 §5.1).',
    },
    {
      name: 'a StreamID outside the table',
      transaction: { streamId: 0x10000 },
      event: 'C_BAD_STREAMID',
      why: 'StreamID 0x10000 is outside the Stream table, whose StreamIDs have the 16 bits of STRTAB_BASE_CFG.LOG2SIZE (IHI 0070 §3.3.1).',
    },
    {
      name: 'a SubstreamID without substreams',
      transaction: { substreamId: 1 },
      event: 'C_BAD_SUBSTREAMID',
      why: 'The transaction has a SubstreamID, and IDR1.SSIDSIZE = 0 (IHI 0070 §3.3.2).',
    },
    {
      name: 'an address above IAS with stage 1 bypassed',
      capture: 'linux-s2-4k',
      transaction: { iova: 1n << 44n },
      event: 'F_ADDR_SIZE',
      why: 'Stage 1 bypasses, and input address 0x100000000000 needs more than the 44 bits of IAS (IHI 0070 §3.4).',
    },
    {
      name: 'a stage 1 table in a stage 2 hole',
      capture: 'linux-nested-4k',
      transaction: { streamId: 0x30, iova: 0x6000_1000n },
      event: 'F_TRANSLATION',
      why: 'The stage 2 level 3 descriptor at 0x414c7800 is 0x0: bit 0 is clear, so it is invalid (DDI 0487 D8.3). It was needed for the stage 1 descriptor at IPA 0x81100000.',
    },
  ];

  test.each(cases)('$name', async ({ capture = 'linux-s1-4k', transaction, change, event, why }) => {
    const explanation = await explained(capture, { ...BLOCK, ...transaction }, change);
    expect(explanation.translation.event?.name).toBe(event);
    expect(explanation.why).toBe(why);
  });
});

test('a fault of a nested stream says whose part refused', async () => {
  const guest = await explained('linux-nested-4k', { streamId: 0x30, iova: 0x7000_0000n });
  expect(guest.conclusion).toMatch(/^Aborted with F_TRANSLATION, by the guest’s part \(stage 1\)/);
  device!.dispose();
  // The host's table loses all of its entries: the guest's CD is out of reach.
  const host = await explained('linux-nested-4k', { streamId: 0x30, iova: 0x1000_0000n }, (memory) => {
    const ste = 0x4095_4000n + BigInt(0x30 * 64);
    const ttb = memory.read64(ste + 24n) & 0xffff_ffff_f000n;
    for (let i = 0n; i < 512n; i++) memory.write64(ttb + 8n * i, 0n);
  });
  expect(host.conclusion).toMatch(/^Aborted with F_TRANSLATION, by the host’s part \(stage 2\)/);
  expect(host.translation.event!.s2).toBe(true);
});
