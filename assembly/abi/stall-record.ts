// A stalled (or resumed) transaction.

export const BYTES: i32 = 0x100;
export const REQUEST: i32 = 0; // the first Request.MACHINE bytes of its request block (inputs, and results when resumed)
export const STATE: i32 = 0xa0; // u32 STATE_*
export const STAG: i32 = 0xa4; // u32 (resumed: the STAG that it had)
export const ORDER: i32 = 0xa8; // u32 sequence
export const STATE_FREE: i32 = 0;
export const STATE_RECORDED: i32 = 1; // its record is in the queue, waits for software
export const STATE_WAITING: i32 = 2; // the queue was not writable; is tried again when it is
