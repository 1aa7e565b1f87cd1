// Pages that a TBU is fetching already, and the order in which a requester's transactions leave. Sleeping for a page is gem5's
// (SMMUTranslationProcess: hazard4kHold, hazard4kRelease), sharing its answer MMU-600's and MMU-700's hazard check; the order is
// gem5's hazardIdHold and AXI's, one for each ID and direction.
import * as Request from '../abi/request';
import * as Timing from '../abi/timing';
import * as TimingCounters from '../abi/timing-counters';
import * as Machine from '../request/machine';
import {
  tm,
  T_NOW,
  ORDER,
  ORDER_LOG2,
  B_PAGES,
  B_SLEEPERS,
  B_SLEEPERS_END,
  P_PC,
  P_LINK,
  P_TBU,
  P_PAGE_LINK,
  P_HELD,
  P_SINCE,
  P_BEFORE,
  P_AFTER,
  P_ORDER_KEY,
  P_ORDER_LINK,
  HELD_PAGE,
  HELD_WAITS,
} from './layout';
import { waited } from './semaphore';
import { schedule } from './wheel';
import { addTo } from './tally';

function samePage(a: usize, b: usize): bool {
  if (load<u64>(a, Request.IOVA) >> 12 != load<u64>(b, Request.IOVA) >> 12) return false;
  if (!load<u32>(tm, Timing.HAZARD_STREAM)) return true;
  return (
    load<u32>(a, Request.SID) == load<u32>(b, Request.SID) &&
    load<u32>(a, Machine.SUBSTREAM) == load<u32>(b, Machine.SUBSTREAM)
  );
}

/** Another one of the TBU has q's page registered. */
export function pageTaken(q: usize): bool {
  const tbu = <usize>load<u32>(q, P_TBU);
  for (let other = <usize>load<u32>(tbu, B_PAGES); other; other = <usize>load<u32>(other, P_PAGE_LINK)) {
    if (samePage(q, other)) return true;
  }
  return false;
}

/** True when another has q's page: q sleeps and goes on at `pc`. */
export function sleepsOn(q: usize, pc: u32): bool {
  const tbu = <usize>load<u32>(q, P_TBU);
  for (let other = <usize>load<u32>(tbu, B_PAGES); other; other = <usize>load<u32>(other, P_PAGE_LINK)) {
    if (!samePage(q, other)) continue;
    store<u32>(q, pc, P_PC);
    store<u32>(q, 0, P_LINK);
    const last = <usize>load<u32>(tbu, B_SLEEPERS_END);
    if (last) store<u32>(last, <u32>q, P_LINK);
    else store<u32>(tbu, <u32>q, B_SLEEPERS);
    store<u32>(tbu, <u32>q, B_SLEEPERS_END);
    store<u64>(q, load<u64>(tm, T_NOW) + 1, P_SINCE);
    return true;
  }
  return false;
}

/** Registers q's page with its TBU; false: another has it, q sleeps and goes on at `pc`. */
export function registerPage(q: usize, pc: u32): bool {
  if (sleepsOn(q, pc)) return false;
  const tbu = <usize>load<u32>(q, P_TBU);
  store<u32>(q, load<u32>(tbu, B_PAGES), P_PAGE_LINK);
  store<u32>(tbu, <u32>q, B_PAGES);
  store<u32>(q, load<u32>(q, P_HELD) | HELD_PAGE, P_HELD);
  return true;
}

