/**
 * A small world of streams and address spaces: stage 1 alone under several VMIDs and ASIDs, EL2, stage 2 alone, nested,
 * substreams, streams that share a space; pages, blocks, contiguous runs, global ones. Every page remembers its versions.
 */
import type { Rng } from '../oracle/random.js';
import { s1Leaf, s2Leaf, TG0, type CdFields, type Granule, type SteFields } from '../support/encode.js';
import type { Machine } from '../support/machine.js';
import { GUEST, MAIR, RAM_TO_GUEST, stage2Fields } from '../support/streams.js';
import { Tables } from '../support/tables.js';
import type { Entry, World as StreamWorld } from './command.js';

/** One content of a page, from `birth` to `death` (counts of the world's clock). */
export interface Version {
  valid: boolean;
  writable: boolean;
  oa: bigint;
  birth: number;
  death: number;
}

/** A virtual machine: a VMID with its stage 2. */
export interface Guest {
  vmid: number;
  granule: Granule;
  tables: Tables;
  pages: Page[];
}
/** A stage 1 address space. */
export interface Space {
  world: StreamWorld;
  vmid: number;
  asid: number;
  aset: number;
  granule: Granule;
  tables: Tables;
  /** What its CDs may point to instead: the same global pages, hardly anything else. */
  other: Tables;
  guest?: Guest;
}
/** What transactions name: a stream, perhaps with a substream. */
export interface Route {
  sid: number;
  ssid?: number;
  space?: Space;
  guest?: Guest;
}
export interface Stream {
  sid: number;
  fields: SteFields;
  /** Config now and before, as a page's versions. */
  configs: { config: number; birth: number; death: number }[];
  covered: number;
}

export const INPUT_TSZ = 25;
const FOREVER = Infinity;
const DATA = 0x10_0000_0000n;

/** A page, a block or a run of pages that carry the Contiguous bit, always changed as one. */
export class Page {
  readonly versions: Version[] = [];
  /** The clock of each command that named it. */
  readonly covers: number[] = [0];

  constructor(
    readonly tables: readonly Tables[],
    readonly ia: bigint,
    readonly level: number,
    readonly count: number,
    readonly entry: Entry,
    readonly stage2: boolean,
  ) {}

  get now(): Version {
    return this.versions[this.versions.length - 1];
  }

  write(v: Omit<Version, 'birth' | 'death'>, clock: number): void {
    if (this.versions.length > 0) this.now.death = clock;
    this.versions.push({ ...v, birth: clock, death: FOREVER });
    const each = this.entry.bytes / BigInt(this.count);
    for (const tables of this.tables) {
      for (let i = 0n; i < BigInt(this.count); i++) {
        const at = this.ia + i * each;
        if (!v.valid) tables.raw(at, this.level, 0n);
        else tables.map(at, v.oa + i * each, this.attributes(v), this.level);
      }
    }
  }
  private attributes(v: { writable: boolean }): bigint {
    const contiguous = this.count > 1 ? 1 : 0;
    if (this.stage2) return s2Leaf({ s2ap: v.writable ? 3 : 1, contiguous });
    return s1Leaf({ ap: v.writable ? 1 : 3, nG: this.entry.global ? 0 : 1, contiguous });
  }

  /** Versions that something cached at `time` or later may still hold. */
  alive(time: number): Version[] {
    const since = Math.max(...this.covers.filter((c) => c <= time));
    return this.versions.filter((v) => v.death > since);
  }
}

/** log2 of a leaf at a level. */
export const leafLog2 = (g: Granule, level: number): number => g + (3 - level) * (g - 3);
const RUN: Readonly<Record<Granule, number>> = { 12: 16, 14: 128, 16: 32 };

export class World {
  clock = 1;
  readonly spaces: Space[] = [];
  readonly guests: Guest[] = [];
  readonly streams: Stream[] = [];
  readonly routes: Route[] = [];
  private readonly cds: { space: Space; at: bigint }[] = [];
  /** Pages of stage 1, with the routes that reach them. */
  readonly pages: { page: Page; routes: Route[]; guest?: Guest }[] = [];

