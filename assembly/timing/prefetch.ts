// Prefetch: behind a translation, one more request for the page next to what the answer covers (MMU-600AE TRM: by two bits of
// the STE, one ahead, into the walk caches; gem5: the next page, into the TBU's main TLB). Nobody waits for it, and it records nothing.
import {
  C_ENTRIES,
  C_TAG_KIND,
  EF_PREFETCHED,
  E_PA,
  E_SPANS,
  FLAG_ATOMIC,
  FLAG_SPECULATIVE,
  FLAG_WRITE,
  H_PREFETCHES,
  H_PREFETCH_CAP,
  KIND_PREFETCH,
  KIND_TRANSACTION,
  PREFETCH_BACKWARD,
  PREFETCH_FORWARD,
  PREFETCH_OFF,
  PREFETCH_STE,
  Q_FLAGS,
  Q_IOVA,
  Q_KIND,
  Q_MACHINE,
  Q_READS_CD,
  Q_READS_S1,
  Q_READS_S2,
  Q_READS_STE,
  Q_SID,
  REQUEST_BYTES,
  TAG_STREAM,
  TM_PREFETCH,
  TM_PREFETCH_TBU,
  TS_PREFETCHES,
  TS_PREFETCH_DROPPED,
  TS_PREFETCH_READS,
} from '../abi';
import { STE_PF, STE_PF_BACKWARD, STE_PF_FORWARD } from '../arch/ste';
import { base, region } from '../memory/base';
import { field, pow2 } from '../memory/bits';
import { copy16 } from '../memory/copy';
import { CF_STE } from '../tlb/config-fields';
import { find } from '../tlb/lookup';
import { advance } from '../translate/machine';
import { streamMix, tbuFillMain } from '../translate/tbu';
import { resultSpan } from '../walk/fill';
import { afterTcu } from './delay';
import { pageTaken } from './hazard';
import { P_HELD, P_LINK, P_SINCE, P_TBU, T_BACKGROUND, T_FREE_PREFETCH, tm } from './layout';
import { PC_PREFETCH, STOPS } from './program';
import { addTo } from './tally';
import * as M from '../walk/request';
import * as S from '../walk/states';

const PAGE: u64 = 4096;

/** Nothing is being prefetched. */
export function resetPrefetch(): void {
  const n = <i32>load<u32>(base, H_PREFETCH_CAP);
  let free: usize = 0;
  for (let i = n - 1; i >= 0; i--) {
    const p = region(base + H_PREFETCHES) + <usize>(i * REQUEST_BYTES);
    store<u32>(p, <u32>free, P_LINK);
    free = p;
  }
  store<u32>(tm, <u32>free, T_FREE_PREFETCH);
}

@inline
export function isPrefetch(q: usize): bool {
  return load<u32>(q, Q_KIND) != KIND_TRANSACTION;
}

/** Prefetches go to the TBU, not only to the TCU's caches. */
@inline
export function intoTbu(): bool {
  return load<u32>(tm, TM_PREFETCH_TBU) != 0;
}

// Which way the stream of q prefetches: STE[121:120], or all alike.
function direction(q: usize): u32 {
  const mode = load<u32>(tm, TM_PREFETCH);
  if (mode != PREFETCH_STE) return mode;
  const pf = <u32>field(<usize>load<u32>(q, M.M_CFG) + CF_STE, STE_PF);
  return pf == STE_PF_FORWARD ? PREFETCH_FORWARD : pf == STE_PF_BACKWARD ? PREFETCH_BACKWARD : PREFETCH_OFF;
}

/** q has its answer from the TCU. No prefetch follows a fault, a bypass, a speculative or an atomic one (MMU-600AE TRM). */
export function prefetchBehind(q: usize): void {
  if (translated(q)) prefetchNextTo(q, resultSpan(q), direction(q));
}

/** The TCU has translated q: neither fault nor bypass. */
export function translated(q: usize): bool {
  return load<u32>(q, M.M_STATE) == S.S_LINK_UP && !load<u32>(q, M.M_BYPASS);
}

