// What becomes of stalled transactions: retry, terminate, and the wait for a writable event queue (IHI 0070 §3.12.2, §4.6).
import { base, region, requestAt } from '../memory/base';
import { idrField } from '../state/regs';
import { eventqWritable } from '../queues/eventq';
import { notify } from '../queues/notify';
import {
  H_STALL_CAP,
  H_STALL_COUNT,
  H_RESUMED,
  H_RESUMED_CAP,
  H_RESUMED_COUNT,
  STALL_BYTES,
  ST_STATE,
  ST_STAG,
  STALL_RECORDED,
  STALL_WAITING,
  STALL_FREE,
  Q_MACHINE,
  Q_SID,
  Q_STATUS,
  Q_KIND,
  REQUEST_INNER,
  KIND_TRANSACTION,
  STATUS_ABORT,
  STATUS_RAZ_WI,
  STATUS_STALLED,
  NOTIFY_RESUMED,
} from '../abi';
import { IDR0_TERM_MODEL } from '../arch/idr';
import { M_STALL_SLOT } from '../walk/request';
import { finishAttributes } from './attributes';
import { runToEnd } from './machine';
import { stallAt, releaseStall } from './hold';

// Hands a finished transaction to the host: its inputs and outcome, and the STAG that it had.
function resumed(from: usize, stag: u32): void {
  const n = load<u32>(base, H_RESUMED_COUNT);
  if (n >= load<u32>(base, H_RESUMED_CAP)) return;
  const r = region(base + H_RESUMED) + <usize>(n * STALL_BYTES);
  memory.copy(r, from, Q_MACHINE);
  store<u32>(r, stag, ST_STAG);
  store<u32>(base, n + 1, H_RESUMED_COUNT);
  notify(NOTIFY_RESUMED, 0, <u64>n, stag);
}

function terminate(slot: u32, status: u32): void {
  const st = stallAt(slot);
  store<u32>(st, status, Q_STATUS);
  resumed(st, slot);
  releaseStall(slot);
}

// Runs the transaction of a slot again from its beginning; `keep` is the slot it may stall in again, -1 for a new one.
function retry(slot: u32, keep: i32): usize {
  const q = requestAt(REQUEST_INNER);
  memory.copy(q, stallAt(slot), Q_MACHINE);
  store<u32>(q, KIND_TRANSACTION, Q_KIND);
  store<i32>(q, keep, M_STALL_SLOT);
  runToEnd(q);
  finishAttributes(q);
  return q;
}

/** CMD_RESUME: StreamID and STAG must both match a recorded stall, else nothing happens. */
export function resumeStalled(sid: u32, stag: u32, again: bool, abort: bool): void {
  if (stag >= load<u32>(base, H_STALL_CAP)) return;
  const st = stallAt(stag);
  if (load<u32>(st, ST_STATE) != STALL_RECORDED || load<u32>(st, Q_SID) != sid) return;
  if (!again) {
    terminate(stag, abort || idrField(0, IDR0_TERM_MODEL) ? STATUS_ABORT : STATUS_RAZ_WI);
    return;
  }
  releaseStall(stag);
  resumed(retry(stag, -1), stag);
}

/** CMD_STALL_TERM: every stalled transaction of the stream aborts. */
export function terminateStalls(sid: u32): void {
  const cap = load<u32>(base, H_STALL_CAP);
  for (let i: u32 = 0; i < cap && load<u32>(base, H_STALL_COUNT); i++) {
    const st = stallAt(i);
    if (load<u32>(st, ST_STATE) != STALL_FREE && load<u32>(st, Q_SID) == sid) terminate(i, STATUS_ABORT);
  }
}

/** SMMUEN 1 to 0: all abort, their STAGs are free. */
export function abortAllStalls(): void {
  const cap = load<u32>(base, H_STALL_CAP);
  for (let i: u32 = 0; i < cap && load<u32>(base, H_STALL_COUNT); i++) {
    if (load<u32>(stallAt(i), ST_STATE) != STALL_FREE) terminate(i, STATUS_ABORT);
  }
}

/** The event queue may have become writable: transactions whose record it refused are tried again, in the order of their slots. */
export function retryWaitingStalls(): void {
  if (!load<u32>(base, H_STALL_COUNT)) return;
  const cap = load<u32>(base, H_STALL_CAP);
  for (let i: u32 = 0; i < cap; i++) {
    if (load<u32>(stallAt(i), ST_STATE) != STALL_WAITING) continue;
    if (!eventqWritable()) return;
    const q = retry(i, <i32>i);
    if (load<u32>(q, Q_STATUS) == STATUS_STALLED) continue;
    resumed(q, i);
    releaseStall(i);
  }
}
