// Stream Table Entry (IHI 0070 §5.2). A field is packed as `dword << 16 | lsb << 8 | width`. RES0 bits carry no name. Fields marked [S] exist in
// Secure STEs only and [R] in Realm STEs only: both are RES0 in the Non-secure Stream table.

export const BYTES: i32 = 64;
export const BYTES_LOG2: i32 = 6;

// dword 0
export const S1CDMax: i32 = (0 << 16) | (59 << 8) | 5; // dw0 [63:59] log2 of the number of CDs; 0 disables substreams
export const S1ContextPtr: i32 = (0 << 16) | (6 << 8) | 50; // dw0 [55:6] address of the CD, CD table or L1CD table (IPA when stage 2 is enabled)
export const S1Fmt: i32 = (0 << 16) | (4 << 8) | 2; // dw0 [5:4] CD table format, see S1FMT_*
export const Config: i32 = (0 << 16) | (1 << 8) | 3; // dw0 [3:1] stages enabled, see CONFIG_*
export const V: i32 = (0 << 16) | (0 << 8) | 1; // dw0 [0] valid

// dword 1
export const IMPDEF1: i32 = (1 << 16) | (52 << 8) | 12; // dw1 [63:52] IMPLEMENTATION DEFINED
// STE[121:120] of the MMU-600 and MMU-700 (Arm MMU-600AE TRM), within the IMPLEMENTATION DEFINED bits
export const PF: i32 = (1 << 16) | (56 << 8) | 2; // dw1 [57:56] prefetch, see PF_*
export const PF_FORWARD: i32 = 2;
export const PF_BACKWARD: i32 = 3;
export const INSTCFG: i32 = (1 << 16) | (50 << 8) | 2; // dw1 [51:50] instruction/data override, see INSTCFG_*; reads only
export const PRIVCFG: i32 = (1 << 16) | (48 << 8) | 2; // dw1 [49:48] privilege override, see PRIVCFG_*
export const NSCFG: i32 = (1 << 16) | (46 << 8) | 2; // dw1 [47:46] [S][R] security override
export const SHCFG: i32 = (1 << 16) | (44 << 8) | 2; // dw1 [45:44] shareability override, see SHCFG_*
export const ALLOCCFG: i32 = (1 << 16) | (37 << 8) | 4; // dw1 [40:37] 0b0xxx use incoming, 0b1RWT: read-allocate, write-allocate, transient
export const MTCFG: i32 = (1 << 16) | (36 << 8) | 1; // dw1 [36] 1: replace the memory type by MemAttr
export const MemAttr: i32 = (1 << 16) | (32 << 8) | 4; // dw1 [35:32] override type, coded as a stage 2 MemAttr without FWB; 0x4, 0x8, 0xC are Device-nGnRnE
export const STRW: i32 = (1 << 16) | (30 << 8) | 2; // dw1 [31:30] StreamWorld, see STRW_*; used only with stage 1 alone (Config 0b101)
export const EATS: i32 = (1 << 16) | (28 << 8) | 2; // dw1 [29:28] ATS behaviour, see EATS_*
export const S1STALLD: i32 = (1 << 16) | (27 << 8) | 1; // dw1 [27] stage 1 stall disable
export const S1MPAM: i32 = (1 << 16) | (26 << 8) | 1; // dw1 [26] take PARTID and PMG from the CD
export const S2FWB: i32 = (1 << 16) | (25 << 8) | 1; // dw1 [25] stage 2 forced attributes (IDR3.FWB)
export const S1PIE: i32 = (1 << 16) | (24 << 8) | 1; // dw1 [24] CDs may enable permission indirection (IDR3.S1PI)
export const SW_RESERVED: i32 = (1 << 16) | (20 << 8) | 4; // dw1 [23:20] for software, never read by the SMMU
export const MEV: i32 = (1 << 16) | (19 << 8) | 1; // dw1 [19] 1: event records may be merged
export const PPAR: i32 = (1 << 16) | (18 << 8) | 1; // dw1 [18] PRI auto-responses carry the PASID
export const DCP: i32 = (1 << 16) | (17 << 8) | 1; // dw1 [17] directed cache prefetch permitted
export const CONT: i32 = (1 << 16) | (13 << 8) | 4; // dw1 [16:13] hint: 2^CONT neighbouring STEs are alike
export const DRE: i32 = (1 << 16) | (12 << 8) | 1; // dw1 [12] destructive reads permitted
export const S2HWU62: i32 = (1 << 16) | (11 << 8) | 1; // dw1 [11] stage 2 leaf bit 62 has a hardware use (IDR3.PBHA)
export const S2HWU61: i32 = (1 << 16) | (10 << 8) | 1; // dw1 [10] stage 2 leaf bit 61 has a hardware use
export const S2HWU60: i32 = (1 << 16) | (9 << 8) | 1; // dw1 [9] stage 2 leaf bit 60 has a hardware use
export const S2HWU59: i32 = (1 << 16) | (8 << 8) | 1; // dw1 [8] stage 2 leaf bit 59 has a hardware use
export const S1CSH: i32 = (1 << 16) | (6 << 8) | 2; // dw1 [7:6] shareability of CD fetches, see Shareability; both cacheabilities NC give OSH
export const S1COR: i32 = (1 << 16) | (4 << 8) | 2; // dw1 [5:4] outer cacheability of CD fetches: 0 NC, 1 WB RA, 2 WT RA, 3 WB no-RA
export const S1CIR: i32 = (1 << 16) | (2 << 8) | 2; // dw1 [3:2] inner cacheability of CD fetches, coded as S1COR
export const S1DSS: i32 = (1 << 16) | (0 << 8) | 2; // dw1 [1:0] transactions without SubstreamID, see S1DSS_*

