// Identification registers of page 0, field by field (IHI 0070 §6.3.1-§6.3.8, §6.3.41, §6.3.45, §6.3.170).
// A field is packed as `dword << 16 | lsb << 8 | width`; every register here is 32 bits wide, so dword is 0.

// SMMU_IDR0, offset 0x0
export const IDR0_RME_IMPL: i32 = (0 << 16) | (30 << 8) | 1; // [30] Realm Management Extension present (0 in a Non-secure-only model)
export const IDR0_ST_LEVEL: i32 = (0 << 16) | (27 << 8) | 2; // [28:27] Stream table formats: 0 linear only, 1 linear and 2-level, 2..3 reserved; non-zero when SIDSIZE >= 7
export const IDR0_TERM_MODEL: i32 = (0 << 16) | (26 << 8) | 1; // [26] 0: CD.A selects abort or RAZ/WI, 1: terminated transactions always abort and CD.A must be 1
export const IDR0_STALL_MODEL: i32 = (0 << 16) | (24 << 8) | 2; // [25:24] 0 stall and terminate, 1 terminate only, 2 stall forced, 3 reserved
export const IDR0_ATSRECERR: i32 = (0 << 16) | (23 << 8) | 1; // [23] CR2.REC_CFG_ATS exists; RES0 if ATS is 0
export const IDR0_TTENDIAN: i32 = (0 << 16) | (21 << 8) | 2; // [22:21] 0 mixed, 1 reserved, 2 little-endian only, 3 big-endian only
export const IDR0_VATOS: i32 = (0 << 16) | (20 << 8) | 1; // [20] VATOS page present; needs ATOS, S1P and S2P
export const IDR0_CD2L: i32 = (0 << 16) | (19 << 8) | 1; // [19] 2-level CD tables
export const IDR0_VMID16: i32 = (0 << 16) | (18 << 8) | 1; // [18] 16-bit VMID
export const IDR0_VMW: i32 = (0 << 16) | (17 << 8) | 1; // [17] VMID wildcards on invalidation; RES0 if S2P is 0
export const IDR0_PRI: i32 = (0 << 16) | (16 << 8) | 1; // [16] Page Request Interface; RES0 if ATS is 0
export const IDR0_ATOS: i32 = (0 << 16) | (15 << 8) | 1; // [15] GATOS registers present
export const IDR0_SEV: i32 = (0 << 16) | (14 << 8) | 1; // [14] wake-up events
export const IDR0_MSI: i32 = (0 << 16) | (13 << 8) | 1; // [13] message-signalled interrupts
export const IDR0_ASID16: i32 = (0 << 16) | (12 << 8) | 1; // [12] 16-bit ASID
export const IDR0_NS1ATS: i32 = (0 << 16) | (11 << 8) | 1; // [11] inverted sense, 0: split-stage ATS supported, 1: not supported
export const IDR0_ATS: i32 = (0 << 16) | (10 << 8) | 1; // [10] PCIe ATS
export const IDR0_Hyp: i32 = (0 << 16) | (9 << 8) | 1; // [9] NS-EL2 and NS-EL2-E2H StreamWorlds; RES0 unless S1P and S2P
export const IDR0_DORMHINT: i32 = (0 << 16) | (8 << 8) | 1; // [8] STATUSR.DORMANT is meaningful
export const IDR0_HTTU: i32 = (0 << 16) | (6 << 8) | 2; // [7:6] 0 none, 1 access flag, 2 access flag and dirty state, 3 as 2 plus access flag in Table descriptors
export const IDR0_BTM: i32 = (0 << 16) | (5 << 8) | 1; // [5] takes part in broadcast TLB maintenance
export const IDR0_COHACC: i32 = (0 << 16) | (4 << 8) | 1; // [4] accesses made by the SMMU itself are IO-coherent
export const IDR0_TTF: i32 = (0 << 16) | (2 << 8) | 2; // [3:2] 0 reserved, 1 VMSAv8-32 LPAE, 2 VMSAv8-64, 3 both
export const IDR0_S1P: i32 = (0 << 16) | (1 << 8) | 1; // [1] stage 1 implemented
export const IDR0_S2P: i32 = (0 << 16) | (0 << 8) | 1; // [0] stage 2 implemented

