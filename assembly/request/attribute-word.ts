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

/** The part that is stage 1's. */
@inline
export function ofStage1(word: u32): u32 {
  return word & STAGE1;
}

/** The rest. */
@inline
export function ofStage2(word: u32): u32 {
  return word & ~STAGE1;
}

const STAGE1: u32 = 2 * S1 - 1;

// In stream-tagged entries, since a hit knows no STE: its overrides, valid with OVERRIDES. Packed fields, as those of arch/.
export const OVERRIDES: u32 = 1 << 30;
export const MTCFG: i32 = (0 << 16) | (29 << 8) | 1;
export const MemAttr: i32 = (0 << 16) | (25 << 8) | 4;
export const SHCFG: i32 = (0 << 16) | (23 << 8) | 2;
export const ALLOCCFG: i32 = (0 << 16) | (19 << 8) | 4;
