// What the core keeps per stream: its TBU, its counters, and a direct-mapped memo from StreamID and SubstreamID to all of it.
import { base, cacheAt, region } from '../memory/base';
import { hostTbuOf } from '../memory/host';
import { intern, streamKey } from '../tlb/context';
import {
  H_STREAMS,
  H_STREAM_CAP,
  H_STREAM_HASH,
  H_STREAM_HASH_MASK,
  H_STREAM_COUNT,
  H_MEMO,
  H_HOST_FLAGS,
  H_TBUS,
  HOST_TBU_OF,
  STREAM_BYTES,
  SR_SID,
  SR_TBU,
  SM_ENTRIES,
  SM_BYTES,
  SM_KEY,
  SM_CONTEXT,
  SM_STREAM,
  SM_MICRO,
  SM_MAIN,
  SM_TBU,
  CACHE_TBU,
} from '../abi';

/** Memo key of a stream's context; `substream` carries SSV in bit 31. */
@inline
export function memoKey(sid: u32, substream: u32): u64 {
  return (
    ((<u64>1) << 63) | ((<u64>(substream >> 31)) << 52) | ((<u64>(substream & 0xfffff)) << 32) | (<u64>sid)
  );
}

@inline
export function memoAt(sid: u32, substream: u32): usize {
  return region(base + H_MEMO) + <usize>(((sid ^ (substream * 37)) & (SM_ENTRIES - 1)) * SM_BYTES);
}

/** The memo line of a context, made when it is not there. */
export function streamMemo(sid: u32, substream: u32): usize {
  const m = memoAt(sid, substream);
  const key = memoKey(sid, substream);
  if (load<u64>(m, SM_KEY) == key) return m;
  const record = streamRecord(sid);
  const context = intern(streamKey(sid, substream)); // may clear the memo: before the line is written
  let tbu = load<u32>(record, SR_TBU);
  if (record == region(base + H_STREAMS)) tbu = tbuOf(sid);
  store<u64>(m, key, SM_KEY);
  store<u32>(m, context, SM_CONTEXT);
  store<u32>(m, <u32>record, SM_STREAM);
  store<u32>(m, <u32>cacheAt(CACHE_TBU + 2 * tbu), SM_MICRO);
  store<u32>(m, <u32>cacheAt(CACHE_TBU + 2 * tbu + 1), SM_MAIN);
  store<u32>(m, tbu, SM_TBU);
  return m;
}

function tbuOf(sid: u32): u32 {
  if (!(load<u32>(base, H_HOST_FLAGS) & HOST_TBU_OF)) return 0;
  const tbu = <u32>hostTbuOf(sid);
  return tbu < load<u32>(base, H_TBUS) ? tbu : 0;
}

/** The record of a StreamID; record 0 gathers the streams beyond the table's size. */
function streamRecord(sid: u32): usize {
  const records = region(base + H_STREAMS);
  const hash = region(base + H_STREAM_HASH);
  const mask = load<u32>(base, H_STREAM_HASH_MASK);
  let slot = (sid * 0x9e3779b1) & mask;
  for (;;) {
    const n = load<u32>(hash + ((<usize>slot) << 2));
    if (!n) break;
    const record = records + <usize>((n - 1) * STREAM_BYTES);
    if (load<u32>(record, SR_SID) == sid) return record;
    slot = (slot + 1) & mask;
  }
  const count = load<u32>(base, H_STREAM_COUNT);
  if (count >= load<u32>(base, H_STREAM_CAP)) return records;
  const record = records + <usize>(count * STREAM_BYTES);
  store<u32>(record, sid, SR_SID);
  store<u32>(record, tbuOf(sid), SR_TBU);
  store<u32>(hash + ((<usize>slot) << 2), count + 1);
  store<u32>(base, count + 1, H_STREAM_COUNT);
  return record;
}

/** Forgets the memo: its lines hold addresses. */
export function clearStreamMemo(): void {
  memory.fill(region(base + H_MEMO), 0, SM_ENTRIES * SM_BYTES);
}
