// The columns of a batch: bytes per row of each, in this order, each column 16-byte aligned.

export const COUNT: i32 = 12;

export const IOVA: i32 = 0;
export const STREAM: i32 = 1;
export const SUBSTREAM: i32 = 2;
export const FLAGS: i32 = 3;
export const SIZE: i32 = 4;
export const REQUESTER: i32 = 5;
export const ARRIVAL: i32 = 6;
export const PA: i32 = 7;
export const STATUS: i32 = 8;
export const ACCEPTED: i32 = 9;
export const TRANSLATED: i32 = 10;
export const COMPLETION: i32 = 11;

// Fields of the STATUS column, packed as those of arch/: `dword << 16 | lsb << 8 | width`
export const STATUS_STATUS: i32 = (0 << 16) | (0 << 8) | 8; // [7:0] Status
export const STATUS_EVENT: i32 = (0 << 16) | (8 << 8) | 8; // [15:8] event number
export const STATUS_LOG2: i32 = (0 << 16) | (16 << 8) | 8; // [23:16] log2 of the page size
export const STATUS_HIT: i32 = (0 << 16) | (24 << 8) | 8; // [31:24] HitPlace

/** Bytes per row of column c. */
export function width(c: i32): i32 {
  if (c == SIZE || c == REQUESTER) return 2;
  if (c == STREAM || c == SUBSTREAM || c == FLAGS || c == STATUS) return 4;
  return 8;
}
/** Offset of column c from the batch's start, for a batch of `capacity` rows; c = COUNT gives the batch's size. */
export function offset(c: i32, capacity: i32): i32 {
  let at: i32 = 0;
  for (let i: i32 = 0; i < c; i++) at += (width(i) * capacity + 15) & ~15;
  return at;
}
