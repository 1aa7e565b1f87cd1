// Payload of a translation. The tag is page << 20 | size code << 14 | context, page = VA[55:12] with the bits below the size
// clear.

export const BYTES: i32 = 48;
export const PA: i32 = 0; // u64: output (page base, or next table); [7:0] of a leaf: a bit for each kind of access as it comes (write | instruction << 1 | privileged << 2) that passes without further question
export const PERM: i32 = 8; // u32: what is allowed by stage 1 [7:0] and stage 2 [15:8], bit = access kind (write | instruction<<1 | privileged<<2); dirty update pending [23:16]; table: hierarchical bits
export const ATTR: i32 = 12; // u32: memory attributes of the stages, AttributeWord
export const IPA: i32 = 16; // u64: output of stage 1
export const FLAGS: i32 = 24; // u32: FLAG_*
export const STREAM: i32 = 32; // u32 StreamID (tag kind stream)
export const SUBSTREAM: i32 = 36; // u32 SubstreamID | SSV << 31
export const SPANS: i32 = 40; // u32: log2 span of the entry [7:0], of the stage 1 leaf or table [15:8], of the stage 2 leaf [23:16]; granule log2 [31:24]
export const LEVELS: i32 = 44; // u32: stage 1 level + 1 [3:0], stage 2 level + 1 [7:4]; [31:8] the access kind after STE overrides for each of the eight as they come, 3 bits each (stream-tagged)

/** In PA of a bypass, whose [7:0] are 0: whatever comes passes. */
export const PASSES_ALL: u32 = 0x100;
export const FLAG_LEAF: i32 = 1;
export const FLAG_GLOBAL: i32 = 2; // nG = 0
export const FLAG_TBI: i32 = 4; // VA[63:56] ignored
export const FLAG_ASET: i32 = 8;
export const FLAG_S1: i32 = 16; // holds a stage 1 result
export const FLAG_S2: i32 = 32; // holds a stage 2 result
export const FLAG_E0PD: i32 = 64; // unprivileged accesses fault (stream-tagged entries)
export const FLAG_PREFETCHED: i32 = 256; // made by a prefetch (main TLB)
export const FLAG_BYPASS: i32 = 512; // a stream that bypasses both stages
export const FLAG_TABLE_PA: i32 = 128; // PA of a table is a physical address valid for the whole table

// Configuration cache payload: the decoded STE and CD together, request/config.ts. The tag is
// StreamID | SubstreamID << 32 | SSV << 52 | 1 << 63.
export const CONFIG_BYTES: i32 = 256;
