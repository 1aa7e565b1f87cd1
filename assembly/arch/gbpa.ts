// SMMU_GBPA (IHI 0070 §6.3.14): attributes of traffic that bypasses while SMMUEN is 0.

export const Update: i32 = (0 << 16) | (31 << 8) | 1; // [31] write as 1 to start, reads 0 when done
export const ABORT: i32 = (0 << 16) | (20 << 8) | 1; // [20] abort instead of bypass
export const INSTCFG: i32 = (0 << 16) | (18 << 8) | 2; // [19:18] 0 and 1 incoming, 2 data, 3 instruction; reads only
export const PRIVCFG: i32 = (0 << 16) | (16 << 8) | 2; // [17:16] 0 and 1 incoming, 2 unprivileged, 3 privileged
export const SHCFG: i32 = (0 << 16) | (12 << 8) | 2; // [13:12] 0 Non-shareable, 1 incoming, 2 Outer, 3 Inner Shareable
export const ALLOCCFG: i32 = (0 << 16) | (8 << 8) | 4; // [11:8] 0b0xxx incoming, 0b1RWT
export const MTCFG: i32 = (0 << 16) | (4 << 8) | 1; // [4] 1: replace the memory type by MemAttr
export const MemAttr: i32 = (0 << 16) | (0 << 8) | 4; // [3:0] as STE.MemAttr