/** q's page has its answer: those that sleep for it, or all of the TBU (gem5), wake in the same tick. */
export function releasePage(q: usize): void {
  if (!(load<u32>(q, P_HELD) & HELD_PAGE)) return;
  store<u32>(q, load<u32>(q, P_HELD) & ~HELD_PAGE, P_HELD);
  const tbu = <usize>load<u32>(q, P_TBU);
  let at = tbu + B_PAGES;
  while (load<u32>(at) != <u32>q) at = <usize>load<u32>(at) + P_PAGE_LINK;
  store<u32>(at, load<u32>(q, P_PAGE_LINK));
  const any = load<u32>(tm, Timing.HAZARD_ANY) != 0;
  let sleeper = <usize>load<u32>(tbu, B_SLEEPERS);
  store<u64>(tbu, 0, B_SLEEPERS); // and B_SLEEPERS_END
  while (sleeper) {
    const next = <usize>load<u32>(sleeper, P_LINK);
    if (any || samePage(q, sleeper)) {
      addTo(TimingCounters.STALL_HAZARD, waited(sleeper));
      schedule(load<u64>(tm, T_NOW), load<u32>(sleeper, P_PC), <u32>sleeper);
    } else {
      store<u32>(sleeper, 0, P_LINK);
      const last = <usize>load<u32>(tbu, B_SLEEPERS_END);
      if (last) store<u32>(last, <u32>sleeper, P_LINK);
      else store<u32>(tbu, <u32>sleeper, B_SLEEPERS);
      store<u32>(tbu, <u32>sleeper, B_SLEEPERS_END);
    }
    sleeper = next;
  }
}

// One order for each requester, direction and TBU: its last request stands in a list of those that share a place.
@inline
function orderPlace(q: usize): usize {
  const key = load<u32>(q, Request.REQUESTER) ^ (load<u32>(q, P_ORDER_KEY) << 16);
  return tm + ORDER + ((<usize>((key * 0x9e3779b1) >> (32 - ORDER_LOG2))) << 2);
}

/** q joins the order of its requester, direction and TBU. */
export function joinOrder(q: usize): void {
  store<u32>(q, 0, P_AFTER);
  store<u32>(q, 0, P_BEFORE);
  if (!load<u32>(tm, Timing.ORDERED)) return;
  const requester = load<u32>(q, Request.REQUESTER);
  const key = load<u32>(q, P_ORDER_KEY);
  let at = orderPlace(q);
  let before = <usize>load<u32>(at);
  while (before) {
    if (load<u32>(before, Request.REQUESTER) == requester && load<u32>(before, P_ORDER_KEY) == key) {
      store<u32>(q, <u32>before, P_BEFORE);
      store<u32>(before, <u32>q, P_AFTER);
      store<u32>(q, load<u32>(before, P_ORDER_LINK), P_ORDER_LINK);
      store<u32>(at, <u32>q);
      return;
    }
    at = before + P_ORDER_LINK;
    before = <usize>load<u32>(at);
  }
  store<u32>(q, 0, P_ORDER_LINK);
  store<u32>(at, <u32>q);
}

/** True when q may leave; else it waits for the one before it and goes on at `pc`. */
export function mayLeave(q: usize, pc: u32): bool {
  if (!load<u32>(q, P_BEFORE)) return true;
  store<u32>(q, pc, P_PC);
  store<u32>(q, load<u32>(q, P_HELD) | HELD_WAITS, P_HELD);
  store<u64>(q, load<u64>(tm, T_NOW) + 1, P_SINCE);
  return false;
}

/** q has passed the ordering point: the next of its requester may. */
export function leaveOrder(q: usize): void {
  if (!load<u32>(tm, Timing.ORDERED)) return;
  const after = <usize>load<u32>(q, P_AFTER);
  if (!after) {
    let at = orderPlace(q);
    while (load<u32>(at) != <u32>q) at = <usize>load<u32>(at) + P_ORDER_LINK;
    store<u32>(at, load<u32>(q, P_ORDER_LINK));
    return;
  }
  store<u32>(q, 0, P_AFTER);
  store<u32>(after, 0, P_BEFORE);
  const held = load<u32>(after, P_HELD);
  if (!(held & HELD_WAITS)) return;
  store<u32>(after, held & ~HELD_WAITS, P_HELD);
  addTo(TimingCounters.STALL_ORDER, waited(after));
  schedule(load<u64>(tm, T_NOW), load<u32>(after, P_PC), <u32>after);
}
