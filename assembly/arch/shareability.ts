// Shareability, in descriptors, CD.SHx, STE.S2SH0 and STE.S1CSH; 1 is reserved, taken as Non-shareable.

export const NON_SHAREABLE: i32 = 0;
export const OUTER_SHAREABLE: i32 = 2;
export const INNER_SHAREABLE: i32 = 3;
