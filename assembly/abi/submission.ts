// A submitted transaction: the first Request.MACHINE bytes of a request block; the ticket stands behind.

export const BYTES: i32 = 0xb0;
export const TICKET: i32 = 0xa0; // u32
export const ROW: i32 = 0xa8; // u32 the batch's row that this is about, + 1; 0: a submitted transaction
