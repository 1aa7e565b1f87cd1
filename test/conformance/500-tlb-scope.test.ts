import { beforeEach, describe, expect, test } from '@jest/globals';
import { cmd, s1Leaf, s2Leaf, type Command } from '../support/encode.js';
import { CMDQEN, EVENTQEN, Machine, R, SMMUEN, SPACIOUS } from '../support/machine.js';
import { nested, stage1, stage2 } from '../support/streams.js';
import { NEW, OLD, Page, expectGone, globalLeaf, outcome } from '../support/stale.js';
import { say, WAYS, type Way } from '../support/ways.js';

const VA = 0x12_3000n;
const VB = 0x45_6000n;
const VG = 0x78_9000n;
let m: Machine;
let pages: Page[];

/** One page of every kind of TLB entry that the Non-secure scope table of IHI 0070 §4.4 tells apart. */
async function everyKind(e2h = false, caches = SPACIOUS): Promise<void> {
  m = await Machine.create({ caches, id: { VMW: 1 } });
  if (e2h) {
    m.cr0(0);
    m.smmu.write32(R.CR2, 3);
    m.cr0(SMMUEN | EVENTQEN | CMDQEN);
  }
  pages = [];
  const el1 = (name: string, sid: number, vmid: number, asid: number): void => {
    const t = stage1(m, sid, { cdFields: { ASID: asid }, steFields: { S2VMID: vmid } }).tables;
    pages.push(new Page(m, `${name} a`, sid, VA, t), new Page(m, `${name} b`, sid, VB, t));
    pages.push(new Page(m, `${name} global`, sid, VG, t, globalLeaf()));
  };
  el1('v1 a1', 1, 1, 1);
  el1('v1 a2', 2, 1, 2);
  el1('v2 a1', 3, 2, 1);
  const n = nested(m, 4, { vmid: 1, cdFields: { ASID: 3 } });
  n.s2.map(0x9_0000_0000n, OLD, s2Leaf(), 1);
  n.s2.map(0xa_0000_0000n, NEW, s2Leaf(), 1);
  pages.push(new NestedPage(m, 'nested', 4, n));
  const s2 = (name: string, sid: number, vmid: number): void => {
    const t = stage2(m, sid, { vmid });
    pages.push(
      new Page(m, `${name} a`, sid, VA, t, s2Leaf()),
      new Page(m, `${name} b`, sid, VB, t, s2Leaf()),
    );
  };
  s2('ipa v1', 5, 1);
  s2('ipa v2', 6, 2);
  const el2 = (name: string, sid: number, asid: number): void => {
    const t = stage1(m, sid, { cdFields: { ASID: asid, EPD1: 1 }, steFields: { STRW: 2 } }).tables;
    pages.push(new Page(m, `${name} a`, sid, VA, t), new Page(m, `${name} b`, sid, VB, t));
    if (e2h) pages.push(new Page(m, `${name} global`, sid, VG, t, globalLeaf()));
  };
  el2('el2 a1', 7, 1);
  if (e2h) el2('el2 a2', 8, 2);
}
/** A combined VA to PA translation whose stage 1 leaf is what changes; stage 2 knows both outputs. */
class NestedPage extends Page {
  constructor(machine: Machine, name: string, sid: number, n: ReturnType<typeof nested>) {
    super(machine, name, sid, VA, n.tables, s1Leaf(), 3, 0x9_0000_0000n + VA, 0xa_0000_0000n + VA);
  }
  override warm(_offset?: bigint, way: Way = 'translate'): void {
    for (const _ of [0, 1])
      expect(say(m, way, this.sid, VA)).toEqual({ status: 'ok', pa: OLD + VA, event: undefined });
  }
  override state(_offset?: bigint, way: Way = 'translate'): string {
    const { pa } = say(m, way, this.sid, VA);
    return pa === OLD + VA ? 'stale' : pa === NEW + VA ? 'fresh' : `0x${pa.toString(16)}`;
  }
}
const starting = (...prefixes: string[]): string[] =>
  pages.map((p) => p.name).filter((name) => prefixes.some((x) => name.startsWith(x)));

