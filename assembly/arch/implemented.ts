// What this model implements of the identification registers, and the values a device has unless asked otherwise
// (IHI 0070 §6.3.1-§6.3.8). Register n is SMMU_IDRn. Portable: no imports, so fields are written as shifts here; their
// definitions are in idr0 to idr5.

/** SMMU_IDR0: bits that may be 1. */
export const IMPL_IDR0: i32 =
  (1 << 0) | // S2P
  (1 << 1) | // S1P
  (2 << 2) | // TTF: VMSAv8-64 only
  (1 << 4) | // COHACC
  (3 << 6) | // HTTU: up to 3, access flag in Table descriptors
  (1 << 9) | // Hyp
  (1 << 12) | // ASID16
  (1 << 13) | // MSI
  (1 << 14) | // SEV
  (1 << 15) | // ATOS: GATOS only
  (1 << 17) | // VMW
  (1 << 18) | // VMID16
  (1 << 19) | // CD2L
  (3 << 21) | // TTENDIAN: 0 mixed, 2 little-endian, 3 big-endian
  (3 << 24) | // STALL_MODEL: 0 both, 1 terminate only, 2 stall forced
  (1 << 26) | // TERM_MODEL
  (1 << 27); // ST_LEVEL: 2-level tables

/** SMMU_IDR1: bits that may be 1; sizes are limited further by IMPL_*. */
export const IMPL_IDR1: i32 =
  (0x3f << 0) | // SIDSIZE
  (0x1f << 6) | // SSIDSIZE
  (0x1f << 16) | // EVENTQS
  (0x1f << 21) | // CMDQS
  (1 << 26) | // ATTR_PERMS_OVR
  (1 << 27); // ATTR_TYPES_OVR

/** SMMU_IDR2 (no VATOS) and SMMU_IDR4 (nothing IMPLEMENTATION DEFINED) are 0. */
export const IMPL_IDR2: i32 = 0;
export const IMPL_IDR4: i32 = 0;

/** SMMU_IDR3: bits that may be 1. */
export const IMPL_IDR3: i32 =
  (1 << 2) | // HAD
  (1 << 4) | // XNX
  (1 << 8) | // FWB
  (1 << 9) | // STT
  (1 << 10) | // RIL
  (3 << 11) | // BBML: up to 2
  (1 << 13) | // E0PD
  (1 << 14) | // PTWNNC
  (1 << 17); // EPAN

/** SMMU_IDR5: bits that may be 1. */
export const IMPL_IDR5: i32 =
  (7 << 0) | // OAS: up to 6, 52 bits
  (1 << 4) | // GRAN4K
  (1 << 5) | // GRAN16K
  (1 << 6) | // GRAN64K
  (1 << 7) | // DS
  (1 << 10) | // VAX: up to 1, 52 bits
  (0xffff << 16); // STALL_MAX

/** SMMU_IDR6: no control pages. */
export const IMPL_IDR6: i32 = 0;

export const IMPL_SIDSIZE_MAX: i32 = 32;
export const IMPL_SSIDSIZE_MAX: i32 = 20;
export const IMPL_QUEUE_LOG2_MAX: i32 = 19;
export const IMPL_HTTU_MAX: i32 = 3;
export const IMPL_BBML_MAX: i32 = 2;
export const IMPL_OAS_MAX: i32 = 6;
export const IMPL_STALL_MAX: i32 = 4096;

/** SMMU_AIDR: SMMUv3.0 to v3.4 may be announced; see DEFAULT_AIDR. */
export const IMPL_AIDR_MAX: i32 = 4;

// Defaults. v3.3 is the highest version whose mandatory features are all here: v3.4 makes MTEPERM mandatory. A v3.3 part
// may have features of v3.4 (DS, EPAN, HTTU 3), but none of a later version (§2.5).
export const DEFAULT_AIDR: i32 = 3;
/** Not Arm's code: drivers switch features off for Arm products that they know by ProductID. */
export const DEFAULT_IIDR: i32 = 0;

export const DEFAULT_IDR0: i32 =
  (1 << 0) | // S2P
  (1 << 1) | // S1P
  (2 << 2) | // TTF: VMSAv8-64
  (1 << 4) | // COHACC
  (3 << 6) | // HTTU: access flag, dirty state, access flag of tables
  (1 << 9) | // Hyp: mandatory from v3.2 with both stages
  (1 << 12) | // ASID16
  (1 << 13) | // MSI
  (1 << 14) | // SEV
  (1 << 15) | // ATOS
  (1 << 17) | // VMW
  (1 << 18) | // VMID16
  (1 << 19) | // CD2L
  (0 << 21) | // TTENDIAN: mixed
  (0 << 24) | // STALL_MODEL: stall and terminate
  (0 << 26) | // TERM_MODEL: abort or RAZ/WI
  (1 << 27); // ST_LEVEL: linear and 2-level

