// The decoded configuration of one context: STE and CD as the walkers want them. Offsets in bytes; Entry.CONFIG_BYTES in all.
// It is the payload of the configuration cache, and stands in the request block while no cache holds it.

export const STREAM: i32 = 0; // u32 StreamID
export const SUBSTREAM: i32 = 4; // u32 SubstreamID | SSV << 31
export const FLAGS: i32 = 8; // u32 FLAG_*
export const WORLD: i32 = 12; // u32 StreamWorld
export const VMID: i32 = 16; // u32
export const ASID: i32 = 20; // u32
export const CD_INDEX: i32 = 24; // i32 index of the CD in its table, -1: no CD
export const CONTEXT: i32 = 28; // u32 context number of non-global entries
export const GLOBAL: i32 = 32; // u32 of global entries
export const IPA: i32 = 36; // u32 of IPA-indexed entries
export const CONTEXT_GEN: i32 = 40; // u32 generation in which they were given
export const IPS: i32 = 44; // u32 effective output size of stage 1, bits
export const STE: i32 = 48; // u64[4] STE words 0..3
export const CD: i32 = 80; // u64[4] CD words 0..3 (word 3 is MAIR)
export const HALF0: i32 = 112; // TTB0: Half
export const HALF1: i32 = 136; // TTB1: Half
export const STAGE2: i32 = 160; // stage 2: Half
export const S2PS: i32 = 184; // u32 effective output size of stage 2, bits
export const HASH: i32 = 192; // u64 index mix of every bit of the context, see tlb/index-mix
export const IPA_HASH: i32 = 200; // u64 of IPA-indexed entries

// What a plain access comes to, walk/plan.ts
export const PLAN: i32 = 208; // u32 1: walks of plain accesses may go straight
export const SHAPE: i32 = 212; // u32 what the STE does to attributes, as Entry.ATTR of stream-tagged entries has it
export const PERMS1: i32 = 216; // u8[16] what stage 1 allows, by AP[2:1] and XN of a leaf
export const PERMS2: i32 = 232; // u8[16] what stage 2 allows, by S2AP and XN of a leaf
export const ATTR2: i32 = 248; // u32 AttributeWord of stage 2, without what its leaf says

export const FLAG_ABORT: u32 = 1; // STE.Config = 0b0xx
export const FLAG_S1: u32 = 2; // stage 1 translates
export const FLAG_S2: u32 = 4; // stage 2 translates
export const FLAG_S1DSS_BYPASS: u32 = 8; // Config says stage 1, S1DSS sends this transaction past it
export const FLAG_ASET: u32 = 16;
export const FLAG_TWO_HALVES: u32 = 32; // TTB1 exists, privilege counts (EL1, EL2-E2H)
export const FLAG_S1_HA: u32 = 64; // effective hardware management, stage 1
export const FLAG_S1_HD: u32 = 128;
export const FLAG_S1_HAFT: u32 = 256;
export const FLAG_S2_HA: u32 = 512;
export const FLAG_S2_HD: u32 = 1024;
export const FLAG_S2_HAFT: u32 = 2048;
export const FLAG_OVERRIDES: u32 = 4096; // STE changes privilege or instruction of incoming transactions
