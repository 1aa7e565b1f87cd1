// Attribute bytes of MAIR, and of the host API. 0b0000dd00 is Device (dd: nGnRnE, nGnRE, nGRE, GRE); otherwise outer [7:4], inner [3:0].

export const Outer: i32 = (0 << 16) | (4 << 8) | 4; // [7:4] 0: Device
export const Inner: i32 = (0 << 16) | (0 << 8) | 4; // [3:0]
export const DeviceType: i32 = (0 << 16) | (2 << 8) | 2; // [3:2] dd

// Outer and Inner of Normal memory: 0b00RW write-through transient, 0b10RW write-through, 0b01RW and 0b11RW write-back
export const NC: i32 = 4;
export const WB: i32 = 4; // a bit: write-back (0b0100 itself is NC)
export const NON_TRANSIENT: i32 = 8; // a bit
export const RW: i32 = 3; // the bits of read- and write-allocate

export const DEVICE_nGnRnE: i32 = 0x00;
export const DEVICE_nGnRE: i32 = 0x04;
export const DEVICE_nGRE: i32 = 0x08;
export const DEVICE_GRE: i32 = 0x0c;
export const NORMAL_NC: i32 = 0x44;
export const NORMAL_WT: i32 = 0xbb; // non-transient, read and write allocate
export const NORMAL_WB: i32 = 0xff; // non-transient, read and write allocate
