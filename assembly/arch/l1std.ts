// Level 1 Stream Table Descriptor (IHI 0070 §5.1). A field is packed as `dword << 16 | lsb << 8 | width`.

export const BYTES: i32 = 8;
export const BYTES_LOG2: i32 = 3;
export const L2Ptr: i32 = (0 << 16) | (6 << 8) | 50; // dw0 [55:6] address of the level 2 array, aligned by the SMMU to the array size
export const Span: i32 = (0 << 16) | (0 << 8) | 5; // dw0 [4:0] 0 invalid, 1..11: the array holds 2^(Span-1) STEs, 12..31 reserved (as 0); must be <= SPLIT + 1
export const SPAN_MAX: i32 = 11;
