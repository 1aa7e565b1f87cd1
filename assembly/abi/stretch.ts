// Scratch of a stretch of hits in time (timing/stretch.ts), of which no call finds anything: a record for each transaction in flight,
// rings of what is to come and of who waits, and what is handed over when the stretch ends. Sizes follow from the slots of a TBU.

/** Slots of a TBU that there is room for, at most; with more there are no stretches. */
export const MOST_SLOTS: i32 = 256;
/** Answers on their way to devices. */
export const ANSWERS: i32 = 1024;

/** Records: a power of two, twice as many as transactions are in flight. */
export function records(slots: i32): i32 {
  let n: i32 = 16;
  while (n < 2 * slots) n <<= 1;
  return n;
}

// A key of an event: kind [2:0], record [11:3], a stamp that falls with each event made [35:12], tick from the origin [63:36].
export const KIND_OFFER: i32 = 0;
export const KIND_PORT: i32 = 1;
export const KIND_MICRO: i32 = 2;
export const KIND_MAIN: i32 = 3;
export const KIND_FORWARD: i32 = 4;
export const KIND_ANSWER: i32 = 5;
export const KEY_TICK: i32 = 36;

// What the end of a stretch leaves for timing/hand-over.ts.
export const NOW: i32 = 0x08; // u64 tick
export const ORIGIN: i32 = 0x10; // u64 tick that times in keys and records count from
export const OFFER: i32 = 0x18; // u64 tick of the next offer, NEVER: none is to come
export const PORT: i32 = 0x20; // u64 key of who is in the port, NEVER: nobody
export const MEMORY: i32 = 0x28; // u64 of who is in the port to memory
export const PORT_FIRST: i32 = 0x30; // u32 number of the first that waits for the port, and of the next to be accepted
export const PORT_END: i32 = 0x34;
export const MICRO_FIRST: i32 = 0x38; // u32 first and end of the ring of look-ups in the micro TLB
export const MICRO_END: i32 = 0x3c;
export const MAIN_FIRST: i32 = 0x40;
export const MAIN_END: i32 = 0x44;
export const ANSWER_FIRST: i32 = 0x48;
export const ANSWER_END: i32 = 0x4c;
export const MICRO_WAIT: i32 = 0x50; // u32 first and end of those that wait for the micro TLB
export const MICRO_WAIT_END: i32 = 0x54;
export const MAIN_WAIT: i32 = 0x58;
export const MAIN_WAIT_END: i32 = 0x5c;
export const MEMORY_WAIT: i32 = 0x60;
export const MEMORY_WAIT_END: i32 = 0x64;
export const BEHIND: i32 = 0x68; // u32 first and end of those that missed the micro TLB, or wait for one that did, and have not left
export const BEHIND_END: i32 = 0x6c;

// The rest of its state, for timing/repeat.ts.
export const CLOCK: i32 = 0x80; // u64 tick from the origin
export const SLOT_CHANGE: i32 = 0x88; // u64 the same
export const OFFER_AT: i32 = 0x90; // u64 tick of the row at hand
export const LOOP_AT: i32 = 0x98; // u64
export const LAST_ARRIVAL: i32 = 0xa0; // u64
export const READY: i32 = 0xa8; // u32 1: OFFER_AT is that of the row at hand
export const REFUSED: i32 = 0xac; // u32
export const REFUSED_BY: i32 = 0xb0; // u32
export const REFUSED_BEATS: i32 = 0xb4; // u32
export const USED: i32 = 0xb8; // u32 slots
export const BUFFERED: i32 = 0xbc; // u32 beats of the write buffer
export const OUTSTANDING: i32 = 0xc0; // u32
export const MICRO_FREE: i32 = 0xc4; // u32 tokens
export const ROW_AT_HAND: i32 = 0xc8; // u32
export const TURN: i32 = 0xcc; // u32
export const REFUSALS: i32 = 0xd0; // u64 sums
export const STALLS: i32 = 0xd8; // u64 ticks of waiting for memory
export const SLOT_TICKS: i32 = 0xe0; // u64
export const DONE: i32 = 0xe8; // u64 transactions