// dword 2
export const DPT_VMATCH: i32 = (2 << 16) | (62 << 8) | 2; // dw2 [63:62] Device Permission Table VMID match; only with EATS 0b11
export const S2POE: i32 = (2 << 16) | (61 << 8) | 1; // dw2 [61] stage 2 permission overlay (IDR3.S2PO)
export const S2PIE: i32 = (2 << 16) | (60 << 8) | 1; // dw2 [60] stage 2 indirect permissions (IDR3.S2PI)
export const S2HAFT: i32 = (2 << 16) | (59 << 8) | 1; // dw2 [59] access flag in Table descriptors (IDR0.HTTU 3)
export const S2R: i32 = (2 << 16) | (58 << 8) | 1; // dw2 [58] record stage 2 faults
export const S2S: i32 = (2 << 16) | (57 << 8) | 1; // dw2 [57] stall on stage 2 faults
export const S2HA: i32 = (2 << 16) | (56 << 8) | 1; // dw2 [56] hardware access flag update; note that HA is above HD, as in the CD
export const S2HD: i32 = (2 << 16) | (55 << 8) | 1; // dw2 [55] hardware dirty state update; without S2HA it has no effect
export const S2PTW: i32 = (2 << 16) | (54 << 8) | 1; // dw2 [54] protected walk: stage 1 walks and CD fetches may not touch stage 2 Device memory
export const S2AFFD: i32 = (2 << 16) | (53 << 8) | 1; // dw2 [53] 1: an access flag of 0 does not fault; IGNORED if S2HA is 1
export const S2ENDI: i32 = (2 << 16) | (52 << 8) | 1; // dw2 [52] 1: big-endian tables
export const S2AA64: i32 = (2 << 16) | (51 << 8) | 1; // dw2 [51] 1 VMSAv8-64, 0 VMSAv8-32 LPAE (VMSAv9-128 with IDR5.D128)
export const S2PS: i32 = (2 << 16) | (48 << 8) | 3; // dw2 [50:48] stage 2 output size, see addressSizeBits; capped to OAS
export const S2TG: i32 = (2 << 16) | (46 << 8) | 2; // dw2 [47:46] granule, see S2TG_*
export const S2SH0: i32 = (2 << 16) | (44 << 8) | 2; // dw2 [45:44] shareability of stage 2 walks, see Shareability; output shareability when S2DS is 1
export const S2OR0: i32 = (2 << 16) | (42 << 8) | 2; // dw2 [43:42] outer cacheability of stage 2 walks: 0 NC, 1 WB RA WA, 2 WT RA, 3 WB RA no-WA
export const S2IR0: i32 = (2 << 16) | (40 << 8) | 2; // dw2 [41:40] inner cacheability of stage 2 walks, coded as S2OR0
export const S2SL0: i32 = (2 << 16) | (38 << 8) | 2; // dw2 [39:38] start level together with S2SL0_2, see stage2StartLevel
export const S2T0SZ: i32 = (2 << 16) | (32 << 8) | 6; // dw2 [37:32] 64 minus the IPA bits
export const IMPDEF2: i32 = (2 << 16) | (16 << 8) | 16; // dw2 [31:16] IMPLEMENTATION DEFINED
export const S2VMID_HIGH: i32 = (2 << 16) | (8 << 8) | 8; // dw2 [15:8] of the VMID, must be 0 without IDR0.VMID16
export const S2VMID: i32 = (2 << 16) | (0 << 8) | 16; // dw2 [15:0] VMID; tags stage-1-only NS-EL1 entries too when stage 2 is implemented

