// Attribute bytes of MAIR, and of the host API. 0b0000dd00 is Device (dd: nGnRnE, nGnRE, nGRE, GRE); otherwise outer [7:4], inner [3:0].

export const DEVICE_nGnRnE: i32 = 0x00;
export const DEVICE_nGnRE: i32 = 0x04;
export const DEVICE_nGRE: i32 = 0x08;
export const DEVICE_GRE: i32 = 0x0c;
export const NORMAL_NC: i32 = 0x44;
export const NORMAL_WT: i32 = 0xbb; // non-transient, read and write allocate
export const NORMAL_WB: i32 = 0xff; // non-transient, read and write allocate
