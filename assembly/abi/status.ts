// What became of a transaction, as the host API tells it.

export const OK: i32 = 0;
export const ABORT: i32 = 1;
export const RAZ_WI: i32 = 2;
export const STALLED: i32 = 3;
export const PENDING: i32 = 4;
