// SMMU_STATUSR.

export const DORMANT: i32 = (0 << 16) | (0 << 8) | 1; // [0] nothing cached and no prefetch in flight; RAZ without IDR0.DORMHINT
