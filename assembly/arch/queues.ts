// Queue geometry and the PRI queue record (IHI 0070 §3.5.1, §8). Indices wrap as [LOG2SIZE-1:0] plus one wrap bit.
// A field is packed as `dword << 16 | lsb << 8 | width`.

export const CMDQ_ENTRY_BYTES_LOG2: i32 = 4;
export const EVENTQ_ENTRY_BYTES_LOG2: i32 = 5;
export const PRIQ_ENTRY_BYTES_LOG2: i32 = 4;
export const QUEUE_LOG2SIZE_MAX: i32 = 19; // largest IDR1.CMDQS, EVENTQS and PRIQS
export const QUEUE_ALIGN_BYTES_LOG2: i32 = 5; // the base of a smaller queue aligns to 32 bytes all the same

export const PRI_BYTES: i32 = 16;
export const PRI_SSV: i32 = (0 << 16) | (63 << 8) | 1; // dw0 [63] SubstreamID valid
export const PRI_Last: i32 = (0 << 16) | (62 << 8) | 1; // dw0 [62] last of its group
export const PRI_W: i32 = (0 << 16) | (61 << 8) | 1; // dw0 [61] write wanted
export const PRI_R: i32 = (0 << 16) | (60 << 8) | 1; // dw0 [60] read wanted
export const PRI_X: i32 = (0 << 16) | (59 << 8) | 1; // dw0 [59] execute wanted; 0 when SSV is 0
export const PRI_Priv: i32 = (0 << 16) | (58 << 8) | 1; // dw0 [58] privileged; 0 when SSV is 0
export const PRI_SubstreamID: i32 = (0 << 16) | (32 << 8) | 20; // dw0 [51:32]
export const PRI_StreamID: i32 = (0 << 16) | (0 << 8) | 32; // dw0 [31:0]
export const PRI_Address: i32 = (1 << 16) | (12 << 8) | 52; // dw1 [63:12] page
export const PRI_PRGIndex: i32 = (1 << 16) | (0 << 8) | 9; // dw1 [8:0]
