import { beforeEach, describe, expect, test } from '@jest/globals';
import { cmd } from '../support/encode.js';
import { C_BAD_STE, record } from '../support/events.js';
import { CMDQEN, EVENTQEN, HOLE, Machine, R, SMMUEN } from '../support/machine.js';

let m: Machine;
beforeEach(async () => {
  m = await Machine.create();
});
const OV = 0x8000_0000;
const gerror = (): number => (m.smmu.read32(R.GERROR) ^ m.smmu.read32(R.GERRORN)) >>> 0;
const prod = (): { wr: number; ov: boolean } => {
  const v = m.smmu.read32(R.EVENTQ_PROD);
  return { wr: v & 0xfffff, ov: (v & OV) !== 0 };
};
/** A stream of one event each: V = 0. */
const fault = (sid = 0): void => void m.translate(sid, 0x1000n);
function queue(base: bigint, log2: number): void {
  m.cr0(SMMUEN | CMDQEN);
  m.eventQueue(base, log2);
  m.cr0(SMMUEN | CMDQEN | EVENTQEN);
}

describe('IHI 0070 §3.5.1, §7.2 Event queue', () => {
  test('records follow one another, 32 bytes each, and PROD moves by one', () => {
    fault(1);
    fault(2);
    expect(prod()).toEqual({ wr: 2, ov: false });
    m.expectEvents(record(C_BAD_STE, { sid: 1 }), record(C_BAD_STE, { sid: 2 }));
  });
  test('the index wraps and toggles the wrap bit', () => {
    queue(m.alloc(4096), 2);
    for (let i = 0; i < 9; i++) {
      fault(i);
      m.expectEvents(record(C_BAD_STE, { sid: i }));
    }
    expect(prod().wr).toBe(9 & 7);
  });
  test.each([0, 1, 3])('LOG2SIZE = %i: all 2^n entries are used before an overflow', (log2) => {
    queue(m.alloc(4096), log2);
    for (let i = 0; i < 2 ** log2; i++) fault(i);
    expect(prod()).toEqual({ wr: 2 ** log2, ov: false });
    fault(99);
    expect(prod()).toEqual({ wr: 2 ** log2, ov: true });
  });
  test('the base is aligned down to the size of the queue', () => {
    const base = m.alloc(4096);
    queue(base + 0x60n, 3);
    fault(1);
    expect(m.smmu.memory.read64(base)).toBe(record(C_BAD_STE, { sid: 1 })[0]);
  });
  test('LOG2SIZE above IDR1.EVENTQS is capped for use', async () => {
    m = await Machine.create({ id: { EVENTQS: 1 } });
    queue(m.alloc(4096), 5);
    for (let i = 0; i < 3; i++) fault(i);
    expect(prod()).toEqual({ wr: 2, ov: true });
  });
  test('EVENTQEN = 0: records are lost without overflow', () => {
    m.cr0(SMMUEN | CMDQEN);
    fault();
    expect(prod()).toEqual({ wr: 0, ov: false });
    m.cr0(SMMUEN | CMDQEN | EVENTQEN);
    expect(prod()).toEqual({ wr: 0, ov: false });
  });
  test('equal events are not merged, whatever STE.MEV', () => {
    m.ste(0, { V: 0, MEV: 1 });
    fault();
    fault();
    expect(prod().wr).toBe(2);
  });
});

describe('IHI 0070 §7.4 overflow', () => {
  beforeEach(() => {
    queue(m.alloc(4096), 1);
    fault(1);
    fault(2);
    fault(3);
  });
  test('sets OVFLG once; it is no GERROR; what stood in the queue stays', () => {
    fault(4);
    expect([prod(), gerror()]).toEqual([{ wr: 2, ov: true }, 0]);
    m.expectEvents(record(C_BAD_STE, { sid: 1 }), record(C_BAD_STE, { sid: 2 }));
  });
  test('an unacknowledged overflow does not stop recording once there is room', () => {
    m.smmu.write32(R.EVENTQ_CONS, 1);
    fault(5);
    expect(prod()).toEqual({ wr: 3, ov: true });
  });
  test('while unacknowledged a further loss toggles nothing', () => {
    m.smmu.write32(R.EVENTQ_CONS, 2);
    for (const sid of [5, 6, 7]) fault(sid);
    expect(prod()).toEqual({ wr: 0, ov: true });
  });
  test('acknowledged by OVACKFLG, the next overflow toggles back', () => {
    m.smmu.write32(R.EVENTQ_CONS, (2 | OV) >>> 0);
    for (const sid of [5, 6]) fault(sid);
    expect(prod()).toEqual({ wr: 0, ov: true });
    fault(7);
    expect(prod()).toEqual({ wr: 0, ov: false });
  });
});

