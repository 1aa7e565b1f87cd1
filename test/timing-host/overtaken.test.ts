// An invalidation while a walk is under way: what it names is not filled by that walk (IHI 0070 §3.21.3), what it does not
// name is (docs/architecture.md: an entry that no command named stays).
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Translation } from '../../src/index.js';
import { cmd, s1Leaf, type Command } from '../support/encode.js';
import { type Machine, SPACIOUS } from '../support/machine.js';
import { stage1 } from '../support/streams.js';
import { DATA, gem5, SID, timedMachine } from './timed-machine.js';

const PAGE = 0x7000n;
const OTHER_SID = 9;

let m: Machine;
beforeEach(async () => {
  m = await timedMachine(gem5(100), { caches: SPACIOUS });
  const { tables } = stage1(m, OTHER_SID, { cdFields: { ASID: 77 } });
  tables.map(PAGE, DATA + PAGE, s1Leaf());
});
afterEach(() => m.smmu.dispose());

/** Submits a read of PAGE, lets it walk for 300 cycles (of about 750), sends the commands, and waits for its answer. */
function overtakenBy(...commands: Command[]): Translation {
  const { now } = m.smmu;
  m.smmu.submit({ streamId: SID, iova: PAGE, arrival: now + 1n });
  m.smmu.advance(now + 300n);
  m.command(...commands);
  m.smmu.advance(m.smmu.now + 20_000n);
  const done: Translation[] = [];
  expect(m.smmu.poll(done)).toBe(1);
  expect(done[0]).toMatchObject({ status: 'ok', pa: DATA + PAGE, reads: { stage1: 4 } });
  return m.translate(SID, PAGE);
}

describe('what is not named is filled', () => {
  const others: [string, Command][] = [
    ['TLBI_NH_VA of another page', cmd.nhVa(0, 0, 0x1_2345_6000n)],
    ['TLBI_NH_VA of the page, another ASID', cmd.nhVa(0, 1234, PAGE)],
    ['TLBI_NH_VA of the page, another VMID', cmd.nhVa(99, 0, PAGE)],
    ['TLBI_NH_ASID of another', cmd.nhAsid(0, 1234)],
    ['TLBI_NH_ALL of another VMID', cmd.nhAll(99)],
    ['TLBI_S2_IPA', cmd.s2Ipa(0, PAGE)],
    ['TLBI_EL2_ALL', cmd.el2All()],
    ['CFGI_STE of another stream', cmd.cfgiSte(OTHER_SID)],
    ['CFGI_CD of another SubstreamID', cmd.cfgiCd(SID, 3)],
  ];
  test.each(others)('%s', (_, command) => {
    expect(overtakenBy(command)).toMatchObject({ hit: 'micro-tlb', reads: { ste: 0, cd: 0, stage1: 0 } });
  });

  test('256 others at once', () => {
    const { now } = m.smmu;
    m.smmu.submit({ streamId: SID, iova: PAGE, arrival: now + 1n });
    m.smmu.advance(now + 300n);
    for (let i = 0; i < 256; i++) m.command(cmd.nhVa(0, 0, 0x2_0000_0000n + (BigInt(i) << 12n)));
    m.smmu.advance(m.smmu.now + 200_000n);
    expect(m.translate(SID, PAGE).hit).toBe('micro-tlb');
  });
});

describe('what is named is not', () => {
  test.each<[string, Command]>([
    ['TLBI_NH_VA', cmd.nhVa(0, 0, PAGE)],
    ['TLBI_NH_VAA', cmd.nhVaa(0, PAGE)],
    ['TLBI_NH_ASID', cmd.nhAsid(0, 0)],
    ['TLBI_NH_ALL', cmd.nhAll(0)],
    ['TLBI_NSNH_ALL', cmd.nsnhAll()],
  ])('%s: the configuration stays, tables and page go', (_, command) => {
    const again = overtakenBy(command);
    expect(again).toMatchObject({ hit: 'walk', pa: DATA + PAGE });
    expect(again.reads).toMatchObject({ ste: 0, cd: 0 });
    expect(again.reads.stage1).toBeGreaterThan(0);
  });

  test('TLBI_NH_VA with Leaf: the tables on the way stay', () => {
    expect(overtakenBy(cmd.nhVa(0, 0, PAGE, { leaf: 1 })).reads).toMatchObject({ stage1: 1, ste: 0 });
  });

  test.each<[string, Command]>([
    ['CFGI_STE', cmd.cfgiSte(SID)],
    ['CFGI_CD', cmd.cfgiCd(SID, 0)],
    ['CFGI_CD_ALL', cmd.cfgiCdAll(SID)],
    ['CFGI_ALL', cmd.cfgiAll()],
  ])('%s: a TLB tagged by stream and the configuration cache; not what is tagged by ASID', (_, command) => {
    // The configuration had been read after 300 cycles, from what the command says is stale.
    const again = overtakenBy(command);
    expect(again.hit).not.toBe('micro-tlb');
    expect(again.reads).toMatchObject({ stage1: 0 });
  });
});

describe('§3.21.3 a configuration that is being fetched', () => {
  // Port and TLBs 5, link 8, configuration cache 3, issue 1, memory 100: the STE has been read, the CD has not.
  const BETWEEN = 150n;
  const again = (command: Command): Translation => {
    const { now } = m.smmu;
    m.smmu.submit({ streamId: SID, iova: PAGE, arrival: now + 1n });
    m.smmu.advance(now + BETWEEN);
    m.command(command);
    m.smmu.advance(m.smmu.now + 20_000n);
    const done: Translation[] = [];
    expect(m.smmu.poll(done)).toBe(1);
    expect(done[0].reads).toMatchObject({ ste: 1, cd: 1 });
    m.command(cmd.nsnhAll());
    return m.translate(SID, PAGE + 0x1000n);
  };
  test.each<[string, Command]>([
    ['CFGI_STE', cmd.cfgiSte(SID)],
    ['CFGI_CD', cmd.cfgiCd(SID, 0)],
    ['CFGI_CD_ALL', cmd.cfgiCdAll(SID)],
    ['CFGI_ALL', cmd.cfgiAll()],
  ])('%s names it: it is not cached', (_, command) => {
    expect(again(command).reads).toMatchObject({ ste: 1, cd: 1 });
  });
  test('CFGI_STE of another stream: it is', () => {
    expect(again(cmd.cfgiSte(OTHER_SID)).reads).toMatchObject({ ste: 0, cd: 0 });
  });
});

test('more than 256 invalidations during one walk: the fill is dropped whatever they named', () => {
  const { now } = m.smmu;
  m.smmu.submit({ streamId: SID, iova: PAGE, arrival: now + 1n });
  m.smmu.advance(now + 300n);
  for (let i = 0; i < 257; i++) m.command(cmd.nhVa(0, 0, 0x2_0000_0000n + (BigInt(i) << 12n)));
  m.smmu.advance(m.smmu.now + 200_000n);
  expect(m.translate(SID, PAGE)).toMatchObject({ hit: 'walk', pa: DATA + PAGE });
});
