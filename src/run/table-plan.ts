/** What `--tables` asks for: which granule, which size of leaf, which stages. */
import { LAST_LEVEL, type Granule } from '../iommu/pgtable/geometry.js';

/** Granule and level of each size of leaf (Arm DDI 0487, D8.2). */
const LEAVES = {
  '4k': [12, LAST_LEVEL],
  '16k': [14, LAST_LEVEL],
  '64k': [16, LAST_LEVEL],
  '2m': [12, 2],
  '32m': [14, 2],
  '512m': [16, 2],
  '1g': [12, 1],
} as const satisfies Record<string, readonly [Granule, number]>;

export type LeafSize = keyof typeof LEAVES;
export const LEAF_SIZES = Object.keys(LEAVES) as LeafSize[];

/** Room for tables, bytes, where nobody says how much; only what is written takes memory. */
export const DEFAULT_TABLE_MEMORY = 512 * 2 ** 20;

export type Stages = 'stage1' | 'stage2' | 'nested';

export interface TablePlan {
  readonly stages: Stages;
  /** Leaves of stage 1, and of stage 2. */
  readonly stage1: LeafSize;
  readonly stage2: LeafSize;
  /** All streams share one address space; otherwise each has its own. */
  readonly shared: boolean;
}

export function granuleOf(size: LeafSize): Granule {
  return LEAVES[size][0];
}

export function levelOf(size: LeafSize): number {
  return LEAVES[size][1];
}

/** Bytes that a leaf maps: a page, and each level above it takes as many bits more as a table has entries. */
export function leafBytesOf(size: LeafSize): number {
  const [granule, level] = LEAVES[size];
  return 2 ** (granule + (LAST_LEVEL - level) * (granule - 3));
}
