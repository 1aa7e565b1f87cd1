// Prefetch: behind a translation, one more request for the page next to what the answer covers (MMU-600AE TRM: by two bits of
// the STE, one ahead, into the walk caches; gem5: the next page, into the TBU's main TLB). Nobody waits for it, and it records nothing.
import * as Cache from '../abi/cache';
import * as Entry from '../abi/entry';
import * as Flag from '../abi/flag';
import * as Header from '../abi/header';
import * as Request from '../abi/request';
import * as Timing from '../abi/timing';
import * as TimingCounters from '../abi/timing-counters';
import * as Config from '../request/config';
import * as Machine from '../request/machine';
import * as State from '../request/state';
import * as Ste from '../arch/ste';
import { base, region } from '../memory/base';
import { bits32, field, pow2 } from '../memory/bits';
import { copy16 } from '../memory/copy';
import { streamMix } from '../tlb/index-mix';
import { find } from '../tlb/lookup';
import { advance } from '../translate/machine';
import { tbuFillMain } from '../translate/tbu';
import { resultSpan } from '../walk/fill';
import { afterTcu } from './delay';
import { pageTaken } from './hazard';
import * as Pc from './pc';
import * as Process from './process';
import { tm } from './region';
import * as Scheduler from './scheduler';
import { leaveFlight } from './overtaken';
import { addTo } from './tally';
import { stayHere } from './wheel';

const PAGE: u64 = 4096;

/** Nothing is being prefetched. */
export function resetPrefetch(): void {
  const n = <i32>load<u32>(base, Header.PREFETCH_CAP);
  let free: usize = 0;
  for (let i = n - 1; i >= 0; i--) {
    const p = region(base + Header.PREFETCHES) + <usize>(i * Request.BYTES);
    store<u32>(p, <u32>free, Process.LINK);
    free = p;
  }
  store<u32>(tm, <u32>free, Scheduler.FREE_PREFETCH);
}

@inline
export function isPrefetch(q: usize): bool {
  return load<u32>(q, Request.KIND) != Request.KIND_TRANSACTION;
}

/** Prefetches go to the TBU, not only to the TCU's caches. */
@inline
export function intoTbu(): bool {
  return load<u32>(tm, Timing.PREFETCH_TBU) != 0;
}

// Which way the stream of q prefetches: STE[121:120], or all alike.
function direction(q: usize): u32 {
  const mode = load<u32>(tm, Timing.PREFETCH);
  if (mode != Timing.PREFETCH_STE) return mode;
  const pf = <u32>field(<usize>load<u32>(q, Machine.CFG) + Config.STE, Ste.PF);
  return pf == Ste.PF_FORWARD
    ? Timing.PREFETCH_FORWARD
    : pf == Ste.PF_BACKWARD
      ? Timing.PREFETCH_BACKWARD
      : Timing.PREFETCH_OFF;
}

/** q has its answer from the TCU. No prefetch follows a fault, a bypass, a speculative or an atomic one (MMU-600AE TRM). */
export function prefetchBehind(q: usize): void {
  if (translated(q)) prefetchNextTo(q, resultSpan(q), direction(q));
}

/** The TCU has translated q: neither fault nor bypass. */
export function translated(q: usize): bool {
  return load<u32>(q, Machine.STATE) == State.LINK_UP && !load<u32>(q, Machine.BYPASS);
}

/** q hit an entry of the main TLB, at `e`, that a prefetch made: the next one follows (gem5: wasPrefetched). */
export function prefetchOn(q: usize, e: usize): void {
  if (!(load<u32>(e, Entry.FLAGS) & Entry.FLAG_PREFETCHED)) return;
  const mode = load<u32>(tm, Timing.PREFETCH);
  // A hit knows no STE: with directions by stream the chain ends with the entry, and the next miss begins another.
  if (mode != Timing.PREFETCH_STE)
    prefetchNextTo(q, bits32(load<u32>(e, Entry.SPANS), Entry.SPANS_ENTRY), mode);
}

