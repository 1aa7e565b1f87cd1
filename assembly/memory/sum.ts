// Counters and sums of 64 bits in linear memory.

/** Adds n to the sum at `at`. */
@inline
export function add(at: usize, n: u64 = 1): void {
  store<u64>(at, load<u64>(at) + n);
}
