// Kinds of access: bits of Machine.ACCESS and RAW_ACCESS.

export const WRITE: u32 = 1;
export const INSTRUCTION: u32 = 2;
export const PRIVILEGED: u32 = 4;
