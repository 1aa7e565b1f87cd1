// Short copies, 16 bytes at a time: below a few hundred bytes engines spend more on the call of memory.copy and memory.fill
// than on the bytes.

/** Copies n bytes, a multiple of 16; the ranges do not overlap. */
@inline
export function copy16(to: usize, from: usize, n: usize): void {
  for (let i: usize = 0; i < n; i += 16) v128.store(to + i, v128.load(from + i));
}

/** Zeroes n bytes, a multiple of 16. */
@inline
export function clear16(at: usize, n: usize): void {
  for (let i: usize = 0; i < n; i += 16) v128.store(at + i, i64x2.splat(0));
}
