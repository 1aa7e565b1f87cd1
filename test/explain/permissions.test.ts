// Each rule that can refuse an access, and the sentence for it (DDI 0487 D8.4; IHI 0070 §5.2, §5.4).
import { beforeEach, describe, expect, test } from '@jest/globals';
import { explain } from '../../src/explain/explain.js';
import type { Transaction } from '../../src/index.js';
import { s1Leaf, s2Leaf, type CdFields, type S1Leaf } from '../support/encode.js';
import { Machine, R } from '../support/machine.js';
import { RAM_TO_GUEST, nested, stage1, stage2 } from '../support/streams.js';

const VA = 0x3000n;
const IPA = 0x9_8765_4000n;
const PA = 0x9000n;
let m: Machine;
beforeEach(async () => {
  m = await Machine.create();
});

const hex = (v: bigint): string => `0x${v.toString(16)}`;
const why = (t: Partial<Transaction> = {}): string | undefined =>
  explain(m.smmu, { streamId: 0, iova: VA, size: 1, ...t }).why;
const EXEC = { instruction: true } as const;
const PRIV = { privileged: true } as const;
const WRITE = { access: 'write' } as const;

describe('stage 1', () => {
  interface Row {
    leaf?: S1Leaf;
    /** Bits of the level 1 Table descriptor. */
    table?: bigint;
    cd?: CdFields;
    t?: Partial<Transaction>;
    says: string;
  }
  const rows: Row[] = [
    {
      leaf: { ap: 0 },
      says: 'AP[1] = 0 (AP[2:1] = 0) allows privileged accesses only, and this is an unprivileged read',
    },
    {
      leaf: { ap: 3 },
      t: WRITE,
      says: 'AP[2] = 1 (AP[2:1] = 3) allows no write, and this is an unprivileged write',
    },
    {
      leaf: { ap: 2 },
      t: { ...WRITE, ...PRIV },
      says: 'AP[2] = 1 (AP[2:1] = 2) allows no write, and this is a privileged write',
    },
    {
      leaf: { uxn: 1 },
      t: EXEC,
      says: 'UXN = 1 allows no unprivileged execution, and this is an unprivileged instruction read',
    },
    {
      leaf: { ap: 3, pxn: 1 },
      t: { ...EXEC, ...PRIV },
      says: 'PXN = 1 allows no privileged execution, and this is a privileged instruction read',
    },
    {
      leaf: { ap: 1 },
      t: { ...EXEC, ...PRIV },
      says: 'what may be written without privilege (AP[2:1] = 1) is never executed with it, and this is a privileged instruction read',
    },
    {
      table: 1n << 61n,
      says: 'APTable[0] = 1 takes unprivileged access from everything below it, and this is an unprivileged read',
    },
    {
      table: 1n << 62n,
      t: WRITE,
      says: 'APTable[1] = 1 takes write access from everything below it, and this is an unprivileged write',
    },
    {
      table: 1n << 60n,
      t: EXEC,
      says: 'UXNTable = 1 takes unprivileged execution from everything below it, and this is an unprivileged instruction read',
    },
    {
      leaf: { ap: 3 },
      table: 1n << 59n,
      t: { ...EXEC, ...PRIV },
      says: 'PXNTable = 1 takes privileged execution from everything below it, and this is a privileged instruction read',
    },
  ];
  test.each(rows)('DDI 0487 D8.4 $says', ({ leaf = {}, table = 0n, cd = {}, t = {}, says }) => {
    const { tables } = stage1(m, 0, { cdFields: cd });
    tables.map(VA, PA, s1Leaf(leaf));
    tables.or(VA, 1, table);
    const level = table === 0n ? 3 : 1;
    const named = `The stage 1 level ${level} descriptor at ${hex(tables.slot(VA, level))} is ${hex(tables.read(VA, level))}`;
    expect(why(t)).toBe(`${named}: ${says} (DDI 0487 D8.4).`);
  });

  const controls: Row[] = [
    {
      leaf: { ap: 1 },
      cd: { WXN: 1 },
      t: EXEC,
      says: 'CD.WXN = 1 forbids execution of what may be written, and this is an unprivileged instruction read',
    },
    {
      leaf: { ap: 0 },
      cd: { WXN: 1 },
      t: { ...EXEC, ...PRIV },
      says: 'CD.WXN = 1 forbids execution of what may be written, and this is a privileged instruction read',
    },
    {
      leaf: { ap: 1 },
      cd: { PAN: 1 },
      t: PRIV,
      says: 'CD.PAN = 1 forbids privileged data accesses to what is accessible without privilege, and this is a privileged read',
    },
    {
      leaf: { ap: 0 },
      cd: { PAN: 1, EPAN: 1 },
      t: PRIV,
      says: 'CD.PAN and CD.EPAN = 1 forbid privileged data accesses to what is executable without privilege, and this is a privileged read',
    },
  ];
  test.each(controls)('IHI 0070 §5.4 $says', ({ leaf, cd, t, says }) => {
    const { tables } = stage1(m, 0, { cdFields: cd });
    tables.map(VA, PA, s1Leaf(leaf));
    const at = `${hex(tables.read(VA, 3))} at ${hex(tables.slot(VA, 3))}`;
    expect(why(t)).toBe(`${says}: ${at} (IHI 0070 §5.4).`);
  });

  test('IHI 0070 §5.4 E0PD', () => {
    stage1(m, 0, { cdFields: { E0PD0: 1 } }).tables.map(VA, PA, s1Leaf());
    expect(why()).toBe(
      'CD.E0PD0 = 1 refuses unprivileged accesses, and this is an unprivileged read (IHI 0070 §5.4).',
    );
  });

  test('IHI 0070 §5.2 PRIVCFG, INSTCFG: what made the access what it is', () => {
    const { tables } = stage1(m, 0, { steFields: { PRIVCFG: 2, INSTCFG: 3 } });
    tables.map(VA, PA, s1Leaf({ uxn: 1 }));
    expect(why(PRIV)).toMatch(
      /and this is an unprivileged instruction read, which STE\.PRIVCFG = 2 and STE\.INSTCFG = 3 make it \(DDI 0487 D8\.4\)\.$/,
    );
  });

  test('IHI 0070 §13.1.2 a write is data whatever INSTCFG says', () => {
    const { tables } = stage1(m, 0, { steFields: { INSTCFG: 3 } });
    tables.map(VA, PA, s1Leaf({ ap: 3, uxn: 1 }));
    expect(why(WRITE)).toMatch(/: AP\[2\] = 1 .*, and this is an unprivileged write \(DDI 0487 D8\.4\)\.$/);
  });

  test('IHI 0070 §5.2 STRW: EL2 has one privilege level', async () => {
    const { tables } = stage1(m, 0, { steFields: { STRW: 2 } });
    tables.map(VA, PA, s1Leaf({ ap: 3 }));
    expect(why(WRITE)).toMatch(/and this is a write \(DDI 0487 D8\.4\)\.$/);
  });

  test('IHI 0070 §13.1.2 an atomic that lacks the read only', () => {
    stage1(m, 0, { cdFields: { PAN: 0 } });
    const s2 = stage2(m, 1);
    s2.map(VA, PA, s2Leaf({ s2ap: 2 }));
    expect(why({ streamId: 1, atomic: true })).toMatch(
      /: S2AP\[0\] = 0 \(S2AP = 2\) allows no read, and this is an unprivileged read \(DDI 0487 D8\.4\)\.$/,
    );
  });
});

