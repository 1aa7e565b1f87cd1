// The TCU's ports and slots in the timing region. A semaphore is its tokens, capacity, first and last waiter (semaphore.ts).
import * as Timing from '../abi/timing';

export const BYTES: i32 = 16;
export const FIRST: i32 = Timing.STATE + 0x100;
export const TCU: i32 = FIRST;
export const CONFIG: i32 = FIRST + BYTES;
export const TCU_TLB: i32 = FIRST + 2 * BYTES;
export const IPA: i32 = FIRST + 3 * BYTES;
export const PROBE: i32 = FIRST + 4 * BYTES;
export const WALK: i32 = FIRST + 5 * BYTES;
export const STEP: i32 = FIRST + 6 * BYTES;
export const MEMORY: i32 = FIRST + 7 * BYTES;
export const CONFIG_WALK: i32 = Timing.STATE + 0x1b0;
