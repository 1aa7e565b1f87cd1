// SMMU_EVENTQ_BASE, SMMU_EVENTQ_PROD and SMMU_EVENTQ_CONS; WR and RD as in cmdq.

export const BASE_WA: i32 = (0 << 16) | (62 << 8) | 1; // [62] write-allocate hint
export const BASE_ADDR: i32 = (0 << 16) | (5 << 8) | 51; // [55:5]
export const BASE_LOG2SIZE: i32 = (0 << 16) | (0 << 8) | 5; // [4:0] capped to IDR1.EVENTQS in use

export const PROD_OVFLG: i32 = (0 << 16) | (31 << 8) | 1; // [31] toggled on overflow
export const PROD_WR: i32 = (0 << 16) | (0 << 8) | 20; // [19:0]

export const CONS_OVACKFLG: i32 = (0 << 16) | (31 << 8) | 1; // [31] overflow acknowledged when equal to OVFLG
export const CONS_RD: i32 = (0 << 16) | (0 << 8) | 20; // [19:0]
