// What the devices of a host should reach, kept as plain lists of mappings beside the driver, and random operations on both.
import { expect } from '@jest/globals';
import {
  IOMMU_CACHE_INV_TYPE_IOTLB,
  IOMMU_CACHE_INV_TYPE_PASID,
  IOMMU_INV_ADDR_FLAGS_ARCHID,
  IOMMU_INV_ADDR_FLAGS_LEAF,
  IOMMU_INV_GRANU_ADDR,
  IOMMU_INV_GRANU_DOMAIN,
  IOMMU_INV_GRANU_PASID,
  PROT_CACHE,
  PROT_READ,
  PROT_WRITE,
  type IommuDevice,
  type IommuDomain,
  type IoPageTable,
  type UnmapResult,
} from '../../../src/iommu/index.js';
import { Guest } from './guest.js';
import { FREE, type Host } from './host.js';

export const M2 = 0x20_0000n;
const PAGE = 4096n;
/** Memory of one guest's tables, and where a guest sees it. */
const GUEST_BYTES = 1 << 20;
const GUEST_IPA = 0x8000_0000n;
/** Memory that mappings lead to. */
const DATA = FREE + 0x100_0000n;
const DATA_PAGES = 0x1000;

/** A seeded sequence of numbers (mulberry32). */
export class Random {
  constructor(private state: number) {}
  below(n: number): number {
    this.state = (this.state + 0x6d2b_79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % n;
  }
  chance(percent: number): boolean {
    return this.below(100) < percent;
  }
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }
}

interface Extent {
  start: bigint;
  bytes: bigint;
  to: bigint;
  write: boolean;
  /** What may be taken away at once. */
  unit: bigint;
}

/** Mappings of one address space. */
export class Space {
  readonly extents: Extent[] = [];

  find(address: bigint): Extent | undefined {
    return this.extents.find(({ start, bytes }) => address >= start && address < start + bytes);
  }
  overlaps(start: bigint, bytes: bigint): boolean {
    return this.extents.some((e) => e.start < start + bytes && start < e.start + e.bytes);
  }
  /** Takes [start, start + bytes) out of an extent that holds all of it. */
  remove(from: Extent, start: bigint, bytes: bigint): void {
    const rest = [
      { ...from, bytes: start - from.start },
      {
        ...from,
        start: start + bytes,
        to: from.to + (start + bytes - from.start),
        bytes: from.start + from.bytes - start - bytes,
      },
    ];
    this.extents.splice(this.extents.indexOf(from), 1, ...rest.filter((e) => e.bytes > 0n));
  }
  /** A new mapping at a random place: pages, or whole 2 MiB of them with or without blocks. */
  propose(r: Random): Extent {
    const write = r.chance(60);
    if (r.chance(80)) {
      const bytes = BigInt(1 + r.below(8)) * PAGE;
      return { start: BigInt(r.below(48)) * PAGE, bytes, to: dataPage(r), write, unit: PAGE };
    }
    const start = BigInt(1 + r.below(3)) * M2;
    const to = r.chance(50) ? DATA + BigInt(r.below(4)) * M2 : dataPage(r);
    return { start, bytes: M2, to, write, unit: M2 };
  }
  /** A piece of a mapping. */
  piece(r: Random): { from: Extent; start: bigint; bytes: bigint } | undefined {
    if (this.extents.length === 0) return undefined;
    const from = r.pick(this.extents);
    const units = Number(from.bytes / from.unit);
    const first = r.below(units);
    const count = 1 + r.below(units - first);
    return { from, start: from.start + BigInt(first) * from.unit, bytes: BigInt(count) * from.unit };
  }
  /** An address that is, was or may be mapped. */
  address(r: Random): bigint {
    if (this.extents.length > 0 && r.chance(70)) {
      const { start, bytes } = r.pick(this.extents);
      return start + BigInt(r.below(Number(bytes)));
    }
    return r.chance(80) ? BigInt(r.below(0x3_8000)) : M2 + BigInt(r.below(0x60_0000));
  }
}

function dataPage(r: Random): bigint {
  return DATA + BigInt(r.below(DATA_PAGES - 512)) * PAGE;
}

export const protOf = (write: boolean): number => PROT_READ | PROT_CACHE | (write ? PROT_WRITE : 0);

/** A domain and what it maps. */
export interface Dom {
  readonly domain: IommuDomain;
  readonly space: Space;
  /** Guests whose table memory it maps. */
  readonly guests: Set<Dev>;
}

/** One address space of a guest. */
export interface GuestSpace {
  readonly table: IoPageTable;
  readonly space: Space;
  readonly asid: number;
}

/** A device, what it is attached to, and the guest that may have it. */
export class Dev {
  dom: Dom | undefined;
  readonly pasids = new Map<number, Dom>();
  bound: 'translate' | 'bypass' | 'abort' | undefined;
  readonly guest: Guest;
  readonly ipa: bigint;
  /** By PASID; 0 for transactions without one. */
  readonly spaces: GuestSpace[] = [];
  readonly cds: bigint;
  /** What an unmap of the guest's took out while nobody could be told. */
  #waiting: [GuestSpace, UnmapResult][] = [];

