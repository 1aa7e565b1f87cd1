// Updates that a speculative read holds back, and what invalidates on the way to its end (IHI 0070 §3.14, §3.21.1, §4.7.3).
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Translation, WalkAccess } from '../../src/index.js';
import { cmd, s1Leaf, s2Leaf, type Command } from '../support/encode.js';
import { type Machine, SPACIOUS } from '../support/machine.js';
import { nested, type Nested } from '../support/streams.js';
import { DATA, gem5, SID, timedMachine } from './timed-machine.js';

const SLOW = 5000;
const VMID = 3;
const VA = 0x7000n;
const IPA = 0xc000_0000n;
const AF = 1n << 10n;

let m: Machine;
let guest: Nested;
afterEach(() => m.smmu.dispose());

/** A guest's read whose CD and leaf have not been accessed, while its last descriptor is being read, slowly. */
async function underWay(): Promise<void> {
  const slow = ({ what, level, write }: WalkAccess): boolean => what === 'stage1' && level === 3 && !write;
  m = await timedMachine(gem5(10), {
    caches: SPACIOUS,
    asyncCommands: true,
    walkLatency: (access) => (slow(access) ? SLOW : 10),
  });
  guest = nested(m, SID, { vmid: VMID, ramLevel: 3, cdFields: { HA: 1 }, steFields: { S2HA: 1 } });
  guest.s2.map(guest.cdIpa, guest.cd, s2Leaf({ af: 0 }));
  guest.tables.map(VA, IPA, s1Leaf({ af: 0 }));
  guest.s2.map(IPA, DATA, s2Leaf());
  const { now } = m.smmu;
  m.smmu.submit({ streamId: SID, iova: VA, speculative: true, arrival: now + 1n });
  m.smmu.advance(now + 600n);
}

/** Cycles from the doorbell to the end of a CMD_SYNC behind the command, and to when the read left. */
function synced(command: Command): { sync: number; left: number; status: string } {
  const { smmu } = m;
  const from = smmu.now;
  m.queue(command, cmd.sync());
  while (!m.commandState().consumed) smmu.advance(smmu.nextEvent()!);
  const sync = Number(smmu.now - from);
  smmu.advance(smmu.now + 100_000n);
  const done: Translation[] = [];
  smmu.poll(done);
  return { sync, left: Number(done[0].translated - from), status: done[0].status };
}

describe('a speculative read that holds updates back', () => {
  test.each<[string, () => Command]>([
    ['the page of its CD', () => cmd.s2Ipa(VMID, guest.cdIpa & ~0xfffn, { leaf: 1 })],
    ['all of its VMID', () => cmd.s12Vmall(VMID)],
    ['its ASID', () => cmd.nhAsid(VMID, 0)],
  ])('§3.21.1 %s is invalidated: they are written before the CMD_SYNC completes', async (_, command) => {
    await underWay();
    expect(guest.s2.read(guest.cdIpa, 3) & AF).toBe(0n);
    const { sync, left, status } = synced(command());
    expect(status).toBe('ok');
    expect(sync).toBe(left);
    expect(sync).toBeGreaterThan(SLOW - 700);
    expect(guest.s2.read(guest.cdIpa, 3) & guest.tables.read(VA, 3) & AF).toBe(AF);
  });

  test.each<[string, Command]>([
    ['another VMID', cmd.s12Vmall(VMID + 1)],
    ['another ASID', cmd.nhAsid(VMID, 77)],
    ['an IPA of another VMID', cmd.s2Ipa(VMID + 1, IPA)],
  ])('§4.7.3 %s does not delay a CMD_SYNC', async (_, command) => {
    await underWay();
    const { sync, left } = synced(command);
    expect(sync).toBeLessThan(100);
    expect(left).toBeGreaterThan(SLOW - 700);
  });
});
