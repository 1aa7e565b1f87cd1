// SMMU_CR1 (IHI 0070 §6.3.11): cacheability 0 NC, 1 WB, 2 WT, 3 reserved (as NC); shareability as in shareability, ignored
// when both are NC.

export const TABLE_SH: i32 = (0 << 16) | (10 << 8) | 2; // [11:10] Stream table, VMS and DPT accesses
export const TABLE_OC: i32 = (0 << 16) | (8 << 8) | 2; // [9:8]
export const TABLE_IC: i32 = (0 << 16) | (6 << 8) | 2; // [7:6]
export const QUEUE_SH: i32 = (0 << 16) | (4 << 8) | 2; // [5:4] queue accesses
export const QUEUE_OC: i32 = (0 << 16) | (2 << 8) | 2; // [3:2]
export const QUEUE_IC: i32 = (0 << 16) | (0 << 8) | 2; // [1:0]
