// Which rule refused a transaction. The numbers are the model's own: a step trace has them beside the event, for the host to put
// into words; no register or record does.

export const WHY_NONE: i32 = 0;

// Before any table is read (IHI 0070 §3.9, §3.11, §3.14)
export const WHY_SPECULATIVE_WRITE: i32 = 1;
export const WHY_TRANSLATED: i32 = 2; // marked as translated by ATS
export const WHY_GBPA_ABORT: i32 = 3;
export const WHY_BYPASS_RANGE: i32 = 4; // an address that no stage translates is above OAS

// Stream table (§3.3.1, §5.1, §5.2)
export const WHY_STREAM_RANGE: i32 = 10; // LOG2SIZE, SIDSIZE
export const WHY_STREAM_SPAN: i32 = 11; // L1STD.Span is 0 or reserved
export const WHY_STREAM_INDEX: i32 = 12; // beyond L1STD.Span
export const WHY_ABOVE_OAS: i32 = 13; // the structure itself
export const WHY_EXTERNAL_ABORT: i32 = 14;
export const WHY_STE_INVALID: i32 = 15; // V = 0
export const WHY_STE_ILLEGAL: i32 = 16;
export const WHY_STE_ABORTS: i32 = 17; // Config = 0b0xx
export const WHY_ATOS_STAGE: i32 = 18; // ATOS asks for a stage that the STE does not enable

// Substreams and CDs (§3.3.2, §5.2 S1DSS, §5.3, §5.4)
export const WHY_SSID_NO_STAGE1: i32 = 20;
export const WHY_SSID_RANGE: i32 = 21; // S1CDMax
export const WHY_SSID_ZERO: i32 = 22; // S1DSS = 2 keeps CD 0 for transactions without a SubstreamID
export const WHY_NO_SSID: i32 = 23; // S1DSS = 0
export const WHY_L1CD_INVALID: i32 = 24;
export const WHY_L1CD_ADDRESS: i32 = 25; // L2Ptr above OAS or IAS
export const WHY_CD_ILLEGAL: i32 = 26; // V = 0 included

// The input of a stage (§3.4, §5.4)
export const WHY_INPUT_RANGE: i32 = 30; // TxSZ, S2T0SZ
export const WHY_EPD: i32 = 31;
export const WHY_E0PD: i32 = 32;

// A descriptor (DDI 0487 D8.3, IHI 0070 §3.13)
export const WHY_INVALID: i32 = 40; // bit 0
export const WHY_RESERVED: i32 = 41; // bits [1:0] = 1 at level 3
export const WHY_NO_BLOCK: i32 = 42; // the level has none
export const WHY_TABLE_ADDRESS: i32 = 43; // above IPS, S2PS
export const WHY_OUTPUT_ADDRESS: i32 = 44;
export const WHY_ACCESS_FLAG: i32 = 45;
export const WHY_UPDATE_ABORT: i32 = 46;
export const WHY_UPDATE_CHANGED: i32 = 47; // memory never agreed
export const WHY_UPDATE_DUE: i32 = 48; // a prefetch behind a translation makes none

// Permissions of stage 1 (DDI 0487 D8.4, IHI 0070 §5.4)
export const WHY_AP_UNPRIVILEGED: i32 = 50; // AP[1] = 0
export const WHY_AP_READ_ONLY: i32 = 51; // AP[2] = 1, and no dirty state update may change that
export const WHY_APTABLE_UNPRIVILEGED: i32 = 52;
export const WHY_APTABLE_READ_ONLY: i32 = 53;
export const WHY_UXN: i32 = 54; // XN with one privilege level
export const WHY_UXNTABLE: i32 = 55;
export const WHY_PXN: i32 = 56;
export const WHY_PXNTABLE: i32 = 57;
export const WHY_USER_WRITABLE: i32 = 58; // privileged execution of what is writable without privilege
export const WHY_WXN: i32 = 59;
export const WHY_PAN: i32 = 60;
export const WHY_EPAN: i32 = 61; // PAN, since the page is executable without privilege

// Permissions of stage 2 (DDI 0487 D8.4, IHI 0070 §5.2 S2PTW)
export const WHY_S2AP_READ: i32 = 70; // S2AP[0] = 0
export const WHY_S2AP_WRITE: i32 = 71; // S2AP[1] = 0, and no dirty state update may change that
export const WHY_S2XN: i32 = 72;
export const WHY_S2PTW: i32 = 73;

/** A cached translation refused: which of the rules above made it so was decided when it was filled. */
export const WHY_CACHED: i32 = 80;
