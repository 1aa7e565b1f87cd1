// What becomes of stalled transactions: retry, terminate, and the wait for a writable event queue (IHI 0070 §3.12.2).
import { base, region, requestAt } from '../memory/base';
import { idrField } from '../state/regs';
import { eventqWritable } from '../queues/eventq';
import { notify } from '../queues/notify';
import * as Header from '../abi/header';
import * as NotifyRecord from '../abi/notify-record';
import * as Request from '../abi/request';
import * as StallRecord from '../abi/stall-record';
import * as Status from '../abi/status';
import * as Machine from '../request/machine';
import * as Idr0 from '../arch/idr0';
import { finishAttributes } from './attributes';
import { runToEnd } from './machine';
import { stallAt, releaseStall } from './hold';

// Hands a finished transaction to the host: its inputs and outcome, and the STAG that it had.
function resumed(from: usize, stag: u32): void {
  const n = load<u32>(base, Header.RESUMED_COUNT);
  if (n >= load<u32>(base, Header.RESUMED_CAP)) return;
  const r = region(base + Header.RESUMED) + <usize>(n * StallRecord.BYTES);
  memory.copy(r, from, Request.MACHINE);
  store<u32>(r, stag, StallRecord.STAG);
  store<u32>(base, n + 1, Header.RESUMED_COUNT);
  notify(NotifyRecord.KIND_RESUMED, 0, <u64>n, stag);
}

function terminate(slot: u32, status: u32): void {
  const st = stallAt(slot);
  store<u32>(st, status, Request.STATUS);
  resumed(st, slot);
  releaseStall(slot);
}

// Runs the transaction of a slot again from its beginning; `keep` is the slot it may stall in again, -1 for a new one. One that
// stalls again is no more resumed than before.
function retry(slot: u32, keep: i32): usize {
  const q = requestAt(Request.INNER);
  memory.copy(q, stallAt(slot), Request.MACHINE);
  store<u32>(q, Request.KIND_TRANSACTION, Request.KIND);
  store<i32>(q, keep, Machine.STALL_SLOT);
  runToEnd(q);
  finishAttributes(q);
  return q;
}

/** CMD_RESUME: StreamID and STAG must both match a recorded stall, else nothing happens (§4.7.1). */
export function resumeStalled(sid: u32, stag: u32, again: bool, abort: bool): void {
  if (stag >= load<u32>(base, Header.STALL_CAP)) return;
  const st = stallAt(stag);
  if (load<u32>(st, StallRecord.STATE) != StallRecord.STATE_RECORDED || load<u32>(st, Request.SID) != sid)
    return;
  if (!again) {
    terminate(stag, abort || idrField(0, Idr0.TERM_MODEL) ? Status.ABORT : Status.RAZ_WI);
    return;
  }
  releaseStall(stag);
  const q = retry(stag, -1);
  if (load<u32>(q, Request.STATUS) != Status.STALLED) resumed(q, stag);
}

/** CMD_STALL_TERM: every stalled transaction of the stream aborts (§4.7.2). */
export function terminateStalls(sid: u32): void {
  const cap = load<u32>(base, Header.STALL_CAP);
  for (let i: u32 = 0; i < cap && load<u32>(base, Header.STALL_COUNT); i++) {
    const st = stallAt(i);
    if (load<u32>(st, StallRecord.STATE) != StallRecord.STATE_FREE && load<u32>(st, Request.SID) == sid)
      terminate(i, Status.ABORT);
  }
}

/** SMMUEN 1 to 0: all abort, their STAGs are free (§6.3.9.6). */
export function abortAllStalls(): void {
  const cap = load<u32>(base, Header.STALL_CAP);
  for (let i: u32 = 0; i < cap && load<u32>(base, Header.STALL_COUNT); i++) {
    if (load<u32>(stallAt(i), StallRecord.STATE) != StallRecord.STATE_FREE) terminate(i, Status.ABORT);
  }
}

/** The event queue may have become writable: transactions whose record it refused are tried again, in the order of their slots. */
export function retryWaitingStalls(): void {
  if (!load<u32>(base, Header.STALL_COUNT)) return;
  const cap = load<u32>(base, Header.STALL_CAP);
  for (let i: u32 = 0; i < cap; i++) {
    if (load<u32>(stallAt(i), StallRecord.STATE) != StallRecord.STATE_WAITING) continue;
    if (!eventqWritable()) return;
    const q = retry(i, <i32>i);
    if (load<u32>(q, Request.STATUS) == Status.STALLED) continue;
    resumed(q, i);
    releaseStall(i);
  }
}
