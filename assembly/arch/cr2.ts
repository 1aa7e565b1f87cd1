// SMMU_CR2 (IHI 0070 §6.3.12).

export const REC_CFG_ATS: i32 = (0 << 16) | (3 << 8) | 1; // [3] record configuration errors of ATS traffic; with IDR0.ATSRECERR
export const PTM: i32 = (0 << 16) | (2 << 8) | 1; // [2] private TLB maintenance: ignore broadcast invalidation; with IDR0.BTM
export const RECINVSID: i32 = (0 << 16) | (1 << 8) | 1; // [1] record C_BAD_STREAMID
export const E2H: i32 = (0 << 16) | (0 << 8) | 1; // [0] EL2 streams are EL2-E2H; with IDR0.Hyp
