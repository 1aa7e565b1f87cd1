// The machine's own part of a request block (from Q_MACHINE on). Everything that must survive between two steps stands here.

export const M_STATE: i32 = 0x0a0; // u32 the step to do next, walk/states
export const M_CFG: i32 = 0x0a4; // u32 -> configuration (CF_*), absolute; valid once configured
export const M_CONTEXT: i32 = 0x0a8; // u32 context number of StreamID and SubstreamID
export const M_STREAM: i32 = 0x0ac; // u32 -> stream record, absolute
export const M_MICRO: i32 = 0x0b0; // u32 -> micro TLB descriptor, absolute
export const M_MAIN: i32 = 0x0b4; // u32 -> main TLB descriptor
export const M_GENERATION: i32 = 0x0b8; // u32 invalidation generation when the transaction began
export const M_CONTEXT_GEN: i32 = 0x0bc; // u32 generation of M_CONTEXT
export const M_ACCESS: i32 = 0x0c0; // u32 access kind after STE overrides: write 1 | instruction 2 | privileged 4
export const M_RAW_ACCESS: i32 = 0x0c4; // u32 access kind as it came
export const M_INPUT_ATTRS: i32 = 0x0c8; // u32 attributes after STE overrides, as Q_ATTRS
export const M_DENIED: i32 = 0x0cc; // u32 1: a TLB hit denied the access; the entry stands at M_DENIED_IMAGE
export const M_SUBSTREAM: i32 = 0x0d0; // u32 SubstreamID | SSV << 31
export const M_CONFIGURED: i32 = 0x0d4; // u32 1: M_CFG is valid
export const M_AFTER_CONFIG: i32 = 0x0d8; // u32 the step after configuration
export const M_TABLE_PA: i32 = 0x0dc; // u32 1: M_S1_TABLE is a physical address already

// stage 1
export const M_HALF: i32 = 0x0e0; // u32 -> HF_* of the half in use, absolute
export const M_S1_LEVEL: i32 = 0x0e4; // i32
export const M_S1_TABLE: i32 = 0x0e8; // u64 table base, IPA (or PA: M_TABLE_PA)
export const M_S1_DESC: i32 = 0x0f0; // u64 the descriptor, as a little-endian value
export const M_S1_IPA: i32 = 0x0f8; // u64 its address before stage 2
export const M_S1_PA: i32 = 0x100; // u64 its physical address
export const M_S1_NEW: i32 = 0x108; // u64 what a hardware update writes
export const M_HIER: i32 = 0x110; // u32 APTable [1:0], UXNTable [2], PXNTable [3], gathered over levels
export const M_RESTARTS: i32 = 0x114; // u32 walks begun anew because a descriptor changed under its update
export const M_TABLE_IPA: i32 = 0x118; // u64 base of the current table before stage 2

// what stage 1 found
export const M_IPA: i32 = 0x120; // u64 output address of stage 1 (or the input, when it bypasses)
export const M_S1_SPAN: i32 = 0x128; // u32 log2 of the leaf or contiguous span
export const M_S1_PERM: i32 = 0x12c; // u32 allowed [7:0], dirty update pending [23:16]
export const M_S1_ATTR: i32 = 0x130; // u32 AT_*
export const M_S1_FLAGS: i32 = 0x134; // u32 EF_GLOBAL, EF_TBI

// stage 2, run for M_S2_CLASS
export const M_S2_IPA: i32 = 0x138; // u64
export const M_S2_TABLE: i32 = 0x140; // u64
export const M_S2_DESC: i32 = 0x148; // u64
export const M_S2_DESC_PA: i32 = 0x150; // u64
export const M_S2_NEW: i32 = 0x158; // u64
export const M_S2_LEVEL: i32 = 0x160; // i32
export const M_S2_CLASS: i32 = 0x164; // u32 EVT_CLASS_*
export const M_S2_ACCESS: i32 = 0x168; // u32 access kind that stage 2 checks
export const M_S2_RETURN: i32 = 0x16c; // u32 the step after it
export const M_S2_PA: i32 = 0x170; // u64 its output
export const M_S2_SPAN: i32 = 0x178; // u32
export const M_S2_PERM: i32 = 0x17c; // u32 as M_S1_PERM
export const M_S2_ATTR: i32 = 0x180; // u32 AT_*
export const M_S2_DONE_LEVEL: i32 = 0x184; // i32 level of its leaf

