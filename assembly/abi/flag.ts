// Flags of a transaction, as the host API takes them.

export const WRITE: i32 = 1;
export const INSTRUCTION: i32 = 2;
export const PRIVILEGED: i32 = 4;
export const SSV: i32 = 8;
export const TRANSLATED: i32 = 16;
export const SPECULATIVE: i32 = 32;
export const ATOMIC: i32 = 64;
export const SUBSTREAM_SHIFT: i32 = 12; // lookup(): SubstreamID in flags [31:12]
