/** What the process ends with, beside 0 and the signals. */

/** A replay found mismatches. */
export const MISMATCHES = 1;
/** A sweep's shards have not all points. */
export const INCOMPLETE = 1;
/** Bad input, or an output that cannot be written: the caller can mend it. */
export const BAD_INPUT = 2;
/** The fault is the program's (EX_SOFTWARE of sysexits.h). */
export const INTERNAL = 70;
