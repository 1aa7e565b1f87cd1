// Stage 2 MemAttr: memory types in stage 2 descriptors, and in STE.MemAttr and GBPA.MemAttr.

export const Outer: i32 = (0 << 16) | (2 << 8) | 2; // [3:2] 0: Device
export const Inner: i32 = (0 << 16) | (0 << 8) | 2; // [1:0] of Device its type
export const FWB_Normal: i32 = (0 << 16) | (2 << 8) | 1; // [2] with FWB, 0: Device

// Outer and Inner of Normal memory
export const NC: i32 = 1;
export const WT: i32 = 2;
export const WB: i32 = 3;

// Without FWB: [3:2] == 0 is Device by [1:0], else outer [3:2] and inner [1:0] of 1 NC, 2 WT, 3 WB.
// 0x4, 0x8 and 0xC are reserved (Device-nGnRnE in STE.MemAttr).
export const DEVICE_nGnRnE: i32 = 0x0;
export const DEVICE_nGnRE: i32 = 0x1;
export const DEVICE_nGRE: i32 = 0x2;
export const DEVICE_GRE: i32 = 0x3;
export const NORMAL_NC: i32 = 0x5;
export const NORMAL_WT: i32 = 0xa;
export const NORMAL_WB: i32 = 0xf;

// With FWB: bit 2 clear is Device by [1:0]; 4 is reserved.
export const FWB_NC: i32 = 5; // Normal NC, unless stage 1 is Device
export const FWB_WB: i32 = 6; // Normal WB whatever stage 1 says
export const FWB_S1: i32 = 7; // the stage 1 type unchanged
