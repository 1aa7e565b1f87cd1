// SMMU_IDR5, offset 0x14 (IHI 0070 §6.3.6).

export const STALL_MAX: i32 = (0 << 16) | (16 << 8) | 16; // [31:16] most outstanding stalled transactions; RES0 when STALL_MODEL is 1
export const VAX: i32 = (0 << 16) | (10 << 8) | 2; // [11:10] virtual address bits per TTB: 0 is 48, 1 is 52, 2 is 56 (needs D128), 3 reserved
export const D128: i32 = (0 << 16) | (8 << 8) | 1; // [8] VMSAv9-128 descriptors, v3.4
export const DS: i32 = (0 << 16) | (7 << 8) | 1; // [7] 52-bit addresses with the 4 KB and 16 KB granules (LPA2), v3.4; needs VAX >= 1
export const GRAN64K: i32 = (0 << 16) | (6 << 8) | 1; // [6] 64 KB granule
export const GRAN16K: i32 = (0 << 16) | (5 << 8) | 1; // [5] 16 KB granule
export const GRAN4K: i32 = (0 << 16) | (4 << 8) | 1; // [4] 4 KB granule
export const OAS: i32 = (0 << 16) | (0 << 8) | 3; // [2:0] output address bits: 0..7 are 32, 36, 40, 42, 44, 48, 52, 56; see addressSizeBits