  constructor(
    private readonly m: Machine,
    private readonly rng: Rng,
    readonly e2h: boolean,
  ) {
    const granule = (): Granule => rng.pick([12, 12, 14, 16] as const);
    // Two VMIDs of hosts without stage 2, that differ where VMW may look away or not.
    for (const vmid of [0x20, 0x21]) this.group('el1', vmid, granule(), rng.between(1, 3));
    this.group(e2h ? 'e2h' : 'el2', 0, granule(), e2h ? 2 : 1);
    for (const vmid of [0, 0x35]) this.guests.push(this.guest(vmid, granule()));
    for (const guest of this.guests) {
      this.route(this.stream({ Config: 6, ...stage2Fields(guest.tables, guest.vmid) }), { guest });
      this.group('el1', guest.vmid, granule(), rng.between(1, 2), guest);
    }
  }

  // ---- address spaces ----
  private guest(vmid: number, granule: Granule): Guest {
    const start = granule === 12 ? 1 : 2;
    const tables = new Tables(this.m, { granule, tsz: INPUT_TSZ, start });
    const step = tables.leafBytes(2);
    for (let at = 0n; at < 16n << 20n; at += step) tables.map(GUEST + at, 0x4000_0000n + at, s2Leaf(), 2);
    const guest: Guest = { vmid, granule, tables, pages: [] };
    const base = { world: 'el1' as const, byIpa: true, vmid, asid: 0, global: false };
    for (const shape of this.shapes(granule, 4, DATA)) {
      const page = this.page([tables], { ...base, ...shape, granule, leaf: true }, true);
      guest.pages.push(page);
      this.change(page);
    }
    return guest;
  }

  /** Leaves of every size, at the same input addresses in every space. */
  private shapes(g: Granule, pages: number, base: bigint): { start: bigint; bytes: bigint; level: number }[] {
    const size = 1n << BigInt(g);
    const run = size * BigInt(RUN[g]);
    const block = 1n << BigInt(leafLog2(g, 2));
    const at = (start: bigint, bytes: bigint, level: number) => ({ start: base + start, bytes, level });
    return [
      ...Array.from({ length: pages }, (_, i) => at(BigInt(i) * size, size, 3)),
      at(run * 4n, run, 3),
      at(block * 9n, block, 2),
    ];
  }

  private group(world: StreamWorld, vmid: number, g: Granule, spaces: number, guest?: Guest): void {
    const { rng } = this;
    const members: { space: Space; routes: Route[] }[] = [];
    for (let i = 0; i < spaces; i++) {
      const name = guest ? { name: (pa: bigint) => pa + RAM_TO_GUEST } : {};
      const [tables, other] = [0, 1].map(() => new Tables(this.m, { granule: g, tsz: INPUT_TSZ, ...name }));
      other.map(1n << 30n, BigInt(rng.between(1, 9)) << 30n, s1Leaf());
      const asid = world === 'el2' ? 0 : 5 + i;
      const space: Space = {
        world,
        vmid,
        asid,
        aset: rng.below(2),
        granule: g,
        tables,
        other,
        ...(guest ? { guest } : {}),
      };
      this.spaces.push(space);
      members.push({ space, routes: [] });
    }
    // One stream per space with a CD of its own; then a stream with all of them as substreams, and a second for the first.
    for (const member of members)
      member.routes.push(this.route(this.stage1Stream([member.space]), { space: member.space }));
    const [first] = members;
    first.routes.push(this.route(this.stage1Stream([first.space]), { space: first.space }));
    const sub = this.stage1Stream([first.space, ...members.map(({ space }) => space)]);
    members.forEach((member, i) => member.routes.push(this.route(sub, { ssid: i + 1, space: member.space })));
    first.routes.push(this.route(sub, { space: first.space }));

    const base = { world, byIpa: false, vmid, granule: g, leaf: true };
    for (const { space, routes } of members) {
      for (const shape of this.shapes(g, 4, 1n << 30n)) {
        const page = this.page([space.tables], { ...base, ...shape, asid: space.asid, global: false }, false);
        this.pages.push({ page, routes, ...(guest ? { guest } : {}) });
        this.change(page, guest);
      }
    }
    if (world === 'el2') return;
    // Global pages mean the same in every space of the group that has the same ASET.
    for (const aset of [0, 1]) {
      const some = members.filter(({ space }) => space.aset === aset);
      if (some.length === 0) continue;
      const routes = some.flatMap((member) => member.routes);
      const tables = some.flatMap(({ space }) => [space.tables, space.other]);
      for (const shape of this.shapes(g, 1, 3n << 32n)) {
        const page = this.page(tables, { ...base, ...shape, asid: -1, global: true }, false);
        this.pages.push({ page, routes, ...(guest ? { guest } : {}) });
        this.change(page, guest);
      }
    }
  }

