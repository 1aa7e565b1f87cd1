// SMMU_GERROR and SMMU_GERRORN (IHI 0070 §6.3.19): a flag is active while its two bits differ.

export const DPT_ERR: i32 = (0 << 16) | (10 << 8) | 1; // [10] with IDR3.DPT
export const CMDQP_ERR: i32 = (0 << 16) | (9 << 8) | 1; // [9] with IDR1.ECMDQ
export const SFM_ERR: i32 = (0 << 16) | (8 << 8) | 1; // [8] service failure mode
export const MSI_GERROR_ABT_ERR: i32 = (0 << 16) | (7 << 8) | 1; // [7] raises no GERROR interrupt itself
export const MSI_PRIQ_ABT_ERR: i32 = (0 << 16) | (6 << 8) | 1; // [6]
export const MSI_EVENTQ_ABT_ERR: i32 = (0 << 16) | (5 << 8) | 1; // [5]
export const MSI_CMDQ_ABT_ERR: i32 = (0 << 16) | (4 << 8) | 1; // [4]
export const PRIQ_ABT_ERR: i32 = (0 << 16) | (3 << 8) | 1; // [3] the PRI queue is not written while active
export const EVENTQ_ABT_ERR: i32 = (0 << 16) | (2 << 8) | 1; // [2] the Event queue is not written while active
export const CMDQ_ERR: i32 = (0 << 16) | (0 << 8) | 1; // [0] the Command queue is not consumed while active

// The same flags as masks
export const BIT_DPT_ERR: i32 = 1 << 10;
export const BIT_CMDQP_ERR: i32 = 1 << 9;
export const BIT_SFM_ERR: i32 = 1 << 8;
export const BIT_MSI_GERROR_ABT_ERR: i32 = 1 << 7;
export const BIT_MSI_PRIQ_ABT_ERR: i32 = 1 << 6;
export const BIT_MSI_EVENTQ_ABT_ERR: i32 = 1 << 5;
export const BIT_MSI_CMDQ_ABT_ERR: i32 = 1 << 4;
export const BIT_PRIQ_ABT_ERR: i32 = 1 << 3;
export const BIT_EVENTQ_ABT_ERR: i32 = 1 << 2;
export const BIT_CMDQ_ERR: i32 = 1 << 0;
