// Statistics of time of each stream: a record beside the stream's own (abi: StreamTimes).
import { base, region } from '../memory/base';
import * as Header from '../abi/header';
import * as StreamRecord from '../abi/stream-record';
import * as StreamTimes from '../abi/stream-times';

/** What is kept of the stream of `record`. */
@inline
export function timesOf(record: usize): usize {
  const n = <u32>(record - region(base + Header.STREAMS)) / StreamRecord.BYTES;
  return region(base + Header.STREAM_TIMES) + <usize>(n * StreamTimes.BYTES);
}

/** The stream with `timesOf` r has been answered after so many cycles, which fall into `bucket` of the device's histogram. */
@inline
export function noteStream(r: usize, cycles: u64, bucket: i32, bytes: u32): void {
  store<u64>(r, load<u64>(r, StreamTimes.COUNT) + 1, StreamTimes.COUNT);
  store<u64>(r, load<u64>(r, StreamTimes.LATENCY_SUM) + cycles, StreamTimes.LATENCY_SUM);
  if (cycles > load<u64>(r, StreamTimes.LATENCY_MAX)) store<u64>(r, cycles, StreamTimes.LATENCY_MAX);
  store<u64>(r, load<u64>(r, StreamTimes.FORWARDED_BYTES) + <u64>bytes, StreamTimes.FORWARDED_BYTES);
  const at = r + <usize>(StreamTimes.HISTOGRAM + (StreamTimes.bucketOf(bucket) << 2));
  store<u32>(at, load<u32>(at) + 1);
}

/** Starts counting anew. */
export function clearStreamTally(): void {
  memory.fill(
    region(base + Header.STREAM_TIMES),
    0,
    <usize>(load<u32>(base + Header.STREAM_COUNT) * <u32>StreamTimes.BYTES),
  );
}
