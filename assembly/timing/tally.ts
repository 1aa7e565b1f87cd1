// Statistics of time: latencies, occupancy, what was waited for.
import {
  TM_STATS,
  TM_HISTOGRAM,
  TM_TCU_TICKS,
  HISTOGRAM_BUCKETS,
  TM_STATS_BYTES,
  TS_TRANSACTIONS,
  TS_LATENCY_SUM,
  TS_LATENCY_MAX,
  TS_FIRST_OFFER,
  TS_LAST_RESPONSE,
  TS_SLOT_CYCLES,
  TS_SLOT_MAX,
  TS_WALK_CYCLES,
  TS_WALK_MAX,
  histogramBucket,
  TS_QUEUE_CYCLES,
  TS_QUEUE_MAX,
  TS_TCU_CYCLES,
  TS_TCU_MAX,
} from '../abi';
import {
  tm,
  T_NOW,
  T_SLOTS,
  T_SLOT_CHANGE,
  T_WALKS,
  T_WALK_CHANGE,
  T_QUEUE,
  T_QUEUE_CHANGE,
  T_TCU_CHANGE,
  T_TCU_USED,
} from './layout';

/** Starts counting anew; what is in use stays so. */
export function clearTally(): void {
  memory.fill(tm + TM_STATS, 0, TM_STATS_BYTES);
  memory.fill(tm + TM_HISTOGRAM, 0, HISTOGRAM_BUCKETS << 3);
  store<u64>(tm + TM_STATS, u64.MAX_VALUE, TS_FIRST_OFFER);
  store<u64>(tm, load<u64>(tm, T_NOW), T_SLOT_CHANGE);
  store<u64>(tm, load<u64>(tm, T_NOW), T_WALK_CHANGE);
  store<u64>(tm, load<u64>(tm, T_NOW), T_TCU_CHANGE);
  store<u64>(tm, load<u64>(tm, T_NOW), T_QUEUE_CHANGE);
}

/** Adds n to a statistic. */
@inline
export function addTo(statistic: i32, n: u64): void {
  const at = tm + TM_STATS + <usize>statistic;
  store<u64>(at, load<u64>(at) + n);
}

/** Ticks to TCU cycles, rounded up. */
@inline
export function toCycles(ticks: u64): u64 {
  const per = <u64>load<u32>(tm, TM_TCU_TICKS);
  return per == 1 ? ticks : (ticks + per - 1) / per;
}

/** A transaction is answered: cycles from acceptance to response. @returns their bucket */
@inline
export function noteLatency(cycles: u64, response: u64): i32 {
  const s = tm + TM_STATS;
  addTo(TS_TRANSACTIONS, 1);
  addTo(TS_LATENCY_SUM, cycles);
  if (cycles > load<u64>(s, TS_LATENCY_MAX)) store<u64>(s, cycles, TS_LATENCY_MAX);
  if (response > load<u64>(s, TS_LAST_RESPONSE)) store<u64>(s, response, TS_LAST_RESPONSE);
  const bucket = histogramBucket(<i32>min<u64>(cycles, 0xffffff));
  const at = tm + TM_HISTOGRAM + <usize>(bucket << 3);
  store<u64>(at, load<u64>(at) + 1);
  return bucket;
}

/** A transaction is offered for the first time. */
@inline
export function noteOffer(): void {
  const s = tm + TM_STATS;
  if (load<u64>(s, TS_FIRST_OFFER) == u64.MAX_VALUE) store<u64>(s, load<u64>(tm, T_NOW), TS_FIRST_OFFER);
}

/** One slot was taken at tick `from` and freed at `to`, and no other is in use. */
@inline
export function noteSlotAlone(from: u64, to: u64): void {
  addTo(TS_SLOT_CYCLES, to - from);
  store<u64>(tm, to, T_SLOT_CHANGE);
  const most = tm + TM_STATS + TS_SLOT_MAX;
  if (!load<u64>(most)) store<u64>(most, 1);
}

@inline
function occupancy(now: u64, count: i32, changed: i32, sum: i32, most: i32, by: i32): void {
  const used = load<u32>(tm + <usize>count);
  addTo(sum, <u64>used * (now - load<u64>(tm + <usize>changed)));
  store<u64>(tm + <usize>changed, now);
  const next = used + by;
  store<u32>(tm + <usize>count, next);
  const s = tm + TM_STATS + <usize>most;
  if (<u64>next > load<u64>(s)) store<u64>(s, next);
}

/** TBU slots taken (1) or freed (-1). The sums are in ticks; the host divides. */
@inline
export function noteSlots(by: i32): void {
  occupancy(load<u64>(tm, T_NOW), T_SLOTS, T_SLOT_CHANGE, TS_SLOT_CYCLES, TS_SLOT_MAX, by);
}

export function noteWalks(by: i32): void {
  occupancy(load<u64>(tm, T_NOW), T_WALKS, T_WALK_CHANGE, TS_WALK_CYCLES, TS_WALK_MAX, by);
}

/** TCU slots, prefetches' among them. */
export function noteTcu(by: i32): void {
  occupancy(load<u64>(tm, T_NOW), T_TCU_USED, T_TCU_CHANGE, TS_TCU_CYCLES, TS_TCU_MAX, by);
}

/** Requests that wait for a walk slot. */
export function noteQueue(by: i32): void {
  occupancy(load<u64>(tm, T_NOW), T_QUEUE, T_QUEUE_CHANGE, TS_QUEUE_CYCLES, TS_QUEUE_MAX, by);
}