// dword 3
export const S2SKL: i32 = (3 << 16) | (61 << 8) | 2; // dw3 [62:61] skip levels, VMSAv9-128 only
export const S2TTB: i32 = (3 << 16) | (4 << 8) | 48; // dw3 [51:4] table base in place, address bit n at bit n ([55:4] with VMSAv9-128, [47:4] in v3.0)
export const S2DS: i32 = (3 << 16) | (3 << 8) | 1; // dw3 [3] 52-bit addresses with 4 KB and 16 KB granules (IDR5.DS)
export const S2SL0_2: i32 = (3 << 16) | (2 << 8) | 1; // dw3 [2] bit 2 of S2SL0; 4 KB granule with S2DS only
export const S2NSA: i32 = (3 << 16) | (1 << 8) | 1; // dw3 [1] [S] output space for Non-secure IPAs
export const S2NSW: i32 = (3 << 16) | (0 << 8) | 1; // dw3 [0] [S] walk space for Non-secure IPAs

// dword 4
export const MECID: i32 = (4 << 16) | (48 << 8) | 16; // dw4 [63:48] [R] memory encryption context
export const S_S2TG: i32 = (4 << 16) | (46 << 8) | 2; // dw4 [47:46] [S] granule of the Secure IPA tables
export const S_S2SL0: i32 = (4 << 16) | (38 << 8) | 2; // dw4 [39:38] [S] start level of the Secure IPA tables
export const S_S2T0SZ: i32 = (4 << 16) | (32 << 8) | 6; // dw4 [37:32] [S] size of the Secure IPA space
export const PARTID: i32 = (4 << 16) | (16 << 8) | 16; // dw4 [31:16] MPAM partition (IDR3.MPAM)
export const IMPDEF4: i32 = (4 << 16) | (0 << 8) | 16; // dw4 [15:0] IMPLEMENTATION DEFINED

// dword 5
export const VMSPtr: i32 = (5 << 16) | (12 << 8) | 44; // dw5 [55:12] address of the VMS structure
export const TL1: i32 = (5 << 16) | (11 << 8) | 1; // dw5 [11] TopLevel1 control (IDR3.THE)
export const TL0: i32 = (5 << 16) | (10 << 8) | 1; // dw5 [10] TopLevel0 control (IDR3.THE)
export const AssuredOnly: i32 = (5 << 16) | (9 << 8) | 1; // dw5 [9] AssuredOnly check enable (IDR3.THE)
export const MPAM_NS: i32 = (5 << 16) | (8 << 8) | 1; // dw5 [8] MPAM space, RES0 in a Non-secure STE
export const PMG: i32 = (5 << 16) | (0 << 8) | 8; // dw5 [7:0] MPAM performance monitoring group

// dword 6
export const S_S2SKL: i32 = (6 << 16) | (61 << 8) | 2; // dw6 [62:61] [S] skip levels, VMSAv9-128 only
export const S_S2TTB: i32 = (6 << 16) | (4 << 8) | 52; // dw6 [55:4] [S] base of the Secure IPA tables
export const S_S2SL0_2: i32 = (6 << 16) | (2 << 8) | 1; // dw6 [2] [S] bit 2 of S_S2SL0
export const S2SA: i32 = (6 << 16) | (1 << 8) | 1; // dw6 [1] [S] output space for Secure IPAs
export const S2SW: i32 = (6 << 16) | (0 << 8) | 1; // dw6 [0] [S] walk space for Secure IPAs

