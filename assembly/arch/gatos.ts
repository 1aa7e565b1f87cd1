// Address translation operations (IHI 0070 §6.3.37-§6.3.40, §9.1): the registers of GATOS, and of VATOS, which are alike.

export const VATOS_PAGE_CTRL: i32 = 0xa00;
export const VATOS_PAGE_SID: i32 = 0xa08; // 64-bit
export const VATOS_PAGE_ADDR: i32 = 0xa10; // 64-bit; only TYPE 1 is accepted
export const VATOS_PAGE_PAR: i32 = 0xa18; // 64-bit

// GATOS_CTRL and VATOS_CTRL
export const CTRL_RUN: i32 = (0 << 16) | (0 << 8) | 1; // [0] set by software, cleared by the SMMU when PAR is valid

// GATOS_SID and VATOS_SID
export const SID_SSID_VALID: i32 = (0 << 16) | (52 << 8) | 1; // [52] RES0 when IDR1.SSIDSIZE is 0
export const SID_SUBSTREAMID: i32 = (0 << 16) | (32 << 8) | 20; // [51:32]
export const SID_STREAMID: i32 = (0 << 16) | (0 << 8) | 32; // [31:0]

// GATOS_ADDR and VATOS_ADDR
export const ADDR_ADDR: i32 = (0 << 16) | (12 << 8) | 52; // [63:12]
export const ADDR_TYPE: i32 = (0 << 16) | (10 << 8) | 2; // [11:10] see TYPE_*
export const ADDR_PnU: i32 = (0 << 16) | (9 << 8) | 1; // [9] 1 privileged
export const ADDR_RnW: i32 = (0 << 16) | (8 << 8) | 1; // [8] 1 read
export const ADDR_InD: i32 = (0 << 16) | (7 << 8) | 1; // [7] 1 instruction; ignored for writes
export const ADDR_HTTUI: i32 = (0 << 16) | (6 << 8) | 1; // [6] 1: no hardware update of translation tables
export const TYPE_RESERVED: i32 = 0;
export const TYPE_S1: i32 = 1;
export const TYPE_S2: i32 = 2;
export const TYPE_S1_S2: i32 = 3;

// GATOS_PAR and VATOS_PAR after success
export const PAR_ATTR: i32 = (0 << 16) | (56 << 8) | 8; // [63:56] MAIR format
export const PAR_ADDR: i32 = (0 << 16) | (12 << 8) | 44; // [55:12] with Size 1 the lowest set bit N gives 2^(N+1) bytes and is no part of the address
export const PAR_Size: i32 = (0 << 16) | (11 << 8) | 1; // [11] 0 4 KB, 1 see ADDR
export const PAR_SH: i32 = (0 << 16) | (8 << 8) | 2; // [9:8] see Shareability
export const PAR_FAULT: i32 = (0 << 16) | (0 << 8) | 1; // [0] 0 success, 1 fault

// GATOS_PAR and VATOS_PAR after a fault
export const PAR_IMPDEF: i32 = (0 << 16) | (60 << 8) | 4; // [63:60] IMPLEMENTATION DEFINED
export const PAR_FADDR: i32 = (0 << 16) | (12 << 8) | 44; // [55:12] IPA of a stage 2 fault, where defined
export const PAR_FAULTCODE: i32 = (0 << 16) | (4 << 8) | 8; // [11:4] see FAULT_*
export const PAR_REASON: i32 = (0 << 16) | (1 << 8) | 2; // [2:1] see REASON_*
export const REASON_OTHER: i32 = 0; // stage 1, or no stage 2 fault
export const REASON_CD: i32 = 1;
export const REASON_TT: i32 = 2;
export const REASON_IN: i32 = 3;

// FAULTCODE; the codes below INTERNAL_ERR are event numbers
export const FAULT_INV_REQ: i32 = 0xff;
export const FAULT_INV_STAGE: i32 = 0xfe;
export const FAULT_INTERNAL_ERR: i32 = 0xfd;
export const FAULT_C_BAD_STREAMID: i32 = 0x02;
export const FAULT_F_STE_FETCH: i32 = 0x03;
export const FAULT_C_BAD_STE: i32 = 0x04;
export const FAULT_F_STREAM_DISABLED: i32 = 0x06;
export const FAULT_C_BAD_SUBSTREAMID: i32 = 0x08;
export const FAULT_F_CD_FETCH: i32 = 0x09;
export const FAULT_C_BAD_CD: i32 = 0x0a;
export const FAULT_F_WALK_EABT: i32 = 0x0b;
export const FAULT_F_TRANSLATION: i32 = 0x10;
export const FAULT_F_ADDR_SIZE: i32 = 0x11;
export const FAULT_F_ACCESS: i32 = 0x12;
export const FAULT_F_PERMISSION: i32 = 0x13;
export const FAULT_F_TLB_CONFLICT: i32 = 0x20;
export const FAULT_F_CFG_CONFLICT: i32 = 0x21;
export const FAULT_F_VMS_FETCH: i32 = 0x25;

// VATOS_SEL
export const VATOS_SEL_VMID: i32 = (0 << 16) | (0 << 8) | 16; // [15:0] [15:8] RES0 without IDR0.VMID16
