// What a stream has come to so far.

export const BYTES: i32 = 192;
export const SID: i32 = 0; // u32
export const TBU: i32 = 4; // u32
export const OUTCOME: i32 = 8; // u64[4] by Status; Status.OK is not counted: the others taken from all of HIT
export const HIT: i32 = 40; // u64[7] by HitPlace
export const READS: i32 = 96; // u64[4]: ste, cd, stage 1, stage 2
export const CONFIG_HITS: i32 = 128; // u64
export const CONFIG_MISSES: i32 = 136; // u64
export const EVENTS: i32 = 144; // u64 event records caused
export const WALKS: i32 = 152; // u64 transactions that read a descriptor
