// Hardware updates that a speculative read holds back: a list for each request block, entries of UPDATE_BYTES.

// Five levels of each stage at most: stage 2 for L1CD and CD, for the read and the update of each stage 1 level, for the output.
export const MAX: i32 = 48;
export const AFTER: i32 = 0; // u32 the step after them
export const DONE: i32 = 4; // u32 accesses made
export const ENTRIES: i32 = 16;
export const UPDATE_PLACE: i32 = 0; // u64 stage, level, byte order and physical address (walk/deferred.ts)
export const UPDATE_FOUND: i32 = 8; // u64 what memory holds
export const UPDATE_WANTED: i32 = 16; // u64 what is written
export const UPDATE_BYTES: i32 = 24;
export const BYTES: i32 = 1168; // ENTRIES + MAX * UPDATE_BYTES
