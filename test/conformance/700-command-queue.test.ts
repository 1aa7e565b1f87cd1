import { beforeEach, describe, expect, test } from '@jest/globals';
import { Smmu } from '../../src/index.js';
import { TG_COMMAND, cmd, s1Leaf, type Command, type Granule } from '../support/encode.js';
import { CMDQEN, EVENTQEN, HOLE, LPA_ID, Machine, R, RAM, SMMUEN, type Id } from '../support/machine.js';
import { stage1 } from '../support/streams.js';

let m: Machine;
beforeEach(async () => {
  m = await Machine.create();
});
const cons = (): { rd: number; err: number } => {
  const v = m.smmu.read32(R.CMDQ_CONS);
  return { rd: v & 0xfffff, err: (v >>> 24) & 0x7f };
};
const gerror = (): number => (m.smmu.read32(R.GERROR) ^ m.smmu.read32(R.GERRORN)) >>> 0;
/** The queue stops at the command: CERROR_ILL, CONS on it, CMDQ_ERR active. */
function expectIll(command: Command): void {
  m.queue(command, cmd.sync());
  expect({ ...cons(), gerror: gerror() }).toEqual({ rd: 0, err: 1, gerror: 1 });
}
function expectConsumed(command: Command): void {
  m.queue(command);
  expect({ rd: cons().rd, gerror: gerror() }).toEqual({ rd: 1, gerror: 0 });
}