const EL1_V1 = ['v1 a1', 'v1 a2', 'nested'];
const rows: [string, Command, () => string[]][] = [
  ['CMD_TLBI_NH_ALL: stage 1 entries of the VMID, globals included', cmd.nhAll(1), () => starting(...EL1_V1)],
  ['CMD_TLBI_NH_ALL of an unused VMID', cmd.nhAll(9), () => []],
  ['CMD_TLBI_NH_ASID: not the globals', cmd.nhAsid(1, 1), () => ['v1 a1 a', 'v1 a1 b']],
  ['CMD_TLBI_NH_ASID of a nested stream: combined entries too', cmd.nhAsid(1, 3), () => ['nested']],
  ['CMD_TLBI_NH_VA: this VA of this ASID', cmd.nhVa(1, 1, VA), () => ['v1 a1 a']],
  ['CMD_TLBI_NH_VA: a combined entry', cmd.nhVa(1, 3, VA), () => ['nested']],
  [
    'CMD_TLBI_NH_VA: a global entry whatever the ASID',
    cmd.nhVa(1, 77, VG),
    () => ['v1 a1 global', 'v1 a2 global'],
  ],
  ['CMD_TLBI_NH_VA with Leaf', cmd.nhVa(2, 1, VB, { leaf: 1 }), () => ['v2 a1 b']],
  ['CMD_TLBI_NH_VAA: this VA of every ASID', cmd.nhVaa(1, VA), () => ['v1 a1 a', 'v1 a2 a', 'nested']],
  ['CMD_TLBI_NH_VAA: globals too', cmd.nhVaa(2, VG), () => ['v2 a1 global']],
  ['CMD_TLBI_S2_IPA: IPA-indexed entries', cmd.s2Ipa(1, VA), () => ['ipa v1 a']],
  ['CMD_TLBI_S2_IPA of another VMID', cmd.s2Ipa(2, VB), () => ['ipa v2 b']],
  ['CMD_TLBI_S12_VMALL: everything of the VMID', cmd.s12Vmall(1), () => starting(...EL1_V1, 'ipa v1')],
  ['CMD_TLBI_NSNH_ALL: everything but EL2', cmd.nsnhAll(), () => starting('v1', 'v2', 'nested', 'ipa')],
  ['CMD_TLBI_EL2_ALL: EL2 alone', cmd.el2All(), () => starting('el2')],
  ['CMD_TLBI_EL2_VA with E2H = 0: the ASID does not matter', cmd.el2Va(99, VA), () => ['el2 a1 a']],
  ['CMD_TLBI_EL2_VAA with E2H = 0', cmd.el2Vaa(VB), () => ['el2 a1 b']],
  ['CMD_CFGI_ALL touches no TLB', cmd.cfgiAll(), () => []],
  ['CMD_CFGI_STE touches no TLB', cmd.cfgiSte(1), () => []],
  ['CMD_CFGI_CD_ALL touches no TLB', cmd.cfgiCdAll(1), () => []],
  ['CMD_SYNC alone invalidates nothing', cmd.sync(), () => []],
];

