// Results of exported functions.

export const LEFT_SOMETHING: i32 = -2; // lookup with time on: this less the address; the host has to look what the core left
export const NO_ERROR: i32 = 0;
export const WRONG_VERSION: i32 = 1; // header magic or version differs
