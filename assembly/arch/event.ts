// Event numbers (IHI 0070 §7.3).

export const F_UUT: i32 = 0x01; // unsupported upstream transaction
export const C_BAD_STREAMID: i32 = 0x02;
export const F_STE_FETCH: i32 = 0x03;
export const C_BAD_STE: i32 = 0x04;
export const F_BAD_ATS_TREQ: i32 = 0x05;
export const F_STREAM_DISABLED: i32 = 0x06;
export const F_TRANSL_FORBIDDEN: i32 = 0x07;
export const C_BAD_SUBSTREAMID: i32 = 0x08;
export const F_CD_FETCH: i32 = 0x09;
export const C_BAD_CD: i32 = 0x0a;
export const F_WALK_EABT: i32 = 0x0b;
export const F_TRANSLATION: i32 = 0x10;
export const F_ADDR_SIZE: i32 = 0x11;
export const F_ACCESS: i32 = 0x12;
export const F_PERMISSION: i32 = 0x13;
export const F_TLB_CONFLICT: i32 = 0x20;
export const F_CFG_CONFLICT: i32 = 0x21;
export const E_PAGE_REQUEST: i32 = 0x24;
export const F_VMS_FETCH: i32 = 0x25;
export const IMPDEF_FIRST: i32 = 0xe0;
export const IMPDEF_LAST: i32 = 0xef;
