// The pipeline as a program for each transaction: which port or slot a step of translate/machine needs, for how long, and what
// follows. An event resumes a request at its program counter; it goes on until it has to wait for time or for a token.
import { cacheAt } from '../memory/base';
import {
  C_ENTRIES,
  C_LATENCY,
  CACHE_CONFIG,
  CACHE_TCU,
  CACHE_IPA,
  Q_FLAGS,
  Q_SIZE,
  FLAG_WRITE,
  FLAG_ATOMIC,
  FLAG_SPECULATIVE,
  TM_TCU_TICKS,
  TM_TBU_TICKS,
  TM_PORT_BYTES,
  TM_HAZARD,
  TM_LINK_DOWN,
  TM_LINK_UP,
  TM_TCU_FRONT,
  TM_WALK_START,
  TM_EVALUATE,
  TM_PARALLEL,
  TM_MEM_LATENCY,
  TM_MEM_BYTES,
  TM_DATA_LATENCY,
  TM_RESPONSE,
  TM_EVENT_WRITE,
  HAZARD_NONE,
  HAZARD_MERGE,
  TS_STALL_TCU_SLOT,
  TS_STALL_WALK_SLOT,
  TS_STALL_MEMORY,
  Q_TRANSLATED,
} from '../abi';
import { EVT_BYTES } from '../arch/events';
import { R_CR0ACK, CR0_EVENTQEN } from '../arch/registers';
import { CF_STAGE2, HF_START, CF_FLAGS, CFF_S1 } from '../tlb/config-fields';
import { regField, smmuEnabled } from '../state/regs';
import { stage1Fill } from '../walk/stage1';
import { advance } from '../translate/machine';
import { hasWalkCache, cachedFrom, firstCached, stage2Caches } from '../walk/fill';
import * as M from '../walk/request';
import * as S from '../walk/states';
import { tbuFillMain } from '../translate/tbu';
import { acquire, release, waited } from './semaphore';
import { registerPage, sleepsOn, releasePage, joinOrder, mayLeave, leaveOrder } from './hazard';
import { finish } from './finish';
import { freeSlot } from './accept';
import { addTo, noteWalks } from './tally';
import { schedule } from './wheel';
import {
  tm,
  T_NOW,
  SEM_TCU,
  SEM_CONFIG,
  SEM_TCU_TLB,
  SEM_IPA,
  SEM_PROBE,
  SEM_WALK,
  SEM_STEP,
  SEM_MEMORY,
  B_PORT,
  B_MICRO,
  B_MAIN,
  B_DOWN,
  B_UP,
  P_TBU,
  P_BEATS,
  P_HELD,
  HELD_TCU,
  HELD_WALK,
  HELD_S1_STARTED,
  HELD_S2_STARTED,
} from './layout';

// Program counters. Each waits for what its name says; _END comes when its time has passed.
export const PC_PORT: u32 = 0;
const PC_PORT_END: u32 = 1;
const PC_MICRO: u32 = 2;
const PC_MICRO_END: u32 = 3;
const PC_MAIN: u32 = 4;
const PC_MAIN_END: u32 = 5;
const PC_HAZARD: u32 = 6;
const PC_WOKEN: u32 = 7;
const PC_TCU_SLOT: u32 = 8;
const PC_DOWN: u32 = 9;
const PC_DOWN_SENT: u32 = 10;
const PC_ARRIVED: u32 = 11;
const PC_STEP: u32 = 12; // the time of a step that holds no token has passed
const PC_CONFIG: u32 = 13;
const PC_CONFIG_END: u32 = 14;
const PC_READ: u32 = 15;
const PC_READ_ISSUED: u32 = 16;
const PC_START: u32 = 17;
const PC_START_END: u32 = 18;
const PC_EVALUATE: u32 = 19;
const PC_EVALUATE_END: u32 = 20;
const PC_TCU_TLB: u32 = 21;
const PC_TCU_TLB_END: u32 = 22;
const PC_WALK: u32 = 23;
const PC_PROBE: u32 = 24;
const PC_PROBE_END: u32 = 25;
const PC_IPA: u32 = 26;
const PC_IPA_END: u32 = 27;
const PC_UP: u32 = 28;
const PC_UP_SENT: u32 = 29;
const PC_UP_END: u32 = 30;
const PC_FILL_MAIN: u32 = 31;
const PC_FILL_MICRO: u32 = 32;
const PC_ORDER: u32 = 33;
const PC_FORWARD: u32 = 34;
const PC_FORWARD_END: u32 = 35;
const PC_FAULT_ORDER: u32 = 36;
const PC_EVENT: u32 = 37;
const PC_EVENT_SENT: u32 = 38;
const PC_FAULT_END: u32 = 39;
const PC_FILL_CONFIG: u32 = 40;
const PC_FILL_TABLE: u32 = 41;
const PC_FILL_WALK: u32 = 42;
const PC_FILL_IPA: u32 = 43;
const PC_FILL_TCU: u32 = 44;
const PC_BYPASS: u32 = 45;

