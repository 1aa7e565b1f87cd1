// Statistics of time: latencies, occupancy, what was waited for. They are ours; docs/timing.md and the host's names say what each is.
import * as Histogram from '../abi/histogram';
import * as Timing from '../abi/timing';
import * as TimingCounters from '../abi/timing-counters';
import { tm } from './region';
import * as Scheduler from './scheduler';

/** Starts counting anew; what is in use stays so. */
export function clearTally(): void {
  memory.fill(tm + Timing.STATS, 0, Timing.STATS_BYTES);
  memory.fill(tm + Timing.HISTOGRAM, 0, Histogram.BUCKETS << 3);
  store<u64>(tm + Timing.STATS, u64.MAX_VALUE, TimingCounters.FIRST_OFFER);
  store<u64>(tm, load<u64>(tm, Scheduler.NOW), Scheduler.SLOT_CHANGE);
  store<u64>(tm, load<u64>(tm, Scheduler.NOW), Scheduler.WALK_CHANGE);
  store<u64>(tm, load<u64>(tm, Scheduler.NOW), Scheduler.TCU_CHANGE);
  store<u64>(tm, load<u64>(tm, Scheduler.NOW), Scheduler.QUEUE_CHANGE);
  store<u64>(tm, load<u64>(tm, Scheduler.NOW), Scheduler.BACKLOG_CHANGE);
}

/** Adds n to a statistic. */
@inline
export function addTo(statistic: i32, n: u64): void {
  const at = tm + Timing.STATS + <usize>statistic;
  store<u64>(at, load<u64>(at) + n);
}

/** Ticks to TCU cycles, rounded up. */
@inline
export function toCycles(ticks: u64): u64 {
  const per = <u64>load<u32>(tm, Timing.TCU_TICKS);
  return per == 1 ? ticks : (ticks + per - 1) / per;
}

/** The bucket of a latency in the histogram. */
@inline
export function bucketOf(cycles: u64): i32 {
  return Histogram.bucketOf(<i32>min<u64>(cycles, 0xffffff));
}

/** A transaction is answered: cycles from acceptance to response, and their bucket. */
@inline
export function noteLatency(cycles: u64, bucket: i32, response: u64): void {
  const s = tm + Timing.STATS;
  addTo(TimingCounters.TRANSACTIONS, 1);
  addTo(TimingCounters.LATENCY_SUM, cycles);
  if (cycles > load<u64>(s, TimingCounters.LATENCY_MAX)) store<u64>(s, cycles, TimingCounters.LATENCY_MAX);
  if (response > load<u64>(s, TimingCounters.LAST_RESPONSE))
    store<u64>(s, response, TimingCounters.LAST_RESPONSE);
  const at = tm + Timing.HISTOGRAM + <usize>(bucket << 3);
  store<u64>(at, load<u64>(at) + 1);
}

/** A transaction is offered for the first time. */
@inline
export function noteOffer(): void {
  const s = tm + Timing.STATS;
  if (load<u64>(s, TimingCounters.FIRST_OFFER) == u64.MAX_VALUE)
    store<u64>(s, load<u64>(tm, Scheduler.NOW), TimingCounters.FIRST_OFFER);
}

/** One slot was taken at tick `from` and freed at `to`, and no other is in use. */
@inline
export function noteSlotAlone(from: u64, to: u64): void {
  addTo(TimingCounters.SLOT_CYCLES, to - from);
  store<u64>(tm, to, Scheduler.SLOT_CHANGE);
  const most = tm + Timing.STATS + TimingCounters.SLOT_MAX;
  if (!load<u64>(most)) store<u64>(most, 1);
}

@inline
function occupancy(now: u64, count: i32, changed: i32, sum: i32, most: i32, by: i32): void {
  const used = load<u32>(tm + <usize>count);
  addTo(sum, <u64>used * (now - load<u64>(tm + <usize>changed)));
  store<u64>(tm + <usize>changed, now);
  const next = used + by;
  store<u32>(tm + <usize>count, next);
  const s = tm + Timing.STATS + <usize>most;
  if (<u64>next > load<u64>(s)) store<u64>(s, next);
}

/** TBU slots taken (1) or freed (-1). The sums are in ticks; the host divides. */
@inline
export function noteSlots(by: i32): void {
  occupancy(
    load<u64>(tm, Scheduler.NOW),
    Scheduler.SLOTS,
    Scheduler.SLOT_CHANGE,
    TimingCounters.SLOT_CYCLES,
    TimingCounters.SLOT_MAX,
    by,
  );
}

export function noteWalks(by: i32): void {
  occupancy(
    load<u64>(tm, Scheduler.NOW),
    Scheduler.WALKS,
    Scheduler.WALK_CHANGE,
    TimingCounters.WALK_CYCLES,
    TimingCounters.WALK_MAX,
    by,
  );
}

/** TCU slots, prefetches' among them. */
export function noteTcu(by: i32): void {
  occupancy(
    load<u64>(tm, Scheduler.NOW),
    Scheduler.TCU_USED,
    Scheduler.TCU_CHANGE,
    TimingCounters.TCU_CYCLES,
    TimingCounters.TCU_MAX,
    by,
  );
}

/** Requests that wait for a walk slot. */
export function noteQueue(by: i32): void {
  occupancy(
    load<u64>(tm, Scheduler.NOW),
    Scheduler.QUEUE,
    Scheduler.QUEUE_CHANGE,
    TimingCounters.QUEUE_CYCLES,
    TimingCounters.QUEUE_MAX,
    by,
  );
}

/** Commands that have been given and are not done with. */
export function noteBacklog(by: i32): void {
  occupancy(
    load<u64>(tm, Scheduler.NOW),
    Scheduler.BACKLOG,
    Scheduler.BACKLOG_CHANGE,
    TimingCounters.BACKLOG_CYCLES,
    TimingCounters.BACKLOG_MAX,
    by,
  );
}
