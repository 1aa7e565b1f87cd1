// Commands of the Non-secure Command queue (IHI 0070 §4): opcodes, fields and encodings.
// A command is two 64-bit words; a field is packed as `dword << 16 | lsb << 8 | width`.
// Fields that several commands share have one name; SSec must be 0 on the Non-secure queue.

export const CMD_BYTES: i32 = 16;
export const CMD_BYTES_LOG2: i32 = 4;

// Prefetch (§4.2)
export const OP_PREFETCH_CONFIG: i32 = 0x01;
export const OP_PREFETCH_ADDR: i32 = 0x02;

// Configuration invalidation (§4.3)
export const OP_CFGI_STE: i32 = 0x03;
export const OP_CFGI_STE_RANGE: i32 = 0x04; // Range 31 is CMD_CFGI_ALL
export const OP_CFGI_ALL: i32 = 0x04; // with Range 31
export const OP_CFGI_CD: i32 = 0x05; // ILL without S1P
export const OP_CFGI_CD_ALL: i32 = 0x06; // ILL without S1P
export const OP_CFGI_VMS_PIDM: i32 = 0x07; // ILL without MPAM

// TLB invalidation (§4.4)
export const OP_TLBI_NH_ALL: i32 = 0x10; // NH_*: ILL without S1P
export const OP_TLBI_NH_ASID: i32 = 0x11;
export const OP_TLBI_NH_VA: i32 = 0x12;
export const OP_TLBI_NH_VAA: i32 = 0x13;
export const OP_TLBI_EL3_ALL: i32 = 0x18; // always ILL on the Non-secure queue
export const OP_TLBI_EL3_VA: i32 = 0x1a; // always ILL on the Non-secure queue
export const OP_TLBI_EL2_ALL: i32 = 0x20; // EL2_*: ILL without Hyp
export const OP_TLBI_EL2_ASID: i32 = 0x21;
export const OP_TLBI_EL2_VA: i32 = 0x22;
export const OP_TLBI_EL2_VAA: i32 = 0x23;
export const OP_TLBI_S12_VMALL: i32 = 0x28; // ILL without S2P
export const OP_TLBI_S2_IPA: i32 = 0x2a; // ILL without S2P
export const OP_TLBI_NSNH_ALL: i32 = 0x30;

// Secure EL2 and Secure stage 2 invalidations, 0x50..0x60: always ILL on the Non-secure queue
export const OP_SECURE_EL2_FIRST: i32 = 0x50;
export const OP_SECURE_EL2_LAST: i32 = 0x60;

// ATS and PRI (§4.5)
export const OP_ATC_INV: i32 = 0x40; // ILL without ATS
export const OP_PRI_RESP: i32 = 0x41; // ILL without PRI

// Fault response and synchronisation (§4.7)
export const OP_RESUME: i32 = 0x44; // ILL when STALL_MODEL is 1
export const OP_STALL_TERM: i32 = 0x45; // ILL when STALL_MODEL is 1
export const OP_SYNC: i32 = 0x46;

// Device Permission Table (§4.6), ILL without IDR3.DPT
export const OP_DPTI_ALL: i32 = 0x70;
export const OP_DPTI_PA: i32 = 0x73;

// IMPLEMENTATION DEFINED opcodes, ILL here; every opcode not listed is reserved and ILL
export const OP_IMPDEF_FIRST: i32 = 0x80;
export const OP_IMPDEF_LAST: i32 = 0x8f;

// Shared by the commands that have them
export const CMD_StreamID: i32 = (0 << 16) | (32 << 8) | 32; // dw0 [63:32]
export const CMD_SubstreamID: i32 = (0 << 16) | (12 << 8) | 20; // dw0 [31:12] CFGI_CD, PREFETCH_*, ATC_INV, PRI_RESP
export const CMD_SSV: i32 = (0 << 16) | (11 << 8) | 1; // dw0 [11] SubstreamID valid; CFGI_CD has none
export const CMD_SSec: i32 = (0 << 16) | (10 << 8) | 1; // dw0 [10] 1: Secure StreamID, ILL on the Non-secure queue
export const CMD_OPCODE: i32 = (0 << 16) | (0 << 8) | 8; // dw0 [7:0]

// PREFETCH_ADDR: touches Addr + n * 2^(12+Stride), 0 <= n < 2^Size
export const CMD_PREFETCH_Addr: i32 = (1 << 16) | (12 << 8) | 52; // dw1 [63:12]
export const CMD_PREFETCH_NS: i32 = (1 << 16) | (11 << 8) | 1; // dw1 [11] RES0 on the Non-secure queue
export const CMD_PREFETCH_Stride: i32 = (1 << 16) | (5 << 8) | 5; // dw1 [9:5] RES0 in v3.0
export const CMD_PREFETCH_Size: i32 = (1 << 16) | (0 << 8) | 5; // dw1 [4:0]

// CFGI_STE, CFGI_CD, CFGI_STE_RANGE and CFGI_VMS_PIDM
export const CMD_CFGI_VMID: i32 = (0 << 16) | (32 << 8) | 16; // dw0 [47:32] CFGI_VMS_PIDM only
export const CMD_CFGI_Range: i32 = (1 << 16) | (0 << 8) | 5; // dw1 [4:0] 2^(Range+1) StreamIDs, aligned to that; 31 is everything
export const CMD_CFGI_Leaf: i32 = (1 << 16) | (0 << 8) | 1; // dw1 [0] 1: leave the level 1 descriptors (L1STD, L1CD)
export const CFGI_RANGE_ALL: i32 = 31;

