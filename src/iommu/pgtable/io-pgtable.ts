/**
 * A VMSAv8-64 translation table that the driver owns, stage 1 or 2, with the behaviour of Linux's io-pgtable-arm. It writes
 * descriptors and nothing else: invalidation is the caller's, from what {@link IoPageTable.unmap} gives back.
 */
import { big, hex, integer } from '../../base/check.js';
import { IommuError } from '../../base/errors.js';
import type { GuestMemory } from '../../core/guest-memory.js';
import type { PagePool } from '../alloc/pages.js';
import { PROT_ALL, PROT_READ, PROT_WRITE } from '../uapi/prot.js';
import { dirtyLeaves } from './dirty.js';
import { geometryOf, indexOf, isAligned, LAST_LEVEL, type Geometry, type Shape } from './geometry.js';
import {
  addressFrom,
  addressHi,
  addressLo,
  CONTIGUOUS_HI,
  kindOf,
  leafAttributes,
  leafType,
  tableDescriptor,
  type Halves,
} from './pte.js';
import { stage1Registers, stage2Registers, type Stage1Registers, type Stage2Registers } from './registers.js';
import { TableMemory } from './table-memory.js';
import { Unmapper, type RemovedTable, type UnmappedLeaves, type UnmapResult } from './unmap.js';
import { TableWalker, type Slot } from './walk.js';

export type { RemovedTable, UnmappedLeaves, UnmapResult } from './unmap.js';

const U64 = (1n << 64n) - 1n;

export interface PageTableConfig extends Shape {
  /** Set the Contiguous hint where a whole group is mapped. Such a group is then unmapped as a whole. Default false. */
  contiguous?: boolean;
  /** Stage 1 for the upper half of the addresses: iova bits above iasBits are all 1. Default false. */
  ttbr1?: boolean;
  /** Walks are coherent with the CPU caches (IDR0.COHACC): cacheable, Inner Shareable. Default true. */
  coherent?: boolean;
  /** Stage 2 for an STE with S2FWB. Default false. */
  fwb?: boolean;
  /** Writable leaves begin clean, and hardware makes them dirty (IDR0.HTTU >= 2). Default false. */
  dirty?: boolean;
  /**
   * An empty table at `iova` has been taken out to make room for a block: invalidate walk caches over `span` bytes before
   * returning. Without it such a table stays and the block is mapped in smaller pieces.
   */
  flushWalk?: (iova: bigint, span: bigint) => void;
}

export class IoPageTable {
  /** Base of the first table (TTB0, TTB1 or S2TTB). */
  readonly ttb: bigint;
  /** Level of the first table. */
  readonly startLevel: number;
  readonly config: Readonly<PageTableConfig>;
  readonly geometry: Geometry;

  readonly #tables: TableMemory;
  readonly #pool: PagePool;
  readonly #root: number;
  readonly #iasBytes: number;
  readonly #oasBytes: number;
  /** What stands above iasBits in every iova of this half. */
  readonly #upper: bigint;
  readonly #walker: TableWalker;
  readonly #unmapper: Unmapper;
  #destroyed = false;

  /** @throws RangeError for a geometry that does not exist; IommuError ENOMEM */
  constructor(memory: GuestMemory, pool: PagePool, config: PageTableConfig) {
    this.config = { ...config };
    this.geometry = geometryOf(config);
    if (config.stage === 2 && config.ttbr1 === true) throw new RangeError('a stage 2 has no ttbr1 half');
    this.startLevel = this.geometry.startLevel;
    this.#tables = new TableMemory(memory);
    this.#pool = pool;
    this.#iasBytes = 2 ** this.geometry.iasBits;
    this.#oasBytes = 2 ** this.geometry.oasBits;
    this.#upper = config.ttbr1 === true ? U64 & ~(BigInt(this.#iasBytes) - 1n) : 0n;
    const bytes = this.#rootBytes;
    this.ttb = pool.alloc(bytes, bytes);
    this.#root = Number(this.ttb);
    this.#walker = new TableWalker(this.geometry, this.#tables, this.#root);
    this.#unmapper = new Unmapper(this.geometry, this.#tables, this.#root);
  }

  /** Bytes that one entry of the last level maps. */
  get pageSize(): bigint {
    return BigInt(this.geometry.tableBytes);
  }

