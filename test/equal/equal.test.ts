/**
 * Short cuts change nothing: batches through the core as it is shipped against the same rows through the steps of the state
 * machine alone (docs/architecture.md). EQUAL_ROWS says how many rows each source has; `npm run equal` runs 10^8 in all. A failure
 * names the case, which EQUAL_FIRST repeats.
 */
import { describe, test } from '@jest/globals';
import { FLAG_SSV, FLAG_WRITE, type SmmuOptions } from '../../src/index.js';
import { Rng } from '../oracle/random.js';
import { Chooser } from '../properties/choose.js';
import { encodeInvalidation } from '../properties/command.js';
import { World } from '../properties/world.js';
import { identification, type Machine, R, RAM, RAM_BYTES } from '../support/machine.js';
import { Counters } from '../support/pmcg.js';
import { Dense } from './dense.js';
import { randomOptions } from './options.js';
import { type Manner, MOST_ROWS, Pair, type Row } from './pair.js';

const ROWS = Number(process.env['EQUAL_ROWS'] ?? 150_000);
const FIRST = Number(process.env['EQUAL_FIRST'] ?? 1);
const TIMEOUT = 12 * 60 * 60_000;

/** What there is to translate in a case. */
interface Source {
  rows(count: number): Row[];
  /** Changes tables or structures. */
  change(): void;
  /** Invalidates something. */
  invalidate(): void;
}

type MakeSource = (pair: Pair, rng: Rng) => Source;

const dense: MakeSource = ({ machine }, rng) => sourceOf(new Dense(machine, rng), machine);
const walks: MakeSource = ({ machine }, rng) => sourceOf(new Dense(machine, rng, true), machine);

function sourceOf(world: Dense, machine: Machine): Source {
  return {
    rows: (count) => world.rows(count),
    change: () => world.changePages(),
    invalidate: () => machine.command(...world.commands()),
  };
}

/** Address spaces of EL1, EL2 and guests, shared, with substreams and global pages. */
const spaces: MakeSource = ({ machine }, rng) => {
  const e2h = rng.chance(0.5);
  machine.cr0(0);
  machine.smmu.write32(R.CR2, e2h ? 3 : 2);
  machine.cr0(13);
  const world = new World(machine, rng, e2h);
  const choose = new Chooser(rng, world, { e2h, vmw: 0 });
  const probes = [
    ...world.pages.flatMap(({ page, routes, guest }) => routes.map((route) => ({ page, route, guest }))),
    ...world.routes
      .filter((route) => route.space === undefined)
      .flatMap((route) => route.guest!.pages.map((page) => ({ page, route, guest: undefined }))),
  ];
  return {
    rows: (count) => {
      const hot = Array.from({ length: rng.pick([1, 8, 30, 100]) }, () => {
        const { page, route, guest } = rng.pick(probes);
        return { route, iova: world.addressIn(page, guest) & ~63n };
      });
      const mixed = rng.chance(0.5);
      return Array.from({ length: count }, (): Row => {
        const { route, iova } = rng.pick(hot);
        const flags =
          (mixed ? rng.below(8) : rng.chance(0.4) ? FLAG_WRITE : 0) |
          (route.ssid === undefined ? 0 : FLAG_SSV);
        return { streamId: route.sid, iova, flags, substreamId: route.ssid ?? 0 };
      });
    },
    change: () => {
      const { page, guest } = rng.pick(probes);
      world.change(page, guest);
      if (rng.chance(0.2)) world.setConfig(rng.pick(world.streams), rng.pick([0, 4, 5, 6, 7]));
    },
    invalidate: () => {
      const near = rng.pick(probes).page.entry;
      machine.command(
        encodeInvalidation(rng.chance(0.2) ? choose.configuration() : choose.invalidation(near)),
      );
    },
  };
};

const MANNERS: readonly Manner[] = ['batch', 'batch', 'rows', 'lookup', 'calls'];
const TIMED: readonly Manner[] = ['batch', 'offer', 'loop'];

