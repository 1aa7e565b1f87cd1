// Counters of the device as a whole, u64 each.

export const COMMANDS: i32 = 0; // u64[256] by opcode, consumed
export const EVENTS: i32 = 2048; // u64[256] by event number, recorded
export const EVENTS_LOST: i32 = 4096; // u64 non-stall records that were dropped because the queue was not writable
export const CERRORS: i32 = 4104; // u64 command errors
export const MSIS: i32 = 4112; // u64 MSIs sent
export const INTERRUPTS: i32 = 4120; // u64 wired pulses
export const EVENTS_CAUSED: i32 = 4128; // u64 events of transactions, recorded or not
export const LEVEL_READS: i32 = 4136; // u64[2][5] descriptors read: stage 1 then stage 2, levels -1..3
export const CONFIG_READS: i32 = 4216; // u64[4] by TableAccess, L1STD to CD
export const BYTES: i32 = 4248;