function prefetchNextTo(q: usize, span: u32, way: u32): void {
  // None behind a speculative or an atomic one (MMU-600AE TRM).
  if (way == Timing.PREFETCH_OFF || load<u32>(q, Request.FLAGS) & (Flag.SPECULATIVE | Flag.ATOMIC)) return;
  const page = pow2(span);
  const start = load<u64>(q, Request.IOVA) & ~(page - 1);
  const at = way == Timing.PREFETCH_FORWARD ? start + page : start - PAGE;
  if (way == Timing.PREFETCH_FORWARD ? at < start : at > start) return; // past an end of the address space
  const p = <usize>load<u32>(tm, Scheduler.FREE_PREFETCH);
  if (!p) {
    // More than there are blocks for are dropped: a limit of the model (gem5 has none).
    addTo(TimingCounters.PREFETCH_DROPPED, 1);
    return;
  }
  store<u32>(tm, load<u32>(p, Process.LINK), Scheduler.FREE_PREFETCH);
  copy16(p, q, Request.MACHINE);
  store<u64>(p, at, Request.IOVA);
  // Speculative: where a hardware update would be due it ends without one, and fills nothing.
  store<u32>(p, (load<u32>(q, Request.FLAGS) & ~Flag.WRITE) | Flag.SPECULATIVE, Request.FLAGS);
  store<u32>(p, Request.KIND_PREFETCH, Request.KIND);
  store<i32>(p, -1, Machine.STALL_SLOT);
  store<u32>(p, Process.HELD_ACTIVE, Process.HELD);
  store<u64>(p, 0, Process.SINCE);
  store<u32>(p, load<u32>(q, Process.TBU), Process.TBU);
  store<u32>(p, load<u32>(q, Machine.TIMED), Machine.TIMED);
  store<u32>(p, State.BEGIN, Machine.STATE);
  store<u32>(tm, load<u32>(tm, Scheduler.BACKGROUND) + 1, Scheduler.BACKGROUND);
  stayHere();
  afterTcu(p, 1, Pc.PREFETCH);
}

/** The state machine's first step for p; false: there is nothing to do, and it has ended. */
export function beginPrefetch(p: usize): bool {
  const going = advance(p, Pc.STOPS) == State.LINK_DOWN && !(intoTbu() && (inMainTlb(p) || pageTaken(p)));
  if (!going) {
    addTo(TimingCounters.PREFETCH_DROPPED, 1);
    leave(p);
    return false;
  }
  addTo(TimingCounters.PREFETCHES, 1);
  return true;
}

// The page stands in the main TLB already; one tagged by address space cannot be asked without a configuration.
function inMainTlb(p: usize): bool {
  const c = <usize>load<u32>(p, Machine.MAIN);
  if (!load<u32>(c, Cache.ENTRIES) || load<u32>(c, Cache.TAG_KIND) != Cache.TAG_STREAM) return false;
  const mix = <u64>streamMix(c, load<u32>(p, Request.SID), load<u32>(p, Machine.SUBSTREAM));
  return find(c, load<u64>(p, Request.IOVA), load<u32>(p, Machine.CONTEXT), 0, mix) >= 0;
}

/** The answer into the main TLB, marked (gem5: completePrefetch, entry.prefetched). */
export function fillPrefetched(p: usize): void {
  store<u32>(p, load<u32>(p, Machine.S1_FLAGS) | Entry.FLAG_PREFETCHED, Machine.S1_FLAGS);
  store<u32>(p, Machine.FILL_MAIN, Machine.FILL);
  tbuFillMain(p);
}

/** p is through, or failed. */
export function endPrefetch(p: usize): void {
  const reads =
    load<u32>(p, Request.READS_STE) +
    load<u32>(p, Request.READS_CD) +
    load<u32>(p, Request.READS_S1) +
    load<u32>(p, Request.READS_S2);
  addTo(TimingCounters.PREFETCH_READS, reads);
  leave(p);
}

function leave(p: usize): void {
  leaveFlight(p);
  store<u32>(p, load<u32>(tm, Scheduler.FREE_PREFETCH), Process.LINK);
  store<u32>(tm, <u32>p, Scheduler.FREE_PREFETCH);
  store<u32>(tm, load<u32>(tm, Scheduler.BACKGROUND) - 1, Scheduler.BACKGROUND);
}
