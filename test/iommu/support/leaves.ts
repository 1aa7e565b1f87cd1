// The leaves of a 4K translation table in memory, found by following descriptors from its base.
import {
  PROT_CACHE,
  PROT_MMIO,
  PROT_NOEXEC,
  PROT_PRIV,
  PROT_READ,
  PROT_WRITE,
} from '../../../src/iommu/index.js';

const ADDRESS = 0xffff_ffff_f000n;

export interface Leaf {
  iova: bigint;
  pa: bigint;
  size: bigint;
  /** The descriptor without its address. */
  attributes: bigint;
}

/** Every leaf under the table of `level` at `base`, by ascending address. */
export function leavesOf(read64: (pa: bigint) => bigint, base: bigint, level = 0, first = 0n): Leaf[] {
  const size = 1n << BigInt(12 + 9 * (3 - level));
  const out: Leaf[] = [];
  for (let i = 0n; i < 512n; i++) {
    const word = read64(base + i * 8n);
    if ((word & 1n) === 0n) continue;
    const iova = first + i * size;
    if (level < 3 && (word & 2n) !== 0n) out.push(...leavesOf(read64, word & ADDRESS, level + 1, iova));
    else {
      const pa = word & ADDRESS & ~(size - 1n);
      out.push({ iova, pa, size, attributes: word & ~pa });
    }
  }
  return out;
}

const bit = (word: bigint, n: number): boolean => ((word >> BigInt(n)) & 1n) === 1n;

/** The `prot` of `map` that gives a descriptor of these attributes. */
export function protOf(stage: 1 | 2, word: bigint): number {
  const type = (word >> 2n) & 15n;
  if (stage === 2) {
    return (
      (bit(word, 6) ? PROT_READ : 0) |
      (bit(word, 7) ? PROT_WRITE : 0) |
      (type === 0xfn ? PROT_CACHE : 0) |
      (type === 1n ? PROT_MMIO : 0) |
      (bit(word, 54) ? PROT_NOEXEC : 0)
    );
  }
  const index = type & 7n;
  return (
    PROT_READ |
    (bit(word, 7) ? 0 : PROT_WRITE) |
    (bit(word, 6) ? 0 : PROT_PRIV) |
    (index === 1n ? PROT_CACHE : 0) |
    (index === 2n ? PROT_MMIO : 0) |
    (bit(word, 54) ? PROT_NOEXEC : 0)
  );
}
