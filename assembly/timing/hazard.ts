// Pages that a TBU is fetching already, and the order in which a requester's transactions leave. Sleeping for a page is gem5's
// (SMMUTranslationProcess: hazard4kHold, hazard4kRelease), sharing its answer MMU-600's and MMU-700's hazard check; the order is
// gem5's hazardIdHold and AXI's, one for each ID and direction.
import * as Request from '../abi/request';
import * as Timing from '../abi/timing';
import * as TimingCounters from '../abi/timing-counters';
import * as Machine from '../request/machine';
import * as Process from './process';
import { tm } from './region';
import * as Scheduler from './scheduler';
import * as Tbu from './tbu';
import { waited } from './semaphore';
import { schedule } from './wheel';
import { addTo } from './tally';

// gem5 compares pages of 4 KiB and no StreamID (hazard4kCheck); MMU-600's check is for the same translation.
function samePage(a: usize, b: usize): bool {
  if (load<u64>(a, Request.IOVA) >> 12 != load<u64>(b, Request.IOVA) >> 12) return false;
  if (!load<u32>(tm, Timing.HAZARD_STREAM)) return true;
  return (
    load<u32>(a, Request.SID) == load<u32>(b, Request.SID) &&
    load<u32>(a, Machine.SUBSTREAM) == load<u32>(b, Machine.SUBSTREAM)
  );
}

/** Another one of the TBU has q's page registered (gem5: hazard4kCheck). */
export function pageTaken(q: usize): bool {
  const tbu = <usize>load<u32>(q, Process.TBU);
  for (
    let other = <usize>load<u32>(tbu, Tbu.PAGES);
    other;
    other = <usize>load<u32>(other, Process.PAGE_LINK)
  ) {
    if (samePage(q, other)) return true;
  }
  return false;
}

/** True when another has q's page: q sleeps and goes on at `pc` (gem5: hazard4kHold). */
export function sleepsOn(q: usize, pc: u32): bool {
  const tbu = <usize>load<u32>(q, Process.TBU);
  for (
    let other = <usize>load<u32>(tbu, Tbu.PAGES);
    other;
    other = <usize>load<u32>(other, Process.PAGE_LINK)
  ) {
    if (!samePage(q, other)) continue;
    store<u32>(q, pc, Process.PC);
    store<u32>(q, 0, Process.LINK);
    const last = <usize>load<u32>(tbu, Tbu.SLEEPERS_END);
    if (last) store<u32>(last, <u32>q, Process.LINK);
    else store<u32>(tbu, <u32>q, Tbu.SLEEPERS);
    store<u32>(tbu, <u32>q, Tbu.SLEEPERS_END);
    store<u64>(q, load<u64>(tm, Scheduler.NOW) + 1, Process.SINCE);
    return true;
  }
  return false;
}

/** Registers q's page with its TBU (gem5: hazard4kRegister); false: another has it, q sleeps and goes on at `pc`. */
export function registerPage(q: usize, pc: u32): bool {
  if (sleepsOn(q, pc)) return false;
  const tbu = <usize>load<u32>(q, Process.TBU);
  store<u32>(q, load<u32>(tbu, Tbu.PAGES), Process.PAGE_LINK);
  store<u32>(tbu, <u32>q, Tbu.PAGES);
  store<u32>(q, load<u32>(q, Process.HELD) | Process.HELD_PAGE, Process.HELD);
  return true;
}

