// Attribute word of an entry: what each stage says, combined with the transaction's own only when asked for.
// [7:0] MAIR byte, [9:8] SH, [10] stage 1 present; [14:11] MemAttr, [16:15] SH, [17] stage 2 present, [18] FWB
export const S1: u32 = 1 << 10;
export const S2: u32 = 1 << 17;
export const FWB: u32 = 1 << 18;

/** What stage 1 says: a MAIR byte and a shareability. */
@inline
export function stage1(attr: u32, sh: u32): u32 {
  return S1 | attr | (sh << 8);
}

@inline
export function mair(word: u32): u32 {
  return word & 0xff;
}

@inline
export function stage1Sh(word: u32): u32 {
  return (word >> 8) & 3;
}

/** What stage 2 says, without FWB. */
@inline
export function stage2(attr: u32, sh: u32): u32 {
  return S2 | (attr << 11) | (sh << 15);
}

@inline
export function memAttr(word: u32): u32 {
  return (word >> 11) & 15;
}

@inline
export function stage2Sh(word: u32): u32 {
  return (word >> 15) & 3;
}

// [29:19] in stream-tagged entries, valid with [30]: STE.MTCFG, MemAttr, SHCFG, ALLOCCFG, since a hit knows no STE
export const OVERRIDES: u32 = 1 << 30;
export const OVERRIDES_SHIFT: u32 = 19;
