// What the timing room keeps in a request block, behind the state machine's part.

export const PC: i32 = 0x3c8; // u32 where it goes on; here begins its event (wheel.ts)
export const LINK: i32 = 0x3cc; // u32 next event of its bucket; next waiter, sleeper or free block: it is in one list at most
export const ROW: i32 = 0x3d0; // u32 batch row, or submitted record
export const DEST: i32 = 0x3d4; // u32 Scheduler.SOURCE_* that it came from; DEST_INBOX
export const TBU: i32 = 0x3d8; // u32 -> TBU state (absolute)
export const BEATS: i32 = 0x3dc; // u32 at the TBU's port
export const BEFORE: i32 = 0x3e0; // u32 the one of the same requester and direction before it, 0: none or passed
export const AFTER: i32 = 0x3e4; // u32 the one that waits for it
export const PAGE_LINK: i32 = 0x3e8;
export const HELD: i32 = 0x3ec; // u32 HELD_*
export const SINCE: i32 = 0x3f0; // u64 tick at which it began to wait
export const ORDER_KEY: i32 = 0x3f8; // u32 TBU << 1 | write: with the requester, whose order it is in
export const ORDER_LINK: i32 = 0x3fc;

export const DEST_INBOX: u32 = 4;

export const HELD_PAGE: u32 = 1; // its page is registered
export const HELD_TCU: u32 = 2;
export const HELD_WALK: u32 = 4;
export const HELD_S1_STARTED: u32 = 8; // the walk of the stage has been started
export const HELD_S2_STARTED: u32 = 32;
export const HELD_WAITS: u32 = 16; // waits for the one before it
export const HELD_CONFIG_WALK: u32 = 128;
export const HELD_ACTIVE: u32 = 256; // in flight
export const HELD_OVERTAKEN: u32 = 512; // it holds what was invalidated: a CMD_SYNC waits for it
export const HELD_SHORT: u32 = 64; // goes the way of a micro TLB hit, which needs no state machine (short.ts)