// dword 7: sixteen 4-bit overlay interpretations, S2POI<p> at [4p+3:4p]
export const S2POI: i32 = (7 << 16) | (0 << 8) | 64; // dw7 [63:0] all sixteen; overlayField(p) names one
export function overlayField(p: i32): i32 {
  return (7 << 16) | ((4 * p) << 8) | 4;
}

// Config (§5.2). 0b001..0b011 behave as 0b000: abort, and no event.
export const CONFIG_ABORT: i32 = 0;
export const CONFIG_BYPASS: i32 = 4; // both stages bypassed
export const CONFIG_S1_TRANSLATE_S2_BYPASS: i32 = 5;
export const CONFIG_S1_BYPASS_S2_TRANSLATE: i32 = 6;
export const CONFIG_S1_TRANSLATE_S2_TRANSLATE: i32 = 7;
export const CONFIG_BIT_S1: i32 = 1; // with CONFIG_BIT_ENABLED: stage 1 translates
export const CONFIG_BIT_S2: i32 = 2; // with CONFIG_BIT_ENABLED: stage 2 translates
export const CONFIG_BIT_ENABLED: i32 = 4; // 0: abort

// S1Fmt; 3 behaves as linear.
export const S1FMT_LINEAR: i32 = 0;
export const S1FMT_4K_L2: i32 = 1; // 2-level, 4 KB leaves of 64 CDs
export const S1FMT_64K_L2: i32 = 2; // 2-level, 64 KB leaves of 1024 CDs

// S1DSS; 3 behaves as TERMINATE.
export const S1DSS_TERMINATE: i32 = 0; // abort with F_STREAM_DISABLED
export const S1DSS_BYPASS: i32 = 1; // as if stage 1 were bypassed
export const S1DSS_SUBSTREAM0: i32 = 2; // use CD 0; SubstreamID 0 itself aborts with F_STREAM_DISABLED

// STRW of a Non-secure STE; 1 and 3 are ILLEGAL when STRW is used.
export const STRW_EL1: i32 = 0;
export const STRW_EL2: i32 = 2; // NS-EL2, or NS-EL2-E2H when CR2.E2H is 1

// EATS (§3.9, §5.2)
export const EATS_ABORT: i32 = 0; // Translation Requests are refused
export const EATS_TRANS: i32 = 1; // full ATS
export const EATS_SPLIT: i32 = 2; // split-stage ATS: Translated traffic carries IPAs
export const EATS_DPT: i32 = 3; // full ATS with Device Permission Table checks; as 0 without IDR3.DPT

// S2TG; same coding as CD.TG0, see granuleLog2. 3 is reserved.
export const S2TG_4K: i32 = 0;
export const S2TG_64K: i32 = 1;
export const S2TG_16K: i32 = 2;

// ALLOCCFG
export const ALLOCCFG_REPLACES: i32 = 8; // 0: use incoming
export const ALLOCCFG_HINTS: i32 = 7; // read-allocate, write-allocate, transient

// SHCFG; note that 0 is Non-shareable and not "incoming", unlike PRIVCFG and INSTCFG.
export const SHCFG_NON_SHAREABLE: i32 = 0;
export const SHCFG_INCOMING: i32 = 1;
export const SHCFG_OUTER_SHAREABLE: i32 = 2;
export const SHCFG_INNER_SHAREABLE: i32 = 3;

// PRIVCFG; 1 behaves as 0.
export const PRIVCFG_INCOMING: i32 = 0;
export const PRIVCFG_UNPRIVILEGED: i32 = 2;
export const PRIVCFG_PRIVILEGED: i32 = 3;

// INSTCFG; 1 behaves as 0.
export const INSTCFG_INCOMING: i32 = 0;
export const INSTCFG_DATA: i32 = 2;
export const INSTCFG_INSTRUCTION: i32 = 3;
