/** Levels, first table and leaf sizes of a translation table (Arm DDI 0487 D8.2; the choice of the start level is Linux's). */
import { blockAllowed, contiguousLog2, levelShift, stride } from '../../../assembly/arch/geometry.js';

/** The last level. */
export const LAST_LEVEL = 3;
/** A stage 2 may begin with up to 2^4 tables side by side. */
const CONCATENATED_LOG2_MAX = 4;
/** TxSZ is 39 at most without IDR3.STT. */
const IAS_BITS_MIN = 25;

export type Granule = 12 | 14 | 16;

/** What the table's shape depends on. */
export interface Shape {
  stage: 1 | 2;
  /** log2 of the granule. */
  granule: Granule;
  /** Bits of an input address. */
  iasBits: number;
  /** Bits of an output address. */
  oasBits: number;
}

export interface Geometry extends Shape {
  readonly startLevel: number;
  /** Entries of the first table; more than those of any other when concatenated. */
  readonly rootEntries: number;
  /** Entries of the other tables. */
  readonly tableEntries: number;
  readonly tableBytes: number;
  /** Bytes that an entry maps, by level. */
  readonly entryBytes: readonly number[];
  /** Whether an entry may be a leaf, by level. */
  readonly leaf: readonly boolean[];
  /** Entries of a Contiguous group, by level; 1: none. */
  readonly groupEntries: readonly number[];
}

/** @throws RangeError for a size that the format does not have */
export function geometryOf(shape: Shape): Geometry {
  const { stage, granule } = shape;
  if (granule !== 12 && granule !== 14 && granule !== 16) {
    throw new RangeError(`granule must be 12, 14 or 16 (4, 16 or 64 KB), not ${String(granule)}`);
  }
  // 52 bits need LPA2 with 4 KB and 16 KB, which Linux's format does not use.
  const most = granule === 16 ? 52 : 48;
  const iasBits = bits(shape.iasBits, 'iasBits', most);
  const oasBits = bits(shape.oasBits, 'oasBits', most);
  const perLevel = stride(granule);
  const resolved = iasBits - granule;
  let levels = Math.ceil(resolved / perLevel);
  let rootLog2 = resolved - perLevel * (levels - 1);
  if (stage === 2 && mustConcatenate({ stage, granule, iasBits, oasBits }, LAST_LEVEL + 1 - levels)) {
    levels--;
    rootLog2 += perLevel;
    if (rootLog2 - perLevel > CONCATENATED_LOG2_MAX) {
      throw new RangeError(
        `a stage 2 of ${iasBits} input bits with ${oasBits} output bits would need 2^${rootLog2 - perLevel} concatenated tables; 16 is the most there is`,
      );
    }
  }
  const byLevel = [0, 1, 2, LAST_LEVEL];
  const oas52 = oasBits > 48 ? 1 : 0;
  return {
    stage,
    granule,
    iasBits,
    oasBits,
    startLevel: LAST_LEVEL + 1 - levels,
    rootEntries: 2 ** rootLog2,
    tableEntries: 2 ** perLevel,
    tableBytes: 2 ** granule,
    entryBytes: byLevel.map((level) => 2 ** levelShift(granule, level)),
    leaf: byLevel.map((level) => level === LAST_LEVEL || blockAllowed(granule, level, 0, oas52) === 1),
    groupEntries: byLevel.map((level) => 2 ** contiguousLog2(granule, level)),
  };
}

function bits(value: number, name: string, most: number): number {
  if (!Number.isInteger(value) || value < IAS_BITS_MIN || value > 52) {
    throw new RangeError(`${name} must be an integer from ${IAS_BITS_MIN} to 52, not ${String(value)}`);
  }
  return Math.min(value, most);
}

/**
 * Where the architecture offers a stage 2 no other start level: the level that Linux would begin at does not exist for so
 * small an output (DDI 0487 J1, S2InvalidSL), and 16 KB never begins at level 0 without LPA2.
 */
function mustConcatenate({ granule, iasBits, oasBits }: Shape, startLevel: number): boolean {
  if (granule === 14 && startLevel === 0) return iasBits === 48 || oasBits === 48;
  if (granule === 12 && startLevel === 0) return oasBits <= 42;
  return granule === 14 && startLevel === 1 && oasBits <= 40;
}

/** Index of `input` in a table of a power of two of entries, each of which maps `entryBytes`. */
export function indexOf(input: number, entryBytes: number, entries: number): number {
  // Conversion to 32 bits is modulo 2^32, which no table exceeds; `%` of doubles would be a call.
  return (input / entryBytes) & (entries - 1);
}

/** Whether an address below 2^53 is a multiple of a power of two. */
export function isAligned(address: number, size: number): boolean {
  return Number.isInteger(address / size);
}