export const DEFAULT_IDR1: i32 =
  (16 << 0) | // SIDSIZE
  (20 << 6) | // SSIDSIZE
  (0 << 11) | // PRIQS
  (19 << 16) | // EVENTQS
  (19 << 21) | // CMDQS
  (1 << 26) | // ATTR_PERMS_OVR
  (1 << 27); // ATTR_TYPES_OVR

export const DEFAULT_IDR2: i32 = 0;

export const DEFAULT_IDR3: i32 =
  (1 << 2) | // HAD
  (1 << 4) | // XNX
  (1 << 8) | // FWB
  (1 << 9) | // STT
  (1 << 10) | // RIL
  (2 << 11) | // BBML: level 2
  (1 << 13) | // E0PD
  (1 << 14) | // PTWNNC
  (1 << 17); // EPAN

export const DEFAULT_IDR4: i32 = 0;

export const DEFAULT_IDR5: i32 =
  (6 << 0) | // OAS: 52 bits
  (1 << 4) | // GRAN4K
  (1 << 5) | // GRAN16K
  (1 << 6) | // GRAN64K
  (1 << 7) | // DS
  (1 << 10) | // VAX: 52 bits
  (64 << 16); // STALL_MAX

export const DEFAULT_IDR6: i32 = 0;

// CoreSight identification (§6.3.170): no designer, a JEP106 field that is in use.
export const DEFAULT_PIDR0: i32 = 0;
export const DEFAULT_PIDR1: i32 = 0;
export const DEFAULT_PIDR2: i32 = 1 << 3; // JEDEC
export const DEFAULT_PIDR3: i32 = 0;
export const DEFAULT_PIDR4: i32 = 0;

function atMost(value: i32, max: i32): i32 {
  return value > max ? max : value;
}

/** What remains of `asked` for SMMU_IDR0: implemented, no reserved encoding, no feature without the one it needs. */
export function effectiveIdr0(asked: i32): i32 {
  let v: i32 = (asked & IMPL_IDR0) | (2 << 2); // TTF is never 0
  if ((v & 1) == 0) v &= ~(1 << 17); // VMW is RES0 without S2P
  if ((v & 3) != 3) v &= ~(1 << 9); // Hyp is RES0 unless both stages exist
  if (((v >> 21) & 3) == 1) v &= ~(3 << 21); // TTENDIAN 1 is reserved
  if (((v >> 24) & 3) == 3) v &= ~(3 << 24); // STALL_MODEL 3 is reserved
  return v;
}

/** What remains of `asked` for SMMU_IDR1. */
export function effectiveIdr1(asked: i32): i32 {
  const v: i32 = asked & IMPL_IDR1;
  return (
    (v & (3 << 26)) |
    atMost(v & 0x3f, IMPL_SIDSIZE_MAX) |
    (atMost((v >> 6) & 0x1f, IMPL_SSIDSIZE_MAX) << 6) |
    (atMost((v >> 16) & 0x1f, IMPL_QUEUE_LOG2_MAX) << 16) |
    (atMost((v >> 21) & 0x1f, IMPL_QUEUE_LOG2_MAX) << 21)
  );
}

/** What remains of `asked` for SMMU_IDR3 beside an effective SMMU_IDR0. */
export function effectiveIdr3(asked: i32, idr0: i32): i32 {
  let v: i32 = asked & IMPL_IDR3;
  if (((v >> 11) & 3) > IMPL_BBML_MAX) v = (v & ~(3 << 11)) | (IMPL_BBML_MAX << 11);
  if ((idr0 & 2) == 0) v &= ~(1 << 2); // HAD needs S1P
  if ((idr0 & 1) == 0) v &= ~(1 << 14); // PTWNNC needs S2P
  return v;
}

/** What remains of `asked` for SMMU_IDR5 beside an effective SMMU_IDR0. */
export function effectiveIdr5(asked: i32, idr0: i32): i32 {
  const v: i32 = asked & IMPL_IDR5;
  const stalls: i32 = ((idr0 >> 24) & 3) == 1 ? 0 : atMost((v >>> 16) & 0xffff, IMPL_STALL_MAX);
  return (v & 0xfff8) | atMost(v & 7, IMPL_OAS_MAX) | (stalls << 16);
}
