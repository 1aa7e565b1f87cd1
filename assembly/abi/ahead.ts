// Scratch, of which no call believes anything that it finds: of batches, descriptors read ahead and what stage 2 makes of pages of stage 1
// tables; of look-ups, hints.

export const ROWS: i32 = 128; // rows that are read ahead together
export const NESTED_ROWS: i32 = 32; // rows of a run of nested walks that go side by side, in the same place
export const ROW_BYTES: i32 = 32;
export const VA: i32 = 0; // u64 input address of a row
export const DESC: i32 = 8; // u64 the descriptor read last; 0: no more
export const SHIFT: i32 = 16; // u32 lowest bit that its table resolves
export const STRIDE: i32 = 20; // u32
// The same of a run of nested walks (translate/nested-run.ts).
export const AT: i32 = 0; // u64 IPA of the descriptor to be read next, at the end of the output
export const READS2: i32 = 8; // u64 descriptors of stage 2 read so far, eight bits for each level from -1 up
export const SPAN: i32 = 16; // u32 log2 of the leaf of stage 1
export const WHERE: i32 = 20; // u32 the descriptor of level 3 in linear memory

export const PAGES: i32 = ROWS * ROW_BYTES; // pages of 4 KiB, direct-mapped, behind the rows
export const PAGE_COUNT: i32 = 64;
export const PAGE_BYTES: i32 = 32;
export const KEY: i32 = 0; // u64 IPA >> 12 | epoch << 40
export const PA: i32 = 8; // u64 the page's physical address
export const READS: i32 = 16; // u64 descriptors of stage 2 read for it, eight bits for each level from -1 up

export const LINES: i32 = PAGES + PAGE_COUNT * PAGE_BYTES; // the last tables that streams walked to (translate/last-tables.ts), behind the pages
export const LINE_COUNT: i32 = 64;
export const LINE_BYTES: i32 = 24;
export const UNDER: i32 = 0; // u64 input addresses that it is for, above what it covers | epoch << 40
export const TABLE: i32 = 8; // u64 its address
export const WHOSE: i32 = 16; // u32 configuration

export const HINTS: i32 = LINES + LINE_COUNT * LINE_BYTES; // u8[256] the way of a micro TLB times 16 in which a page was last (tlb/quiet.ts), by its number's lowest bits
export const HINT_COUNT: i32 = 256;

export const PHASES: i32 = HINTS + HINT_COUNT; // with time on: what follows from where in a period of both clocks a read is accepted (timing/alone-times.ts)
export const PHASE_COUNT: i32 = 16;
export const PHASE_BYTES: i32 = 32;
export const LEFT: i32 = 0; // u32 ticks until it has left for memory; 0: nothing is known
export const SEEN: i32 = 4; // u32 ticks until its answer is seen
export const CYCLES: i32 = 8; // u32 the same in cycles
export const NEXT: i32 = 12; // u32 -> the phase of the answer (absolute)
export const BUCKET: i32 = 16; // u32 that of CYCLES in a histogram

export const BYTES: i32 = PHASES + PHASE_COUNT * PHASE_BYTES;
