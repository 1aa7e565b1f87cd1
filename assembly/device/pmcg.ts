// The registers of the counter groups (IHI 0070 §10.5), accessed as those of the SMMU are: a 64-bit access is two of 32 bits, low
// half first; what is not aligned, no register, Secure, or of a counter that does not exist reads as 0 and ignores writes.
import { base } from '../memory/base';
import { bits32, maskOf, maskOf32 } from '../memory/bits';
import { addressHighMask, reg32, regField, streamIdMask } from '../state/regs';
import {
  counterBits,
  counterLimit,
  evcntr,
  evtyper,
  groupAt,
  groupField,
  groups,
  smr,
  svr,
} from '../state/pmu';
import { capture, reconsider, settle } from '../queues/pmu';
import { settleFull } from '../timing/full';
import * as Header from '../abi/header';
import * as Layout from '../abi/layout';
import * as Pmcg from '../abi/pmcg';
import * as IdRegister from '../arch/id-register';
import * as IrqCfg from '../arch/irq-cfg';
import * as PmcgRegister from '../arch/pmcg-register';
import * as Register from '../arch/register';

const NOWHERE: i32 = -1;
const BITMAP_BYTES: i32 = 8;

/** Registers that the architecture leaves UNKNOWN begin as 0. */
export function resetPmcg(): void {
  memory.fill(groupAt(0), 0, <usize>(groups() * Pmcg.BYTES));
  store<u32>(base, 0, Header.PMU);
  store<u64>(base, 0, Header.PMU_NEXT);
}

// Offset in page 0 of the register at `off`: with CFGR.RELOC_CTRS counters, captures and their control are in page 1, and only
// there. NOWHERE: no register.
function inPage0(off: i32): i32 {
  if ((off & 3) != 0 || off < 0) return NOWHERE;
  let page1 = false;
  let at = off;
  if (off >= PmcgRegister.PAGE1_FAR) {
    page1 = true;
    at = off - PmcgRegister.PAGE1_FAR;
  } else if (off >= PmcgRegister.PAGE1) {
    page1 = true;
    at = off - PmcgRegister.PAGE1;
  }
  if (at >= PmcgRegister.PAGE_BYTES) return NOWHERE;
  const relocated = groupField(PmcgRegister.CFGR_RELOC_CTRS) != 0 && moves(at);
  return page1 == relocated ? at : NOWHERE;
}

function moves(at: i32): bool {
  return (
    at < PmcgRegister.EVTYPER0 ||
    (at >= PmcgRegister.SVR0 && at < PmcgRegister.SMR0) ||
    within(at, PmcgRegister.OVSCLR0) ||
    within(at, PmcgRegister.OVSSET0) ||
    at == PmcgRegister.CAPR
  );
}

// One of the halves of a bitmap.
@inline
function within(at: i32, bitmap: i32): bool {
  return at >= bitmap && at < bitmap + BITMAP_BYTES;
}

@inline
function half(word: u64, at: i32): u32 {
  return <u32>(at & 4 ? word >> 32 : word);
}

function exists(n: u32): bool {
  return n < 64 && ((counterBits() >> (<u64>n)) & 1) != 0;
}

@inline
function wide(): bool {
  return groupField(PmcgRegister.CFGR_SIZE) > 31;
}

// The counter that a register of an array of counters or captures at `off` from the array's start belongs to.
@inline
function counterAt(off: i32): u32 {
  return <u32>(wide() ? off >> 3 : off >> 2);
}

/** Group 0 is the TCU's, then those of the TBUs; one that does not exist reads as 0. */
export function readPmcg(n: u32, off: i32): u32 {
  const at = inPage0(off);
  if (n >= groups() || at == NOWHERE) return 0;
  settle(n);
  const g = groupAt(n);
  if (at < PmcgRegister.EVTYPER0) return readCounter(at - PmcgRegister.EVCNTR0, g, true);
  if (at < PmcgRegister.SVR0) return readByCounter(at - PmcgRegister.EVTYPER0, evtyper(g, 0));
  if (at < PmcgRegister.SMR0) return readCounter(at - PmcgRegister.SVR0, g, false);
  if (at < PmcgRegister.CNTENSET0) return readByCounter(at - PmcgRegister.SMR0, smr(g, 0));
  if (within(at, PmcgRegister.CNTENSET0) || within(at, PmcgRegister.CNTENCLR0))
    return half(load<u64>(g, Pmcg.CNTEN), at);
  if (within(at, PmcgRegister.INTENSET0) || within(at, PmcgRegister.INTENCLR0))
    return half(load<u64>(g, Pmcg.INTEN), at);
  if (within(at, PmcgRegister.OVSCLR0) || within(at, PmcgRegister.OVSSET0))
    return half(load<u64>(g, Pmcg.OVS), at);
  return readControl(n, g, at);
}