  private page(tables: Tables[], entry: Entry, stage2: boolean): Page {
    const count = Number(entry.bytes >> BigInt(leafLog2(entry.granule, entry.level)));
    return new Page(tables, entry.start, entry.level, count, entry, stage2);
  }

  // ---- streams ----
  private stream(fields: SteFields): Stream {
    const sid = this.streams.length;
    const stream = { sid, fields, configs: [], covered: 0 };
    this.streams.push(stream);
    this.setConfig(stream, Number(fields.Config));
    return stream;
  }
  setConfig(stream: Stream, config: number): void {
    const { configs } = stream;
    if (configs.length > 0) configs[configs.length - 1].death = this.clock;
    configs.push({ config, birth: this.clock, death: FOREVER });
    this.m.ste(stream.sid, { ...stream.fields, Config: config });
  }
  private route(stream: Stream, to: Omit<Route, 'sid' | 'guest'> & { guest?: Guest }): Route {
    const guest = to.guest ?? to.space?.guest;
    const route: Route = { sid: stream.sid, ...to, ...(guest ? { guest } : {}) };
    this.routes.push(route);
    return route;
  }
  private stage1Stream(spaces: Space[]): Stream {
    const [{ world, vmid, guest }] = spaces;
    const log2 = Math.ceil(Math.log2(spaces.length));
    const at = this.m.alloc(64 << log2, 64 << log2);
    spaces.forEach((space, i) => {
      this.m.cd(at + 64n * BigInt(i), this.cdFields(space));
      this.cds.push({ space, at: at + 64n * BigInt(i) });
    });
    return this.stream({
      ...(guest ? stage2Fields(guest.tables, vmid) : { S2VMID: vmid }),
      Config: guest ? 7 : 5,
      S1ContextPtr: guest ? at + RAM_TO_GUEST : at,
      S1CDMax: log2,
      S1DSS: log2 > 0 ? 2 : 0,
      STRW: world === 'el1' ? 0 : 2,
    });
  }
  private cdFields(space: Space): CdFields {
    const { tables, granule, asid, aset, guest } = space;
    return {
      V: 1,
      AA64: 1,
      IPS: guest ? 2 : 5,
      R: 1,
      A: 1,
      MAIR,
      EPD1: 1,
      ASID: asid,
      ASET: aset,
      T0SZ: INPUT_TSZ,
      TG0: TG0[granule],
      TTB0: tables.root,
    };
  }

  /** Physical addresses of the CDs that point to a space's tables. */
  cdsOf(space: Space): bigint[] {
    return this.cds.filter((c) => c.space === space).map(({ at }) => at);
  }

  // ---- changes ----
  /** A new version of a page: somewhere else, of other permissions, or gone. */
  change(page: Page, guest?: Guest): void {
    const { rng } = this;
    const { bytes } = page.entry;
    let oa =
      BigInt(rng.between(1, 200)) * (bytes > 1n << 30n ? bytes : 1n << 30n) + bytes * BigInt(rng.below(8));
    if (guest) {
      // Inside or around what stage 2 maps.
      const target = rng.pick(guest.pages).ia;
      oa = (target / bytes) * bytes;
    }
    page.write({ valid: rng.chance(0.85), writable: rng.chance(0.7), oa }, ++this.clock);
  }

  /** An address to try in a page; in a guest, one that stage 2 has a page for when there is one. */
  addressIn(page: Page, guest?: Guest): bigint {
    const { rng } = this;
    const { start, bytes } = page.entry;
    const anywhere = start + BigInt(rng.below(Number(bytes)));
    if (!guest || !page.now.valid) return anywhere;
    const { oa } = page.now;
    const inside = guest.pages.filter((q) => q.ia < oa + bytes && q.ia + q.entry.bytes > oa);
    if (inside.length === 0) return anywhere;
    const q = rng.pick(inside);
    const low = q.ia > oa ? q.ia - oa : 0n;
    const room = q.ia + q.entry.bytes < oa + bytes ? q.ia + q.entry.bytes - oa - low : bytes - low;
    return start + low + BigInt(rng.below(Number(room)));
  }
}
