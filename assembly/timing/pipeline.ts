// The pipeline as a program for each transaction: which port or slot a step of translate/machine needs, for how long, and what
// follows. An event resumes a request at its program counter; it goes on until it has to wait for time or for a token. The order of
// stages is gem5's SMMUTranslationProcess; docs/timing.md names the source of each.
import * as Cache from '../abi/cache';
import * as CacheIndex from '../abi/cache-index';
import * as Flag from '../abi/flag';
import * as HitPlace from '../abi/hit-place';
import * as Request from '../abi/request';
import * as Timing from '../abi/timing';
import * as TimingCounters from '../abi/timing-counters';
import * as Machine from '../request/machine';
import * as State from '../request/state';
import { EVT_BYTES } from '../arch/events';
import { R_CR0ACK, CR0_EVENTQEN } from '../arch/registers';
import { cacheAt } from '../memory/base';
import { regField } from '../state/regs';
import { advance, fillAnswer } from '../translate/machine';
import { tbuFillMain } from '../translate/tbu';
import { stage1Fill } from '../walk/stage1';
import { freeSlot } from './accept';
import { afterTbu, afterTcu, beats, held, hold, tbuOf } from './delay';
import { finish } from './finish';
import { registerPage, sleepsOn, releasePage, mayLeave, leaveOrder } from './hazard';
import {
  tm,
  T_NOW,
  SEM_CONFIG,
  SEM_TCU_TLB,
  SEM_IPA,
  SEM_PROBE,
  SEM_WALK,
  SEM_STEP,
  SEM_MEMORY,
  B_MICRO,
  B_MAIN,
  B_DOWN,
  B_UP,
  HELD_WALK,
  HELD_S1_STARTED,
  HELD_S2_STARTED,
} from './layout';
import { place, probeLatency, step } from './place';
import {
  beginPrefetch,
  endPrefetch,
  fillPrefetched,
  intoTbu,
  isPrefetch,
  prefetchBehind,
  prefetchOn,
  translated,
} from './prefetch';
import {
  PC_ARRIVED,
  PC_BYPASS,
  PC_CONFIG,
  PC_CONFIG_END,
  PC_DOWN,
  PC_DOWN_SENT,
  PC_EVALUATE,
  PC_EVALUATE_END,
  PC_EVENT,
  PC_EVENT_SENT,
  PC_FAULT_END,
  PC_FAULT_ORDER,
  PC_FILL_CONFIG,
  PC_FILL_IPA,
  PC_FILL_MAIN,
  PC_FILL_MICRO,
  PC_FILL_TABLE,
  PC_FILL_TCU,
  PC_FILL_WALK,
  PC_FORWARD,
  PC_FORWARD_END,
  PC_HAZARD,
  PC_IPA,
  PC_IPA_END,
  PC_MAIN,
  PC_MAIN_END,
  PC_MICRO,
  PC_MICRO_END,
  PC_ORDER,
  PC_PORT,
  PC_PORT_END,
  PC_PROBE,
  PC_PROBE_END,
  PC_READ,
  PC_READ_ISSUED,
  PC_START,
  PC_START_END,
  PC_STEP,
  PC_TCU_SLOT,
  PC_TCU_TLB,
  PC_TCU_TLB_END,
  PC_UP,
  PC_UP_END,
  PC_UP_SENT,
  PC_WALK,
  PC_WOKEN,
  STOPS,
  TBU_LOOKUPS,
  PC_PREFETCH,
  PC_PREFETCH_FILL,
  PC_PREFETCH_SLOT,
  PC_CONFIG_WALK,
} from './program';
import { evaluate, evaluateEnd, read, readIssued, stepEnd } from './reads';
import { acquire, release, waited } from './semaphore';
import { endWalk, leaveTcu, takeConfigSlot, takeTcuSlot, takeWalkSlot, endConfigWalk } from './slots';
import { WAITS, forward, forwardEnd, micro, microEnd, order, port, portEnd, respondAt } from './stages';
import { addTo, noteWalks } from './tally';

/** A transaction has been accepted: it enters the TBU's port. */
export function enter(q: usize): void {
  store<u32>(q, State.BEGIN, Machine.STATE);
  store<u32>(q, load<u32>(tm, Timing.PARALLEL) ? 2 : 1, Machine.TIMED);
  port(q);
}

