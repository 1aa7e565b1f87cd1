// Context Descriptor (IHI 0070 §5.4). A field is packed as `dword << 16 | lsb << 8 | width`. RES0 bits carry no name.

export const BYTES: i32 = 64;
export const BYTES_LOG2: i32 = 6;
export const LEAF_4K_LOG2: i32 = 6; // log2 of the CDs of a 4 KB leaf table (STE.S1Fmt 1)
export const LEAF_64K_LOG2: i32 = 10; // log2 of the CDs of a 64 KB leaf table (STE.S1Fmt 2)

// dword 0
export const ASID: i32 = (0 << 16) | (48 << 8) | 16; // dw0 [63:48] [15:8] must be 0 without IDR0.ASID16
export const ASID_HIGH: i32 = (0 << 16) | (56 << 8) | 8; // dw0 [63:56] of it
export const ASET: i32 = (0 << 16) | (47 << 8) | 1; // dw0 [47] 1: the ASID is not shared with the PEs
export const A: i32 = (0 << 16) | (46 << 8) | 1; // dw0 [46] 1 abort, 0 RAZ/WI; must be 1 when IDR0.TERM_MODEL is 1
export const R: i32 = (0 << 16) | (45 << 8) | 1; // dw0 [45] record faults
export const S: i32 = (0 << 16) | (44 << 8) | 1; // dw0 [44] stall faulting transactions
export const HA: i32 = (0 << 16) | (43 << 8) | 1; // dw0 [43] hardware access flag update
export const HD: i32 = (0 << 16) | (42 << 8) | 1; // dw0 [42] hardware dirty state update; without HA it has no effect
export const AA64: i32 = (0 << 16) | (41 << 8) | 1; // dw0 [41] 1 VMSAv8-64, 0 VMSAv8-32 LPAE (VMSAv9-128 with IDR5.D128)
export const PAN: i32 = (0 << 16) | (40 << 8) | 1; // dw0 [40] privileged access never; IGNORED for EL2
export const TBI1: i32 = (0 << 16) | (39 << 8) | 1; // dw0 [39] top byte ignored in the TTB1 half
export const TBI0: i32 = (0 << 16) | (38 << 8) | 1; // dw0 [38] top byte ignored in the TTB0 half
export const UWXN: i32 = (0 << 16) | (37 << 8) | 1; // dw0 [37] VMSAv8-32 only
export const WXN: i32 = (0 << 16) | (36 << 8) | 1; // dw0 [36] writable implies execute-never
export const AFFD: i32 = (0 << 16) | (35 << 8) | 1; // dw0 [35] 1: an access flag of 0 does not fault; IGNORED if HA is 1
export const IPS: i32 = (0 << 16) | (32 << 8) | 3; // dw0 [34:32] intermediate (output) address size, see addressSizeBits; capped to OAS
export const V: i32 = (0 << 16) | (31 << 8) | 1; // dw0 [31] valid
export const EPD1: i32 = (0 << 16) | (30 << 8) | 1; // dw0 [30] 1: no walks through TTB1
export const SH1: i32 = (0 << 16) | (28 << 8) | 2; // dw0 [29:28] shareability of TTB1 walks, see Shareability
export const OR1: i32 = (0 << 16) | (26 << 8) | 2; // dw0 [27:26] outer cacheability of TTB1 walks: 0 NC, 1 WB RA WA, 2 WT RA, 3 WB RA no-WA
export const IR1: i32 = (0 << 16) | (24 << 8) | 2; // dw0 [25:24] inner cacheability of TTB1 walks, coded as OR1
export const TG1: i32 = (0 << 16) | (22 << 8) | 2; // dw0 [23:22] granule of TTB1, see TG1_*
export const T1SZ: i32 = (0 << 16) | (16 << 8) | 6; // dw0 [21:16] 64 minus the VA bits of the TTB1 half
export const ENDI: i32 = (0 << 16) | (15 << 8) | 1; // dw0 [15] 1: big-endian tables
export const EPD0: i32 = (0 << 16) | (14 << 8) | 1; // dw0 [14] 1: no walks through TTB0; treated as 0 for EL2
export const SH0: i32 = (0 << 16) | (12 << 8) | 2; // dw0 [13:12] shareability of TTB0 walks; output shareability when DS is 1
export const OR0: i32 = (0 << 16) | (10 << 8) | 2; // dw0 [11:10] outer cacheability of TTB0 walks
export const IR0: i32 = (0 << 16) | (8 << 8) | 2; // dw0 [9:8] inner cacheability of TTB0 walks
export const TG0: i32 = (0 << 16) | (6 << 8) | 2; // dw0 [7:6] granule of TTB0, see TG0_*
export const T0SZ: i32 = (0 << 16) | (0 << 8) | 6; // dw0 [5:0] 64 minus the VA bits of the TTB0 half

