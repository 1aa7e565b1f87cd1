// Counting (IHI 0070 §10.2 to §10.4): events, cycles, and what an overflow brings about. Cycle counters are not stepped:
// they are brought up to date when somebody looks, and the tick of their next overflow that anybody would notice is planned.
import * as Header from '../abi/header';
import * as Irq from '../abi/irq';
import * as Pmcg from '../abi/pmcg';
import * as IrqCfg from '../arch/irq-cfg';
import * as PmcgRegister from '../arch/pmcg-register';
import * as PmuEvent from '../arch/pmu-event';
import { base } from '../memory/base';
import { address, bits32, pow2 } from '../memory/bits';
import {
  counterBits,
  counterLimit,
  evcntr,
  eventOf,
  evtyper,
  groupAt,
  groupField,
  groupPeriod,
  groups,
  passesFilter,
  svr,
  ticksNow,
} from '../state/pmu';
import { pulse, sendMsi } from './interrupts';

// Overflows of cycle counters further ahead than this are planned when they come nearer, which is never.
const HORIZON: u64 = 1 << 52;

/** `times` occurrences of an event of a transaction, a fetch or a look-up for stream `sid` in group `n`. */
export function countEvent(n: u32, event: u32, sid: u32, times: u64): void {
  const g = groupAt(n);
  let wrapped: u64 = 0;
  for (let left = load<u64>(g, Pmcg.ACTIVE); left; left &= left - 1) {
    const i = <u32>ctz(left);
    if (eventOf(g, i) == event && passesFilter(g, i, sid) && add(g, i, times)) wrapped |= pow2(i);
  }
  if (wrapped) overflow(n, g, wrapped);
}

// True when the counter wrapped.
function add(g: usize, i: u32, times: u64): bool {
  const limit = counterLimit();
  const at = evcntr(g, i);
  const value = load<u64>(at);
  store<u64>(at, (value + times) & limit);
  return times > limit - value;
}

// Status and captured values come before the interrupt that announces them (§10.2.1).
function overflow(n: u32, g: usize, wrapped: u64): void {
  store<u64>(g, load<u64>(g, Pmcg.OVS) | wrapped, Pmcg.OVS);
  if (groupField(PmcgRegister.CFGR_CAPTURE)) {
    for (let left = wrapped; left; left &= left - 1) {
      if (!bits32(load<u32>(evtyper(g, <u32>ctz(left))), PmcgRegister.EVTYPER_OVFCAP)) continue;
      capture(n);
      break;
    }
  }
  if (wrapped & load<u64>(g, Pmcg.INTEN) && bits32(load<u32>(g, Pmcg.IRQ_CTRL), PmcgRegister.IRQ_CTRL_IRQEN))
    raise(n, g);
}

function raise(n: u32, g: usize): void {
  if (groupField(PmcgRegister.CFGR_MSI)) {
    const to = address(load<u64>(g, Pmcg.IRQ_CFG0), IrqCfg.ADDR);
    if (to) sendMsi(to, load<u32>(g, Pmcg.IRQ_CFG1), Irq.PMCG + n);
  }
  pulse(Irq.PMCG);
}

/** All counters of a group into its shadow registers, at once (§10.2.1). */
export function capture(n: u32): void {
  const g = groupAt(n);
  settle(n);
  for (let left = counterBits(); left; left &= left - 1) {
    const i = <u32>ctz(left);
    store<u64>(svr(g, i), load<u64>(evcntr(g, i)));
  }
}

// A counter of cycles runs now: always, or while something is full.
function runs(g: usize, i: u32): bool {
  const event = eventOf(g, i);
  if (event == PmuEvent.CYCLES) return true;
  return (load<u32>(g, Pmcg.FULL) & (event == PmuEvent.SLOTS_FULL ? Pmcg.FULL_SLOTS : Pmcg.FULL_BUFFER)) != 0;
}

/** Brings the cycle counters of a group up to now. */
export function settle(n: u32): void {
  const g = groupAt(n);
  const now = ticksNow();
  const period = groupPeriod(n);
  const cycles = now / period - load<u64>(g, Pmcg.SINCE) / period;
  store<u64>(g, now, Pmcg.SINCE);
  if (!cycles) return;
  let wrapped: u64 = 0;
  for (let left = load<u64>(g, Pmcg.CYCLES); left; left &= left - 1) {
    const i = <u32>ctz(left);
    if (runs(g, i) && add(g, i, cycles)) wrapped |= pow2(i);
  }
  if (wrapped) overflow(n, g, wrapped);
}