export const IDR0_ST_LEVEL_LINEAR: i32 = 0;
export const IDR0_ST_LEVEL_TWO_LEVEL: i32 = 1;
export const IDR0_STALL_MODEL_BOTH: i32 = 0;
export const IDR0_STALL_MODEL_TERMINATE_ONLY: i32 = 1;
export const IDR0_STALL_MODEL_FORCED: i32 = 2;
export const IDR0_TTENDIAN_MIXED: i32 = 0;
export const IDR0_TTENDIAN_LITTLE: i32 = 2;
export const IDR0_TTENDIAN_BIG: i32 = 3;
export const IDR0_HTTU_NONE: i32 = 0;
export const IDR0_HTTU_ACCESS: i32 = 1;
export const IDR0_HTTU_ACCESS_DIRTY: i32 = 2;
export const IDR0_HTTU_ACCESS_DIRTY_TABLE: i32 = 3;
export const IDR0_TTF_AARCH32: i32 = 1;
export const IDR0_TTF_AARCH64: i32 = 2;
export const IDR0_TTF_BOTH: i32 = 3;

// SMMU_IDR1, offset 0x4
export const IDR1_ECMDQ: i32 = (0 << 16) | (31 << 8) | 1; // [31] Command queue control pages; needs COHACC 1, MSI 1, QUEUES_PRESET 0
export const IDR1_TABLES_PRESET: i32 = (0 << 16) | (30 << 8) | 1; // [30] Stream table base is fixed and read-only
export const IDR1_QUEUES_PRESET: i32 = (0 << 16) | (29 << 8) | 1; // [29] queue bases are fixed and read-only
export const IDR1_REL: i32 = (0 << 16) | (28 << 8) | 1; // [28] preset bases are relative to page 0; RES0 without presets
export const IDR1_ATTR_TYPES_OVR: i32 = (0 << 16) | (27 << 8) | 1; // [27] memory type, shareability and allocation hint overrides exist
export const IDR1_ATTR_PERMS_OVR: i32 = (0 << 16) | (26 << 8) | 1; // [26] INST, PRIV and NS overrides exist
export const IDR1_CMDQS: i32 = (0 << 16) | (21 << 8) | 5; // [25:21] log2 of the most Command queue entries, at most 19
export const IDR1_EVENTQS: i32 = (0 << 16) | (16 << 8) | 5; // [20:16] log2 of the most Event queue entries, at most 19
export const IDR1_PRIQS: i32 = (0 << 16) | (11 << 8) | 5; // [15:11] log2 of the most PRI queue entries, at most 19
export const IDR1_SSIDSIZE: i32 = (0 << 16) | (6 << 8) | 5; // [10:6] SubstreamID bits, 0..20; 0 means no substreams
export const IDR1_SIDSIZE: i32 = (0 << 16) | (0 << 8) | 6; // [5:0] StreamID bits, 0..32

// SMMU_IDR2, offset 0x8
export const IDR2_BA_VATOS: i32 = (0 << 16) | (0 << 8) | 10; // [9:0] VATOS page at 0x20000 + BA_VATOS * 0x10000; RES0 without VATOS

