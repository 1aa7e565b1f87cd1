// The smaller identification registers (IHI 0070 §6.3.3, §6.3.7, §6.3.8, §6.3.41, §6.3.45, §6.3.170); IDR0, IDR1, IDR3 and IDR5
// have files of their own. SMMU_IDR4 (offset 0x10) is IMPLEMENTATION DEFINED throughout: no field is named.

// SMMU_IDR2, offset 0x8
export const IDR2_BA_VATOS: i32 = (0 << 16) | (0 << 8) | 10; // [9:0] VATOS page at 0x20000 + BA_VATOS * 0x10000; RES0 without VATOS

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
