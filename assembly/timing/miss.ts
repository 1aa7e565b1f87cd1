// A transaction that its micro TLB did not answer: main TLB, the page hazard, and the link to the TCU and back (gem5:
// SMMUTranslationProcess; MMU-600AE TRM for what differs).
import * as Cache from '../abi/cache';
import * as HitPlace from '../abi/hit-place';
import * as Request from '../abi/request';
import * as Timing from '../abi/timing';
import * as Machine from '../request/machine';
import * as State from '../request/state';
import { advance } from '../translate/machine';
import { shareAnswer } from '../translate/tbu';
import { onAfterTbu, onAfterTcu, tbuOf } from './delay';
import { registerPage, sleepsOn } from './hazard';
import * as Pc from './pc';
import { place, step } from './place';
import { beginPrefetch, endPrefetch, intoTbu, isPrefetch, prefetchBehind, prefetchOn } from './prefetch';
import { tm } from './region';
import { release, take } from './semaphore';
import { endConfigWalk, endWalk, leaveTcu, takeTcuSlot } from './slots';
import * as Tbu from './tbu';

/** Into the main TLB (gem5: ifcTLBLookup). */
export function main(q: usize): u32 {
  if (!take(q, tbuOf(q) + Tbu.MAIN, Pc.MAIN)) return Pc.WAITS;
  return onAfterTbu(q, load<u32>(<usize>load<u32>(q, Machine.MAIN), Cache.LATENCY), Pc.MAIN_END);
}

/** It has answered; a prefetched page that is hit asks for the next (gem5: ifcTLBLookup, wasPrefetched). */
export function mainEnd(q: usize): u32 {
  release(tbuOf(q) + Tbu.MAIN);
  const pc = step(q);
  if (load<u32>(tm, Timing.PREFETCH) && intoTbu() && load<u32>(q, Request.HIT) == HitPlace.MAIN)
    prefetchOn(q, q + Machine.DENIED_IMAGE);
  return pc;
}

/** Another one may be asking for the page already (gem5: hazard4kCheck, hazard4kHold; MMU-600AE TRM: hazard check). */
export function hazard(q: usize): u32 {
  if (load<u32>(tm, Timing.HAZARD) != Timing.HAZARD_NONE && !registerPage(q, Pc.WOKEN)) return Pc.WAITS;
  return Pc.TCU_SLOT;
}

/** A page that q waited for has its answer: the main TLB is looked up again (gem5), or the answer is shared (MMU-600). */
export function woken(q: usize): u32 {
  if (sleepsOn(q, Pc.WOKEN)) return Pc.WAITS;
  store<u32>(q, State.MAIN, Machine.STATE);
  if (load<u32>(tm, Timing.HAZARD) != Timing.HAZARD_MERGE) return place(q, State.MAIN); // gem5: hazard4kHold, then ifcTLBLookup
  // Sharing an answer costs nothing: the TLBs of the TBU hold it now.
  store<u32>(q, State.MICRO, Machine.STATE);
  shareAnswer(q);
  return place(q, advance(q, Pc.STOPS & ~Pc.TBU_LOOKUPS));
}

/** A translation slot of the TCU (gem5: xlate_slots; MMU-600: TCUCFG_XLATE_SLOTS), held until the answer is back. */
export function tcuSlot(q: usize): u32 {
  return takeTcuSlot(q, Pc.TCU_SLOT) ? Pc.DOWN : Pc.WAITS;
}

/** Onto the link to the TCU, which takes a transaction a cycle (gem5: ifc_smmu_lat; Agilex 5: TBU miss to TCU request). */
export function down(q: usize): u32 {
  if (!take(q, tbuOf(q) + Tbu.DOWN, Pc.DOWN)) return Pc.WAITS;
  return onAfterTbu(q, 1, Pc.DOWN_SENT);
}

export function downSent(q: usize): u32 {
  release(tbuOf(q) + Tbu.DOWN);
  const latency = load<u32>(tm, Timing.LINK_DOWN);
  return latency > 1 ? onAfterTbu(q, latency - 1, Pc.ARRIVED) : Pc.ARRIVED;
}

/** Behind the link: what the TCU needs before it looks anything up (Agilex 5: TCU miss to first read, less the look-ups; gem5: none). */
export function arrived(q: usize): u32 {
  const front = load<u32>(tm, Timing.TCU_FRONT);
  return front ? onAfterTcu(q, front, Pc.STEP) : Pc.STEP;
}

/** Onto the link back (gem5: smmu_ifc_lat); a prefetch for the TCU's caches alone ends here (MMU-600AE TRM: never into the TBU). */
export function up(q: usize): u32 {
  endConfigWalk(q);
  endWalk(q);
  if (isPrefetch(q) && !intoTbu()) {
    leaveTcu(q);
    endPrefetch(q);
    return Pc.WAITS;
  }
  if (!take(q, tbuOf(q) + Tbu.UP, Pc.UP)) return Pc.WAITS;
  return onAfterTcu(q, 1, Pc.UP_SENT);
}

export function upSent(q: usize): u32 {
  release(tbuOf(q) + Tbu.UP);
  const latency = load<u32>(tm, Timing.LINK_UP);
  return latency > 1 ? onAfterTcu(q, latency - 1, Pc.UP_END) : Pc.UP_END;
}

/** The answer is back at the TBU: a prefetch behind it sets out (gem5: issuePrefetch; MMU-600AE TRM: once the original completes). */
export function upEnd(q: usize): u32 {
  leaveTcu(q);
  if (isPrefetch(q)) return Pc.PREFETCH_FILL;
  if (load<u32>(tm, Timing.PREFETCH)) prefetchBehind(q);
  const at = load<u32>(q, Machine.STATE);
  return at == State.LINK_UP ? step(q) : place(q, at);
}

/** A prefetch sets out: from its TBU (gem5: issuePrefetch), or in the TCU itself (MMU-600AE TRM). */
export function prefetch(q: usize): u32 {
  if (!beginPrefetch(q)) return Pc.WAITS;
  if (!intoTbu()) return Pc.PREFETCH_SLOT;
  if (load<u32>(tm, Timing.HAZARD) != Timing.HAZARD_NONE) registerPage(q, Pc.WOKEN);
  return Pc.TCU_SLOT;
}

/** Behind the link: the TCU makes the request itself. */
export function prefetchSlot(q: usize): u32 {
  return takeTcuSlot(q, Pc.PREFETCH_SLOT) ? Pc.STEP : Pc.WAITS;
}
