// VMSAv8-64 translation table descriptors, stage 1 and stage 2, and the geometry of the granules
// (Arm DDI 0487 D8.2-D8.7, as used by IHI 0070 §3.4, §5.2, §5.4). A descriptor is one 64-bit word, so dword is 0.

export const PTE_BYTES_LOG2: i32 = 3;

// Common to both stages
export const PTE_Type: i32 = (0 << 16) | (0 << 8) | 2; // [1:0] see PTE_TYPE_*
export const PTE_Valid: i32 = (0 << 16) | (0 << 8) | 1; // [0] 0: invalid descriptor
export const PTE_TYPE_BLOCK: i32 = 1; // levels below 3 only; at level 3 reserved, acts as invalid
export const PTE_TYPE_TABLE: i32 = 3; // levels below 3
export const PTE_TYPE_PAGE: i32 = 3; // level 3

// Next-level table and leaf addresses. With 4 KB and 16 KB granules and DS, address bits [51:50] sit at [9:8];
// with the 64 KB granule and a 52-bit output size, address bits [51:48] sit at [15:12].
export const PTE_Address_4K_DS: i32 = (0 << 16) | (12 << 8) | 38; // [49:12]
export const PTE_Address_16K_DS: i32 = (0 << 16) | (14 << 8) | 36; // [49:14]
export const PTE_Address_4K: i32 = (0 << 16) | (12 << 8) | 36; // [47:12]
export const PTE_Address_16K: i32 = (0 << 16) | (14 << 8) | 34; // [47:14]
export const PTE_Address_64K: i32 = (0 << 16) | (16 << 8) | 32; // [47:16]
export const PTE_Address_64K_51_48: i32 = (0 << 16) | (12 << 8) | 4; // [15:12] RES0 unless OAS is at least 52
export const PTE_Address_DS_51_50: i32 = (0 << 16) | (8 << 8) | 2; // [9:8] takes the place of SH

// Stage 1 Table descriptor; APTable, UXNTable and PXNTable are ignored when CD.HADx is 1
export const PTE_NSTable: i32 = (0 << 16) | (63 << 8) | 1; // [63] Secure only; not disabled by HADx
export const PTE_APTable: i32 = (0 << 16) | (61 << 8) | 2; // [62:61] [1]: no write, [0]: no unprivileged access, for all levels below
export const PTE_UXNTable: i32 = (0 << 16) | (60 << 8) | 1; // [60] unprivileged execute-never for all levels below
export const PTE_PXNTable: i32 = (0 << 16) | (59 << 8) | 1; // [59] privileged execute-never for all levels below

// The same bit in regimes with one privilege level (EL2)
export const PTE_XNTable: i32 = (0 << 16) | (60 << 8) | 1; // [60] execute-never for all levels below

// Access flag of a Table descriptor, either stage; used with HAFT only
export const PTE_AF_Table: i32 = (0 << 16) | (10 << 8) | 1; // [10]

// Stage 1 Block and Page descriptors
export const PTE_PBHA: i32 = (0 << 16) | (59 << 8) | 4; // [62:59] hardware use where enabled by CD.HWUxnn, else software
export const PTE_SW: i32 = (0 << 16) | (55 << 8) | 4; // [58:55] for software
export const PTE_UXN: i32 = (0 << 16) | (54 << 8) | 1; // [54] unprivileged execute-never
export const PTE_PXN: i32 = (0 << 16) | (53 << 8) | 1; // [53] privileged execute-never; ignored for EL2
export const PTE_Contiguous: i32 = (0 << 16) | (52 << 8) | 1; // [52] one of a group of equal entries, see contiguousLog2
export const PTE_DBM: i32 = (0 << 16) | (51 << 8) | 1; // [51] dirty bit modifier
export const PTE_GP: i32 = (0 << 16) | (50 << 8) | 1; // [50] guarded page, not used by the SMMU
export const PTE_nT: i32 = (0 << 16) | (16 << 8) | 1; // [16] Block only, hint for break-before-make (IDR3.BBML); never faults in the SMMU
export const PTE_nG: i32 = (0 << 16) | (11 << 8) | 1; // [11] 1: not global, the TLB entry is tagged by ASID
export const PTE_AF: i32 = (0 << 16) | (10 << 8) | 1; // [10] access flag
export const PTE_SH: i32 = (0 << 16) | (8 << 8) | 2; // [9:8] see SH_*; part of the address when DS is 1
export const PTE_AP: i32 = (0 << 16) | (6 << 8) | 2; // [7:6] AP[2:1], see PTE_AP_*
export const PTE_NS: i32 = (0 << 16) | (5 << 8) | 1; // [5] Secure only
export const PTE_AttrIndx: i32 = (0 << 16) | (2 << 8) | 3; // [4:2] index into MAIR

