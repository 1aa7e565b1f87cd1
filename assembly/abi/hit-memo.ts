// The hit memo: direct-mapped, by page and stream; what a hit in a micro TLB comes to, for as long as that TLB is unchanged.

export const LINES: i32 = 256;
export const BYTES: i32 = 64;
export const VERSION: i32 = 0; // u32 Cache.VERSION of the cache when the line was made
export const CACHE: i32 = 4; // u32 -> its descriptor (absolute; 0: line empty)
export const PAGE: i32 = 8; // u64 input address >> 12
export const STREAM: i32 = 16; // u64 as StreamMemo.KEY
export const PA: i32 = 24; // u64 output page
export const ALLOWED: i32 = 32; // u32 bit for each access kind as it comes that passes
export const STATUS: i32 = 36; // u32 the batch's status word
export const RECORD: i32 = 40; // u32 -> stream record (absolute)
export const TREE: i32 = 44; // u32 -> pseudo-LRU bits of the set (absolute); 0: another policy
export const MASKS: i32 = 48; // u32 -> the way's two masks
export const INDEX: i32 = 52; // u32 entry
