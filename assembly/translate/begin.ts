// The first steps, at the TBU: what the transaction is, what SMMUEN = 0 makes of it, and the TLBs of the TBU
// (IHI 0070 §3.4, §3.11, §6.3.14).
import * as Why from '../abi/why';
import { generation } from '../memory/base';
import { counting } from '../state/pmu';
import { reg32, smmuEnabled, oasBits } from '../state/regs';
import { bits32, in32 } from '../memory/bits';
import * as Entry from '../abi/entry';
import * as Flag from '../abi/flag';
import * as Request from '../abi/request';
import * as Step from '../abi/step';
import * as StreamMemo from '../abi/stream-memo';
import * as Access from '../request/access';
import * as Machine from '../request/machine';
import * as State from '../request/state';
import * as Substream from '../request/substream';
import * as Event from '../arch/event';
import * as Gbpa from '../arch/gbpa';
import * as Register from '../arch/register';
import { gbpaAttributes } from '../config/overrides';
import { contextGeneration } from '../tlb/context';
import * as Permission from '../walk/permission';
import { countTransaction } from '../request/count';
import { silentAbort, translationForbidden } from '../request/fault';
import { tracing, traceEnd } from '../request/trace';
import { streamMemo } from './streams';

export function begin(q: usize): u32 {
  const flags = load<u32>(q, Request.FLAGS);
  identify(q, flags);
  if (counting()) countTransaction(q);
  if (!smmuEnabled()) return globalBypass(q, flags);
  if (flags & Flag.TRANSLATED) return translationForbidden(q, Event.F_TRANSL_FORBIDDEN); // without ATS (§3.9.1.3)
  if (flags & Flag.SPECULATIVE && load<u32>(q, Machine.ACCESS) & Access.WRITE)
    return silentAbort(q, Why.SPECULATIVE_WRITE); // §3.14
  return load<u32>(q, Request.KIND) == Request.KIND_TRANSACTION ? State.MICRO : State.LINK_DOWN;
}

/** Whose transaction it is and what it does; nothing has been found out yet. */
export function identify(q: usize, flags: u32): void {
  const substream = Substream.word(flags, load<u32>(q, Request.SSID));
  store<u32>(q, substream, Machine.SUBSTREAM);
  const m = streamMemo(load<u32>(q, Request.SID), substream);
  store<u32>(q, load<u32>(m, StreamMemo.CONTEXT), Machine.CONTEXT);
  store<u32>(q, load<u32>(m, StreamMemo.STREAM), Machine.STREAM);
  store<u32>(q, load<u32>(m, StreamMemo.MICRO), Machine.MICRO);
  store<u32>(q, load<u32>(m, StreamMemo.MAIN), Machine.MAIN);
  store<u32>(q, contextGeneration(), Machine.CONTEXT_GEN);
  store<u32>(q, generation(), Machine.GENERATION);
  const access = Access.accessKind(flags);
  store<u32>(q, access, Machine.RAW_ACCESS);
  store<u32>(q, access, Machine.ACCESS);
  store<u32>(q, load<u32>(q, Request.ATTRS), Machine.INPUT_ATTRS);
  store<u32>(q, 0, Machine.DENIED);
  store<u32>(q, 0, Machine.CONFIGURED);
  store<u32>(q, 0, Machine.AFTER_CONFIG);
  store<u32>(q, 0, Machine.RESTARTS);
  store<u32>(q, 0, Machine.FILL);
  store<u64>(q, 0, Machine.SKIPPED); // and Machine.DEFERRED
  store<u32>(q, 0, Machine.COUNTED);
  store<u32>(q, flags & Flag.SPECULATIVE ? whenUpdated(q) : Machine.DEFER_NOT, Machine.DEFER);
  clearResult(q);
}

// Updates of a speculative read; a prefetch behind a translation makes none.
@inline
function whenUpdated(q: usize): u32 {
  return load<u32>(q, Request.KIND) == Request.KIND_TRANSACTION ? Machine.DEFER_TO_END : Machine.DEFER_NEVER;
}

/** Clears what the stages and the fault leave in the request. */
export function clearResult(q: usize): void {
  store<u64>(q, 0, Request.EVENT_WORDS);
  store<u32>(q, 0, Request.EVENT);
  store<u32>(q, 0, Request.HIT);
  store<u64>(q, 0, Request.STAG); // and Request.RECORDED
  store<u64>(q, 0, Request.READS_STE); // and Request.READS_CD
  store<u64>(q, 0, Request.READS_S1); // and Request.READS_S2
  store<u32>(q, 0, Machine.S1_SPAN);
  store<u32>(q, 0, Machine.S2_SPAN);
  store<u32>(q, Permission.ALL, Machine.S1_PERM);
  store<u32>(q, Permission.ALL, Machine.S2_PERM);
  store<u32>(q, 0, Machine.S1_ATTR);
  store<u32>(q, 0, Machine.S2_ATTR);
  store<u32>(q, 0, Machine.S1_FLAGS);
  store<u32>(q, 0, Machine.LEVELS);
  store<u32>(q, 0, Machine.ATTRS);
  store<u32>(q, 0, Machine.BYPASS);
  store<u32>(q, 0, Machine.TABLE_PA);
}

// SMMUEN = 0: GBPA decides, no table is read, a SubstreamID is no error (§3.11).
function globalBypass(q: usize, flags: u32): u32 {
  if (flags & Flag.TRANSLATED) return translationForbidden(q, Event.F_TRANSL_FORBIDDEN); // without ATS (§3.9.1.3)
  if (flags & Flag.SPECULATIVE && load<u32>(q, Machine.ACCESS) & Access.WRITE)
    return silentAbort(q, Why.SPECULATIVE_WRITE); // §3.14
  const gbpa = reg32(Register.GBPA);
  if (bits32(gbpa, Gbpa.ABORT)) return silentAbort(q, Why.GBPA_ABORT); // §6.3.14
  const va = load<u64>(q, Request.IOVA);
  if (va >> (<u64>oasBits())) return silentAbort(q, Why.BYPASS_RANGE); // §3.4
  store<u32>(q, gbpaAttributes(load<u32>(q, Request.ATTRS), gbpa), Machine.INPUT_ATTRS);
  return bypass(q, va);
}

/** The transaction passes with its address; no stage has a say. */
export function bypass(q: usize, va: u64): u32 {
  store<u64>(q, va, Machine.S2_PA);
  store<u64>(q, va, Machine.IPA);
  store<u32>(
    q,
    in32(Entry.PERM_STAGE1, Permission.ALL) | in32(Entry.PERM_STAGE2, Permission.ALL),
    Machine.ALLOWED,
  );
  store<u32>(q, 1, Machine.BYPASS);
  store<u32>(q, oasBits(), Machine.S1_SPAN);
  if (tracing()) traceEnd(Step.BYPASS, 0, va, va, 0);
  return State.FORWARD;
}
