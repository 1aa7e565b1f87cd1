// Performance Monitor Counter Groups (IHI 0070 chapter 10): registers of a group by offset from its page 0, their fields, and
// the events. A field is packed as `dword << 16 | lsb << 8 | width`.

export const PMCG_COUNTERS_MAX: i32 = 64;
export const PMCG_PAGE_BYTES: i32 = 0x1000;
export const PMCG_PAGE1: i32 = 0x1000; // with CFGR.RELOC_CTRS; the architecture leaves its place to the implementation
export const PMCG_PAGE1_FAR: i32 = 0x10000; // the same page once more, where 64 KB pages would put it

// EVCNTR and SVR are 4 bytes apart when CFGR.SIZE is at most 31, else 8
export const PMCG_EVCNTR0: i32 = 0x000; // page 1 when relocated
export const PMCG_EVTYPER0: i32 = 0x400; // 4 bytes apart
export const PMCG_SVR0: i32 = 0x600; // page 1 when relocated
export const PMCG_SMR0: i32 = 0xa00; // 4 bytes apart
export const PMCG_CNTENSET0: i32 = 0xc00; // 64-bit
export const PMCG_CNTENCLR0: i32 = 0xc20; // 64-bit
export const PMCG_INTENSET0: i32 = 0xc40; // 64-bit
export const PMCG_INTENCLR0: i32 = 0xc60; // 64-bit
export const PMCG_OVSCLR0: i32 = 0xc80; // 64-bit; page 1 when relocated
export const PMCG_OVSSET0: i32 = 0xcc0; // 64-bit; page 1 when relocated
export const PMCG_CAPR: i32 = 0xd88; // write-only; page 1 when relocated
export const PMCG_SCR: i32 = 0xdf8; // Secure: RAZ/WI to Non-secure accesses
export const PMCG_CFGR: i32 = 0xe00;
export const PMCG_CR: i32 = 0xe04;
export const PMCG_IIDR: i32 = 0xe08;
export const PMCG_CEID0: i32 = 0xe20; // 64-bit
export const PMCG_CEID1: i32 = 0xe28; // 64-bit
export const PMCG_IRQ_CTRL: i32 = 0xe50;
export const PMCG_IRQ_CTRLACK: i32 = 0xe54;
export const PMCG_IRQ_CFG0: i32 = 0xe58; // 64-bit
export const PMCG_IRQ_CFG1: i32 = 0xe60;
export const PMCG_IRQ_CFG2: i32 = 0xe64;
export const PMCG_IRQ_STATUS: i32 = 0xe68;
export const PMCG_AIDR: i32 = 0xe70;
export const PMCG_PMDEVARCH: i32 = 0xfbc;
export const PMCG_PMDEVTYPE: i32 = 0xfcc;
export const PMCG_PIDR4: i32 = 0xfd0; // PIDR4 to CIDR3 as in page 0 of the SMMU
export const PMCG_CIDR0: i32 = 0xff0;
export const PMCG_CIDR1: i32 = 0xff4;
export const PMCG_CIDR2: i32 = 0xff8;
export const PMCG_CIDR3: i32 = 0xffc;

// EVTYPERn
export const EVTYPER_OVFCAP: i32 = (0 << 16) | (31 << 8) | 1; // [31] overflow captures all counters; with CFGR.CAPTURE
export const EVTYPER_FILTER_SID_SPAN: i32 = (0 << 16) | (29 << 8) | 1; // [29] SMR names a span of StreamIDs
export const EVTYPER_EVENT: i32 = (0 << 16) | (0 << 8) | 16; // [15:0]

// CFGR
export const PMCG_CFGR_SID_FILTER_TYPE: i32 = (0 << 16) | (23 << 8) | 1; // [23] 1: counter 0's filter rules all
export const PMCG_CFGR_CAPTURE: i32 = (0 << 16) | (22 << 8) | 1; // [22] CAPR and SVR
export const PMCG_CFGR_MSI: i32 = (0 << 16) | (21 << 8) | 1; // [21]
export const PMCG_CFGR_RELOC_CTRS: i32 = (0 << 16) | (20 << 8) | 1; // [20] page 1 exists
export const PMCG_CFGR_SIZE: i32 = (0 << 16) | (8 << 8) | 6; // [13:8] bits of a counter - 1: 31, 35, 39, 43, 47 or 63
export const PMCG_CFGR_NCTR: i32 = (0 << 16) | (0 << 8) | 6; // [5:0] counters - 1

