// The request that the device makes itself, for prefetch commands and address translation operations.
import { requestAt } from '../memory/base';
import {
  REQUEST_INNER,
  Q_IOVA,
  Q_SID,
  Q_SSID,
  Q_FLAGS,
  Q_SIZE,
  Q_REQUESTER,
  Q_ATTRS,
  Q_ARRIVAL,
  Q_KIND,
  Q_ATOS,
  FLAG_SSV,
} from '../abi';
import { DEFAULT_ATTRIBUTES } from '../walk/attributes';

/** Request block 1, where `translateInner` leaves its results. */
@inline
export function inner(): usize {
  return requestAt(REQUEST_INNER);
}

/** Fills the stream's part of the request: attributes Normal write-back Non-shareable, one byte. */
export function innerStream(kind: u32, streamId: u32, ssv: bool, substreamId: u32): void {
  const q = inner();
  store<u32>(q, kind, Q_KIND);
  store<u32>(q, streamId, Q_SID);
  store<u32>(q, ssv ? substreamId : 0, Q_SSID);
  store<u32>(q, ssv ? FLAG_SSV : 0, Q_FLAGS);
  store<u32>(q, 1, Q_SIZE);
  store<u32>(q, streamId, Q_REQUESTER);
  store<u32>(q, DEFAULT_ATTRIBUTES, Q_ATTRS);
  store<u64>(q, 0, Q_ARRIVAL);
  store<u32>(q, 0, Q_ATOS);
  store<u64>(q, 0, Q_IOVA);
}
