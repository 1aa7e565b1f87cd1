// Statistics of time of each stream: a record beside the stream's own (abi: SL_*).
import { base, region } from '../memory/base';
import {
  H_STREAMS,
  H_STREAM_COUNT,
  H_STREAM_TIMES,
  STREAM_BYTES,
  STREAM_TIME_BYTES,
  SL_COUNT,
  SL_LATENCY_SUM,
  SL_LATENCY_MAX,
  SL_BYTES,
  SL_HISTOGRAM,
  streamBucket,
} from '../abi';

@inline
function timesOf(record: usize): usize {
  const n = <u32>(record - region(base + H_STREAMS)) / STREAM_BYTES;
  return region(base + H_STREAM_TIMES) + <usize>(n * STREAM_TIME_BYTES);
}

/** The stream of `record` has been answered after so many cycles, which fall into `bucket` of the device's histogram. */
@inline
export function noteStream(record: usize, cycles: u64, bucket: i32, bytes: u32): void {
  const r = timesOf(record);
  store<u64>(r, load<u64>(r, SL_COUNT) + 1, SL_COUNT);
  store<u64>(r, load<u64>(r, SL_LATENCY_SUM) + cycles, SL_LATENCY_SUM);
  if (cycles > load<u64>(r, SL_LATENCY_MAX)) store<u64>(r, cycles, SL_LATENCY_MAX);
  store<u64>(r, load<u64>(r, SL_BYTES) + <u64>bytes, SL_BYTES);
  const at = r + <usize>(SL_HISTOGRAM + (streamBucket(bucket) << 2));
  store<u32>(at, load<u32>(at) + 1);
}

/** Starts counting anew. */
export function clearStreamTally(): void {
  memory.fill(
    region(base + H_STREAM_TIMES),
    0,
    <usize>(load<u32>(base + H_STREAM_COUNT) * <u32>STREAM_TIME_BYTES),
  );
}
