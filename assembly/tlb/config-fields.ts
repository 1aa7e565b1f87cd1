// The decoded configuration of one context: STE and CD as the walkers want them. Offsets in bytes; CONFIG_ENTRY_BYTES in all.
// It is the payload of the configuration cache, and stands in the request block while no cache holds it.

export const CF_STREAM: i32 = 0; // u32 StreamID
export const CF_SUBSTREAM: i32 = 4; // u32 SubstreamID | SSV << 31
export const CF_FLAGS: i32 = 8; // u32 CFF_*
export const CF_WORLD: i32 = 12; // u32 StreamWorld
export const CF_VMID: i32 = 16; // u32
export const CF_ASID: i32 = 20; // u32
export const CF_CD_INDEX: i32 = 24; // i32 index of the CD in its table, -1: no CD
export const CF_CONTEXT: i32 = 28; // u32 context number of non-global entries
export const CF_GLOBAL: i32 = 32; // u32 of global entries
export const CF_IPA: i32 = 36; // u32 of IPA-indexed entries
export const CF_CONTEXT_GEN: i32 = 40; // u32 generation in which they were given
export const CF_IPS: i32 = 44; // u32 effective output size of stage 1, bits
export const CF_STE: i32 = 48; // u64[4] STE words 0..3
export const CF_CD: i32 = 80; // u64[4] CD words 0..3 (word 3 is MAIR)
export const CF_HALF0: i32 = 112; // TTB0: HF_*
export const CF_HALF1: i32 = 136; // TTB1: HF_*
export const CF_STAGE2: i32 = 160; // stage 2: HF_*
export const CF_S2PS: i32 = 184; // u32 effective output size of stage 2, bits
export const CF_MIX: i32 = 192; // u64 index mix, see tlb/lookup `find`
export const CF_IPA_MIX: i32 = 200; // u64 of IPA-indexed entries

export const CFF_ABORT: u32 = 1; // STE.Config = 0b0xx
export const CFF_S1: u32 = 2; // stage 1 translates
export const CFF_S2: u32 = 4; // stage 2 translates
export const CFF_S1DSS_BYPASS: u32 = 8; // Config says stage 1, S1DSS sends this transaction past it
export const CFF_ASET: u32 = 16;
export const CFF_TWO_HALVES: u32 = 32; // TTB1 exists, privilege counts (EL1, EL2-E2H)
export const CFF_S1_HA: u32 = 64; // effective hardware management, stage 1
export const CFF_S1_HD: u32 = 128;
export const CFF_S1_HAFT: u32 = 256;
export const CFF_S2_HA: u32 = 512;
export const CFF_S2_HD: u32 = 1024;
export const CFF_S2_HAFT: u32 = 2048;
export const CFF_OVERRIDES: u32 = 4096; // STE changes privilege or instruction of incoming transactions

// One translation regime half: where its tables are and how they are shaped.
export const HF_TTB: i32 = 0; // u64 aligned base of the first table
export const HF_IASIZE: i32 = 8; // u8 input bits
export const HF_GRANULE: i32 = 9; // u8 log2
export const HF_START: i32 = 10; // i8 first level
export const HF_FORMAT: i32 = 11; // u8 address format of descriptors, FORMAT_*
export const HF_FLAGS: i32 = 12; // u32 HFF_*
export const HF_SH: i32 = 16; // u32 shareability of the output when descriptors have none (DS)

export const HFF_EPD: u32 = 1;
export const HFF_TBI: u32 = 2;
export const HFF_HAD: u32 = 4;
export const HFF_E0PD: u32 = 8;
export const HFF_BIG_ENDIAN: u32 = 16;

export const FORMAT_48: u32 = 0; // [47:g]
export const FORMAT_DS: u32 = 1; // [49:g], [9:8] are address [51:50]
export const FORMAT_LPA: u32 = 2; // 64K: [47:16], [15:12] are address [51:48]
