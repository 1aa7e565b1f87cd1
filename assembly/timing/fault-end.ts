// How a transaction ends that is refused: in its order, and when events are written in time, when its record is (gem5: doWrite).
import * as Request from '../abi/request';
import * as Timing from '../abi/timing';
import * as TimingCounters from '../abi/timing-counters';
import * as EventRecord from '../arch/event-record';
import { eventqAccepts } from '../queues/eventq';
import { advance } from '../translate/machine';
import { recordsFault } from '../translate/outcome';
import { callRefused, freeSlot } from './accept';
import { afterTcu, beats } from './delay';
import { finish } from './finish';
import { leaveOrder, mayLeave, releasePage } from './hazard';
import { respondAt } from './passage';
import * as Pc from './pc';
import { tm } from './region';
import * as Scheduler from './scheduler';
import { acquire, release, waited } from './semaphore';
import { addTo } from './tally';
import * as Tokens from './tokens';

/** Out of the TBU when those before it have left: a fault keeps its place in the order (gem5: main, hazardIdHold). */
export function order(q: usize): u32 {
  releasePage(q);
  if (!mayLeave(q, Pc.FAULT_ORDER)) return Pc.WAITS;
  leaveOrder(q);
  return writesRecord(q) ? Pc.EVENT : Pc.FAULT_END;
}

// The fault's record will be written, so its answer waits for that; the room for it is its own from now on. None is written when the
// transaction is terminated without a record (IHI 0070 §3.12), with EVENTQEN = 0 or when the queue is full (§7.2, §7.4).
function writesRecord(q: usize): bool {
  if (!load<u32>(tm, Timing.EVENT_WRITE) || !recordsFault(q)) return false;
  const onTheirWay = load<u32>(tm, Scheduler.RECORDS);
  if (!eventqAccepts(onTheirWay)) return false;
  store<u32>(tm, onTheirWay + 1, Scheduler.RECORDS);
  return true;
}

/** The record's beats on the port to memory (gem5: sendEvent, doWrite). */
export function event(q: usize): u32 {
  if (!acquire(q, tm + Tokens.MEMORY, Pc.EVENT)) return Pc.WAITS;
  addTo(TimingCounters.STALL_MEMORY, waited(q));
  return afterTcu(q, beats(EventRecord.BYTES, load<u32>(tm, Timing.MEM_BYTES)), Pc.EVENT_SENT);
}

/** The record's way to memory. */
export function eventSent(q: usize): u32 {
  release(tm + Tokens.MEMORY);
  afterTcu(q, load<u32>(tm, Timing.MEM_LATENCY), Pc.EVENT_WRITTEN);
  callRefused();
  return Pc.WAITS;
}

/** The record is in memory. */
export function eventWritten(q: usize): u32 {
  store<u32>(tm, load<u32>(tm, Scheduler.RECORDS) - 1, Scheduler.RECORDS);
  return end(q);
}

/** Answered with an abort, or as RAZ/WI (IHI 0070 §3.12.1), at the next edge (gem5: completeTransaction). */
export function end(q: usize): u32 {
  const now = load<u64>(tm, Scheduler.NOW);
  store<u64>(q, now, Request.TRANSLATED);
  advance(q, Pc.STOPS);
  freeSlot(q);
  finish(q, respondAt(now));
  return Pc.WAITS;
}