  constructor(
    readonly h: Host,
    readonly index: number,
    readonly device: IommuDevice,
  ) {
    this.ipa = GUEST_IPA + BigInt(index * GUEST_BYTES);
    this.guest = new Guest(h, this.ipa, FREE + BigInt(index * GUEST_BYTES), GUEST_BYTES);
    this.cds = this.guest.pool.alloc(4 * 64, 4 * 64);
    for (let pasid = 0; pasid < 4; pasid++) {
      const asid = 1 + index * 4 + pasid;
      const table = this.guest.table(39, (iova, span) => this.tell(space, iova, span, false));
      const space: GuestSpace = { table, space: new Space(), asid };
      this.spaces.push(space);
      this.guest.cd(table, asid, this.cds + BigInt(64 * pasid));
    }
  }

  /** Whether the host would pass the guest's invalidations on. */
  get reachable(): boolean {
    return this.dom?.domain.type === 'nested';
  }

  /** The guest tells the host which addresses changed. */
  tell(space: GuestSpace, start: bigint, bytes: bigint, leaf: boolean, r?: Random): void {
    if (!this.reachable) return;
    const { iommu } = this.h;
    const how = r?.below(8) ?? 7;
    const base = { cache: IOMMU_CACHE_INV_TYPE_IOTLB };
    if (how === 0) {
      iommu.cacheInvalidate(this.dom!.domain, this.device, { ...base, granularity: IOMMU_INV_GRANU_DOMAIN });
    } else if (how === 1) {
      const pasidInfo = { flags: 2, archid: space.asid };
      iommu.cacheInvalidate(this.dom!.domain, this.device, {
        ...base,
        granularity: IOMMU_INV_GRANU_PASID,
        pasidInfo,
      });
    } else {
      const flags = (how === 2 ? 0 : IOMMU_INV_ADDR_FLAGS_ARCHID) | (leaf ? IOMMU_INV_ADDR_FLAGS_LEAF : 0);
      const nbGranules = Number(bytes / PAGE);
      iommu.cacheInvalidate(this.dom!.domain, this.device, {
        ...base,
        granularity: IOMMU_INV_GRANU_ADDR,
        addrInfo: { flags, archid: space.asid, addr: start, granuleSize: 4096, nbGranules },
      });
    }
  }

  guestUnmap(space: GuestSpace, r: Random): void {
    const piece = space.space.piece(r);
    if (piece === undefined) return;
    const result = space.table.unmap(piece.start, piece.bytes);
    expect(result.unmapped).toBe(piece.bytes);
    space.space.remove(piece.from, piece.start, piece.bytes);
    if (this.reachable) {
      this.tell(space, piece.start, piece.bytes, result.tables.length === 0 && r.chance(50), r);
      space.table.freeTables(result.tables);
    } else this.#waiting.push([space, result]);
  }

  /** A guest that gets its stage 1 begins with empty caches. */
  fresh(): void {
    this.h.iommu.cacheInvalidate(this.dom!.domain, this.device, {
      cache: IOMMU_CACHE_INV_TYPE_IOTLB | IOMMU_CACHE_INV_TYPE_PASID,
      granularity: IOMMU_INV_GRANU_DOMAIN,
    });
    for (const [space, result] of this.#waiting) space.table.freeTables(result.tables);
    this.#waiting = [];
  }

  /** What a transaction must come to: an address, or undefined for an abort. */
  answer(address: bigint, write: boolean, pasid?: number): bigint | undefined {
    const { dom } = this;
    if (pasid !== undefined && dom?.domain.type !== 'nested')
      return through(this.pasids.get(pasid)?.space, address, write);
    if (dom === undefined || dom.domain.type === 'blocked') return undefined;
    if (dom.domain.type === 'identity') return address;
    if (dom.domain.type !== 'nested') return through(dom.space, address, write);
    if (this.bound === 'abort') return undefined;
    if (this.bound !== 'translate') return this.#stage2(address, write);
    const ipa = through(this.spaces[pasid ?? 0].space, address, write);
    return ipa === undefined ? undefined : this.#stage2(ipa, write);
  }

  #stage2(ipa: bigint, write: boolean): bigint | undefined {
    for (const { ipa: base, guest } of this.dom!.guests) {
      if (ipa >= base && ipa < base + BigInt(GUEST_BYTES)) return ipa - base + guest.pa;
    }
    return through(this.dom!.space, ipa, write);
  }
}

function through(space: Space | undefined, address: bigint, write: boolean): bigint | undefined {
  const found = space?.find(address);
  return found === undefined || (write && !found.write) ? undefined : found.to + (address - found.start);
}
