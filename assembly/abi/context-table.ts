// The context intern table: hash of u64 keys to 14-bit numbers.

export const BITS: i32 = 14;
export const SLOTS: i32 = 32768;
export const KEYS: i32 = 0; // u64[SLOTS], 0: empty
export const NUMBERS: i32 = SLOTS * 8; // u16[SLOTS]
export const KEY_OF: i32 = SLOTS * 10; // u64[2^BITS], 0: number free
export const USED: i32 = KEY_OF + (8 << BITS); // u8[2^BITS], marks of the recycler
export const BYTES: i32 = USED + (1 << BITS);
