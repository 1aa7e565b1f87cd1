// Requests in flight that hold what a command invalidates: marked when the command has its effect, counted until they are
// observable (gone to memory, answered, or their event recorded). A CMD_SYNC completes when there are none
// (IHI 0070 §3.21.1, §3.21.3, §4.7.3).
import * as Header from '../abi/header';
import * as Request from '../abi/request';
import * as Timing from '../abi/timing';
import * as TimingCounters from '../abi/timing-counters';
import * as Machine from '../request/machine';
import * as State from '../request/state';
import { base, region } from '../memory/base';
import { latestInvalidation } from '../tlb/selection';
import { holdsNamed, hitHoldsNamed } from '../translate/holds';
import { held, hold } from './delay';
import * as Process from './process';
import { tm } from './region';
import * as Scheduler from './scheduler';
import { addTo } from './tally';
import { schedule } from './wheel';

/** Event of the command engine: the command at hand is done with. */
export const PC_RETIRE: u32 = 132;

/** Requests that hold what was invalidated are in flight. */
@inline
export function overtaken(): bool {
  return load<u32>(tm, Scheduler.OVERTAKEN) != 0;
}

/** The latest invalidation has had its effect. */
export function markOvertaken(): void {
  if (load<u32>(tm, Scheduler.ACTIVE))
    markAmong(region(base + Header.POOL), load<u32>(base, Header.POOL_CAP), Request.POOL_STRIDE);
  if (load<u32>(tm, Timing.PREFETCH))
    markAmong(region(base + Header.PREFETCHES), load<u32>(base, Header.PREFETCH_CAP), Request.BYTES);
}

function markAmong(first: usize, count: u32, stride: usize): void {
  const s = latestInvalidation();
  for (let q = first; q < first + <usize>count * stride; q += stride) {
    const holds = load<u32>(q, Process.HELD);
    // Observable already, or waited for already (IHI 0070 §3.21.1).
    if ((holds & (Process.HELD_ACTIVE | Process.HELD_OVERTAKEN)) != Process.HELD_ACTIVE) continue;
    // The short way of a micro TLB hit knows of the machine's state only that it has hit.
    if (
      holds & Process.HELD_SHORT
        ? load<u32>(q, Machine.STATE) != State.FORWARD || !hitHoldsNamed(q, s)
        : !holdsNamed(q, s)
    )
      continue;
    hold(q, Process.HELD_OVERTAKEN);
    store<u32>(tm, load<u32>(tm, Scheduler.OVERTAKEN) + 1, Scheduler.OVERTAKEN);
  }
}

/** q is observable. */
@inline
export function leaveFlight(q: usize): void {
  if (held(q, Process.HELD_OVERTAKEN)) endOvertaken();
  store<u32>(q, 0, Process.HELD);
}

function endOvertaken(): void {
  store<u32>(tm, load<u32>(tm, Scheduler.OVERTAKEN) - 1, Scheduler.OVERTAKEN);
  if (!overtaken() && load<u32>(tm, Scheduler.SYNC_WAITS)) endSyncWait();
}

/** The CMD_SYNC at hand waits for them. */
export function beginSyncWait(): void {
  store<u32>(tm, 1, Scheduler.SYNC_WAITS);
  store<u64>(tm, load<u64>(tm, Scheduler.NOW), Scheduler.SYNC_SINCE);
}

/** It waits no longer: they have gone, or the queue has been switched off. */
export function endSyncWait(): void {
  if (!load<u32>(tm, Scheduler.SYNC_WAITS)) return;
  store<u32>(tm, 0, Scheduler.SYNC_WAITS);
  noteSyncWait(load<u64>(tm, Scheduler.SYNC_SINCE));
  schedule(load<u64>(tm, Scheduler.NOW), PC_RETIRE, <u32>region(base + Header.AGENTS));
}

/** A CMD_SYNC has waited since a tick. */
export function noteSyncWait(since: u64): void {
  addTo(TimingCounters.SYNC_WAIT, load<u64>(tm, Scheduler.NOW) - since);
}