describe('IHI 0070 §7.2, §6.3.19 EVENTQ_ABT_ERR', () => {
  test('an external abort on the write: GERROR bit 2, PROD stays', () => {
    queue(HOLE, 4);
    fault();
    expect([gerror(), prod()]).toEqual([1 << 2, { wr: 0, ov: false }]);
  });
  test('while active nothing is written and nothing overflows; acknowledged it works again', async () => {
    let broken = true;
    const written: number[] = [];
    m = await Machine.create({
      bus: {
        read: () => true,
        write: (address) => {
          if (!broken) written.push(address);
          return !broken;
        },
      },
    });
    queue(HOLE, 4);
    fault();
    broken = false;
    fault();
    expect([gerror(), prod(), written]).toEqual([1 << 2, { wr: 0, ov: false }, []]);
    m.smmu.write32(R.GERRORN, m.smmu.read32(R.GERROR));
    fault();
    expect([gerror(), prod().wr]).toEqual([0, 1]);
    expect(Math.min(...written)).toBe(Number(HOLE));
  });
  test('it does not stop the Command queue', () => {
    queue(HOLE, 4);
    fault();
    m.queue(cmd.sync());
    expect(m.commandState().consumed).toBe(true);
  });
});

describe('IHI 0070 §3.18 interrupts of the Event queue and of GERROR', () => {
  test('EVENTQ: on empty to non-empty alone', () => {
    m.smmu.write32(R.IRQ_CTRL, 4);
    fault();
    fault();
    expect(m.interrupts).toEqual(['eventq']);
    m.events();
    fault();
    expect(m.interrupts).toEqual(['eventq', 'eventq']);
  });
  test('EVENTQ: nothing without EVENTQ_IRQEN, and nothing afterwards for what came before', () => {
    fault();
    m.smmu.write32(R.IRQ_CTRL, 4);
    expect(m.interrupts).toEqual([]);
    fault();
    expect(m.interrupts).toEqual([]);
  });
  test('the record is in memory and PROD shows it when the interrupt arrives', async () => {
    m.smmu.write32(R.IRQ_CTRL, 4);
    fault(9);
    expect(m.interrupts).toEqual(['eventq']);
    m.expectEvents(record(C_BAD_STE, { sid: 9 }));
  });
  test('EVENTQ: the MSI of EVENTQ_IRQ_CFG is written', () => {
    const at = m.alloc(64);
    m.smmu.write64(R.EVENTQ_IRQ_CFG0, at);
    m.smmu.write32(R.EVENTQ_IRQ_CFG1, 0x1234_5678);
    m.smmu.write32(R.IRQ_CTRL, 4);
    fault();
    expect(m.smmu.memory.read64(at)).toBe(0x1234_5678n);
  });
  test('EVENTQ: ADDR = 0 means no MSI', () => {
    m.smmu.write64(R.EVENTQ_IRQ_CFG0, 0n);
    m.smmu.write32(R.IRQ_CTRL, 4);
    fault();
    expect([gerror(), m.interrupts]).toEqual([0, ['eventq']]);
  });
  test('an aborted EVENTQ MSI: MSI_EVENTQ_ABT_ERR, which raises a GERROR interrupt', () => {
    m.smmu.write64(R.EVENTQ_IRQ_CFG0, HOLE);
    m.smmu.write32(R.IRQ_CTRL, 5);
    fault();
    expect([gerror(), m.interrupts.includes('gerror')]).toEqual([1 << 5, true]);
  });
  test('an aborted GERROR MSI: MSI_GERROR_ABT_ERR, which raises none', () => {
    m.smmu.write64(R.GERROR_IRQ_CFG0, HOLE);
    m.smmu.write32(R.IRQ_CTRL, 1);
    m.queue(cmd.raw(0xff));
    expect([gerror(), m.interrupts]).toEqual([1 | (1 << 7), ['gerror']]);
  });
  test('the GERROR MSI is written', () => {
    const at = m.alloc(64);
    m.smmu.write64(R.GERROR_IRQ_CFG0, at);
    m.smmu.write32(R.GERROR_IRQ_CFG1, 0xabcd);
    m.smmu.write32(R.IRQ_CTRL, 1);
    m.queue(cmd.raw(0xff));
    expect(m.smmu.memory.read32(at)).toBe(0xabcd);
  });
  test('a repeated error while active raises nothing', () => {
    m.smmu.write32(R.IRQ_CTRL, 1);
    m.queue(cmd.sync(1, 5, HOLE), cmd.sync(1, 5, HOLE));
    expect(m.interrupts.filter((i) => i === 'gerror')).toEqual(['gerror']);
  });
});

describe('IHI 0070 §6.3.19 GERROR and GERRORN toggle', () => {
  test('active means different; acknowledged by making them equal; the second time toggles back', () => {
    for (const expected of [1 << 4, 0, 1 << 4]) {
      m.queue(cmd.sync(1, 5, HOLE));
      expect(m.smmu.read32(R.GERROR)).toBe(expected);
      expect(gerror()).toBe(1 << 4);
      m.smmu.write32(R.GERRORN, m.smmu.read32(R.GERROR));
      expect(gerror()).toBe(0);
    }
  });
  test('the SMMU never writes GERRORN', () => {
    m.queue(cmd.sync(1, 5, HOLE));
    expect(m.smmu.read32(R.GERRORN)).toBe(0);
  });
});
