/** Translation tables of VMSAv8-64 with a 48-bit input, 4 KiB or 64 KiB granule, in the RAM of a machine. */
import * as MemAttr from '../../assembly/arch/mem-attr.js';
import * as Pte from '../../assembly/arch/pte.js';
import * as S2pte from '../../assembly/arch/s2pte.js';
import * as Shareability from '../../assembly/arch/shareability.js';
import { at } from './fields.js';

/** log2 of the granule. */
export type Granule = 12 | 16;
export const LEAF_LEVEL = 3;
const INPUT_BITS = 48;
const ADDRESS = 0x0000_ffff_ffff_f000n;
const READ_ONLY = at(Pte.AP_2, 1);

const LEAF = {
  1: at(Pte.AF, 1) | at(Pte.nG, 1) | at(Pte.SH, Shareability.INNER_SHAREABLE),
  2:
    at(S2pte.AF, 1) |
    at(S2pte.SH, Shareability.INNER_SHAREABLE) |
    at(S2pte.S2AP, S2pte.S2AP_RW) |
    at(S2pte.MemAttr, MemAttr.NORMAL_WB),
};

/** Memory that tables are built in: physical addresses as numbers, all below 2^53. */
export interface TableMemory {
  /** Cleared memory, aligned to its size. */
  allocate(bytes: number): number;
  get(address: number): bigint;
  put(address: number, word: bigint): void;
}

/** What a leaf says beside its address. */
export interface Leaf {
  /** Default 3, a page. */
  readonly level?: number;
  readonly readOnly?: boolean;
  /** The descriptor of the leaf's level is invalid; the tables above are there. */
  readonly invalid?: boolean;
}

/** One descriptor on the way of a walk. */
export interface WalkStep {
  readonly level: number;
  readonly address: number;
  readonly kind: 'invalid' | 'table' | 'leaf';
  readonly writable: boolean;
  /** log2 of what it covers. */
  readonly span: number;
  /** Of a leaf: where the input comes out. */
  readonly output: number;
}

/** log2 of what one descriptor of a level covers. */
export function levelShift(granule: Granule, level: number): number {
  return granule + (LEAF_LEVEL - level) * (granule - 3);
}

/** First level of a 48-bit input: 0 with 4 KiB, 1 with 64 KiB. */
export function firstLevel(granule: Granule): number {
  let level = LEAF_LEVEL;
  while (levelShift(granule, level) + granule - 3 < INPUT_BITS) level--;
  return level;
}

/** Tables of one stage. */
export class Tables {
  readonly root: number;

  constructor(
    private readonly memory: TableMemory,
    readonly stage: 1 | 2,
    readonly granule: Granule = 12,
  ) {
    this.root = this.table();
  }

  private table(): number {
    return this.memory.allocate(2 ** this.granule);
  }

  /** Maps one page or block, making the tables on the way. */
  map(
    input: number,
    output: number,
    { level = LEAF_LEVEL, readOnly = false, invalid = false }: Leaf = {},
  ): void {
    let table = this.root;
    for (let l = firstLevel(this.granule); l < level; l++) {
      const slot = this.slot(table, input, l);
      const there = this.memory.get(slot);
      if (there === 0n) {
        const next = this.table();
        this.memory.put(slot, BigInt(next + Pte.TYPE_TABLE));
        table = next;
      } else {
        table = Number(there) - Pte.TYPE_TABLE;
      }
    }
    const type = level === LEAF_LEVEL ? Pte.TYPE_PAGE : Pte.TYPE_BLOCK;
    const access = this.stage === 1 ? at(Pte.AP, readOnly ? Pte.AP_RO : Pte.AP_RW) : 0n;
    const word = invalid ? 0n : BigInt(output) | LEAF[this.stage] | access | BigInt(type);
    this.memory.put(this.slot(table, input, level), word);
  }

  /** The descriptors that a walk for `input` meets, from the first level on. */
  walk(input: number): WalkStep[] {
    const steps: WalkStep[] = [];
    let table = this.root;
    for (let level = firstLevel(this.granule); ; level++) {
      const span = levelShift(this.granule, level);
      const address = this.slot(table, input, level);
      const word = this.memory.get(address);
      const type = Number(word & 3n);
      const next = Number(word & ADDRESS) - (Number(word & ADDRESS) % 2 ** this.granule);
      if (type === Pte.TYPE_TABLE && level < LEAF_LEVEL) {
        steps.push({ level, address, kind: 'table', writable: true, span, output: next });
        table = next;
        continue;
      }
      const readOnly = this.stage === 1 && (word & READ_ONLY) !== 0n;
      const output = next - (next % 2 ** span) + (input % 2 ** span);
      steps.push({
        level,
        address,
        kind: type === 0 ? 'invalid' : 'leaf',
        writable: !readOnly,
        span,
        output,
      });
      return steps;
    }
  }

  /** Maps `count` neighbouring pages or blocks onto as many neighbouring ones. */
  mapRange(input: number, output: number, count: number, leaf: Leaf = {}): void {
    const step = 2 ** levelShift(this.granule, leaf.level ?? LEAF_LEVEL);
    for (let i = 0; i < count; i++) this.map(input + i * step, output + i * step, leaf);
  }

  private slot(table: number, input: number, level: number): number {
    const index = Math.floor(input / 2 ** levelShift(this.granule, level)) % 2 ** (this.granule - 3);
    return table + 8 * index;
  }
}
