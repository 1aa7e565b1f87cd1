// Rows that a stretch skips (repeat.ts) have left and are answered: their times in the columns, the device's statistics and their
// streams' (finish.ts, stream-tally.ts).
import * as Histogram from '../abi/histogram';
import * as Header from '../abi/header';
import * as HitPlace from '../abi/hit-place';
import * as Request from '../abi/request';
import * as StreamMemo from '../abi/stream-memo';
import * as StreamRecord from '../abi/stream-record';
import * as StreamTimes from '../abi/stream-times';
import * as Timing from '../abi/timing';
import { base, region } from '../memory/base';
import { add } from '../memory/sum';
import * as RepeatColumns from './repeat-columns';
import { tm } from './region';

/** Cycles of latency and bytes of all that have left since `begin`. */
export let latencies: u64 = 0;
export let bytes: u64 = 0;

export function begin(): void {
  latencies = 0;
  bytes = 0;
}

// Rows from `first` on have left, each as the one a period before had `cycles` cycles before: finish.ts. The device's part of it.
export function finishTimes(first: u32, count: u32, period: u32, cycles: u64): void {
  const p = (<usize>period) << 3;
  const later = i64x2.splat(<i64>cycles);
  const end = (<usize>(first + count)) << 3;
  if (period > 1) {
    for (let d = (<usize>first) << 3; d != end; d += 16) {
      v128.store(RepeatColumns.accepts + d, i64x2.add(v128.load(RepeatColumns.accepts + d - p), later));
      v128.store(
        RepeatColumns.translations + d,
        i64x2.add(v128.load(RepeatColumns.translations + d - p), later),
      );
      v128.store(
        RepeatColumns.completions + d,
        i64x2.add(v128.load(RepeatColumns.completions + d - p), later),
      );
    }
  } else {
    for (let d = (<usize>first) << 3; d != end; d += 8) {
      store<u64>(RepeatColumns.accepts + d, load<u64>(RepeatColumns.accepts + d - p) + cycles);
      store<u64>(RepeatColumns.translations + d, load<u64>(RepeatColumns.translations + d - p) + cycles);
      store<u64>(RepeatColumns.completions + d, load<u64>(RepeatColumns.completions + d - p) + cycles);
    }
  }
  const times = <u64>(count / period);
  for (let x = first; x < first + period; x++) {
    const latency = latencyOf(x);
    add(tm + Timing.HISTOGRAM + ((<usize>bucketOf(latency)) << 3), times);
    latencies += latency * times;
  }
}

@inline
function latencyOf(x: u32): u64 {
  const d = (<usize>x) << 3;
  return load<u64>(RepeatColumns.completions + d) - load<u64>(RepeatColumns.accepts + d);
}

@inline
function bucketOf(latency: u64): i32 {
  return latency < 2 << Histogram.SUB ? <i32>latency : Histogram.bucketOf(<i32>min<u64>(latency, 0xffffff));
}

@inline
function sizeOf(x: u32): u64 {
  const size = <u64>load<u16>(RepeatColumns.sizes + ((<usize>x) << 1));
  return size ? size : Request.DEFAULT_SIZE;
}

@inline
function timesOf(record: usize): usize {
  const i = <u32>(record - region(base + Header.STREAMS)) / StreamRecord.BYTES;
  return region(base + Header.STREAM_TIMES) + <usize>(i * StreamTimes.BYTES);
}

@inline
function countLatency(times: usize, latency: u64, rows: u32): void {
  const count = times + <usize>(StreamTimes.HISTOGRAM + (StreamTimes.bucketOf(bucketOf(latency)) << 2));
  store<u32>(count, load<u32>(count) + rows);
}

// The part of their stream, when all are of one.
export function finishOne(first: u32, count: u32, period: u32): void {
  const record = <usize>load<u32>(RepeatColumns.lineOf(first), StreamMemo.STREAM);
  const times = timesOf(record);
  let most: u64 = 0;
  let sum: u64 = 0;
  let size: u64 = 0;
  let hits: u64 = 0;
  for (let x = first; x < first + period; x++) {
    const latency = latencyOf(x);
    sum += latency;
    most = max(most, latency);
    countLatency(times, latency, count / period);
  }
  for (let x = first; x < first + count; x++) {
    size += sizeOf(x);
    hits += <u64>(load<u32>(RepeatColumns.statuses + ((<usize>x) << 2)) >> 24 == HitPlace.MICRO);
  }
  bytes += size;
  noteAll(record, times, count, sum * <u64>(count / period), size, most, hits);
}

// The same of rows of any stream.
export function finishAny(first: u32, count: u32): void {
  for (let x = first; x < first + count; x++) {
    const record = <usize>load<u32>(RepeatColumns.lineOf(x), StreamMemo.STREAM);
    const times = timesOf(record);
    const latency = latencyOf(x);
    const size = sizeOf(x);
    add(
      record +
        StreamRecord.HIT +
        ((<usize>(load<u32>(RepeatColumns.statuses + ((<usize>x) << 2)) >> 24)) << 3),
      1,
    );
    add(times + StreamTimes.COUNT, 1);
    add(times + StreamTimes.LATENCY_SUM, latency);
    add(times + StreamTimes.FORWARDED_BYTES, size);
    if (latency > load<u64>(times, StreamTimes.LATENCY_MAX))
      store<u64>(times, latency, StreamTimes.LATENCY_MAX);
    countLatency(times, latency, 1);
    bytes += size;
  }
}

// A stream's sums; those of `count` rows that did not hit were let pass by a remembered bypass.
function noteAll(record: usize, times: usize, count: u64, sum: u64, some: u64, most: u64, hits: u64): void {
  add(record + StreamRecord.HIT + 8 * HitPlace.MICRO, hits);
  add(record + StreamRecord.HIT + 8 * HitPlace.NONE, count - hits);
  add(times + StreamTimes.COUNT, count);
  add(times + StreamTimes.LATENCY_SUM, sum);
  add(times + StreamTimes.FORWARDED_BYTES, some);
  if (most > load<u64>(times, StreamTimes.LATENCY_MAX)) store<u64>(times, most, StreamTimes.LATENCY_MAX);
}
