// A counter group (PMCG).

export const BYTES: i32 = 0x680;
export const CNTEN: i32 = 0x00; // u64 counters enabled
export const INTEN: i32 = 0x08; // u64
export const OVS: i32 = 0x10; // u64
export const ACTIVE: i32 = 0x18; // u64 counters that count what happens to transactions, derived
export const CYCLES: i32 = 0x20; // u64 counters that count cycles, derived
export const SINCE: i32 = 0x28; // u64 tick (cycle, with time off) up to which those have been counted
export const IRQ_CFG0: i32 = 0x30; // u64
export const IRQ_CFG1: i32 = 0x38; // u32
export const IRQ_CFG2: i32 = 0x3c; // u32
export const IRQ_CTRL: i32 = 0x40; // u32, and IRQ_CTRLACK
export const IRQ_STATUS: i32 = 0x44; // u32
export const CR: i32 = 0x48; // u32
export const FULL: i32 = 0x4c; // u32 FULL_*: what of the TBU is full now
export const EVCNTR: i32 = 0x80; // u64[64]
export const SVR: i32 = 0x280; // u64[64]
export const EVTYPER: i32 = 0x480; // u32[64]
export const SMR: i32 = 0x580; // u32[64]
export const FULL_SLOTS: i32 = 1;
export const FULL_BUFFER: i32 = 2;
