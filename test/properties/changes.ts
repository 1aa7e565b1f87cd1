/** Changes of tables and structures beyond a page's content: the shape of tables, the tables of an address space. */
import type { Rng } from '../oracle/random.js';
import { s1Leaf } from '../support/encode.js';
import type { Machine } from '../support/machine.js';
import type { Entry } from './command.js';
import { leafLog2, type Route, type Space, type World } from './world.js';

/** Pages that a reshaped table has, by number. */
const RESHAPED_PAGES = [0n, 1n, 5n];

type Shape = 'nothing' | 'block' | 'table';

/** One stretch of each address space that is now a block, now a table of pages, now nothing. */
export class Reshaped {
  private readonly shapes = new Map<Space, Shape>();
  private left = 24;

  constructor(
    private readonly rng: Rng,
    private readonly world: World,
  ) {}

  /** Changes the shape somewhere; what a TLB or a walk cache may still hold of the old one. */
  change(): Entry[] {
    const { rng } = this;
    const space = rng.pick(this.world.spaces);
    const old = this.shapes.get(space) ?? 'nothing';
    const next = rng.pick((['nothing', 'block', 'table'] as const).filter((s) => s !== old));
    if (next === 'table' && this.left-- <= 0) return [];
    const { tables } = space;
    const ia = this.start(space);
    tables.raw(ia, 2, 0n);
    const oa = (): bigint => BigInt(rng.between(1, 100)) << 30n;
    if (next === 'block') tables.map(ia, oa(), s1Leaf(), 2);
    if (next === 'table') for (const page of this.pages(space)) tables.map(page, oa(), s1Leaf());
    this.shapes.set(space, next);
    return this.held(space, old);
  }

  /** An address in it. */
  probe(space: Space): bigint {
    return this.rng.pick(this.pages(space)) + BigInt(this.rng.below(4096));
  }

  private start(space: Space): bigint {
    return (1n << 30n) + (13n << BigInt(leafLog2(space.granule, 2)));
  }
  private pages(space: Space): bigint[] {
    return RESHAPED_PAGES.map((n) => this.start(space) + (n << BigInt(space.granule)));
  }
  private held(space: Space, old: Shape): Entry[] {
    const { world, vmid, asid, granule } = space;
    const start = this.start(space);
    const bytes = 1n << BigInt(leafLog2(granule, 2));
    const base = { world, byIpa: false, vmid, asid, global: false, granule };
    if (old === 'block') return [{ ...base, start, bytes, level: 2, leaf: true }];
    if (old === 'nothing') return [];
    const size = 1n << BigInt(granule);
    return [
      { ...base, start, bytes, level: 2, leaf: false },
      ...this.pages(space).map((page) => ({ ...base, start: page, bytes: size, level: 3, leaf: true })),
    ];
  }
}

/** Two sets of tables for an address space; its CDs point to one of them. */
export class Switched {
  private readonly onOther = new Set<Space>();

  constructor(
    private readonly m: Machine,
    private readonly rng: Rng,
    private readonly world: World,
  ) {}

  /** Points all CDs of a space to its other tables: what is stale then. */
  change(): { entries: Entry[]; routes: Route[] } {
    const { rng, world, m } = this;
    const space = rng.pick(world.spaces);
    const root = (this.onOther.has(space) ? space.tables : space.other).root;
    if (!this.onOther.delete(space)) this.onOther.add(space);
    for (const at of world.cdsOf(space)) {
      const word = m.smmu.memory.read64(at + 8n);
      m.words(at + 8n, [(word & ~0x000f_ffff_ffff_fff0n) | root]);
    }
    const { vmid, asid, granule } = space;
    const base = { world: space.world, byIpa: false, vmid, asid, granule };
    const size = 1n << BigInt(leafLog2(granule, 2));
    const routes = world.routes.filter((r) => r.space === space);
    const entries: Entry[] = [];
    // Everything that can be cached of the space: leaves of all sizes, and Table descriptors.
    for (const { page, routes: reach } of world.pages) {
      if (!reach.some((r) => r.space === space)) continue;
      entries.push({ ...page.entry, asid: page.entry.global ? -1 : asid });
      for (const level of [1, 2]) {
        const bytes = 1n << BigInt(leafLog2(granule, level));
        const start = (page.entry.start / bytes) * bytes;
        entries.push({ ...base, global: false, start, bytes, level, leaf: false });
      }
    }
    const reshaped = (1n << 30n) + 13n * size;
    entries.push({ ...base, global: false, start: reshaped, bytes: size, level: 2, leaf: false });
    entries.push({ ...base, global: false, start: reshaped, bytes: size, level: 2, leaf: true });
    const bytes = 1n << BigInt(granule);
    for (const n of RESHAPED_PAGES) {
      entries.push({ ...base, global: false, start: reshaped + n * bytes, bytes, level: 3, leaf: true });
    }
    return { entries, routes };
  }
}
