// SMMU_GERROR_IRQ_CFGn, SMMU_EVENTQ_IRQ_CFGn and SMMU_PRIQ_IRQ_CFGn have one shape (IHI 0070 §3.18): address in CFG0, data in
// CFG1, attributes in CFG2.

export const ADDR: i32 = (0 << 16) | (2 << 8) | 54; // [55:2] 0: no MSI
export const DATA: i32 = (0 << 16) | (0 << 8) | 32; // [31:0]
export const PRIQ_LO: i32 = (0 << 16) | (31 << 8) | 1; // [31] 1: interrupt on messages with Last set, 0: on empty to non-empty
export const SH: i32 = (0 << 16) | (4 << 8) | 2; // [5:4] see Shareability; ignored for Device
export const MemAttr: i32 = (0 << 16) | (0 << 8) | 4; // [3:0] as STE.MemAttr
