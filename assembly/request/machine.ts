// The machine's own part of a request block (from Request.MACHINE on). Everything that must survive between two steps stands here.
import * as State from './state';

export const STATE: i32 = 0x0a0; // u32 the step to do next, request/state
export const CFG: i32 = 0x0a4; // u32 -> configuration (Config), absolute; valid once configured
export const CONTEXT: i32 = 0x0a8; // u32 context number of StreamID and SubstreamID
export const STREAM: i32 = 0x0ac; // u32 -> stream record, absolute
export const MICRO: i32 = 0x0b0; // u32 -> micro TLB descriptor, absolute
export const MAIN: i32 = 0x0b4; // u32 -> main TLB descriptor
export const GENERATION: i32 = 0x0b8; // u32 invalidation generation when the transaction began
export const CONTEXT_GEN: i32 = 0x0bc; // u32 generation of CONTEXT
export const ACCESS: i32 = 0x0c0; // u32 access kind after STE overrides: write 1 | instruction 2 | privileged 4
export const RAW_ACCESS: i32 = 0x0c4; // u32 access kind as it came
export const INPUT_ATTRS: i32 = 0x0c8; // u32 attributes after STE overrides, as Request.ATTRS
export const DENIED: i32 = 0x0cc; // u32 1: a TLB hit denied the access; the entry stands at DENIED_IMAGE
export const SUBSTREAM: i32 = 0x0d0; // u32 SubstreamID | SSV << 31
export const CONFIGURED: i32 = 0x0d4; // u32 1: CFG is valid
export const AFTER_CONFIG: i32 = 0x0d8; // u32 the step after configuration
export const TABLE_PA: i32 = 0x0dc; // u32 1: S1_TABLE is a physical address already

// stage 1
export const HALF: i32 = 0x0e0; // u32 -> Half of the half in use, absolute
export const S1_LEVEL: i32 = 0x0e4; // i32
export const S1_TABLE: i32 = 0x0e8; // u64 table base, IPA (or PA: TABLE_PA)
export const S1_DESC: i32 = 0x0f0; // u64 the descriptor, as a little-endian value
export const S1_IPA: i32 = 0x0f8; // u64 its address before stage 2
export const S1_PA: i32 = 0x100; // u64 its physical address
export const S1_NEW: i32 = 0x108; // u64 what a hardware update writes
export const HIER: i32 = 0x110; // u32 APTable [1:0], UXNTable [2], PXNTable [3], gathered over levels
export const RESTARTS: i32 = 0x114; // u32 walks begun anew because a descriptor changed under its update
export const TABLE_IPA: i32 = 0x118; // u64 base of the current table before stage 2

// what stage 1 found
export const IPA: i32 = 0x120; // u64 output address of stage 1 (or the input, when it bypasses)
export const S1_SPAN: i32 = 0x128; // u32 log2 of the leaf or contiguous span
export const S1_PERM: i32 = 0x12c; // u32 allowed [7:0], dirty update pending [23:16]
export const S1_ATTR: i32 = 0x130; // u32 AttributeWord
export const S1_FLAGS: i32 = 0x134; // u32 Entry.FLAG_GLOBAL, Entry.FLAG_TBI

// stage 2, run for S2_CLASS
export const S2_IPA: i32 = 0x138; // u64
export const S2_TABLE: i32 = 0x140; // u64
export const S2_DESC: i32 = 0x148; // u64
export const S2_DESC_PA: i32 = 0x150; // u64
export const S2_NEW: i32 = 0x158; // u64
export const S2_LEVEL: i32 = 0x160; // i32
export const S2_CLASS: i32 = 0x164; // u32 EventRecord.CLASS_*
export const S2_ACCESS: i32 = 0x168; // u32 access kind that stage 2 checks
export const S2_RETURN: i32 = 0x16c; // u32 the step after it
export const S2_PA: i32 = 0x170; // u64 its output
export const S2_SPAN: i32 = 0x178; // u32
export const S2_PERM: i32 = 0x17c; // u32 as S1_PERM
export const S2_ATTR: i32 = 0x180; // u32 AttributeWord
export const S2_DONE_LEVEL: i32 = 0x184; // i32 level of its leaf

