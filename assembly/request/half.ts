// One translation regime half: where its tables are and how they are shaped.
export const BYTES: i32 = 24;

export const TTB: i32 = 0; // u64 aligned base of the first table
export const IASIZE: i32 = 8; // u8 input bits
export const GRANULE: i32 = 9; // u8 log2
export const START: i32 = 10; // i8 first level
export const FORMAT: i32 = 11; // u8 address format of descriptors, FORMAT_*
export const FLAGS: i32 = 12; // u32 FLAG_*
export const SH: i32 = 16; // u32 shareability of the output when descriptors have none (DS)

export const FLAG_EPD: u32 = 1;
export const FLAG_TBI: u32 = 2;
export const FLAG_HAD: u32 = 4;
export const FLAG_E0PD: u32 = 8;
export const FLAG_BIG_ENDIAN: u32 = 16;

export const FORMAT_48: u32 = 0; // [47:g]
export const FORMAT_DS: u32 = 1; // [49:g], [9:8] are address [51:50]
export const FORMAT_LPA: u32 = 2; // 64K: [47:16], [15:12] are address [51:48]