// SMMU_IDR3, offset 0xC
export const IDR3_AIE: i32 = (0 << 16) | (23 << 8) | 1; // [23] attribute index enhancement (CD.AIE), v3.4
export const IDR3_MTEPERM: i32 = (0 << 16) | (22 << 8) | 1; // [22] NoTagAccess stage 2 memory type, v3.4
export const IDR3_THE: i32 = (0 << 16) | (21 << 8) | 1; // [21] translation hardening, v3.4; RES0 if S1P is 0
export const IDR3_S2PO: i32 = (0 << 16) | (20 << 8) | 1; // [20] stage 2 permission overlays, v3.4; needs S2PI
export const IDR3_S2PI: i32 = (0 << 16) | (19 << 8) | 1; // [19] stage 2 indirect permissions, v3.4
export const IDR3_S1PI: i32 = (0 << 16) | (18 << 8) | 1; // [18] stage 1 indirect permissions, v3.4
export const IDR3_EPAN: i32 = (0 << 16) | (17 << 8) | 1; // [17] enhanced PAN (CD.EPAN), v3.4
export const IDR3_PASIDTT: i32 = (0 << 16) | (16 << 8) | 1; // [16] PASID accepted on ATS Translated transactions, v3.4; RES0 if ATS or SSIDSIZE is 0
export const IDR3_DPT: i32 = (0 << 16) | (15 << 8) | 1; // [15] Device Permission Table; needs ATS
export const IDR3_PTWNNC: i32 = (0 << 16) | (14 << 8) | 1; // [14] walks of Device memory through stage 2 become Normal Non-cacheable, v3.3
export const IDR3_E0PD: i32 = (0 << 16) | (13 << 8) | 1; // [13] CD.E0PD0/1, v3.3
export const IDR3_BBML: i32 = (0 << 16) | (11 << 8) | 2; // [12:11] break-before-make level 0..2, 3 reserved; v3.2 needs at least 1
export const IDR3_RIL: i32 = (0 << 16) | (10 << 8) | 1; // [10] range invalidation and level hint, v3.2
export const IDR3_STT: i32 = (0 << 16) | (9 << 8) | 1; // [9] small translation tables (TxSZ up to 48)
export const IDR3_FWB: i32 = (0 << 16) | (8 << 8) | 1; // [8] stage 2 forced write-back (STE.S2FWB), v3.2
export const IDR3_MPAM: i32 = (0 << 16) | (7 << 8) | 1; // [7] memory partitioning and monitoring, v3.2
export const IDR3_PPS: i32 = (0 << 16) | (5 << 8) | 1; // [5] PRI auto-responses keep the PASID whatever STE.PPAR; RES0 if PRI or SSIDSIZE is 0
export const IDR3_XNX: i32 = (0 << 16) | (4 << 8) | 1; // [4] two-bit stage 2 execute-never, v3.1
export const IDR3_PBHA: i32 = (0 << 16) | (3 << 8) | 1; // [3] page-based hardware attributes; needs HAD
export const IDR3_HAD: i32 = (0 << 16) | (2 << 8) | 1; // [2] hierarchical attribute disable (CD.HAD0/1), v3.1

// SMMU_IDR4 (offset 0x10) is IMPLEMENTATION DEFINED throughout: no field is named.

// SMMU_IDR5, offset 0x14
export const IDR5_STALL_MAX: i32 = (0 << 16) | (16 << 8) | 16; // [31:16] most outstanding stalled transactions; RES0 when STALL_MODEL is 1
export const IDR5_VAX: i32 = (0 << 16) | (10 << 8) | 2; // [11:10] virtual address bits per TTB: 0 is 48, 1 is 52, 2 is 56 (needs D128), 3 reserved
export const IDR5_D128: i32 = (0 << 16) | (8 << 8) | 1; // [8] VMSAv9-128 descriptors, v3.4
export const IDR5_DS: i32 = (0 << 16) | (7 << 8) | 1; // [7] 52-bit addresses with the 4 KB and 16 KB granules (LPA2), v3.4; needs VAX >= 1
export const IDR5_GRAN64K: i32 = (0 << 16) | (6 << 8) | 1; // [6] 64 KB granule
export const IDR5_GRAN16K: i32 = (0 << 16) | (5 << 8) | 1; // [5] 16 KB granule
export const IDR5_GRAN4K: i32 = (0 << 16) | (4 << 8) | 1; // [4] 4 KB granule
export const IDR5_OAS: i32 = (0 << 16) | (0 << 8) | 3; // [2:0] output address bits: 0..7 are 32, 36, 40, 42, 44, 48, 52, 56; see addressSizeBits