// configuration fetch
export const STE_ADDR: i32 = 0x188; // u64
export const CD_ADDR: i32 = 0x190; // u64 of the CD, or of the L1CD while that is fetched

export const COUNTED: i32 = 0x198; // u32 COUNTED_*: events that count once for a transaction, and have

// the fault on its way out
export const FAULT: i32 = 0x19c; // u32 event number, 0: abort without an event
export const FAULT_STAGE: i32 = 0x1a0; // u32 1, 2; 0: not a translation fault
export const FAULT_POLICY: i32 = 0x1a4; // u32 1: obeys CD.{A,R,S} or STE.{S2R,S2S}

export const WHY: i32 = 0x1f0; // u32 Why: the rule that refused (permissions: known while steps are traced)
export const SPACE: i32 = 0x1f8; // u64 key (tlb/context.ts) of the address space that the entry at DENIED_IMAGE belongs to; 0: it is a bypass

// result
export const ATTRS: i32 = 0x1a8; // u32 AttributeWord of both stages
export const ALLOWED: i32 = 0x1ac; // u32 as Entry.PERM
export const BYPASS: i32 = 0x1b0; // u32 1: nothing was translated
export const LEVELS: i32 = 0x1b4; // u32 as Entry.LEVELS
export const PROBE_LEVEL: i32 = 0x1b8; // i32 level that the walk cache look-up is at
export const TIMED: i32 = 0x1bc; // u32 1: other transactions may run between two steps
export const TABLE_FRESH: i32 = 0x3b0; // u32 1: the current table was found by a descriptor read just now, and may be cached
export const STALL_SLOT: i32 = 0x3b8; // i32 stall record of a transaction that is tried again, -1: a new one
export const DEFER: i32 = 0x3bc; // u32 DEFER_*: when hardware updates are made
export const SKIPPED: i32 = 0x3c0; // u32 1: an update was left out
export const DEFERRED: i32 = 0x3c4; // u32 updates that are held back (walk/deferred.ts)
export const FILL: i32 = 0x3b4; // u32 FILL_*: which TCU caches shall get the answer

export const IMAGE: i32 = 0x1c0; // Entry.BYTES: an entry being made
export const CONFIG: i32 = 0x200; // Entry.CONFIG_BYTES: configuration when no cache holds it
export const STE: i32 = 0x300; // 64 bytes as fetched
export const CD: i32 = 0x340; // 64 bytes as fetched
export const DENIED_IMAGE: i32 = 0x380; // Entry.BYTES: the entry that was hit: it may deny the access, which the configuration has to say; serve the micro TLB; be invalidated

export const FILL_WALK: u32 = 1;
export const FILL_TCU: u32 = 2;
export const FILL_MAIN: u32 = 4;
export const FILL_MICRO: u32 = 8;
export const FILL_SHARED: u32 = 32; // alone: another one's answer is looked for in the TLBs that it filled
export const FILL_MAIN_DONE: u32 = 16; // the main TLB has it already

export const DEFER_NOT: u32 = 0; // at once
export const DEFER_TO_END: u32 = 1; // when the translation has succeeded
export const DEFER_NEVER: u32 = 2; // where one would be due the translation ends

export const COUNTED_TBU_MISS: u32 = 1;
export const COUNTED_TCU_MISS: u32 = 2;
export const COUNTED_CONFIG_MISS: u32 = 4;
export const COUNTED_BUFFERED: u32 = 8;

/** The configuration at hand (Config). */
@inline
export function cfg(q: usize): usize {
  return <usize>load<u32>(q, CFG);
}

/** The half of the address space at hand (Half). */
@inline
export function half(q: usize): usize {
  return <usize>load<u32>(q, HALF);
}

/** Sends the machine through stage 2 for `ipa`; it goes on at `next` with S2_PA. */
@inline
export function beginStage2(q: usize, ipa: u64, cls: u32, access: u32, next: u32): u32 {
  store<u64>(q, ipa, S2_IPA);
  store<u32>(q, cls, S2_CLASS);
  store<u32>(q, access, S2_ACCESS);
  store<u32>(q, next, S2_RETURN);
  return State.S2_BEGIN;
}
