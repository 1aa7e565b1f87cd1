// Index of each cache's descriptor. The two of TBU t: TBU + 2t (micro) and TBU + 2t + 1 (main).

export const NONE: i32 = -1;
export const CONFIG: i32 = 0;
export const TCU: i32 = 1;
export const IPA: i32 = 2;
export const WALK_S1: i32 = 3; // + level + 1, levels -1..3
export const WALK_S2: i32 = 8; // + level + 1
export const WALK_UNIFIED: i32 = 13;
export const TBU: i32 = 14;