/** q's page has its answer: those that sleep for it, or all of the TBU (gem5), wake in the same tick. */
export function releasePage(q: usize): void {
  if (!(load<u32>(q, Process.HELD) & Process.HELD_PAGE)) return;
  store<u32>(q, load<u32>(q, Process.HELD) & ~Process.HELD_PAGE, Process.HELD);
  const tbu = <usize>load<u32>(q, Process.TBU);
  let at = tbu + Tbu.PAGES;
  while (load<u32>(at) != <u32>q) at = <usize>load<u32>(at) + Process.PAGE_LINK;
  store<u32>(at, load<u32>(q, Process.PAGE_LINK));
  const any = load<u32>(tm, Timing.HAZARD_ANY) != 0;
  let sleeper = <usize>load<u32>(tbu, Tbu.SLEEPERS);
  store<u64>(tbu, 0, Tbu.SLEEPERS); // and Tbu.SLEEPERS_END
  while (sleeper) {
    const next = <usize>load<u32>(sleeper, Process.LINK);
    if (any || samePage(q, sleeper)) {
      addTo(TimingCounters.STALL_HAZARD, waited(sleeper));
      schedule(load<u64>(tm, Scheduler.NOW), load<u32>(sleeper, Process.PC), <u32>sleeper);
    } else {
      store<u32>(sleeper, 0, Process.LINK);
      const last = <usize>load<u32>(tbu, Tbu.SLEEPERS_END);
      if (last) store<u32>(last, <u32>sleeper, Process.LINK);
      else store<u32>(tbu, <u32>sleeper, Tbu.SLEEPERS);
      store<u32>(tbu, <u32>sleeper, Tbu.SLEEPERS_END);
    }
    sleeper = next;
  }
}

// One order for each requester, direction and TBU: its last request stands in a list of those that share a place.
@inline
function orderPlace(q: usize): usize {
  const key = load<u32>(q, Request.REQUESTER) ^ (load<u32>(q, Process.ORDER_KEY) << 16);
  return tm + Scheduler.ORDER + ((<usize>((key * 0x9e3779b1) >> (32 - Scheduler.ORDER_LOG2))) << 2);
}

/** q joins the order of its requester, direction and TBU (gem5: hazardIdRegister; AXI: same ID). */
export function joinOrder(q: usize): void {
  store<u32>(q, 0, Process.AFTER);
  store<u32>(q, 0, Process.BEFORE);
  if (!load<u32>(tm, Timing.ORDERED)) return; // as if each had an ID of its own (AXI)
  const requester = load<u32>(q, Request.REQUESTER);
  const key = load<u32>(q, Process.ORDER_KEY);
  let at = orderPlace(q);
  let before = <usize>load<u32>(at);
  while (before) {
    if (load<u32>(before, Request.REQUESTER) == requester && load<u32>(before, Process.ORDER_KEY) == key) {
      store<u32>(q, <u32>before, Process.BEFORE);
      store<u32>(before, <u32>q, Process.AFTER);
      store<u32>(q, load<u32>(before, Process.ORDER_LINK), Process.ORDER_LINK);
      store<u32>(at, <u32>q);
      return;
    }
    at = before + Process.ORDER_LINK;
    before = <usize>load<u32>(at);
  }
  store<u32>(q, 0, Process.ORDER_LINK);
  store<u32>(at, <u32>q);
}

/** True when q may leave; else it waits for the one before it and goes on at `pc` (gem5: hazardIdHold). */
export function mayLeave(q: usize, pc: u32): bool {
  if (!load<u32>(q, Process.BEFORE)) return true;
  store<u32>(q, pc, Process.PC);
  store<u32>(q, load<u32>(q, Process.HELD) | Process.HELD_WAITS, Process.HELD);
  store<u64>(q, load<u64>(tm, Scheduler.NOW) + 1, Process.SINCE);
  return false;
}

/** q has passed the ordering point: the next of its requester may (gem5: hazardIdRelease). */
export function leaveOrder(q: usize): void {
  if (!load<u32>(tm, Timing.ORDERED)) return;
  const after = <usize>load<u32>(q, Process.AFTER);
  if (!after) {
    let at = orderPlace(q);
    while (load<u32>(at) != <u32>q) at = <usize>load<u32>(at) + Process.ORDER_LINK;
    store<u32>(at, load<u32>(q, Process.ORDER_LINK));
    return;
  }
  store<u32>(q, 0, Process.AFTER);
  store<u32>(after, 0, Process.BEFORE);
  const held = load<u32>(after, Process.HELD);
  if (!(held & Process.HELD_WAITS)) return;
  store<u32>(after, held & ~Process.HELD_WAITS, Process.HELD);
  addTo(TimingCounters.STALL_ORDER, waited(after));
  schedule(load<u64>(tm, Scheduler.NOW), load<u32>(after, Process.PC), <u32>after);
}
