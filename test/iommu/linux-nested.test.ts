// The machine of data/linux-nested-4k, made again through this driver: same devices, same mappings, same guest. What Linux
// 7.2 wrote then must be what the driver writes now, but for where its own tables lie; and every recorded answer must come.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import { readCapture } from '../../src/capture/directory.js';
import type { Capture } from '../../src/capture/types.js';
import { Smmu } from '../../src/index.js';
import { decodeFields } from '../../src/base/fields.js';
import { STE_FIELDS } from '../../src/inspect/ste.js';
import { HostIommu, SMMUV3_S1_CFG, type IommuDevice, type IommuDomain } from '../../src/iommu/index.js';
import { deviceOptions, loadMemory } from '../../src/replay/device.js';
import { Ledger } from '../../src/replay/ledger.js';
import { Questioner } from '../../src/replay/questions.js';
import { Translator } from '../../src/replay/tally.js';
import { leavesOf, protOf, type Leaf } from './support/leaves.js';

/** Guest RAM from here up: the VMM's, not Linux's own. */
const GUEST_RAM = 0x4300_0000n;
/** Unused by the recorded machine. */
const POOL = { base: 0x5000_0000n, size: 16 << 20 };
const LINUX_STES = 0x4095_4000n;
const GUEST_CD_IPA = 0x8001_0000n;
/** Groups of devices that share a domain, in the order in which Linux attached them. */
const GROUPS = [[0x00], [0x18, 0x19], [0x20, 0x21], [0x28, 0x29]];

let capture: Capture;
let smmu: Smmu;
let iommu: HostIommu;
let nested: IommuDomain;
let guest: IommuDevice;
const linux = new Map<bigint, bigint>();
const hosts: { domain: IommuDomain; leaves: Leaf[]; cd: bigint[]; streamIds: number[] }[] = [];
let parent: Leaf[];

const recorded = (pa: bigint): bigint => linux.get(pa) ?? 0n;
const model = (pa: bigint): bigint => smmu.memory.read64(pa);
const words = (read: (pa: bigint) => bigint, pa: bigint): bigint[] =>
  Array.from({ length: 8 }, (_, i) => read(pa + BigInt(8 * i)));
const recordedSte = (sid: number): bigint[] => words(recorded, LINUX_STES + BigInt(sid * 64));
function ste(sid: number): bigint[] {
  const l1 = model(smmu.read64(0x80) & 0xff_ffff_ffff_ffc0n);
  return words(model, (l1 & 0xff_ffff_ffff_ffc0n) + BigInt(sid * 64));
}

function mapAll(domain: IommuDomain, stage: 1 | 2, leaves: readonly Leaf[]): void {
  for (const { iova, pa, size, attributes } of leaves) {
    iommu.map(domain, iova, pa, size, protOf(stage, attributes));
  }
}

beforeAll(async () => {
  capture = readCapture(fileURLToPath(new URL('../../data/linux-nested-4k', import.meta.url)));
  for (const { address, bytes } of capture.memory) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let i = 0; i < bytes.length; i += 8) linux.set(address + BigInt(i), view.getBigUint64(i, true));
  }
  smmu = await Smmu.create(deviceOptions(capture));
  loadMemory(
    smmu.memory,
    capture.memory.filter(({ address }) => address >= GUEST_RAM),
  );
  iommu = await HostIommu.probe(smmu, { pool: POOL });
  for (const streamIds of GROUPS) {
    const cd = words(recorded, recordedSte(streamIds[0])[0] & 0xff_ffff_ffff_ffc0n);
    const leaves = leavesOf(recorded, cd[1] & 0xffff_ffff_f000n);
    const domain = iommu.domainAlloc({ type: 'dma' });
    for (const sid of streamIds) iommu.attachDevice(domain, iommu.addDevice({ streamIds: [sid] }));
    mapAll(domain, 1, leaves);
    hosts.push({ domain, leaves, cd, streamIds });
  }
  guest = iommu.addDevice({ streamIds: [0x30] });
  nested = iommu.domainAlloc({ type: 'nested' });
  parent = leavesOf(recorded, recordedSte(0x30)[3] & 0xffff_ffff_f000n);
  mapAll(nested, 2, parent);
  iommu.attachDevice(nested, guest);
  iommu.bindGuestStage(nested, guest, {
    flags: SMMUV3_S1_CFG,
    smmuS1: { flags: 0, cdptrDma: GUEST_CD_IPA, asidBits: 16 },
  });
});

describe('data/linux-nested-4k through the driver', () => {
  test('the nested STE equals the one of Linux 7.2, field by field, but for the address of its tables', () => {
    const [mine, theirs] = [ste(0x30), recordedSte(0x30)];
    expect(mine.map((word, i) => (i === 3 ? 0n : word))).toEqual(
      theirs.map((word, i) => (i === 3 ? 0n : word)),
    );
    const fields = (entry: bigint[]): Record<string, bigint> =>
      Object.fromEntries(decodeFields(STE_FIELDS, entry).map(({ name, value }) => [name, value]));
    const [a, b] = [fields(mine), fields(theirs)];
    expect(Object.keys(a).filter((name) => a[name] !== b[name])).toEqual(['S2TTB']);
    expect(a['S2TTB'] << 4n).toBe(nested.table!.ttb);
  });

  test('stage 2 has the same leaves, descriptor by descriptor', () => {
    expect(parent.length).toBeGreaterThan(10);
    expect(leavesOf(model, nested.table!.ttb)).toEqual(parent);
  });

  test('the STEs, CDs and tables of the host devices are equal, but for addresses', () => {
    for (const { domain, leaves, cd, streamIds } of hosts) {
      expect(leavesOf(model, domain.table!.ttb)).toEqual(leaves);
      for (const sid of streamIds) {
        const entry = ste(sid);
        const table = entry[0] & 0xff_ffff_ffff_ffc0n;
        const theirs = recordedSte(sid);
        expect(entry[0] & ~table).toBe(theirs[0] & ~(theirs[0] & 0xff_ffff_ffff_ffc0n));
        expect(entry.slice(1)).toEqual(theirs.slice(1));
        const mine = words(model, table);
        // TTB0 is an address; Linux's Attr4 to Attr7, which no descriptor of either names, are its sign extension of Attr3.
        const comparable = (word: bigint, i: number): bigint =>
          i === 1 ? 0n : i === 3 ? word & 0xffff_ffffn : word;
        expect(mine.map(comparable)).toEqual(cd.map(comparable));
        expect(mine[1]).toBe(domain.table!.ttb);
      }
    }
  });

  test('all 312 expected answers come out', () => {
    const ledger = new Ledger(capture.name);
    const questioner = new Questioner(smmu, smmu.id, new Translator(smmu), ledger);
    for (const row of capture.expected) questioner.ask(row);
    expect(questioner.asked).toBe(312);
    expect(ledger.first).toEqual([]);
    expect(ledger.mismatches).toBe(0);
  });
});
