// SMMU_STRTAB_BASE and SMMU_STRTAB_BASE_CFG (IHI 0070 §6.3.24, §6.3.25).

export const BASE_RA: i32 = (0 << 16) | (62 << 8) | 1; // [62] read-allocate hint
export const BASE_ADDR: i32 = (0 << 16) | (6 << 8) | 50; // [55:6] aligned by the SMMU to the table size of the literal LOG2SIZE
export const BASE_CFG_FMT: i32 = (0 << 16) | (16 << 8) | 2; // [17:16] see FMT_*; 2 and 3 behave as linear
export const BASE_CFG_SPLIT: i32 = (0 << 16) | (6 << 8) | 5; // [10:6] 6, 8 or 10; other values behave as 6; ignored when linear
export const BASE_CFG_LOG2SIZE: i32 = (0 << 16) | (0 << 8) | 6; // [5:0] log2 of the number of StreamIDs; capped to IDR1.SIDSIZE for range and index
export const SPLIT_4K: i32 = 6; // level 2 arrays of 64 STEs
export const SPLIT_16K: i32 = 8;
export const SPLIT_64K: i32 = 10;
export const FMT_LINEAR: i32 = 0;
export const FMT_2LVL: i32 = 1;
