// Opcodes of the Non-secure Command queue (IHI 0070 §4); their fields are in command.

// Prefetch (§4.2)
export const PREFETCH_CONFIG: i32 = 0x01;
export const PREFETCH_ADDR: i32 = 0x02;

// Configuration invalidation (§4.3)
export const CFGI_STE: i32 = 0x03;
export const CFGI_STE_RANGE: i32 = 0x04; // Range 31 is CMD_CFGI_ALL
export const CFGI_ALL: i32 = 0x04; // with Range 31
export const CFGI_CD: i32 = 0x05; // ILL without S1P
export const CFGI_CD_ALL: i32 = 0x06; // ILL without S1P
export const CFGI_VMS_PIDM: i32 = 0x07; // ILL without MPAM

// TLB invalidation (§4.4)
export const TLBI_NH_ALL: i32 = 0x10; // NH_*: ILL without S1P
export const TLBI_NH_ASID: i32 = 0x11;
export const TLBI_NH_VA: i32 = 0x12;
export const TLBI_NH_VAA: i32 = 0x13;
export const TLBI_EL3_ALL: i32 = 0x18; // always ILL on the Non-secure queue
export const TLBI_EL3_VA: i32 = 0x1a; // always ILL on the Non-secure queue
export const TLBI_EL2_ALL: i32 = 0x20; // EL2_*: ILL without Hyp
export const TLBI_EL2_ASID: i32 = 0x21;
export const TLBI_EL2_VA: i32 = 0x22;
export const TLBI_EL2_VAA: i32 = 0x23;
export const TLBI_S12_VMALL: i32 = 0x28; // ILL without S2P
export const TLBI_S2_IPA: i32 = 0x2a; // ILL without S2P
export const TLBI_NSNH_ALL: i32 = 0x30;

// Secure EL2 and Secure stage 2 invalidations, 0x50..0x60: always ILL on the Non-secure queue
export const SECURE_EL2_FIRST: i32 = 0x50;
export const SECURE_EL2_LAST: i32 = 0x60;

// ATS and PRI (§4.5)
export const ATC_INV: i32 = 0x40; // ILL without ATS
export const PRI_RESP: i32 = 0x41; // ILL without PRI

// Fault response and synchronisation (§4.7)
export const RESUME: i32 = 0x44; // ILL when STALL_MODEL is 1
export const STALL_TERM: i32 = 0x45; // ILL when STALL_MODEL is 1
export const SYNC: i32 = 0x46;

// Device Permission Table (§4.6), ILL without IDR3.DPT
export const DPTI_ALL: i32 = 0x70;
export const DPTI_PA: i32 = 0x73;

// IMPLEMENTATION DEFINED opcodes, ILL here; every opcode not listed is reserved and ILL
export const IMPDEF_FIRST: i32 = 0x80;
export const IMPDEF_LAST: i32 = 0x8f;
