// A node of the scheduler's events.

export const BYTES: i32 = 24;
export const SPARE: i32 = 128; // nodes beside those of requests and answers, and two for each TBU
