// Hardware updates that a speculative read holds back: a list for each request block, entries of UPDATE_BYTES.

// As many descriptors as a walk can have: five levels of stage 1, and five of stage 2 for each of them, for L1CD, CD and output.
export const MAX: i32 = 45;
export const AFTER: i32 = 0; // u32 the step after them
export const DONE: i32 = 4; // u32 accesses made
export const ENTRIES: i32 = 16;
export const UPDATE_PLACE: i32 = 0; // u64 stage, level, byte order and physical address (walk/deferred.ts)
export const UPDATE_FOUND: i32 = 8; // u64 what memory holds
export const UPDATE_WANTED: i32 = 16; // u64 what is written
export const UPDATE_BYTES: i32 = 24;
export const BYTES: i32 = 1096; // ENTRIES + MAX * UPDATE_BYTES
