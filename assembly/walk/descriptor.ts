// Addresses in descriptors and where descriptors stand (DDI 0487 D8.2, D8.3).
import * as Why from '../abi/why';
import * as Event from '../arch/event';
import { address, bits, maskOf, pow2 } from '../memory/bits';
import { blockAllowed, contiguousLog2, levelShift, stride } from '../arch/geometry';
import * as Pte from '../arch/pte';
import * as Half from '../request/half';
import { oasBits } from '../state/regs';

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

/** A Block or Page descriptor; else it is a Table, if it is good at all. */
@inline
export function isLeaf(desc: u64, level: i32): bool {
  return level == 3 || (desc & maskOf(Pte.Table)) == 0;
}

/**
 * What is wrong with a descriptor of either stage: Why.NONE, it can be followed, or translates. `input` is the address that is walked
 * for through `half`, `size` the stage's output size (IPS, S2PS).
 */
export function faultOf(desc: u64, level: i32, half: usize, input: u64, size: u64): i32 {
  if (!bits(desc, Pte.Valid)) return Why.INVALID; // DDI 0487 D8.3.1.3
  const g = <u32>load<u8>(half, Half.GRANULE);
  const format = <u32>load<u8>(half, Half.FORMAT);
  const start = descriptorAddress(desc, format, g);
  if (desc & maskOf(Pte.Table)) {
    if (level != 3) return start >> size ? Why.TABLE_ADDRESS : Why.NONE; // IHI 0070 §3.4
  } else {
    if (level == 3) return Why.RESERVED; // DDI 0487 D8.3.1.2
    if (!blockAllowed(g, level, format == Half.FORMAT_DS ? 1 : 0, oasBits() >= 52 ? 1 : 0))
      return Why.NO_BLOCK;
  }
  // The whole output address counts: a block may be larger than the output size (IHI 0070 §3.4).
  return leafOutput(start, levelShift(g, level), input) >> size ? Why.OUTPUT_ADDRESS : Why.NONE;
}

/** The event that records what `faultOf` found (IHI 0070 §7.3.13, §7.3.14). */
@inline
export function eventOf(why: i32): u32 {
  return why == Why.TABLE_ADDRESS || why == Why.OUTPUT_ADDRESS ? Event.F_ADDR_SIZE : Event.F_TRANSLATION;
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

/** log2 of the bytes that a leaf translates alike; `hint`: its Contiguous bit, if it counts (DDI 0487 D8.7.1). */
@inline
export function leafSpan(half: usize, level: i32, input: u64, output: u64, hint: bool): u32 {
  const g = <u32>load<u8>(half, Half.GRANULE);
  const span = <u32>levelShift(g, level);
  if (!hint) return span;
  return contiguousSpan(span, <u32>contiguousLog2(g, level), input, output, <u32>load<u8>(half, Half.IASIZE));
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
