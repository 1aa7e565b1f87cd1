// Commands of the Non-secure Command queue (IHI 0070 §4): fields and encodings. A command is two 64-bit words.
// A field is packed as `dword << 16 | lsb << 8 | width`. Fields that several commands share have one name; SSec must be 0 on
// the Non-secure queue.

export const BYTES: i32 = 16;
export const BYTES_LOG2: i32 = 4;

// Shared by the commands that have them
export const StreamID: i32 = (0 << 16) | (32 << 8) | 32; // dw0 [63:32]
export const SubstreamID: i32 = (0 << 16) | (12 << 8) | 20; // dw0 [31:12] CFGI_CD, PREFETCH_*, ATC_INV, PRI_RESP
export const SSV: i32 = (0 << 16) | (11 << 8) | 1; // dw0 [11] SubstreamID valid; CFGI_CD has none
export const SSec: i32 = (0 << 16) | (10 << 8) | 1; // dw0 [10] 1: Secure StreamID, ILL on the Non-secure queue
export const OPCODE: i32 = (0 << 16) | (0 << 8) | 8; // dw0 [7:0]

// PREFETCH_ADDR: touches Addr + n * 2^(12+Stride), 0 <= n < 2^Size
export const PREFETCH_Addr: i32 = (1 << 16) | (12 << 8) | 52; // dw1 [63:12]
export const PREFETCH_NS: i32 = (1 << 16) | (11 << 8) | 1; // dw1 [11] RES0 on the Non-secure queue
export const PREFETCH_Stride: i32 = (1 << 16) | (5 << 8) | 5; // dw1 [9:5] RES0 in v3.0
export const PREFETCH_Size: i32 = (1 << 16) | (0 << 8) | 5; // dw1 [4:0]

// CFGI_STE, CFGI_CD, CFGI_STE_RANGE and CFGI_VMS_PIDM
export const CFGI_VMID: i32 = (0 << 16) | (32 << 8) | 16; // dw0 [47:32] CFGI_VMS_PIDM only
export const CFGI_Range: i32 = (1 << 16) | (0 << 8) | 5; // dw1 [4:0] 2^(Range+1) StreamIDs, aligned to that; 31 is everything
export const CFGI_Leaf: i32 = (1 << 16) | (0 << 8) | 1; // dw1 [0] 1: leave the level 1 descriptors (L1STD, L1CD)
export const CFGI_RANGE_ALL: i32 = 31;

// TLBI_*; NUM, SCALE, TTL128, TTL and TG are RES0 without IDR3.RIL
export const TLBI_ASID: i32 = (0 << 16) | (48 << 8) | 16; // dw0 [63:48]
export const TLBI_VMID: i32 = (0 << 16) | (32 << 8) | 16; // dw0 [47:32]
export const TLBI_SCALE: i32 = (0 << 16) | (20 << 8) | 6; // dw0 [25:20] [25] RES0 without IDR5.DS; with it, values above 39 behave as 39
export const TLBI_SCALE_48: i32 = (0 << 16) | (20 << 8) | 5; // dw0 [24:20] SCALE without IDR5.DS
export const TLBI_NUM: i32 = (0 << 16) | (12 << 8) | 5; // dw0 [16:12] the range is (NUM + 1) * 2^SCALE granules
export const TLBI_Address: i32 = (1 << 16) | (12 << 8) | 52; // dw1 [63:12] VA
export const TLBI_IPA: i32 = (1 << 16) | (12 << 8) | 44; // dw1 [55:12] S2_IPA only
export const TLBI_TG: i32 = (1 << 16) | (10 << 8) | 2; // dw1 [11:10] see TLBI_TG_*
export const TLBI_TTL: i32 = (1 << 16) | (8 << 8) | 2; // dw1 [9:8] 0 any level, 1..3 leaf entries of that level
export const TLBI_TTL128: i32 = (1 << 16) | (7 << 8) | 1; // dw1 [7] the TTL hint is about 128-bit descriptors
export const TLBI_Leaf: i32 = (1 << 16) | (0 << 8) | 1; // dw1 [0] 1: leave cached Table descriptors

// TG: a third coding, neither CD.TG0 nor CD.TG1; log2 of the granule is 10 + 2 * TG
export const TLBI_TG_NONE: i32 = 0; // one address, no range and no hint
export const TLBI_TG_4K: i32 = 1;
export const TLBI_TG_16K: i32 = 2;
export const TLBI_TG_64K: i32 = 3;
export const TLBI_SCALE_MAX: i32 = 39;

// ATC_INV
export const ATC_INV_Global: i32 = (0 << 16) | (9 << 8) | 1; // dw0 [9] Global Invalidate; matters with SSV only
export const ATC_INV_Address: i32 = (1 << 16) | (12 << 8) | 52; // dw1 [63:12] low Size bits of the page number are ignored
export const ATC_INV_Size: i32 = (1 << 16) | (0 << 8) | 6; // dw1 [5:0] 4096 * 2^Size bytes; 52 is everything, 53..63 have no meaning
export const ATC_INV_SIZE_ALL: i32 = 52;

// PRI_RESP
export const PRI_RESP_Resp: i32 = (1 << 16) | (12 << 8) | 2; // dw1 [13:12] see PRI_RESP_*; 3 is ILL
export const PRI_RESP_PRGIndex: i32 = (1 << 16) | (0 << 8) | 9; // dw1 [8:0]
export const PRI_RESP_DENY: i32 = 0; // PCIe Response Failure, 0b1111
export const PRI_RESP_FAIL: i32 = 1; // PCIe Invalid Request, 0b0001
export const PRI_RESP_SUCCESS: i32 = 2; // PCIe Success, 0b0000

// RESUME; STALL_TERM has a StreamID only
export const RESUME_Ab: i32 = (0 << 16) | (13 << 8) | 1; // dw0 [13] with Ac 0: 1 abort, 0 RAZ/WI (IDR0.TERM_MODEL 1: always abort)
export const RESUME_Ac: i32 = (0 << 16) | (12 << 8) | 1; // dw0 [12] 1 retry, 0 terminate
export const RESUME_STAG: i32 = (1 << 16) | (0 << 8) | 16; // dw1 [15:0] matched together with StreamID

// DPTI_PA
export const DPTI_Address: i32 = (1 << 16) | (12 << 8) | 44; // dw1 [55:12]
export const DPTI_SIZE: i32 = (1 << 16) | (8 << 8) | 4; // dw1 [11:8] 0..9 are 4K, 16K, 64K, 2M, 32M, 512M, 1G, 16G, 64G, 512G; others invalidate nothing
export const DPTI_Leaf: i32 = (1 << 16) | (0 << 8) | 1; // dw1 [0]

// SYNC
export const SYNC_MSIData: i32 = (0 << 16) | (32 << 8) | 32; // dw0 [63:32]
export const SYNC_MSIAttr: i32 = (0 << 16) | (24 << 8) | 4; // dw0 [27:24] as STE.MemAttr
export const SYNC_MSH: i32 = (0 << 16) | (22 << 8) | 2; // dw0 [23:22] see Shareability
export const SYNC_CS: i32 = (0 << 16) | (12 << 8) | 2; // dw0 [13:12] see SYNC_CS_*; 3 is ILL
export const SYNC_MSIAddress: i32 = (1 << 16) | (2 << 8) | 54; // dw1 [55:2] 0: no MSI
export const SYNC_CS_SIG_NONE: i32 = 0;
export const SYNC_CS_SIG_IRQ: i32 = 1;
export const SYNC_CS_SIG_SEV: i32 = 2; // as SIG_NONE without IDR0.SEV