describe('stage 2', () => {
  test.each([
    [{ s2ap: 2 }, {}, 'S2AP[0] = 0 (S2AP = 2) allows no read, and this is an unprivileged read'],
    [{ s2ap: 1 }, WRITE, 'S2AP[1] = 0 (S2AP = 1) allows no write, and this is an unprivileged write'],
    [{ xn: 2 }, EXEC, 'XN = 2 allows no such execution, and this is an unprivileged instruction read'],
  ] as const)('DDI 0487 D8.4 %o', (leaf, t, says) => {
    const tables = stage2(m, 0);
    tables.map(VA, PA, s2Leaf(leaf));
    const named = `The stage 2 level 3 descriptor at ${hex(tables.slot(VA, 3))} is ${hex(tables.read(VA, 3))}`;
    expect(why(t)).toBe(`${named}: ${says} (DDI 0487 D8.4).`);
  });

  const slotIpa = (n: ReturnType<typeof nested>): bigint => n.tables.slot(VA, 3) + RAM_TO_GUEST;
  function working(cd: CdFields = {}, ste = {}): ReturnType<typeof nested> {
    const n = nested(m, 0, { ramLevel: 3, cdFields: cd, steFields: ste });
    n.tables.map(VA, IPA, s1Leaf({ af: 0 }));
    n.s2.map(IPA, PA, s2Leaf());
    return n;
  }

  test('IHI 0070 §7.3.16 a descriptor or CD is fetched by a privileged data read, whatever the transaction is', () => {
    const n = working({ HA: 1 });
    n.s2.map(slotIpa(n), n.tables.slot(VA, 3), s2Leaf({ s2ap: 2 }));
    const page = hex(slotIpa(n) & ~0xfffn);
    expect(why({ ...WRITE, privileged: true })).toMatch(
      new RegExp(
        `allows no read, and this is the read of a stage 1 descriptor \\(DDI 0487 D8\\.4\\)\\. It was needed for the stage 1 descriptor at IPA ${page}\\.$`,
      ),
    );
    n.s2.map(n.cdIpa, n.cd, s2Leaf({ s2ap: 2 }));
    expect(why({ ...WRITE, privileged: true })).toMatch(
      /allows no read, and this is the read of a CD \(DDI 0487 D8\.4\)\. It was needed for the CD fetch from IPA /,
    );
  });

  test('IHI 0070 §3.13.5 the update of a stage 1 descriptor', () => {
    const n = working({ HA: 1 });
    n.s2.map(slotIpa(n), n.tables.slot(VA, 3), s2Leaf({ s2ap: 1 }));
    expect(why()).toMatch(
      /: S2AP\[1\] = 0 \(S2AP = 1\) allows no write, and this is the hardware update of a stage 1 descriptor/,
    );
  });

  test('IHI 0070 §5.2 S2PTW', () => {
    const n = working({ HA: 1 }, { S2PTW: 1 });
    n.s2.map(slotIpa(n), n.tables.slot(VA, 3), s2Leaf({ memAttr: 1 }));
    expect(why()).toMatch(
      /: STE\.S2PTW = 1 forbids table walks in Device memory \(MemAttr = 1\), and this is the read of a stage 1 descriptor/,
    );
  });
});

