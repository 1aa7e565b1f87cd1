// SMMU_CR0 and SMMU_CR0ACK (IHI 0070 §6.3.9, §6.3.10); each field updates on its own. A field is packed as
// `dword << 16 | lsb << 8 | width`, here and in the other registers.

export const DPT_WALK_EN: i32 = (0 << 16) | (10 << 8) | 1; // [10] with IDR3.DPT
export const VMW: i32 = (0 << 16) | (6 << 8) | 3; // [8:6] 0 exact VMID match, 1..4 ignore that many low bits on invalidation, 5..7 as 0; with IDR0.VMW
export const ATSCHK: i32 = (0 << 16) | (4 << 8) | 1; // [4] check ATS Translated traffic; with IDR0.ATS
export const CMDQEN: i32 = (0 << 16) | (3 << 8) | 1; // [3] Command queue processing
export const EVENTQEN: i32 = (0 << 16) | (2 << 8) | 1; // [2] Event queue writes
export const PRIQEN: i32 = (0 << 16) | (1 << 8) | 1; // [1] PRI queue writes, effective only with SMMUEN; with IDR0.PRI
export const SMMUEN: i32 = (0 << 16) | (0 << 8) | 1; // [0] translation
