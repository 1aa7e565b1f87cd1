// What every transaction passes at its TBU and on its way to memory: port, micro TLB, order, the port to memory. Times: gem5's
// SMMUTranslationProcess and its device interface.
import * as Cache from '../abi/cache';
import * as Request from '../abi/request';
import * as Timing from '../abi/timing';
import * as TimingCounters from '../abi/timing-counters';
import * as Machine from '../request/machine';
import { smmuEnabled } from '../state/regs';
import { advance } from '../translate/machine';
import { freeSlot } from './accept';
import { afterTbu, beats, edge, onAfterTbu, onAfterTcu, tbuOf, writes } from './delay';
import { finish } from './finish';
import { joinOrder, leaveOrder, mayLeave, releasePage } from './hazard';
import * as Pc from './pc';
import * as Process from './process';
import { tm } from './region';
import * as Scheduler from './scheduler';
import * as Tbu from './tbu';
import * as Tokens from './tokens';
import { step } from './place';
import { acquire, release, take, waited } from './semaphore';
import { afterMicro, endsShort, startsShort } from './short';
import { addTo } from './tally';

/** Into the port: a cycle for a read, one for each beat of a write (gem5: port_width). */
@inline
export function port(q: usize): u32 {
  if (!take(q, tbuOf(q) + Tbu.PORT, Pc.PORT)) return Pc.WAITS;
  return afterTbu(q, load<u32>(q, Process.BEATS), Pc.PORT_END);
}

/** All beats have passed the port. */
export function portEnd(q: usize): u32 {
  release(tbuOf(q) + Tbu.PORT);
  joinOrder(q);
  if (startsShort(q)) return micro(q);
  const pc = step(q);
  if (pc != Pc.ORDER || smmuEnabled()) return pc;
  return onAfterTbu(q, 1, Pc.ORDER); // bypass by GBPA takes a cycle (gem5)
}

/** Into the micro TLB (gem5: microTLBLookup). */
@inline
export function micro(q: usize): u32 {
  if (!take(q, tbuOf(q) + Tbu.MICRO, Pc.MICRO)) return Pc.WAITS;
  return onAfterTbu(q, load<u32>(<usize>load<u32>(q, Machine.MICRO), Cache.LATENCY), Pc.MICRO_END);
}

/** The micro TLB has answered. */
export function microEnd(q: usize): u32 {
  release(tbuOf(q) + Tbu.MICRO);
  const pc = afterMicro(q);
  return pc == Pc.ORDER ? order(q) : pc;
}

/** Out of the TBU when those before it have left (gem5: hazardIdHold). */
@inline
export function order(q: usize): u32 {
  releasePage(q);
  if (!mayLeave(q, Pc.ORDER)) return Pc.WAITS;
  leaveOrder(q);
  return forward(q);
}

/** Into the port to memory, which the walker shares (gem5: request_port). */
@inline
export function forward(q: usize): u32 {
  if (!acquire(q, tm + Tokens.MEMORY, Pc.FORWARD)) return Pc.WAITS;
  addTo(TimingCounters.STALL_MEMORY, waited(q));
  return onAfterTcu(
    q,
    writes(q) ? beats(load<u32>(q, Request.SIZE), load<u32>(tm, Timing.MEM_BYTES)) : 1,
    Pc.FORWARD_END,
  );
}

/** The transaction has left: slot and beats are free, its answer comes when memory has answered (gem5: completeTransaction). */
export function forwardEnd(q: usize): u32 {
  release(tm + Tokens.MEMORY);
  store<u64>(q, load<u64>(tm, Scheduler.NOW), Request.TRANSLATED);
  if (!endsShort(q)) advance(q, Pc.STOPS);
  freeSlot(q);
  finish(q, respondAt(edge(load<u32>(tm, Timing.DATA_LATENCY), load<u32>(tm, Timing.TCU_TICKS))));
  return Pc.WAITS;
}

/** The tick at which the device sees an answer: so many TBU cycles after the clock edge at or after it. */
@inline
export function respondAt(answer: u64): u64 {
  const period = <u64>load<u32>(tm, Timing.TBU_TICKS);
  if (period == 1) return answer + <u64>load<u32>(tm, Timing.RESPONSE);
  return ((answer + period - 1) / period + <u64>load<u32>(tm, Timing.RESPONSE)) * period;
}
