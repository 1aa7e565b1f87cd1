/** Finding one address in a translation table. */
import { indexOf, LAST_LEVEL, type Geometry } from './geometry.js';
import { addressFrom, CONTIGUOUS_HI, kindOf, type Kind } from './pte.js';
import type { TableMemory } from './table-memory.js';

/** An entry of a table. */
export interface Slot {
  readonly table: number;
  readonly level: number;
  readonly index: number;
  /** Entries of the table. */
  readonly entries: number;
}

/** Where a walk ends: a leaf, or an invalid entry. */
export interface Found {
  readonly kind: Kind;
  /** What the entry (a leaf of a Contiguous group: the group) covers. */
  readonly start: number;
  readonly bytes: number;
}

export class TableWalker {
  /** The last-level table met last, by the input addresses that it maps: neighbours come one after the other. */
  #lastRegion = -1;
  #lastTable = 0;

  constructor(
    private readonly geometry: Geometry,
    private readonly tables: TableMemory,
    private readonly root: number,
  ) {}

  /** The last-level table of `input` if it is the one met last, else -1. */
  recall(input: number): number {
    return Math.floor(input / this.geometry.entryBytes[LAST_LEVEL - 1]) === this.#lastRegion
      ? this.#lastTable
      : -1;
  }

  remember(input: number, table: number): void {
    this.#lastRegion = Math.floor(input / this.geometry.entryBytes[LAST_LEVEL - 1]);
    this.#lastTable = table;
  }

  /** After tables were taken out. */
  forget(): void {
    this.#lastRegion = -1;
  }

  /** Output address of `input`, -1 where nothing is mapped. */
  translate(input: number): number {
    const slot = this.end(input);
    const lo = this.tables.lo(slot.table, slot.index);
    if (kindOf(lo, slot.level) !== 'leaf') return -1;
    const base = addressFrom(lo, this.tables.hi(slot.table, slot.index), this.geometry.granule);
    return base + (input % this.geometry.entryBytes[slot.level]);
  }

  find(input: number): Found {
    const slot = this.end(input);
    const kind = kindOf(this.tables.lo(slot.table, slot.index), slot.level);
    let bytes = this.geometry.entryBytes[slot.level];
    if (kind === 'leaf' && (this.tables.hi(slot.table, slot.index) & CONTIGUOUS_HI) !== 0) {
      bytes *= this.geometry.groupEntries[slot.level];
    }
    return { kind, start: input - (input % bytes), bytes };
  }

  /** The last entry of the walk. */
  end(input: number): Slot {
    const { startLevel, rootEntries, tableEntries, entryBytes, granule } = this.geometry;
    const recalled = this.recall(input);
    let table = recalled < 0 ? this.root : recalled;
    let entries = recalled < 0 ? rootEntries : tableEntries;
    for (let level = recalled < 0 ? startLevel : LAST_LEVEL; ; level++) {
      const index = indexOf(input, entryBytes[level], entries);
      const lo = this.tables.lo(table, index);
      if (kindOf(lo, level) !== 'table') return { table, level, index, entries };
      table = addressFrom(lo, this.tables.hi(table, index), granule);
      entries = tableEntries;
    }
  }
}