describe('IHI 0070 §4.1, §7.1 illegal commands', () => {
  const reserved = [
    0x00, 0x08, 0x09, 0x0a, 0x0b, 0x0f, 0x14, 0x17, 0x18, 0x19, 0x1a, 0x24, 0x29, 0x2b, 0x31, 0x3f, 0x42,
    0x43, 0x47, 0x50, 0x51, 0x52, 0x53, 0x58, 0x5a, 0x60, 0x7f, 0x80, 0x8f, 0x90, 0xff,
  ];
  test.each(reserved.map((o) => [`0x${o.toString(16)}`, o] as const))(
    '§4.1.1 opcode %s on the Non-secure queue is CERROR_ILL',
    (_n, op) => {
      expectIll(cmd.raw(op));
    },
  );
  const absent: [string, number][] = [
    ['CMD_CFGI_VMS_PIDM without MPAM', 0x07],
    ['CMD_ATC_INV without ATS', 0x40],
    ['CMD_PRI_RESP without PRI', 0x41],
    ['CMD_DPTI_ALL without DPT', 0x70],
    ['CMD_DPTI_PA without DPT', 0x73],
  ];
  test.each(absent)('§4.1.1 %s is CERROR_ILL', (_name, op) => expectIll(cmd.raw(op)));

  const NO_S1: Id = { S1P: 0, Hyp: 0 };
  const NO_S2: Id = { S2P: 0, Hyp: 0, VMW: 0 };
  const NO_STALL: Id = { STALL_MODEL: 1, STALL_MAX: 0 };
  const gated: [string, Command, Id][] = [
    ['CMD_CFGI_CD without stage 1', cmd.cfgiCd(0, 0), NO_S1],
    ['CMD_CFGI_CD_ALL without stage 1', cmd.cfgiCdAll(0), NO_S1],
    ['CMD_TLBI_NH_ALL without stage 1', cmd.nhAll(), NO_S1],
    ['CMD_TLBI_NH_ASID without stage 1', cmd.nhAsid(0, 0), NO_S1],
    ['CMD_TLBI_NH_VA without stage 1', cmd.nhVa(0, 0, 0n), NO_S1],
    ['CMD_TLBI_NH_VAA without stage 1', cmd.nhVaa(0, 0n), NO_S1],
    ['CMD_TLBI_EL2_ALL without Hyp', cmd.el2All(), NO_S2],
    ['CMD_TLBI_EL2_ASID without Hyp', cmd.el2Asid(0), NO_S2],
    ['CMD_TLBI_EL2_VA without Hyp', cmd.el2Va(0, 0n), NO_S2],
    ['CMD_TLBI_EL2_VAA without Hyp', cmd.el2Vaa(0n), NO_S2],
    ['CMD_TLBI_S12_VMALL without stage 2', cmd.s12Vmall(0), NO_S2],
    ['CMD_TLBI_S2_IPA without stage 2', cmd.s2Ipa(0, 0n), NO_S2],
    ['CMD_RESUME with STALL_MODEL = 0b01', cmd.resume(0, 0, 'retry'), NO_STALL],
    ['CMD_STALL_TERM with STALL_MODEL = 0b01', cmd.stallTerm(0), NO_STALL],
  ];
  test.each(gated)('§4.1.1 %s is CERROR_ILL; with the feature it is consumed', async (_name, command, id) => {
    expectConsumed(command);
    m = await Machine.create({ id });
    expectIll(command);
  });
  test.each([
    [cmd.nsnhAll(), NO_S1],
    [cmd.nsnhAll(), NO_S2],
    [cmd.cfgiAll(), NO_S1],
  ] as const)(
    '§4.4 CMD_TLBI_NSNH_ALL and CMD_CFGI_ALL are legal in every configuration (%#)',
    async (command, id) => {
      m = await Machine.create({ id });
      expectConsumed(command);
    },
  );
  const ssec: [string, Command][] = [
    ['CMD_PREFETCH_CONFIG', cmd.prefetchConfig(0)],
    ['CMD_PREFETCH_ADDR', cmd.prefetchAddr(0, 0n)],
    ['CMD_CFGI_STE', cmd.cfgiSte(0)],
    ['CMD_CFGI_STE_RANGE', cmd.cfgiSteRange(0, 0)],
    ['CMD_CFGI_CD', cmd.cfgiCd(0, 0)],
    ['CMD_CFGI_CD_ALL', cmd.cfgiCdAll(0)],
    ['CMD_RESUME', cmd.resume(0, 0, 'retry')],
    ['CMD_STALL_TERM', cmd.stallTerm(0)],
  ];
  test.each(ssec)('§4.1.6 %s with SSec = 1 is CERROR_ILL', (_name, [dw0, dw1]) => {
    expectIll([dw0 | (1n << 10n), dw1]);
  });
  test('§4.7.3 CMD_SYNC with CS = 0b11 is CERROR_ILL', () => expectIll(cmd.sync(3)));

  const range: [string, Granule, object, Id, boolean][] = [
    ['TG = 4K, NUM = SCALE = TTL = 0', 12, {}, {}, false],
    ['TG = 16K, NUM = SCALE = TTL = 0', 14, {}, {}, false],
    ['TG = 64K, NUM = SCALE = TTL = 0', 16, {}, {}, false],
    ['TG = 16K, TTL = 1 without DS counts as TTL = 0', 14, { ttl: 1 }, {}, false],
    ['TG = 16K, TTL = 1 with DS', 14, { ttl: 1 }, LPA_ID, true],
    ['TG = 4K, TTL = 3', 12, { ttl: 3 }, {}, true],
    ['TG = 4K, NUM = 1', 12, { num: 1 }, {}, true],
    ['TG = 4K, SCALE = 1', 12, { scale: 1 }, {}, true],
    ['TG = 64K, TTL = 1', 16, { ttl: 1 }, {}, true],
  ];
  const rangeKinds: [string, (r: object) => Command][] = [
    ['CMD_TLBI_NH_VA', (r) => cmd.nhVa(0, 0, 0n, r)],
    ['CMD_TLBI_NH_VAA', (r) => cmd.nhVaa(0, 0n, r)],
    ['CMD_TLBI_EL2_VA', (r) => cmd.el2Va(0, 0n, r)],
    ['CMD_TLBI_EL2_VAA', (r) => cmd.el2Vaa(0n, r)],
    ['CMD_TLBI_S2_IPA', (r) => cmd.s2Ipa(0, 0n, r)],
  ];
  const rangeRows = rangeKinds.flatMap(([kind, make]) =>
    range.map(([n, g, r, id, ok]) => [kind, n, ok, make({ tg: TG_COMMAND[g], ...r }), id] as const),
  );
  test.each(rangeRows)('§4.4.1 %s with %s is legal: %p', async (_kind, _name, ok, command, id) => {
    m = await Machine.create({ id: { RIL: 1, ...id } });
    if (ok) expectConsumed(command);
    else expectIll(command);
  });
  test('§4.4.1 without IDR3.RIL the same fields are RES0 and no error', async () => {
    m = await Machine.create({ id: { RIL: 0 } });
    expectConsumed(cmd.nhVa(0, 0, 0n, { tg: 1 }));
  });

  const harmless: [string, Command][] = [
    ['CMD_CFGI_STE of a StreamID beyond SIDSIZE', cmd.cfgiSte(0xffff_ffff)],
    ['CMD_CFGI_CD of a SubstreamID that no table holds', cmd.cfgiCd(0, 0xfffff)],
    ['CMD_RESUME without a matching stall', cmd.resume(3, 5, 'abort')],
    ['CMD_STALL_TERM without stalls', cmd.stallTerm(3)],
    ['CMD_PREFETCH_CONFIG of a bad StreamID', cmd.prefetchConfig(0xffff)],
    ['CMD_PREFETCH_ADDR of a bad stream', cmd.prefetchAddr(3, 0x1000n)],
  ];
  test.each(harmless)('§4 %s is consumed without an error or event', (_name, command) => {
    expectConsumed(command);
    m.expectEvents();
  });
});

