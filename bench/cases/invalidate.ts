/** TLBI commands on a full TLB of 2048 entries: what they cost when they match, and when they do not. */
import * as ArchCommand from '../../assembly/arch/command.js';
import * as Opcode from '../../assembly/arch/opcode.js';
import type { CacheConfig } from '../../src/index.js';
import { CHUNK_BYTES } from '../batch-load.js';
import { COMMAND_LOG2, Device } from '../device.js';
import type { Load } from '../measure.js';
import type { Reference } from '../reference.js';
import { atMostTime, type Bar, type Case } from '../row.js';

const ENTRIES = 2048;
/** One range of 512 pages for each. */
const ASIDS = 4;
const PAGE = 4096;
const INPUT = 0x10_0000_0000;
const ELSEWHERE = 0x30_0000_0000;
const OUTPUT = 0x1_0000_0000;
const RANGE_PAGES = 512;
/** A range is (NUM + 1) * 2^SCALE granules (IHI 0070 §4.4.1.1); NUM stays 0. */
const RANGE_SCALE = 9;
const UNUSED_ASID = 0x7777;
const MISSES = (1 << COMMAND_LOG2) - 1;

const CACHES: CacheConfig = {
  mainTlb: { entries: ENTRIES, ways: 4, policy: 'round-robin', counter: 'set' },
  configCache: { entries: 64, ways: 4, policy: 'round-robin' },
};

type Command = readonly [bigint, bigint];
const at = (field: number, value: number): bigint => BigInt(value) << BigInt((field >>> 8) & 0xff);

function byAddress(asid: number, address: number): Command {
  return [
    BigInt(Opcode.TLBI_NH_VA) | at(ArchCommand.TLBI_ASID, asid),
    BigInt(address) | at(ArchCommand.TLBI_Leaf, 1),
  ];
}
/** One page, with its granule and the level of its leaf (IHI 0070 §4.4.1.1). */
function byLevel(asid: number, address: number): Command {
  const [low, high] = byAddress(asid, address);
  return [low, high | at(ArchCommand.TLBI_TG, ArchCommand.TLBI_TG_4K) | at(ArchCommand.TLBI_TTL, 3)];
}
function byAsid(asid: number): Command {
  return [BigInt(Opcode.TLBI_NH_ASID) | at(ArchCommand.TLBI_ASID, asid), 0n];
}
function byRange(asid: number, address: number): Command {
  const [low, high] = byAddress(asid, address);
  return [
    low | at(ArchCommand.TLBI_SCALE, RANGE_SCALE),
    high | at(ArchCommand.TLBI_TG, ArchCommand.TLBI_TG_4K),
  ];
}

/** Stream and ASID of page n. */
const asidOf = (page: number): number => 1 + (Math.floor(page / (ENTRIES / ASIDS)) % ASIDS);
const addressOf = (page: number): number => INPUT + page * PAGE;

interface Plan {
  readonly name: string;
  readonly commands: readonly Command[];
  /** Valid entries before and after. */
  readonly left: number;
  readonly bar: Bar;
}

const NOTHING = atMostTime(500);
const MANY = atMostTime(3000);
const ONE = atMostTime(60);

const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

const FEW = 256;

const PLANS: readonly Plan[] = [
  {
    name: 'by VA, nothing matches',
    commands: numbers(MISSES).map((n) => byAddress(1, ELSEWHERE + n * PAGE)),
    left: ENTRIES,
    bar: ONE,
  },
  {
    name: 'by VA, each removes one entry',
    commands: numbers(FEW).map((n) => byAddress(asidOf(n), addressOf(n))),
    left: ENTRIES - FEW,
    bar: ONE,
  },
  {
    name: 'by VA with TTL, each removes one entry',
    commands: numbers(FEW).map((n) => byLevel(asidOf(n), addressOf(n))),
    left: ENTRIES - FEW,
    bar: ONE,
  },
  {
    name: 'by ASID, nothing matches',
    commands: numbers(FEW).map(() => byAsid(UNUSED_ASID)),
    left: ENTRIES,
    bar: NOTHING,
  },
  {
    name: `by ASID, each removes ${ENTRIES / ASIDS} entries`,
    commands: numbers(ASIDS).map((n) => byAsid(n + 1)),
    left: 0,
    bar: MANY,
  },
  {
    name: `range of ${RANGE_PAGES} pages, nothing matches`,
    commands: numbers(FEW).map((n) => byRange(1, ELSEWHERE + n * RANGE_PAGES * PAGE)),
    left: ENTRIES,
    bar: NOTHING,
  },
  {
    name: `range of ${RANGE_PAGES} pages, each removes them all`,
    commands: numbers(ASIDS).map((n) => byRange(n + 1, addressOf(n * RANGE_PAGES))),
    left: 0,
    bar: MANY,
  },
];

async function fullTlb(): Promise<{ device: Device; refill: () => void; valid: () => number }> {
  const device = await Device.create({ caches: CACHES, ramBytes: 4 * 2 ** 20, batchBytes: CHUNK_BYTES });
  const { smmu } = device;
  const roots = numbers(ASIDS).map((i) => {
    const root = device.table();
    device.stage1(i + 1, root, i + 1);
    return root;
  });
  const batch = smmu.createBatch(ENTRIES);
  for (let n = 0; n < ENTRIES; n++) {
    device.map(1, roots[asidOf(n) - 1], addressOf(n), OUTPUT + n * PAGE);
    batch.streamId[n] = asidOf(n);
    batch.iova[n] = BigInt(addressOf(n));
  }
  return {
    device,
    refill: () => {
      const { ok } = smmu.translateBatch(batch);
      if (ok !== ENTRIES) throw new Error(`filling the TLB: ${ok} of ${ENTRIES} translations passed`);
    },
    valid: () => smmu.stats().caches['tbu0.main'].valid,
  };
}

export async function invalidateCases(reference: Reference): Promise<Case[]> {
  const cases: Case[] = [];
  for (const { name, commands, left, bar } of PLANS) {
    const { device, refill, valid } = await fullTlb();
    const load: Load = {
      name,
      operations: commands.length,
      prepare: () => {
        refill();
        if (valid() !== ENTRIES)
          throw new Error(`${name}: the TLB holds ${valid()} of ${ENTRIES} entries before`);
        device.queue(commands);
      },
      work: () => device.ring(),
      check: () => {
        device.checkConsumed();
        if (valid() !== left) throw new Error(`${name}: the TLB holds ${valid()} entries, expected ${left}`);
      },
    };
    const group = `TLBI on a full TLB of ${ENTRIES} entries`;
    cases.push({ group, name, load, reference: reference.tlbSimd, bar });
  }
  return cases;
}