/** What of a TBU is full (Pmcg.FULL_*) from now on. */
export function setFull(n: u32, full: u32): void {
  const g = groupAt(n);
  if (load<u32>(g, Pmcg.FULL) == full) return;
  settle(n);
  store<u32>(g, full, Pmcg.FULL);
  plan();
}

// Counted in cycles of the group's clock rather than as they happen.
@inline
function isCycleEvent(n: u32, event: u32): bool {
  return (
    event == PmuEvent.CYCLES || (n != 0 && (event == PmuEvent.SLOTS_FULL || event == PmuEvent.BUFFER_FULL))
  );
}

/** Registers of the group have changed, its counters settled before: which counters run, and what has to be planned. */
export function reconsider(n: u32): void {
  const g = groupAt(n);
  let events: u64 = 0;
  let cycles: u64 = 0;
  if (bits32(load<u32>(g, Pmcg.CR), PmcgRegister.CR_E)) {
    for (let left = load<u64>(g, Pmcg.CNTEN); left; left &= left - 1) {
      const i = <u32>ctz(left);
      if (isCycleEvent(n, eventOf(g, i))) cycles |= pow2(i);
      else events |= pow2(i);
    }
  }
  store<u64>(g, events, Pmcg.ACTIVE);
  store<u64>(g, cycles, Pmcg.CYCLES);
  let any: u32 = 0;
  for (let k: u32 = 0; k < groups(); k++) if (watches(k)) any = 1;
  store<u32>(base, any, Header.PMU);
  plan();
}

// Something besides the passing of time is counted.
function watches(n: u32): bool {
  const g = groupAt(n);
  if (load<u64>(g, Pmcg.ACTIVE)) return true;
  for (let left = load<u64>(g, Pmcg.CYCLES); left; left &= left - 1) {
    if (eventOf(g, <u32>ctz(left)) != PmuEvent.CYCLES) return true;
  }
  return false;
}

// An overflow of the counter raises an interrupt or captures; any other is as well found later.
function noticed(g: usize, i: u32): bool {
  if (
    (load<u64>(g, Pmcg.INTEN) >> (<u64>i)) & 1 &&
    bits32(load<u32>(g, Pmcg.IRQ_CTRL), PmcgRegister.IRQ_CTRL_IRQEN)
  )
    return true;
  return (
    groupField(PmcgRegister.CFGR_CAPTURE) != 0 &&
    bits32(load<u32>(evtyper(g, i)), PmcgRegister.EVTYPER_OVFCAP) != 0
  );
}

// Header.PMU_NEXT from the counters, each group counted up to its Pmcg.SINCE.
function plan(): void {
  const limit = counterLimit();
  let next: u64 = 0;
  for (let n: u32 = 0; n < groups(); n++) {
    const g = groupAt(n);
    const period = groupPeriod(n);
    for (let left = load<u64>(g, Pmcg.CYCLES); left; left &= left - 1) {
      const i = <u32>ctz(left);
      const before = limit - load<u64>(evcntr(g, i)); // cycles that still fit
      if (before >= HORIZON || !noticed(g, i) || !runs(g, i)) continue;
      const at = (load<u64>(g, Pmcg.SINCE) / period + before + 1) * period;
      if (!next || at < next) next = at;
    }
  }
  store<u64>(base, next, Header.PMU_NEXT);
}

/** The tick of the next planned overflow, if it comes by `limit`; 0: none does. */
@inline
export function overflowBy(limit: u64): u64 {
  const next = load<u64>(base, Header.PMU_NEXT);
  return next <= limit ? next : 0;
}

/** Time passes up to a cycle while timing is off; 0: the host has something to take first. */
export function passCycles(to: u64): i32 {
  for (let next = overflowBy(to); next; next = overflowBy(to)) {
    store<u64>(base, stopAt(next, to), Header.NOW);
    settleAll();
    if (load<u32>(base, Header.NOTIFY_COUNT)) return 0;
  }
  store<u32>(base, 0, Header.PMU_STOPS);
  store<u64>(base, to, Header.NOW);
  return 1;
}

// Overflows in a row, with nothing else happening, that each have their moment.
const STOPS_MAX: u32 = 16384;

/** Where time stops for the overflow planned at `next`: there; or at `to`, for all that are left, when too many came in a row. */
export function stopAt(next: u64, to: u64): u64 {
  const stops = load<u32>(base, Header.PMU_STOPS);
  if (stops >= STOPS_MAX) return to;
  store<u32>(base, stops + 1, Header.PMU_STOPS);
  return next;
}

/** The planned tick has come. */
export function settleAll(): void {
  for (let n: u32 = 0; n < groups(); n++) settle(n);
  plan();
}
