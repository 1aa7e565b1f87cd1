// Where a transaction's answer was found, as the host API tells it.

export const NONE: i32 = 0;
export const MICRO: i32 = 1;
export const MAIN: i32 = 2;
export const TCU: i32 = 3;
export const WALK_CACHE: i32 = 4;
export const WALK: i32 = 5;
export const MERGED: i32 = 6; // another transaction's answer, shared
