// Counts, not only flags: which MSIs are tried, how often and where (IHI 0070 §3.4.3, §3.18, §6.3.19).
import { beforeEach, describe, expect, test } from '@jest/globals';
import { cmd } from '../support/encode.js';
import { HOLE, Machine, R, RAM } from '../support/machine.js';

const GERROR_MSI = Number(HOLE);
const EVENTQ_MSI = Number(HOLE) + 0x100;
const SYNC_MSI = Number(HOLE) + 0x200;
const MSI_CMDQ_ABT = 1 << 4;
const MSI_EVENTQ_ABT = 1 << 5;
const MSI_GERROR_ABT = 1 << 7;

let m: Machine;
/** Addresses of writes that the bus was asked for, and refused. */
const tried: number[] = [];
let refuses: (address: number) => boolean;
const gerror = (): number => (m.smmu.read32(R.GERROR) ^ m.smmu.read32(R.GERRORN)) >>> 0;
const acknowledge = (): void => m.smmu.write32(R.GERRORN, m.smmu.read32(R.GERROR));

describe('IHI 0070 §6.3.19, §3.18 an MSI that aborts', () => {
  beforeEach(async () => {
    tried.length = 0;
    refuses = () => true;
    const write = (address: number): boolean => {
      tried.push(address);
      return !refuses(address);
    };
    m = await Machine.create({ bus: { read: () => false, write } });
    m.smmu.write64(R.GERROR_IRQ_CFG0, BigInt(GERROR_MSI));
    m.smmu.write64(R.EVENTQ_IRQ_CFG0, BigInt(EVENTQ_MSI));
    m.smmu.write32(R.IRQ_CTRL, 5);
  });
  test('of GERROR: it is tried once, and MSI_GERROR_ABT_ERR tries no other', () => {
    m.queue(cmd.raw(0xff));
    expect([tried, gerror()]).toEqual([[GERROR_MSI], 1 | MSI_GERROR_ABT]);
    expect(m.interrupts).toEqual(['gerror']);
  });
  test('of GERROR, for each new error once while MSI_GERROR_ABT_ERR stays active', () => {
    m.queue(cmd.raw(0xff));
    m.smmu.write32(R.GERRORN, 1); // CMDQ_ERR alone: the command is fetched again and is as bad as before
    expect([tried, gerror()]).toEqual([[GERROR_MSI, GERROR_MSI], 1 | MSI_GERROR_ABT]);
    expect(m.interrupts.filter((i) => i === 'gerror')).toHaveLength(1 + 1);
  });
  test('of GERROR, acknowledged and refused again: once more', () => {
    m.queue(cmd.raw(0xff));
    acknowledge();
    expect([tried, gerror()]).toEqual([[GERROR_MSI, GERROR_MSI], 1 | MSI_GERROR_ABT]);
  });
  test('of EVENTQ: then that of GERROR, once each', () => {
    m.translate(200, 0n); // C_BAD_STE
    expect([tried, gerror()]).toEqual([[EVENTQ_MSI, GERROR_MSI], MSI_EVENTQ_ABT | MSI_GERROR_ABT]);
  });
  test('of EVENTQ, when that of GERROR is taken', () => {
    refuses = (address) => address === EVENTQ_MSI;
    m.translate(200, 0n);
    expect([tried, gerror()]).toEqual([[EVENTQ_MSI, GERROR_MSI], MSI_EVENTQ_ABT]);
  });
  test('of CMD_SYNC, twice: one GERROR MSI, for the flag was active already', () => {
    refuses = (address) => address === SYNC_MSI;
    m.queue(cmd.sync(1, 5, BigInt(SYNC_MSI)), cmd.sync(1, 6, BigInt(SYNC_MSI)));
    expect([tried, gerror()]).toEqual([[SYNC_MSI, GERROR_MSI, SYNC_MSI], MSI_CMDQ_ABT]);
  });
  test('with GERROR_IRQEN = 0 none of GERROR is tried', () => {
    m.smmu.write32(R.IRQ_CTRL, 4);
    m.queue(cmd.raw(0xff));
    expect([tried, gerror()]).toEqual([[], 1]);
  });
});

describe('IHI 0070 §3.4.3, §3.18 an MSI address at and above the output size', () => {
  const at = RAM + 0x10_0000n;
  const sync = (address: bigint): void => m.queue(cmd.sync(1, 0xabcd, address));
  test.each([
    [0, 32],
    [1, 36],
    [2, 40],
    [4, 44],
    [5, 48],
  ])('CMD_SYNC with OAS = %i: bits from %i on are truncated', async (OAS, bits) => {
    m = await Machine.create({ id: { OAS } });
    for (let bit = bits; bit < 52; bit++) {
      m.words(at, [0n]);
      sync(at | (1n << BigInt(bit)));
      expect([bit, m.smmu.memory.read32(at), gerror()]).toEqual([bit, 0xabcd, 0]);
    }
  });
  test('the highest bit that counts is not truncated', async () => {
    m = await Machine.create({ id: { OAS: 2 } });
    sync(at | (1n << 39n));
    expect([m.smmu.memory.read32(at), gerror()]).toEqual([0, MSI_CMDQ_ABT]);
  });
  test('address 0 before truncation is no MSI; an address that truncates to 0 is one', async () => {
    const tried: number[] = [];
    const bus = { read: () => false, write: (address: number) => tried.push(address) > 0 };
    m = await Machine.create({ id: { OAS: 2 }, bus });
    sync(0n);
    expect(tried).toEqual([]);
    sync(1n << 40n);
    expect(tried).toEqual([0]);
  });
});
