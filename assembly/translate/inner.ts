// Transactions that the device starts itself: ATOS and prefetch.
import { requestAt } from '../memory/base';
import * as Request from '../abi/request';
import * as Machine from '../request/machine';
import { finishAttributes } from './attributes';
import { runToEnd } from './machine';

/** Runs request block 1 to its end and gives its Request.STATUS; nothing is recorded and nothing stalls. */
export function translateInner(): u32 {
  const q = requestAt(Request.INNER);
  store<i32>(q, -1, Machine.STALL_SLOT);
  runToEnd(q);
  if (load<u32>(q, Request.KIND) != Request.KIND_PREFETCH_CONFIG) finishAttributes(q);
  return load<u32>(q, Request.STATUS);
}
