// How a transaction ends: forwarded, or faulting as CD.{A,R,S} and STE.{S2R,S2S} say (IHI 0070 §3.12, §7.2); the event goes into
// the queue here, once.
import { field } from '../memory/bits';
import { count } from '../state/counters';
import { regField } from '../state/regs';
import { recordEvent } from '../queues/eventq';
import {
  Q_STATUS,
  Q_EVENT,
  Q_PA,
  Q_LOG2,
  Q_HIT,
  Q_PERMS,
  Q_RECORDED,
  Q_FLAGS,
  Q_KIND,
  Q_IOVA,
  Q_READS_STE,
  Q_READS_CD,
  Q_READS_S1,
  Q_READS_S2,
  Q_EVENT_WORDS,
  FLAG_SPECULATIVE,
  KIND_TRANSACTION,
  STATUS_OK,
  STATUS_ABORT,
  STATUS_RAZ_WI,
  SR_OUTCOME,
  SR_HIT,
  SR_READS,
  SR_EVENTS,
  SR_WALKS,
  HIT_WALK,
  CT_EVENTS_CAUSED,
  STEP_FAULT,
  STEP_OUTPUT,
} from '../abi';
import { CD_A, CD_R, CD_S } from '../arch/cd';
import { STE_S2R, STE_S2S } from '../arch/ste';
import { EV_C_BAD_STREAMID } from '../arch/events';
import { R_CR2, CR2_RECINVSID } from '../arch/registers';
import { CF_STE, CF_CD } from '../tlb/config-fields';
import { resultSpan } from '../walk/fill';
import { tracing, traceEnd } from '../walk/trace';
import { holdStalled } from './hold';
import * as M from '../walk/request';
import * as S from '../walk/states';

/** The translation succeeded: outputs and statistics. */
export function forward(q: usize): u32 {
  const span = resultSpan(q);
  store<u32>(q, STATUS_OK, Q_STATUS);
  store<u64>(q, load<u64>(q, M.M_S2_PA), Q_PA);
  store<u32>(q, span ? span : 12, Q_LOG2);
  const allowed = load<u32>(q, M.M_ALLOWED);
  const both = allowed & (allowed >> 8);
  const first = load<u32>(q, M.M_ACCESS) & M.ACCESS_PRIVILEGED;
  store<u32>(q, (both >> first) & 7, Q_PERMS);
  if (tracing()) traceEnd(STEP_OUTPUT, 0, load<u64>(q, Q_IOVA), load<u64>(q, Q_PA), load<u32>(q, Q_HIT));
  account(q);
  return S.S_DONE;
}

/** The transaction faulted, or is aborted without an event. */
export function settle(q: usize): u32 {
  const event = load<u32>(q, M.M_FAULT);
  store<u64>(q, 0, Q_PA);
  store<u32>(q, 12, Q_LOG2);
  store<u32>(q, 0, Q_PERMS);
  if (load<u32>(q, Q_READS_S1) + load<u32>(q, Q_READS_S2)) store<u32>(q, HIT_WALK, Q_HIT);
  store<u32>(q, STATUS_ABORT, Q_STATUS);
  if (tracing()) traceEnd(STEP_FAULT, load<u32>(q, M.M_FAULT_STAGE), load<u64>(q, Q_IOVA), 0, event);
  const transaction = load<u32>(q, Q_KIND) == KIND_TRANSACTION;
  // A speculative access that cannot be served ends as an abort, whatever the configuration says (§3.14).
  if (event && !(load<u32>(q, Q_FLAGS) & FLAG_SPECULATIVE)) {
    store<u32>(q, event, Q_EVENT);
    if (transaction) report(q, event);
  }
  account(q);
  return S.S_DONE;
}

function report(q: usize, event: u32): void {
  count(CT_EVENTS_CAUSED);
  let record = true;
  if (event == EV_C_BAD_STREAMID) record = regField(R_CR2, CR2_RECINVSID) != 0;
  if (load<u32>(q, M.M_FAULT_POLICY)) {
    const c = <usize>load<u32>(q, M.M_CFG);
    const stage1 = load<u32>(q, M.M_FAULT_STAGE) == 1;
    const stalls = stage1 ? field(c + CF_CD, CD_S) : field(c + CF_STE, STE_S2S);
    if (stalls && holdStalled(q)) return;
    if (stage1) {
      record = field(c + CF_CD, CD_R) != 0 || stalls != 0;
      if (!field(c + CF_CD, CD_A) && !stalls) store<u32>(q, STATUS_RAZ_WI, Q_STATUS);
    } else {
      record = field(c + CF_STE, STE_S2R) != 0 || stalls != 0;
    }
  }
  store<u32>(q, record && recordEvent(q + Q_EVENT_WORDS) ? 1 : 0, Q_RECORDED);
}

@inline
function add(at: usize, n: u32): void {
  store<u64>(at, load<u64>(at) + <u64>n);
}

// Per-stream statistics; what the device starts by itself is nobody's traffic.
function account(q: usize): void {
  if (load<u32>(q, Q_KIND) != KIND_TRANSACTION) return;
  const r = <usize>load<u32>(q, M.M_STREAM);
  add(r + SR_OUTCOME + <usize>(load<u32>(q, Q_STATUS) << 3), 1);
  add(r + SR_HIT + <usize>(load<u32>(q, Q_HIT) << 3), 1);
  add(r + SR_READS, load<u32>(q, Q_READS_STE));
  add(r + SR_READS + 8, load<u32>(q, Q_READS_CD));
  const s1 = load<u32>(q, Q_READS_S1);
  const s2 = load<u32>(q, Q_READS_S2);
  add(r + SR_READS + 16, s1);
  add(r + SR_READS + 24, s2);
  if (s1 + s2) add(r + SR_WALKS, 1);
  if (load<u32>(q, Q_EVENT)) add(r + SR_EVENTS, 1);
}