// Parts of fields above with a life of their own
export const PTE_AttrIndx_3: i32 = (0 << 16) | (59 << 8) | 1; // [59] bit 3 of the index when CD.AIE is 1
export const PTE_XN: i32 = (0 << 16) | (54 << 8) | 1; // [54] UXN in regimes with one privilege level (EL2)
export const PTE_AP_2: i32 = (0 << 16) | (7 << 8) | 1; // [7] read-only; cleared by a hardware dirty state update
export const PTE_AP_1: i32 = (0 << 16) | (6 << 8) | 1; // [6] unprivileged access; taken as 1 for EL2

export const PTE_AP_RW_PRIV: i32 = 0; // privileged read/write, unprivileged none
export const PTE_AP_RW: i32 = 1; // both read/write
export const PTE_AP_RO_PRIV: i32 = 2; // privileged read-only, unprivileged none
export const PTE_AP_RO: i32 = 3; // both read-only
export const PTE_APTABLE_NO_UNPRIVILEGED: i32 = 1;
export const PTE_APTABLE_NO_WRITE: i32 = 2;

// Stage 2 Block and Page descriptors
export const S2PTE_PBHA: i32 = (0 << 16) | (59 << 8) | 4; // [62:59] hardware use where enabled by STE.S2HWUnn, else RES0
export const S2PTE_SW: i32 = (0 << 16) | (55 << 8) | 4; // [58:55] for software
export const S2PTE_XN: i32 = (0 << 16) | (53 << 8) | 2; // [54:53] see S2PTE_XN_*; only bit 54 without IDR3.XNX
export const S2PTE_Contiguous: i32 = (0 << 16) | (52 << 8) | 1; // [52] as stage 1
export const S2PTE_DBM: i32 = (0 << 16) | (51 << 8) | 1; // [51] dirty bit modifier
export const S2PTE_nT: i32 = (0 << 16) | (16 << 8) | 1; // [16] as stage 1
export const S2PTE_FnXS: i32 = (0 << 16) | (11 << 8) | 1; // [11] no effect on the SMMU
export const S2PTE_AF: i32 = (0 << 16) | (10 << 8) | 1; // [10] access flag
export const S2PTE_SH: i32 = (0 << 16) | (8 << 8) | 2; // [9:8] see SH_*; part of the address when S2DS is 1
export const S2PTE_S2AP: i32 = (0 << 16) | (6 << 8) | 2; // [7:6] see S2PTE_S2AP_*
export const S2PTE_MemAttr: i32 = (0 << 16) | (2 << 8) | 4; // [5:2] memory type; meaning depends on STE.S2FWB

// Parts of fields above with a life of their own
export const S2PTE_AssuredOnly: i32 = (0 << 16) | (58 << 8) | 1; // [58] with IDR3.THE
export const S2PTE_XN_1: i32 = (0 << 16) | (54 << 8) | 1; // [54] execute-never of IDR3.XNX == 0
export const S2PTE_S2AP_1: i32 = (0 << 16) | (7 << 8) | 1; // [7] write permission; set by a hardware dirty state update
export const S2PTE_S2AP_0: i32 = (0 << 16) | (6 << 8) | 1; // [6] read permission

export const S2PTE_S2AP_NONE: i32 = 0;
export const S2PTE_S2AP_RO: i32 = 1;
export const S2PTE_S2AP_WO: i32 = 2;
export const S2PTE_S2AP_RW: i32 = 3;
export const S2PTE_XN_NONE: i32 = 0; // both privileges execute
export const S2PTE_XN_PRIVILEGED: i32 = 1; // unprivileged only executes
export const S2PTE_XN_ALL: i32 = 2; // nobody executes
export const S2PTE_XN_UNPRIVILEGED: i32 = 3; // privileged only executes

// Stage 2 MemAttr without FWB: [3:2] == 0 is Device by [1:0], else outer [3:2] and inner [1:0] of 1 NC, 2 WT, 3 WB.
// 0x4, 0x8 and 0xC are reserved (Device-nGnRnE in STE.MemAttr).
export const MEMATTR_DEVICE_nGnRnE: i32 = 0x0;
export const MEMATTR_DEVICE_nGnRE: i32 = 0x1;
export const MEMATTR_DEVICE_nGRE: i32 = 0x2;
export const MEMATTR_DEVICE_GRE: i32 = 0x3;
export const MEMATTR_NORMAL_NC: i32 = 0x5;
export const MEMATTR_NORMAL_WT: i32 = 0xa;
export const MEMATTR_NORMAL_WB: i32 = 0xf;