describe('IHI 0070 §7.1, §6.3.28 the CERROR protocol', () => {
  test('older commands are consumed, CONS.RD stays on the bad one, newer ones do nothing', () => {
    m.queue(cmd.sync(), cmd.sync(), cmd.raw(0xff), cmd.sync());
    expect(cons()).toEqual({ rd: 2, err: 1 });
    expect(gerror()).toBe(1);
  });
  test('while the error is active a new PROD consumes nothing', () => {
    m.queue(cmd.raw(0xff));
    m.queue(cmd.sync());
    expect(cons().rd).toBe(0);
  });
  test('acknowledging alone restarts, and the command is fetched again', () => {
    m.queue(cmd.raw(0xff), cmd.sync());
    m.words(m.commandSlot(0), cmd.sync());
    m.smmu.write32(R.GERRORN, m.smmu.read32(R.GERROR));
    expect(cons().rd).toBe(2);
    expect(gerror()).toBe(0);
  });
  test('acknowledging without repair makes the error active again, by a toggle back', () => {
    m.queue(cmd.raw(0xff));
    expect(m.smmu.read32(R.GERROR) & 1).toBe(1);
    m.smmu.write32(R.GERRORN, 1);
    expect(m.smmu.read32(R.GERROR) & 1).toBe(0);
    expect([gerror() & 1, cons()]).toEqual([1, { rd: 0, err: 1 }]);
  });
  test('CMDQEN 1 to 0 to 1 acknowledges nothing', () => {
    m.queue(cmd.raw(0xff), cmd.sync());
    m.cr0(SMMUEN | EVENTQEN);
    expect(cons()).toEqual({ rd: 0, err: 1 });
    m.words(m.commandSlot(0), cmd.sync());
    m.cr0(SMMUEN | EVENTQEN | CMDQEN);
    expect(cons().rd).toBe(0);
    m.smmu.write32(R.GERRORN, 1);
    expect(cons().rd).toBe(2);
  });
  test('PROD may move back to CONS while the error is active', () => {
    m.queue(cmd.raw(0xff), cmd.sync());
    m.smmu.write32(R.CMDQ_PROD, 0);
    m.smmu.write32(R.GERRORN, 1);
    expect([cons().rd, gerror()]).toEqual([0, 0]);
  });
  test('external abort on the fetch: CERROR_ABT', async () => {
    m = await Machine.create({ enable: false });
    m.smmu.write64(R.CMDQ_BASE, HOLE | 4n);
    m.cr0(CMDQEN);
    m.smmu.write32(R.CMDQ_PROD, 1);
    expect([cons(), gerror()]).toEqual([{ rd: 0, err: 2 }, 1]);
  });
  test('the GERROR interrupt comes once if GERROR_IRQEN, and not for what came before', () => {
    m.queue(cmd.raw(0xff));
    expect(m.interrupts).toEqual([]);
    m.smmu.write32(R.IRQ_CTRL, 1);
    expect(m.interrupts).toEqual([]);
    m.smmu.write32(R.GERRORN, 1);
    expect(m.interrupts).toEqual(['gerror']);
  });
});

