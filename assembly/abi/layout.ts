// Where everything lies in linear memory: the fixed parts, and how the sized regions follow. The files of this room are
// portable (compiled by asc and by tsc) and import nothing; all offsets are bytes from the core base unless a line says
// otherwise, all integers are little-endian. The host computes the map with `regionEnd` and writes it into the header before
// it calls `init`; the core reads it there.

export const VERSION: i32 = 9;
export const MAGIC: i32 = 0x334d4d53; // "SMM3"

/**
 * Bytes left free before the header: the compiler takes it that no pointer of the core lies below 1024, and folds offsets by it.
 * "Core base" below is the header's address, coreBase of the host API + CORE_PAD.
 */
export const CORE_PAD: i32 = 1024;

export const MAX_TBUS: i32 = 64;
export const MAX_WINDOWS: i32 = 16;

/** Register file image: offset r of page 0 at REGS + r (r < 0x200), page 1 at the same low offset, the ID registers at REGS_ID. */
export const REGS: i32 = 0x200;
export const REGS_BYTES: i32 = 0x200;
export const REGS_ID: i32 = 0x400; // PIDR4..CIDR3 (0xfd0..0xfff)

export const WINDOWS: i32 = 0x440; // RamWindow, MAX_WINDOWS of them
export const CACHES: i32 = 0x840; // Cache, by CacheIndex
export const REQUESTS: i32 = 0x9900; // Request, MAIN and INNER
export const COUNTERS: i32 = 0xa100; // DeviceCounters
export const SCRATCH: i32 = 0xb1c0; // u8[64]: bytes of the bus for its transfers

/** The latest invalidations, by generation modulo INVALIDATIONS_KEPT: tlb/selection.ts. */
export const INVALIDATIONS: i32 = 0xb200;
export const INVALIDATIONS_KEPT: i32 = 256;
export const INVALIDATION_BYTES: i32 = 56;

/** First byte after the fixed part: the host places the sized regions from here on. */
export const FIXED_END: i32 = 0xea00;

/** End of a region of `bytes` that starts at the first 16-byte boundary from `at`; the region's start is the result minus the rounded bytes. */
export function regionEnd(at: i32, bytes: i32): i32 {
  return ((at + 15) & ~15) + ((bytes + 15) & ~15);
}
/** Start of the region that `regionEnd(at, …)` placed. */
export function regionStart(at: i32): i32 {
  return (at + 15) & ~15;
}
