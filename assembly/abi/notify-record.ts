// A notification for the host.

export const BYTES: i32 = 32;
export const KIND: i32 = 0; // u32 KIND_*
export const SOURCE: i32 = 4; // u32 Irq
export const ADDRESS: i32 = 8; // u64 MSI address
export const DATA: i32 = 16; // u32 MSI data
export const KIND_IRQ: i32 = 1; // wired pulse of SOURCE
export const KIND_MSI: i32 = 2; // an MSI that the host shall take; when it does not: `msiAborted(SOURCE)`
export const KIND_RESUMED: i32 = 3; // one record was added to the resumed ring