/** The steps whose time the pipeline decides. */
const STOPS: u64 =
  ((<u64>1) << S.S_MICRO) |
  ((<u64>1) << S.S_MAIN) |
  ((<u64>1) << S.S_LINK_DOWN) |
  ((<u64>1) << S.S_CONFIG_LOOKUP) |
  ((<u64>1) << S.S_L1STD_READ) |
  ((<u64>1) << S.S_STE_READ) |
  ((<u64>1) << S.S_L1CD_READ) |
  ((<u64>1) << S.S_CD_READ) |
  ((<u64>1) << S.S_TCU_LOOKUP) |
  ((<u64>1) << S.S_WALK) |
  ((<u64>1) << S.S_S1_PROBE) |
  ((<u64>1) << S.S_S1_READ) |
  ((<u64>1) << S.S_S1_EVALUATE) |
  ((<u64>1) << S.S_S1_UPDATE) |
  ((<u64>1) << S.S_S1_TABLE_UPDATE) |
  ((<u64>1) << S.S_S2_BEGIN) |
  ((<u64>1) << S.S_IPA_LOOKUP) |
  ((<u64>1) << S.S_S2_PROBE) |
  ((<u64>1) << S.S_S2_READ) |
  ((<u64>1) << S.S_S2_EVALUATE) |
  ((<u64>1) << S.S_S2_UPDATE) |
  ((<u64>1) << S.S_S2_TABLE_UPDATE) |
  ((<u64>1) << S.S_LINK_UP) |
  ((<u64>1) << S.S_TBU_FILL) |
  ((<u64>1) << S.S_FAULT) |
  ((<u64>1) << S.S_FORWARD) |
  ((<u64>1) << S.S_CONFIG_FILL) |
  ((<u64>1) << S.S_S2_NEXT) |
  ((<u64>1) << S.S_S2_DONE) |
  ((<u64>1) << S.S_COMBINE);
const TBU_LOOKUPS: u64 = ((<u64>1) << S.S_MICRO) | ((<u64>1) << S.S_MAIN);

/** The tick n cycles of `period` ticks after the clock edge at or after now. */
export function edge(n: u32, period: u32): u64 {
  const now = load<u64>(tm, T_NOW);
  if (period == 1) return now + <u64>n;
  return ((now + <u64>period - 1) / <u64>period + <u64>n) * <u64>period;
}

// Resumes q at `pc` after n TCU cycles.
@inline
function afterTcu(q: usize, n: u32, pc: u32): void {
  schedule(edge(n, load<u32>(tm, TM_TCU_TICKS)), pc, <u32>q);
}

@inline
function afterTbu(q: usize, n: u32, pc: u32): void {
  schedule(edge(n, load<u32>(tm, TM_TBU_TICKS)), pc, <u32>q);
}

@inline
function tbuOf(q: usize): usize {
  return <usize>load<u32>(q, P_TBU);
}

@inline
function held(q: usize, what: u32): bool {
  return (load<u32>(q, P_HELD) & what) != 0;
}

@inline
function hold(q: usize, what: u32): void {
  store<u32>(q, load<u32>(q, P_HELD) | what, P_HELD);
}

@inline
function drop(q: usize, what: u32): void {
  store<u32>(q, load<u32>(q, P_HELD) & ~what, P_HELD);
}

@inline
export function beats(size: u32, width: u32): u32 {
  return (size + width - 1) / width;
}

@inline
function writes(q: usize): bool {
  return (load<u32>(q, Q_FLAGS) & (FLAG_WRITE | FLAG_ATOMIC)) != 0;
}