// TLBI_*; NUM, SCALE, TTL128, TTL and TG are RES0 without IDR3.RIL
export const CMD_TLBI_ASID: i32 = (0 << 16) | (48 << 8) | 16; // dw0 [63:48]
export const CMD_TLBI_VMID: i32 = (0 << 16) | (32 << 8) | 16; // dw0 [47:32]
export const CMD_TLBI_SCALE: i32 = (0 << 16) | (20 << 8) | 6; // dw0 [25:20] [25] RES0 without IDR5.DS; with it, values above 39 behave as 39
export const CMD_TLBI_NUM: i32 = (0 << 16) | (12 << 8) | 5; // dw0 [16:12] the range is (NUM + 1) * 2^SCALE granules
export const CMD_TLBI_Address: i32 = (1 << 16) | (12 << 8) | 52; // dw1 [63:12] VA
export const CMD_TLBI_IPA: i32 = (1 << 16) | (12 << 8) | 44; // dw1 [55:12] S2_IPA only
export const CMD_TLBI_TG: i32 = (1 << 16) | (10 << 8) | 2; // dw1 [11:10] see TLBI_TG_*
export const CMD_TLBI_TTL: i32 = (1 << 16) | (8 << 8) | 2; // dw1 [9:8] 0 any level, 1..3 leaf entries of that level
export const CMD_TLBI_TTL128: i32 = (1 << 16) | (7 << 8) | 1; // dw1 [7] the TTL hint is about 128-bit descriptors
export const CMD_TLBI_Leaf: i32 = (1 << 16) | (0 << 8) | 1; // dw1 [0] 1: leave cached Table descriptors

// TG: a third coding, neither CD.TG0 nor CD.TG1; log2 of the granule is 10 + 2 * TG
export const TLBI_TG_NONE: i32 = 0; // one address, no range and no hint
export const TLBI_TG_4K: i32 = 1;
export const TLBI_TG_16K: i32 = 2;
export const TLBI_TG_64K: i32 = 3;
export const TLBI_SCALE_MAX: i32 = 39;

// ATC_INV
export const CMD_ATC_INV_Global: i32 = (0 << 16) | (9 << 8) | 1; // dw0 [9] Global Invalidate; matters with SSV only
export const CMD_ATC_INV_Address: i32 = (1 << 16) | (12 << 8) | 52; // dw1 [63:12] low Size bits of the page number are ignored
export const CMD_ATC_INV_Size: i32 = (1 << 16) | (0 << 8) | 6; // dw1 [5:0] 4096 * 2^Size bytes; 52 is everything, 53..63 have no meaning
export const ATC_INV_SIZE_ALL: i32 = 52;

// PRI_RESP
export const CMD_PRI_RESP_Resp: i32 = (1 << 16) | (12 << 8) | 2; // dw1 [13:12] see PRI_RESP_*; 3 is ILL
export const CMD_PRI_RESP_PRGIndex: i32 = (1 << 16) | (0 << 8) | 9; // dw1 [8:0]
export const PRI_RESP_DENY: i32 = 0; // PCIe Response Failure, 0b1111
export const PRI_RESP_FAIL: i32 = 1; // PCIe Invalid Request, 0b0001
export const PRI_RESP_SUCCESS: i32 = 2; // PCIe Success, 0b0000

// RESUME; STALL_TERM has a StreamID only
export const CMD_RESUME_Ab: i32 = (0 << 16) | (13 << 8) | 1; // dw0 [13] with Ac 0: 1 abort, 0 RAZ/WI (IDR0.TERM_MODEL 1: always abort)
export const CMD_RESUME_Ac: i32 = (0 << 16) | (12 << 8) | 1; // dw0 [12] 1 retry, 0 terminate
export const CMD_RESUME_STAG: i32 = (1 << 16) | (0 << 8) | 16; // dw1 [15:0] matched together with StreamID

// DPTI_PA
export const CMD_DPTI_Address: i32 = (1 << 16) | (12 << 8) | 44; // dw1 [55:12]
export const CMD_DPTI_SIZE: i32 = (1 << 16) | (8 << 8) | 4; // dw1 [11:8] 0..9 are 4K, 16K, 64K, 2M, 32M, 512M, 1G, 16G, 64G, 512G; others invalidate nothing
export const CMD_DPTI_Leaf: i32 = (1 << 16) | (0 << 8) | 1; // dw1 [0]

// SYNC
export const CMD_SYNC_MSIData: i32 = (0 << 16) | (32 << 8) | 32; // dw0 [63:32]
export const CMD_SYNC_MSIAttr: i32 = (0 << 16) | (24 << 8) | 4; // dw0 [27:24] as STE.MemAttr
export const CMD_SYNC_MSH: i32 = (0 << 16) | (22 << 8) | 2; // dw0 [23:22] see SH_*
export const CMD_SYNC_CS: i32 = (0 << 16) | (12 << 8) | 2; // dw0 [13:12] see SYNC_CS_*; 3 is ILL
export const CMD_SYNC_MSIAddress: i32 = (1 << 16) | (2 << 8) | 54; // dw1 [55:2] 0: no MSI
export const SYNC_CS_SIG_NONE: i32 = 0;
export const SYNC_CS_SIG_IRQ: i32 = 1;
export const SYNC_CS_SIG_SEV: i32 = 2; // as SIG_NONE without IDR0.SEV
