import { F_ADDR_SIZE, F_TRANSLATION } from './faults.js';
import { blockAllowed, entryLog2, firstTableLog2, tableIndex } from './geometry.js';
import { POW2, alignDown, bit, bits } from './words.js';
import type { Word } from './words.js';

/** Everything that shapes a VMSAv8-64 table, of either stage. */
export interface TableShape {
  granule: number;
  /** 52-bit descriptor format of 4K and 16K granules (LPA2). */
  ds: boolean;
  startLevel: number;
  inputSize: number;
  /** Effective IPS or S2PS. */
  outputSize: number;
  oas: number;
  base: number;
}

/** What the two stages do differently on the way down. */
export interface WalkSteps {
  /** Reads a descriptor; throws on stage 2 faults and external aborts. */
  read(address: number): Word;
  /** Looks at a Table descriptor that passed its checks. */
  table(descriptor: Word, address: number): void;
  fault(event: number): never;
}

export interface Leaf {
  descriptor: Word;
  address: number;
  /** Output address with the input's offset put in. */
  output: number;
  log2: number;
}

/** The address in a descriptor (DDI 0487 D8.3): three forms of the bits above 47. */
function descriptorAddress(shape: TableShape, d: Word): number {
  const { granule } = shape;
  if (granule === 16) {
    const high = shape.oas >= 52 ? bits(d, 15, 12) : 0;
    return high * POW2[48] + bits(d, 47, 16) * POW2[16];
  }
  if (shape.ds) return bits(d, 9, 8) * POW2[50] + bits(d, 49, granule) * POW2[granule];
  return bits(d, 47, granule) * POW2[granule];
}

/** Walks from the first table to a leaf, or faults: external abort, invalid, address size, level by level. */
export function walk(shape: TableShape, input: number, steps: WalkSteps): Leaf {
  const { granule, startLevel, inputSize, outputSize } = shape;
  let table = alignDown(shape.base, firstTableLog2(granule, startLevel, inputSize, outputSize));
  for (let level = startLevel; ; level++) {
    const address = table + tableIndex(granule, level, input, level === startLevel) * 8;
    const descriptor = steps.read(address);
    const type = bits(descriptor, 1, 0);
    if ((type & 1) === 0) steps.fault(F_TRANSLATION);
    const isTable = level < 3 && type === 3;
    if (level === 3 ? type !== 3 : !isTable && !blockAllowed(granule, level, shape.ds, shape.oas)) {
      steps.fault(F_TRANSLATION);
    }
    const log2 = isTable ? granule : entryLog2(granule, level);
    const target = alignDown(descriptorAddress(shape, descriptor), log2);
    // "The address output from the translation" (§3.4): with a block larger than the output size, the offset counts as well.
    const output = isTable ? target : target + (input % POW2[log2]);
    if (output >= POW2[outputSize]) steps.fault(F_ADDR_SIZE);
    if (!isTable) return { descriptor, address, output, log2: Math.min(log2, outputSize) };
    steps.table(descriptor, address);
    table = target;
  }
}

/** The access flag of a leaf or, with HAFT, of a table. */
export const AF = 10;
/** The hint that neighbours may share a TLB entry. */
export const CONTIGUOUS = 52;

export function accessed(descriptor: Word): boolean {
  return bit(descriptor, AF) === 1;
}