// SMMU_IDR6, offset 0x190; RES0 without IDR1.ECMDQ
export const IDR6_CMDQ_CONTROL_PAGE_LOG2NUMP: i32 = (0 << 16) | (24 << 8) | 4; // [27:24] log2 of the number of control pages, at most 8
export const IDR6_CMDQ_CONTROL_PAGE_LOG2NUMQ: i32 = (0 << 16) | (16 << 8) | 4; // [19:16] log2 of the queues per control page, at most 8

// SMMU_IIDR, offset 0x18
export const IIDR_ProductID: i32 = (0 << 16) | (20 << 8) | 12; // [31:20] product
export const IIDR_Variant: i32 = (0 << 16) | (16 << 8) | 4; // [19:16] major revision of the product
export const IIDR_Revision: i32 = (0 << 16) | (12 << 8) | 4; // [15:12] minor revision of the product
export const IIDR_Implementer: i32 = (0 << 16) | (0 << 8) | 12; // [11:0] JEP106: [11:8] continuation code, [7] 0, [6:0] identity

// SMMU_AIDR, offset 0x1C
export const AIDR_ArchMajorRev: i32 = (0 << 16) | (4 << 8) | 4; // [7:4] 0 is SMMUv3
export const AIDR_ArchMinorRev: i32 = (0 << 16) | (0 << 8) | 4; // [3:0] 0..4 are v3.0..v3.4, other values reserved

// SMMU_MPAMIDR, offset 0x130; RES0 without IDR3.MPAM
export const MPAMIDR_PMG_MAX: i32 = (0 << 16) | (16 << 8) | 8; // [23:16] highest PMG
export const MPAMIDR_PARTID_MAX: i32 = (0 << 16) | (0 << 8) | 16; // [15:0] highest PARTID

// SMMU_PIDR0..4: one byte of identification each; PIDR5..7 read as 0
export const PIDR0_PART_0: i32 = (0 << 16) | (0 << 8) | 8; // [7:0] part number [7:0]
export const PIDR1_DES_0: i32 = (0 << 16) | (4 << 8) | 4; // [7:4] JEP106 identity [3:0]
export const PIDR2_REVISION: i32 = (0 << 16) | (4 << 8) | 4; // [7:4] revision
export const PIDR3_REVAND: i32 = (0 << 16) | (4 << 8) | 4; // [7:4] manufacturing revision
export const PIDR4_SIZE: i32 = (0 << 16) | (4 << 8) | 4; // [7:4] 0: the component fills one 4 KB block as seen by the debugger
export const PIDR1_PART_1: i32 = (0 << 16) | (0 << 8) | 4; // [3:0] part number [11:8]
export const PIDR2_JEDEC: i32 = (0 << 16) | (3 << 8) | 1; // [3] 1: the designer is a JEP106 code
export const PIDR3_CMOD: i32 = (0 << 16) | (0 << 8) | 4; // [3:0] customer modified
export const PIDR4_DES_2: i32 = (0 << 16) | (0 << 8) | 4; // [3:0] JEP106 continuation code
export const PIDR2_DES_1: i32 = (0 << 16) | (0 << 8) | 3; // [2:0] JEP106 identity [6:4]

// SMMU_CIDR0..3: fixed preamble
export const CIDR0_VALUE: i32 = 0x0d;
export const CIDR1_VALUE: i32 = 0xf0; // component class 0xF (a PMCG has 0x90)
export const CIDR2_VALUE: i32 = 0x05;
export const CIDR3_VALUE: i32 = 0xb1;
