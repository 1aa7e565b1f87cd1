// The first steps, at the TBU: what the transaction is, what SMMUEN = 0 makes of it, and the TLBs of the TBU
// (IHI 0070 §3.4, §3.11, §6.3.14).
import { generation } from '../memory/base';
import { counting } from '../state/pmu';
import { reg32, smmuEnabled, oasBits } from '../state/regs';
import { bits32 } from '../memory/bits';
import {
  Q_IOVA,
  Q_SID,
  Q_SSID,
  Q_FLAGS,
  Q_ATTRS,
  Q_KIND,
  Q_EVENT,
  Q_HIT,
  Q_STAG,
  Q_READS_STE,
  Q_READS_S1,
  Q_EVENT_WORDS,
  FLAG_SSV,
  FLAG_WRITE,
  FLAG_INSTRUCTION,
  FLAG_PRIVILEGED,
  FLAG_ATOMIC,
  FLAG_SPECULATIVE,
  FLAG_TRANSLATED,
  KIND_TRANSACTION,
  SM_CONTEXT,
  SM_STREAM,
  SM_MICRO,
  SM_MAIN,
  STEP_BYPASS,
} from '../abi';
import { R_GBPA, GBPA_ABORT } from '../arch/registers';
import { EV_F_TRANSL_FORBIDDEN } from '../arch/events';
import { gbpaAttributes } from '../config/overrides';
import { contextGeneration } from '../tlb/context';
import { countTransaction } from '../walk/count';
import { silentAbort, translationForbidden } from '../walk/fault';
import { tracing, traceEnd } from '../walk/trace';
import { streamMemo } from './streams';
import * as M from '../walk/request';
import * as S from '../walk/states';

/** The access kind of a transaction as it comes: writes and read-modify-writes are data (§13.1.2). */
@inline
export function accessKind(flags: u32): u32 {
  if (flags & (FLAG_WRITE | FLAG_ATOMIC)) return FLAG_WRITE | (flags & FLAG_PRIVILEGED);
  return flags & (FLAG_INSTRUCTION | FLAG_PRIVILEGED);
}

export function begin(q: usize): u32 {
  const flags = load<u32>(q, Q_FLAGS);
  identify(q, flags);
  if (counting()) countTransaction(q);
  if (!smmuEnabled()) return globalBypass(q, flags);
  if (flags & FLAG_TRANSLATED) return translationForbidden(q, EV_F_TRANSL_FORBIDDEN);
  if (flags & FLAG_SPECULATIVE && load<u32>(q, M.M_ACCESS) & M.ACCESS_WRITE) return silentAbort(q);
  return load<u32>(q, Q_KIND) == KIND_TRANSACTION ? S.S_MICRO : S.S_LINK_DOWN;
}

/** Whose transaction it is and what it does; nothing has been found out yet. */
export function identify(q: usize, flags: u32): void {
  const substream = flags & FLAG_SSV ? (load<u32>(q, Q_SSID) & 0xfffff) | 0x80000000 : 0;
  store<u32>(q, substream, M.M_SUBSTREAM);
  const m = streamMemo(load<u32>(q, Q_SID), substream);
  store<u32>(q, load<u32>(m, SM_CONTEXT), M.M_CONTEXT);
  store<u32>(q, load<u32>(m, SM_STREAM), M.M_STREAM);
  store<u32>(q, load<u32>(m, SM_MICRO), M.M_MICRO);
  store<u32>(q, load<u32>(m, SM_MAIN), M.M_MAIN);
  store<u32>(q, contextGeneration(), M.M_CONTEXT_GEN);
  store<u32>(q, generation(), M.M_GENERATION);
  const access = accessKind(flags);
  store<u32>(q, access, M.M_RAW_ACCESS);
  store<u32>(q, access, M.M_ACCESS);
  store<u32>(q, load<u32>(q, Q_ATTRS), M.M_INPUT_ATTRS);
  store<u32>(q, 0, M.M_DENIED);
  store<u32>(q, 0, M.M_CONFIGURED);
  store<u32>(q, 0, M.M_AFTER_CONFIG);
  store<u32>(q, 0, M.M_RESTARTS);
  store<u32>(q, 0, M.M_FILL);
  store<u32>(q, 0, M.M_SKIPPED);
  store<u32>(q, 0, M.M_COUNTED);
  store<u32>(q, flags & FLAG_SPECULATIVE ? 1 : 0, M.M_DRY);
  clearResult(q);
}

/** Clears what the stages and the fault leave in the request. */
export function clearResult(q: usize): void {
  store<u64>(q, 0, Q_EVENT_WORDS);
  store<u32>(q, 0, Q_EVENT);
  store<u32>(q, 0, Q_HIT);
  store<u64>(q, 0, Q_STAG); // and Q_RECORDED
  store<u64>(q, 0, Q_READS_STE); // and Q_READS_CD
  store<u64>(q, 0, Q_READS_S1); // and Q_READS_S2
  store<u32>(q, 0, M.M_S1_SPAN);
  store<u32>(q, 0, M.M_S2_SPAN);
  store<u32>(q, 0xff, M.M_S1_PERM);
  store<u32>(q, 0xff, M.M_S2_PERM);
  store<u32>(q, 0, M.M_S1_ATTR);
  store<u32>(q, 0, M.M_S2_ATTR);
  store<u32>(q, 0, M.M_S1_FLAGS);
  store<u32>(q, 0, M.M_LEVELS);
  store<u32>(q, 0, M.M_ATTRS);
  store<u32>(q, 0, M.M_BYPASS);
  store<u32>(q, 0, M.M_TABLE_PA);
}

// SMMUEN = 0: GBPA decides, no table is read, a SubstreamID is no error (§3.11).
function globalBypass(q: usize, flags: u32): u32 {
  if (flags & FLAG_TRANSLATED) return translationForbidden(q, EV_F_TRANSL_FORBIDDEN);
  if (flags & FLAG_SPECULATIVE && load<u32>(q, M.M_ACCESS) & M.ACCESS_WRITE) return silentAbort(q);
  const gbpa = reg32(R_GBPA);
  if (bits32(gbpa, GBPA_ABORT)) return silentAbort(q);
  const va = load<u64>(q, Q_IOVA);
  if (va >> (<u64>oasBits())) return silentAbort(q);
  store<u32>(q, gbpaAttributes(load<u32>(q, Q_ATTRS), gbpa), M.M_INPUT_ATTRS);
  return bypass(q, va);
}

/** The transaction passes with its address; no stage has a say. */
export function bypass(q: usize, va: u64): u32 {
  store<u64>(q, va, M.M_S2_PA);
  store<u64>(q, va, M.M_IPA);
  store<u32>(q, 0xffff, M.M_ALLOWED);
  store<u32>(q, 1, M.M_BYPASS);
  store<u32>(q, oasBits(), M.M_S1_SPAN);
  if (tracing()) traceEnd(STEP_BYPASS, 0, va, va, 0);
  return S.S_FORWARD;
}
