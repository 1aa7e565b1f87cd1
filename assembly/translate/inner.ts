// Transactions that the device starts itself: ATOS and prefetch.
import { requestAt } from '../memory/base';
import { REQUEST_INNER, Q_STATUS, Q_KIND, KIND_PREFETCH_CONFIG } from '../abi';
import { M_STALL_SLOT } from '../walk/request';
import { finishAttributes } from './attributes';
import { runToEnd } from './machine';

/** Runs request block 1 to its end and gives its Q_STATUS; nothing is recorded and nothing stalls. */
export function translateInner(): u32 {
  const q = requestAt(REQUEST_INNER);
  store<i32>(q, -1, M_STALL_SLOT);
  runToEnd(q);
  if (load<u32>(q, Q_KIND) != KIND_PREFETCH_CONFIG) finishAttributes(q);
  return load<u32>(q, Q_STATUS);
}
