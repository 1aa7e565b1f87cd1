// Statistics of time, u64 each, at Timing.STATS.

export const TRANSACTIONS: i32 = 0; // finished
export const LATENCY_SUM: i32 = 8; // cycles from acceptance to response
export const LATENCY_MAX: i32 = 16;
export const FIRST_OFFER: i32 = 24; // tick of the first offer since the statistics were reset; -1: none
export const LAST_RESPONSE: i32 = 32; // tick
export const FORWARDED_BYTES: i32 = 40; // of forwarded transactions
export const REFUSED: i32 = 48; // offers that found no slot or no room in the write buffer
export const STALL_ORDER: i32 = 56; // ticks spent waiting, by cause
export const STALL_HAZARD: i32 = 64;
export const STALL_TCU_SLOT: i32 = 72;
export const STALL_WALK_SLOT: i32 = 80;
export const STALL_MEMORY: i32 = 88;
export const SLOT_CYCLES: i32 = 96; // TBU slots in use, summed over ticks
export const WALK_CYCLES: i32 = 104; // walk slots in use, summed over ticks
export const SLOT_MAX: i32 = 112;
export const WALK_MAX: i32 = 120;
export const COMMAND_CYCLES: i32 = 128; // ticks in which the command engine had something to do
export const TBU_INVALIDATIONS: i32 = 136; // invalidations sent to the TBUs
export const PREFETCHES: i32 = 144; // requests made ahead
export const PREFETCH_DROPPED: i32 = 152; // not made: the page was there or under way, or too many were
export const PREFETCH_READS: i32 = 160; // table reads made for them
export const STALL_CONFIG_SLOT: i32 = 168;
export const TCU_CYCLES: i32 = 176; // TCU slots in use, summed over ticks
export const TCU_MAX: i32 = 184;
export const QUEUE_CYCLES: i32 = 192; // requests that wait for a walk slot, summed over ticks
export const QUEUE_MAX: i32 = 200;
