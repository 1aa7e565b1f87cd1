// SMMU_IDR1, offset 0x4 (IHI 0070 §6.3.2).

export const ECMDQ: i32 = (0 << 16) | (31 << 8) | 1; // [31] Command queue control pages; needs COHACC 1, MSI 1, QUEUES_PRESET 0
export const TABLES_PRESET: i32 = (0 << 16) | (30 << 8) | 1; // [30] Stream table base is fixed and read-only
export const QUEUES_PRESET: i32 = (0 << 16) | (29 << 8) | 1; // [29] queue bases are fixed and read-only
export const REL: i32 = (0 << 16) | (28 << 8) | 1; // [28] preset bases are relative to page 0; RES0 without presets
export const ATTR_TYPES_OVR: i32 = (0 << 16) | (27 << 8) | 1; // [27] memory type, shareability and allocation hint overrides exist
export const ATTR_PERMS_OVR: i32 = (0 << 16) | (26 << 8) | 1; // [26] INST, PRIV and NS overrides exist
export const CMDQS: i32 = (0 << 16) | (21 << 8) | 5; // [25:21] log2 of the most Command queue entries, at most 19
export const EVENTQS: i32 = (0 << 16) | (16 << 8) | 5; // [20:16] log2 of the most Event queue entries, at most 19
export const PRIQS: i32 = (0 << 16) | (11 << 8) | 5; // [15:11] log2 of the most PRI queue entries, at most 19
export const SSIDSIZE: i32 = (0 << 16) | (6 << 8) | 5; // [10:6] SubstreamID bits, 0..20; 0 means no substreams
export const SIDSIZE: i32 = (0 << 16) | (0 << 8) | 6; // [5:0] StreamID bits, 0..32
