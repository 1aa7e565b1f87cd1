// Times of a stream record, same order as the records.

export const COUNT: i32 = 0; // u64 transactions answered
export const LATENCY_SUM: i32 = 8; // u64 cycles from acceptance to response
export const LATENCY_MAX: i32 = 16; // u64
export const FORWARDED_BYTES: i32 = 24; // u64 of forwarded transactions
export const HISTOGRAM: i32 = 32; // u32[BUCKETS]
export const BUCKETS: i32 = 224; // up to 2^17 cycles; the last one holds all above
export const BYTES: i32 = 32 + 4 * 224;
/** A stream's bucket for bucket n of the device's histogram: below 32 cycles one each, above 16 in each doubling. */
export function bucketOf(n: i32): i32 {
  if (n < 32) return n;
  if (n < 64) return (n >> 1) + 16;
  const bucket: i32 = (n >> 2) + 32;
  return bucket < BUCKETS ? bucket : BUCKETS - 1;
}
/** Least latency that falls into a stream's bucket. */
export function floorOf(bucket: i32): i32 {
  if (bucket < 32) return bucket;
  const shift: i32 = (bucket >> 4) - 1;
  return (bucket - (shift << 4)) << shift;
}
