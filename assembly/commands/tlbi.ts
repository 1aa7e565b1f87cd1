// TLB invalidation (IHI 0070 §4.4). ASET never matters; VMIDs match under CR0.VMW, which the TLB room applies.
import { address, bits, pow2 } from '../memory/bits';
import { idrField, e2h } from '../state/regs';
import { tlbiAll, tlbiVmid, tlbiAsid, tlbiRange } from '../tlb/invalidate';
import { SEL_EL1_S1, SEL_EL1_S2, SEL_EL2, SEL_EL2_E2H } from '../tlb/selection';
import * as Cmdq from '../arch/cmdq';
import * as Command from '../arch/command';
import { granuleLog2Tlbi, HALF_BIT, levelShift, TOP_BYTE } from '../arch/geometry';
import * as Idr3 from '../arch/idr3';
import * as Idr5 from '../arch/idr5';
import { ANY_ASID, OUT_OF_RANGE, asid, vmid } from './parameters';

export function commandNhAll(dw0: u64): void {
  const v = vmid(dw0);
  if (v >= 0) tlbiVmid(SEL_EL1_S1, v);
}

export function commandNhAsid(dw0: u64): void {
  const v = vmid(dw0);
  const a = asid(dw0);
  if (v >= 0 && a >= 0) tlbiAsid(SEL_EL1_S1, v, a);
}

export function commandEl2All(): void {
  tlbiAll(SEL_EL2 | SEL_EL2_E2H);
}

export function commandEl2Asid(dw0: u64): void {
  const a = asid(dw0);
  if (a >= 0) tlbiAsid(SEL_EL2_E2H, 0, a);
}

export function commandS12Vmall(dw0: u64): void {
  const v = vmid(dw0);
  if (v >= 0) tlbiVmid(SEL_EL1_S1 | SEL_EL1_S2, v);
}

export function commandNsnhAll(): void {
  tlbiAll(SEL_EL1_S1 | SEL_EL1_S2);
}

export function commandNhVa(dw0: u64, dw1: u64): i32 {
  return byAddress(SEL_EL1_S1, vmid(dw0), asid(dw0), dw0, dw1);
}

export function commandNhVaa(dw0: u64, dw1: u64): i32 {
  return byAddress(SEL_EL1_S1, vmid(dw0), ANY_ASID, dw0, dw1);
}

/** CR2.E2H chooses the regime; EL2 without E2H has no ASID. */
export function commandEl2Va(dw0: u64, dw1: u64): i32 {
  if (e2h()) return byAddress(SEL_EL2_E2H, 0, asid(dw0), dw0, dw1);
  return byAddress(SEL_EL2, 0, ANY_ASID, dw0, dw1);
}

export function commandEl2Vaa(dw0: u64, dw1: u64): i32 {
  return byAddress(e2h() ? SEL_EL2_E2H : SEL_EL2, 0, ANY_ASID, dw0, dw1);
}

export function commandS2Ipa(dw0: u64, dw1: u64): i32 {
  return byAddress(SEL_EL1_S2, vmid(dw0), ANY_ASID, dw0, dw1);
}

// One address or, with TG, a range and hints (§4.4.1.1). D128 is absent, so TTL128 is RES0.
function byAddress(kinds: u32, vmid: i32, asid: i32, dw0: u64, dw1: u64): i32 {
  const ipa = kinds == SEL_EL1_S2;
  const tg = idrField(3, Idr3.RIL) ? <i32>bits(dw1, Command.TLBI_TG) : Command.TLBI_TG_NONE;
  let start = ipa ? address(dw1, Command.TLBI_IPA) : address(dw1, Command.TLBI_Address);
  let span: u64 = 0;
  let granule: i32 = 0;
  let level: i32 = -1;
  if (tg != Command.TLBI_TG_NONE) {
    const ds = idrField(5, Idr5.DS) != 0;
    const num = bits(dw0, Command.TLBI_NUM);
    const scale = ds
      ? min<u64>(bits(dw0, Command.TLBI_SCALE), Command.TLBI_SCALE_MAX)
      : bits(dw0, Command.TLBI_SCALE_48);
    let ttl = <i32>bits(dw1, Command.TLBI_TTL);
    if (tg == Command.TLBI_TG_16K && ttl == 1 && !ds) ttl = 0;
    if (num == 0 && scale == 0 && ttl == 0) return Cmdq.CERROR_ILL; // with TG: neither range nor hint

    granule = granuleLog2Tlbi(tg);
    // Not aligned to the leaf it names: UNPREDICTABLE. Here the hint goes and the start moves down to its granule.
    if (ttl != 0 && (start & (pow2(levelShift(granule, ttl)) - 1)) == 0) level = ttl;
    start &= ~(pow2(granule) - 1);
    // At most 2^60 bytes, and never past the top of the address space or from the TTB0 half into the TTB1 half.
    const half: u64 = pow2(ipa ? TOP_BYTE : HALF_BIT);
    span = min<u64>((num + 1) << (scale + <u64>granule), half - (start & (half - 1)));
  }
  if (vmid == OUT_OF_RANGE || asid == OUT_OF_RANGE) return Cmdq.CERROR_NONE;
  const leaf = bits(dw1, Command.TLBI_Leaf) != 0;
  tlbiRange(kinds, <u32>vmid, asid, start, span, leaf, <u32>granule, level);
  return Cmdq.CERROR_NONE;
}
