// Table accesses, as host.walkLatency is told of them.

export const L1STD: i32 = 0;
export const STE: i32 = 1;
export const L1CD: i32 = 2;
export const CD: i32 = 3;
export const STAGE1: i32 = 4;
export const STAGE2: i32 = 5;
export const WRITE: i32 = 8; // a hardware update of the descriptor
