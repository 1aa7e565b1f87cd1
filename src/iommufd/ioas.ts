/** An I/O address space: what it maps is mapped in every page table that is allocated over it (Linux, iommufd_ioas). */
import { IommuError } from '../base/errors.js';
import { hex } from '../base/check.js';
import {
  type HostIommu,
  type IommuDomain,
  PROT_CACHE,
  PROT_READ,
  PROT_WRITE,
  type SmmuHardware,
} from '../iommu/index.js';
import { FdObject } from './objects.js';
import { IOMMU_IOAS_MAP_READABLE, IOMMU_IOAS_MAP_WRITEABLE } from './uapi/constants.js';

/** A mapping of the address space: one call made it, and only the whole of it can be taken away. */
export interface IoasArea {
  readonly iova: bigint;
  readonly length: bigint;
  /** Physical address of its first byte. */
  readonly pa: bigint;
  /** PROT_* */
  readonly prot: number;
}

/** A page table over the address space. */
export interface IoasUser {
  readonly iommu: HostIommu<SmmuHardware>;
  readonly domain: IommuDomain;
}

const U64 = (1n << 64n) - 1n;

/** One address space. */
export class Ioas extends FdObject {
  readonly kind = 'IOAS';
  readonly #areas: IoasArea[] = [];
  readonly #tables = new Set<IoasUser>();

  constructor(
    /** Bytes of the smallest page. */
    readonly alignment: bigint,
    /** First address beyond. */
    readonly end: bigint,
    /** Addresses that mean something else than memory. */
    readonly reserved: { readonly start: bigint; readonly last: bigint },
  ) {
    super();
  }

  /** Sorted by address. */
  get areas(): readonly IoasArea[] {
    return this.#areas;
  }

  /** What may be mapped, as inclusive ranges. */
  get ranges(): { start: bigint; last: bigint }[] {
    return [
      { start: 0n, last: this.reserved.start - 1n },
      { start: this.reserved.last + 1n, last: this.end - 1n },
    ];
  }

  release(): void {
    this.#areas.length = 0;
  }

  /** Gives a new page table what is mapped already. @throws IommuError as HostIommu.map */
  join(table: IoasUser): void {
    for (const { iova, pa, length, prot } of this.#areas)
      table.iommu.map(table.domain, iova, pa, length, prot);
    this.#tables.add(table);
    this.users++;
  }

  leave(table: IoasUser): void {
    if (this.#tables.delete(table)) this.users--;
  }

  /**
   * @param iova undefined: the lowest room that there is
   * @returns where it was mapped
   * @throws IommuError EINVAL: nothing to map, neither readable nor writable, not aligned, or reserved; EEXIST; EOVERFLOW; ENOSPC:
   *   no room; ENOMEM
   */
  map(iova: bigint | undefined, pa: bigint, length: bigint, flags: number): bigint {
    if ((flags & (IOMMU_IOAS_MAP_READABLE | IOMMU_IOAS_MAP_WRITEABLE)) === 0)
      throw new IommuError('EINVAL', 'flags must have READABLE or WRITEABLE');
    if (length === 0n) throw new IommuError('EINVAL', 'length must not be 0');
    if (length === U64 || iova === U64 || pa + length > U64)
      throw new IommuError('EOVERFLOW', `${hex(length)} bytes leave the address space`);
    for (const [name, value] of Object.entries({ iova: iova ?? 0n, user_va: pa, length })) {
      if (value % this.alignment !== 0n)
        throw new IommuError('EINVAL', `${name} ${hex(value)} must be a multiple of ${this.alignment}`);
    }
    const start = iova ?? this.#room(length);
    this.#check(start, length);
    const prot =
      PROT_CACHE |
      ((flags & IOMMU_IOAS_MAP_READABLE) === 0 ? 0 : PROT_READ) |
      ((flags & IOMMU_IOAS_MAP_WRITEABLE) === 0 ? 0 : PROT_WRITE);
    const done: IoasUser[] = [];
    try {
      for (const table of this.#tables) {
        table.iommu.map(table.domain, start, pa, length, prot);
        done.push(table);
      }
    } catch (error) {
      for (const { iommu, domain } of done) iommu.unmap(domain, start, length);
      throw error;
    }
    const at = this.#areas.findIndex((area) => area.iova > start);
    this.#areas.splice(at < 0 ? this.#areas.length : at, 0, { iova: start, length, pa, prot });
    return start;
  }

  /**
   * Takes whole mappings away; from 0 with 2^64 - 1 bytes, all. When it returns no TLB holds anything of them.
   * @returns bytes that were mapped
   * @throws IommuError ENOENT: nothing there, or a mapping that reaches beyond; EOVERFLOW
   */
  unmap(iova: bigint, length: bigint): bigint {
    const all = iova === 0n && length === U64;
    if (!all && (length === 0n || iova + length > 1n << 64n))
      throw new IommuError(length === 0n ? 'EINVAL' : 'EOVERFLOW', `${hex(length)} bytes at ${hex(iova)}`);
    const inside = this.#areas.filter((area) => all || overlaps(area, iova, length));
    const cut = inside.find((area) => !all && (area.iova < iova || area.iova + area.length > iova + length));
    if (cut !== undefined)
      throw new IommuError('ENOENT', `the mapping at ${hex(cut.iova)} reaches beyond the range`);
    if (inside.length === 0 && !all) throw new IommuError('ENOENT', `nothing is mapped at ${hex(iova)}`);
    let bytes = 0n;
    for (const area of inside) {
      for (const { iommu, domain } of this.#tables) iommu.unmap(domain, area.iova, area.length);
      this.#areas.splice(this.#areas.indexOf(area), 1);
      bytes += area.length;
    }
    return bytes;
  }

  #check(start: bigint, length: bigint): void {
    if (!this.ranges.some((range) => start >= range.start && start + length - 1n <= range.last))
      throw new IommuError(
        'EINVAL',
        `${hex(length)} bytes at ${hex(start)} are not all in a range for mappings`,
      );
    const other = this.#areas.find((area) => overlaps(area, start, length));
    if (other !== undefined) throw new IommuError('EEXIST', `something is mapped at ${hex(other.iova)}`);
  }

  #room(length: bigint): bigint {
    for (const { start, last } of this.ranges) {
      let at = start;
      for (const area of this.#areas) {
        if (area.iova + area.length <= at) continue;
        if (area.iova >= at + length) break;
        at = area.iova + area.length;
      }
      if (at + length - 1n <= last) return at;
    }
    throw new IommuError('ENOSPC', `no room for ${hex(length)} bytes`);
  }
}

function overlaps(area: IoasArea, start: bigint, length: bigint): boolean {
  return area.iova < start + length && start < area.iova + area.length;
}