  /** Sizes of a leaf, largest first; a Contiguous group is none. */
  get leafSizes(): bigint[] {
    const { entryBytes, leaf, startLevel } = this.geometry;
    return entryBytes.filter((_, level) => level >= startLevel && leaf[level]).map(BigInt);
  }

  /** The CD fields of a stage 1. */
  get stage1(): Stage1Registers {
    const { coherent = true, ttbr1 = false } = this.config;
    return stage1Registers(this.geometry, this.ttb, { coherent, ttbr1 });
  }

  /** The STE fields of a stage 2. */
  get stage2(): Stage2Registers {
    return stage2Registers(this.geometry, this.ttb, this.config.coherent ?? true);
  }

  /**
   * Maps [iova, iova + size) to [pa, pa + size), with the largest leaves that sizes and alignments allow. Nothing needs to be
   * invalidated: an absent mapping is not cached. When it throws, nothing of the range is mapped.
   * @throws IommuError EINVAL for a misaligned iova, pa or size, unknown prot or neither read nor write; ERANGE beyond the
   *   input or output size; EEXIST where something is mapped already; ENOMEM
   */
  map(iova: bigint, pa: bigint, size: bigint, prot: number): void {
    this.#alive();
    integer(prot, 'prot', 0, 0xffff_ffff);
    big(pa, 'pa', 0n, U64);
    if ((prot & ~PROT_ALL) !== 0) {
      throw new IommuError('EINVAL', `prot has unknown bits: ${hex(prot & ~PROT_ALL)}`);
    }
    if ((prot & (PROT_READ | PROT_WRITE)) === 0) {
      throw new IommuError('EINVAL', `prot = ${hex(prot)} allows neither reads nor writes`);
    }
    const input = this.#checkRange(iova, size, pa);
    const output = Number(pa);
    const bytes = Number(size);
    if (pa + size > BigInt(this.#oasBytes)) {
      throw new IommuError(
        'ERANGE',
        `pa ${hex(pa)} + ${hex(size)} lies beyond the ${this.geometry.oasBits} output address bits`,
      );
    }
    const attributes = leafAttributes(this.config.stage, prot, this.config.fwb ?? false, this.config.dirty);
    let done = 0;
    try {
      while (done < bytes) done += this.#mapRun(input + done, output + done, bytes - done, attributes);
    } catch (error) {
      if (done > 0) this.#unmapper.unmap(input, done, true);
      throw error;
    }
  }

  /**
   * Unmaps what is mapped from `iova` on, up to `size` bytes or the first hole, whichever is first: as iommu_unmap does. A
   * table of which the range takes every entry goes as a whole. A leaf (or Contiguous group) is never split: a range that
   * begins or ends inside one is refused, as Linux does, and nothing is changed.
   * @throws IommuError EINVAL, ERANGE
   */
  unmap(iova: bigint, size: bigint): UnmapResult {
    this.#alive();
    const input = this.#checkRange(iova, size);
    const bytes = Number(size);
    if (bytes === this.geometry.tableBytes && this.#clearPage(input)) return onePage(iova, size);
    this.#refusePartial(input, bytes, iova, size);
    const result = this.#unmapper.unmap(input, bytes, false);
    if (result.tables.length > 0) this.#walker.forget();
    if (this.#upper === 0n) return result;
    const inHalf = <T extends { iova: bigint }>(piece: T): T => ({
      ...piece,
      iova: piece.iova ^ this.#upper,
    });
    return { ...result, leaves: result.leaves.map(inHalf), tables: result.tables.map(inHalf) };
  }

  /** Physical address of `iova`, null where nothing is mapped. */
  iovaToPhys(iova: bigint): bigint | null {
    this.#alive();
    big(iova, 'iova', 0n, U64);
    const low = iova ^ this.#upper;
    if (low >= BigInt(this.#iasBytes)) return null;
    const input = Number(low);
    const output = this.#walker.translate(input);
    return output < 0 ? null : BigInt(output);
  }

  /**
   * Leaves of [iova, iova + size) that hardware has seen written. `clear` leaves them clean; the caller invalidates.
   * @throws IommuError EINVAL, ERANGE
   */
  dirtyLeaves(iova: bigint, size: bigint, clear: boolean): UnmappedLeaves[] {
    this.#alive();
    const input = this.#checkRange(iova, size);
    const range = { input, bytes: Number(size), clear };
    return dirtyLeaves(this.geometry, this.#tables, this.#walker, range);
  }

  /** Gives back the tables that an unmap took out, after the caller has invalidated. */
  freeTables(tables: readonly RemovedTable[]): void {
    for (const { pa } of tables) this.#pool.free(pa, this.geometry.tableBytes);
  }

  /** Frees all tables. The caller has made sure that no hardware walks them any more. */
  destroy(): void {
    if (this.#destroyed) return;
    this.freeTables(this.#unmapper.allTables());
    this.#pool.free(this.ttb, this.#rootBytes);
    this.#destroyed = true;
  }

  /** Tables of less than 64 bytes exist, but their base is aligned to 64 (IHI 0070 §5.2, S2TTB). */
  get #rootBytes(): number {
    return Math.max(64, 8 * this.geometry.rootEntries);
  }

  #alive(): void {
    if (this.#destroyed) throw new IommuError('EINVAL', 'the page table has been destroyed');
  }

  /** Offset of `iova` in this half. */
  #checkRange(iova: bigint, size: bigint, pa?: bigint): number {
    big(iova, 'iova', 0n, U64);
    big(size, 'size', 0n, U64);
    const mask = this.pageSize - 1n;
    if (size === 0n || ((iova | (pa ?? 0n) | size) & mask) !== 0n) {
      throw new IommuError(
        'EINVAL',
        `iova ${hex(iova)}${pa === undefined ? '' : `, pa ${hex(pa)}`} and size ${hex(size)} must be multiples of the ${hex(this.pageSize)} page, size not 0`,
      );
    }
    const low = iova ^ this.#upper;
    if (low + size > BigInt(this.#iasBytes)) {
      throw new IommuError(
        'ERANGE',
        `iova ${hex(iova)} + ${hex(size)} lies beyond the ${this.geometry.iasBits} input address bits` +
          (this.#upper === 0n ? '' : ' of the upper half'),
      );
    }
    return Number(low);
  }

  /** The frequent case, one page of the last-level table met last; false when it is another. */
  #clearPage(input: number): boolean {
    const table = this.#walker.recall(input);
    if (table < 0) return false;
    const index = indexOf(input, this.geometry.tableBytes, this.geometry.tableEntries);
    if (kindOf(this.#tables.lo(table, index), LAST_LEVEL) !== 'leaf') return false;
    if (this.config.contiguous === true && (this.#tables.hi(table, index) & CONTIGUOUS_HI) !== 0)
      return false;
    this.#tables.write(table, index, 0, 0);
    return true;
  }

  /** A range that begins or ends inside a leaf. Checked before anything changes. */
  #refusePartial(input: number, bytes: number, iova: bigint, size: bigint): void {
    const first = this.#walker.find(input);
    const last = bytes > first.start + first.bytes - input ? this.#walker.find(input + bytes - 1) : first;
    for (const leaf of [first, last]) {
      if (leaf.kind !== 'leaf' || (leaf.start >= input && leaf.start + leaf.bytes <= input + bytes)) continue;
      throw new IommuError(
        'EINVAL',
        `unmapping ${hex(size)} bytes at ${hex(iova)} would split the leaf of ${hex(leaf.bytes)} bytes at ${hex(BigInt(leaf.start) ^ this.#upper)}`,
      );
    }
  }

  /** Maps leaves of one size inside one table; the number of bytes mapped. */
  #mapRun(input: number, output: number, bytes: number, attributes: Halves): number {
    const { geometry } = this;
    let level = this.#leafLevel(input, output, bytes);
    let slot = this.#slotFor(input, level);
    while (
      kindOf(this.#tables.lo(slot.table, slot.index), level) === 'table' &&
      !this.#dropEmpty(slot, input)
    ) {
      do level++;
      while (!geometry.leaf[level]);
      slot = this.#slotFor(input, level);
    }
    const entry = geometry.entryBytes[level];
    const wanted = Math.min(slot.entries - slot.index, Math.floor(bytes / entry));
    const count = this.#freeEntries(slot, wanted, input);
    const type = leafType(level);
    const run = new Uint32Array(2 * count);
    for (let i = 0; i < count; i++) {
      const address = output + i * entry;
      run[2 * i] = (attributes.lo | addressLo(address, geometry.granule) | type) >>> 0;
      run[2 * i + 1] = (attributes.hi | addressHi(address)) >>> 0;
    }
    if (this.config.contiguous === true) this.#markGroups(run, slot, output);
    this.#tables.writeRun(slot.table, slot.index, run);
    return count * entry;
  }

  /** Level of the largest leaf for which both addresses are aligned and the rest is large enough. */
  #leafLevel(input: number, output: number, bytes: number): number {
    const { entryBytes, leaf, startLevel } = this.geometry;
    for (let level = startLevel; level < LAST_LEVEL; level++) {
      const size = entryBytes[level];
      if (leaf[level] && bytes >= size && isAligned(input, size) && isAligned(output, size)) return level;
    }
    return LAST_LEVEL;
  }

  /** The entry of `input` at `level`; makes the tables above it. */
  #slotFor(input: number, level: number): Slot {
    const { geometry } = this;
    const { entryBytes, tableEntries, startLevel, granule } = geometry;
    const recalled = level === LAST_LEVEL ? this.#walker.recall(input) : -1;
    if (recalled >= 0) {
      const index = indexOf(input, entryBytes[level], tableEntries);
      return { table: recalled, level, index, entries: tableEntries };
    }
    let table = this.#root;
    let entries = geometry.rootEntries;
    for (let l = startLevel; ; l++) {
      const index = indexOf(input, entryBytes[l], entries);
      if (l === level) {
        if (level === LAST_LEVEL && level > startLevel) this.#walker.remember(input, table);
        return { table, level, index, entries };
      }
      const lo = this.#tables.lo(table, index);
      const kind = kindOf(lo, l);
      if (kind === 'leaf') this.#refuseOverlap(input);
      if (kind === 'table') {
        table = addressFrom(lo, this.#tables.hi(table, index), granule);
      } else {
        const next = Number(this.#pool.alloc(geometry.tableBytes, geometry.tableBytes));
        const descriptor = tableDescriptor(next, granule);
        this.#tables.write(table, index, descriptor.lo, descriptor.hi);
        table = next;
      }
      entries = tableEntries;
    }
  }

  /** How many of the `wanted` entries from the slot on are free; at least one, or it throws. */
  #freeEntries(slot: Slot, wanted: number, input: number): number {
    if (wanted === 1) {
      if (kindOf(this.#tables.lo(slot.table, slot.index), slot.level) !== 'invalid')
        this.#refuseOverlap(input);
      return 1;
    }
    const run = this.#tables.readRun(slot.table, slot.index, wanted);
    let count = 0;
    while (count < wanted && kindOf(run[2 * count], slot.level) === 'invalid') count++;
    if (count === 0) this.#refuseOverlap(input);
    return count;
  }

  #refuseOverlap(input: number): never {
    throw new IommuError(
      'EEXIST',
      `iova ${hex(BigInt(input) ^ this.#upper)} is mapped already; unmap it first`,
    );
  }

  /** Sets the hint in every group that the run fills and whose output is as aligned as the group is large. */
  #markGroups(run: Uint32Array, slot: Slot, output: number): void {
    const group = this.geometry.groupEntries[slot.level];
    const entry = this.geometry.entryBytes[slot.level];
    const first = Math.ceil(slot.index / group) * group;
    const end = Math.floor((slot.index + run.length / 2) / group) * group;
    if (group === 1 || (output + (first - slot.index) * entry) % (group * entry) !== 0) return;
    for (let index = first; index < end; index++) run[2 * (index - slot.index) + 1] |= CONTIGUOUS_HI;
  }

  /** Takes out the table at a slot if nothing is mapped under it and the caller can invalidate walk caches. */
  #dropEmpty(slot: Slot, input: number): boolean {
    const { flushWalk } = this.config;
    if (flushWalk === undefined) return false;
    const taken = this.#unmapper.takeEmpty(slot, input);
    if (taken === undefined) return false;
    this.#walker.forget();
    flushWalk(BigInt(input) ^ this.#upper, BigInt(this.geometry.entryBytes[slot.level]));
    this.freeTables(taken);
    return true;
  }
}

function onePage(iova: bigint, size: bigint): UnmapResult {
  return { unmapped: size, leaves: [{ iova, size, level: LAST_LEVEL }], tables: [] };
}
