/** Taking mappings out of a translation table, and saying what has to be invalidated. */
import { indexOf, isAligned, type Geometry } from './geometry.js';
import { addressFrom, kindOf } from './pte.js';
import type { Run, TableMemory } from './table-memory.js';
import type { Slot } from './walk.js';

/** Adjacent leaves of one level. */
export interface UnmappedLeaves {
  iova: bigint;
  /** Of all of them: a multiple of the leaf size of `level`. */
  size: bigint;
  level: number;
}

/** A page that held a table. To be freed once walk caches over [iova, iova + span) have been invalidated. */
export interface RemovedTable {
  iova: bigint;
  span: bigint;
  pa: bigint;
}

export interface UnmapResult {
  /** Bytes that were mapped and are no more. */
  unmapped: bigint;
  /** By ascending address. */
  leaves: UnmappedLeaves[];
  tables: RemovedTable[];
}

interface Leaves {
  start: number;
  bytes: number;
  level: number;
}

interface Removed {
  start: number;
  span: number;
  table: number;
}

/** What one unmap has found so far. */
class Progress {
  readonly leaves: Leaves[] = [];
  readonly removed: Removed[] = [];
  bytes = 0;

  addLeaves(start: number, bytes: number, level: number): void {
    this.bytes += bytes;
    const last = this.leaves.at(-1);
    if (last !== undefined && last.level === level && last.start + last.bytes === start) last.bytes += bytes;
    else this.leaves.push({ start, bytes, level });
  }

  result(): UnmapResult {
    return {
      unmapped: BigInt(this.bytes),
      leaves: this.leaves.map(({ start, bytes, level }) => ({
        iova: BigInt(start),
        size: BigInt(bytes),
        level,
      })),
      tables: asTables(this.removed),
    };
  }
}

function asTables(removed: readonly Removed[]): RemovedTable[] {
  return removed.map(({ start, span, table }) => ({
    iova: BigInt(start),
    span: BigInt(span),
    pa: BigInt(table),
  }));
}

export class Unmapper {
  constructor(
    private readonly geometry: Geometry,
    private readonly tables: TableMemory,
    private readonly root: number,
  ) {}