// Of the moment that was saved
export const SAVED_CLOCK: i32 = 0xf0; // u64
export const SAVED_ROW: i32 = 0xf8; // u32
export const SAVED_WORDS: i32 = 0xfc; // u32 of its list
export const SAVED_REFUSALS: i32 = 0x100; // u64
export const SAVED_STALLS: i32 = 0x108; // u64
export const SAVED_SLOT_TICKS: i32 = 0x110; // u64
export const SAVED_DONE: i32 = 0x118; // u64
export const SAVED_OFFER_AT: i32 = 0x120; // u64
export const SAVED_LAST_ARRIVAL: i32 = 0x128; // u64

/** Answers under way at most, and rows skipped at once, where a stretch is looked at for a pattern. */
export const LISTED_ANSWERS: i32 = 256;
export const SKIPPED: i32 = 2048;
export function listWords(n: i32): i32 {
  return 32 + 2 * LISTED_ANSWERS + 8 * n;
}

// Rings, for n records.
export const ANSWER_RING: i32 = 0x140; // u64[ANSWERS] keys
export const RINGS: i32 = ANSWER_RING + 8 * ANSWERS;
export function microRing(_n: i32): i32 {
  return RINGS; // u64[n] keys
}
export function mainRing(n: i32): i32 {
  return RINGS + 8 * n; // u64[n] keys
}
export function microQueue(n: i32): i32 {
  return RINGS + 16 * n; // u32[n] records, FILLS
}
export function mainQueue(n: i32): i32 {
  return RINGS + 20 * n; // u32[n]
}
export function memoryQueue(n: i32): i32 {
  return RINGS + 24 * n; // u32[n]
}
export function behindRing(n: i32): i32 {
  return RINGS + 28 * n; // u32[n] record + 1, 0: it has left
}
export function recordsAt(n: i32): i32 {
  return RINGS + 32 * n;
}
export function entriesAt(n: i32): i32 {
  return recordsAt(n) + n * BYTES; // u32[SKIPPED] -> entries that rows hit
}
export function listAt(n: i32, which: i32): i32 {
  return entriesAt(n) + 4 * SKIPPED + which * 4 * listWords(n); // u32[listWords(n)], two of them
}
export function bytes(n: i32): i32 {
  return listAt(n, 2);
}

/** In the micro TLB's queue: it waits to fill, not to look up. */
export const FILLS: i32 = 0x10000;

// A record.
export const BYTES: i32 = 128;
export const VA: i32 = 0; // u64
export const PA: i32 = 8; // u64
export const STATUS: i32 = 16; // u32 as the batch's column
export const ROW: i32 = 20; // u32
export const ACCEPTED: i32 = 24; // u32 tick from the origin
export const SINCE: i32 = 28; // u32 tick at which it began to wait, for its order or for memory
export const STREAM: i32 = 32; // u32 -> stream record (absolute)
export const CONTEXT: i32 = 36; // u32
export const KEY: i32 = 40; // u32 requester << 1 | write
export const FLAGS: i32 = 44; // u32
export const SIZE: i32 = 48; // u32 bytes
export const BEATS: i32 = 52; // u32 at the TBU's port
export const BUSY: i32 = 56; // u32 IDLE, FLIES, WAITS
export const BLOCK: i32 = 60; // u32 -> request block (absolute), when it is handed over
export const IMAGE: i32 = 64; // u8[48] the entry that was hit
export const OWNER: i32 = 112; // u32 its address space
export const MIX: i32 = 116; // u32 StreamMemo.MIX
export const MISSED: i32 = 120; // u32 1: the micro TLB had nothing

export const IDLE: i32 = 0;
export const FLIES: i32 = 1;
export const WAITS: i32 = 2; // for one of its requester that came before it
