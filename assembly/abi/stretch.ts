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

// Rings, for n records.
export const ANSWER_RING: i32 = 0x80; // u64[ANSWERS] keys
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
export function bytes(n: i32): i32 {
  return recordsAt(n) + n * BYTES;
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

export const IDLE: i32 = 0;
export const FLIES: i32 = 1;
export const WAITS: i32 = 2; // for one of its requester that came before it
