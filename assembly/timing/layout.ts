// State of the timing room behind its configuration (Timing.STATE on), and its part of a request block.
import { base, region } from '../memory/base';
import * as Header from '../abi/header';
import * as Timing from '../abi/timing';

export let tm: usize = 0; // the timing region, derived

/** Derives the pointer; called by `init` and by reset. */
export function locateTiming(): void {
  tm = region(base + Header.TIMING);
}

// Scheduler
export const T_NOW: i32 = Timing.STATE; // u64 tick
export const T_FREE_NODE: i32 = Timing.STATE + 0x08; // u32 -> node (absolute), linked; 0: none
export const T_FAR: i32 = Timing.STATE + 0x0c; // u32 -> node: events beyond the wheel
export const T_FAR_MIN: i32 = Timing.STATE + 0x10; // u64 earliest of them
export const T_FREE_BLOCK: i32 = Timing.STATE + 0x1c; // u32 request block (absolute), linked by P_LINK; 0: none

// Source of transactions
export const T_SOURCE: i32 = Timing.STATE + 0x20; // u32 SOURCE_*
export const T_FOLLOWS: i32 = Timing.STATE + 0x24; // u32 1: the host was asked for the rows that follow the last ones
export const T_TURN: i32 = Timing.STATE + 0x28; // u32 closed loop: ordering id of the next row, below T_REQUESTERS
export const T_ROW: i32 = Timing.STATE + 0x2c; // u32 next row
export const T_END: i32 = Timing.STATE + 0x30;
export const T_LIMIT: i32 = Timing.STATE + 0x34; // u32 closed loop: outstanding
export const T_OUTSTANDING: i32 = Timing.STATE + 0x38; // u32 accepted, not answered
export const T_MIN_GAP: i32 = Timing.STATE + 0x3c; // u32 cycles
export const T_REQUESTERS: i32 = Timing.STATE + 0x40; // u32
export const T_REFUSED: i32 = Timing.STATE + 0x44; // u32 1: the offer at hand was refused and waits for room
export const T_OFFER: i32 = Timing.STATE + 0x48; // u64 tick at which the next transaction is offered
export const T_LAST_ARRIVAL: i32 = Timing.STATE + 0x50; // u64 tick of the last arrival
export const T_BAD_ROW: i32 = Timing.STATE + 0x58; // i32 row + 1 that is malformed; 0: none
export const T_OFFER_SET: i32 = Timing.STATE + 0x5c; // u32 1: an offer event is scheduled
export const T_INBOX_NEXT: i32 = Timing.STATE + 0x60; // u32 next submitted record to offer
export const T_ACTIVE: i32 = Timing.STATE + 0x64; // u32 accepted, not finished
export const T_LAST_RESPONSE: i32 = Timing.STATE + 0x68; // u64 tick of the latest response
export const T_SLOT_CHANGE: i32 = Timing.STATE + 0x70; // u64 tick when the slots in use last changed
export const T_WALK_CHANGE: i32 = Timing.STATE + 0x78; // u64
export const T_SLOTS: i32 = Timing.STATE + 0x80; // u32 TBU slots in use
export const T_WALKS: i32 = Timing.STATE + 0x84; // u32 walk slots in use
export const T_ROW_READY: i32 = Timing.STATE + 0x88; // u32 READY_*: whose time T_OFFER holds
export const T_LOOP: i32 = Timing.STATE + 0x90; // u64 closed loop: tick of the next offer

export const T_BACKGROUND: i32 = Timing.STATE + 0x98; // u32 what is under way that no transaction waits for
export const T_ANSWERS: i32 = Timing.STATE + 0x9c; // u32 answers on their way to devices

export const T_COLUMNS: i32 = Timing.STATE + 0xa0; // u32[12] -> columns of the batch (absolute)

export const T_RETURN_FREE: i32 = Timing.STATE + 0x180; // u64 tick from which the way back from memory is free
export const T_FREE_PREFETCH: i32 = Timing.STATE + 0x188; // u32 block of a prefetch that is free, linked by P_LINK

export const T_MAP_WORDS: i32 = Timing.STATE + 0x1f8; // u64 words of the wheel's bitmap that are not 0
export const T_TCU_USED: i32 = Timing.STATE + 0x18c; // u32 TCU slots in use
export const T_TCU_CHANGE: i32 = Timing.STATE + 0x190; // u64 tick when that last changed
export const T_QUEUE: i32 = Timing.STATE + 0x198; // u32 requests that wait for a walk slot
export const T_QUEUE_CHANGE: i32 = Timing.STATE + 0x1a0; // u64
export const T_LAST_ACCEPT: i32 = Timing.STATE + 0x1e8; // u64 tick at which the last row was accepted
export const SEM_CONFIG_WALK: i32 = Timing.STATE + 0x1b0;

