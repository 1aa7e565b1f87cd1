// The stream memo: direct-mapped, by StreamID and SubstreamID.

export const ENTRIES: i32 = 256;
export const BYTES: i32 = 32;
export const KEY: i32 = 0; // u64 StreamID | SubstreamID << 32 | SSV << 52 | TBU << 53 | valid << 63
export const CONTEXT: i32 = 8; // u32 interned (stream-tagged caches)
export const STREAM: i32 = 12; // u32 -> stream record (absolute)
export const MICRO: i32 = 16; // u32 -> descriptor of its micro TLB (absolute)
export const MAIN: i32 = 20; // u32 -> of its main TLB
export const MIX: i32 = 24; // u32 what the stream adds to the index of that main TLB, see tlb/index-mix
export const CONFIG: i32 = 28; // u32 -> configuration that its last plain walk was by (absolute), a hint; 0: none
