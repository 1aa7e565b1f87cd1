// SMMU_IDR3, offset 0xC (IHI 0070 §6.3.4).

export const AIE: i32 = (0 << 16) | (23 << 8) | 1; // [23] attribute index enhancement (CD.AIE), v3.4
export const MTEPERM: i32 = (0 << 16) | (22 << 8) | 1; // [22] NoTagAccess stage 2 memory type, v3.4
export const THE: i32 = (0 << 16) | (21 << 8) | 1; // [21] translation hardening, v3.4; RES0 if S1P is 0
export const S2PO: i32 = (0 << 16) | (20 << 8) | 1; // [20] stage 2 permission overlays, v3.4; needs S2PI
export const S2PI: i32 = (0 << 16) | (19 << 8) | 1; // [19] stage 2 indirect permissions, v3.4
export const S1PI: i32 = (0 << 16) | (18 << 8) | 1; // [18] stage 1 indirect permissions, v3.4
export const EPAN: i32 = (0 << 16) | (17 << 8) | 1; // [17] enhanced PAN (CD.EPAN), v3.4
export const PASIDTT: i32 = (0 << 16) | (16 << 8) | 1; // [16] PASID accepted on ATS Translated transactions, v3.4; RES0 if ATS or SSIDSIZE is 0
export const DPT: i32 = (0 << 16) | (15 << 8) | 1; // [15] Device Permission Table; needs ATS
export const PTWNNC: i32 = (0 << 16) | (14 << 8) | 1; // [14] walks of Device memory through stage 2 become Normal Non-cacheable, v3.3
export const E0PD: i32 = (0 << 16) | (13 << 8) | 1; // [13] CD.E0PD0/1, v3.3
export const BBML: i32 = (0 << 16) | (11 << 8) | 2; // [12:11] break-before-make level 0..2, 3 reserved; v3.2 needs at least 1
export const RIL: i32 = (0 << 16) | (10 << 8) | 1; // [10] range invalidation and level hint, v3.2
export const STT: i32 = (0 << 16) | (9 << 8) | 1; // [9] small translation tables (TxSZ up to 48)
export const FWB: i32 = (0 << 16) | (8 << 8) | 1; // [8] stage 2 forced write-back (STE.S2FWB), v3.2
export const MPAM: i32 = (0 << 16) | (7 << 8) | 1; // [7] memory partitioning and monitoring, v3.2
export const PPS: i32 = (0 << 16) | (5 << 8) | 1; // [5] PRI auto-responses keep the PASID whatever STE.PPAR; RES0 if PRI or SSIDSIZE is 0
export const XNX: i32 = (0 << 16) | (4 << 8) | 1; // [4] two-bit stage 2 execute-never, v3.1
export const PBHA: i32 = (0 << 16) | (3 << 8) | 1; // [3] page-based hardware attributes; needs HAD
export const HAD: i32 = (0 << 16) | (2 << 8) | 1; // [2] hierarchical attribute disable (CD.HAD0/1), v3.1