describe('IHI 0070 §4.4 scope of TLB invalidation: what goes and what stays', () => {
  describe.each(WAYS)('asked by %s', (way) => {
    test.each(rows)('§4.4 %s', async (_name, command, gone) => {
      await everyKind();
      expectGone(pages, gone(), () => m.command(command), way);
    });
  });
  test.each(rows)('§4.4 with the caches of a real device: %s takes no less', async (_name, command, gone) => {
    await everyKind(false, 'mmu600-agilex5');
    const out = outcome(pages, () => m.command(command));
    for (const name of gone()) expect([name, out[name]]).toEqual([name, 'fresh']);
  });
  const e2h: [string, Command, () => string[]][] = [
    ['CMD_TLBI_EL2_ALL', cmd.el2All(), () => starting('el2')],
    ['CMD_TLBI_EL2_ASID: not the globals', cmd.el2Asid(1), () => ['el2 a1 a', 'el2 a1 b']],
    ['CMD_TLBI_EL2_VA: VA and ASID', cmd.el2Va(1, VA), () => ['el2 a1 a']],
    [
      'CMD_TLBI_EL2_VA: globals whatever the ASID',
      cmd.el2Va(55, VG),
      () => starting('el2').filter((n) => n.includes('global')),
    ],
    ['CMD_TLBI_EL2_VAA: every ASID', cmd.el2Vaa(VA), () => ['el2 a1 a', 'el2 a2 a']],
    ['CMD_TLBI_NSNH_ALL leaves EL2-E2H', cmd.nsnhAll(), () => starting('v1', 'v2', 'nested', 'ipa')],
    ['CMD_TLBI_NH_VA does not reach EL2-E2H', cmd.nhVa(1, 1, VA), () => ['v1 a1 a']],
  ];
  describe.each(WAYS)('asked by %s', (way) => {
    test.each(e2h)('§4.4 CR2.E2H = 1: %s', async (_name, command, gone) => {
      await everyKind(true);
      expectGone(pages, gone(), () => m.command(command), way);
    });
  });
  test('§4.4 EL2_ALL with NSNH_ALL empties the Non-secure TLBs', async () => {
    await everyKind();
    expectGone(pages, starting(''), () => m.command(cmd.el2All(), cmd.nsnhAll()));
  });
  test('§3.17 without any command every answer is the cached one', async () => {
    await everyKind();
    expectGone(pages, [], () => {});
  });
  test('§6.3.9 SMMUEN 1 to 0 to 1 invalidates nothing by itself', async () => {
    await everyKind();
    const out = outcome(pages, () => {
      m.cr0(EVENTQEN | CMDQEN);
      m.cr0(SMMUEN | EVENTQEN | CMDQEN);
    });
    expect(new Set(Object.values(out))).toEqual(new Set(['stale']));
  });
  test('§6.3.9 invalidation commands work with SMMUEN = 0', async () => {
    await everyKind();
    expectGone(pages, starting('el2'), () => {
      m.cr0(EVENTQEN | CMDQEN);
      m.command(cmd.el2All());
      m.cr0(SMMUEN | EVENTQEN | CMDQEN);
    });
  });
  test('§4.4 ASID[15:8] with 8-bit ASIDs: no entry is required to go (chosen: none goes)', async () => {
    m = await Machine.create({ caches: SPACIOUS, id: { ASID16: 0 } });
    const t = stage1(m, 1, { cdFields: { ASID: 1 }, steFields: { S2VMID: 1 } }).tables;
    pages = [new Page(m, 'a1', 1, VA, t)];
    expectGone(pages, [], () => m.command(cmd.nhAsid(1, 0x101)));
  });
});

