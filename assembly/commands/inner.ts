// The request that the device makes itself, for prefetch commands and address translation operations.
import { requestAt } from '../memory/base';
import * as Flag from '../abi/flag';
import * as Request from '../abi/request';
import { DEFAULT_ATTRIBUTES } from '../walk/attributes';

/** Request block 1, where `translateInner` leaves its results. */
@inline
export function inner(): usize {
  return requestAt(Request.INNER);
}

/** Fills the stream's part of the request: attributes Normal write-back Non-shareable, one byte. */
export function innerStream(kind: u32, streamId: u32, ssv: bool, substreamId: u32): void {
  const q = inner();
  store<u32>(q, kind, Request.KIND);
  store<u32>(q, streamId, Request.SID);
  store<u32>(q, ssv ? substreamId : 0, Request.SSID);
  store<u32>(q, ssv ? Flag.SSV : 0, Request.FLAGS);
  store<u32>(q, 1, Request.SIZE);
  store<u32>(q, streamId, Request.REQUESTER);
  store<u32>(q, DEFAULT_ATTRIBUTES, Request.ATTRS);
  store<u64>(q, 0, Request.ARRIVAL);
  store<u32>(q, 0, Request.ATOS);
  store<u64>(q, 0, Request.IOVA);
}