describe('IHI 0070 §3.5.1 the ring', () => {
  test('CONS wraps with its wrap bit; all 2^n entries are usable', () => {
    for (let i = 0; i < 127; i++) m.queue(cmd.sync());
    expect(cons().rd).toBe(127);
    m.queue(cmd.sync());
    expect(cons().rd).toBe(128);
    for (let i = 0; i < 128; i++) m.queue(cmd.sync());
    expect(cons().rd).toBe(0);
  });
  test.each([0, 1, 4])('LOG2SIZE = %i: a full queue of 2^n commands is consumed', (log2) => {
    m.cr0(SMMUEN | EVENTQEN);
    const base = m.alloc(4096);
    for (let i = 0; i < 2 ** log2; i++) m.words(base + BigInt(i) * 16n, cmd.sync());
    m.smmu.write64(R.CMDQ_BASE, base | BigInt(log2));
    m.smmu.write32(R.CMDQ_CONS, 0);
    m.smmu.write32(R.CMDQ_PROD, 0);
    m.cr0(SMMUEN | EVENTQEN | CMDQEN);
    m.smmu.write32(R.CMDQ_PROD, 2 ** log2);
    expect([cons().rd, gerror()]).toEqual([2 ** log2, 0]);
  });
  test('the base is aligned down to the size of the queue', () => {
    m.cr0(SMMUEN);
    const base = m.alloc(4096);
    m.words(base, cmd.sync());
    m.smmu.write64(R.CMDQ_BASE, (base + 0x60n) | 4n);
    m.smmu.write32(R.CMDQ_CONS, 0);
    m.smmu.write32(R.CMDQ_PROD, 1);
    m.cr0(SMMUEN | CMDQEN);
    expect([cons().rd, gerror()]).toEqual([1, 0]);
  });
  test('LOG2SIZE above IDR1.CMDQS is capped for use', async () => {
    m = await Machine.create({ id: { CMDQS: 2 }, enable: false });
    const base = m.alloc(4096);
    m.words(base, cmd.sync());
    m.smmu.write64(R.CMDQ_BASE, base | 7n);
    m.smmu.write32(R.CMDQ_CONS, 3);
    m.smmu.write32(R.CMDQ_PROD, 5);
    m.words(base + 48n, cmd.sync());
    m.cr0(CMDQEN);
    expect([cons().rd, gerror()]).toEqual([5, 0]);
  });
  test('enabling starts on what is queued', () => {
    m.cr0(SMMUEN);
    m.queue(cmd.sync());
    expect(cons().rd).toBe(0);
    m.cr0(SMMUEN | CMDQEN);
    expect(cons().rd).toBe(1);
  });
  test('commands run with SMMUEN = 0', () => {
    m.cr0(CMDQEN);
    m.queue(cmd.cfgiAll(), cmd.nsnhAll(), cmd.sync());
    expect(cons().rd).toBe(3);
  });
});

