// Event records (IHI 0070 §7.3): numbers and fields of the four 64-bit words.
// A field is packed as `dword << 16 | lsb << 8 | width`. Fields a record does not have are 0.

export const EVT_BYTES: i32 = 32;
export const EVT_BYTES_LOG2: i32 = 5;

export const EV_F_UUT: i32 = 0x01; // unsupported upstream transaction
export const EV_C_BAD_STREAMID: i32 = 0x02;
export const EV_F_STE_FETCH: i32 = 0x03;
export const EV_C_BAD_STE: i32 = 0x04;
export const EV_F_BAD_ATS_TREQ: i32 = 0x05;
export const EV_F_STREAM_DISABLED: i32 = 0x06;
export const EV_F_TRANSL_FORBIDDEN: i32 = 0x07;
export const EV_C_BAD_SUBSTREAMID: i32 = 0x08;
export const EV_F_CD_FETCH: i32 = 0x09;
export const EV_C_BAD_CD: i32 = 0x0a;
export const EV_F_WALK_EABT: i32 = 0x0b;
export const EV_F_TRANSLATION: i32 = 0x10;
export const EV_F_ADDR_SIZE: i32 = 0x11;
export const EV_F_ACCESS: i32 = 0x12;
export const EV_F_PERMISSION: i32 = 0x13;
export const EV_F_TLB_CONFLICT: i32 = 0x20;
export const EV_F_CFG_CONFLICT: i32 = 0x21;
export const EV_E_PAGE_REQUEST: i32 = 0x24;
export const EV_F_VMS_FETCH: i32 = 0x25;
export const EV_IMPDEF_FIRST: i32 = 0xe0;
export const EV_IMPDEF_LAST: i32 = 0xef;

// dword 0. F_STREAM_DISABLED and F_TRANSL_FORBIDDEN have neither SSV nor SubstreamID;
// C_BAD_SUBSTREAMID has no SSV and its SubstreamID is always valid.
export const EVT_StreamID: i32 = (0 << 16) | (32 << 8) | 32; // dw0 [63:32]
export const EVT_SubstreamID: i32 = (0 << 16) | (12 << 8) | 20; // dw0 [31:12] 0 when SSV is 0
export const EVT_SSV: i32 = (0 << 16) | (11 << 8) | 1; // dw0 [11] SubstreamID valid
export const EVT_NUMBER: i32 = (0 << 16) | (0 << 8) | 8; // dw0 [7:0] see EV_*

// dword 1 of F_TRANSLATION, F_ADDR_SIZE, F_ACCESS, F_PERMISSION; PnU, InD and RnW also in F_UUT, F_WALK_EABT,
// F_TLB_CONFLICT, RnW in F_TRANSL_FORBIDDEN; S2 and CLASS also in F_WALK_EABT
export const EVT_TTRnW: i32 = (1 << 16) | (44 << 8) | 1; // dw1 [44] F_PERMISSION with CLASS TT: 1 read of the descriptor, 0 hardware update
export const EVT_CLASS: i32 = (1 << 16) | (40 << 8) | 2; // dw1 [41:40] see EVT_CLASS_*
export const EVT_S2: i32 = (1 << 16) | (39 << 8) | 1; // dw1 [39] 1: stage 2
export const EVT_NSIPA: i32 = (1 << 16) | (38 << 8) | 1; // dw1 [38] Secure queue only
export const EVT_RnW: i32 = (1 << 16) | (35 << 8) | 1; // dw1 [35] 1 read
export const EVT_InD: i32 = (1 << 16) | (34 << 8) | 1; // dw1 [34] 1 instruction; 0 for writes
export const EVT_PnU: i32 = (1 << 16) | (33 << 8) | 1; // dw1 [33] 1 privileged
export const EVT_Stall: i32 = (1 << 16) | (31 << 8) | 1; // dw1 [31] the transaction waits for CMD_RESUME or CMD_STALL_TERM
export const EVT_STAG: i32 = (1 << 16) | (0 << 8) | 16; // dw1 [15:0] stall tag, valid when Stall is 1

// F_PERMISSION of v3.4; these three positions are taken from another implementation, not from the document
export const EVT_Overlay: i32 = (1 << 16) | (45 << 8) | 1; // dw1 [45]
export const EVT_AssuredOnly: i32 = (1 << 16) | (43 << 8) | 1; // dw1 [43]
export const EVT_DirtyBit: i32 = (1 << 16) | (42 << 8) | 1; // dw1 [42]

// dword 1 of the fetch faults, F_UUT and F_WALK_EABT; F_CFG_CONFLICT and F_TLB_CONFLICT have a wider Reason
export const EVT_CONFLICT_Reason: i32 = (1 << 16) | (0 << 8) | 32; // dw1 [31:0] IMPLEMENTATION DEFINED
export const EVT_GPCF: i32 = (1 << 16) | (16 << 8) | 1; // dw1 [16] granule protection fault (RME); else 0
export const EVT_Reason: i32 = (1 << 16) | (0 << 8) | 16; // dw1 [15:0] IMPLEMENTATION DEFINED

// dword 1 of F_BAD_ATS_TREQ: the request as received, before STE overrides
export const EVT_ATS_R: i32 = (1 << 16) | (31 << 8) | 1; // dw1 [31] always 1
export const EVT_ATS_W: i32 = (1 << 16) | (30 << 8) | 1; // dw1 [30] not NW
export const EVT_ATS_X: i32 = (1 << 16) | (29 << 8) | 1; // dw1 [29]
export const EVT_ATS_P: i32 = (1 << 16) | (28 << 8) | 1; // dw1 [28]
export const EVT_ATS_Span: i32 = (1 << 16) | (0 << 8) | 4; // dw1 [3:0] STUs requested

// dword 1 of E_PAGE_REQUEST
export const EVT_PAGE_Span: i32 = (1 << 16) | (44 << 8) | 8; // dw1 [51:44] in units of 4096 bytes
export const EVT_PAGE_pR: i32 = (1 << 16) | (39 << 8) | 1; // dw1 [39]
export const EVT_PAGE_pW: i32 = (1 << 16) | (38 << 8) | 1; // dw1 [38]
export const EVT_PAGE_pX: i32 = (1 << 16) | (37 << 8) | 1; // dw1 [37]
export const EVT_PAGE_uR: i32 = (1 << 16) | (35 << 8) | 1; // dw1 [35]
export const EVT_PAGE_uW: i32 = (1 << 16) | (34 << 8) | 1; // dw1 [34]
export const EVT_PAGE_uX: i32 = (1 << 16) | (33 << 8) | 1; // dw1 [33]

// dword 2
export const EVT_InputAddr: i32 = (2 << 16) | (0 << 8) | 64; // dw2 [63:0] the address as received, tag bits included
export const EVT_InputAddr_page: i32 = (2 << 16) | (12 << 8) | 52; // dw2 [63:12] F_BAD_ATS_TREQ and E_PAGE_REQUEST: page only, [11:0] are 0

// dword 3
export const EVT_IPA: i32 = (3 << 16) | (12 << 8) | 44; // dw3 [55:12] stage 2 faults: IPA[55:12] in place
export const EVT_FetchAddr: i32 = (3 << 16) | (3 << 8) | 53; // dw3 [55:3] fetch faults and F_WALK_EABT: physical address of the structure or descriptor

// CLASS: what was being translated; 3 is reserved
export const EVT_CLASS_CD: i32 = 0; // a CD or L1CD fetch
export const EVT_CLASS_TT: i32 = 1; // a stage 1 descriptor access
export const EVT_CLASS_IN: i32 = 2; // the transaction itself