@inline
function latencyOf(cache: i32): u32 {
  return load<u32>(cacheAt(cache), Cache.LATENCY);
}

/** An event for q. */
export function resume(q: usize, pc: u32): void {
  while (true) {
    switch (pc) {
      case PC_PORT:
        port(q);
        return;
      case PC_PORT_END:
        pc = portEnd(q);
        if (pc == WAITS) return;
        break;
      case PC_MICRO:
        micro(q);
        return;
      case PC_MICRO_END:
        pc = microEnd(q);
        if (pc == WAITS) return;
        break;
      case PC_MAIN:
        if (!acquire(q, tbuOf(q) + B_MAIN, PC_MAIN)) return;
        waited(q);
        afterTbu(q, load<u32>(<usize>load<u32>(q, Machine.MAIN), Cache.LATENCY), PC_MAIN_END);
        return;
      case PC_MAIN_END:
        release(tbuOf(q) + B_MAIN);
        pc = step(q);
        if (load<u32>(tm, Timing.PREFETCH) && intoTbu() && load<u32>(q, Request.HIT) == HitPlace.MAIN)
          prefetchOn(q, q + Machine.DENIED_IMAGE);
        break;
      case PC_HAZARD:
        if (load<u32>(tm, Timing.HAZARD) != Timing.HAZARD_NONE && !registerPage(q, PC_WOKEN)) return;
        pc = PC_TCU_SLOT;
        break;
      case PC_WOKEN:
        if (sleepsOn(q, PC_WOKEN)) return;
        pc = woken(q);
        break;
      case PC_TCU_SLOT:
        if (!takeTcuSlot(q, PC_TCU_SLOT)) return;
        pc = PC_DOWN;
        break;
      case PC_DOWN:
        if (!acquire(q, tbuOf(q) + B_DOWN, PC_DOWN)) return;
        waited(q);
        afterTbu(q, 1, PC_DOWN_SENT);
        return;
      case PC_DOWN_SENT: {
        release(tbuOf(q) + B_DOWN);
        const rest = load<u32>(tm, Timing.LINK_DOWN);
        if (rest > 1) {
          afterTbu(q, rest - 1, PC_ARRIVED);
          return;
        }
        pc = PC_ARRIVED;
        break;
      }
      case PC_ARRIVED: {
        const front = load<u32>(tm, Timing.TCU_FRONT);
        if (front) {
          afterTcu(q, front, PC_STEP);
          return;
        }
        pc = PC_STEP;
        break;
      }
      case PC_STEP:
        pc = stepEnd(q);
        if (pc == WAITS) return;
        break;
      case PC_CONFIG:
        if (!acquire(q, tm + SEM_CONFIG, PC_CONFIG)) return;
        waited(q);
        afterTcu(q, latencyOf(CacheIndex.CONFIG), PC_CONFIG_END);
        return;
      case PC_CONFIG_END:
        release(tm + SEM_CONFIG);
        pc = step(q);
        break;
      case PC_START:
        if (!acquire(q, tm + SEM_STEP, PC_START)) return;
        waited(q);
        afterTcu(q, load<u32>(tm, Timing.WALK_START), PC_START_END);
        return;
      case PC_START_END:
        release(tm + SEM_STEP);
        hold(q, load<u32>(q, Machine.STATE) == State.S1_READ ? HELD_S1_STARTED : HELD_S2_STARTED);
        pc = PC_READ;
        break;
      case PC_READ:
        read(q);
        return;
      case PC_READ_ISSUED:
        readIssued(q);
        return;
      case PC_EVALUATE:
        evaluate(q);
        return;
      case PC_EVALUATE_END:
        pc = evaluateEnd(q);
        if (pc == WAITS) return;
        break;
      case PC_TCU_TLB:
        if (!acquire(q, tm + SEM_TCU_TLB, PC_TCU_TLB)) return;
        waited(q);
        afterTcu(q, latencyOf(CacheIndex.TCU), PC_TCU_TLB_END);
        return;
      case PC_TCU_TLB_END:
        release(tm + SEM_TCU_TLB);
        pc = step(q);
        break;
      case PC_WALK:
        if (!takeWalkSlot(q, PC_WALK)) return;
        hold(q, HELD_WALK);
        noteWalks(1);
        pc = step(q);
        break;
      case PC_PROBE:
        if (!acquire(q, tm + SEM_PROBE, PC_PROBE)) return;
        waited(q);
        afterTcu(q, probeLatency(q), PC_PROBE_END);
        return;
      case PC_PROBE_END:
        release(tm + SEM_PROBE);
        pc = step(q);
        break;
      case PC_IPA:
        if (!acquire(q, tm + SEM_IPA, PC_IPA)) return;
        waited(q);
        afterTcu(q, latencyOf(CacheIndex.IPA), PC_IPA_END);
        return;
      case PC_IPA_END:
        release(tm + SEM_IPA);
        pc = step(q);
        break;
      case PC_CONFIG_WALK:
        if (!takeConfigSlot(q, PC_CONFIG_WALK)) return;
        pc = PC_READ;
        break;
      case PC_UP:
        endConfigWalk(q);
        endWalk(q);
        if (isPrefetch(q) && !intoTbu()) {
          leaveTcu(q);
          endPrefetch(q);
          return;
        }
        if (!acquire(q, tbuOf(q) + B_UP, PC_UP)) return;
        waited(q);
        afterTcu(q, 1, PC_UP_SENT);
        return;
      case PC_UP_SENT: {
        release(tbuOf(q) + B_UP);
        const rest = load<u32>(tm, Timing.LINK_UP);
        if (rest > 1) {
          afterTcu(q, rest - 1, PC_UP_END);
          return;
        }
        pc = PC_UP_END;
        break;
      }
      case PC_UP_END:
        leaveTcu(q);
        if (isPrefetch(q)) {
          pc = PC_PREFETCH_FILL;
          break;
        }
        if (load<u32>(tm, Timing.PREFETCH)) prefetchBehind(q);
        pc = load<u32>(q, Machine.STATE) == State.LINK_UP ? step(q) : place(q, load<u32>(q, Machine.STATE));
        break;
      case PC_BYPASS: // a bypass waits for a walk slot too, and has no use for it (gem5)
        if (!takeWalkSlot(q, PC_BYPASS)) return;
        release(tm + SEM_WALK);
        pc = PC_UP;
        break;
      case PC_FILL_CONFIG: // fills take no time, but wait for a token of their cache (gem5)
        if (!acquire(q, tm + SEM_CONFIG, PC_FILL_CONFIG)) return;
        waited(q);
        release(tm + SEM_CONFIG);
        pc = step(q);
        break;
      case PC_FILL_TABLE:
        if (!acquire(q, tm + SEM_PROBE, PC_FILL_TABLE)) return;
        waited(q);
        stage1Fill(q);
        release(tm + SEM_PROBE);
        pc = held(q, HELD_S1_STARTED) ? PC_READ : PC_START;
        break;
      case PC_FILL_WALK: {
        if (!acquire(q, tm + SEM_PROBE, PC_FILL_WALK)) return;
        waited(q);
        const at = load<u32>(q, Machine.STATE);
        if (at == State.COMBINE) fillAnswer(q, Machine.FILL_WALK);
        release(tm + SEM_PROBE);
        if (at == State.S2_DONE && load<u32>(cacheAt(CacheIndex.IPA), Cache.ENTRIES)) pc = PC_FILL_IPA;
        else if (at == State.COMBINE && load<u32>(cacheAt(CacheIndex.TCU), Cache.ENTRIES)) pc = PC_FILL_TCU;
        else pc = step(q);
        break;
      }
      case PC_FILL_IPA:
        if (!acquire(q, tm + SEM_IPA, PC_FILL_IPA)) return;
        waited(q);
        release(tm + SEM_IPA);
        pc = step(q);
        break;
      case PC_FILL_TCU: // the walk has ended, the TLB's port may be busy
        endWalk(q);
        if (!acquire(q, tm + SEM_TCU_TLB, PC_FILL_TCU)) return;
        waited(q);
        fillAnswer(q, Machine.FILL_TCU);
        release(tm + SEM_TCU_TLB);
        pc = step(q);
        break;
      case PC_FILL_MAIN:
        if (
          load<u32>(q, Machine.FILL) & Machine.FILL_MAIN &&
          load<u32>(<usize>load<u32>(q, Machine.MAIN), Cache.ENTRIES)
        ) {
          if (!acquire(q, tbuOf(q) + B_MAIN, PC_FILL_MAIN)) return;
          waited(q);
          tbuFillMain(q);
          release(tbuOf(q) + B_MAIN);
        }
        releasePage(q);
        pc = PC_FILL_MICRO;
        break;
      case PC_FILL_MICRO:
        if (load<u32>(<usize>load<u32>(q, Machine.MICRO), Cache.ENTRIES)) {
          if (!acquire(q, tbuOf(q) + B_MICRO, PC_FILL_MICRO)) return;
          waited(q);
          release(tbuOf(q) + B_MICRO);
        }
        pc = step(q);
        break;
      case PC_ORDER:
        order(q);
        return;
      case PC_FORWARD:
        forward(q);
        return;
      case PC_FORWARD_END:
        forwardEnd(q);
        return;
      case PC_FAULT_ORDER:
        releasePage(q);
        if (!mayLeave(q, PC_FAULT_ORDER)) return;
        leaveOrder(q);
        pc = recordsEvent(q) ? PC_EVENT : PC_FAULT_END;
        break;
      case PC_EVENT: // the record's beats, then its way (gem5: doWrite)
        if (!acquire(q, tm + SEM_MEMORY, PC_EVENT)) return;
        addTo(TimingCounters.STALL_MEMORY, waited(q));
        afterTcu(q, beats(EVT_BYTES, load<u32>(tm, Timing.MEM_BYTES)), PC_EVENT_SENT);
        return;
      case PC_EVENT_SENT:
        release(tm + SEM_MEMORY);
        afterTcu(q, load<u32>(tm, Timing.MEM_LATENCY), PC_FAULT_END);
        return;
      case PC_PREFETCH:
        if (!beginPrefetch(q)) return;
        pc = PC_PREFETCH_SLOT;
        if (!intoTbu()) break;
        if (load<u32>(tm, Timing.HAZARD) != Timing.HAZARD_NONE) registerPage(q, PC_WOKEN);
        pc = PC_TCU_SLOT;
        break;
      case PC_PREFETCH_SLOT: // behind the link: the TCU makes the request itself
        if (!takeTcuSlot(q, PC_PREFETCH_SLOT)) return;
        pc = PC_STEP;
        break;
      case PC_PREFETCH_FILL:
        if (translated(q) && load<u32>(<usize>load<u32>(q, Machine.MAIN), Cache.ENTRIES)) {
          if (!acquire(q, tbuOf(q) + B_MAIN, PC_PREFETCH_FILL)) return;
          waited(q);
          fillPrefetched(q);
          release(tbuOf(q) + B_MAIN);
        }
        releasePage(q);
        endPrefetch(q);
        return;
      default: // PC_FAULT_END
        store<u64>(q, load<u64>(tm, T_NOW), Request.TRANSLATED);
        advance(q, STOPS);
        freeSlot(q);
        finish(q, respondAt(load<u64>(tm, T_NOW)));
        return;
    }
  }
}

// A page that q waited for has its answer: the main TLB is looked up again (gem5), or the answer is shared (MMU-600).
function woken(q: usize): u32 {
  store<u32>(q, State.MAIN, Machine.STATE);
  if (load<u32>(tm, Timing.HAZARD) != Timing.HAZARD_MERGE) return place(q, State.MAIN);
  // Sharing an answer costs nothing: the TLBs of the TBU hold it now.
  store<u32>(q, State.MICRO, Machine.STATE);
  return place(q, advance(q, STOPS & ~TBU_LOOKUPS));
}

// The fault's record will be written, so its answer waits for that.
function recordsEvent(q: usize): bool {
  if (!load<u32>(tm, Timing.EVENT_WRITE) || !load<u32>(q, Machine.FAULT)) return false;
  return !(load<u32>(q, Request.FLAGS) & Flag.SPECULATIVE) && regField(R_CR0ACK, CR0_EVENTQEN) != 0;
}
