// Event records (IHI 0070 §7.3): fields of the four 64-bit words. A field is packed as `dword << 16 | lsb << 8 | width`.
// Fields a record does not have are 0.

export const BYTES: i32 = 32;
export const BYTES_LOG2: i32 = 5;

// dword 0. F_STREAM_DISABLED and F_TRANSL_FORBIDDEN have neither SSV nor SubstreamID;
// C_BAD_SUBSTREAMID has no SSV and its SubstreamID is always valid.
export const StreamID: i32 = (0 << 16) | (32 << 8) | 32; // dw0 [63:32]
export const SubstreamID: i32 = (0 << 16) | (12 << 8) | 20; // dw0 [31:12] 0 when SSV is 0
export const SSV: i32 = (0 << 16) | (11 << 8) | 1; // dw0 [11] SubstreamID valid
export const NUMBER: i32 = (0 << 16) | (0 << 8) | 8; // dw0 [7:0] see Event

// dword 1 of F_TRANSLATION, F_ADDR_SIZE, F_ACCESS, F_PERMISSION; PnU, InD and RnW also in F_UUT, F_WALK_EABT,
// F_TLB_CONFLICT, RnW in F_TRANSL_FORBIDDEN; S2 and CLASS also in F_WALK_EABT
export const TTRnW: i32 = (1 << 16) | (44 << 8) | 1; // dw1 [44] F_PERMISSION with CLASS TT: 1 read of the descriptor, 0 hardware update
export const CLASS: i32 = (1 << 16) | (40 << 8) | 2; // dw1 [41:40] see CLASS_*
export const S2: i32 = (1 << 16) | (39 << 8) | 1; // dw1 [39] 1: stage 2
export const NSIPA: i32 = (1 << 16) | (38 << 8) | 1; // dw1 [38] Secure queue only
export const RnW: i32 = (1 << 16) | (35 << 8) | 1; // dw1 [35] 1 read
export const InD: i32 = (1 << 16) | (34 << 8) | 1; // dw1 [34] 1 instruction; 0 for writes
export const PnU: i32 = (1 << 16) | (33 << 8) | 1; // dw1 [33] 1 privileged
export const Stall: i32 = (1 << 16) | (31 << 8) | 1; // dw1 [31] the transaction waits for CMD_RESUME or CMD_STALL_TERM
export const STAG: i32 = (1 << 16) | (0 << 8) | 16; // dw1 [15:0] stall tag, valid when Stall is 1

// F_PERMISSION of v3.4; these three positions are taken from another implementation, not from the document
export const Overlay: i32 = (1 << 16) | (45 << 8) | 1; // dw1 [45]
export const AssuredOnly: i32 = (1 << 16) | (43 << 8) | 1; // dw1 [43]
export const DirtyBit: i32 = (1 << 16) | (42 << 8) | 1; // dw1 [42]

// dword 1 of the fetch faults, F_UUT and F_WALK_EABT; F_CFG_CONFLICT and F_TLB_CONFLICT have a wider Reason
export const CONFLICT_Reason: i32 = (1 << 16) | (0 << 8) | 32; // dw1 [31:0] IMPLEMENTATION DEFINED
export const GPCF: i32 = (1 << 16) | (16 << 8) | 1; // dw1 [16] granule protection fault (RME); else 0
export const Reason: i32 = (1 << 16) | (0 << 8) | 16; // dw1 [15:0] IMPLEMENTATION DEFINED

// dword 1 of F_BAD_ATS_TREQ: the request as received, before STE overrides
export const ATS_R: i32 = (1 << 16) | (31 << 8) | 1; // dw1 [31] always 1
export const ATS_W: i32 = (1 << 16) | (30 << 8) | 1; // dw1 [30] not NW
export const ATS_X: i32 = (1 << 16) | (29 << 8) | 1; // dw1 [29]
export const ATS_P: i32 = (1 << 16) | (28 << 8) | 1; // dw1 [28]
export const ATS_Span: i32 = (1 << 16) | (0 << 8) | 4; // dw1 [3:0] STUs requested

// dword 1 of E_PAGE_REQUEST
export const PAGE_Span: i32 = (1 << 16) | (44 << 8) | 8; // dw1 [51:44] in units of 4096 bytes
export const PAGE_pR: i32 = (1 << 16) | (39 << 8) | 1; // dw1 [39]
export const PAGE_pW: i32 = (1 << 16) | (38 << 8) | 1; // dw1 [38]
export const PAGE_pX: i32 = (1 << 16) | (37 << 8) | 1; // dw1 [37]
export const PAGE_uR: i32 = (1 << 16) | (35 << 8) | 1; // dw1 [35]
export const PAGE_uW: i32 = (1 << 16) | (34 << 8) | 1; // dw1 [34]
export const PAGE_uX: i32 = (1 << 16) | (33 << 8) | 1; // dw1 [33]

// dword 2
export const InputAddr: i32 = (2 << 16) | (0 << 8) | 64; // dw2 [63:0] the address as received, tag bits included
export const InputAddr_page: i32 = (2 << 16) | (12 << 8) | 52; // dw2 [63:12] F_BAD_ATS_TREQ and E_PAGE_REQUEST: page only, [11:0] are 0

// dword 3
export const IPA: i32 = (3 << 16) | (12 << 8) | 44; // dw3 [55:12] stage 2 faults: IPA[55:12] in place
export const FetchAddr: i32 = (3 << 16) | (3 << 8) | 53; // dw3 [55:3] fetch faults and F_WALK_EABT: physical address of the structure or descriptor

// CLASS: what was being translated; 3 is reserved
export const CLASS_CD: i32 = 0; // a CD or L1CD fetch
export const CLASS_TT: i32 = 1; // a stage 1 descriptor access
export const CLASS_IN: i32 = 2; // the transaction itself
