// The histogram of latencies, at Timing.HISTOGRAM.

export const SUB: i32 = 6; // log2 of the buckets in each doubling; latencies below 2^(SUB + 1) are exact
export const BUCKETS: i32 = 1280;
/** Bucket of a latency of n cycles; n < 2^24. */
export function bucketOf(n: i32): i32 {
  if (n < 2 << SUB) return n;
  let shift: i32 = 0;
  while (n >> (shift + SUB + 1)) shift++;
  const bucket: i32 = (shift << SUB) + (n >> shift);
  return bucket < BUCKETS ? bucket : BUCKETS - 1;
}
/** Least latency that falls into a bucket. */
export function floorOf(bucket: i32): i32 {
  if (bucket < 2 << SUB) return bucket;
  const shift: i32 = (bucket >> SUB) - 1;
  return (bucket - (shift << SUB)) << shift;
}
