/**
 * A translation table in which every leaf has the same, given size: experiments ask for "4 KiB pages" and must get them, where
 * a driver would take the largest block that fits. Leaves are set one by one and never removed.
 */
import type { GuestMemory } from '../core/guest-memory.js';
import type { Geometry } from '../iommu/pgtable/geometry.js';
import {
  addressFrom,
  addressHi,
  addressLo,
  leafAttributes,
  leafType,
  tableDescriptor,
} from '../iommu/pgtable/pte.js';
import { PROT_CACHE, PROT_READ, PROT_WRITE } from '../iommu/uapi/prot.js';

const WORD_BITS = 32n;
const PROT = PROT_READ | PROT_WRITE | PROT_CACHE;

/** Where tables come from: zeroed, aligned to their size. */
export interface TableAllocator {
  alloc(bytes: number): number;
}

export class LeafTable {
  readonly root: number;
  readonly leafBytes: number;
  readonly #attributes: { readonly lo: number; readonly hi: number };
  /** The table that held the last leaf, and which one of its level it is. */
  #last = -1;
  #lastTable = 0;

  constructor(
    private readonly memory: GuestMemory,
    private readonly tables: TableAllocator,
    readonly geometry: Geometry,
    private readonly leafLevel: number,
  ) {
    const { stage, rootEntries, entryBytes } = geometry;
    this.leafBytes = entryBytes[leafLevel];
    this.#attributes = leafAttributes(stage, PROT, false);
    this.root = tables.alloc(Math.max(64, 8 * rootEntries));
  }

  /** Maps leaf `index`, the one that covers input [index * leafBytes, …), to `output`. */
  map(index: number, output: number): void {
    const { geometry, leafLevel } = this;
    const entries = leafLevel === geometry.startLevel ? geometry.rootEntries : geometry.tableEntries;
    const which = Math.floor(index / entries);
    if (which !== this.#last) {
      this.#lastTable = this.#tableOf(index * this.leafBytes);
      this.#last = which;
    }
    const lo = (this.#attributes.lo | addressLo(output, geometry.granule) | leafType(leafLevel)) >>> 0;
    const hi = (this.#attributes.hi | addressHi(output)) >>> 0;
    this.#write(this.#lastTable + 8 * (index % entries), lo, hi);
  }

  /** The table of the leaves' level on the way of `input`; makes those that are missing. */
  #tableOf(input: number): number {
    const { startLevel, rootEntries, tableEntries, tableBytes, entryBytes, granule } = this.geometry;
    let table = this.root;
    let entries = rootEntries;
    for (let level = startLevel; level < this.leafLevel; level++) {
      const at = table + 8 * (Math.floor(input / entryBytes[level]) % entries);
      const lo = this.memory.read32(BigInt(at));
      if ((lo & 1) !== 0) {
        table = addressFrom(lo, this.memory.read32(BigInt(at + 4)), granule);
      } else {
        table = this.tables.alloc(tableBytes);
        const descriptor = tableDescriptor(table, granule);
        this.#write(at, descriptor.lo, descriptor.hi);
      }
      entries = tableEntries;
    }
    return table;
  }

  #write(at: number, lo: number, hi: number): void {
    this.memory.write64(BigInt(at), (BigInt(hi) << WORD_BITS) | BigInt(lo));
  }
}
