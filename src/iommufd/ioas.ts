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

/** Memory that is to be mapped, or is. */
export interface IoasPiece {
  readonly pa: bigint;
  readonly length: bigint;
  /** Whoever mapped it first may write it. */
  readonly writable: boolean;
  /** Of a file, and not of a process. */
  readonly file: boolean;
}

interface Area extends IoasArea, IoasPiece {}

/** Addresses, both ends included. */
export interface IovaRange {
  readonly start: bigint;
  readonly last: bigint;
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
  readonly #areas: Area[] = [];
  /** Where the IOAS chooses addresses itself; none: wherever there is room. */
  #allowed: readonly IovaRange[] = [];
  /** Leaves may be larger than a page. */
  hugePages = true;
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
    return this.#areas.map(({ iova, length, pa, prot }) => ({ iova, length, pa, prot }));
  }

  /** Some of what is mapped is memory of a process. */
  get ofProcess(): boolean {
    return this.#areas.some(({ file }) => !file);
  }

  get hasTables(): boolean {
    return this.#tables.size > 0;
  }

  /** What may be mapped, as inclusive ranges. */
  get ranges(): IovaRange[] {
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
    for (const area of this.#areas) this.#mapIn(table, area);
    this.#tables.add(table);
    this.users++;
  }

  leave(table: IoasUser): void {
    if (this.#tables.delete(table)) this.users--;
  }

  /**
   * Maps pieces one behind the other.
   * @param iova undefined: the lowest room that there is
   * @returns where it was mapped
   * @throws IommuError EINVAL: nothing to map, neither readable nor writable, not aligned, or reserved; EPERM: writable where the memory
   *   is not; EEXIST; EOVERFLOW; ENOSPC: no room; ENOMEM
   */
  map(iova: bigint | undefined, pieces: readonly IoasPiece[], flags: number): bigint {
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0n);
    if ((flags & (IOMMU_IOAS_MAP_READABLE | IOMMU_IOAS_MAP_WRITEABLE)) === 0)
      throw new IommuError('EINVAL', 'flags must have READABLE or WRITEABLE');
    if (length === 0n) throw new IommuError('EINVAL', 'length must not be 0');
    if (length === U64 || iova === U64 || pieces.some((piece) => piece.pa + piece.length > U64))
      throw new IommuError('EOVERFLOW', `${hex(length)} bytes leave the address space`);
    const writes = (flags & IOMMU_IOAS_MAP_WRITEABLE) !== 0;
    if (writes && pieces.some(({ writable }) => !writable))
      throw new IommuError('EPERM', 'the memory was mapped without WRITEABLE');
    this.#checkAligned('iova', iova ?? 0n);
    for (const piece of pieces) {
      this.#checkAligned('user_va', piece.pa);
      this.#checkAligned('length', piece.length);
    }
    const start = iova ?? this.#room(length);
    this.#check(start, length);
    const prot =
      PROT_CACHE | ((flags & IOMMU_IOAS_MAP_READABLE) === 0 ? 0 : PROT_READ) | (writes ? PROT_WRITE : 0);
    const made: Area[] = [];
    let at = start;
    for (const piece of pieces) {
      made.push({ ...piece, iova: at, prot });
      at += piece.length;
    }
    const done: [IoasUser, Area][] = [];
    try {
      for (const table of this.#tables) {
        for (const area of made) {
          this.#mapIn(table, area);
          done.push([table, area]);
        }
      }
    } catch (error) {
      for (const [{ iommu, domain }, area] of done) iommu.unmap(domain, area.iova, area.length);
      throw error;
    }
    this.#areas.push(...made);
    this.#areas.sort((a, b) => (a.iova < b.iova ? -1 : 1));
    return start;
  }

  /** The memory behind a range. @throws IommuError EINVAL: an empty range; ENOENT: a hole in it */
  pieces(iova: bigint, length: bigint): IoasPiece[] {
    if (length === 0n) throw new IommuError('EINVAL', 'length must not be 0');
    const pieces: IoasPiece[] = [];
    let at = iova;
    while (at < iova + length) {
      const area = this.#areas.find((one) => one.iova <= at && at < one.iova + one.length);
      if (area === undefined) throw new IommuError('ENOENT', `nothing is mapped at ${hex(at)}`);
      const skipped = at - area.iova;
      const left = iova + length - at;
      const bytes = area.length - skipped < left ? area.length - skipped : left;
      pieces.push({ pa: area.pa + skipped, length: bytes, writable: area.writable, file: area.file });
      at += bytes;
    }
    return pieces;
  }

  /**
   * Where addresses are chosen from now on; none: wherever there is room.
   * @throws IommuError EINVAL: an empty range, or two that overlap; EADDRINUSE: one is reserved
   */
  allow(ranges: readonly IovaRange[]): void {
    for (const [i, { start, last }] of ranges.entries()) {
      const before = ranges.slice(0, i);
      if (start >= last || before.some((one) => one.start <= last && start <= one.last))
        throw new IommuError(
          'EINVAL',
          `the range ${hex(start)} to ${hex(last)} is empty, or overlaps another`,
        );
    }
    for (const { start, last } of ranges) {
      if (!this.ranges.some((range) => start >= range.start && last <= range.last))
        throw new IommuError('EADDRINUSE', `some of ${hex(start)} to ${hex(last)} is reserved`);
    }
    this.#allowed = [...ranges].sort((a, b) => (a.start < b.start ? -1 : 1));
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

  #mapIn({ iommu, domain }: IoasUser, { iova, pa, length, prot }: IoasArea): void {
    if (this.hugePages) return iommu.map(domain, iova, pa, length, prot);
    let done = 0n;
    try {
      for (; done < length; done += this.alignment)
        iommu.map(domain, iova + done, pa + done, this.alignment, prot);
    } catch (error) {
      if (done > 0n) iommu.unmap(domain, iova, done);
      throw error;
    }
  }

  #checkAligned(name: string, value: bigint): void {
    if (value % this.alignment !== 0n)
      throw new IommuError('EINVAL', `${name} ${hex(value)} must be a multiple of ${this.alignment}`);
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
    for (const { start, last } of this.#allowed.length > 0 ? this.#allowed : this.ranges) {
      let at = start + ((this.alignment - (start % this.alignment)) % this.alignment);
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
