// The register file as data: the image that device/mmio writes and everybody reads. Page 1 registers live at the same
// low offset as in page 0 (IHI 0070 §6.2; the offsets do not collide).
import { base } from '../memory/base';
import { bits32, limit } from '../memory/bits';
import * as Layout from '../abi/layout';
import * as Cr0 from '../arch/cr0';
import * as Cr2 from '../arch/cr2';
import { addressSizeBits } from '../arch/geometry';
import * as Idr1 from '../arch/idr1';
import * as Idr5 from '../arch/idr5';
import * as Register from '../arch/register';

const SLOT_MASK: i32 = 0x1ff;

@inline
export function regAt(off: i32): usize {
  return base + <usize>(Layout.REGS + (off & SLOT_MASK));
}

@inline
export function reg32(off: i32): u32 {
  return load<u32>(regAt(off));
}

@inline
export function setReg32(off: i32, v: u32): void {
  store<u32>(regAt(off), v);
}

@inline
export function reg64(off: i32): u64 {
  return load<u64>(regAt(off));
}

@inline
export function setReg64(off: i32, v: u64): void {
  store<u64>(regAt(off), v);
}

/** A field of a 32-bit register. */
@inline
export function regField(off: i32, f: i32): u32 {
  return bits32(reg32(off), f);
}

/** SMMU_IDR0..SMMU_IDR5. */
@inline
export function idr(n: i32): u32 {
  return reg32(n << 2);
}

/** A field of SMMU_IDRn. */
@inline
export function idrField(n: i32, f: i32): u32 {
  return bits32(idr(n), f);
}

/** SMMUEN after its Update (§6.3.9.6). */
@inline
export function smmuEnabled(): bool {
  return regField(Register.CR0ACK, Cr0.SMMUEN) != 0;
}

/** EL2 streams are EL2-E2H (CR2.E2H reads as 0 without IDR0.Hyp). */
@inline
export function e2h(): bool {
  return regField(Register.CR2, Cr2.E2H) != 0;
}

/** Output address size in bits (IDR5.OAS). */
@inline
export function oasBits(): u32 {
  return <u32>addressSizeBits(<i32>regField(Register.IDR5, Idr5.OAS));
}

/** The bits of a StreamID (IDR1.SIDSIZE). */
export function streamIdMask(): u32 {
  const size = idrField(1, Idr1.SIDSIZE);
  return size >= 32 ? 0xffffffff : ((<u32>1) << size) - 1;
}

/** High half of a register with a physical address: bits at and above the output address size are RES0. */
export function addressHighMask(): u32 {
  return (((<u32>1) << (oasBits() - 32)) - 1) & 0x00ffffff;
}

/** Addresses of queues and MSIs beyond the output address size are truncated (§3.4.3). */
export function truncateToOas(pa: u64): u64 {
  return pa & (limit(oasBits()) - 1);
}