/** A transaction has been accepted: it enters the TBU's port. */
export function enter(q: usize): void {
  store<u32>(q, S.S_BEGIN, M.M_STATE);
  store<u32>(q, load<u32>(tm, TM_PARALLEL) ? 2 : 1, M.M_TIMED);
  resume(q, PC_PORT);
}

// Does the step at hand and says where the next one is timed.
@inline
function step(q: usize): u32 {
  return place(q, advance(q, STOPS));
}

// The program counter for a step, and for those that cost nothing the step itself.
function place(q: usize, s: u32): u32 {
  while (true) {
    switch (s) {
      case S.S_MICRO:
        if (load<u32>(<usize>load<u32>(q, M.M_MICRO), C_ENTRIES)) return PC_MICRO;
        break;
      case S.S_MAIN:
        if (load<u32>(<usize>load<u32>(q, M.M_MAIN), C_ENTRIES)) return PC_MAIN;
        break;
      case S.S_LINK_DOWN:
        return PC_HAZARD;
      case S.S_CONFIG_LOOKUP:
        if (load<u32>(cacheAt(CACHE_CONFIG), C_ENTRIES)) return PC_CONFIG;
        break;
      case S.S_TCU_LOOKUP:
        if (load<u32>(cacheAt(CACHE_TCU), C_ENTRIES)) return PC_TCU_TLB;
        break;
      case S.S_WALK:
        return PC_WALK;
      case S.S_IPA_LOOKUP:
        return PC_IPA;
      case S.S_S2_BEGIN:
        drop(q, HELD_S2_STARTED);
        break;
      case S.S_S1_PROBE:
        drop(q, HELD_S1_STARTED);
        if (probes(q, 0)) return PC_PROBE;
        break;
      case S.S_S2_PROBE:
        if (probes(q, 1)) return PC_PROBE;
        break;
      case S.S_CONFIG_FILL:
        if (load<u32>(cacheAt(CACHE_CONFIG), C_ENTRIES)) return PC_FILL_CONFIG;
        break;
      case S.S_S2_NEXT: {
        const level = load<i32>(q, M.M_S2_LEVEL);
        if (stage2Caches(q) && cachedFrom(1, level, level)) return PC_FILL_WALK;
        break;
      }
      case S.S_S2_DONE: {
        const level = load<i32>(q, M.M_S2_DONE_LEVEL);
        if (stage2Caches(q) && cachedFrom(1, level, level)) return PC_FILL_WALK;
        if (load<u32>(cacheAt(CACHE_IPA), C_ENTRIES)) return PC_FILL_IPA;
        break;
      }
      case S.S_COMBINE: {
        const level = load<i32>(q, M.M_S1_LEVEL);
        const walked = (load<u32>(q, M.M_FILL) & M.FILL_WALK) != 0;
        if (
          walked &&
          load<u32>(<usize>load<u32>(q, M.M_CFG), CF_FLAGS) & CFF_S1 &&
          cachedFrom(0, level, level)
        )
          return PC_FILL_WALK;
        if (load<u32>(cacheAt(CACHE_TCU), C_ENTRIES)) return PC_FILL_TCU;
        break;
      }
      case S.S_S1_READ:
        if (load<u32>(q, M.M_TABLE_FRESH) && hasWalkCache(load<i32>(q, M.M_S1_LEVEL) - 1))
          return PC_FILL_TABLE;
        return held(q, HELD_S1_STARTED) ? PC_READ : PC_START;
      case S.S_S2_READ:
        return held(q, HELD_S2_STARTED) ? PC_READ : PC_START;
      case S.S_L1STD_READ:
      case S.S_STE_READ:
      case S.S_L1CD_READ:
      case S.S_CD_READ:
      case S.S_S1_UPDATE:
      case S.S_S1_TABLE_UPDATE:
      case S.S_S2_UPDATE:
      case S.S_S2_TABLE_UPDATE:
        return PC_READ;
      case S.S_S1_EVALUATE:
      case S.S_S2_EVALUATE:
        return PC_EVALUATE;
      case S.S_LINK_UP:
        return load<u32>(q, M.M_BYPASS) ? PC_BYPASS : PC_UP;
      case S.S_TBU_FILL:
        return PC_FILL_MAIN;
      case S.S_FAULT:
      case S.S_FORWARD:
        if (held(q, HELD_TCU)) return PC_UP;
        return s == S.S_FAULT ? PC_FAULT_ORDER : PC_ORDER;
    }
    s = advance(q, STOPS);
  }
}

