// SMMU_GMPAM and SMMU_GBPMPAM (IHI 0070 §6.3.42, §6.3.43); the Update protocol of GBPA.

export const GMPAM_Update: i32 = (0 << 16) | (31 << 8) | 1; // [31]
export const GMPAM_SO_PMG: i32 = (0 << 16) | (16 << 8) | 8; // [23:16] PMG of accesses made by the SMMU itself
export const GMPAM_SO_PARTID: i32 = (0 << 16) | (0 << 8) | 16; // [15:0] PARTID of accesses made by the SMMU itself

export const GBPMPAM_Update: i32 = (0 << 16) | (31 << 8) | 1; // [31]
export const GBPMPAM_GBP_PMG: i32 = (0 << 16) | (16 << 8) | 8; // [23:16] PMG of bypassing traffic
export const GBPMPAM_GBP_PARTID: i32 = (0 << 16) | (0 << 8) | 16; // [15:0] PARTID of bypassing traffic
