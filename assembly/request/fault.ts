// Faults and configuration errors on their way out: the event record is made here, where everything it needs is at hand
// (IHI 0070 §7.3); whether it is recorded, and what the device sees, is decided in translate/outcome.
import * as Why from '../abi/why';
import { truncateToOas } from '../state/regs';
import { address, maskOf, put } from '../memory/bits';
import * as Flag from '../abi/flag';
import * as Request from '../abi/request';
import * as Access from './access';
import * as Machine from './machine';
import * as State from './state';
import * as Event from '../arch/event';
import * as EventRecord from '../arch/event-record';

@inline
function word(q: usize, n: i32): usize {
  return q + Request.EVENT_WORDS + <usize>(n << 3);
}

// What every record has: StreamID and event number.
@inline
function stream(q: usize, event: u32): u64 {
  return put(<u64>event, EventRecord.StreamID, <u64>load<u32>(q, Request.SID));
}

function identify(q: usize, event: u32, why: u32): void {
  store<u32>(q, why, Machine.WHY);
  let w = stream(q, event);
  if (load<u32>(q, Request.FLAGS) & Flag.SSV)
    w = put(w, EventRecord.SubstreamID, <u64>load<u32>(q, Request.SSID)) | maskOf(EventRecord.SSV);
  store<u64>(word(q, 0), w);
  store<u64>(word(q, 1), 0);
  store<u64>(word(q, 2), 0);
  store<u64>(word(q, 3), 0);
  store<u32>(q, event, Machine.FAULT);
  store<u32>(q, 0, Machine.FAULT_STAGE);
  store<u32>(q, 0, Machine.FAULT_POLICY);
}

// PnU, InD, RnW after the STE's overrides. A read-modify-write is reported as a write unless only the read was refused.
function direction(q: usize, asRead: bool): u64 {
  const access = load<u32>(q, Machine.ACCESS);
  let w: u64 = access & Access.PRIVILEGED ? maskOf(EventRecord.PnU) : 0;
  if (access & Access.INSTRUCTION && !(access & Access.WRITE)) w |= maskOf(EventRecord.InD);
  if (asRead || !(access & Access.WRITE)) w |= maskOf(EventRecord.RnW);
  return w;
}

/** Abort without an event (STE.Config = 0b0xx, GBPA.ABORT, an address beyond OAS under bypass). */
export function silentAbort(q: usize, why: u32): u32 {
  store<u32>(q, why, Machine.WHY);
  store<u32>(q, 0, Machine.FAULT);
  store<u32>(q, 0, Machine.FAULT_STAGE);
  store<u32>(q, 0, Machine.FAULT_POLICY);
  return State.FAULT;
}

/** C_BAD_STREAMID, C_BAD_STE, C_BAD_CD: identity only. */
export function configError(q: usize, event: u32, why: u32): u32 {
  identify(q, event, why);
  return State.FAULT;
}

/** C_BAD_SUBSTREAMID: no SSV bit, SubstreamID always valid (0 for a transaction without one). */
export function badSubstream(q: usize, why: u32): u32 {
  identify(q, Event.C_BAD_SUBSTREAMID, why);
  const ssv = load<u32>(q, Request.FLAGS) & Flag.SSV;
  const ssid = ssv ? <u64>load<u32>(q, Request.SSID) : 0;
  store<u64>(word(q, 0), put(stream(q, Event.C_BAD_SUBSTREAMID), EventRecord.SubstreamID, ssid));
  return State.FAULT;
}

/** F_STREAM_DISABLED: neither SSV nor SubstreamID. */
export function streamDisabled(q: usize, why: u32): u32 {
  identify(q, Event.F_STREAM_DISABLED, why);
  store<u64>(word(q, 0), stream(q, Event.F_STREAM_DISABLED));
  return State.FAULT;
}

/** F_STE_FETCH, F_CD_FETCH: external abort of a structure at `pa`. */
export function fetchFault(q: usize, event: u32, pa: u64, why: u32): u32 {
  identify(q, event, why);
  store<u64>(word(q, 3), address(truncateToOas(pa), EventRecord.FetchAddr));
  return State.FAULT;
}

/** F_WALK_EABT: external abort of a descriptor at `pa`. */
export function walkAbort(q: usize, event: u32, stage: u32, cls: u32, pa: u64, why: u32): u32 {
  identify(q, event, why);
  let w = put(direction(q, false), EventRecord.CLASS, <u64>cls);
  if (stage == 2) w |= maskOf(EventRecord.S2);
  store<u64>(word(q, 1), w);
  store<u64>(word(q, 2), load<u64>(q, Request.IOVA));
  store<u64>(word(q, 3), address(truncateToOas(pa), EventRecord.FetchAddr));
  store<u32>(q, stage, Machine.FAULT_STAGE);
  return State.FAULT;
}

/** A stage 1 F_TRANSLATION, F_ADDR_SIZE, F_ACCESS or F_PERMISSION, CLASS = IN. */
export function stage1Fault(q: usize, event: u32, asRead: bool, why: u32): u32 {
  identify(q, event, why);
  store<u64>(word(q, 1), put(direction(q, asRead), EventRecord.CLASS, EventRecord.CLASS_IN));
  store<u64>(word(q, 2), load<u64>(q, Request.IOVA));
  store<u32>(q, 1, Machine.FAULT_STAGE);
  store<u32>(q, 1, Machine.FAULT_POLICY);
  return State.FAULT;
}

/** F_ADDR_SIZE of a stage 1 that is bypassed: no CD, so always an abort and always recorded (IHI 0070 §3.4). */
export function bypassAddressSize(q: usize, event: u32): u32 {
  stage1Fault(q, event, false, Why.BYPASS_RANGE);
  store<u32>(q, 0, Machine.FAULT_POLICY);
  return State.FAULT;
}

/** The four of stage 2, for the IPA and CLASS at hand. */
export function stage2Fault(q: usize, event: u32, asRead: bool, why: u32): u32 {
  identify(q, event, why);
  const cls = load<u32>(q, Machine.S2_CLASS);
  let w = put(direction(q, asRead), EventRecord.CLASS, <u64>cls) | maskOf(EventRecord.S2);
  if (
    event == Event.F_PERMISSION &&
    cls == EventRecord.CLASS_TT &&
    !(load<u32>(q, Machine.S2_ACCESS) & Access.WRITE)
  )
    w |= maskOf(EventRecord.TTRnW);
  store<u64>(word(q, 1), w);
  store<u64>(word(q, 2), load<u64>(q, Request.IOVA));
  store<u64>(word(q, 3), address(truncateToOas(load<u64>(q, Machine.S2_IPA)), EventRecord.IPA));
  store<u32>(q, 2, Machine.FAULT_STAGE);
  store<u32>(q, 1, Machine.FAULT_POLICY);
  return State.FAULT;
}

/** F_TRANSL_FORBIDDEN: no SSV, no SubstreamID; RnW and the address. */
export function translationForbidden(q: usize, event: u32): u32 {
  identify(q, event, Why.TRANSLATED);
  store<u64>(word(q, 0), stream(q, event));
  store<u64>(word(q, 1), direction(q, false) & maskOf(EventRecord.RnW));
  store<u64>(word(q, 2), load<u64>(q, Request.IOVA));
  return State.FAULT;
}
