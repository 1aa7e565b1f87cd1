// What a step record is about: its KIND.

export const LOOKUP: i32 = 1;
export const FILL: i32 = 2;
export const L1STD: i32 = 3;
export const STE: i32 = 4;
export const L1CD: i32 = 5;
export const CD: i32 = 6;
export const DESCRIPTOR: i32 = 7;
export const UPDATE: i32 = 8; // hardware update of a descriptor; StepRecord.DATA is what was written, StepRecord.RESULT StepRecord.UPDATE_*
export const FAULT: i32 = 9; // StepRecord.RESULT event number (0: silent abort)
export const BYPASS: i32 = 10;
export const OUTPUT: i32 = 11; // StepRecord.ADDRESS input, StepRecord.DATA output address
export const HELD: i32 = 12; // word StepRecord.LEVEL of a cached configuration: StepRecord.ADDRESS of the STE, DATA of the CD; RESULT 1: it has a CD
