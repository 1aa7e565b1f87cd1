// Command queue control pages and the queues in them.

export const CONTROL_PAGE_STRIDE: i32 = 32;

// SMMU_CMDQ_CONTROL_PAGE_BASE<n>, _CFG<n>, _STATUS<n> (§6.3.49 and on)
export const CONTROL_PAGE_BASE_ADDR: i32 = (0 << 16) | (16 << 8) | 40; // [55:16] offset from page 0
export const CONTROL_PAGE_BASE_CMDQGS: i32 = (0 << 16) | (1 << 8) | 2; // [2:1] 1: 64 KB pages
export const CONTROL_PAGE_BASE_PRESET: i32 = (0 << 16) | (0 << 8) | 1; // [0] 1: queues preset in place
export const CONTROL_PAGE_CFG_EN: i32 = (0 << 16) | (0 << 8) | 1; // [0] RES1
export const CONTROL_PAGE_STATUS_ENACK: i32 = (0 << 16) | (0 << 8) | 1; // [0] RES1

// One ECMDQ: 16 bytes, spaced 64 KB >> IDR6.CMDQ_CONTROL_PAGE_LOG2NUMQ apart
export const OFFSET_BASE: i32 = 0x0; // 64-bit
export const OFFSET_PROD: i32 = 0x8;
export const OFFSET_CONS: i32 = 0xc;

export const BASE_RA: i32 = (0 << 16) | (62 << 8) | 1; // [62]
export const BASE_ADDR: i32 = (0 << 16) | (5 << 8) | 51; // [55:5]
export const BASE_LOG2SIZE: i32 = (0 << 16) | (0 << 8) | 5; // [4:0] capped to IDR1.CMDQS

export const PROD_EN: i32 = (0 << 16) | (31 << 8) | 1; // [31] enable
export const PROD_ERRACK: i32 = (0 << 16) | (23 << 8) | 1; // [23] error acknowledged when equal to ERR
export const PROD_WR: i32 = (0 << 16) | (0 << 8) | 20; // [19:0]

export const CONS_ENACK: i32 = (0 << 16) | (31 << 8) | 1; // [31] follows EN
export const CONS_ERR_REASON: i32 = (0 << 16) | (24 << 8) | 3; // [26:24] see Cmdq.CERROR_*
export const CONS_ERR: i32 = (0 << 16) | (23 << 8) | 1; // [23] toggled on error
export const CONS_RD: i32 = (0 << 16) | (0 << 8) | 20; // [19:0]
