// VMSAv8-64 translation table descriptors: what both stages have, and stage 1's (Arm DDI 0487 D8.3, as used by IHI 0070 §3.4,
// §5.4). A descriptor is one 64-bit word, so the dword of a field is 0.

export const BYTES_LOG2: i32 = 3;

// Common to both stages
export const Type: i32 = (0 << 16) | (0 << 8) | 2; // [1:0] see TYPE_*
export const Valid: i32 = (0 << 16) | (0 << 8) | 1; // [0] 0: invalid descriptor
export const Table: i32 = (0 << 16) | (1 << 8) | 1; // [1] 0: Block; 1: Table, at level 3 Page
export const TYPE_BLOCK: i32 = 1; // levels below 3 only; at level 3 reserved, acts as invalid
export const TYPE_TABLE: i32 = 3; // levels below 3
export const TYPE_PAGE: i32 = 3; // level 3

// Next-level table and leaf addresses. With 4 KB and 16 KB granules and DS, address bits [51:50] sit at [9:8];
// with the 64 KB granule and a 52-bit output size, address bits [51:48] sit at [15:12].
export const Address_4K_DS: i32 = (0 << 16) | (12 << 8) | 38; // [49:12]
export const Address_16K_DS: i32 = (0 << 16) | (14 << 8) | 36; // [49:14]
export const Address_4K: i32 = (0 << 16) | (12 << 8) | 36; // [47:12]
export const Address_16K: i32 = (0 << 16) | (14 << 8) | 34; // [47:14]
export const Address_64K: i32 = (0 << 16) | (16 << 8) | 32; // [47:16]
export const Address_64K_51_48: i32 = (0 << 16) | (12 << 8) | 4; // [15:12] RES0 unless OAS is at least 52
export const Address_DS_51_50: i32 = (0 << 16) | (8 << 8) | 2; // [9:8] takes the place of SH

// Stage 1 Table descriptor; APTable, UXNTable and PXNTable are ignored when CD.HADx is 1
export const NSTable: i32 = (0 << 16) | (63 << 8) | 1; // [63] Secure only; not disabled by HADx
export const APTable: i32 = (0 << 16) | (61 << 8) | 2; // [62:61] [1]: no write, [0]: no unprivileged access, for all levels below
export const UXNTable: i32 = (0 << 16) | (60 << 8) | 1; // [60] unprivileged execute-never for all levels below
export const PXNTable: i32 = (0 << 16) | (59 << 8) | 1; // [59] privileged execute-never for all levels below

// The same bit in regimes with one privilege level (EL2)
export const XNTable: i32 = (0 << 16) | (60 << 8) | 1; // [60] execute-never for all levels below

// Access flag of a Table descriptor, either stage; used with HAFT only
export const AF_Table: i32 = (0 << 16) | (10 << 8) | 1; // [10]

// Stage 1 Block and Page descriptors
export const PBHA: i32 = (0 << 16) | (59 << 8) | 4; // [62:59] hardware use where enabled by CD.HWUxnn, else software
export const SW: i32 = (0 << 16) | (55 << 8) | 4; // [58:55] for software
export const UXN: i32 = (0 << 16) | (54 << 8) | 1; // [54] unprivileged execute-never
export const PXN: i32 = (0 << 16) | (53 << 8) | 1; // [53] privileged execute-never; ignored for EL2
export const Contiguous: i32 = (0 << 16) | (52 << 8) | 1; // [52] one of a group of equal entries, see contiguousLog2
export const DBM: i32 = (0 << 16) | (51 << 8) | 1; // [51] dirty bit modifier
export const GP: i32 = (0 << 16) | (50 << 8) | 1; // [50] guarded page, not used by the SMMU
export const nT: i32 = (0 << 16) | (16 << 8) | 1; // [16] Block only, hint for break-before-make (IDR3.BBML); never faults in the SMMU
export const nG: i32 = (0 << 16) | (11 << 8) | 1; // [11] 1: not global, the TLB entry is tagged by ASID
export const AF: i32 = (0 << 16) | (10 << 8) | 1; // [10] access flag
export const SH: i32 = (0 << 16) | (8 << 8) | 2; // [9:8] see Shareability; part of the address when DS is 1
export const AP: i32 = (0 << 16) | (6 << 8) | 2; // [7:6] AP[2:1], see AP_*
export const NS: i32 = (0 << 16) | (5 << 8) | 1; // [5] Secure only
export const AttrIndx: i32 = (0 << 16) | (2 << 8) | 3; // [4:2] index into MAIR

// Parts of fields above with a life of their own
export const AttrIndx_3: i32 = (0 << 16) | (59 << 8) | 1; // [59] bit 3 of the index when CD.AIE is 1
export const XN: i32 = (0 << 16) | (54 << 8) | 1; // [54] UXN in regimes with one privilege level (EL2)
export const AP_2: i32 = (0 << 16) | (7 << 8) | 1; // [7] read-only; cleared by a hardware dirty state update
export const AP_1: i32 = (0 << 16) | (6 << 8) | 1; // [6] unprivileged access; taken as 1 for EL2

export const AP_RW_PRIV: i32 = 0; // privileged read/write, unprivileged none
export const AP_RW: i32 = 1; // both read/write
export const AP_RO_PRIV: i32 = 2; // privileged read-only, unprivileged none
export const AP_RO: i32 = 3; // both read-only
export const APTABLE_NO_UNPRIVILEGED: i32 = 1;
export const APTABLE_NO_WRITE: i32 = 2;