/** One thing that happens between two chunks. */
function between(pair: Pair, source: Source, rng: Rng): void {
  const { machine } = pair;
  const kind = rng.below(20);
  if (kind < 6) source.change();
  if (kind >= 4 && kind < 10) source.invalidate();
  if (kind === 10) pair.saveAndRestore(rng.chance(0.5));
  if (kind === 11) for (const smmu of [pair.short, pair.long]) smmu.resetStats();
  if (kind === 12) pair.compareState();
  if (kind === 13 && rng.chance(0.3)) {
    machine.cr0(12);
    const bypassing = source.rows(50);
    pair.fill(bypassing);
    pair.run('batch', [bypassing.length]);
    machine.cr0(13);
  }
  if (kind === 14) {
    const group = rng.below(pair.short.pmcg.length);
    const events = [1, 2, 3, 4, 5, 0x80, 0x81].map(() => rng.below(8));
    for (const smmu of [pair.short, pair.long]) new Counters(smmu.pmcg[group]).countAll(...events);
  }
  if (kind === 15) for (const { pmcg } of [pair.short, pair.long]) for (const g of pmcg) g.write32(0xe04, 0);
  if (kind === 16) for (const row of source.rows(rng.between(1, 100))) pair.one(row, rng.chance(0.3));
  machine.events();
}

async function runCase(
  seed: number,
  make: MakeSource,
  timing: SmmuOptions['timing'],
  id: SmmuOptions['id'],
  manners: readonly Manner[],
  caches: SmmuOptions['caches'],
): Promise<number> {
  const rng = new Rng(seed);
  // Memory in one window, in two that meet, or in pages made when written.
  const half = RAM_BYTES / 2;
  const ram = rng.pick([
    [{ base: RAM, size: RAM_BYTES }],
    [{ base: RAM, size: RAM_BYTES }],
    [
      { base: RAM, size: half },
      { base: RAM + BigInt(half), size: half },
    ],
    [{ base: RAM, size: RAM_BYTES, sparse: true }],
  ]);
  const pair = await Pair.create({
    ...randomOptions(rng),
    ...(caches === undefined ? {} : { caches }),
    id,
    timing,
    ram,
  });
  let rows = 0;
  try {
    const source = make(pair, rng);
    for (let step = rng.pick([2, 10, 40]); step > 0; step--) {
      const count = rng.pick([1, 7, 33, 64, 300, 1000, MOST_ROWS]);
      const chunk = source.rows(count);
      const pieces = rng.pick([[count], [count], [1], [5, 64], [31, 32, 33], [256], [300, 1]]);
      pair.fill(chunk);
      for (let again = rng.pick([1, 1, 1, 2, 8]); again > 0; again--) {
        pair.run(rng.pick(manners), pieces, rng.pick([1, 3, 16, 64]));
        rows += count;
      }
      between(pair, source, rng);
    }
    pair.compareState();
  } catch (error) {
    throw new Error(`case ${seed}: ${(error as Error).message}`, { cause: error });
  } finally {
    pair.dispose();
  }
  return rows;
}

const SOURCES: readonly {
  name: string;
  make: MakeSource;
  timing: SmmuOptions['timing'];
  first: number;
  share: number;
  /** Else random ones, which seldom are such as the short ways know. */
  caches?: SmmuOptions['caches'];
  manners?: readonly Manner[];
}[] = [
  { name: 'many pages of many streams', make: dense, timing: false, first: 0, share: 1 },
  { name: 'address spaces of all kinds', make: spaces, timing: false, first: 10_000_000, share: 0.5 },
  {
    name: 'look-ups one at a time',
    make: dense,
    timing: false,
    first: 40_000_000,
    share: 0.2,
    caches: 'mmu600-agilex5',
    manners: ['calls'],
  },
  {
    name: 'walks through walk caches',
    make: walks,
    timing: false,
    first: 50_000_000,
    share: 0.4,
    caches: 'mmu600-agilex5',
  },
  {
    name: 'many pages, timed as gem5-default',
    make: dense,
    timing: 'gem5-default',
    first: 20_000_000,
    share: 0.2,
  },
  {
    name: 'many pages, timed as mmu600-agilex5',
    make: dense,
    timing: 'mmu600-agilex5',
    first: 30_000_000,
    share: 0.2,
  },
];

describe('batches give what single steps of the state machine give', () => {
  test.each(SOURCES)(
    '$name',
    async ({ name, make, timing, first, share, caches, manners = timing === false ? MANNERS : TIMED }) => {
      const id = await identification({ RIL: 1, STALL_MODEL: 1, STALL_MAX: 0, HTTU: 2 });
      let rows = 0;
      let seed = first + FIRST;
      for (; rows < ROWS * share; seed++) rows += await runCase(seed, make, timing, id, manners, caches);
      process.stderr.write(`${name}: ${rows} rows in ${seed - first - FIRST} cases, 0 differences\n`);
    },
    TIMEOUT,
  );
});