// configuration fetch
export const M_STE_ADDR: i32 = 0x188; // u64
export const M_CD_ADDR: i32 = 0x190; // u64 of the CD, or of the L1CD while that is fetched

export const M_COUNTED: i32 = 0x198; // u32 COUNTED_*: events that count once for a transaction, and have

// the fault on its way out
export const M_FAULT: i32 = 0x19c; // u32 event number, 0: abort without an event
export const M_FAULT_STAGE: i32 = 0x1a0; // u32 1, 2; 0: not a translation fault
export const M_FAULT_POLICY: i32 = 0x1a4; // u32 1: obeys CD.{A,R,S} or STE.{S2R,S2S}

// result
export const M_ATTRS: i32 = 0x1a8; // u32 AT_* of both stages
export const M_ALLOWED: i32 = 0x1ac; // u32 as E_PERM
export const M_BYPASS: i32 = 0x1b0; // u32 1: nothing was translated
export const M_LEVELS: i32 = 0x1b4; // u32 as E_LEVELS
export const M_PROBE_LEVEL: i32 = 0x1b8; // i32 level that the walk cache look-up is at
export const M_TIMED: i32 = 0x1bc; // u32 1: other transactions may run between two steps
export const M_TABLE_FRESH: i32 = 0x3b0; // u32 1: the current table was found by a descriptor read just now, and may be cached
export const M_STALL_SLOT: i32 = 0x3b8; // i32 stall record of a transaction that is tried again, -1: a new one
export const M_DRY: i32 = 0x3bc; // u32 1: a speculative read looks first whether it will succeed, hardware updates wait
export const M_SKIPPED: i32 = 0x3c0; // u32 1: an update was left out
export const M_FILL: i32 = 0x3b4; // u32 FILL_*: which TCU caches shall get the answer

export const M_IMAGE: i32 = 0x1c0; // ENTRY_BYTES: an entry being made
export const M_CONFIG: i32 = 0x200; // CONFIG_ENTRY_BYTES: configuration when no cache holds it
export const M_STE: i32 = 0x300; // 64 bytes as fetched
export const M_CD: i32 = 0x340; // 64 bytes as fetched
export const M_DENIED_IMAGE: i32 = 0x380; // ENTRY_BYTES: the entry that denied the access, kept while the configuration is fetched

// Attribute word of an entry: what each stage says, combined with the transaction's own only when asked for.
// [7:0] MAIR byte, [9:8] SH, [10] stage 1 present; [14:11] MemAttr, [16:15] SH, [17] stage 2 present, [18] FWB
export const AT_S1: u32 = 1 << 10;
export const AT_S2: u32 = 1 << 17;
export const AT_FWB: u32 = 1 << 18;

// [29:19] in stream-tagged entries, valid with [30]: STE.MTCFG, MemAttr, SHCFG, ALLOCCFG, since a hit knows no STE
export const AT_OVERRIDES: u32 = 1 << 30;
export const AT_OVERRIDES_SHIFT: u32 = 19;

// Access kinds
export const ACCESS_WRITE: u32 = 1;
export const ACCESS_INSTRUCTION: u32 = 2;
export const ACCESS_PRIVILEGED: u32 = 4;

export const FILL_WALK: u32 = 1;
export const FILL_TCU: u32 = 2;
export const FILL_MAIN: u32 = 4;
export const FILL_MICRO: u32 = 8;
export const FILL_MAIN_DONE: u32 = 16; // the main TLB has it already

export const COUNTED_TBU_MISS: u32 = 1;
export const COUNTED_TCU_MISS: u32 = 2;
export const COUNTED_CONFIG_MISS: u32 = 4;
export const COUNTED_BUFFERED: u32 = 8;

/** The configuration at hand (CF_*). */
@inline
export function cfg(q: usize): usize {
  return <usize>load<u32>(q, M_CFG);
}

/** The half of the address space at hand (HF_*). */
@inline
export function half(q: usize): usize {
  return <usize>load<u32>(q, M_HALF);
}