// A walk cache look-up would meet a cache.
function probes(q: usize, stage2: i32): bool {
  if (stage2 && !stage2Caches(q)) return false;
  const half = stage2 ? <usize>load<u32>(q, M.M_CFG) + CF_STAGE2 : <usize>load<u32>(q, M.M_HALF);
  return cachedFrom(stage2, load<i32>(q, M.M_PROBE_LEVEL), <i32>load<i8>(half, HF_START));
}

@inline
function latencyOf(cache: i32): u32 {
  return load<u32>(cacheAt(cache), C_LATENCY);
}

/** An event for q. */
export function resume(q: usize, pc: u32): void {
  while (true) {
    switch (pc) {
      case PC_PORT:
        if (!acquire(q, tbuOf(q) + B_PORT, PC_PORT)) return;
        waited(q);
        afterTbu(q, load<u32>(q, P_BEATS), PC_PORT_END);
        return;
      case PC_PORT_END:
        release(tbuOf(q) + B_PORT);
        joinOrder(q);
        pc = step(q);
        if (pc != PC_ORDER || smmuEnabled()) break;
        afterTbu(q, 1, PC_ORDER); // bypass by GBPA takes a cycle
        return;
      case PC_MICRO:
        if (!acquire(q, tbuOf(q) + B_MICRO, PC_MICRO)) return;
        waited(q);
        afterTbu(q, load<u32>(<usize>load<u32>(q, M.M_MICRO), C_LATENCY), PC_MICRO_END);
        return;
      case PC_MICRO_END:
        release(tbuOf(q) + B_MICRO);
        pc = step(q);
        break;
      case PC_MAIN:
        if (!acquire(q, tbuOf(q) + B_MAIN, PC_MAIN)) return;
        waited(q);
        afterTbu(q, load<u32>(<usize>load<u32>(q, M.M_MAIN), C_LATENCY), PC_MAIN_END);
        return;
      case PC_MAIN_END:
        release(tbuOf(q) + B_MAIN);
        pc = step(q);
        break;
      case PC_HAZARD:
        if (load<u32>(tm, TM_HAZARD) != HAZARD_NONE && !registerPage(q, PC_WOKEN)) return;
        pc = PC_TCU_SLOT;
        break;
      case PC_WOKEN:
        if (sleepsOn(q, PC_WOKEN)) return;
        pc = woken(q);
        break;
      case PC_TCU_SLOT:
        if (!acquire(q, tm + SEM_TCU, PC_TCU_SLOT)) return;
        addTo(TS_STALL_TCU_SLOT, waited(q));
        hold(q, HELD_TCU);
        pc = PC_DOWN;
        break;
      case PC_DOWN:
        if (!acquire(q, tbuOf(q) + B_DOWN, PC_DOWN)) return;
        waited(q);
        afterTbu(q, 1, PC_DOWN_SENT);
        return;
      case PC_DOWN_SENT: {
        release(tbuOf(q) + B_DOWN);
        const rest = load<u32>(tm, TM_LINK_DOWN);
        if (rest > 1) {
          afterTbu(q, rest - 1, PC_ARRIVED);
          return;
        }
        pc = PC_ARRIVED;
        break;
      }
      case PC_ARRIVED: {
        const front = load<u32>(tm, TM_TCU_FRONT);
        if (front) {
          afterTcu(q, front, PC_STEP);
          return;
        }
        pc = PC_STEP;
        break;
      }
      case PC_STEP:
        pc = step(q);
        break;
      case PC_CONFIG:
        if (!acquire(q, tm + SEM_CONFIG, PC_CONFIG)) return;
        waited(q);
        afterTcu(q, latencyOf(CACHE_CONFIG), PC_CONFIG_END);
        return;
      case PC_CONFIG_END:
        release(tm + SEM_CONFIG);
        pc = step(q);
        break;
      case PC_START:
        if (!acquire(q, tm + SEM_STEP, PC_START)) return;
        waited(q);
        afterTcu(q, load<u32>(tm, TM_WALK_START), PC_START_END);
        return;
      case PC_START_END:
        release(tm + SEM_STEP);
        hold(q, load<u32>(q, M.M_STATE) == S.S_S1_READ ? HELD_S1_STARTED : HELD_S2_STARTED);
        pc = PC_READ;
        break;
      case PC_READ:
        if (!acquire(q, tm + SEM_MEMORY, PC_READ)) return;
        addTo(TS_STALL_MEMORY, waited(q));
        afterTcu(q, 1, PC_READ_ISSUED);
        return;
      case PC_READ_ISSUED:
        release(tm + SEM_MEMORY);
        afterTcu(q, load<u32>(tm, TM_MEM_LATENCY), PC_STEP);
        return;
      case PC_EVALUATE:
        if (!acquire(q, tm + SEM_STEP, PC_EVALUATE)) return;
        waited(q);
        afterTcu(q, load<u32>(tm, TM_EVALUATE), PC_EVALUATE_END);
        return;
      case PC_EVALUATE_END:
        release(tm + SEM_STEP);
        pc = step(q);
        break;
      case PC_TCU_TLB:
        if (!acquire(q, tm + SEM_TCU_TLB, PC_TCU_TLB)) return;
        waited(q);
        afterTcu(q, latencyOf(CACHE_TCU), PC_TCU_TLB_END);
        return;
      case PC_TCU_TLB_END:
        release(tm + SEM_TCU_TLB);
        pc = step(q);
        break;
      case PC_WALK:
        if (!acquire(q, tm + SEM_WALK, PC_WALK)) return;
        addTo(TS_STALL_WALK_SLOT, waited(q));
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
        afterTcu(q, latencyOf(CACHE_IPA), PC_IPA_END);
        return;
      case PC_IPA_END:
        release(tm + SEM_IPA);
        pc = step(q);
        break;
      case PC_UP:
        if (held(q, HELD_WALK)) {
          drop(q, HELD_WALK);
          noteWalks(-1);
          release(tm + SEM_WALK);
        }
        if (!acquire(q, tbuOf(q) + B_UP, PC_UP)) return;
        waited(q);
        afterTcu(q, 1, PC_UP_SENT);
        return;
      case PC_UP_SENT: {
        release(tbuOf(q) + B_UP);
        const rest = load<u32>(tm, TM_LINK_UP);
        if (rest > 1) {
          afterTcu(q, rest - 1, PC_UP_END);
          return;
        }
        pc = PC_UP_END;
        break;
      }
      case PC_UP_END:
        drop(q, HELD_TCU);
        release(tm + SEM_TCU);
        pc = load<u32>(q, M.M_STATE) == S.S_LINK_UP ? step(q) : place(q, load<u32>(q, M.M_STATE));
        break;
      case PC_BYPASS: // a bypass waits for a walk slot too, and has no use for it
        if (!acquire(q, tm + SEM_WALK, PC_BYPASS)) return;
        addTo(TS_STALL_WALK_SLOT, waited(q));
        release(tm + SEM_WALK);
        pc = PC_UP;
        break;
      case PC_FILL_CONFIG:
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
        const at = load<u32>(q, M.M_STATE);
        release(tm + SEM_PROBE);
        if (at == S.S_S2_DONE && load<u32>(cacheAt(CACHE_IPA), C_ENTRIES)) pc = PC_FILL_IPA;
        else if (at == S.S_COMBINE && load<u32>(cacheAt(CACHE_TCU), C_ENTRIES)) pc = PC_FILL_TCU;
        else pc = step(q);
        break;
      }
      case PC_FILL_IPA:
        if (!acquire(q, tm + SEM_IPA, PC_FILL_IPA)) return;
        waited(q);
        release(tm + SEM_IPA);
        pc = step(q);
        break;
      case PC_FILL_TCU:
        if (!acquire(q, tm + SEM_TCU_TLB, PC_FILL_TCU)) return;
        waited(q);
        release(tm + SEM_TCU_TLB);
        pc = step(q);
        break;
      case PC_FILL_MAIN:
        if (load<u32>(q, M.M_FILL) & M.FILL_MAIN && load<u32>(<usize>load<u32>(q, M.M_MAIN), C_ENTRIES)) {
          if (!acquire(q, tbuOf(q) + B_MAIN, PC_FILL_MAIN)) return;
          waited(q);
          tbuFillMain(q);
          release(tbuOf(q) + B_MAIN);
        }
        releasePage(q);
        pc = PC_FILL_MICRO;
        break;
      case PC_FILL_MICRO:
        if (load<u32>(<usize>load<u32>(q, M.M_MICRO), C_ENTRIES)) {
          if (!acquire(q, tbuOf(q) + B_MICRO, PC_FILL_MICRO)) return;
          waited(q);
          release(tbuOf(q) + B_MICRO);
        }
        pc = step(q);
        break;
      case PC_ORDER:
        releasePage(q);
        if (!mayLeave(q, PC_ORDER)) return;
        leaveOrder(q);
        pc = PC_FORWARD;
        break;
      case PC_FORWARD: {
        if (!acquire(q, tm + SEM_MEMORY, PC_FORWARD)) return;
        addTo(TS_STALL_MEMORY, waited(q));
        afterTcu(q, writes(q) ? beats(load<u32>(q, Q_SIZE), load<u32>(tm, TM_MEM_BYTES)) : 1, PC_FORWARD_END);
        return;
      }
      case PC_FORWARD_END: {
        release(tm + SEM_MEMORY);
        store<u64>(q, load<u64>(tm, T_NOW), Q_TRANSLATED);
        advance(q, STOPS);
        freeSlot(q);
        const answer = edge(load<u32>(tm, TM_DATA_LATENCY), load<u32>(tm, TM_TCU_TICKS));
        finish(q, respondAt(answer));
        return;
      }
      case PC_FAULT_ORDER:
        releasePage(q);
        if (!mayLeave(q, PC_FAULT_ORDER)) return;
        leaveOrder(q);
        pc = recordsEvent(q) ? PC_EVENT : PC_FAULT_END;
        break;
      case PC_EVENT:
        if (!acquire(q, tm + SEM_MEMORY, PC_EVENT)) return;
        addTo(TS_STALL_MEMORY, waited(q));
        afterTcu(q, beats(EVT_BYTES, load<u32>(tm, TM_MEM_BYTES)), PC_EVENT_SENT);
        return;
      case PC_EVENT_SENT:
        release(tm + SEM_MEMORY);
        afterTcu(q, load<u32>(tm, TM_MEM_LATENCY), PC_FAULT_END);
        return;
      default: // PC_FAULT_END
        store<u64>(q, load<u64>(tm, T_NOW), Q_TRANSLATED);
        advance(q, STOPS);
        freeSlot(q);
        finish(q, respondAt(load<u64>(tm, T_NOW)));
        return;
    }
  }
}

