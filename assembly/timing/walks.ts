// Walks: a slot, the start of a stage, and what they do most: issue a read (a cycle of a port, then memory's latency), take its
// answer, evaluate a descriptor (a cycle of a step port): gem5's doRead and its cycle semaphore.
import * as Timing from '../abi/timing';
import * as TimingCounters from '../abi/timing-counters';
import * as Machine from '../request/machine';
import * as State from '../request/state';
import { continueFrom } from '../translate/machine';
import { stage1Read } from '../walk/stage1';
import { stage1Evaluate } from '../walk/stage1-descriptor';
import { stage2Read } from '../walk/stage2';
import { OTHERWISE, readStep1, readStep2, tableStep1, tableStep2 } from '../walk/table-step';
import { stage2Evaluate } from '../walk/stage2-descriptor';
import { callRefused } from './accept';
import { answerOf } from './access';
import { noteWalk } from './ahead';
import { hold, onAfterTcu, onAt } from './delay';
import * as Pc from './pc';
import * as Process from './process';
import { tm } from './region';
import * as Scheduler from './scheduler';
import * as Tokens from './tokens';
import { place, step } from './place';
import { acquire, release, take, waited } from './semaphore';
import { takeConfigSlot, takeWalkSlot } from './slots';
import { addTo, noteWalks } from './tally';
import { schedule } from './wheel';

/** A slot for fetching a configuration (MMU-700 TRM: CTW_SLOTS; gem5: the transaction's own). */
export function configWalk(q: usize): u32 {
  return takeConfigSlot(q, Pc.CONFIG_WALK) ? Pc.READ : Pc.WAITS;
}

/** A slot for a walk (gem5: ptw_slots; MMU-600: TCUCFG_PTW_SLOTS). */
export function walk(q: usize): u32 {
  if (!takeWalkSlot(q, Pc.WALK)) return Pc.WAITS;
  hold(q, Process.HELD_WALK);
  noteWalks(1);
  noteWalk(q);
  return step(q);
}

/** A bypass waits for a walk slot too, and has no use for it (gem5). */
export function bypass(q: usize): u32 {
  if (!takeWalkSlot(q, Pc.BYPASS)) return Pc.WAITS;
  release(tm + Tokens.WALK);
  return Pc.UP;
}

/** Before the first descriptor of a stage (gem5: walkStage1And2, walkStage2, its cycle semaphore). */
export function start(q: usize): u32 {
  if (!take(q, tm + Tokens.STEP, Pc.START)) return Pc.WAITS;
  return onAfterTcu(q, load<u32>(tm, Timing.WALK_START), Pc.START_END);
}

export function startEnd(q: usize): u32 {
  release(tm + Tokens.STEP);
  const stage1 = load<u32>(q, Machine.STATE) == State.S1_READ;
  hold(q, stage1 ? Process.HELD_S1_STARTED : Process.HELD_S2_STARTED);
  return Pc.READ;
}

/** Into the port to memory, for a cycle (gem5: doReadPTE). */
@inline
export function read(q: usize): u32 {
  if (!acquire(q, tm + Tokens.MEMORY, Pc.READ)) return Pc.WAITS;
  addTo(TimingCounters.STALL_MEMORY, waited(q));
  return onAfterTcu(q, 1, Pc.READ_ISSUED);
}

/** The read is on its way. */
export function readIssued(q: usize): u32 {
  release(tm + Tokens.MEMORY);
  const at = answerOf(q);
  if (!load<u32>(tm, Scheduler.REFUSED)) return onAt(q, at, Pc.STEP);
  schedule(at, Pc.STEP, <u32>q);
  callRefused();
  return Pc.WAITS;
}

/** The time of a step that holds no token has passed: of a read, nearly always. */
export function stepEnd(q: usize): u32 {
  const s = load<u32>(q, Machine.STATE);
  let next: u32 = 0;
  if (s == State.S1_READ) next = SHORT_CUTS && readStep1(q) ? State.S1_EVALUATE : stage1Read(q);
  else if (s == State.S2_READ) next = SHORT_CUTS && readStep2(q) ? State.S2_EVALUATE : stage2Read(q);
  else return step(q);
  if (next != State.S1_EVALUATE && next != State.S2_EVALUATE)
    return place(q, continueFrom(q, next, Pc.STOPS));
  store<u32>(q, next, Machine.STATE);
  return evaluate(q);
}

/** Into a port for steps of walks: one a cycle over all (gem5: its cycle semaphore). */
@inline
export function evaluate(q: usize): u32 {
  if (!take(q, tm + Tokens.STEP, Pc.EVALUATE)) return Pc.WAITS;
  return onAfterTcu(q, load<u32>(tm, Timing.EVALUATE), Pc.EVALUATE_END);
}

/** The descriptor has been evaluated. */
export function evaluateEnd(q: usize): u32 {
  release(tm + Tokens.STEP);
  const stage1 = load<u32>(q, Machine.STATE) == State.S1_EVALUATE;
  let next: u32 = SHORT_CUTS ? (stage1 ? tableStep1(q) : tableStep2(q)) : OTHERWISE;
  if (next == State.S2_READ) {
    store<u32>(q, next, Machine.STATE); // its walk has begun
    return read(q);
  }
  if (next == OTHERWISE) next = stage1 ? stage1Evaluate(q) : stage2Evaluate(q);
  const pc = place(q, continueFrom(q, next, Pc.STOPS));
  return pc == Pc.READ ? read(q) : pc;
}
