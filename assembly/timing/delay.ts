// What every process of the pipeline is written in: delays in cycles of either clock (gem5: doDelay, from the clock edge at hand),
// and what a request holds.
import * as Flag from '../abi/flag';
import * as Request from '../abi/request';
import * as Timing from '../abi/timing';
import * as Pc from './pc';
import * as Process from './process';
import { tm } from './region';
import * as Scheduler from './scheduler';
import { lastOfTick, runsAhead, schedule } from './wheel';

/** The tick n cycles of `period` ticks after the clock edge at or after now. */
export function edge(n: u32, period: u32): u64 {
  return edgeAfter(load<u64>(tm, Scheduler.NOW), n, period);
}

/** The tick n cycles of `period` ticks after the clock edge at or after tick `from`. */
@inline
export function edgeAfter(from: u64, n: u32, period: u32): u64 {
  if (period == 1) return from + <u64>n;
  return ((from + <u64>period - 1) / <u64>period + <u64>n) * <u64>period;
}

/** Resumes q at `pc` after n TCU cycles; gives Pc.WAITS, what a stage says that waits. */
@inline
export function afterTcu(q: usize, n: u32, pc: u32): u32 {
  schedule(edge(n, load<u32>(tm, Timing.TCU_TICKS)), pc, <u32>q);
  return Pc.WAITS;
}

/** The same in TBU cycles. */
@inline
export function afterTbu(q: usize, n: u32, pc: u32): u32 {
  schedule(edge(n, load<u32>(tm, Timing.TBU_TICKS)), pc, <u32>q);
  return Pc.WAITS;
}

/** As `afterTcu`, for a stage that has nothing left to do: when nothing comes before, it is then, and q goes on. */
@inline
export function onAfterTcu(q: usize, n: u32, pc: u32): u32 {
  return on(q, n, load<u32>(tm, Timing.TCU_TICKS), pc);
}

/** The same in TBU cycles. */
@inline
export function onAfterTbu(q: usize, n: u32, pc: u32): u32 {
  return on(q, n, load<u32>(tm, Timing.TBU_TICKS), pc);
}

@inline
function on(q: usize, n: u32, period: u32, pc: u32): u32 {
  return onAt(q, edge(n, period), pc);
}

/** The same at tick `at`. */
export function onAt(q: usize, at: u64, pc: u32): u32 {
  if (SHORT_CUTS && lastOfTick() && runsAhead(at)) return pc;
  schedule(at, pc, <u32>q);
  return Pc.WAITS;
}

@inline
export function tbuOf(q: usize): usize {
  return <usize>load<u32>(q, Process.TBU);
}

@inline
export function held(q: usize, what: u32): bool {
  return (load<u32>(q, Process.HELD) & what) != 0;
}

@inline
export function hold(q: usize, what: u32): void {
  store<u32>(q, load<u32>(q, Process.HELD) | what, Process.HELD);
}

@inline
export function drop(q: usize, what: u32): void {
  store<u32>(q, load<u32>(q, Process.HELD) & ~what, Process.HELD);
}

@inline
export function beats(size: u32, width: u32): u32 {
  return (size + width - 1) / width;
}

@inline
export function writes(q: usize): bool {
  return (load<u32>(q, Request.FLAGS) & (Flag.WRITE | Flag.ATOMIC)) != 0;
}
