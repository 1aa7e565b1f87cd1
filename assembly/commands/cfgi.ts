// Configuration invalidation (IHI 0070 §4.3). Level 1 descriptors are not cached, so Leaf decides nothing here; no TLB
// entry goes because of these commands, except those tagged by stream.
import { bits } from '../memory/bits';
import { cfgiSte, cfgiCd, cfgiCdAll } from '../tlb/invalidate';
import * as Command from '../arch/command';
import { streamId, streamIdInRange, substreamId, substreamIdInRange } from './parameters';

/** One STE, and all CDs behind it (§4.3.1). */
export function commandCfgiSte(dw0: u64): void {
  const sid = streamId(dw0);
  if (streamIdInRange(sid)) cfgiSte(sid, sid);
}

/** 2^(Range + 1) StreamIDs, aligned to that number; Range 31 is everything (CMD_CFGI_ALL) and has no StreamID (§4.3.2). */
export function commandCfgiSteRange(dw0: u64, dw1: u64): void {
  const range = <u32>bits(dw1, Command.CFGI_Range);
  if (range == Command.CFGI_RANGE_ALL) {
    cfgiSte(0, 0xffffffff);
    return;
  }
  const last = streamId(dw0) | (((<u32>2) << range) - 1);
  cfgiSte(last - (((<u32>2) << range) - 1), last);
}

/** One CD (§4.3.3). */
export function commandCfgiCd(dw0: u64): void {
  const sid = streamId(dw0);
  const ssid = substreamId(dw0);
  if (streamIdInRange(sid) && substreamIdInRange(ssid)) cfgiCd(sid, ssid);
}

/** All CDs of a stream (§4.3.4). */
export function commandCfgiCdAll(dw0: u64): void {
  const sid = streamId(dw0);
  if (streamIdInRange(sid)) cfgiCdAll(sid);
}
