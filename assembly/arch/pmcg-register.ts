// Performance Monitor Counter Groups (IHI 0070 chapter 10): registers of a group by offset from its page 0, and their fields.
// A field is packed as `dword << 16 | lsb << 8 | width`.

export const COUNTERS_MAX: i32 = 64;
export const PAGE_BYTES: i32 = 0x1000;
export const PAGE1: i32 = 0x1000; // with CFGR.RELOC_CTRS; the architecture leaves its place to the implementation
export const PAGE1_FAR: i32 = 0x10000; // the same page once more, where 64 KB pages would put it

// EVCNTR and SVR are 4 bytes apart when CFGR.SIZE is at most 31, else 8
export const EVCNTR0: i32 = 0x000; // page 1 when relocated
export const EVTYPER0: i32 = 0x400; // 4 bytes apart
export const SVR0: i32 = 0x600; // page 1 when relocated
export const SMR0: i32 = 0xa00; // 4 bytes apart
export const CNTENSET0: i32 = 0xc00; // 64-bit
export const CNTENCLR0: i32 = 0xc20; // 64-bit
export const INTENSET0: i32 = 0xc40; // 64-bit
export const INTENCLR0: i32 = 0xc60; // 64-bit
export const OVSCLR0: i32 = 0xc80; // 64-bit; page 1 when relocated
export const OVSSET0: i32 = 0xcc0; // 64-bit; page 1 when relocated
export const CAPR: i32 = 0xd88; // write-only; page 1 when relocated
export const SCR: i32 = 0xdf8; // Secure: RAZ/WI to Non-secure accesses
export const CFGR: i32 = 0xe00;
export const CR: i32 = 0xe04;
export const IIDR: i32 = 0xe08;
export const CEID0: i32 = 0xe20; // 64-bit
export const CEID1: i32 = 0xe28; // 64-bit
export const IRQ_CTRL: i32 = 0xe50;
export const IRQ_CTRLACK: i32 = 0xe54;
export const IRQ_CFG0: i32 = 0xe58; // 64-bit
export const IRQ_CFG1: i32 = 0xe60;
export const IRQ_CFG2: i32 = 0xe64;
export const IRQ_STATUS: i32 = 0xe68;
export const AIDR: i32 = 0xe70;
export const PMDEVARCH: i32 = 0xfbc;
export const PMDEVTYPE: i32 = 0xfcc;
export const PIDR4: i32 = 0xfd0; // PIDR4 to CIDR3 as in page 0 of the SMMU
export const CIDR0: i32 = 0xff0;
export const CIDR1: i32 = 0xff4;
export const CIDR2: i32 = 0xff8;
export const CIDR3: i32 = 0xffc;

// EVTYPERn
export const EVTYPER_OVFCAP: i32 = (0 << 16) | (31 << 8) | 1; // [31] overflow captures all counters; with CFGR.CAPTURE
export const EVTYPER_FILTER_SID_SPAN: i32 = (0 << 16) | (29 << 8) | 1; // [29] SMR names a span of StreamIDs
export const EVTYPER_EVENT: i32 = (0 << 16) | (0 << 8) | 16; // [15:0]

// CFGR
export const CFGR_SID_FILTER_TYPE: i32 = (0 << 16) | (23 << 8) | 1; // [23] 1: counter 0's filter rules all
export const CFGR_CAPTURE: i32 = (0 << 16) | (22 << 8) | 1; // [22] CAPR and SVR
export const CFGR_MSI: i32 = (0 << 16) | (21 << 8) | 1; // [21]
export const CFGR_RELOC_CTRS: i32 = (0 << 16) | (20 << 8) | 1; // [20] page 1 exists
export const CFGR_SIZE: i32 = (0 << 16) | (8 << 8) | 6; // [13:8] bits of a counter - 1: 31, 35, 39, 43, 47 or 63
export const CFGR_NCTR: i32 = (0 << 16) | (0 << 8) | 6; // [5:0] counters - 1

export const CR_E: i32 = (0 << 16) | (0 << 8) | 1; // [0] counting
export const CAPR_CAPTURE: i32 = (0 << 16) | (0 << 8) | 1; // [0]
export const IRQ_CTRL_IRQEN: i32 = (0 << 16) | (0 << 8) | 1; // [0]
export const IRQ_STATUS_IRQ_ABT: i32 = (0 << 16) | (0 << 8) | 1; // [0] an MSI ended in an external abort

export const PMDEVARCH_VALUE: i32 = 0x47702a56;
export const PMDEVTYPE_VALUE: i32 = 0x56;
export const CIDR1_VALUE: i32 = 0x90; // component class 9; an SMMU has 0xf0

// CEID0 announces events 0 to 63, CEID1 64 to 127; IMPLEMENTATION DEFINED ones have no bit
export const CEID0_TCU: i32 = 0x3f;
export const CEID0_TBU: i32 = 0x0f; // a TBU reads neither tables nor configuration

/** CFGR of a group. Each flag is 0 or 1. */
export function configuration(
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
