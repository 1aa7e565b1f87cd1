// The interrupts: what a notification's SOURCE says.

export const EVENTQ: i32 = 0;
export const PRIQ: i32 = 1;
export const CMD_SYNC: i32 = 2;
export const GERROR: i32 = 3;
export const SEV: i32 = 4;

export const PMCG: i32 = 5; // a pulse of any counter group; MSIs: + group
