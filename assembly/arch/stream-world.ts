// StreamWorlds of the Non-secure state (IHI 0070 §3.3.3, §5.2 STRW). The numbers are ours: they tag TLB entries.

export const NS_EL1: i32 = 0; // two TTBs, ASID; VMID when stage 2 is implemented
export const NS_EL2: i32 = 1; // TTB0 only, no ASID, no VMID, one privilege level
export const NS_EL2_E2H: i32 = 2; // two TTBs, ASID, no VMID
