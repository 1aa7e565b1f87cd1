// How a transaction ends: forwarded, or faulting as CD.{A,R,S} and STE.{S2R,S2S} say (IHI 0070 §3.12, §7.2); the event goes into
// the queue here, once.
import { bits32, field } from '../memory/bits';
import { add } from '../memory/sum';
import { count } from '../state/counters';
import { regField } from '../state/regs';
import { recordEvent } from '../queues/eventq';
import * as DeviceCounters from '../abi/device-counters';
import * as Entry from '../abi/entry';
import * as Flag from '../abi/flag';
import * as HitPlace from '../abi/hit-place';
import * as Request from '../abi/request';
import * as Status from '../abi/status';
import * as Step from '../abi/step';
import * as StreamRecord from '../abi/stream-record';
import * as Access from '../request/access';
import * as Config from '../request/config';
import * as Machine from '../request/machine';
import * as State from '../request/state';
import * as Cd from '../arch/cd';
import * as Cr2 from '../arch/cr2';
import * as Event from '../arch/event';
import * as Register from '../arch/register';
import * as Ste from '../arch/ste';
import { resultSpan } from '../walk/fill';
import { tracing, traceEnd } from '../request/trace';
import { holdStalled } from './hold';
import { traceFault } from './trace-fault';

/** The translation succeeded: outputs and statistics. */
export function forward(q: usize): u32 {
  const span = resultSpan(q);
  store<u32>(q, Status.OK, Request.STATUS);
  store<u64>(q, load<u64>(q, Machine.S2_PA), Request.PA);
  store<u32>(q, span ? span : Entry.SPAN_MIN, Request.LOG2);
  const allowed = load<u32>(q, Machine.ALLOWED);
  const both = bits32(allowed, Entry.PERM_STAGE1) & bits32(allowed, Entry.PERM_STAGE2);
  const first = load<u32>(q, Machine.ACCESS) & Access.PRIVILEGED;
  store<u32>(q, (both >> first) & 7, Request.PERMS);
  if (tracing())
    traceEnd(Step.OUTPUT, 0, load<u64>(q, Request.IOVA), load<u64>(q, Request.PA), load<u32>(q, Request.HIT));
  account(q);
  return State.DONE;
}

/** The transaction faulted, or is aborted without an event. */
export function settle(q: usize): u32 {
  const event = load<u32>(q, Machine.FAULT);
  store<u64>(q, 0, Request.PA);
  store<u32>(q, Entry.SPAN_MIN, Request.LOG2);
  store<u32>(q, 0, Request.PERMS);
  if (load<u32>(q, Request.READS_S1) + load<u32>(q, Request.READS_S2))
    store<u32>(q, HitPlace.WALK, Request.HIT);
  store<u32>(q, Status.ABORT, Request.STATUS);
  if (tracing()) traceFault(q);
  const transaction = load<u32>(q, Request.KIND) == Request.KIND_TRANSACTION;
  // A speculative access that cannot be served ends as an abort, whatever the configuration says (§3.14).
  if (event && !(load<u32>(q, Request.FLAGS) & Flag.SPECULATIVE)) {
    store<u32>(q, event, Request.EVENT);
    if (transaction) report(q);
  }
  account(q);
  return State.DONE;
}

// The fault of q goes by stage 1's controls, or by stage 2's (FAULT_POLICY).
@inline
function byStage1(q: usize): bool {
  return load<u32>(q, Machine.FAULT_STAGE) == 1;
}

// CD.S, STE.S2S.
function stalls(q: usize): bool {
  const c = <usize>load<u32>(q, Machine.CFG);
  return (byStage1(q) ? field(c + Config.CD, Cd.S) : field(c + Config.STE, Ste.S2S)) != 0;
}

/**
 * Whether the fault of q is to be recorded when the Event queue has room: not with CD.R or STE.S2R = 0 unless it stalls (§5.5, §3.12),
 * nor C_BAD_STREAMID with CR2.RECINVSID = 0 (§6.3.12), nor what a speculative access met (§3.14).
 */
export function recordsFault(q: usize): bool {
  const event = load<u32>(q, Machine.FAULT);
  if (!event || load<u32>(q, Request.FLAGS) & Flag.SPECULATIVE) return false;
  if (!load<u32>(q, Machine.FAULT_POLICY))
    return event != Event.C_BAD_STREAMID || regField(Register.CR2, Cr2.RECINVSID) != 0;
  const c = <usize>load<u32>(q, Machine.CFG);
  return (byStage1(q) ? field(c + Config.CD, Cd.R) : field(c + Config.STE, Ste.S2R)) != 0 || stalls(q);
}

// Records, stalls, aborts or completes as RAZ/WI: CD.{A,R,S} for stage 1, STE.{S2R,S2S} for stage 2 (§5.5, §3.12); a configuration
// error always aborts.
function report(q: usize): void {
  count(DeviceCounters.EVENTS_CAUSED);
  if (load<u32>(q, Machine.FAULT_POLICY)) {
    const stall = stalls(q);
    if (stall && holdStalled(q)) return;
    if (!stall && byStage1(q) && !field(<usize>load<u32>(q, Machine.CFG) + Config.CD, Cd.A))
      store<u32>(q, Status.RAZ_WI, Request.STATUS);
  }
  store<u32>(q, recordsFault(q) && recordEvent(q + Request.EVENT_WORDS) ? 1 : 0, Request.RECORDED);
}

// Per-stream statistics; what the device starts by itself is nobody's traffic.
function account(q: usize): void {
  if (load<u32>(q, Request.KIND) != Request.KIND_TRANSACTION) return;
  const r = <usize>load<u32>(q, Machine.STREAM);
  const status = load<u32>(q, Request.STATUS);
  if (status != Status.OK) add(r + StreamRecord.OUTCOME + <usize>(status << 3), 1);
  add(r + StreamRecord.HIT + <usize>(load<u32>(q, Request.HIT) << 3), 1);
  add(r + StreamRecord.READS, load<u32>(q, Request.READS_STE));
  add(r + StreamRecord.READS + 8, load<u32>(q, Request.READS_CD));
  const s1 = load<u32>(q, Request.READS_S1);
  const s2 = load<u32>(q, Request.READS_S2);
  add(r + StreamRecord.READS + 16, s1);
  add(r + StreamRecord.READS + 24, s2);
  if (s1 + s2) add(r + StreamRecord.WALKS, 1);
  if (load<u32>(q, Request.EVENT)) add(r + StreamRecord.EVENTS, 1);
}
