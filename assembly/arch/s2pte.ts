// Stage 2 Block and Page descriptors (Arm DDI 0487 D8.3, IHI 0070 §5.2); what both stages have is in pte.

export const PBHA: i32 = (0 << 16) | (59 << 8) | 4; // [62:59] hardware use where enabled by STE.S2HWUnn, else RES0
export const SW: i32 = (0 << 16) | (55 << 8) | 4; // [58:55] for software
export const XN: i32 = (0 << 16) | (53 << 8) | 2; // [54:53] see XN_*; only bit 54 without IDR3.XNX
export const Contiguous: i32 = (0 << 16) | (52 << 8) | 1; // [52] as stage 1
export const DBM: i32 = (0 << 16) | (51 << 8) | 1; // [51] dirty bit modifier
export const nT: i32 = (0 << 16) | (16 << 8) | 1; // [16] as stage 1
export const FnXS: i32 = (0 << 16) | (11 << 8) | 1; // [11] no effect on the SMMU
export const AF: i32 = (0 << 16) | (10 << 8) | 1; // [10] access flag
export const SH: i32 = (0 << 16) | (8 << 8) | 2; // [9:8] see Shareability; part of the address when S2DS is 1
export const S2AP: i32 = (0 << 16) | (6 << 8) | 2; // [7:6] see S2AP_*
export const MemAttr: i32 = (0 << 16) | (2 << 8) | 4; // [5:2] memory type; meaning depends on STE.S2FWB

// Parts of fields above with a life of their own
export const AssuredOnly: i32 = (0 << 16) | (58 << 8) | 1; // [58] with IDR3.THE
export const XN_1: i32 = (0 << 16) | (54 << 8) | 1; // [54] execute-never of IDR3.XNX == 0
export const S2AP_1: i32 = (0 << 16) | (7 << 8) | 1; // [7] write permission; set by a hardware dirty state update
export const S2AP_0: i32 = (0 << 16) | (6 << 8) | 1; // [6] read permission

export const S2AP_NONE: i32 = 0;
export const S2AP_RO: i32 = 1;
export const S2AP_WO: i32 = 2;
export const S2AP_RW: i32 = 3;
export const XN_NONE: i32 = 0; // both privileges execute
export const XN_PRIVILEGED: i32 = 1; // unprivileged only executes
export const XN_ALL: i32 = 2; // nobody executes
export const XN_UNPRIVILEGED: i32 = 3; // privileged only executes