function readCounter(off: i32, g: usize, live: bool): u32 {
  const i = counterAt(off);
  if (!exists(i)) return 0;
  const word = load<u64>(live ? evcntr(g, i) : svr(g, i));
  return wide() ? half(word, off) : <u32>word;
}

function readByCounter(off: i32, first: usize): u32 {
  return exists(off >> 2) ? load<u32>(first + <usize>off) : 0;
}

function readControl(n: u32, g: usize, at: i32): u32 {
  if (at == PmcgRegister.CFGR) return load<u32>(base, Header.PMU_CFGR);
  if (at == PmcgRegister.CR) return load<u32>(g, Pmcg.CR);
  if (at == PmcgRegister.IIDR) return reg32(Register.IIDR);
  if (at == PmcgRegister.CEID0) return n ? PmcgRegister.CEID0_TBU : PmcgRegister.CEID0_TCU;
  if (at == PmcgRegister.IRQ_CTRL || at == PmcgRegister.IRQ_CTRLACK) return load<u32>(g, Pmcg.IRQ_CTRL);
  if (within(at, PmcgRegister.IRQ_CFG0)) return half(load<u64>(g, Pmcg.IRQ_CFG0), at - PmcgRegister.IRQ_CFG0);
  if (at == PmcgRegister.IRQ_CFG1) return load<u32>(g, Pmcg.IRQ_CFG1);
  if (at == PmcgRegister.IRQ_CFG2) return load<u32>(g, Pmcg.IRQ_CFG2);
  // SMMUv3.0 and groups without MSIs have no IRQ_STATUS.
  if (at == PmcgRegister.IRQ_STATUS)
    return groupField(PmcgRegister.CFGR_MSI) && regField(Register.AIDR, IdRegister.AIDR_ArchMinorRev)
      ? load<u32>(g, Pmcg.IRQ_STATUS)
      : 0;
  if (at == PmcgRegister.AIDR) return reg32(Register.AIDR);
  if (at == PmcgRegister.PMDEVARCH) return PmcgRegister.PMDEVARCH_VALUE;
  if (at == PmcgRegister.PMDEVTYPE) return PmcgRegister.PMDEVTYPE_VALUE;
  if (at == PmcgRegister.CIDR1) return PmcgRegister.CIDR1_VALUE;
  if (at >= PmcgRegister.PIDR4 && at <= PmcgRegister.CIDR3)
    return load<u32>(base + <usize>(Layout.REGS_ID + at - PmcgRegister.PIDR4));
  return 0;
}

/** Takes effect at once, after the cycles up to now have been counted as the group was. */
export function writePmcg(n: u32, off: i32, v: u32): void {
  const at = inPage0(off);
  if (n >= groups() || at == NOWHERE) return;
  settle(n);
  const g = groupAt(n);
  if (at < PmcgRegister.EVTYPER0) writeCounter(at - PmcgRegister.EVCNTR0, g, v);
  else if (at < PmcgRegister.SVR0) writeType((<u32>(at - PmcgRegister.EVTYPER0)) >> 2, g, v);
  else if (at < PmcgRegister.SMR0) return;
  else if (at < PmcgRegister.CNTENSET0) writeMatch((<u32>(at - PmcgRegister.SMR0)) >> 2, g, v);
  else if (within(at, PmcgRegister.CNTENSET0)) setBits(g + Pmcg.CNTEN, at, v);
  else if (within(at, PmcgRegister.CNTENCLR0)) clearBits(g + Pmcg.CNTEN, at, v);
  else if (within(at, PmcgRegister.INTENSET0)) setBits(g + Pmcg.INTEN, at, v);
  else if (within(at, PmcgRegister.INTENCLR0)) clearBits(g + Pmcg.INTEN, at, v);
  else if (within(at, PmcgRegister.OVSCLR0)) clearBits(g + Pmcg.OVS, at, v);
  else if (within(at, PmcgRegister.OVSSET0))
    setBits(g + Pmcg.OVS, at, v); // neither interrupt nor capture: it is no overflow
  else if (at == PmcgRegister.CAPR) {
    if (groupField(PmcgRegister.CFGR_CAPTURE) && bits32(v, PmcgRegister.CAPR_CAPTURE)) capture(n);
  } else if (at == PmcgRegister.CR) store<u32>(g, v & maskOf32(PmcgRegister.CR_E), Pmcg.CR);
  else if (at == PmcgRegister.IRQ_CTRL) writeIrqCtrl(g, v);
  else writeIrqConfig(at, g, v);
  reconsider(n);
  settleFull(n);
}

