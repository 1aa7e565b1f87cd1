// SMMU_DPT_BASE, SMMU_DPT_BASE_CFG and SMMU_DPT_CFG_FAR (IHI 0070 §6.3.46-§6.3.48); the first two are read-only while
// CR0.DPT_WALK_EN or its acknowledge is 1.

export const BASE_RA: i32 = (0 << 16) | (62 << 8) | 1; // [62] read-allocate hint
export const BASE_BADDR: i32 = (0 << 16) | (12 << 8) | 44; // [55:12] aligned to the table size, at least 4 KB

export const BASE_CFG_L0DPTSZ: i32 = (0 << 16) | (20 << 8) | 4; // [23:20] 0, 4, 6, 9 are 30, 34, 36, 39 bits per level 0 entry
export const BASE_CFG_DPTGS: i32 = (0 << 16) | (14 << 8) | 2; // [15:14] 0 4 KB, 1 64 KB, 2 16 KB
export const BASE_CFG_DPTPS: i32 = (0 << 16) | (0 << 8) | 3; // [2:0] 0..6 are 32, 36, 40, 42, 44, 48, 52 bits

export const CFG_FAR_FADDR: i32 = (0 << 16) | (12 << 8) | 44; // [55:12]
export const CFG_FAR_DPT_FAULTCODE: i32 = (0 << 16) | (4 << 8) | 4; // [7:4] 0 disabled, 1 walk fault, 2 granule protection, 3 external abort
export const CFG_FAR_LEVEL: i32 = (0 << 16) | (1 << 8) | 1; // [1]
export const CFG_FAR_FAULT: i32 = (0 << 16) | (0 << 8) | 1; // [0] a write with 0 clears the register, any other write is ignored
