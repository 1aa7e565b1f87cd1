// SMMU_S2PII, base permissions of stage 2 indirection: sixteen 4-bit interpretations, field p at [4p+3:4p].

export const PII: i32 = (0 << 16) | (0 << 8) | 64; // [63:0] all sixteen
export const NONE: i32 = 0x0; // 0x1 and 0x5 are reserved, as NONE
export const MRO: i32 = 0x2;
export const MRO_TL1: i32 = 0x3;
export const WO: i32 = 0x4;
export const MRO_TL0: i32 = 0x6;
export const MRO_TL01: i32 = 0x7;
export const RO: i32 = 0x8;
export const RO_uX: i32 = 0x9;
export const RO_pX: i32 = 0xa;
export const RO_puX: i32 = 0xb;
export const RW: i32 = 0xc;
export const RW_uX: i32 = 0xd;
export const RW_pX: i32 = 0xe;
export const RW_puX: i32 = 0xf;