describe('IHI 0070 §6.3.9.1, §3.17 VMID wildcards', () => {
  const wildcards: [number, number, number[]][] = [
    [0, 0x20, [0x20]],
    [1, 0x20, [0x20, 0x21]],
    [1, 0x21, [0x20, 0x21]],
    [2, 0x22, [0x20, 0x21, 0x22]],
    [3, 0x27, [0x20, 0x21, 0x22, 0x24]],
    [4, 0x20, [0x20, 0x21, 0x22, 0x24, 0x28]],
    [5, 0x20, [0x20]],
    [7, 0x20, [0x20]],
  ];
  const VMIDS = [0x20, 0x21, 0x22, 0x24, 0x28, 0x30];
  for (const [name, make] of [
    ['CMD_TLBI_NH_ALL', (v: number): Command => cmd.nhAll(v)],
    ['CMD_TLBI_NH_VA', (v: number): Command => cmd.nhVa(v, 1, VA)],
    ['CMD_TLBI_S12_VMALL', (v: number): Command => cmd.s12Vmall(v)],
  ] as const) {
    test.each(wildcards)(
      `§6.3.9.1 CR0.VMW = %i: ${name} of VMID %i takes VMIDs %j`,
      async (vmw, vmid, gone) => {
        m = await Machine.create({ caches: SPACIOUS, id: { VMW: 1 }, enable: false });
        m.enable(SMMUEN | EVENTQEN | CMDQEN | (vmw << 6));
        pages = VMIDS.map((v, i) => {
          const t = stage1(m, i, { cdFields: { ASID: 1 }, steFields: { S2VMID: v } }).tables;
          return new Page(m, `vmid ${v}`, i, VA, t);
        });
        expectGone(
          pages,
          gone.map((v) => `vmid ${v}`),
          () => m.command(make(vmid)),
        );
      },
    );
  }
  test('§3.17 VMW never affects look-ups: VMIDs that differ in ignored bits stay apart', async () => {
    m = await Machine.create({ caches: SPACIOUS, id: { VMW: 1 }, enable: false });
    m.enable(SMMUEN | EVENTQEN | CMDQEN | (4 << 6));
    for (const i of [0, 1]) {
      stage1(m, i, { cdFields: { ASID: 1 }, steFields: { S2VMID: 0x20 + i } }).tables.map(
        VA,
        BigInt(i + 1) << 32n,
        s1Leaf(),
      );
    }
    m.expectOk(0, VA, 1n << 32n);
    m.expectOk(1, VA, 2n << 32n);
  });
});

describe('IHI 0070 §3.17 what a look-up may match', () => {
  beforeEach(async () => {
    m = await Machine.create({ caches: SPACIOUS });
  });
  test('another ASID, VMID or StreamWorld never answers', () => {
    const kinds = [
      { cdFields: { ASID: 1 }, steFields: { S2VMID: 1 } },
      { cdFields: { ASID: 2 }, steFields: { S2VMID: 1 } },
      { cdFields: { ASID: 1 }, steFields: { S2VMID: 2 } },
      { cdFields: { ASID: 1 }, steFields: { S2VMID: 1, STRW: 2 } },
    ];
    kinds.forEach((k, i) => stage1(m, i, k).tables.map(VA, BigInt(i + 1) << 32n, s1Leaf()));
    for (const _round of [0, 1]) kinds.forEach((_k, i) => m.expectOk(i, VA, BigInt(i + 1) << 32n));
  });
  test('a stage 2-only stream never matches a VA-indexed entry of the same VMID', () => {
    stage1(m, 0, { steFields: { S2VMID: 3 } }).tables.map(VA, 1n << 32n, globalLeaf());
    stage2(m, 1, { vmid: 3 }).map(VA, 2n << 32n, s2Leaf());
    m.expectOk(0, VA, 1n << 32n);
    m.expectOk(1, VA, 2n << 32n);
    m.expectOk(0, VA, 1n << 32n);
  });
  test('a global entry answers only where CD.ASET is the same', () => {
    stage1(m, 0, { cdFields: { ASID: 1, ASET: 0 } }).tables.map(VA, 1n << 32n, globalLeaf());
    stage1(m, 1, { cdFields: { ASID: 2, ASET: 1 } }).tables.map(VA, 2n << 32n, globalLeaf());
    for (const _round of [0, 1]) {
      m.expectOk(0, VA, 1n << 32n);
      m.expectOk(1, VA, 2n << 32n);
    }
  });
  test('bypass leaves no entry behind: a Config change needs CFGI alone', () => {
    m.ste(0, { Config: 4 });
    m.expectOk(0, VA, VA);
    stage1(m, 0).tables.map(VA, 1n << 32n, s1Leaf());
    m.command(cmd.cfgiSte(0));
    m.expectOk(0, VA, 1n << 32n);
  });
  test('nothing is inserted while SMMUEN = 0', () => {
    stage1(m, 0).tables.map(VA, 1n << 32n, s1Leaf());
    m.cr0(EVENTQEN | CMDQEN);
    m.smmu.write32(R.GBPA, 0x8000_1000);
    m.expectOk(0, VA, VA);
    m.cr0(SMMUEN | EVENTQEN | CMDQEN);
    m.expectOk(0, VA, 1n << 32n);
  });
});