// Command engine
export const T_COMMAND_BUSY: i32 = Timing.STATE + 0xd0; // u32 1
export const T_COMMAND_ACKS: i32 = Timing.STATE + 0xd4; // u32 TBUs that have not answered the invalidation at hand
export const T_COMMAND_SINCE: i32 = Timing.STATE + 0xd8; // u64 tick up to which it has been counted as busy
export const T_COMMANDS: i32 = Timing.STATE + 0xe0; // u32[3] by class: effects taken, time to come
export const T_COMMAND_HOLDS: i32 = Timing.STATE + 0xec; // u32 1: T_COMMAND_HELD is executed, CONS not past it
export const T_COMMAND_HELD: i32 = Timing.STATE + 0xf0; // u64[2]

export const READY_NO: u32 = 0;
export const READY_ROW: u32 = 1;
export const READY_SUBMITTED: u32 = 2;

export const SOURCE_NONE: u32 = 0;
export const SOURCE_OPEN: u32 = 1;
export const SOURCE_LOOP: u32 = 2;
export const SOURCE_MAIN: u32 = 3; // the main request block, once

// Semaphores: tokens, capacity, first and last waiter (request block, absolute)
export const SEM_BYTES: i32 = 16;
export const SEMS: i32 = Timing.STATE + 0x100;
export const SEM_TCU: i32 = SEMS;
export const SEM_CONFIG: i32 = SEMS + SEM_BYTES;
export const SEM_TCU_TLB: i32 = SEMS + 2 * SEM_BYTES;
export const SEM_IPA: i32 = SEMS + 3 * SEM_BYTES;
export const SEM_PROBE: i32 = SEMS + 4 * SEM_BYTES;
export const SEM_WALK: i32 = SEMS + 5 * SEM_BYTES;
export const SEM_STEP: i32 = SEMS + 6 * SEM_BYTES;
export const SEM_MEMORY: i32 = SEMS + 7 * SEM_BYTES;

// Per TBU
export const TBUS: i32 = Timing.STATE + 0x200;
export const TBU_BYTES: i32 = 128;
export const B_PORT: i32 = 0; // semaphores
export const B_MICRO: i32 = 16;
export const B_MAIN: i32 = 32;
export const B_DOWN: i32 = 48;
export const B_UP: i32 = 64;
export const B_SLOTS: i32 = 80; // u32 in use
export const B_BEATS: i32 = 84; // u32 write buffer beats in use
export const B_PAGES: i32 = 88; // u32 first request that has its page registered, linked by P_PAGE_LINK
export const B_SLEEPERS: i32 = 92; // u32 first and last that wait for a page, linked by P_LINK
export const B_SLEEPERS_END: i32 = 96;

// Ordering: the last request of each requester, direction and TBU, in lists by hash (linked by P_ORDER_LINK)
export const ORDER: i32 = Timing.STATE + 0x2200; // u32[2^ORDER_LOG2]
export const ORDER_LOG2: u32 = 10;

// Wheel
export const WHEEL_MAP: i32 = Timing.STATE + 0x3400; // bitmap of buckets in use
export const WHEEL: i32 = Timing.STATE + 0x4000; // u32 -> first event of each bucket (absolute)

// A request block's part
export const P_PC: i32 = 0x3c8; // u32 where it goes on; here begins its event (wheel.ts)
export const P_LINK: i32 = 0x3cc; // u32 next event of its bucket; next waiter, sleeper or free block: it is in one list at most
export const P_ROW: i32 = 0x3d0; // u32 batch row, or submitted record
export const P_DEST: i32 = 0x3d4; // u32 SOURCE_* that it came from; DEST_INBOX
export const P_TBU: i32 = 0x3d8; // u32 -> TBU state (absolute)
export const P_BEATS: i32 = 0x3dc; // u32 at the TBU's port
export const P_BEFORE: i32 = 0x3e0; // u32 the one of the same requester and direction before it, 0: none or passed
export const P_AFTER: i32 = 0x3e4; // u32 the one that waits for it
export const P_PAGE_LINK: i32 = 0x3e8;
export const P_HELD: i32 = 0x3ec; // u32 HELD_*
export const P_SINCE: i32 = 0x3f0; // u64 tick at which it began to wait
export const P_ORDER_KEY: i32 = 0x3f8; // u32 TBU << 1 | write: with the requester, whose order it is in
export const P_ORDER_LINK: i32 = 0x3fc;

export const DEST_INBOX: u32 = 4;

export const HELD_PAGE: u32 = 1; // its page is registered
export const HELD_TCU: u32 = 2;
export const HELD_WALK: u32 = 4;
export const HELD_S1_STARTED: u32 = 8; // the walk of the stage has been started
export const HELD_S2_STARTED: u32 = 32;
export const HELD_WAITS: u32 = 16; // waits for the one before it
export const HELD_CONFIG_WALK: u32 = 128;
export const HELD_SHORT: u32 = 64; // goes the way of a micro TLB hit, which needs no state machine (short.ts)