describe('where caches answer', () => {
  test('a TLB entry that refuses is named, and not the tables that may have changed', async () => {
    m = await Machine.create({ caches: 'mmu600-agilex5' });
    const { tables } = stage1(m, 0);
    tables.map(VA, PA, s1Leaf({ ap: 3 }));
    m.expectOk(0, VA, PA);
    expect(why(WRITE)).toBe(
      'The micro TLB of TBU 0 holds a translation that stage 1 does not allow an unprivileged write with (DDI 0487 D8.4); it stays until a command names it.',
    );
  });

  test('STE and CD of the configuration cache say what those in memory say', async () => {
    m = await Machine.create({
      caches: { configCache: { entries: 16, ways: 4, policy: 'lru' }, walkCaches: false },
    });
    const { tables, cd } = stage1(m, 0, { granule: 16, tsz: 25, cdFields: { WXN: 1 } });
    tables.map(0n, 0n, s1Leaf({ ap: 1 }));
    m.expectOk(0, VA, VA);
    m.smmu.memory.write64(cd, 0n);
    const { steps, why: reason } = explain(m.smmu, { streamId: 0, iova: VA, size: 1, instruction: true });
    expect(reason).toMatch(/^CD\.WXN = 1 forbids execution/);
    expect(steps.find(({ kind }) => kind === 'held')).toMatchObject({
      title: 'STE and CD as the configuration cache holds them',
      follows: expect.stringMatching(/TTB0: 39-bit addresses, 64 KB granule/),
    });
    expect(steps.filter(({ kind }) => kind === 'descriptor').map(({ title }) => title)).toEqual([
      'Stage 1 level 2 descriptor',
      'Stage 1 level 3 descriptor',
    ]);
  });
});

describe('where nothing is recorded', () => {
  test('IHI 0070 §3.14 a speculative read: the reason, and that there is no event', () => {
    stage1(m, 0);
    expect(why({ speculative: true })).toMatch(
      /: bit 0 is clear, so it is invalid \(DDI 0487 D8\.3\)\. A speculative read ends without an event \(IHI 0070 §3\.14\)\.$/,
    );
    expect(why({ speculative: true, access: 'write' })).toBe(
      'A speculative write always ends as an abort, without an event (IHI 0070 §3.14).',
    );
  });

  test('IHI 0070 §3.14 an update that waits, and one that is made', () => {
    stage1(m, 0, { cdFields: { HA: 1 } }).tables.map(VA, PA, s1Leaf({ af: 0 }));
    const { steps } = explain(m.smmu, { streamId: 0, iova: VA, size: 1, speculative: true });
    expect(steps.filter(({ kind }) => kind === 'update').map(({ follows }) => follows)).toEqual([
      expect.stringMatching(/^It becomes 0x\w+ once the speculative read is known to succeed\.$/),
      expect.stringMatching(/^It is now 0x\w+\.$/),
    ]);
  });

  test('IHI 0070 §3.11 SMMUEN = 0: GBPA.ABORT, and an address above OAS', () => {
    m.cr0(0);
    expect(why({ iova: 1n << 50n })).toBe(
      'SMMU_CR0.SMMUEN = 0, and input address 0x4000000000000 needs more than the 48 bits of OAS (IHI 0070 §3.11).',
    );
    m.smmu.write32(R.GBPA, 0x8010_0000);
    expect(why()).toBe('SMMU_CR0.SMMUEN = 0, and GBPA.ABORT = 1 (IHI 0070 §3.11).');
  });
});
