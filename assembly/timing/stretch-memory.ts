// The port to memory in a stretch (stretch.ts), and what follows when a row has left through it: passage.ts `forward` and
// `forwardEnd`, finish.ts.
import * as Column from '../abi/column';
import * as Header from '../abi/header';
import * as Histogram from '../abi/histogram';
import * as Scheduler from './scheduler';
import * as StreamRecord from '../abi/stream-record';
import * as StreamTimes from '../abi/stream-times';
import * as Stretch from '../abi/stretch';
import * as Timing from '../abi/timing';
import * as TimingCounters from '../abi/timing-counters';
import { base, region } from '../memory/base';
import { add } from '../memory/sum';
import * as StretchAnswers from './stretch-answers';
import * as StretchClock from './stretch-clock';
import * as StretchRecord from './stretch-record';
import * as StretchSlots from './stretch-slots';
import { tm } from './region';
import { addTo } from './tally';

/** Key of who is in the port. */
export let next: u64 = 0;
/** Those that wait for it. */
export let first: u32 = 0;
export let end: u32 = 0;

let queue: usize = 0;
let loop: bool = false;
let log2: u32 = 0;
let dataLatency: u64 = 0;
let response: u64 = 0;
let pas: usize = 0;
let statuses: usize = 0;
let accepted: usize = 0;
let translated: usize = 0;
let completions: usize = 0;
let streams: usize = 0;
let times: usize = 0;
let stalls: u64 = 0;
let done: u64 = 0;
let latencySum: u64 = 0;
let latencyMax: u64 = 0;
let bytes: u64 = 0;
let lastResponse: u64 = 0;

/** `closed`: answers make room in a closed loop. */
export function begin(closed: bool): void {
  next = StretchClock.NEVER;
  first = 0;
  end = 0;
  queue = StretchRecord.ring(Stretch.memoryQueue(StretchRecord.mask + 1));
  loop = closed;
  log2 = <u32>ctz(load<u32>(tm, Timing.MEM_BYTES));
  dataLatency = <u64>load<u32>(tm, Timing.DATA_LATENCY);
  response = <u64>load<u32>(tm, Timing.RESPONSE);
  pas = StretchRecord.column(Column.PA);
  statuses = StretchRecord.column(Column.STATUS);
  accepted = StretchRecord.column(Column.ACCEPTED);
  translated = StretchRecord.column(Column.TRANSLATED);
  completions = StretchRecord.column(Column.COMPLETION);
  streams = region(base + Header.STREAMS);
  times = region(base + Header.STREAM_TIMES);
  stalls = 0;
  done = 0;
  latencySum = 0;
  latencyMax = 0;
  bytes = 0;
  lastResponse = 0;
}

// Into the port, which is free.
@inline
function enter(now: u64, id: u32, r: usize): void {
  const beats: u32 =
    load<u32>(r, Stretch.KEY) & 1 ? (load<u32>(r, Stretch.SIZE) + (1 << log2) - 1) >> log2 : 1;
  next = StretchClock.key(StretchClock.afterTcu(now, beats), id, Stretch.KIND_FORWARD);
}

/** Record r, of number `id`, has left its TBU. */
@inline
export function send(now: u64, id: u32, r: usize): void {
  store<u32>(r, <u32>now, Stretch.SINCE);
  if (next == StretchClock.NEVER) enter(now, id, r);
  else store<u32>(queue + ((<usize>(end++ & StretchRecord.mask)) << 2), id);
}

/** The row of record r has left for memory. False: there is no place for its answer, nothing has changed. */
export function forwarded(now: u64, r: usize): bool {
  if (loop && StretchAnswers.full()) return false;
  next = StretchClock.NEVER;
  StretchRecord.release(r);
  StretchSlots.free(now, r);
  finish(now, r);
  // The port goes to the first that waits.
  if (first != end) {
    const id = load<u32>(queue + ((<usize>(first++ & StretchRecord.mask)) << 2));
    const w = StretchRecord.record(id);
    stalls += now - <u64>load<u32>(w, Stretch.SINCE);
    enter(now, id, w);
  }
  return true;
}