/** q hit an entry of the main TLB, at `e`, that a prefetch made: the next one follows (gem5: wasPrefetched). */
export function prefetchOn(q: usize, e: usize): void {
  if (!(load<u64>(e, E_PA) & EF_PREFETCHED)) return;
  const mode = load<u32>(tm, TM_PREFETCH);
  // A hit knows no STE: with directions by stream the chain ends with the entry, and the next miss begins another.
  if (mode != PREFETCH_STE) prefetchNextTo(q, load<u32>(e, E_SPANS) & 0xff, mode);
}

function prefetchNextTo(q: usize, span: u32, way: u32): void {
  if (way == PREFETCH_OFF || load<u32>(q, Q_FLAGS) & (FLAG_SPECULATIVE | FLAG_ATOMIC)) return;
  const page = pow2(span);
  const start = load<u64>(q, Q_IOVA) & ~(page - 1);
  const at = way == PREFETCH_FORWARD ? start + page : start - PAGE;
  if (way == PREFETCH_FORWARD ? at < start : at > start) return; // past an end of the address space
  const p = <usize>load<u32>(tm, T_FREE_PREFETCH);
  if (!p) {
    addTo(TS_PREFETCH_DROPPED, 1);
    return;
  }
  store<u32>(tm, load<u32>(p, P_LINK), T_FREE_PREFETCH);
  copy16(p, q, Q_MACHINE);
  store<u64>(p, at, Q_IOVA);
  // Speculative: where a hardware update would be due it ends without one, and fills nothing.
  store<u32>(p, (load<u32>(q, Q_FLAGS) & ~FLAG_WRITE) | FLAG_SPECULATIVE, Q_FLAGS);
  store<u32>(p, KIND_PREFETCH, Q_KIND);
  store<i32>(p, -1, M.M_STALL_SLOT);
  store<u32>(p, 0, P_HELD);
  store<u64>(p, 0, P_SINCE);
  store<u32>(p, load<u32>(q, P_TBU), P_TBU);
  store<u32>(p, load<u32>(q, M.M_TIMED), M.M_TIMED);
  store<u32>(p, S.S_BEGIN, M.M_STATE);
  store<u32>(tm, load<u32>(tm, T_BACKGROUND) + 1, T_BACKGROUND);
  afterTcu(p, 1, PC_PREFETCH);
}

/** The state machine's first step for p; false: there is nothing to do, and it has ended. */
export function beginPrefetch(p: usize): bool {
  const going = advance(p, STOPS) == S.S_LINK_DOWN && !(intoTbu() && (inMainTlb(p) || pageTaken(p)));
  if (!going) {
    addTo(TS_PREFETCH_DROPPED, 1);
    leave(p);
    return false;
  }
  addTo(TS_PREFETCHES, 1);
  return true;
}

// The page stands in the main TLB already; one tagged by address space cannot be asked without a configuration.
function inMainTlb(p: usize): bool {
  const c = <usize>load<u32>(p, M.M_MAIN);
  if (!load<u32>(c, C_ENTRIES) || load<u32>(c, C_TAG_KIND) != TAG_STREAM) return false;
  const mix = <u64>streamMix(load<u32>(p, Q_SID), load<u32>(p, M.M_SUBSTREAM));
  return find(c, load<u64>(p, Q_IOVA), load<u32>(p, M.M_CONTEXT), 0, mix) >= 0;
}

/** The answer into the main TLB, marked. */
export function fillPrefetched(p: usize): void {
  store<u32>(p, load<u32>(p, M.M_S1_FLAGS) | EF_PREFETCHED, M.M_S1_FLAGS);
  store<u32>(p, M.FILL_MAIN, M.M_FILL);
  tbuFillMain(p);
}

/** p is through, or failed. */
export function endPrefetch(p: usize): void {
  const reads =
    load<u32>(p, Q_READS_STE) +
    load<u32>(p, Q_READS_CD) +
    load<u32>(p, Q_READS_S1) +
    load<u32>(p, Q_READS_S2);
  addTo(TS_PREFETCH_READS, reads);
  leave(p);
}

function leave(p: usize): void {
  store<u32>(p, load<u32>(tm, T_FREE_PREFETCH), P_LINK);
  store<u32>(tm, <u32>p, T_FREE_PREFETCH);
  store<u32>(tm, load<u32>(tm, T_BACKGROUND) - 1, T_BACKGROUND);
}
