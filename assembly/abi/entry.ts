// Payload of a translation. The tag is page << 20 | size code << 14 | context, page = VA[55:12] with the bits below the size
// clear.

export const BYTES: i32 = 48;
export const PA: i32 = 0; // u64: output (page base, or next table), PA_ADDRESS; of a leaf PA_ACCESS
export const PERM: i32 = 8; // u32: what is allowed, PERM_*, a bit for each access kind; of a table: hierarchical bits
export const ATTR: i32 = 12; // u32: memory attributes of the stages, AttributeWord
export const IPA: i32 = 16; // u64: output of stage 1
export const FLAGS: i32 = 24; // u32: FLAG_*
export const STREAM: i32 = 32; // u32 StreamID (tag kind stream)
export const SUBSTREAM: i32 = 36; // u32 SubstreamID | SSV << 31
export const SPANS: i32 = 40; // u32: log2 of what is covered, SPANS_*
export const LEVELS: i32 = 44; // u32: levels + 1, and the access kinds after STE overrides, LEVELS_*

// Fields of these words, packed as those of arch/: `dword << 16 | lsb << 8 | width`
export const PA_ADDRESS: i32 = (0 << 16) | (12 << 8) | 44; // [55:12]
export const PA_ACCESS: i32 = (0 << 16) | (0 << 8) | 8; // [7:0] a bit for each kind of access as it comes (write | instruction << 1 | privileged << 2) that passes without further question
export const PERM_STAGE1: i32 = (0 << 16) | (0 << 8) | 8; // [7:0]
export const PERM_STAGE2: i32 = (0 << 16) | (8 << 8) | 8; // [15:8]
export const PERM_PENDING: i32 = (0 << 16) | (16 << 8) | 8; // [23:16] a dirty state update comes first
export const SPANS_ENTRY: i32 = (0 << 16) | (0 << 8) | 8; // [7:0]
export const SPANS_STAGE1: i32 = (0 << 16) | (8 << 8) | 8; // [15:8] of the stage 1 leaf or table
export const SPANS_STAGE2: i32 = (0 << 16) | (16 << 8) | 8; // [23:16] of the stage 2 leaf or table
export const SPANS_GRANULE: i32 = (0 << 16) | (24 << 8) | 8; // [31:24]
export const SPAN_MIN: i32 = 12; // of an entry: 4 KiB, the smallest page
export const LEVELS_STAGE1: i32 = (0 << 16) | (0 << 8) | 4; // [3:0] level + 1, 0: none
export const LEVELS_STAGE2: i32 = (0 << 16) | (4 << 8) | 4; // [7:4] level + 1, 0: none
export const LEVELS_BOTH: i32 = (0 << 16) | (0 << 8) | 8; // [7:0]
export const LEVELS_ACCESS: i32 = (0 << 16) | (8 << 8) | 24; // [31:8] of entries tagged by stream: access kind k becomes [8 + 3k + 2 : 8 + 3k]

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
