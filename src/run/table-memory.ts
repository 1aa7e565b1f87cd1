/** Guest memory of a machine whose tables are built while a trace runs. */
import { InputError } from '../base/capture-error.js';
import type { RamWindow } from '../config/windows.js';
import type { TableAllocator } from './leaf-table.js';

/** Translation tables, one CD each stream without substreams, and the queues. */
export const TABLES_BASE = 0x4000_0000;
/** Stream table and CD tables: as large as StreamIDs and SubstreamIDs can be, but only what is written takes memory. */
export const SPARSE_BASE = 2 ** 40;
const SPARSE_BYTES = 2 ** 46;
const SPARSE_POOL = 2 ** 27;

/** The RAM windows for `tableBytes` of tables. Linear memory that nobody touches costs no memory. */
export function machineRam(tableBytes: number): RamWindow[] {
  return [
    { base: BigInt(TABLES_BASE), size: tableBytes },
    { base: BigInt(SPARSE_BASE), size: SPARSE_BYTES, sparse: true, pool: SPARSE_POOL },
  ];
}

/** Hands out addresses from one end to the other. Memory that was never written is zero. */
export class Bump implements TableAllocator {
  #next: number;

  constructor(
    base: number,
    private readonly end: number,
    /** What to do when there is no more. */
    private readonly advice: string,
  ) {
    this.#next = base;
  }

  /** `bytes`: a power of two, which is the alignment as well. */
  alloc(bytes: number): number {
    const at = Math.ceil(this.#next / bytes) * bytes;
    if (at + bytes > this.end)
      throw new InputError(`no room for another table of ${bytes} bytes: ${this.advice}`);
    this.#next = at + bytes;
    return at;
  }
}

export function tableSpace(tableBytes: number): Bump {
  return new Bump(TABLES_BASE, TABLES_BASE + tableBytes, 'give it more memory (--table-memory, tableMemory)');
}

export function sparseSpace(): Bump {
  return new Bump(SPARSE_BASE, SPARSE_BASE + SPARSE_BYTES, 'the trace has too many streams with substreams');
}
