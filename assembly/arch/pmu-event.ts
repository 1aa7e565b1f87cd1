// Events that a counter group counts (IHI 0070 §10.3).

// Architected events (§10.3)
export const CYCLES: i32 = 0; // of the group's clock
export const TRANSACTION: i32 = 1; // TBU: transaction; TCU: translation request received
export const TLB_MISS: i32 = 2; // TBU: request sent to the TCU; TCU: request that read a descriptor
export const CONFIG_MISS: i32 = 3; // configuration cache missed
export const WALK_ACCESS: i32 = 4; // access to a translation table
export const CONFIG_ACCESS: i32 = 5; // access to a stream table or CD table

// IMPLEMENTATION DEFINED ones, with the numbers of MMU-600 and MMU-700. In the TCU:
export const WALK_CACHE: i32 = 0x80; // look-up of stage 1 level 0; see walkCache
export const WALK_CACHE_READ: i32 = 0x90; // a set of a walk cache is read
export const BUFFERED: i32 = 0x91; // a request waits for a walk slot
export const CONFIG_LOOKUP: i32 = 0x92;
export const CONFIG_CACHE_READ: i32 = 0x93;
export const CONFIG_CACHE_MISS: i32 = 0x94;
export const SPECULATIVE: i32 = 0xa0; // speculative request or address prefetch

// In a TBU
export const MAIN_LOOKUP: i32 = 0x80;
export const MAIN_MISS: i32 = 0x81;
export const MAIN_READ: i32 = 0x82; // a set of the main TLB is read, once for each page size tried
export const MICRO_LOOKUP: i32 = 0x83;
export const MICRO_MISS: i32 = 0x84;
export const SLOTS_FULL: i32 = 0x85; // cycles
export const BUFFER_FULL: i32 = 0x87; // cycles in which the write buffer is full
export const REQUEST: i32 = 0x88; // translation request

/** Walk cache look-ups of a stage (1, 2) at a level (0 to 3); misses are one more. */
export function walkCache(stage: i32, level: i32): i32 {
  return WALK_CACHE + 8 * (stage - 1) + 2 * level;
}
