// A submitted transaction: the first Request.MACHINE bytes of a request block; the ticket stands behind.

export const BYTES: i32 = 0xb0;
export const TICKET: i32 = 0xa0; // u32