// finish.ts `finish`, stream-tally.ts `noteStream`
@inline
function finish(now: u64, r: usize): void {
  const at = StretchClock.afterTbu(StretchClock.afterTcu(now, dataLatency), response);
  const from = StretchClock.cyclesTo(<u64>load<u32>(r, Stretch.ACCEPTED));
  const to = StretchClock.cyclesTo(at);
  const latency = to - from;
  const size = <u64>load<u32>(r, Stretch.SIZE);
  const status = load<u32>(r, Stretch.STATUS);
  const record = <usize>load<u32>(r, Stretch.STREAM);
  done++;
  latencySum += latency;
  if (latency > latencyMax) latencyMax = latency;
  lastResponse = at;
  bytes += size;
  let bucket = <i32>latency;
  if (latency >= 2 << Histogram.SUB) bucket = Histogram.bucketOf(<i32>min<u64>(latency, 0xffffff));
  add(tm + Timing.HISTOGRAM + <usize>(bucket << 3), 1);
  add(record + StreamRecord.HIT + ((<usize>(status >> 24)) << 3), 1);
  const t = times + <usize>((<u32>(record - streams) / StreamRecord.BYTES) * StreamTimes.BYTES);
  add(t + StreamTimes.COUNT, 1);
  add(t + StreamTimes.LATENCY_SUM, latency);
  if (latency > load<u64>(t, StreamTimes.LATENCY_MAX)) store<u64>(t, latency, StreamTimes.LATENCY_MAX);
  add(t + StreamTimes.FORWARDED_BYTES, size);
  const count = t + <usize>(StreamTimes.HISTOGRAM + (StreamTimes.bucketOf(bucket) << 2));
  store<u32>(count, load<u32>(count) + 1);
  const i = load<u32>(r, Stretch.ROW);
  const d = (<usize>i) << 3;
  store<u64>(pas + d, load<u64>(r, Stretch.PA));
  store<u32>(statuses + ((<usize>i) << 2), status);
  store<u64>(accepted + d, StretchClock.originCycles + from);
  store<u64>(translated + d, StretchClock.originCycles + StretchClock.cyclesTo(now));
  store<u64>(completions + d, StretchClock.originCycles + to);
  if (loop) StretchAnswers.put(at);
}

/** For hand-over.ts and repeat.ts. */
export function save(s: usize): void {
  store<u64>(s, next, Stretch.MEMORY);
  store<u32>(s, first, Stretch.MEMORY_WAIT);
  store<u32>(s, end, Stretch.MEMORY_WAIT_END);
  store<u64>(s, stalls, Stretch.STALLS);
  store<u64>(s, done, Stretch.DONE);
}

/** What happened since the moment saved in s has happened `n` times more, to so many rows. */
export function repeat(s: usize, ticks: u64, n: u64, rows: u32, latencies: u64, ofBytes: u64): void {
  next = StretchClock.later(next, ticks);
  lastResponse += ticks;
  stalls += n * (stalls - load<u64>(s, Stretch.SAVED_STALLS));
  done += <u64>rows;
  latencySum += latencies;
  bytes += ofBytes;
}

/** Sums into the statistics. */
export function handBack(): void {
  const t = tm + Timing.STATS;
  addTo(TimingCounters.STALL_MEMORY, stalls);
  addTo(TimingCounters.TRANSACTIONS, done);
  addTo(TimingCounters.LATENCY_SUM, latencySum);
  addTo(TimingCounters.FORWARDED_BYTES, bytes);
  if (latencyMax > load<u64>(t, TimingCounters.LATENCY_MAX))
    store<u64>(t, latencyMax, TimingCounters.LATENCY_MAX);
  if (!done) return;
  const last = StretchClock.origin + lastResponse;
  if (last > load<u64>(t, TimingCounters.LAST_RESPONSE)) store<u64>(t, last, TimingCounters.LAST_RESPONSE);
  if (last > load<u64>(tm, Scheduler.LAST_RESPONSE)) store<u64>(tm, last, Scheduler.LAST_RESPONSE);
}
