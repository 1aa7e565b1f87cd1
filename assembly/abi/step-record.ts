// A step record, for `explain`.

export const BYTES: i32 = 56;
export const KIND: i32 = 0; // u32 Step
export const STAGE: i32 = 4; // u32 1, 2 or 0
export const LEVEL: i32 = 8; // i32 level of a descriptor; cache index for look-ups and fills
export const CLASS: i32 = 12; // u32 purpose of a stage 2 step: CLASS_*
export const ADDRESS: i32 = 16; // u64 physical address read or written; input address of a look-up
export const DATA: i32 = 24; // u64 the word read (dword 0 of a structure); output address of a hit; fault: where an STE or L1STD would be
export const IPA: i32 = 32; // u64 intermediate address, when there is one
export const RESULT: i32 = 40; // u32: read: 1 done, 0 external abort; look-up: 1 hit, 0 miss; event: its number
// of a fault
export const WHY: i32 = 44; // u32 Why
export const ACCESS: i32 = 48; // u32 the access that was refused: write 1, instruction 2, privileged 4; ACCESS_*
export const LIMIT: i32 = 52; // u32 bits that the rule allows: of an address; of a StreamID
export const ACCESS_RAW_SHIFT: i32 = 4; // [6:4] the transaction's access as it came, before the STE's overrides
export const ACCESS_HALF_1: i32 = 0x100; // its address selects TTB1
export const ACCESS_ONE_LEVEL: i32 = 0x200; // stage 1 knows no privilege levels
export const UPDATE_FAILED: i32 = 0; // external abort, or memory had changed
export const UPDATE_MADE: i32 = 1;
export const UPDATE_DEFERRED: i32 = 2; // waits until a speculative read is known to succeed