function writeCounter(off: i32, g: usize, v: u32): void {
  const i = counterAt(off);
  if (!exists(i)) return;
  const at = evcntr(g, i);
  if (wide()) store<u32>(at + <usize>(off & 4), v);
  else store<u64>(at, v);
  store<u64>(at, load<u64>(at) & counterLimit());
}

// Where counter 0's filter rules all, the others have none.
@inline
function filters(i: u32): bool {
  return exists(i) && (i == 0 || !groupField(PmcgRegister.CFGR_SID_FILTER_TYPE));
}

function writeType(i: u32, g: usize, v: u32): void {
  if (!exists(i)) return;
  let mask = maskOf32(PmcgRegister.EVTYPER_EVENT);
  if (filters(i)) mask |= maskOf32(PmcgRegister.EVTYPER_FILTER_SID_SPAN);
  if (groupField(PmcgRegister.CFGR_CAPTURE)) mask |= maskOf32(PmcgRegister.EVTYPER_OVFCAP);
  store<u32>(evtyper(g, i), v & mask);
}

function writeMatch(i: u32, g: usize, v: u32): void {
  if (filters(i)) store<u32>(smr(g, i), v & streamIdMask());
}

// `v` is one half of the bitmap.
@inline
function placed(at: i32, v: u32): u64 {
  return (at & 4 ? (<u64>v) << 32 : <u64>v) & counterBits();
}

function setBits(bitmap: usize, at: i32, v: u32): void {
  store<u64>(bitmap, load<u64>(bitmap) | placed(at, v));
}

function clearBits(bitmap: usize, at: i32, v: u32): void {
  store<u64>(bitmap, load<u64>(bitmap) & ~placed(at, v));
}

// The Update is done at once; IRQEN that rises clears what the last MSI left (§10.5).
function writeIrqCtrl(g: usize, v: u32): void {
  const enabled = v & maskOf32(PmcgRegister.IRQ_CTRL_IRQEN);
  if (enabled & ~load<u32>(g, Pmcg.IRQ_CTRL)) store<u32>(g, 0, Pmcg.IRQ_STATUS);
  store<u32>(g, enabled, Pmcg.IRQ_CTRL);
}

// RES0 without MSIs; guarded by IRQEN.
function writeIrqConfig(at: i32, g: usize, v: u32): void {
  if (!groupField(PmcgRegister.CFGR_MSI) || load<u32>(g, Pmcg.IRQ_CTRL)) return;
  if (at == PmcgRegister.IRQ_CFG0) store<u32>(g, v & (<u32>maskOf(IrqCfg.ADDR)), Pmcg.IRQ_CFG0);
  else if (at == PmcgRegister.IRQ_CFG0 + 4) store<u32>(g, v & addressHighMask(), Pmcg.IRQ_CFG0 + 4);
  else if (at == PmcgRegister.IRQ_CFG1) store<u32>(g, v, Pmcg.IRQ_CFG1);
  else if (at == PmcgRegister.IRQ_CFG2)
    store<u32>(g, v & (maskOf32(IrqCfg.MemAttr) | maskOf32(IrqCfg.SH)), Pmcg.IRQ_CFG2);
}
