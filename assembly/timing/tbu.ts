// State of a TBU in the timing region.
import * as Timing from '../abi/timing';

export const FIRST: i32 = Timing.STATE + 0x200;
export const BYTES: i32 = 128;
// Semaphores
export const PORT: i32 = 0;
export const MICRO: i32 = 16;
export const MAIN: i32 = 32;
export const DOWN: i32 = 48;
export const UP: i32 = 64;

export const SLOTS: i32 = 80; // u32 in use
export const BEATS: i32 = 84; // u32 write buffer beats in use
export const PAGES: i32 = 88; // u32 first request that has its page registered, linked by Process.PAGE_LINK
export const SLEEPERS: i32 = 92; // u32 first and last that wait for a page, linked by Process.LINK
export const SLEEPERS_END: i32 = 96;
