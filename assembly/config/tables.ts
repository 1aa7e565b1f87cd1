// What an STE says of stage 2's tables and a CD of stage 1's in the same words: stalls, hardware updates, endianness, sizes
// (IHI 0070 §5.2, §5.4).
import * as Idr0 from '../arch/idr0';
import * as Idr3 from '../arch/idr3';
import * as Idr5 from '../arch/idr5';
import { addressSizeBits, levelShift, SIZE_52_BITS } from '../arch/geometry';
import * as Half from '../request/half';
import { oasBits } from '../state/regs';
import { id0, id3, id5 } from './identity';

/** A stall that cannot be, or a termination that cannot be (§5.2 S2S, §5.4 S, §3.12). */
export function stallIllegal(stalls: bool): bool {
  const model = id0(Idr0.STALL_MODEL);
  return stalls ? model == Idr0.STALL_MODEL_TERMINATE_ONLY : model == Idr0.STALL_MODEL_FORCED;
}

/** AA64 = 0 is VMSAv8-32, TTF[0]; the model has none (§5.2 S2AA64, §5.4 AA64). */
export function formatIllegal(aa64: bool): bool {
  return !aa64 || !(id0(Idr0.TTF) & Idr0.TTF_AARCH64);
}

/** Hardware updates that IDR0.HTTU does not announce (§5.2 S2HA, S2HD, S2HAFT; §5.4 HA, HD, HAFT). */
export function updatesIllegal(ha: bool, hd: bool, haft: bool): bool {
  const httu = id0(Idr0.HTTU);
  if ((ha || hd) && httu == Idr0.HTTU_NONE) return true;
  if (hd && httu == Idr0.HTTU_ACCESS) return true;
  return httu == Idr0.HTTU_ACCESS_DIRTY_TABLE && haft && !ha;
}

/** Those that count: HD without HA is neither (§5.2 S2HD, §5.4 HD). @returns the flags given for each */
export function updates(ha: bool, hd: bool, haft: bool, access: u32, dirty: u32, table: u32): u32 {
  if (!ha) return 0;
  const tables = haft && id0(Idr0.HTTU) == Idr0.HTTU_ACCESS_DIRTY_TABLE;
  return access | (hd ? dirty : 0) | (tables ? table : 0);
}

/** An endianness that IDR0.TTENDIAN has not (§5.2 S2ENDI, §5.4 ENDI). */
export function endianIllegal(big: bool): bool {
  const endian = id0(Idr0.TTENDIAN);
  return big ? endian == Idr0.TTENDIAN_LITTLE : endian == Idr0.TTENDIAN_BIG;
}

/** DS counts with 4K and 16K where IDR5.DS announces 52-bit addresses for them (§5.2 S2DS, §5.4 DS). */
@inline
export function usesDs(ds: bool, g: u32): bool {
  return g != 16 && id5(Idr5.DS) != 0 && ds;
}

/** The most of TxSZ, which small tables raise, by granule (§5.2 S2T0SZ, §5.4 T0SZ; §3.4.1). */
export function mostTsz(g: u32): u32 {
  return !id3(Idr3.STT) ? 39 : g == 16 ? 47 : 48;
}

/** Effective IPS or S2PS: 52 bits at most without VMSAv9-128, and OAS at most (§5.2 S2PS, §5.4 IPS). */
export function outputBits(size: u64): u32 {
  return min(<u32>addressSizeBits(<i32>min<u64>(size, SIZE_52_BITS)), oasBits());
}

/** A table base beyond the effective output size, or one of more than 48 bits that its granule has no room for (§5.2 S2TTB, §5.4 TTB0). */
export function baseIllegal(ttb: u64, outputs: u32, g: u32, ds: bool): bool {
  return ttb >> (<u64>outputs) != 0 || (g < 16 && !ds && ttb >> 48 != 0);
}

/** Writes the shape of a half's tables. */
export function decodeTables(
  h: usize,
  ttb: u64,
  g: u32,
  start: i32,
  iasize: u32,
  ds: bool,
  outputs: u32,
): void {
  store<u64>(h, alignTable(ttb, g, start, iasize, outputs), Half.TTB);
  store<u8>(h, <u8>iasize, Half.IASIZE);
  store<u8>(h, <u8>g, Half.GRANULE);
  store<i8>(h, <i8>start, Half.START);
  store<u8>(h, <u8>tableFormat(g, ds), Half.FORMAT);
}

/** A table base without the bits below its size: 64 bytes at least when output addresses have 52 bits (§5.2 S2TTB). */
function alignTable(ttb: u64, g: u32, start: i32, iasize: u32, outputs: u32): u64 {
  let low = <u32>max<i32>(<i32>iasize - levelShift(g, start) + 3, 4);
  if (outputs >= 52) low = max<u32>(low, 6);
  return (ttb >> (<u64>low)) << (<u64>low);
}

/** How descriptors of a granule hold addresses. */
function tableFormat(g: u32, ds: bool): u32 {
  if (g == 16) return oasBits() >= 52 ? Half.FORMAT_LPA : Half.FORMAT_48;
  return ds ? Half.FORMAT_DS : Half.FORMAT_48;
}
