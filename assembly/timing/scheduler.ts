// State of the scheduler, of the sources of transactions and of the command engine, in the timing region.
import * as Timing from '../abi/timing';

// Scheduler
export const NOW: i32 = Timing.STATE; // u64 tick
export const FREE_NODE: i32 = Timing.STATE + 0x08; // u32 -> node (absolute), linked; 0: none
export const FAR: i32 = Timing.STATE + 0x0c; // u32 -> node: events beyond the wheel
export const FAR_MIN: i32 = Timing.STATE + 0x10; // u64 earliest of them
export const FREE_BLOCK: i32 = Timing.STATE + 0x1c; // u32 request block (absolute), linked by Process.LINK; 0: none

// Source of transactions
export const SOURCE: i32 = Timing.STATE + 0x20; // u32 SOURCE_*
export const FOLLOWS: i32 = Timing.STATE + 0x24; // u32 1: the host was asked for the rows that follow the last ones
export const TURN: i32 = Timing.STATE + 0x28; // u32 closed loop: ordering id of the next row, below REQUESTERS
export const ROW: i32 = Timing.STATE + 0x2c; // u32 next row
export const END: i32 = Timing.STATE + 0x30;
export const LIMIT: i32 = Timing.STATE + 0x34; // u32 closed loop: outstanding
export const OUTSTANDING: i32 = Timing.STATE + 0x38; // u32 accepted, not answered
export const MIN_GAP: i32 = Timing.STATE + 0x3c; // u32 cycles
export const REQUESTERS: i32 = Timing.STATE + 0x40; // u32
export const REFUSED: i32 = Timing.STATE + 0x44; // u32 1: the offer at hand was refused and waits for room
export const REFUSED_BY: i32 = Timing.STATE + 0x1f0; // u32 -> TBU that had no room for it; 0: there was no block
export const REFUSED_BEATS: i32 = Timing.STATE + 0x1f4; // u32 beats of the write buffer that it needs
export const OFFER: i32 = Timing.STATE + 0x48; // u64 tick at which the next transaction is offered
export const LAST_ARRIVAL: i32 = Timing.STATE + 0x50; // u64 tick of the last arrival
export const BAD_ROW: i32 = Timing.STATE + 0x58; // i32 row + 1 that is malformed; 0: none
export const OFFER_SET: i32 = Timing.STATE + 0x5c; // u32 1: an offer event is scheduled
export const INBOX_NEXT: i32 = Timing.STATE + 0x60; // u32 next submitted record to offer
export const ACTIVE: i32 = Timing.STATE + 0x64; // u32 accepted, not finished
export const LAST_RESPONSE: i32 = Timing.STATE + 0x68; // u64 tick of the latest response
export const SLOT_CHANGE: i32 = Timing.STATE + 0x70; // u64 tick when the slots in use last changed
export const WALK_CHANGE: i32 = Timing.STATE + 0x78; // u64
export const SLOTS: i32 = Timing.STATE + 0x80; // u32 TBU slots in use
export const WALKS: i32 = Timing.STATE + 0x84; // u32 walk slots in use
export const ROW_READY: i32 = Timing.STATE + 0x88; // u32 READY_*: whose time OFFER holds
export const LOOP: i32 = Timing.STATE + 0x90; // u64 closed loop: tick of the next offer

export const BACKGROUND: i32 = Timing.STATE + 0x98; // u32 what is under way that no transaction waits for
export const ANSWERS: i32 = Timing.STATE + 0x9c; // u32 answers on their way to devices

export const COLUMNS: i32 = Timing.STATE + 0xa0; // u32[12] -> columns of the batch (absolute)

export const RETURN_FREE: i32 = Timing.STATE + 0x180; // u64 tick from which the way back from memory is free
export const FREE_PREFETCH: i32 = Timing.STATE + 0x188; // u32 block of a prefetch that is free, linked by Process.LINK

export const MAP_WORDS: i32 = Timing.STATE + 0x1f8; // u64 words of the wheel's bitmap that are not 0
export const TCU_USED: i32 = Timing.STATE + 0x18c; // u32 TCU slots in use
export const TCU_CHANGE: i32 = Timing.STATE + 0x190; // u64 tick when that last changed
export const QUEUE: i32 = Timing.STATE + 0x198; // u32 requests that wait for a walk slot
export const QUEUE_CHANGE: i32 = Timing.STATE + 0x1a0; // u64
export const RECORDS: i32 = Timing.STATE + 0x1d8; // u32 event records on their way to memory
export const LAST_ACCEPT: i32 = Timing.STATE + 0x1e8; // u64 tick at which the last row was accepted

// Command engine
export const COMMAND_BUSY: i32 = Timing.STATE + 0xd0; // u32 1
export const COMMAND_ACKS: i32 = Timing.STATE + 0xd4; // u32 TBUs that have not answered the invalidation at hand
export const COMMAND_SINCE: i32 = Timing.STATE + 0xd8; // u64 tick up to which it has been counted as busy
export const COMMANDS: i32 = Timing.STATE + 0xe0; // u32[3] by class: effects taken, time to come
export const COMMAND_HOLDS: i32 = Timing.STATE + 0xec; // u32 1: COMMAND_HELD is executed, CONS not past it
export const OVERTAKEN: i32 = Timing.STATE + 0x1a8; // u32 requests in flight that hold what was invalidated
export const SYNC_WAITS: i32 = Timing.STATE + 0x1ac; // u32 1: the CMD_SYNC at hand waits for them
export const BACKLOG: i32 = Timing.STATE + 0x1c8; // u32 commands given and not done with
export const BACKLOG_CHANGE: i32 = Timing.STATE + 0x1d0; // u64 tick when that last changed
export const SYNC_SINCE: i32 = Timing.STATE + 0x1c0; // u64 tick since which it does
export const COMMAND_HELD: i32 = Timing.STATE + 0xf0; // u64[2]

export const READY_NO: u32 = 0;
export const READY_ROW: u32 = 1;
export const READY_SUBMITTED: u32 = 2;

export const SOURCE_NONE: u32 = 0;
export const SOURCE_OPEN: u32 = 1;
export const SOURCE_LOOP: u32 = 2;
export const SOURCE_MAIN: u32 = 3; // the main request block, once

// Ordering: the last request of each requester, direction and TBU, in lists by hash (linked by Process.ORDER_LINK)
export const ORDER: i32 = Timing.STATE + 0x2200; // u32[2^ORDER_LOG2]
export const ORDER_LOG2: u32 = 10;

// Wheel
export const WHEEL_MAP: i32 = Timing.STATE + 0x3400; // bitmap of buckets in use
export const WHEEL: i32 = Timing.STATE + 0x4000; // u32 -> first event of each bucket (absolute)
