// Geometry of translation tables: granules, levels, first level, and the sizes of addresses (Arm DDI 0487 D8.2, IHI 0070 §5.2,
// §5.4).

/** The bit of an input address that chooses the half of TTB0 or TTB1. */
export const HALF_BIT: i32 = 55;
/** First bit of the byte that TBI ignores. */
export const TOP_BYTE: i32 = 56;
/** log2 of the tables that stage 2 may have side by side at its first level (DDI 0487 D8.2.2: concatenated tables). */
export const CONCATENATED_LOG2: i32 = 4;
/** Address size code of 52 bits: the largest one without VMSAv9-128. */
export const SIZE_52_BITS: i32 = 6;

/** log2 of the granule for CD.TG0 and STE.S2TG (0 4 KB, 1 64 KB, 2 16 KB); 0 for the reserved code 3. */
export function granuleLog2(tg0: i32): i32 {
  return tg0 === 0 ? 12 : tg0 === 1 ? 16 : tg0 === 2 ? 14 : 0;
}

/** log2 of the granule for CD.TG1 (1 16 KB, 2 4 KB, 3 64 KB); 0 for the reserved code 0. */
export function granuleLog2Tg1(tg1: i32): i32 {
  return tg1 === 1 ? 14 : tg1 === 2 ? 12 : tg1 === 3 ? 16 : 0;
}

/** log2 of the granule for TG of a TLBI command (1 4 KB, 2 16 KB, 3 64 KB): a third coding. */
export function granuleLog2Tlbi(tg: i32): i32 {
  return 10 + 2 * tg;
}

/** Input address bits resolved per level, for a granule of 2^g bytes. */
export function stride(g: i32): i32 {
  return g - 3;
}

/** Lowest input address bit indexed at `level` (-1..3), which is also log2 of the bytes one entry maps. */
export function levelShift(g: i32, level: i32): i32 {
  return g + (g - 3) * (3 - level);
}

/**
 * log2 of the entries of one Contiguous group, 0 where the bit has no meaning
 * (4 KB level 0, 16 KB level 1 and 64 KB level 1 blocks; DDI 0487 D8.7).
 */
export function contiguousLog2(g: i32, level: i32): i32 {
  if (level < 1 || level > 3) return 0;
  if (g === 12) return 4;
  if (level === 1) return 0;
  if (g === 14) return level === 3 ? 7 : 5;
  return 5;
}

/**
 * 1 if a Block descriptor is valid at `level`: always at level 2, at 4 KB level 1, and one level higher when the
 * regime has 52-bit addresses (`ds` for 4 KB and 16 KB, `oas52`, that is OAS >= 52, for 64 KB).
 */
export function blockAllowed(g: i32, level: i32, ds: i32, oas52: i32): i32 {
  if (level === 2) return 1;
  if (level === 1) return g === 12 ? 1 : g === 14 ? ds : oas52;
  if (level === 0) return g === 12 ? ds : 0;
  return 0;
}

/** First level of a stage 1 walk for an input of `iasize` = 64 - TxSZ bits. */
export function stage1StartLevel(g: i32, iasize: i32): i32 {
  return 3 - (((iasize - 1 - g) / (g - 3)) | 0);
}

/** First level of a stage 2 walk; -2 for a reserved code. `sl0` counts S2SL0_2 as bit 2 (4 KB with S2DS only). */
export function stage2StartLevel(g: i32, sl0: i32): i32 {
  if (g === 12) return sl0 === 3 ? 3 : sl0 === 4 ? -1 : sl0 < 3 ? 2 - sl0 : -2;
  if (g === 14) return sl0 < 4 ? 3 - sl0 : -2;
  return sl0 < 3 ? 3 - sl0 : -2;
}

/** Bits of an address size code (IDR5.OAS, CD.IPS, STE.S2PS): 32, 36, 40, 42, 44, 48, 52, 56. */
export function addressSizeBits(code: i32): i32 {
  if (code < 3) return 32 + 4 * code;
  if (code < 5) return 42 + 2 * (code - 3);
  return 48 + 4 * (code - 5);
}
