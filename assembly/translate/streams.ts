// What the core keeps per stream: its TBU, its counters, and a direct-mapped memo from StreamID and SubstreamID to all of it.
import { base, cacheAt, region } from '../memory/base';
import { hostTbuOf } from '../memory/host';
import { intern, streamKey } from '../tlb/context';
import { streamMix } from '../tlb/index-mix';
import { forgetLastStream } from '../tlb/last-stream';
import * as CacheIndex from '../abi/cache-index';
import * as Header from '../abi/header';
import * as HostFlags from '../abi/host-flags';
import * as StreamMemo from '../abi/stream-memo';
import * as StreamRecord from '../abi/stream-record';
import * as Substream from '../request/substream';

const VALID: u64 = 1 << 63; // no key is 0

/** Memo key of a stream's context; `substream` carries SSV in bit 31. */
@inline
function memoKey(sid: u32, substream: u32): u64 {
  return VALID | Substream.withStream(sid, substream);
}

/** Bits of a memo line's key that say its TBU, which nobody has to know to find it. */
export const TBU_MASK: u64 = 0x3f << 53;

/** TBU of a memo line. */
@inline
export function tbuOfLine(m: usize): u32 {
  return <u32>((load<u64>(m, StreamMemo.KEY) & TBU_MASK) >> 53);
}

/** The SubstreamID of a transaction, with SSV in bit 31; 0 without one. */
@inline
export function substreamOf(flags: u32, ssid: u32): u32 {
  return Substream.word(flags, ssid);
}

/** The line is that of a context. */
@inline
export function isLineOf(m: usize, sid: u32, substream: u32): bool {
  return (load<u64>(m, StreamMemo.KEY) & ~TBU_MASK) == memoKey(sid, substream);
}

@inline
export function memoAt(sid: u32, substream: u32): usize {
  return (
    region(base + Header.MEMO) +
    <usize>(((sid ^ (substream * 37)) & (StreamMemo.ENTRIES - 1)) * StreamMemo.BYTES)
  );
}

/** The memo line of a context, made when it is not there. */
export function streamMemo(sid: u32, substream: u32): usize {
  const m = memoAt(sid, substream);
  if (isLineOf(m, sid, substream)) return m;
  const record = streamRecord(sid);
  const context = intern(streamKey(sid, substream)); // may clear the memo: before the line is written
  let tbu = load<u32>(record, StreamRecord.TBU);
  if (record == region(base + Header.STREAMS)) tbu = tbuOf(sid);
  store<u64>(m, memoKey(sid, substream) | ((<u64>tbu) << 53), StreamMemo.KEY);
  store<u32>(m, context, StreamMemo.CONTEXT);
  store<u32>(m, <u32>record, StreamMemo.STREAM);
  store<u32>(m, <u32>cacheAt(CacheIndex.TBU + 2 * tbu), StreamMemo.MICRO);
  store<u32>(m, <u32>cacheAt(CacheIndex.TBU + 2 * tbu + 1), StreamMemo.MAIN);
  store<u32>(m, streamMix(cacheAt(CacheIndex.TBU + 2 * tbu + 1), sid, substream), StreamMemo.MIX);
  store<u32>(m, 0, StreamMemo.CONFIG);
  return m;
}

function tbuOf(sid: u32): u32 {
  if (!(load<u32>(base, Header.HOST_FLAGS) & HostFlags.TBU_OF)) return 0;
  const tbu = <u32>hostTbuOf(sid);
  return tbu < load<u32>(base, Header.TBUS) ? tbu : 0;
}

/** The record of a StreamID; record 0 gathers the streams beyond the table's size. */
function streamRecord(sid: u32): usize {
  const records = region(base + Header.STREAMS);
  const hash = region(base + Header.STREAM_HASH);
  const mask = load<u32>(base, Header.STREAM_HASH_MASK);
  let slot = (sid * 0x9e3779b1) & mask;
  for (;;) {
    const n = load<u32>(hash + ((<usize>slot) << 2));
    if (!n) break;
    const record = records + <usize>((n - 1) * StreamRecord.BYTES);
    if (load<u32>(record, StreamRecord.SID) == sid) return record;
    slot = (slot + 1) & mask;
  }
  const count = load<u32>(base, Header.STREAM_COUNT);
  if (count >= load<u32>(base, Header.STREAM_CAP)) return records;
  const record = records + <usize>(count * StreamRecord.BYTES);
  store<u32>(record, sid, StreamRecord.SID);
  store<u32>(record, tbuOf(sid), StreamRecord.TBU);
  store<u32>(hash + ((<usize>slot) << 2), count + 1);
  store<u32>(base, count + 1, Header.STREAM_COUNT);
  return record;
}

/** Forgets the memo: its lines hold addresses. */
export function clearStreamMemo(): void {
  memory.fill(region(base + Header.MEMO), 0, StreamMemo.ENTRIES * StreamMemo.BYTES);
  forgetLastStream();
}