// Stage 2 MemAttr with FWB: bit 2 clear is Device by [1:0]; 4 is reserved.
export const MEMATTR_FWB_NC: i32 = 5; // Normal NC, unless stage 1 is Device
export const MEMATTR_FWB_WB: i32 = 6; // Normal WB whatever stage 1 says
export const MEMATTR_FWB_S1: i32 = 7; // the stage 1 type unchanged

// Attribute bytes of MAIR. 0b0000dd00 is Device (dd: nGnRnE, nGnRE, nGRE, GRE); otherwise outer [7:4], inner [3:0].
export const MAIR_DEVICE_nGnRnE: i32 = 0x00;
export const MAIR_DEVICE_nGnRE: i32 = 0x04;
export const MAIR_DEVICE_nGRE: i32 = 0x08;
export const MAIR_DEVICE_GRE: i32 = 0x0c;
export const MAIR_NORMAL_NC: i32 = 0x44;
export const MAIR_NORMAL_WT: i32 = 0xbb; // non-transient, read and write allocate
export const MAIR_NORMAL_WB: i32 = 0xff; // non-transient, read and write allocate

// Shareability, in descriptors, CD.SHx, STE.S2SH0 and STE.S1CSH; 1 is reserved, taken as Non-shareable.
export const SH_NON_SHAREABLE: i32 = 0;
export const SH_OUTER_SHAREABLE: i32 = 2;
export const SH_INNER_SHAREABLE: i32 = 3;

/** log2 of the granule for CD.TG0 and STE.S2TG (0 4 KB, 1 64 KB, 2 16 KB); 0 for the reserved code 3. */
export function granuleLog2(tg0: i32): i32 {
  return tg0 === 0 ? 12 : tg0 === 1 ? 16 : tg0 === 2 ? 14 : 0;
}

/** log2 of the granule for CD.TG1 (1 16 KB, 2 4 KB, 3 64 KB); 0 for the reserved code 0. */
export function granuleLog2Tg1(tg1: i32): i32 {
  return tg1 === 1 ? 14 : tg1 === 2 ? 12 : tg1 === 3 ? 16 : 0;
}

/** Input address bits resolved per level, for a granule of 2^g bytes. */
export function stride(g: i32): i32 {
  return g - 3;
}

/** Lowest input address bit indexed at `level` (-1..3), which is also log2 of the bytes one entry maps. */
export function levelShift(g: i32, level: i32): i32 {
  return g + (g - 3) * (3 - level);
}

/**
 * log2 of the entries of one Contiguous group, 0 where the bit has no meaning
 * (4 KB level 0, 16 KB level 1 and 64 KB level 1 blocks; DDI 0487 D8.7).
 */
export function contiguousLog2(g: i32, level: i32): i32 {
  if (level < 1 || level > 3) return 0;
  if (g === 12) return 4;
  if (level === 1) return 0;
  if (g === 14) return level === 3 ? 7 : 5;
  return 5;
}

/**
 * 1 if a Block descriptor is valid at `level`: always at level 2, at 4 KB level 1, and one level higher when the
 * regime has 52-bit addresses (`ds` for 4 KB and 16 KB, `oas52`, that is OAS >= 52, for 64 KB).
 */
export function blockAllowed(g: i32, level: i32, ds: i32, oas52: i32): i32 {
  if (level === 2) return 1;
  if (level === 1) return g === 12 ? 1 : g === 14 ? ds : oas52;
  if (level === 0) return g === 12 ? ds : 0;
  return 0;
}

/** First level of a stage 1 walk for an input of `iasize` = 64 - TxSZ bits. */
export function stage1StartLevel(g: i32, iasize: i32): i32 {
  return 3 - (((iasize - 1 - g) / (g - 3)) | 0);
}

/** First level of a stage 2 walk; -2 for a reserved code. `sl0` counts S2SL0_2 as bit 2 (4 KB with S2DS only). */
export function stage2StartLevel(g: i32, sl0: i32): i32 {
  if (g === 12) return sl0 === 3 ? 3 : sl0 === 4 ? -1 : sl0 < 3 ? 2 - sl0 : -2;
  if (g === 14) return sl0 < 4 ? 3 - sl0 : -2;
  return sl0 < 3 ? 3 - sl0 : -2;
}

/** Bits of an address size code (IDR5.OAS, CD.IPS, STE.S2PS): 32, 36, 40, 42, 44, 48, 52, 56. */
export function addressSizeBits(code: i32): i32 {
  if (code < 3) return 32 + 4 * code;
  if (code < 5) return 42 + 2 * (code - 3);
  return 48 + 4 * (code - 5);
}
