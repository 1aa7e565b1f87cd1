// SMMU_CMDQ_BASE, SMMU_CMDQ_PROD and SMMU_CMDQ_CONS (IHI 0070 §6.3.26 and on); alike for the other queues.

export const BASE_RA: i32 = (0 << 16) | (62 << 8) | 1; // [62] read-allocate hint
export const BASE_ADDR: i32 = (0 << 16) | (5 << 8) | 51; // [55:5] aligned by the SMMU to the queue size, at least 32 bytes
export const BASE_LOG2SIZE: i32 = (0 << 16) | (0 << 8) | 5; // [4:0] log2 of the entries; capped to IDR1.CMDQS in use, reads back as written

// WR and RD hold the index with its wrap bit just above, so the wrap bit moves with LOG2SIZE
export const PROD_WR: i32 = (0 << 16) | (0 << 8) | 20; // [19:0]

export const CONS_ERR: i32 = (0 << 16) | (24 << 8) | 7; // [30:24] see CERROR_*; meaningful while GERROR.CMDQ_ERR is active
export const CONS_RD: i32 = (0 << 16) | (0 << 8) | 20; // [19:0]

// CMDQ_CONS.ERR and ECMDQ_CONS.ERR_REASON (§7.1)
export const CERROR_NONE: i32 = 0;
export const CERROR_ILL: i32 = 1; // illegal or unsupported command
export const CERROR_ABT: i32 = 2; // external abort on command fetch
export const CERROR_ATC_INV_SYNC: i32 = 3; // CMD_SYNC could not complete an earlier CMD_ATC_INV
