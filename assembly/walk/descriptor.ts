// Addresses in descriptors and where descriptors stand (DDI 0487 D8.2, D8.3).
import { address, bits, pow2 } from '../memory/bits';
import { levelShift, stride } from '../arch/geometry';
import * as Pte from '../arch/pte';
import * as Half from '../request/half';

/**
 * The address in a Table, Block or Page descriptor, low bits below the granule clear: 48 bits, or 52 as DS or LPA place the upper
 * ones (DDI 0487 D8.3.1, IHI 0070 §3.4.1).
 */
export function descriptorAddress(desc: u64, format: u32, g: u32): u64 {
  const low = ~(pow2(g) - 1);
  if (format == Half.FORMAT_48) return address(desc, Pte.Address_4K) & low;
  if (format == Half.FORMAT_DS)
    return (address(desc, Pte.Address_4K_DS) & low) | (bits(desc, Pte.Address_DS_51_50) << 50);
  return address(desc, Pte.Address_64K) | (bits(desc, Pte.Address_64K_51_48) << 48);
}

/**
 * Address of the descriptor for `ia` at `level` in the table at `table`. The first lookup's index has up to four bits more where
 * stage 2 tables are concatenated (DDI 0487 D8.2.2).
 */
@inline
export function descriptorAt(half: usize, table: u64, level: i32, ia: u64): u64 {
  const g = <i32>load<u8>(half, Half.GRANULE);
  const shift = <u64>levelShift(g, level);
  let index = (ia & (pow2(load<u8>(half, Half.IASIZE)) - 1)) >> shift;
  if (level > <i32>load<i8>(half, Half.START)) index &= pow2(stride(g)) - 1;
  return table | (index << Pte.BYTES_LOG2);
}

/** Output address of a leaf of 2^span bytes: its base, and the input's bits below. */
@inline
export function leafOutput(start: u64, span: i32, input: u64): u64 {
  const inside = pow2(span) - 1;
  return (start & ~inside) | (input & inside);
}

/** A descriptor with its bytes in the other order (ENDI, S2ENDI). */
@inline
export function ordered(desc: u64, bigEndian: bool): u64 {
  return bigEndian ? bswap<u64>(desc) : desc;
}

/** First table of a half. */
@inline
export function rootTable(half: usize): u64 {
  return load<u64>(half, Half.TTB);
}

/**
 * The span of a contiguous group, when the descriptor agrees with its place in the group and the group with the input size: a
 * misprogrammed one counts for itself (DDI 0487 D8.7.1.1).
 */
export function contiguousSpan(span: u32, more: u32, input: u64, output: u64, iasize: u32): u32 {
  if (!more || span + more > iasize) return span;
  const group = pow2(span + more) - 1;
  return (input ^ output) & group ? span : span + more;
}
