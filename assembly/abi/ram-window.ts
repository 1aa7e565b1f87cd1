// A RAM window: guest memory that the core reads without asking the host.

export const BYTES: i32 = 64;
export const BASE: i32 = 0; // u64 first physical address
export const SIZE: i32 = 8; // u64 bytes
export const MEM: i32 = 16; // u32 offset in linear memory (absolute, not from the core base) of the bytes, or of the page pool
export const SPARSE: i32 = 20; // u32 1: pages come into being when written
export const HASH: i32 = 24; // u32 sparse: offset from the core base of u32[2^n]: pool page + 1
export const HASH_MASK: i32 = 28;
export const KEYS: i32 = 32; // u32 sparse: offset from the core base of u64[pool pages]: page number of each pool page
export const POOL: i32 = 36; // u32 sparse: pages in the pool
export const USED: i32 = 40; // u32 sparse: pages in use