describe('IHI 0070 §4.7.3 CMD_SYNC', () => {
  test('SIG_NONE: no interrupt, no write', () => {
    const at = m.alloc(64);
    m.queue(cmd.sync(0, 0x1234, at));
    expect([m.interrupts, m.smmu.memory.read32(at)]).toEqual([[], 0]);
  });
  test('SIG_IRQ: MSI data is written and the wired interrupt comes', () => {
    const at = m.alloc(64);
    m.queue(cmd.sync(1, 0xdead_beef, at));
    expect([m.interrupts, m.smmu.memory.read32(at)]).toEqual([['cmd-sync'], 0xdead_beef]);
  });
  test('SIG_IRQ writes four bytes', () => {
    const at = m.alloc(64);
    m.words(at, [0x1111_1111_1111_1111n]);
    m.queue(cmd.sync(1, 0, at));
    expect(m.smmu.memory.read64(at)).toBe(0x1111_1111_0000_0000n);
  });
  test('SIG_IRQ with address 0: the wired interrupt alone', () => {
    m.queue(cmd.sync(1, 5, 0n));
    expect([m.interrupts, gerror()]).toEqual([['cmd-sync'], 0]);
  });
  test('SIG_IRQ without IDR0.MSI: the MSI fields are ignored', async () => {
    m = await Machine.create({ id: { MSI: 0 } });
    const at = m.alloc(64);
    m.queue(cmd.sync(1, 5, at));
    expect([m.interrupts, m.smmu.memory.read32(at)]).toEqual([['cmd-sync'], 0]);
  });
  test('SIG_SEV with IDR0.SEV sends the event; without it behaves as SIG_NONE', async () => {
    m = await Machine.create({ id: { SEV: 1 } });
    m.queue(cmd.sync(2));
    expect(m.interrupts).toContain('sev');
    m = await Machine.create({ id: { SEV: 0 } });
    m.queue(cmd.sync(2));
    expect(m.interrupts).toEqual([]);
  });
  test('§3.18.2 an MSI that nobody takes: MSI_CMDQ_ABT_ERR, and CONS has passed the CMD_SYNC', () => {
    m.queue(cmd.sync(1, 5, HOLE));
    expect([cons().rd, gerror()]).toEqual([1, 1 << 4]);
  });
  test('§3.18 an MSI outside RAM goes to the host', async () => {
    const seen: [bigint, number][] = [];
    m = await Machine.create({ onMsi: (address, data) => void seen.push([address, data]) });
    m.queue(cmd.sync(1, 77, HOLE + 4n));
    expect([seen, gerror()]).toEqual([[[HOLE + 4n, 77]], 0]);
  });
  test('§3.18 a host that refuses the MSI makes it abort', async () => {
    m = await Machine.create({ onMsi: () => false });
    m.queue(cmd.sync(1, 77, HOLE));
    expect(gerror()).toBe(1 << 4);
  });
  test('CONS has passed the CMD_SYNC when its interrupt arrives', async () => {
    let at = -1;
    const smmu: Smmu = await Smmu.create({
      ram: [{ base: RAM, size: 1 << 16 }],
      timing: false,
      onInterrupt: () => (at = smmu.read32(R.CMDQ_CONS)),
    });
    smmu.write64(R.CMDQ_BASE, RAM | 4n);
    smmu.write32(R.CR0, CMDQEN);
    smmu.memory.write64(RAM, cmd.sync(1)[0]);
    smmu.write32(R.CMDQ_PROD, 1);
    expect(at).toBe(1);
  });
});

describe('IHI 0070 §4.2 prefetch commands', () => {
  test('CMD_PREFETCH_ADDR never writes dirty state and records nothing', () => {
    const t = stage1(m, 0, { cdFields: { HA: 1, HD: 1 } }).tables;
    t.map(0x1000n, 0x5000n, s1Leaf({ ap: 3, dbm: 1 }));
    m.command(cmd.prefetchAddr(0, 0x1000n), cmd.prefetchAddr(0, 0x9000n));
    expect(t.read(0x1000n, 3) & 0x80n).toBe(0x80n);
    m.expectEvents();
  });
  test.each([
    [0, 0, [0]],
    [2, 0, [0, 1, 2, 3]],
    [1, 1, [0, 2]],
    [2, 2, [0, 4, 8, 12]],
  ])(
    '§4.2.2 CMD_PREFETCH_ADDR, Size %i, Stride %i: 2^Size addresses, 2^(12 + Stride) apart',
    (size, stride, pages) => {
      const t = stage1(m, 0, { cdFields: { HA: 1 } }).tables;
      const all = Array.from({ length: 16 }, (_, i) => i);
      const va = (page: number): bigint => 0x10_0000n + BigInt(page) * 0x1000n;
      for (const page of all) t.map(va(page), 0x5000n, s1Leaf({ af: 0 }));
      m.command(cmd.prefetchAddr(0, va(0), size, stride));
      expect(all.filter((page) => (t.read(va(page), 3) & 0x400n) !== 0n)).toEqual(pages);
    },
  );
  test('with SMMUEN = 0 a prefetch is consumed without effect', () => {
    const t = stage1(m, 0, { cdFields: { HA: 1 } }).tables;
    t.map(0x1000n, 0x5000n, s1Leaf({ af: 0 }));
    m.cr0(EVENTQEN | CMDQEN);
    m.command(cmd.prefetchAddr(0, 0x1000n), cmd.prefetchConfig(0));
    expect(t.read(0x1000n, 3) & 0x400n).toBe(0n);
  });
});
