// A request block: one transaction, what it came with and what came of it.

export const BYTES: i32 = 0x400;
export const POOL_STRIDE: i32 = 0x440; // in the pool: at a power of two the blocks would share a few sets of the host's caches
export const MAIN: i32 = 0; // translate, lookup, batches
export const INNER: i32 = 1; // what the device starts itself: ATOS, prefetch, retries of stalls

// inputs
export const IOVA: i32 = 0x00; // u64
export const SID: i32 = 0x08; // u32
export const SSID: i32 = 0x0c; // u32
export const FLAGS: i32 = 0x10; // u32 Flag
export const SIZE: i32 = 0x14; // u32 bytes
export const DEFAULT_SIZE: i32 = 64; // of a transaction that does not say
export const REQUESTER: i32 = 0x18; // u32
export const ATTRS: i32 = 0x1c; // u32 incoming attributes, ATTRS_*
export const ARRIVAL: i32 = 0x20; // u64
export const KIND: i32 = 0x28; // u32 KIND_*
export const ATOS: i32 = 0x2c; // u32 KIND_ATOS: TYPE [1:0], HTTUI [2]
// fields of ATTRS and OUT_ATTRS, packed as those of arch/: `dword << 16 | lsb << 8 | width`
export const ATTRS_TYPE: i32 = (0 << 16) | (0 << 8) | 8; // [7:0] as a byte of MAIR
export const ATTRS_SH: i32 = (0 << 16) | (8 << 8) | 2; // [9:8] shareability
export const ATTRS_HINTS: i32 = (0 << 16) | (10 << 8) | 3; // [12:10] read-allocate, write-allocate, transient
// results
export const STATUS: i32 = 0x30; // u32 Status
export const EVENT: i32 = 0x34; // u32 event number, 0: none
export const PA: i32 = 0x38; // u64
export const LOG2: i32 = 0x40; // u32 log2 of the page size
export const HIT: i32 = 0x44; // u32 HitPlace
export const PERMS: i32 = 0x48; // u32 read 1, write 2, execute 4
export const OUT_ATTRS: i32 = 0x4c; // u32 as ATTRS
export const STAG: i32 = 0x50; // u32
export const RECORDED: i32 = 0x54; // u32 1: the event went into the queue (or will, for a stall that waits)
export const READS_STE: i32 = 0x58; // u32
export const READS_CD: i32 = 0x5c; // u32
export const READS_S1: i32 = 0x60; // u32
export const READS_S2: i32 = 0x64; // u32
export const ACCEPTED: i32 = 0x68; // u64
export const TRANSLATED: i32 = 0x70; // u64
export const COMPLETION: i32 = 0x78; // u64
export const EVENT_WORDS: i32 = 0x80; // u64[4]
export const MACHINE: i32 = 0xa0; // from here on the machine's own state: request/machine.ts

export const KIND_TRANSACTION: i32 = 0;
export const KIND_ATOS: i32 = 1; // no event, no stall, attributes from the register
export const KIND_PREFETCH: i32 = 2; // CMD_PREFETCH_ADDR / CONFIG: no event, no stall, no dirty state
export const KIND_PREFETCH_CONFIG: i32 = 3;
