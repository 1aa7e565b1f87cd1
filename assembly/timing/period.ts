// Cycles of a clock whose period is a number of ticks, without a division: ticks are counted from an origin that is an edge of both
// clocks, and stay below 2^28.

/** Ticks of a clock's cycle that reciprocals are exact for, at most. */
export const MOST_PERIOD: u32 = 256;
/** Ticks from the origin that what begins may lie at; what follows it has as many again. */
export const MOST_TICKS: u64 = 1 << 27;

/** 2^36 / period, rounded up: with it a division of less than 2^28 by a period below MOST_PERIOD is exact. */
@inline
export function reciprocal(period: u64): u64 {
  return (((<u64>1) << 36) + period - 1) / period;
}

/** Cycles of a clock up to the edge at or after tick x. */
@inline
export function cycles(x: u64, period: u64, by: u64): u64 {
  return ((x + period - 1) * by) >> 36;
}

/** The tick n cycles after the edge at or after tick x: `edgeAfter`. */
@inline
export function edge(x: u64, n: u64, period: u64, by: u64): u64 {
  return (cycles(x, period, by) + n) * period;
}
