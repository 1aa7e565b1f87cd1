// The registers of the counter groups (IHI 0070 §10.5), accessed as those of the SMMU are: a 64-bit access is two of 32 bits, low
// half first; what is not aligned, no register, Secure, or of a counter that does not exist reads as 0 and ignores writes.
import { base } from '../memory/base';
import { bits32 } from '../memory/bits';
import { addressHighMask, reg32, regField, streamIdMask } from '../state/regs';
import {
  counterBits,
  counterLimit,
  counting,
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
import { clearHitMemo } from '../translate/fast';
import { fieldMask } from './masks';
import * as Header from '../abi/header';
import * as Layout from '../abi/layout';
import * as Pmcg from '../abi/pmcg';
import {
  EVTYPER_EVENT,
  EVTYPER_FILTER_SID_SPAN,
  EVTYPER_OVFCAP,
  PMCG_AIDR,
  PMCG_CAPR,
  PMCG_CAPR_CAPTURE,
  PMCG_CEID0,
  PMCG_CEID0_TBU,
  PMCG_CEID0_TCU,
  PMCG_CFGR,
  PMCG_CFGR_CAPTURE,
  PMCG_CFGR_MSI,
  PMCG_CFGR_RELOC_CTRS,
  PMCG_CFGR_SID_FILTER_TYPE,
  PMCG_CFGR_SIZE,
  PMCG_CIDR1,
  PMCG_CIDR1_VALUE,
  PMCG_CIDR3,
  PMCG_CNTENCLR0,
  PMCG_CNTENSET0,
  PMCG_CR,
  PMCG_CR_E,
  PMCG_EVCNTR0,
  PMCG_EVTYPER0,
  PMCG_IIDR,
  PMCG_INTENCLR0,
  PMCG_INTENSET0,
  PMCG_IRQ_CFG0,
  PMCG_IRQ_CFG1,
  PMCG_IRQ_CFG2,
  PMCG_IRQ_CTRL,
  PMCG_IRQ_CTRLACK,
  PMCG_IRQ_CTRL_IRQEN,
  PMCG_IRQ_STATUS,
  PMCG_OVSCLR0,
  PMCG_OVSSET0,
  PMCG_PAGE1,
  PMCG_PAGE1_FAR,
  PMCG_PAGE_BYTES,
  PMCG_PIDR4,
  PMCG_PMDEVARCH,
  PMCG_PMDEVARCH_VALUE,
  PMCG_PMDEVTYPE,
  PMCG_PMDEVTYPE_VALUE,
  PMCG_SMR0,
  PMCG_SVR0,
} from '../arch/pmcg';
import { AIDR_ArchMinorRev } from '../arch/idr';
import { IRQ_CFG2_MemAttr, IRQ_CFG2_SH, R_AIDR, R_IIDR } from '../arch/registers';

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
  if (off >= PMCG_PAGE1_FAR) {
    page1 = true;
    at = off - PMCG_PAGE1_FAR;
  } else if (off >= PMCG_PAGE1) {
    page1 = true;
    at = off - PMCG_PAGE1;
  }
  if (at >= PMCG_PAGE_BYTES) return NOWHERE;
  const relocated = groupField(PMCG_CFGR_RELOC_CTRS) != 0 && moves(at);
  return page1 == relocated ? at : NOWHERE;
}

