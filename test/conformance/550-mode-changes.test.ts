// State that outlives a change of mode: entries of EL2 and EL2-E2H when CR2.E2H is toggled, and what a reset leaves behind.
import { beforeEach, describe, expect, test } from '@jest/globals';
import { machineOver } from '../host/machine-over.js';
import { cmd, s1Leaf, type Command } from '../support/encode.js';
import { CMDQEN, EVENTQEN, Machine, R, RAM, RAM_BYTES, SMMUEN, SPACIOUS } from '../support/machine.js';
import { NEW, OLD, Page } from '../support/stale.js';
import { stage1 } from '../support/streams.js';
import { WAYS } from '../support/ways.js';

const VA = 0x12_3000n;
let m: Machine;

/** CR2.E2H, which is fixed while SMMUEN is 1; configurations may hold it, so they go (IHI 0070 §6.3.12). */
function e2h(on: boolean): void {
  m.cr0(EVENTQEN | CMDQEN);
  m.smmu.write32(R.CR2, on ? 3 : 2);
  m.cr0(SMMUEN | EVENTQEN | CMDQEN);
  m.command(cmd.cfgiAll());
}

describe('IHI 0070 §4.4.2, §6.3.12 entries of the other regime when E2H is toggled', () => {
  beforeEach(async () => {
    m = await Machine.create({ caches: SPACIOUS });
  });
  const page = (): Page => {
    const cdFields = { ASID: 1, EPD1: 1 };
    return new Page(m, 'el2', 1, VA, stage1(m, 1, { cdFields, steFields: { STRW: 2 } }).tables);
  };
  const from = [false, true];
  // What reaches an entry that was made under the other value of E2H: EL2_ALL takes both regimes (§4.4.2.7); by address and by
  // ASID, CR2.E2H says which of them the command is for.
  const commands: [string, Command, boolean][] = [
    ['CMD_TLBI_EL2_ALL', cmd.el2All(), true],
    ['CMD_TLBI_EL2_VA', cmd.el2Va(1, VA), false],
    ['CMD_TLBI_EL2_VAA', cmd.el2Vaa(VA), false],
    ['CMD_TLBI_NSNH_ALL', cmd.nsnhAll(), false],
  ];
  const cases = WAYS.flatMap((way) =>
    from.flatMap((old) => commands.map(([name, command, goes]) => ({ way, old, name, command, goes }))),
  );
  test.each(cases)(
    '$name with E2H the other way round takes an entry of E2H = $old: $goes (by $way)',
    (row) => {
      const { way, old, command, goes } = row;
      e2h(old);
      const p = page();
      p.warm(0n, way);
      p.change();
      e2h(!old);
      m.command(command);
      e2h(old);
      expect(p.state(0n, way)).toBe(goes ? 'fresh' : 'stale');
    },
  );
  test.each(WAYS)('§3.17 an entry of one regime never answers for the other, asked by %s', (way) => {
    e2h(false);
    const p = page();
    p.warm(0n, way);
    p.change();
    e2h(true);
    expect(p.state(0n, way)).toBe('fresh');
    e2h(false);
    expect(p.state(0n, way)).toBe('stale');
  });
});

describe('a device after a reset is as a fresh one', () => {
  interface Run {
    stags: (number | undefined)[];
    hits: string[];
    events: string[][];
    registers: number[];
  }
  const caches = { mainTlb: { entries: 8, ways: 4, policy: 'random' } } as const;
  const TRAFFIC: [number, bigint][] = Array.from({ length: 60 }, (_, i) => [1, BigInt((i * 7) % 11) << 12n]);

  /** Stalls, hits and misses of a random policy, and what of it software sees. */
  function run(machine: Machine): Run {
    m = machine;
    const { tables } = stage1(m, 1);
    for (let page = 0n; page < 11n; page++) tables.map(page << 12n, OLD + (page << 12n), s1Leaf());
    stage1(m, 3, { cdFields: { S: 1 } });
    const stags = [0, 1, 2].map((i) => m.translate(3, BigInt(i) << 12n).stag);
    m.command(cmd.resume(3, stags[0]!, 'abort'));
    stags.push(m.translate(3, NEW).stag);
    const hits = TRAFFIC.map(([sid, iova]) => m.translate(sid, iova).hit);
    const registers = [R.CR0, R.CMDQ_CONS, R.EVENTQ_PROD, R.GERROR].map((r) => m.smmu.read32(r));
    return { stags, hits, events: m.events().map((e) => e.map(String)), registers };
  }
  const again = (machine: Machine): Machine => {
    machine.smmu.memory.view(RAM, RAM_BYTES).fill(0);
    machine.smmu.reset();
    return machineOver(machine.smmu);
  };
  test('the same transactions get the same STAGs, hits and events', async () => {
    const first = await Machine.create({ caches });
    const fresh = run(first);
    expect(new Set(fresh.stags).size).toBe(4);
    expect(new Set(fresh.hits).size).toBeGreaterThan(1);
    const second = again(first);
    expect(run(second)).toEqual(fresh);
    expect(run(again(second))).toEqual(fresh);
  });
  test('nothing that was cached, stalled or active is left', async () => {
    m = await Machine.create({ caches: SPACIOUS });
    const { tables } = stage1(m, 1);
    tables.map(VA, OLD, s1Leaf());
    m.expectOk(1, VA, OLD);
    stage1(m, 3, { cdFields: { S: 1 } });
    const { stag } = m.translate(3, VA + 0x1000n);
    m.queue(cmd.raw(0xff));
    const { resumed } = m;
    m = again(m);
    expect([R.CR0, R.CR0ACK, R.GERROR, R.GERRORN].map((r) => m.smmu.read32(r))).toEqual([13, 13, 0, 0]);
    const t = stage1(m, 1).tables;
    t.map(VA, NEW, s1Leaf());
    m.expectOk(1, VA, NEW);
    m.command(cmd.resume(3, stag!, 'retry'));
    expect(resumed).toEqual([]);
    m.expectEvents();
  });
});
