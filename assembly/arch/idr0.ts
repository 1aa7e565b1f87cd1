// SMMU_IDR0, offset 0x0 (IHI 0070 §6.3.1). A field is packed as `dword << 16 | lsb << 8 | width`; the registers are 32 bits wide, so
// dword is 0.

export const RME_IMPL: i32 = (0 << 16) | (30 << 8) | 1; // [30] Realm Management Extension present (0 in a Non-secure-only model)
export const ST_LEVEL: i32 = (0 << 16) | (27 << 8) | 2; // [28:27] Stream table formats: 0 linear only, 1 linear and 2-level, 2..3 reserved; non-zero when SIDSIZE >= 7
export const TERM_MODEL: i32 = (0 << 16) | (26 << 8) | 1; // [26] 0: CD.A selects abort or RAZ/WI, 1: terminated transactions always abort and CD.A must be 1
export const STALL_MODEL: i32 = (0 << 16) | (24 << 8) | 2; // [25:24] 0 stall and terminate, 1 terminate only, 2 stall forced, 3 reserved
export const ATSRECERR: i32 = (0 << 16) | (23 << 8) | 1; // [23] CR2.REC_CFG_ATS exists; RES0 if ATS is 0
export const TTENDIAN: i32 = (0 << 16) | (21 << 8) | 2; // [22:21] 0 mixed, 1 reserved, 2 little-endian only, 3 big-endian only
export const VATOS: i32 = (0 << 16) | (20 << 8) | 1; // [20] VATOS page present; needs ATOS, S1P and S2P
export const CD2L: i32 = (0 << 16) | (19 << 8) | 1; // [19] 2-level CD tables
export const VMID16: i32 = (0 << 16) | (18 << 8) | 1; // [18] 16-bit VMID
export const VMW: i32 = (0 << 16) | (17 << 8) | 1; // [17] VMID wildcards on invalidation; RES0 if S2P is 0
export const PRI: i32 = (0 << 16) | (16 << 8) | 1; // [16] Page Request Interface; RES0 if ATS is 0
export const ATOS: i32 = (0 << 16) | (15 << 8) | 1; // [15] GATOS registers present
export const SEV: i32 = (0 << 16) | (14 << 8) | 1; // [14] wake-up events
export const MSI: i32 = (0 << 16) | (13 << 8) | 1; // [13] message-signalled interrupts
export const ASID16: i32 = (0 << 16) | (12 << 8) | 1; // [12] 16-bit ASID
export const NS1ATS: i32 = (0 << 16) | (11 << 8) | 1; // [11] inverted sense, 0: split-stage ATS supported, 1: not supported
export const ATS: i32 = (0 << 16) | (10 << 8) | 1; // [10] PCIe ATS
export const Hyp: i32 = (0 << 16) | (9 << 8) | 1; // [9] NS-EL2 and NS-EL2-E2H StreamWorlds; RES0 unless S1P and S2P
export const DORMHINT: i32 = (0 << 16) | (8 << 8) | 1; // [8] STATUSR.DORMANT is meaningful
export const HTTU: i32 = (0 << 16) | (6 << 8) | 2; // [7:6] 0 none, 1 access flag, 2 access flag and dirty state, 3 as 2 plus access flag in Table descriptors
export const BTM: i32 = (0 << 16) | (5 << 8) | 1; // [5] takes part in broadcast TLB maintenance
export const COHACC: i32 = (0 << 16) | (4 << 8) | 1; // [4] accesses made by the SMMU itself are IO-coherent
export const TTF: i32 = (0 << 16) | (2 << 8) | 2; // [3:2] 0 reserved, 1 VMSAv8-32 LPAE, 2 VMSAv8-64, 3 both
export const S1P: i32 = (0 << 16) | (1 << 8) | 1; // [1] stage 1 implemented
export const S2P: i32 = (0 << 16) | (0 << 8) | 1; // [0] stage 2 implemented

export const ST_LEVEL_LINEAR: i32 = 0;
export const ST_LEVEL_TWO_LEVEL: i32 = 1;
export const STALL_MODEL_BOTH: i32 = 0;
export const STALL_MODEL_TERMINATE_ONLY: i32 = 1;
export const STALL_MODEL_FORCED: i32 = 2;
export const TTENDIAN_MIXED: i32 = 0;
export const TTENDIAN_LITTLE: i32 = 2;
export const TTENDIAN_BIG: i32 = 3;
export const HTTU_NONE: i32 = 0;
export const HTTU_ACCESS: i32 = 1;
export const HTTU_ACCESS_DIRTY: i32 = 2;
export const HTTU_ACCESS_DIRTY_TABLE: i32 = 3;
export const TTF_AARCH32: i32 = 1;
export const TTF_AARCH64: i32 = 2;
export const TTF_BOTH: i32 = 3;