// dword 1. [63:62] are HWU061/HWU062, or SKL0 with VMSAv9-128.
export const HWU062: i32 = (1 << 16) | (63 << 8) | 1; // dw1 [63] TTB0 leaf bit 62 has a hardware use (IDR3.PBHA)
export const SKL0: i32 = (1 << 16) | (62 << 8) | 2; // dw1 [63:62] skip levels, VMSAv9-128 only
export const HWU061: i32 = (1 << 16) | (62 << 8) | 1; // dw1 [62] TTB0 leaf bit 61 has a hardware use
export const HWU060: i32 = (1 << 16) | (61 << 8) | 1; // dw1 [61] TTB0 leaf bit 60 has a hardware use
export const HWU059: i32 = (1 << 16) | (60 << 8) | 1; // dw1 [60] TTB0 leaf bit 59 has a hardware use
export const EPAN: i32 = (1 << 16) | (59 << 8) | 1; // dw1 [59] enhanced PAN (IDR3.EPAN)
export const PnCH: i32 = (1 << 16) | (58 << 8) | 1; // dw1 [58] protected attribute control (IDR3.THE)
export const TTB0: i32 = (1 << 16) | (4 << 8) | 48; // dw1 [51:4] table base in place ([55:4] with VMSAv9-128, [47:4] in v3.0)
export const HAFT: i32 = (1 << 16) | (3 << 8) | 1; // dw1 [3] access flag in Table descriptors (IDR0.HTTU 3)
export const E0PD0: i32 = (1 << 16) | (2 << 8) | 1; // dw1 [2] unprivileged accesses through TTB0 fault (IDR3.E0PD)
export const HAD0: i32 = (1 << 16) | (1 << 8) | 1; // dw1 [1] ignore hierarchical permissions of TTB0 (IDR3.HAD); DisCH0 with IDR5.D128
export const NSCFG0: i32 = (1 << 16) | (0 << 8) | 1; // dw1 [0] Secure only

// dword 2. [63:62] are HWU161/HWU162, or SKL1 with VMSAv9-128.
export const HWU162: i32 = (2 << 16) | (63 << 8) | 1; // dw2 [63] TTB1 leaf bit 62 has a hardware use
export const SKL1: i32 = (2 << 16) | (62 << 8) | 2; // dw2 [63:62] skip levels, VMSAv9-128 only
export const HWU161: i32 = (2 << 16) | (62 << 8) | 1; // dw2 [62] TTB1 leaf bit 61 has a hardware use
export const HWU160: i32 = (2 << 16) | (61 << 8) | 1; // dw2 [61] TTB1 leaf bit 60 has a hardware use
export const HWU159: i32 = (2 << 16) | (60 << 8) | 1; // dw2 [60] TTB1 leaf bit 59 has a hardware use
export const PIE: i32 = (2 << 16) | (59 << 8) | 1; // dw2 [59] indirect permissions (IDR3.S1PI and STE.S1PIE)
export const DS: i32 = (2 << 16) | (58 << 8) | 1; // dw2 [58] 52-bit addresses with 4 KB and 16 KB granules (IDR5.DS)
export const TTB1: i32 = (2 << 16) | (4 << 8) | 48; // dw2 [51:4] table base in place
export const AIE: i32 = (2 << 16) | (3 << 8) | 1; // dw2 [3] attribute index is 4 bits wide (IDR3.AIE)
export const E0PD1: i32 = (2 << 16) | (2 << 8) | 1; // dw2 [2] unprivileged accesses through TTB1 fault
export const HAD1: i32 = (2 << 16) | (1 << 8) | 1; // dw2 [1] ignore hierarchical permissions of TTB1; DisCH1 with IDR5.D128
export const NSCFG1: i32 = (2 << 16) | (0 << 8) | 1; // dw2 [0] Secure only

// dwords 3 and 4: eight attribute bytes, Attr<n> at [8n+7:8n]
export const MAIR_BYTE: i32 = 24; // offset of Attr0
export const MAIR1: i32 = (3 << 16) | (32 << 8) | 32; // dw3 [63:32] Attr4..7
export const MAIR: i32 = (3 << 16) | (0 << 8) | 64; // dw3 [63:0] the whole MAIR
export const MAIR0: i32 = (3 << 16) | (0 << 8) | 32; // dw3 [31:0] Attr0..3
export const AMAIR1: i32 = (4 << 16) | (32 << 8) | 32; // dw4 [63:32] auxiliary attributes 4..7
export const AMAIR0: i32 = (4 << 16) | (0 << 8) | 32; // dw4 [31:0] auxiliary attributes 0..3

// dword 5
export const PMG: i32 = (5 << 16) | (48 << 8) | 8; // dw5 [55:48] MPAM performance monitoring group
export const PARTID: i32 = (5 << 16) | (32 << 8) | 16; // dw5 [47:32] MPAM partition
export const IMPDEF5: i32 = (5 << 16) | (0 << 8) | 32; // dw5 [31:0] IMPLEMENTATION DEFINED

// dwords 6 and 7: sixteen 3-bit interpretations, PIIx<p> at [3p+2:3p], see PII_*
export const PIIU: i32 = (6 << 16) | (0 << 8) | 48; // dw6 [47:0] unprivileged
export const PIIP: i32 = (7 << 16) | (0 << 8) | 48; // dw7 [47:0] privileged

// TG0: 3 is reserved. TG1: 0 is reserved. The two codings differ on purpose (§5.4).
export const TG0_4K: i32 = 0;
export const TG0_64K: i32 = 1;
export const TG0_16K: i32 = 2;
export const TG1_16K: i32 = 1;
export const TG1_4K: i32 = 2;
export const TG1_64K: i32 = 3;

// PIIU<p> and PIIP<p>: 4 and 6 are reserved (ILLEGAL when in use).
export const PII_NONE: i32 = 0;
export const PII_R: i32 = 1;
export const PII_X: i32 = 2;
export const PII_RX: i32 = 3;
export const PII_RW: i32 = 5;
export const PII_RWX: i32 = 7;