// The device sees an answer so many TBU cycles after the clock edge at or after it.
function respondAt(answer: u64): u64 {
  const period = <u64>load<u32>(tm, TM_TBU_TICKS);
  return ((answer + period - 1) / period + <u64>load<u32>(tm, TM_RESPONSE)) * period;
}

// Look-up time of the walk cache that is probed next; of all, when they are probed at once.
function probeLatency(q: usize): u32 {
  const stage2 = load<u32>(q, M.M_STATE) == S.S_S2_PROBE ? 1 : 0;
  const level = load<i32>(q, M.M_PROBE_LEVEL);
  if (!load<u32>(tm, TM_PARALLEL)) return load<u32>(firstCached(stage2, level), C_LATENCY);
  const half = stage2 ? <usize>load<u32>(q, M.M_CFG) + CF_STAGE2 : <usize>load<u32>(q, M.M_HALF);
  let slowest: u32 = 0;
  for (let l = <i32>load<i8>(half, HF_START); l <= level; l++) {
    if (cachedFrom(stage2, l, l)) slowest = max(slowest, load<u32>(firstCached(stage2, l), C_LATENCY));
  }
  return slowest;
}

// A page that q waited for has its answer.
function woken(q: usize): u32 {
  store<u32>(q, S.S_MAIN, M.M_STATE);
  if (load<u32>(tm, TM_HAZARD) != HAZARD_MERGE) return place(q, S.S_MAIN);
  // Sharing an answer costs nothing: the TLBs of the TBU hold it now.
  store<u32>(q, S.S_MICRO, M.M_STATE);
  return place(q, advance(q, STOPS & ~TBU_LOOKUPS));
}

// The fault's record will be written, so its answer waits for that.
function recordsEvent(q: usize): bool {
  if (!load<u32>(tm, TM_EVENT_WRITE) || !load<u32>(q, M.M_FAULT)) return false;
  return !(load<u32>(q, Q_FLAGS) & FLAG_SPECULATIVE) && regField(R_CR0ACK, CR0_EVENTQEN) != 0;
}
