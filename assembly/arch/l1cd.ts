// Level 1 Context Descriptor (IHI 0070 §5.3). A field is packed as `dword << 16 | lsb << 8 | width`.

export const BYTES: i32 = 8;
export const BYTES_LOG2: i32 = 3;
export const L2Ptr: i32 = (0 << 16) | (12 << 8) | 44; // dw0 [55:12] address of the leaf CD table ([15:12] RES0 with 64 KB leaves)
export const V: i32 = (0 << 16) | (0 << 8) | 1; // dw0 [0] valid; 0 gives C_BAD_SUBSTREAMID
