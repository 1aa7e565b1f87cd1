// SMMU_IRQ_CTRL and SMMU_IRQ_CTRLACK; the CMD_SYNC interrupt has no enable.

export const EVENTQ_IRQEN: i32 = (0 << 16) | (2 << 8) | 1; // [2]
export const PRIQ_IRQEN: i32 = (0 << 16) | (1 << 8) | 1; // [1] with IDR0.PRI
export const GERROR_IRQEN: i32 = (0 << 16) | (0 << 8) | 1; // [0]