function moves(at: i32): bool {
  return (
    at < PMCG_EVTYPER0 ||
    (at >= PMCG_SVR0 && at < PMCG_SMR0) ||
    within(at, PMCG_OVSCLR0) ||
    within(at, PMCG_OVSSET0) ||
    at == PMCG_CAPR
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
  return groupField(PMCG_CFGR_SIZE) > 31;
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
  if (at < PMCG_EVTYPER0) return readCounter(at - PMCG_EVCNTR0, g, true);
  if (at < PMCG_SVR0) return readByCounter(at - PMCG_EVTYPER0, evtyper(g, 0));
  if (at < PMCG_SMR0) return readCounter(at - PMCG_SVR0, g, false);
  if (at < PMCG_CNTENSET0) return readByCounter(at - PMCG_SMR0, smr(g, 0));
  if (within(at, PMCG_CNTENSET0) || within(at, PMCG_CNTENCLR0)) return half(load<u64>(g, Pmcg.CNTEN), at);
  if (within(at, PMCG_INTENSET0) || within(at, PMCG_INTENCLR0)) return half(load<u64>(g, Pmcg.INTEN), at);
  if (within(at, PMCG_OVSCLR0) || within(at, PMCG_OVSSET0)) return half(load<u64>(g, Pmcg.OVS), at);
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
  if (at == PMCG_CFGR) return load<u32>(base, Header.PMU_CFGR);
  if (at == PMCG_CR) return load<u32>(g, Pmcg.CR);
  if (at == PMCG_IIDR) return reg32(R_IIDR);
  if (at == PMCG_CEID0) return n ? PMCG_CEID0_TBU : PMCG_CEID0_TCU;
  if (at == PMCG_IRQ_CTRL || at == PMCG_IRQ_CTRLACK) return load<u32>(g, Pmcg.IRQ_CTRL);
  if (within(at, PMCG_IRQ_CFG0)) return half(load<u64>(g, Pmcg.IRQ_CFG0), at - PMCG_IRQ_CFG0);
  if (at == PMCG_IRQ_CFG1) return load<u32>(g, Pmcg.IRQ_CFG1);
  if (at == PMCG_IRQ_CFG2) return load<u32>(g, Pmcg.IRQ_CFG2);
  // SMMUv3.0 and groups without MSIs have no IRQ_STATUS.
  if (at == PMCG_IRQ_STATUS)
    return groupField(PMCG_CFGR_MSI) && regField(R_AIDR, AIDR_ArchMinorRev)
      ? load<u32>(g, Pmcg.IRQ_STATUS)
      : 0;
  if (at == PMCG_AIDR) return reg32(R_AIDR);
  if (at == PMCG_PMDEVARCH) return PMCG_PMDEVARCH_VALUE;
  if (at == PMCG_PMDEVTYPE) return PMCG_PMDEVTYPE_VALUE;
  if (at == PMCG_CIDR1) return PMCG_CIDR1_VALUE;
  if (at >= PMCG_PIDR4 && at <= PMCG_CIDR3)
    return load<u32>(base + <usize>(Layout.REGS_ID + at - PMCG_PIDR4));
  return 0;
}

/** Takes effect at once, after the cycles up to now have been counted as the group was. */
export function writePmcg(n: u32, off: i32, v: u32): void {
  const at = inPage0(off);
  if (n >= groups() || at == NOWHERE) return;
  settle(n);
  const g = groupAt(n);
  if (at < PMCG_EVTYPER0) writeCounter(at - PMCG_EVCNTR0, g, v);
  else if (at < PMCG_SVR0) writeType((<u32>(at - PMCG_EVTYPER0)) >> 2, g, v);
  else if (at < PMCG_SMR0) return;
  else if (at < PMCG_CNTENSET0) writeMatch((<u32>(at - PMCG_SMR0)) >> 2, g, v);
  else if (within(at, PMCG_CNTENSET0)) setBits(g + Pmcg.CNTEN, at, v);
  else if (within(at, PMCG_CNTENCLR0)) clearBits(g + Pmcg.CNTEN, at, v);
  else if (within(at, PMCG_INTENSET0)) setBits(g + Pmcg.INTEN, at, v);
  else if (within(at, PMCG_INTENCLR0)) clearBits(g + Pmcg.INTEN, at, v);
  else if (within(at, PMCG_OVSCLR0)) clearBits(g + Pmcg.OVS, at, v);
  else if (within(at, PMCG_OVSSET0))
    setBits(g + Pmcg.OVS, at, v); // neither interrupt nor capture: it is no overflow
  else if (at == PMCG_CAPR) {
    if (groupField(PMCG_CFGR_CAPTURE) && bits32(v, PMCG_CAPR_CAPTURE)) capture(n);
  } else if (at == PMCG_CR) store<u32>(g, v & fieldMask(PMCG_CR_E), Pmcg.CR);
  else if (at == PMCG_IRQ_CTRL) writeIrqCtrl(g, v);
  else writeIrqConfig(at, g, v);
  const before = counting();
  reconsider(n);
  settleFull(n);
  if (!before && counting()) clearHitMemo(); // from here on the machine alone serves hits, and counts them
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
  return exists(i) && (i == 0 || !groupField(PMCG_CFGR_SID_FILTER_TYPE));
}

function writeType(i: u32, g: usize, v: u32): void {
  if (!exists(i)) return;
  let mask = fieldMask(EVTYPER_EVENT);
  if (filters(i)) mask |= fieldMask(EVTYPER_FILTER_SID_SPAN);
  if (groupField(PMCG_CFGR_CAPTURE)) mask |= fieldMask(EVTYPER_OVFCAP);
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
  const enabled = v & fieldMask(PMCG_IRQ_CTRL_IRQEN);
  if (enabled & ~load<u32>(g, Pmcg.IRQ_CTRL)) store<u32>(g, 0, Pmcg.IRQ_STATUS);
  store<u32>(g, enabled, Pmcg.IRQ_CTRL);
}

// RES0 without MSIs; guarded by IRQEN.
function writeIrqConfig(at: i32, g: usize, v: u32): void {
  if (!groupField(PMCG_CFGR_MSI) || load<u32>(g, Pmcg.IRQ_CTRL)) return;
  if (at == PMCG_IRQ_CFG0) store<u32>(g, v & 0xfffffffc, Pmcg.IRQ_CFG0);
  else if (at == PMCG_IRQ_CFG0 + 4) store<u32>(g, v & addressHighMask(), Pmcg.IRQ_CFG0 + 4);
  else if (at == PMCG_IRQ_CFG1) store<u32>(g, v, Pmcg.IRQ_CFG1);
  else if (at == PMCG_IRQ_CFG2)
    store<u32>(g, v & (fieldMask(IRQ_CFG2_MemAttr) | fieldMask(IRQ_CFG2_SH)), Pmcg.IRQ_CFG2);
}
