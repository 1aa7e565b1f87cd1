// Counter groups as data (IHI 0070 chapter 10): where a group's registers stand, and which events a counter's filter lets pass.
import { base, region } from '../memory/base';
import { bits32 } from '../memory/bits';
import { streamIdMask } from './regs';
import * as Header from '../abi/header';
import * as Pmcg from '../abi/pmcg';
import * as Timing from '../abi/timing';
import * as PmcgRegister from '../arch/pmcg-register';

/** Some counter counts what happens to transactions: the one test that counting costs while it is off. */
@inline
export function counting(): bool {
  return load<u32>(base, Header.PMU) != 0;
}

/** The TCU's group, then those of the TBUs. */
@inline
export function groupAt(n: u32): usize {
  return region(base + Header.PMCG) + <usize>(n * Pmcg.BYTES);
}

export function groups(): u32 {
  return load<u32>(base, Header.TBUS) + 1;
}

/** A field of SMMU_PMCG_CFGR, which is the same in every group. */
@inline
export function groupField(f: i32): u32 {
  return bits32(load<u32>(base, Header.PMU_CFGR), f);
}

/** A bit for each counter that exists. */
export function counterBits(): u64 {
  return u64.MAX_VALUE >> (<u64>(63 - groupField(PmcgRegister.CFGR_NCTR)));
}

/** The largest value of a counter. */
export function counterLimit(): u64 {
  return u64.MAX_VALUE >> (<u64>(63 - groupField(PmcgRegister.CFGR_SIZE)));
}

@inline
export function evcntr(g: usize, n: u32): usize {
  return g + Pmcg.EVCNTR + ((<usize>n) << 3);
}

@inline
export function svr(g: usize, n: u32): usize {
  return g + Pmcg.SVR + ((<usize>n) << 3);
}

@inline
export function evtyper(g: usize, n: u32): usize {
  return g + Pmcg.EVTYPER + ((<usize>n) << 2);
}

@inline
export function smr(g: usize, n: u32): usize {
  return g + Pmcg.SMR + ((<usize>n) << 2);
}

@inline
export function eventOf(g: usize, n: u32): u32 {
  return bits32(load<u32>(evtyper(g, n)), PmcgRegister.EVTYPER_EVENT);
}

/** The StreamID filter of counter n (§10.4): one StreamID, or with SPAN those that agree above SMR's lowest 0. */
export function passesFilter(g: usize, n: u32, sid: u32): bool {
  const f: u32 = groupField(PmcgRegister.CFGR_SID_FILTER_TYPE) ? 0 : n;
  const match = load<u32>(smr(g, f));
  if (!bits32(load<u32>(evtyper(g, f)), PmcgRegister.EVTYPER_FILTER_SID_SPAN)) return sid == match;
  if (match == streamIdMask()) return true;
  const ignored = <u64>(ctz(~match) + 1); // 32 at most, so the shifts are of 64 bits
  return (<u64>sid) >> ignored == (<u64>match) >> ignored;
}

/** Ticks now; with time off, cycles. */
export function ticksNow(): u64 {
  return load<u32>(base, Header.TIMED)
    ? load<u64>(region(base + Header.TIMING), Timing.NOW)
    : load<u64>(base, Header.NOW);
}

/** Ticks in a cycle of a group's clock. */
export function groupPeriod(n: u32): u64 {
  if (!load<u32>(base, Header.TIMED)) return 1;
  const tm = region(base + Header.TIMING);
  return <u64>(n ? load<u32>(tm, Timing.TBU_TICKS) : load<u32>(tm, Timing.TCU_TICKS));
}
