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
import * as Cr0 from '../arch/cr0';
import * as EventRecord from '../arch/event-record';
import * as Register from '../arch/register';
import { cacheAt } from '../memory/base';
import { regField } from '../state/regs';
import { advance, fillAnswer } from '../translate/machine';
import { shareAnswer, tbuFillMain } from '../translate/tbu';
import { stage1Fill } from '../walk/stage1';
import { freeSlot } from './accept';
import { afterTbu, afterTcu, beats, held, hold, tbuOf } from './delay';
import { finish } from './finish';
import { registerPage, sleepsOn, releasePage, mayLeave, leaveOrder } from './hazard';
import * as Pc from './pc';
import * as Process from './process';
import { tm } from './region';
import * as Scheduler from './scheduler';
import * as Tbu from './tbu';
import * as Tokens from './tokens';
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
import { evaluate, evaluateEnd, read, readIssued, stepEnd } from './reads';
import { acquire, release, waited } from './semaphore';
import { endWalk, leaveTcu, takeConfigSlot, takeTcuSlot, takeWalkSlot, endConfigWalk } from './slots';
import { WAITS, forward, forwardEnd, micro, microEnd, order, port, portEnd, respondAt } from './stages';
import { addTo, noteWalks } from './tally';

/** A transaction has been accepted: it enters the TBU's port. */
export function enter(q: usize): void {
  store<u32>(q, State.BEGIN, Machine.STATE);
  store<u32>(q, load<u32>(tm, Timing.PARALLEL) ? 2 : 1, Machine.TIMED);
  hold(q, Process.HELD_ACTIVE);
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
      case Pc.PORT:
        port(q);
        return;
      case Pc.PORT_END:
        pc = portEnd(q);
        if (pc == WAITS) return;
        break;
      case Pc.MICRO:
        micro(q);
        return;
      case Pc.MICRO_END:
        pc = microEnd(q);
        if (pc == WAITS) return;
        break;
      case Pc.MAIN:
        if (!acquire(q, tbuOf(q) + Tbu.MAIN, Pc.MAIN)) return;
        waited(q);
        afterTbu(q, load<u32>(<usize>load<u32>(q, Machine.MAIN), Cache.LATENCY), Pc.MAIN_END);
        return;
      case Pc.MAIN_END:
        release(tbuOf(q) + Tbu.MAIN);
        pc = step(q);
        if (load<u32>(tm, Timing.PREFETCH) && intoTbu() && load<u32>(q, Request.HIT) == HitPlace.MAIN)
          prefetchOn(q, q + Machine.DENIED_IMAGE);
        break;
      case Pc.HAZARD:
        if (load<u32>(tm, Timing.HAZARD) != Timing.HAZARD_NONE && !registerPage(q, Pc.WOKEN)) return;
        pc = Pc.TCU_SLOT;
        break;
      case Pc.WOKEN:
        if (sleepsOn(q, Pc.WOKEN)) return;
        pc = woken(q);
        break;
      case Pc.TCU_SLOT:
        if (!takeTcuSlot(q, Pc.TCU_SLOT)) return;
        pc = Pc.DOWN;
        break;
      case Pc.DOWN:
        if (!acquire(q, tbuOf(q) + Tbu.DOWN, Pc.DOWN)) return;
        waited(q);
        afterTbu(q, 1, Pc.DOWN_SENT);
        return;
      case Pc.DOWN_SENT: {
        release(tbuOf(q) + Tbu.DOWN);
        const rest = load<u32>(tm, Timing.LINK_DOWN);
        if (rest > 1) {
          afterTbu(q, rest - 1, Pc.ARRIVED);
          return;
        }
        pc = Pc.ARRIVED;
        break;
      }
      case Pc.ARRIVED: {
        const front = load<u32>(tm, Timing.TCU_FRONT);
        if (front) {
          afterTcu(q, front, Pc.STEP);
          return;
        }
        pc = Pc.STEP;
        break;
      }
      case Pc.STEP:
        pc = stepEnd(q);
        if (pc == WAITS) return;
        break;
      case Pc.CONFIG:
        if (!acquire(q, tm + Tokens.CONFIG, Pc.CONFIG)) return;
        waited(q);
        afterTcu(q, latencyOf(CacheIndex.CONFIG), Pc.CONFIG_END);
        return;
      case Pc.CONFIG_END:
        release(tm + Tokens.CONFIG);
        pc = step(q);
        break;
      case Pc.START:
        if (!acquire(q, tm + Tokens.STEP, Pc.START)) return;
        waited(q);
        afterTcu(q, load<u32>(tm, Timing.WALK_START), Pc.START_END);
        return;
      case Pc.START_END:
        release(tm + Tokens.STEP);
        hold(
          q,
          load<u32>(q, Machine.STATE) == State.S1_READ ? Process.HELD_S1_STARTED : Process.HELD_S2_STARTED,
        );
        pc = Pc.READ;
        break;
      case Pc.READ:
        read(q);
        return;
      case Pc.READ_ISSUED:
        readIssued(q);
        return;
      case Pc.EVALUATE:
        evaluate(q);
        return;
      case Pc.EVALUATE_END:
        pc = evaluateEnd(q);
        if (pc == WAITS) return;
        break;
      case Pc.TCU_TLB:
        if (!acquire(q, tm + Tokens.TCU_TLB, Pc.TCU_TLB)) return;
        waited(q);
        afterTcu(q, latencyOf(CacheIndex.TCU), Pc.TCU_TLB_END);
        return;
      case Pc.TCU_TLB_END:
        release(tm + Tokens.TCU_TLB);
        pc = step(q);
        break;
      case Pc.WALK:
        if (!takeWalkSlot(q, Pc.WALK)) return;
        hold(q, Process.HELD_WALK);
        noteWalks(1);
        pc = step(q);
        break;
      case Pc.PROBE:
        if (!acquire(q, tm + Tokens.PROBE, Pc.PROBE)) return;
        waited(q);
        afterTcu(q, probeLatency(q), Pc.PROBE_END);
        return;
      case Pc.PROBE_END:
        release(tm + Tokens.PROBE);
        pc = step(q);
        break;
      case Pc.IPA:
        if (!acquire(q, tm + Tokens.IPA, Pc.IPA)) return;
        waited(q);
        afterTcu(q, latencyOf(CacheIndex.IPA), Pc.IPA_END);
        return;
      case Pc.IPA_END:
        release(tm + Tokens.IPA);
        pc = step(q);
        break;
      case Pc.CONFIG_WALK:
        if (!takeConfigSlot(q, Pc.CONFIG_WALK)) return;
        pc = Pc.READ;
        break;
      case Pc.UP:
        endConfigWalk(q);
        endWalk(q);
        if (isPrefetch(q) && !intoTbu()) {
          leaveTcu(q);
          endPrefetch(q);
          return;
        }
        if (!acquire(q, tbuOf(q) + Tbu.UP, Pc.UP)) return;
        waited(q);
        afterTcu(q, 1, Pc.UP_SENT);
        return;
      case Pc.UP_SENT: {
        release(tbuOf(q) + Tbu.UP);
        const rest = load<u32>(tm, Timing.LINK_UP);
        if (rest > 1) {
          afterTcu(q, rest - 1, Pc.UP_END);
          return;
        }
        pc = Pc.UP_END;
        break;
      }
      case Pc.UP_END:
        leaveTcu(q);
        if (isPrefetch(q)) {
          pc = Pc.PREFETCH_FILL;
          break;
        }
        if (load<u32>(tm, Timing.PREFETCH)) prefetchBehind(q);
        pc = load<u32>(q, Machine.STATE) == State.LINK_UP ? step(q) : place(q, load<u32>(q, Machine.STATE));
        break;
      case Pc.BYPASS: // a bypass waits for a walk slot too, and has no use for it (gem5)
        if (!takeWalkSlot(q, Pc.BYPASS)) return;
        release(tm + Tokens.WALK);
        pc = Pc.UP;
        break;
      case Pc.FILL_CONFIG: // fills take no time, but wait for a token of their cache (gem5)
        if (!acquire(q, tm + Tokens.CONFIG, Pc.FILL_CONFIG)) return;
        waited(q);
        release(tm + Tokens.CONFIG);
        pc = step(q);
        break;
      case Pc.FILL_TABLE:
        if (!acquire(q, tm + Tokens.PROBE, Pc.FILL_TABLE)) return;
        waited(q);
        stage1Fill(q);
        release(tm + Tokens.PROBE);
        pc = held(q, Process.HELD_S1_STARTED) ? Pc.READ : Pc.START;
        break;
      case Pc.FILL_WALK: {
        if (!acquire(q, tm + Tokens.PROBE, Pc.FILL_WALK)) return;
        waited(q);
        const at = load<u32>(q, Machine.STATE);
        if (at == State.COMBINE) fillAnswer(q, Machine.FILL_WALK);
        release(tm + Tokens.PROBE);
        if (at == State.S2_DONE && load<u32>(cacheAt(CacheIndex.IPA), Cache.ENTRIES)) pc = Pc.FILL_IPA;
        else if (at == State.COMBINE && load<u32>(cacheAt(CacheIndex.TCU), Cache.ENTRIES)) pc = Pc.FILL_TCU;
        else pc = step(q);
        break;
      }
      case Pc.FILL_IPA:
        if (!acquire(q, tm + Tokens.IPA, Pc.FILL_IPA)) return;
        waited(q);
        release(tm + Tokens.IPA);
        pc = step(q);
        break;
      case Pc.FILL_TCU: // the walk has ended, the TLB's port may be busy
        endWalk(q);
        if (!acquire(q, tm + Tokens.TCU_TLB, Pc.FILL_TCU)) return;
        waited(q);
        fillAnswer(q, Machine.FILL_TCU);
        release(tm + Tokens.TCU_TLB);
        pc = step(q);
        break;
      case Pc.FILL_MAIN:
        if (
          load<u32>(q, Machine.FILL) & Machine.FILL_MAIN &&
          load<u32>(<usize>load<u32>(q, Machine.MAIN), Cache.ENTRIES)
        ) {
          if (!acquire(q, tbuOf(q) + Tbu.MAIN, Pc.FILL_MAIN)) return;
          waited(q);
          tbuFillMain(q);
          release(tbuOf(q) + Tbu.MAIN);
        }
        releasePage(q);
        pc = Pc.FILL_MICRO;
        break;
      case Pc.FILL_MICRO:
        if (load<u32>(<usize>load<u32>(q, Machine.MICRO), Cache.ENTRIES)) {
          if (!acquire(q, tbuOf(q) + Tbu.MICRO, Pc.FILL_MICRO)) return;
          waited(q);
          release(tbuOf(q) + Tbu.MICRO);
        }
        pc = step(q);
        break;
      case Pc.ORDER:
        order(q);
        return;
      case Pc.FORWARD:
        forward(q);
        return;
      case Pc.FORWARD_END:
        forwardEnd(q);
        return;
      case Pc.FAULT_ORDER:
        releasePage(q);
        if (!mayLeave(q, Pc.FAULT_ORDER)) return;
        leaveOrder(q);
        pc = recordsEvent(q) ? Pc.EVENT : Pc.FAULT_END;
        break;
      case Pc.EVENT: // the record's beats, then its way (gem5: doWrite)
        if (!acquire(q, tm + Tokens.MEMORY, Pc.EVENT)) return;
        addTo(TimingCounters.STALL_MEMORY, waited(q));
        afterTcu(q, beats(EventRecord.BYTES, load<u32>(tm, Timing.MEM_BYTES)), Pc.EVENT_SENT);
        return;
      case Pc.EVENT_SENT:
        release(tm + Tokens.MEMORY);
        afterTcu(q, load<u32>(tm, Timing.MEM_LATENCY), Pc.FAULT_END);
        return;
      case Pc.PREFETCH:
        if (!beginPrefetch(q)) return;
        pc = Pc.PREFETCH_SLOT;
        if (!intoTbu()) break;
        if (load<u32>(tm, Timing.HAZARD) != Timing.HAZARD_NONE) registerPage(q, Pc.WOKEN);
        pc = Pc.TCU_SLOT;
        break;
      case Pc.PREFETCH_SLOT: // behind the link: the TCU makes the request itself
        if (!takeTcuSlot(q, Pc.PREFETCH_SLOT)) return;
        pc = Pc.STEP;
        break;
      case Pc.PREFETCH_FILL:
        if (translated(q) && load<u32>(<usize>load<u32>(q, Machine.MAIN), Cache.ENTRIES)) {
          if (!acquire(q, tbuOf(q) + Tbu.MAIN, Pc.PREFETCH_FILL)) return;
          waited(q);
          fillPrefetched(q);
          release(tbuOf(q) + Tbu.MAIN);
        }
        releasePage(q);
        endPrefetch(q);
        return;
      default: // Pc.FAULT_END
        store<u64>(q, load<u64>(tm, Scheduler.NOW), Request.TRANSLATED);
        advance(q, Pc.STOPS);
        freeSlot(q);
        finish(q, respondAt(load<u64>(tm, Scheduler.NOW)));
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
  shareAnswer(q);
  return place(q, advance(q, Pc.STOPS & ~Pc.TBU_LOOKUPS));
}

// The fault's record will be written, so its answer waits for that.
function recordsEvent(q: usize): bool {
  if (!load<u32>(tm, Timing.EVENT_WRITE) || !load<u32>(q, Machine.FAULT)) return false;
  return !(load<u32>(q, Request.FLAGS) & Flag.SPECULATIVE) && regField(Register.CR0ACK, Cr0.EVENTQEN) != 0;
}