export const PMCG_CR_E: i32 = (0 << 16) | (0 << 8) | 1; // [0] counting
export const PMCG_CAPR_CAPTURE: i32 = (0 << 16) | (0 << 8) | 1; // [0]
export const PMCG_IRQ_CTRL_IRQEN: i32 = (0 << 16) | (0 << 8) | 1; // [0]
export const PMCG_IRQ_STATUS_IRQ_ABT: i32 = (0 << 16) | (0 << 8) | 1; // [0] an MSI ended in an external abort

export const PMCG_PMDEVARCH_VALUE: i32 = 0x47702a56;
export const PMCG_PMDEVTYPE_VALUE: i32 = 0x56;
export const PMCG_CIDR1_VALUE: i32 = 0x90; // component class 9; an SMMU has 0xf0

// Architected events (§10.3)
export const PMU_CYCLES: i32 = 0; // of the group's clock
export const PMU_TRANSACTION: i32 = 1; // TBU: transaction; TCU: translation request received
export const PMU_TLB_MISS: i32 = 2; // TBU: request sent to the TCU; TCU: request that read a descriptor
export const PMU_CONFIG_MISS: i32 = 3; // configuration cache missed
export const PMU_WALK_ACCESS: i32 = 4; // access to a translation table
export const PMU_CONFIG_ACCESS: i32 = 5; // access to a stream table or CD table

// IMPLEMENTATION DEFINED ones, with the numbers of MMU-600 and MMU-700. In the TCU:
export const PMU_WALK_CACHE: i32 = 0x80; // look-up of stage 1 level 0; see walkCacheEvent
export const PMU_WALK_CACHE_READ: i32 = 0x90; // a set of a walk cache is read
export const PMU_BUFFERED: i32 = 0x91; // a request waits for a walk slot
export const PMU_CONFIG_LOOKUP: i32 = 0x92;
export const PMU_CONFIG_CACHE_READ: i32 = 0x93;
export const PMU_CONFIG_CACHE_MISS: i32 = 0x94;
export const PMU_SPECULATIVE: i32 = 0xa0; // speculative request or address prefetch

// In a TBU
export const PMU_MAIN_LOOKUP: i32 = 0x80;
export const PMU_MAIN_MISS: i32 = 0x81;
export const PMU_MAIN_READ: i32 = 0x82; // a set of the main TLB is read, once for each page size tried
export const PMU_MICRO_LOOKUP: i32 = 0x83;
export const PMU_MICRO_MISS: i32 = 0x84;
export const PMU_SLOTS_FULL: i32 = 0x85; // cycles
export const PMU_BUFFER_FULL: i32 = 0x87; // cycles in which the write buffer is full
export const PMU_REQUEST: i32 = 0x88; // translation request

/** Walk cache look-ups of a stage (1, 2) at a level (0 to 3); misses are one more. */
export function walkCacheEvent(stage: i32, level: i32): i32 {
  return PMU_WALK_CACHE + 8 * (stage - 1) + 2 * level;
}

// CEID0 announces events 0 to 63, CEID1 64 to 127; IMPLEMENTATION DEFINED ones have no bit
export const PMCG_CEID0_TCU: i32 = 0x3f;
export const PMCG_CEID0_TBU: i32 = 0x0f; // a TBU reads neither tables nor configuration

/** CFGR of a group. Each flag is 0 or 1. */
export function pmcgConfiguration(
  counters: i32,
  counterBits: i32,
  msi: i32,
  capture: i32,
  relocate: i32,
  filterPerCounter: i32,
): i32 {
  return (
    (counters - 1) |
    ((counterBits - 1) << 8) |
    (relocate << 20) |
    (msi << 21) |
    (capture << 22) |
    ((1 - filterPerCounter) << 23)
  );
}
