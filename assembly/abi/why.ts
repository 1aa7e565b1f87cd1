// Which rule refused a transaction. The numbers are the model's own: a step trace has them beside the event, for the host to put
// into words; no register or record does.

export const NONE: i32 = 0;

// Before any table is read (IHI 0070 §3.9, §3.11, §3.14)
export const SPECULATIVE_WRITE: i32 = 1;
export const TRANSLATED: i32 = 2; // marked as translated by ATS
export const GBPA_ABORT: i32 = 3;
export const BYPASS_RANGE: i32 = 4; // an address that no stage translates is above OAS

// Stream table (§3.3.1, §5.1, §5.2)
export const STREAM_RANGE: i32 = 10; // LOG2SIZE, SIDSIZE
export const STREAM_SPAN: i32 = 11; // L1STD.Span is 0 or reserved
export const STREAM_INDEX: i32 = 12; // beyond L1STD.Span
export const ABOVE_OAS: i32 = 13; // the structure itself
export const EXTERNAL_ABORT: i32 = 14;
export const STE_INVALID: i32 = 15; // V = 0
export const STE_ILLEGAL: i32 = 16;
export const STE_ABORTS: i32 = 17; // Config = 0b0xx
export const ATOS_STAGE: i32 = 18; // ATOS asks for a stage that the STE does not enable

// Substreams and CDs (§3.3.2, §5.2 S1DSS, §5.3, §5.4)
export const SSID_NO_STAGE1: i32 = 20;
export const SSID_RANGE: i32 = 21; // S1CDMax
export const SSID_ZERO: i32 = 22; // S1DSS = 2 keeps CD 0 for transactions without a SubstreamID
export const NO_SSID: i32 = 23; // S1DSS = 0
export const L1CD_INVALID: i32 = 24;
export const L1CD_ADDRESS: i32 = 25; // L2Ptr above OAS or IAS
export const CD_ILLEGAL: i32 = 26; // V = 0 included

// The input of a stage (§3.4, §5.4)
export const INPUT_RANGE: i32 = 30; // TxSZ, S2T0SZ
export const EPD: i32 = 31;
export const E0PD: i32 = 32;

// A descriptor (DDI 0487 D8.3, IHI 0070 §3.13)
export const INVALID: i32 = 40; // bit 0
export const RESERVED: i32 = 41; // bits [1:0] = 1 at level 3
export const NO_BLOCK: i32 = 42; // the level has none
export const TABLE_ADDRESS: i32 = 43; // above IPS, S2PS
export const OUTPUT_ADDRESS: i32 = 44;
export const ACCESS_FLAG: i32 = 45;
export const UPDATE_ABORT: i32 = 46;
export const UPDATE_CHANGED: i32 = 47; // memory never agreed
export const UPDATE_DUE: i32 = 48; // a prefetch behind a translation makes none

// Permissions of stage 1 (DDI 0487 D8.4, IHI 0070 §5.4)
export const AP_UNPRIVILEGED: i32 = 50; // AP[1] = 0
export const AP_READ_ONLY: i32 = 51; // AP[2] = 1, and no dirty state update may change that
export const APTABLE_UNPRIVILEGED: i32 = 52;
export const APTABLE_READ_ONLY: i32 = 53;
export const UXN: i32 = 54; // XN with one privilege level
export const UXNTABLE: i32 = 55;
export const PXN: i32 = 56;
export const PXNTABLE: i32 = 57;
export const USER_WRITABLE: i32 = 58; // privileged execution of what is writable without privilege
export const WXN: i32 = 59;
export const PAN: i32 = 60;
export const EPAN: i32 = 61; // PAN, since the page is executable without privilege

// Permissions of stage 2 (DDI 0487 D8.4, IHI 0070 §5.2 S2PTW)
export const S2AP_READ: i32 = 70; // S2AP[0] = 0
export const S2AP_WRITE: i32 = 71; // S2AP[1] = 0, and no dirty state update may change that
export const S2XN: i32 = 72;
export const S2PTW: i32 = 73;

/** A cached translation refused: which of the rules above made it so was decided when it was filled. */
export const CACHED: i32 = 80;