  /** From `input` on, up to `bytes` or the first hole. `keepTables`: clears leaves only. No leaf crosses the ends of the range. */
  unmap(input: number, bytes: number, keepTables: boolean): UnmapResult {
    const { startLevel, rootEntries } = this.geometry;
    const progress = new Progress();
    this.#unmapIn({ table: this.root, level: startLevel, entries: rootEntries }, input, input + bytes, {
      progress,
      keepTables,
    });
    return progress.result();
  }

  /** Unmaps [input, end) as far as it lies in one table; false when a hole ended it. */
  #unmapIn(
    at: Omit<Slot, 'index'>,
    input: number,
    end: number,
    state: { progress: Progress; keepTables: boolean },
  ): boolean {
    const { table, level, entries } = at;
    const entry = this.geometry.entryBytes[level];
    const first = indexOf(input, entry, entries);
    // Number of the entry in which the range ends, from the one in which it begins.
    const wanted = Math.min(entries - first, Math.ceil(end / entry) - Math.floor(input / entry));
    const run = this.tables.readRun(table, first, wanted);
    let start = input;
    let i = 0;
    while (i < wanted) {
      const kind = kindOf(run[2 * i], level);
      if (kind === 'invalid') return false;
      if (kind === 'leaf') {
        const from = i;
        while (i < wanted && kindOf(run[2 * i], level) === 'leaf') i++;
        this.#clear(table, first + from, i - from);
        state.progress.addLeaves(start, (i - from) * entry, level);
        start += (i - from) * entry;
        continue;
      }
      const next = (Math.floor(start / entry) + 1) * entry;
      const child = addressFrom(run[2 * i], run[2 * i + 1], this.geometry.granule);
      const whole = !state.keepTables && end >= next && isAligned(start, entry);
      if (whole && this.#takeFull(child, level + 1, start, state.progress)) {
        this.#clear(table, first + i, 1);
      } else {
        const below = { table: child, level: level + 1, entries: this.geometry.tableEntries };
        if (!this.#unmapIn(below, start, Math.min(end, next), state)) return false;
      }
      start = next;
      i++;
    }
    return true;
  }

  /**
   * Takes out a table with no hole in it, and those below, without touching their entries: no walk that begins now reaches
   * them. False, and nothing done, when there is a hole.
   */
  #takeFull(table: number, level: number, start: number, progress: Progress): boolean {
    const { tableEntries, entryBytes } = this.geometry;
    const leaves: Progress = new Progress();
    if (!this.#collectFull(table, level, start, leaves)) return false;
    for (const { start: at, bytes, level: l } of leaves.leaves) progress.addLeaves(at, bytes, l);
    progress.removed.push({ start, span: tableEntries * entryBytes[level], table }, ...leaves.removed);
    return true;
  }

  #collectFull(table: number, level: number, start: number, into: Progress): boolean {
    const { tableEntries, entryBytes, granule } = this.geometry;
    const entry = entryBytes[level];
    const run = this.tables.readRun(table, 0, tableEntries);
    for (let i = 0; i < tableEntries; i++) {
      const first = i;
      while (i < tableEntries && kindOf(run[2 * i], level) === 'leaf') i++;
      if (i > first) into.addLeaves(start + first * entry, (i - first) * entry, level);
      if (i === tableEntries) break;
      if (kindOf(run[2 * i], level) === 'invalid') return false;
      const at = start + i * entry;
      const child = addressFrom(run[2 * i], run[2 * i + 1], granule);
      if (!this.#collectFull(child, level + 1, at, into)) return false;
      into.removed.push({ start: at, span: entry, table: child });
    }
    return true;
  }

  /** Takes out the table that a slot points to, and those below, if nothing is mapped there. */
  takeEmpty(slot: Slot, input: number): RemovedTable[] | undefined {
    const { granule, entryBytes } = this.geometry;
    const child = addressFrom(
      this.tables.lo(slot.table, slot.index),
      this.tables.hi(slot.table, slot.index),
      granule,
    );
    const span = entryBytes[slot.level];
    const removed: Removed[] = [{ start: input, span, table: child }];
    if (!this.#tablesBelow(child, slot.level + 1, input, removed)) return undefined;
    this.#clear(slot.table, slot.index, 1);
    return asTables(removed);
  }

  /** All tables but the first. */
  allTables(): RemovedTable[] {
    const removed: Removed[] = [];
    this.#tablesBelow(this.root, this.geometry.startLevel, 0, removed);
    return asTables(removed);
  }

  /** Adds the tables below `table`; false when something is mapped there. */
  #tablesBelow(table: number, level: number, start: number, into: Removed[]): boolean {
    const { startLevel, rootEntries, tableEntries, entryBytes, granule } = this.geometry;
    const entries = level === startLevel ? rootEntries : tableEntries;
    const run: Run = this.tables.readRun(table, 0, entries);
    let empty = true;
    for (let i = 0; i < entries; i++) {
      const kind = kindOf(run[2 * i], level);
      if (kind === 'invalid') continue;
      if (kind === 'leaf') {
        empty = false;
        continue;
      }
      const child = addressFrom(run[2 * i], run[2 * i + 1], granule);
      const at = start + i * entryBytes[level];
      into.push({ start: at, span: entryBytes[level], table: child });
      if (!this.#tablesBelow(child, level + 1, at, into)) empty = false;
    }
    return empty;
  }

  #clear(table: number, index: number, count: number): void {
    if (count === 1) this.tables.write(table, index, 0, 0);
    else this.tables.writeRun(table, index, new Uint32Array(2 * count));
  }
}
